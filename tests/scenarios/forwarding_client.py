"""Our client's forwardings, through OpenSSH's sshd and ours: -L, -R, -D, -W, -J, X11, tunnels, agents; at run time, too."""
import contextlib
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading

import harness
from harness import Skip, Terminal, check, free_port, promise, run, wait_until

SERVERS = ("openssh", "nacre")
LARGE = 5_000_000


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
        self.socket.close()


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


# ---- local -----------------------------------------------------------------------------------


@for_each_server("-L carries data both ways, half-closed ends and many connections at once")
def local(world, sshd):
    port = free_port()
    with Service() as service, forwarding(world, sshd, "-L", f"{port}:127.0.0.1:{service.port}", ready=[port]):
        check_echo(port)
        check_echo(port, os.urandom(LARGE))
        check_echo(("::1", port))
        streams = [connect(port) for _ in range(200)]
        for stream in streams:
            check_echo(stream, b"x" * 1000)


@for_each_server("-L between Unix sockets and ports, in every combination")
def local_unix(world, sshd):
    folder = world.new_folder("sockets")
    folder.chmod(0o777)
    there, here, port = folder / "there", folder / "here", free_port()
    with Service() as service, Service(socket.AF_UNIX, str(there)):
        there.chmod(0o777)
        with forwarding(world, sshd, "-L", f"{here}:127.0.0.1:{service.port}", "-L", f"{port}:{there}",
                        "-L", f"{here}2:{there}", ready=[here, port]):
            check(oct(here.stat().st_mode & 0o777) == "0o600", "the socket is open to others")
            for place in (here, port, f"{here}2"):
                check_echo(place, b"y" * 100_000)
    check(not here.exists(), "the socket was left behind")


@for_each_server("-D serves SOCKS 4, 4a and 5 with every kind of address, and tells why a connection failed")
def dynamic(world, sshd):
    port, closed = free_port(), free_port()

    def dial(*messages, replies):
        stream = connect(port)
        for message, reply in zip(messages, replies):
            stream.sendall(message)
            received = receive(stream, len(reply))
            check(received == reply, "another answer", repr(message), repr(received), repr(reply))
        return stream

    granted5, greeting5 = b"\5\0\0\1" + bytes(6), (b"\5\1\0", b"\5\0")
    with Service() as service, Service(socket.AF_INET6, ("::1", 0)) as six, \
            forwarding(world, sshd, "-D", str(port), ready=[port]):
        to, to6 = struct.pack(">H", service.port), struct.pack(">H", six.port)
        check_echo(dial(b"\4\1" + to + b"\x7f\0\0\1me\0", replies=[b"\0\x5a" + bytes(6)]))
        check_echo(dial(b"\4\1" + to + b"\0\0\0\1\0localhost\0", replies=[b"\0\x5a" + bytes(6)]))
        for address, number in ((b"\1\x7f\0\0\1", to), (b"\3\x09localhost", to), (b"\4" + bytes(15) + b"\1", to6)):
            check_echo(dial(greeting5[0], b"\5\1\0" + address + number, replies=[greeting5[1], granted5]), b"z" * 200_000)
        # Everything at once, as an eager program may send it.
        stream = connect(port)
        stream.sendall(greeting5[0] + b"\5\1\0\1\x7f\0\0\1" + to + b"early")
        check(receive(stream, 12) == greeting5[1] + granted5, "another answer")
        check(exchange(stream, b" and late") == b"early and late[14]", "what was sent early is lost")
        stream = dial(greeting5[0], b"\5\1\0\1\x7f\0\0\1" + struct.pack(">H", closed),
                      replies=[greeting5[1], b"\5\5\0\1" + bytes(6)])
        check(stream.recv(1) == b"", "the connection goes on")
        for nonsense in (b"GET / HTTP/1.0\r\n\r\n", b"\5\1\2", b"\4\2" + to + b"\1\2\3\4\0", b"\4\1" + b"x" * 600):
            stream = connect(port)
            stream.sendall(nonsense)
            with contextlib.suppress(ConnectionResetError):
                while stream.recv(100):
                    pass


@for_each_server("a refused connection is reported, and the next one is served")
def refused(world, sshd):
    port, closed = free_port(), free_port()
    with forwarding(world, sshd, "-L", f"{port}:127.0.0.1:{closed}", ready=[port]) as ssh:
        for _ in range(3):
            check(connect(port).recv(1) == b"", "somebody answers")
        wait_until(lambda: len(re.findall(r"channel \d+: open failed: connect failed: .*Connection refused", ssh.said())) == 3,
                   "three lines about it")


