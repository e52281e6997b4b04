"""How our client's forwardings end, and what its own end waits for."""
import contextlib
import fcntl
import os
import socket
import struct
import subprocess
import termios
import threading

import harness
from forwarding_peers import Service, allocated_port, check_echo, connect, deaf_service, for_each_server, forwarding, receive
from harness import Terminal, agent, check, free_port, promise, run, wait_until
from name_server import name_server


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

                def is_another():
                    with contextlib.suppress(FileNotFoundError):
                        return os.stat(place).st_ino != before
                wait_until(is_another, "another socket")
                first.terminate()
                first.wait(60)
                check(second.poll() is None, "the second one has ended", second.said())
                check_echo(place)
        check(not place.exists(), "the socket was left behind")


# ---- nobody reads any more -------------------------------------------------------------------


def is_quiet(*ports):
    """Nothing is under way on the connections to these ports."""
    lines = [line for port in ports for line in run(["ss", "-Htn", "sport", "=", f":{port}"]).out.decode().splitlines()]
    return lines and all(line.split()[1:3] == ["0", "0"] for line in lines)


def holds_something(pipe):
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0] > 0


def leave_a_writer(world, sshd, options=()):
    """-W to a service that says more than the pipe behind ssh holds, and then waits; the pipe's reader goes."""
    with socket.create_server(("127.0.0.1", 0)) as service:
        service.settimeout(60)
        to = service.getsockname()[1]
        line = world.ssh_command(sshd, key=world.key("ed25519"), flags=["-W", f"127.0.0.1:{to}"], options=options)
        ssh = subprocess.Popen([str(c) for c in line], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env=world.client_environment())
        try:
            peer, _ = service.accept()
            peer.settimeout(60)
            peer.sendall(bytes(1_500_000))                        # a pipe is made as roomy as may be
            wait_until(lambda: holds_something(ssh.stdout) and is_quiet(sshd.port, to), "everything to be said")
            ssh.stdout.close()
            with contextlib.suppress(ConnectionResetError):
                check(peer.recv(1) == b"", "something was said")
            ssh.wait(60)
        finally:
            ssh.kill()
            ssh.wait()
            ssh.stdin.close()


@for_each_server("-W ends when nobody reads its output any more, also on a shared connection")
def reader_leaves(world, sshd):
    world.peer("ss")
    leave_a_writer(world, sshd)
    control = world.new_file("ctl")
    with forwarding(world, sshd, "-M", "-S", control, ready=[control]) as master:
        leave_a_writer(world, sshd, options=[f"ControlPath={control}"])
        check(master.poll() is None, "the master has ended, too", master.said())


# ---- what the end of a session waits for -----------------------------------------------------


@for_each_server("ssh ends with its session though visitors of remote forwardings wait, or have not said where to")
def visitors_wait(world, sshd):
    with deaf_service() as deaf:
        for wish in (f"0:127.0.0.1:{deaf.getsockname()[1]}", "0"):
            with forwarding(world, sshd, "-R", wish, options=["LogLevel=DEBUG1"], command=["cat"]) as ssh:
                with connect(allocated_port(ssh)) as visitor:
                    if wish == "0":
                        visitor.sendall(b"\5\1\0")
                        check(visitor.recv(2) == b"\5\0", "no greeting")
                    wait_until(lambda: "a connection to" in ssh.said(), "the visitor's channel")
                    ssh.stdin.close()
                    check(ssh.wait(60) == 0, "a status")


def waits_for_others(ssh):
    """The session is over, and the client knows that something else is not."""
    return "Waiting for" in ssh.said()


@for_each_server("ssh ends when the last connection that its session has left behind could not be made")
def refused_late(world, sshd):
    port = free_port()
    with deaf_service() as deaf, \
            forwarding(world, sshd, "-L", f"{port}:127.0.0.1:{deaf.getsockname()[1]}", ready=[port],
                       options=["LogLevel=DEBUG1"], command=["cat; echo ended >&2"]) as ssh, connect(port):
        wait_until(lambda: "direct-tcpip to" in ssh.said(), "the channel to be asked for")
        ssh.stdin.close()
        wait_until(lambda: waits_for_others(ssh), "the end of the session")
        deaf.close()
        check(ssh.wait(60) == 0, "a status")


