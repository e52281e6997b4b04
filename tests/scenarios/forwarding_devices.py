"""Our client's forwardings of what is no port: displays and network interfaces, through OpenSSH's sshd."""
import contextlib
import os
import re
import socket
import struct
import subprocess
import threading

from forwarding_peers import Service, connect, forwarding, need_tunnels, receive
from harness import check, promise, run, wait_until


def setup_packet(cookie):
    name = b"MIT-MAGIC-COOKIE-1"
    return struct.pack("<cxHHHHxx", b"l", 11, 0, len(name), len(cookie)) + name.ljust(20, b"\0") + cookie


@contextlib.contextmanager
def display(world):
    """A pretended X server with a cookie; answers what it got as first packet, then echoes."""
    server, cookie = socket.socket(), os.urandom(16)
    for number in range(50, 150):
        with contextlib.suppress(OSError):
            server.bind(("127.0.0.1", 6000 + number))
            break
    server.listen()
    first = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                stream, _ = server.accept()
                first.append(receive(stream, 48))
                threading.Thread(target=Service._echo, args=(stream,), daemon=True).start()
    threading.Thread(target=serve, daemon=True).start()
    authority = world.new_file("Xauthority")
    name = f"127.0.0.1:{number}"
    env = {"DISPLAY": name, "XAUTHORITY": str(authority)}
    run([world.peer("xauth"), "add", name, "MIT-MAGIC-COOKIE-1", cookie.hex()], env=world.client_environment(**env)).succeeded()
    try:
        yield env, cookie, first
    finally:
        server.close()


@promise("-Y gives programs a cookie of their own, and the display the real one; a wrong cookie stays outside")
def x11(world):
    with world.sshd("openssh", lines=["X11Forwarding yes", f"XAuthLocation {world.peer('xauth')}"]) as sshd, \
            display(world) as (env, cookie, first):
        with forwarding(world, sshd, "-Y", env=env, command=["echo $DISPLAY; xauth list $DISPLAY; exec cat"]) as ssh:
            there = int(re.match(rb".*:(\d+)", ssh.stdout.readline()).group(1))
            listed = ssh.stdout.readline().split()
            fake = bytes.fromhex(listed[2].decode())
            check(listed[1] == b"MIT-MAGIC-COOKIE-1" and len(fake) == 16 and fake != cookie, "no cookie, or the real one")
            stream = connect(6000 + there)
            stream.sendall(setup_packet(fake)[:20])
            stream.sendall(setup_packet(fake)[20:] + b"draw")
            stream.shutdown(socket.SHUT_WR)
            received = b""
            while piece := stream.recv(1000):
                received += piece
            check(received == b"draw[4]", "the display did not answer", received)
            check(first == [setup_packet(cookie)], "the display got another cookie", str(first))
            for wrong in (setup_packet(cookie), setup_packet(os.urandom(16)), b"B" + bytes(47), b"x" * 48):
                stream = connect(6000 + there)
                with contextlib.suppress(OSError):
                    stream.sendall(wrong + b"draw")
                    check(stream.recv(100) == b"", "served without the cookie")
                stream.close()
            check(all(packet in (b"", setup_packet(cookie)) for packet in first), "something came to the display")
            wait_until(lambda: "without the right cookie" in ssh.said(), "a line about it")


@promise("-X asks xauth for an untrusted cookie and refuses connections when its time is over; without one it does without")
def x11_untrusted(world):
    asked, fake = world.new_file("xauth-asked", ""), world.new_file("xauth")
    fake.write_text(f"""#!/bin/sh
echo "$@" >>{asked}
case "$*" in *list*) echo "host:0 MIT-MAGIC-COOKIE-1 00112233445566778899aabbccddeeff";; esac
""")
    fake.chmod(0o755)
    with world.sshd("openssh", lines=["X11Forwarding yes", f"XAuthLocation {world.peer('xauth')}"]) as sshd:
        options = ["ForwardX11Trusted=no", f"XAuthLocation={fake}", "ForwardX11Timeout=1"]
        with forwarding(world, sshd, "-X", options=options, env={"DISPLAY": "127.0.0.1:99"},
                        command=["echo $DISPLAY; exec cat"]) as ssh:
            there = int(re.match(rb".*:(\d+)", ssh.stdout.readline()).group(1))
            check(re.search(r"-f \S+ generate 127.0.0.1:99 MIT-MAGIC-COOKIE-1 untrusted timeout 61\n-f \S+ list", asked.read_text()),
                  "xauth was not asked for that", asked.read_text())

            def is_over():
                with contextlib.suppress(OSError), connect(6000 + there) as stream:
                    stream.recv(1)
                return "after ForwardX11Timeout" in ssh.said()
            wait_until(is_over, "a refusal after the time is over")
        ran = world.ssh(sshd, "echo got $DISPLAY", flags=["-X"], env={"DISPLAY": "127.0.0.1:99"},
                        options=["ForwardX11Trusted=no", "XAuthLocation=/bin/false"]).succeeded()
        check(ran.out == b"got\n" and b"untrusted X11 forwarding setup failed" in ran.err, "X11 without a cookie", ran)


@promise("-w connects a tun or tap device here with one there")
def tunnel(world):
    ip = need_tunnels(world)
    for mode, name in (("point-to-point", "tun"), ("ethernet", "tap")):
        with world.sshd("openssh", lines=["PermitTunnel yes"]) as sshd:
            line = world.ssh_command(sshd, key=world.key("ed25519"), user="root", options=[f"Tunnel={mode}"],
                                     flags=["-N", "-w", "7:8"])
            errors = world.new_file("ssh-err")
            with open(errors, "wb") as stderr:
                ssh = subprocess.Popen([str(c) for c in line], stdin=subprocess.DEVNULL, stderr=stderr,
                                       env=world.client_environment())
            try:
                wait_until(lambda: {f"{name}7", f"{name}8"} <= {n for _, n in socket.if_nameindex()} or ssh.poll() is not None,
                           "both devices")
                check(ssh.poll() is None, "ssh ended", errors.read_bytes())
                for n in (7, 8):
                    run([ip, "link", "set", f"{name}{n}", "up"]).succeeded()
                # A packet put into one comes out at the other.
                with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM if name == "tun" else socket.SOCK_RAW, socket.htons(3)) as out, \
                        socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM if name == "tun" else socket.SOCK_RAW, socket.htons(3)) as into:
                    out.bind((f"{name}8", 3))
                    out.settimeout(1)
                    into.bind((f"{name}7", 0x0800 if name == "tun" else 3))
                    packet = bytes.fromhex("45000020000000004011000001020304050607080001000200000000") + b"ping"
                    if name == "tap":
                        packet = bytes.fromhex("ffffffffffff0200000000010800") + packet

                    def arrives():
                        into.sendto(packet, (f"{name}7", 0x0800)) if name == "tun" else into.send(packet)
                        with contextlib.suppress(TimeoutError):
                            for _ in range(20):
                                if packet in out.recv(2000):
                                    return True
                        return False
                    wait_until(arrives, f"a packet through {name}")
            finally:
                ssh.terminate()
                ssh.wait(60)
