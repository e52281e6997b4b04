"""Scenarios of forwarding: a service to reach, an ssh that forwards, and what is said through it."""
import contextlib
import os
import re
import socket
import subprocess
import threading

import harness
from harness import Skip, check, promise, run, wait_until

SERVERS = ("openssh", "nacre")


def for_each_server(sentence, **options):
    """The function is called with the world and a running server, of OpenSSH and of ours."""
    def register(function):
        for whose in SERVERS:
            def case(world, whose=whose):
                with world.sshd(whose, **options) as sshd:
                    function(world, sshd)
            promise(f"{sentence} (to {whose})")(case)
        return function
    return register


def need_tunnels(world):
    """The program ip, where network interfaces can be made."""
    world.need_isolation()
    if not os.path.exists("/dev/net/tun"):
        raise Skip("there is no /dev/net/tun")
    ip = world.peer("ip")
    if run([ip, "tuntap", "add", "dev", "tun7", "mode", "tun"]).status:
        raise Skip("tunnel devices cannot be made here")
    run([ip, "tuntap", "del", "dev", "tun7", "mode", "tun"]).succeeded()
    return ip


class Service:
    """Something to connect to: echoes everything until the end of its input, then says how much it was."""

    def __init__(self, family=socket.AF_INET, address=None):
        self.socket = socket.socket(family)
        self.socket.bind(address if address is not None else ("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1] if family != socket.AF_UNIX else None
        self.peers = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                stream, peer = self.socket.accept()
                self.peers.append(peer)
                threading.Thread(target=self._echo, args=(stream,), daemon=True).start()

    @staticmethod
    def _echo(stream):
        count = 0
        with contextlib.suppress(OSError), stream:
            while data := stream.recv(65536):
                count += len(data)
                stream.sendall(data)
            stream.sendall(b"[%d]" % count)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.shutdown(socket.SHUT_RDWR)                    # wakes the thread, which would wait on a number given anew
        self.socket.close()


@contextlib.contextmanager
def deaf_service():
    """A listener whose queue is full: who connects there has no answer until the listener goes, or for minutes."""
    with socket.socket() as deaf, contextlib.ExitStack() as stack:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            stream = stack.enter_context(socket.socket())
            stream.setblocking(False)
            stream.connect_ex(deaf.getsockname())
        yield deaf


@contextlib.contextmanager
def forwarding(world, server, *flags, options=(), env=None, ready=(), key=None, command=()):
    """Our ssh in the background, with what it writes to stderr; `ready`: ports or paths that it will listen on."""
    errors = world.new_file("ssh-err")
    line = world.ssh_command(server, *command, key=key or world.key("ed25519"), options=options,
                             flags=[*flags, *([] if command else ["-N"])])
    with open(errors, "wb") as stderr:
        process = subprocess.Popen([str(c) for c in line], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=stderr, env=world.client_environment(**(env or {})))
    process.said = lambda: errors.read_text("utf-8", "backslashreplace")

    def is_ready():
        check(process.poll() is None, "ssh ended too early", process.said())
        return all(place in harness.listening_ports() if isinstance(place, int) else place.exists() for place in ready)
    try:
        wait_until(is_ready, f"{ready} to be listened on")
        yield process
    except BaseException:
        print(f"    --- ssh said:\n{process.said()}")
        raise
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)
        process.stdin.close()
        process.stdout.close()


def connect(place):
    stream = socket.socket(socket.AF_UNIX if isinstance(place, (str, os.PathLike)) else
                           socket.AF_INET6 if isinstance(place, tuple) and ":" in place[0] else socket.AF_INET)
    stream.settimeout(60)
    stream.connect(str(place) if isinstance(place, os.PathLike) else
                   place if isinstance(place, (tuple, str)) else ("127.0.0.1", place))
    return stream


def receive(stream, count):
    data = b""
    while len(data) < count and (piece := stream.recv(count - len(data))):
        data += piece
    return data


def exchange(stream, data=b"hello"):
    """Sends it all, ends, and returns everything that came."""
    def send():
        stream.sendall(data)
        stream.shutdown(socket.SHUT_WR)
    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    received = b""
    while piece := stream.recv(1 << 20):
        received += piece
    sender.join(60)
    stream.close()
    return received


def check_echo(place, data=b"hello"):
    received = exchange(connect(place) if not isinstance(place, socket.socket) else place, data)
    check(received == data + b"[%d]" % len(data), "the echo is wrong", received[:200], received[-200:])


def allocated_port(ssh):
    return int(wait_until(lambda: re.search(r"Allocated port (\d+) for remote forward", ssh.said()),
                          "the allocated port").group(1))