@promise("a shared connection that nobody uses ends, also when the last thing to come of it was a refusal")
def refused_by_a_master(world):
    control, port = world.new_file("ctl"), free_port()
    with world.sshd() as sshd, deaf_service() as deaf:
        to = deaf.getsockname()[1]
        with forwarding(world, sshd, "-M", "-S", control, "-L", f"{port}:127.0.0.1:{to}", ready=[port, control],
                        options=["ControlPersist=1"], command=["cat"]) as ssh, connect(port):
            sshd.wait_for_log(f"target 127.0.0.1 port {to}")
            ssh.stdin.close()
            check(ssh.wait(60) == 0, "a status")
            deaf.close()
            try:
                wait_until(lambda: not control.exists(), "the end of the master")
            finally:
                run(world.ssh_command(sshd, flags=["-S", control, "-O", "exit"]), env=world.client_environment())


class SlowAnswer:
    """What a name server waits for before it answers; `asked` once it does."""

    def __init__(self):
        self.asked, self.known = threading.Event(), threading.Event()

    def wait(self):
        self.asked.set()
        self.known.wait()


@promise("~& takes a connection along whose name is still being looked up")
def looked_up_in_the_background(world):
    slow, near, far = SlowAnswer(), free_port(), free_port()
    with name_server(world, {"slow.test": [("A", "127.0.0.1")]}, held={"slow.test": slow}), contextlib.ExitStack() as stack:
        stack.callback(slow.known.set)
        sshd, service = stack.enter_context(world.sshd("openssh")), stack.enter_context(Service())
        command = world.ssh_command(sshd, "PS1='ready> ' exec sh", key=world.key("ed25519"), flags=[
            "-tt", "-R", f"{near}:127.0.0.1:{service.port}", "-R", f"{far}:slow.test:{service.port}"])
        terminal = stack.enter_context(Terminal(world, command))
        terminal.wait_for(r"ready> ")
        wait_until(lambda: {near, far} <= harness.listening_ports(), "the ports over there")
        holder = stack.enter_context(connect(near))                # ssh stays for whoever is connected
        holder.sendall(b"a")
        check(receive(holder, 1) == b"a", "no echo before")
        visitor = stack.enter_context(connect(far))
        visitor.sendall(b"b")
        check(slow.asked.wait(60), "the name is not looked up")
        terminal.keys("Enter")
        terminal.type("~&")
        terminal.wait_for(r"\[backgrounded\]")
        slow.known.set()
        terminal.wait_for(r"\[ended: 0\]")
        check(receive(visitor, 1) == b"b", "the visitor is not served")
        holder.sendall(b"c")
        check(receive(holder, 1) == b"c", "no echo from the background")


HOLDER = """
import os, socket, sys
held, gate = sys.argv[1:]
stream = socket.socket(socket.AF_UNIX)
stream.connect(os.environ["SSH_AUTH_SOCK"])
stream.sendall(b"\\0\\0\\0\\1\\x0b")
if stream.recv(5, socket.MSG_WAITALL)[4:] == b"\\x0c":
    open(held, "w").close()
open(gate).read()
"""


@for_each_server("ssh waits for who holds its agent when the session has ended, and ends with the last of them")
def holder_of_the_agent(world, sshd):
    folder, script = world.new_folder("holder"), world.new_file("holder.py", HOLDER)
    folder.chmod(0o777)
    script.chmod(0o644)
    held, gate = folder / "held", folder / "gate"
    os.mkfifo(gate)
    gate.chmod(0o666)
    command = f"python3 {script} {held} {gate} </dev/null >/dev/null 2>&1 & cat; echo ended >&2"
    with agent(world) as env, \
            forwarding(world, sshd, options=[f"ForwardAgent={env['SSH_AUTH_SOCK']}"], command=[command]) as ssh:
        wait_until(held.exists, "the one who holds it")
        ssh.stdin.close()
        wait_until(lambda: waits_for_others(ssh), "the end of the session")

        def opened():
            with contextlib.suppress(OSError):                    # nobody reads, yet or any more
                return open(os.open(gate, os.O_WRONLY | os.O_NONBLOCK), "w")
        with wait_until(opened, "the holder is there") as gate_of_holder:
            gate_of_holder.write("go")
        check(ssh.wait(60) == 0, "a status")