@promise("-L without an address is for this machine alone, with -g or * for all; an address is obeyed")
def bind_addresses(world):
    with world.sshd("openssh") as sshd, Service() as service:
        def addresses(*flags, options=()):
            port = free_port()
            spec = [f.replace("PORT", f"{port}:127.0.0.1:{service.port}") for f in flags]
            with forwarding(world, sshd, *spec, options=options, ready=[port]):
                out = run(["ss", "-Hltn", f"sport = :{port}"]).out.decode()
            return sorted(line.split()[3].rsplit(":", 1)[0] for line in out.splitlines())
        world.peer("ss")
        check(addresses("-L", "PORT") == ["127.0.0.1", "[::1]"], "not loopback alone")
        check(addresses("-L", "127.0.0.1:PORT") == ["127.0.0.1"], "more than one address")
        for flags, options in ((("-g", "-L", "PORT"), ()), (("-L", "*:PORT"), ()), (("-L", ":PORT"), ()),
                               (("-L", "PORT"), ("GatewayPorts=yes",))):
            check(addresses(*flags, options=options) == ["0.0.0.0", "[::]"], f"{flags} {options}: not all")
        check(addresses("-4", "-L", "PORT") == ["127.0.0.1"], "AddressFamily is not obeyed")


@promise("ExitOnForwardFailure ends ssh where a port is taken, and without it ssh goes on")
def taken(world):
    with world.sshd("openssh") as sshd, Service() as service:
        for flag in (["-L", f"127.0.0.1:{service.port}:127.0.0.1:1"], ["-D", f"127.0.0.1:{service.port}"],
                     ["-R", f"127.0.0.1:{service.port}:127.0.0.1:1"]):
            ran = world.ssh(sshd, "sleep 5; echo alive", flags=flag, options=["ExitOnForwardFailure=yes"])
            check(ran.status == 255 and b"alive" not in ran.out, f"{flag}: ssh goes on", ran)
            check(b"forwarding" in ran.err, "nothing was said", ran)
            ran = world.ssh(sshd, "echo alive", flags=flag)
            check(ran.status == 0 and ran.out == b"alive\n" and ran.err != b"", f"{flag}: ssh ended", ran)
        ran = world.ssh(sshd, "echo alive", flags=["-L", f"127.0.0.1:{service.port}:127.0.0.1:1"],
                        options=["ExitOnForwardFailure=yes", "ClearAllForwardings=yes"]).succeeded()


@promise("ssh waits for forwarded connections when its command has ended")
def waits(world):
    port = free_port()
    with world.sshd("openssh") as sshd, Service() as service, \
            forwarding(world, sshd, "-L", f"{port}:127.0.0.1:{service.port}", ready=[port],
                       command=["read -r line <&- ; sleep 1"]) as ssh:
        stream = connect(port)
        stream.sendall(b"a")
        check(stream.recv(1) == b"a", "no echo")
        wait_until(lambda: sshd.log().count("exit-status") > 0 or "Close session" in sshd.log(), "the session's end")
        stream.sendall(b"b")
        check(stream.recv(1) == b"b" and ssh.poll() is None, "ssh has left")
        stream.close()
        check(ssh.wait(60) == 0, "the command's status is lost")


# ---- remote ----------------------------------------------------------------------------------


@for_each_server("-R carries data both ways; a port that the server chooses is printed")
def remote(world, sshd):
    with Service() as service, Service() as other, \
            forwarding(world, sshd, "-R", f"0:127.0.0.1:{service.port}", "-R", f"0:localhost:{other.port}") as ssh:
        wait_until(lambda: len(re.findall("Allocated port", ssh.said())) == 2, "both ports")
        for port, to, served in ((*pair, s) for pair, s in zip(
                re.findall(r"Allocated port (\d+) for remote forward to (\S+)", ssh.said()), (service, other))):
            check(to == f"{'127.0.0.1' if served is service else 'localhost'}:{served.port}", "another place", to)
            check_echo(int(port), os.urandom(LARGE))
            check(len(served.peers) == 1, "the wrong service was reached")


