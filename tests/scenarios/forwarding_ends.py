"""How our client's forwardings end, and what its own end waits for."""
import os

from forwarding_peers import Service, check_echo, for_each_server, forwarding
from harness import check, promise, wait_until


# ---- what is left behind ---------------------------------------------------------------------


@promise("a socket that another ssh has taken over is left to it by the one that ends")
def socket_taken_over(world):
    folder = world.new_folder("sockets")
    place = folder / "here"
    with world.sshd() as sshd, Service() as service:
        wish = ["-L", f"{place}:127.0.0.1:{service.port}"]
        with forwarding(world, sshd, *wish, ready=[place]) as first:
            before = os.stat(place).st_ino
            with forwarding(world, sshd, *wish, options=["StreamLocalBindUnlink=yes"]) as second:
                wait_until(lambda: place.exists() and os.stat(place).st_ino != before, "another socket")
                first.terminate()
                first.wait(60)
                check(second.poll() is None, "the second one has ended", second.said())
                check_echo(place)
        check(not place.exists(), "the socket was left behind")
