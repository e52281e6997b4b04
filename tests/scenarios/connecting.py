"""The way to the server: several addresses, silent and refusing ones, attempts, time limits, where from."""
import contextlib
import re
import socket
import subprocess
import threading
import time
import types

from harness import Skip, check, free_port, promise, run, wait_until
from name_server import name_server

HOST = "pearl.test"
BOTH = {HOST: [("AAAA", "::1"), ("A", "127.0.0.1")]}
TCP_GIVES_UP = 120                                                # the kernel's own patience, in seconds, and a bit less


@contextlib.contextmanager
def black_hole(port, host="::1"):
    """A port whose queue is full: the kernel drops what else comes, so nobody answers."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket(family))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(4):
            inside = stack.enter_context(socket.socket(family))
            inside.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                inside.connect((host, port))
        yield


def to_pearl(world, sshd, *options, command="echo in", **rest):
    hosts = world.new_file("known_hosts", f"[{HOST}]:{sshd.port} {world.public(world.key('ed25519'))}\n")
    return world.ssh(sshd, command, options=[f"HostName={HOST}", f"UserKnownHostsFile={hosts}", *options], **rest)


def tried(ran):
    return [line.split(b"[")[1].split(b"]")[0].decode() for line in ran.err.splitlines() if b"Connecting to" in line]


def nowhere(world, port, *options):
    class Nobody:
        known_hosts = None
    Nobody.port = port
    return world.ssh(Nobody, "true", options=[f"HostName={HOST}", *options])


@promise("an address that answers nothing does not hold up the next one, which is tried beside it after 250 ms")
def silent_first(world):
    with world.sshd() as sshd, name_server(world, BOTH), black_hole(sshd.port):
        began = time.monotonic()
        ran = to_pearl(world, sshd, "LogLevel=DEBUG1").succeeded()
        took = time.monotonic() - began
        check(tried(ran) == ["::1", "127.0.0.1"], "not in this order", ran)
        check(0.25 <= took < TCP_GIVES_UP / 4, f"took {took} s", ran)


@promise("an address that refuses hands over to the next at once")
def refused_first(world):
    with world.sshd() as sshd, name_server(world, BOTH):
        ran = to_pearl(world, sshd, "LogLevel=DEBUG1").succeeded()
        check(tried(ran) == ["::1", "127.0.0.1"] and b"connect to address ::1" in ran.err, "not both", ran)
        check(to_pearl(world, sshd).succeeded().err == b"", "not silent")


@promise("AddressFamily leaves the other family's addresses out")
def one_family(world):
    with world.sshd() as sshd, name_server(world, BOTH):
        ran = to_pearl(world, sshd, "LogLevel=DEBUG1", "AddressFamily=inet").succeeded()
        check(tried(ran) == ["127.0.0.1"], "another was tried", ran)
        ran = to_pearl(world, sshd, "LogLevel=DEBUG1", "AddressFamily=inet6")
        check(ran.status == 255 and tried(ran) == ["::1"], "another was tried", ran)


@promise("where no address answers, each one's reason is told, in a line for each reason")
def all_fail(world):
    port = free_port()
    with name_server(world, {HOST: [*BOTH[HOST], ("A", "127.0.0.9")]}):
        ran = nowhere(world, port)
        check(ran.status == 255, "status", ran)
        lines = ran.err.decode().splitlines()
        check(lines[0] == f"ssh: connect to host {HOST} port {port}: Connection refused", "first line", ran)
        check(all(host in lines[1] for host in ("::1", "127.0.0.1", "127.0.0.9")), "the others", ran)
        with black_hole(port):
            ran = nowhere(world, port, "ConnectTimeout=1")
            lines = ran.err.decode().splitlines()
            check(ran.status == 255 and lines[0].endswith("Connection timed out"), "first line", ran)
            check("  ::1: Connection timed out" in lines, "no line for the silent one", ran)


@promise("ConnectTimeout bounds the whole round over silent addresses, which run beside each other")
def timeout(world):
    port = free_port()
    hosts = [f"127.0.0.{n}" for n in range(2, 6)]
    with name_server(world, {HOST: [("A", host) for host in hosts]}), contextlib.ExitStack() as holes:
        for host in hosts:
            holes.enter_context(black_hole(port, host))
        ran = nowhere(world, port, "ConnectTimeout=1", "LogLevel=DEBUG1")
        check(ran.status == 255 and b"Connection timed out" in ran.err and sorted(tried(ran)) == hosts, "message", ran)


@promise("ConnectTimeout bounds the look-up of a name as well: the host's, one to complete, the one to connect from")
def timeout_of_names(world):
    answers = threading.Event()
    with name_server(world, {HOST: [("A", "127.0.0.1")]}, held={HOST: answers, "slow.test": answers}):
        try:
            for options in ((), ("CanonicalizeHostname=yes", "CanonicalDomains=test", "HostName=slow"),
                            ("HostName=127.0.0.1", "BindAddress=slow.test")):
                ran = nowhere(world, free_port(), *options, "ConnectTimeout=1")
                check(ran.status == 255 and b"timed out" in ran.err, "message", ran)
        finally:
            answers.set()


@promise("ConnectionAttempts tries all addresses again until somebody is there")
def attempts(world):
    port, log = free_port(), world.new_file("log")
    command = [world.ours("ssh"), "-F", "none", "-E", log, "-v", "-oConnectionAttempts=1000", "-p", str(port),
               f"-oHostName={HOST}", "-oBatchMode=yes", "pearl", "true"]
    with name_server(world, BOTH):
        client = subprocess.Popen([str(word) for word in command], env=world.client_environment())
        try:
            wait_until(lambda: log.exists() and b"Trying again" in log.read_bytes(), "a second attempt")
            with socket.socket() as late:
                late.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                late.bind(("127.0.0.1", port))
                late.listen(1)
                late.accept()[0].close()
            check(client.wait(60) == 255 and b"Connection established" in log.read_bytes(), "not again", log.read_text())
        finally:
            client.kill()
            client.wait()


@promise("BindAddress and BindInterface say where from; an address of the other family is then no way")
def where_from(world):
    with world.sshd() as sshd, name_server(world, BOTH):
        ran = to_pearl(world, sshd, "BindAddress=127.0.0.5", "LogLevel=DEBUG1", command="echo $SSH_CONNECTION").succeeded()
        check(ran.out.startswith(b"127.0.0.5 ") and tried(ran) == ["127.0.0.1"], "from elsewhere", ran)
        to_pearl(world, sshd, "BindInterface=lo").succeeded()
        ran = to_pearl(world, sshd, "BindAddress=192.0.2.77")
        check(ran.status == 255 and b"bind to 192.0.2.77:0: Cannot assign requested address" in ran.err, "message", ran)


@promise("BindInterface connects from an address that the interface has, one that others know first; so with OpenSSH")
def from_interface(world):
    world.need_isolation()
    world.peer("ip")
    with world.sshd() as sshd:
        for whose in ("nacre", "openssh"):
            def source(*options):
                return world.ssh(sshd, "echo $SSH_CONNECTION", options=options, program=world.client(whose))
            check(source("BindInterface=lo").succeeded().out.startswith(b"127.0.0.1 "), f"{whose}: no other address")
            run(["ip", "address", "add", "192.0.2.9/32", "dev", "lo"]).succeeded()
            try:
                ran = source("BindInterface=lo").succeeded()
                check(ran.out.startswith(b"192.0.2.9 "), f"{whose}: not from the interface's address", ran)
                ran = source("BindInterface=lo", "BindAddress=127.0.0.5").succeeded()
                check(ran.out.startswith(b"127.0.0.5 "), f"{whose}: BindAddress does not win", ran)
                ran = source("BindInterface=none-such")
                check(ran.status == 255 and b"no suitable address" in ran.err, f"{whose}: no such interface", ran)
            finally:
                run(["ip", "address", "delete", "192.0.2.9/32", "dev", "lo"]).succeeded()


@promise("VersionAddendum follows our name in the first line, its tokens replaced; a line too long is an error")
def addendum(world):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        server = types.SimpleNamespace(port=listener.getsockname()[1], known_hosts=None)
        line = world.ssh_command(server, "true", options=["VersionAddendum=a%%b %p"])
        client = subprocess.Popen([str(c) for c in line], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=world.client_environment())
        stream, _ = listener.accept()
        with stream:
            stream.settimeout(60)
            said = stream.makefile("rb").readline()
        client.wait(60)
        check(re.fullmatch(rb"SSH-2\.0-Nacre_\S+ a%%b %d\r\n" % server.port, said), f"the first line: {said}")
        for wrong in ("x" * 250, "a%", "%T"):
            ran = world.ssh(server, "true", options=[f"VersionAddendum={wrong}"])
            check(ran.status == 255 and b"VersionAddendum" in ran.err, f"{wrong[:9]} is taken", ran)


class BusyServer:
    """Says in the place of its version that it is full, `times` times; then there is sshd behind it."""

    def __init__(self, words, times, sshd=None, reset=False):
        self.words, self.times, self.sshd, self.reset, self.refused = words, times, sshd, reset, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.known_hosts = sshd and sshd.known_hosts
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            client = self.listener.accept()[0]
            if self.refused < self.times:
                self._refuse(client)
            elif self.sshd:
                self._relay(client)
            else:
                client.close()

    def _refuse(self, client):
        self.refused += 1
        if self.reset:
            client.recv(1)                                        # what stays unread makes the kernel send a reset
        client.sendall(self.words + b"\r\n")
        client.close()

    def _relay(self, client):
        server = socket.create_connection(("127.0.0.1", self.sshd.port))

        def copy(source, sink):
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
        for ends in ((client, server), (server, client)):
            threading.Thread(target=copy, args=ends, daemon=True).start()


def knock(world, busy, *options):
    options = [*options, *([f"HostKeyAlias=[127.0.0.1]:{busy.sshd.port}"] if busy.sshd else [])]
    return world.ssh(busy, "echo in", options=options)


@promise("a server that has no room is asked again a little later, and the person is told; a reset does not hide its words")
def no_room(world):
    with world.sshd() as sshd:
        for words in (b"Exceeded MaxStartups", b"Not allowed at this time"):
            for reset in (False, True):
                ran = knock(world, BusyServer(words, 1, sshd, reset)).succeeded()
                check(ran.out == b"in\n" and ran.err.count(words) == 1 and b"trying again" in ran.err, "not told", ran)


@promise("after the third vain attempt the server's words are the reason")
def never_any_room(world):
    busy = BusyServer(b"Exceeded MaxStartups", 100, reset=True)
    ran = knock(world, busy)
    check(ran.status == 255 and busy.refused == 4, f"{busy.refused} attempts", ran)
    check(ran.err.count(b"trying again") == 3 and b'sent "Exceeded MaxStartups" instead' in ran.err, "message", ran)


@promise("other words before the version are shown, and nothing is tried again; nor is it behind a ProxyCommand")
def other_words(world):
    busy = BusyServer(b"HTTP/1.0 400 \x1b[2J go away", 100)
    ran = knock(world, busy)
    check(ran.status == 255 and busy.refused == 1 and b"\x1b" not in ran.err, "tried again", ran)
    check(b'sent "HTTP/1.0 400 ' in ran.err, "not shown", ran)
    ran = knock(world, busy, "ProxyCommand=echo Exceeded MaxStartups")
    check(ran.status == 255 and b"trying again" not in ran.err, "tried again", ran)
    check(b"Exceeded MaxStartups" in ran.err, "not shown", ran)


@promise("sixty clients at once under the default limits of either server all get in")
def crowd(world):
    if not world.full:
        raise Skip("how many are refused, and how often, is chance: --full")
    for whose in ("nacre", "openssh"):
        with world.sshd(whose, lines=["MaxStartups 10:30:100"]) as sshd:
            command = world.ssh_command(sshd, "true", key=world.key("ed25519"))
            crowd = [subprocess.Popen([str(word) for word in command], env=world.client_environment(),
                                      stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(60)]
            errors = [client.communicate()[1] for client in crowd]
            lost = [error for client, error in zip(crowd, errors) if client.returncode]
            check(not lost, f"{whose}: {len(lost)} lost", *lost[:3])
            print(f"    {whose}: {sum(b'trying again' in error for error in errors)} had to try again")