@for_each_server("-R with Unix sockets at either end")
def remote_unix(world, sshd):
    folder = world.new_folder("sockets")
    folder.chmod(0o777)
    there, here, port = folder / "there", folder / "here", free_port()
    with Service() as service, Service(socket.AF_UNIX, str(here)), \
            forwarding(world, sshd, "-R", f"{there}:127.0.0.1:{service.port}", "-R", f"{port}:{here}", ready=[there, port]):
        check_echo(there, b"u" * 100_000)
        check_echo(port, b"v" * 100_000)


def socks5(port, host, to):
    stream = connect(port)
    stream.sendall(b"\5\1\0")
    check(receive(stream, 2) == b"\5\0", "no greeting")
    stream.sendall(b"\5\1\0\3" + bytes([len(host)]) + host.encode() + struct.pack(">H", to))
    return stream, receive(stream, 10)[1]


@for_each_server("-R without a destination serves SOCKS; PermitRemoteOpen bounds where it may lead")
def remote_dynamic(world, sshd):
    closed = free_port()
    with Service() as service:
        with forwarding(world, sshd, "-R", "0") as ssh:
            port = allocated_port(ssh)
            stream, code = socks5(port, "localhost", service.port)
            check(code == 0, f"refused with {code}")
            check_echo(stream, os.urandom(LARGE))
            check(socks5(port, "127.0.0.1", closed)[1] == 5, "a closed port is not refused")
        with forwarding(world, sshd, "-R", "0", options=[f"PermitRemoteOpen=localhost:{service.port}"]) as ssh:
            port = allocated_port(ssh)
            check(socks5(port, "localhost", service.port)[1] == 0, "what is permitted is refused")
            check(socks5(port, "127.0.0.1", service.port)[1] == 2, "what is not permitted is served")
            wait_until(lambda: "PermitRemoteOpen" in ssh.said(), "a line about it")


@promise("connecting to a place that does not answer stalls nothing else")
def no_stall(world):
    port = free_port()
    with world.sshd("openssh") as sshd, Service() as service, socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        full = [socket.socket() for _ in range(4)]
        for one in full:
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        with forwarding(world, sshd, "-R", f"0:127.0.0.1:{deaf.getsockname()[1]}",
                        "-L", f"{port}:127.0.0.1:{service.port}", ready=[port]) as ssh:
            waiting = connect(allocated_port(ssh))
            check_echo(port)
            waiting.close()
        for one in full:
            one.close()


# ---- standard input, jumps, proxies ----------------------------------------------------------


@for_each_server("-W makes standard input and output a connection; a refusal is an error")
def stdio(world, sshd):
    data = os.urandom(LARGE)
    with Service() as service:
        ran = world.ssh(sshd, flags=["-W", f"127.0.0.1:{service.port}"], input=data)
        check(ran.status == 0 and ran.out == data + b"[%d]" % len(data), "the echo is wrong", ran)
    ran = world.ssh(sshd, flags=["-W", f"127.0.0.1:{free_port()}"])
    check(ran.status == 255 and b"stdio forwarding failed" in ran.err and b"Connection refused" in ran.err, "refusal", ran)


@for_each_server("-J goes through any number of hosts; the jump host's own configuration counts")
def jump(world, sshd):
    config = world.new_file("config", f"""
Host one two three
    HostName 127.0.0.1
    Port {sshd.port}
    User {world.user}
    IdentityFile {world.key("ed25519")}
    UserKnownHostsFile {sshd.known_hosts}
    IdentitiesOnly yes
Host three
    ProxyJump one,two
""")
    config.chmod(0o644)
    ssh = [world.ours("ssh"), "-F", config, "-oBatchMode=yes"]
    data = os.urandom(1_000_000)
    for flags in (["-J", "one", "two"], ["-J", f"ssh://{world.user}@one:{sshd.port},two,one", "two"], ["three"]):
        before = sshd.log().count("Accepted publickey")
        ran = run([*ssh, *flags, "cat"], data, world.client_environment())
        check(ran.status == 0 and ran.out == data, "the echo is wrong", ran)
        hops = {"one": 2, "two": 2}.get(flags[1] if len(flags) == 3 else "", 3 if flags == ["three"] else 2)
        hops = 4 if "," in " ".join(flags) else hops
        wait_until(lambda: sshd.log().count("Accepted publickey") - before == hops, f"{hops} logins")
    ran = run([*ssh, "-oPort=1", "-J", "one", "two", "true"], b"", world.client_environment())
    check(ran.status == 255 and b"Connection refused" in ran.err, "a hop that fails is not told", ran)


@promise("a rule that sends every host through a jump host does not send the jump host through itself")
def jump_rule_for_all(world):
    with world.sshd("openssh") as sshd:
        config = world.new_file("config", f"""
Host *
    ProxyJump gate
    HostName 127.0.0.1
    Port {sshd.port}
    User {world.user}
    IdentityFile {world.key("ed25519")}
    UserKnownHostsFile {sshd.known_hosts}
    IdentitiesOnly yes
""")
        config.chmod(0o644)
        ran = run([world.ours("ssh"), "-F", config, "-oBatchMode=yes", "inside", "echo here"], b"",
                  world.client_environment()).succeeded()
        check(ran.out == b"here\n", "wrong output", ran)


# ---- background, run time --------------------------------------------------------------------


@promise("-f comes back once the forwardings stand, and fails where one cannot")
def background(world):
    port = free_port()
    with world.sshd("openssh") as sshd, Service() as service:
        ran = world.ssh(sshd, flags=["-f", "-N", "-R", f"{port}:127.0.0.1:{service.port}"],
                        options=["ExitOnForwardFailure=yes"]).succeeded()
        check(port in harness.listening_ports(), "not listening yet", ran)
        check_echo(port)
        ran = world.ssh(sshd, flags=["-f", "-N", "-R", f"{port}:127.0.0.1:{service.port}"],
                        options=["ExitOnForwardFailure=yes"])
        check(ran.status == 255, "a second one stands, too", ran)
        spec = f"{port}:127.0.0.1:{service.port}".encode()
        for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if spec in entry.read_bytes().split(b"\0"):
                    os.kill(int(entry.parent.name), signal.SIGTERM)
        wait_until(lambda: port not in harness.listening_ports(), "the end of the one in the background")


@promise("~C adds and cancels forwardings, ~# lists connections")
def command_line(world):
    port, remote_port, socks = free_port(), free_port(), free_port()
    with world.sshd("openssh") as sshd, Service() as service:
        command = world.ssh_command(sshd, "PS1='ready> ' exec sh", key=world.key("ed25519"),
                                    flags=["-tt"], options=["EnableEscapeCommandline=yes"])
        with Terminal(world, command) as terminal:
            terminal.wait_for(r"ready> ")

            def line(text, answer):
                terminal.keys("Enter")
                terminal.type("~C")
                terminal.wait_for(r"ssh> $")
                terminal.line(text)
                terminal.wait_for(answer + r"[\s\S]*\Z")
                terminal.keys("Enter")
                terminal.line("clear")
                wait_until(lambda: not re.search(answer, terminal.screen()), "a clear screen")
            line(f"-L {port}:127.0.0.1:{service.port}", "Forwarding port")
            line(f"-R {remote_port}:127.0.0.1:{service.port}", "Forwarding port")
            line(f"-D {socks}", "Forwarding port")
            line(f"-L {port}:127.0.0.1:{service.port}", "Port forwarding failed: .*already")
            line("-X", "Invalid command")
            check_echo(port)
            check_echo(remote_port)
            stream = connect(port)
            stream.sendall(b"a")
            check(stream.recv(1) == b"a", "no echo")
            terminal.keys("Enter")
            terminal.type("~#")
            terminal.wait_for(r"#\d+ session")
            terminal.wait_for(rf"#\d+ direct-tcpip to 127.0.0.1 port {service.port} for 127.0.0.1:\d+")
            stream.close()
            line(f"-KL {port}", "Canceled forwarding")
            line(f"-KR {remote_port}", "Canceled forwarding")
            line(f"-KD {socks}", "Canceled forwarding")
            line(f"-KD {socks}", "Unknown port forwarding")
            wait_until(lambda: not {port, remote_port, socks} & harness.listening_ports(), "nobody listens any more")
            terminal.line("exit 3")
            terminal.wait_for(r"\[ended: 3\]")


# ---- X11, tunnels ----------------------------------------------------------------------------


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
    world.need_isolation()
    if not os.path.exists("/dev/net/tun"):
        raise Skip("there is no /dev/net/tun")
    if run(["ip", "tuntap", "add", "dev", "tun7", "mode", "tun"]).status:
        raise Skip("tunnel devices cannot be made here")
    run(["ip", "tuntap", "del", "dev", "tun7", "mode", "tun"])
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
                    run(["ip", "link", "set", f"{name}{n}", "up"]).succeeded()
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
