"""Forwardings of our sshd, used by OpenSSH, dropbear and PuTTY: ports, sockets, displays, agents, interfaces."""
import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import socket
import struct
import subprocess
import threading

from forwarding_peers import deaf_service, need_tunnels
from harness import LIMIT, Broken, check, free_port, listening_ports, promise, run, text_of, wait_until

NEEDS = ("sshd", "ssh-keygen")
WITH_AGENT = ("IdentityAgent=SSH_AUTH_SOCK",)
BULK = bytes(range(256)) * 4096


class Echo:
    """A service that answers each connection with what it got, in upper case, and then ends."""

    def __init__(self, path=None, host="127.0.0.1"):
        self.listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listener.bind(str(path) if path else (host, 0))
        if path:
            os.chmod(path, 0o777)
        self.listener.listen(512)
        self.port = 0 if path else self.listener.getsockname()[1]
        self.count = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self._answer, args=(stream,), daemon=True).start()

    @staticmethod
    def _answer(stream):
        with stream, contextlib.suppress(OSError):
            data = read_all(stream)
            stream.sendall(data.upper())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read_all(stream):
    data = b""
    while piece := stream.recv(65536):
        data += piece
    return data


def talk(address, data=b"hello"):
    """What comes back from there; a path or a port."""
    family = socket.AF_INET if isinstance(address, (int, tuple)) else socket.AF_UNIX
    with socket.socket(family) as stream:
        stream.settimeout(LIMIT)
        stream.connect(("127.0.0.1", address) if isinstance(address, int) else
                       address if isinstance(address, tuple) else str(address))
        def send():
            with contextlib.suppress(OSError):
                stream.sendall(data)
                stream.shutdown(socket.SHUT_WR)
        sender = threading.Thread(target=send)
        sender.start()
        answer = read_all(stream)
        sender.join()
        return answer


@contextlib.contextmanager
def forwarding(world, server, *flags, options=(), user=None, env=None, key=None):
    """OpenSSH's ssh -N with a control socket; yields a function for -O commands."""
    control = world.new_file("control")
    line = world.ssh_command(server, options=(*options, f"ControlPath={control}"), key=key or world.key(),
                             program=world.peer("ssh"), flags=("-N", "-M", *flags), user=user)
    client = subprocess.Popen([str(c) for c in line], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              env=world.client_environment(**(env or {})))
    try:
        def ready():
            if client.poll() is not None:
                raise Broken(f"ssh ended: {text_of(client.stderr.read())}")
            return control.exists() and order("check").status == 0

        def order(*words):
            return run([world.peer("ssh"), "-F", "none", "-S", control, "-O", *words, "nobody@nowhere"],
                       env=world.client_environment())
        wait_until(ready, "the master's socket")
        yield order
    finally:
        if client.poll() is None:
            order("exit")                                         # a signal right before its poll(2) would be lost on it
        try:
            client.wait(20)
        except subprocess.TimeoutExpired:
            client.kill()
            client.wait()


def users(world):
    """The account itself, and as root also somebody else's."""
    return (world.user, "root") if world.isolated else (world.user,)


@promise("a port here leads to a service over there, in bulk, in parallel, and with an end in each direction")
def local_ports(world):
    with world.sshd() as server, Echo() as echo:
        for user in users(world):
            port = free_port()
            with forwarding(world, server, "-L", f"{port}:127.0.0.1:{echo.port}", user=user):
                check(talk(port) == b"HELLO", "small")
                check(talk(port, BULK * 8) == (BULK * 8).upper(), "bulk")
                with concurrent.futures.ThreadPoolExecutor(150) as pool:
                    answers = list(pool.map(lambda n: talk(port, b"x%d" % n), range(150)))
                check(answers == [b"X%d" % n for n in range(150)], "in parallel", str(answers[:5]))


@promise("names are looked up by the server; every address is tried; why it failed reaches the client")
def names(world):
    with world.sshd() as server, Echo() as echo:
        def to(target):
            return world.ssh(server, program=world.peer("ssh"), flags=("-W", target), input=b"abc")
        check(to(f"localhost:{echo.port}").succeeded().out == b"ABC", "localhost, whose first address may be ::1")
        closed = to(f"127.0.0.1:{free_port()}")
        check(closed.status == 255 and b"connect failed: " in closed.err and b"refused" in closed.err, "a closed port", closed)
        unknown = to("no-such-name.invalid:80")
        check(unknown.status == 255 and b"connect failed: " in unknown.err, "an unknown name", unknown)


@promise("whoever waits for a slow target keeps nobody else waiting")
def slow_targets(world):
    with deaf_service() as deaf, world.sshd() as server, Echo() as echo:
        slow, fast, target = free_port(), free_port(), f"127.0.0.1 port {deaf.getsockname()[1]}"
        with forwarding(world, server, "-L", f"{slow}:{target.replace(' port ', ':')}",
                        "-L", f"{fast}:127.0.0.1:{echo.port}"):
            hanging = [socket.create_connection(("127.0.0.1", slow)) for _ in range(70)]
            wait_until(lambda: server.log().count(f"target {target}") == 70, "all of them to be asked for")
            check(talk(fast) == b"HELLO", "the fast one")
            for stream in hanging:
                stream.close()


@promise("a port over there leads here; port 0 is told; cancelled it is gone")
def remote_ports(world):
    with world.sshd() as server, Echo() as echo:
        for user in users(world):
            port = free_port()
            with forwarding(world, server, "-R", f"{port}:127.0.0.1:{echo.port}", user=user) as order:
                wait_until(lambda: port in listening_ports(), "the port")
                check(talk(port) == b"HELLO" and talk(port, BULK) == BULK.upper(), "through it")
                with concurrent.futures.ThreadPoolExecutor(100) as pool:
                    check(all(a == b"A" for a in pool.map(lambda _: talk(port, b"a"), range(300))), "300 connections")
                allocated = int(order("forward", "-R", f"0:127.0.0.1:{echo.port}").succeeded().out)
                check(talk(allocated) == b"HELLO", "the allocated port")
                order("cancel", "-R", f"{port}:127.0.0.1:{echo.port}").succeeded()
                wait_until(lambda: port not in listening_ports(), "the port's end")
                check(talk(allocated) == b"HELLO", "the other port is still there")
            wait_until(lambda: allocated not in listening_ports(), "the other port's end")


@promise("a port that is taken is refused, and a client that insists ends")
def taken_port(world):
    port = free_port()
    with world.sshd() as server, forwarding(world, server, "-R", f"{port}:127.0.0.1:1"):
        wait_until(lambda: port in listening_ports(), "the port")
        ran = world.ssh(server, "true", program=world.peer("ssh"), options=("ExitOnForwardFailure=yes",),
                        flags=("-R", f"{port}:127.0.0.1:1"))
        check(ran.status == 255 and b"remote port forwarding failed" in ran.err, "a taken port", ran)


@promise("GatewayPorts decides where ports listen")
def gateway_ports(world):
    def listens(setting, asked):
        with world.sshd(lines=(f"GatewayPorts {setting}",)) as server, Echo() as echo:
            port = free_port()
            with forwarding(world, server, "-R", f"{asked}{port}:127.0.0.1:{echo.port}"):
                wait_until(lambda: port in listening_ports(), "the port")
                found = []
                for host in ("127.0.0.1", "127.0.0.2"):
                    with contextlib.suppress(OSError):
                        if talk((host, port)) == b"HELLO":
                            found.append(host)
                return found
    check(listens("no", "*:") == ["127.0.0.1"], "no")
    check(listens("yes", "127.0.0.2:") == ["127.0.0.1", "127.0.0.2"], "yes")
    check(listens("clientspecified", "127.0.0.2:") == ["127.0.0.2"], "clientspecified")
    check(listens("clientspecified", "*:") == ["127.0.0.1", "127.0.0.2"], "clientspecified, everywhere")
    check(listens("clientspecified", "0.0.0.0:") == ["127.0.0.1", "127.0.0.2"], "clientspecified, all of IPv4")


@promise("0.0.0.0 is all of IPv4: where that port is taken, the port of IPv6 does not stand in for it")
def all_of_one_protocol(world):
    with world.sshd(lines=("GatewayPorts clientspecified",)) as server, socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        ran = world.ssh(server, "true", program=world.peer("ssh"), options=("ExitOnForwardFailure=yes",),
                        flags=("-R", f"0.0.0.0:{other.getsockname()[1]}:127.0.0.1:9"))
        check(ran.status == 255 and b"remote port forwarding failed" in ran.err, "a taken port", ran)


@promise("Unix sockets are forwarded both ways, with the mode that is set, and leave nothing behind")
def unix_sockets(world):
    folder = world.new_folder("sockets")
    folder.chmod(0o777)
    with world.sshd(lines=("StreamLocalBindMask 0117",)) as server, Echo(folder / "echo") as echo:
        for user in users(world):
            here, there = folder / f"here-{user}", folder / f"there-{user}"
            with forwarding(world, server, "-L", f"{here}:{folder}/echo", "-R", f"{there}:{folder}/echo", user=user) as order:
                wait_until(there.exists, "the remote socket")
                check(there.stat().st_mode & 0o777 == 0o660, "its mode", oct(there.stat().st_mode))
                check(talk(here) == b"HELLO" and talk(there) == b"HELLO", "through them")
                check(talk(there, BULK) == BULK.upper(), "bulk")
                order("cancel", "-R", f"{there}:{folder}/echo").succeeded()
                wait_until(lambda: not there.exists(), "the remote socket's end")
        check(echo.count > 0, "the service was not asked")
        stale = folder / "stale"
        socket.socket(socket.AF_UNIX).bind(str(stale))
        stale.chmod(0o777)
        ran = world.ssh(server, "true", program=world.peer("ssh"), options=("ExitOnForwardFailure=yes",),
                        flags=("-R", f"{stale}:{folder}/echo"))
        check(ran.status == 255, "a stale socket is in the way", ran)
    with world.sshd(lines=("StreamLocalBindUnlink yes",)) as server, Echo(folder / "echo2"):
        os.chown(stale, os.stat(world.home).st_uid, -1)
        with forwarding(world, server, "-R", f"{stale}:{folder}/echo2"):
            wait_until(lambda: can_talk(stale), "a stale socket is replaced")


def can_talk(address):
    with contextlib.suppress(OSError):
        return talk(address) == b"HELLO"
    return False


@promise("what the configuration or the key forbids is refused, each kind by itself, as by OpenSSH's server")
def policy(world):
    folder = world.new_folder("sockets")
    folder.chmod(0o777)
    with Echo() as echo, Echo(folder / "echo"):
        serial = itertools.count()
        ways = {
            "local": lambda s, k: probe(world, s, k, "-W", f"127.0.0.1:{echo.port}"),
            "remote": lambda s, k: insists(world, s, k, "-R", f"{free_port()}:127.0.0.1:{echo.port}"),
            "unix-local": lambda s, k: unix_local(world, s, k, folder),
            # OpenSSH's server leaves its sockets behind.
            "unix-remote": lambda s, k: insists(world, s, k, "-R", f"{folder}/r{next(serial)}:{folder}/echo"),
        }
        everything = set(ways)
        # OpenSSH holds sockets to the rules for ports, too: to PermitOpen only where a connection is made.
        cases = [
            ((), "", everything),
            (("AllowTcpForwarding no",), "", set()),
            (("AllowTcpForwarding local",), "", {"local", "unix-local"}),
            (("AllowTcpForwarding remote",), "", {"remote", "unix-remote"}),
            (("AllowTcpForwarding remote", "AllowStreamLocalForwarding local"), "", {"remote"}),
            (("AllowStreamLocalForwarding no",), "", {"local", "remote"}),
            (("DisableForwarding yes",), "", set()),
            ((), "no-port-forwarding ", set()),
            ((), "restrict ", set()),
            ((), "restrict,port-forwarding ", everything),
            (("PermitOpen 127.0.0.1:1",), "", {"remote", "unix-remote"}),
            (("PermitOpen *:1",), "", {"remote", "unix-remote"}),
            (("PermitOpen none",), "", {"remote", "unix-remote"}),
            (("PermitOpen *:*",), "", everything),
            ((f"PermitOpen 127.0.0.1:{echo.port}", "PermitListen none"), "", {"local", "unix-remote"}),
            ((), 'permitopen="127.0.0.1:1" ', {"remote", "unix-remote"}),
            ((), 'permitopen="*:*" ', everything),
            ((), f'permitopen="127.0.0.1:{echo.port}",permitlisten="1" ', {"local", "unix-remote"}),
            (("PermitListen localhost:*",), 'permitlisten="localhost:*" ', everything),
        ]
        for whose, (lines, options, allowed) in itertools.product(("nacre", "openssh"), cases):
            key = world.key(fresh=True)
            keys = world.new_file("authorized_keys", options + world.public(key) + "\n")
            keys.chmod(0o644)
            with world.sshd(whose, lines=[f"AuthorizedKeysFile {keys}", *lines]) as server:
                for way, attempt in ways.items():
                    check(attempt(server, key) == (way in allowed), f"{whose}'s server: {way} with {lines} {options}")


def probe(world, server, key, *flags):
    ran = world.ssh(server, program=world.peer("ssh"), flags=flags, input=b"abc", key=key)
    check((ran.status == 0 and ran.out == b"ABC") or b"administratively prohibited" in ran.err, "neither one nor the other", ran)
    return ran.status == 0


def insists(world, server, key, *flags):
    return world.ssh(server, "true", program=world.peer("ssh"), options=("ExitOnForwardFailure=yes",), flags=flags,
                     key=key).status == 0


def unix_local(world, server, key, folder):
    here = folder / f"l{free_port()}"
    with forwarding(world, server, "-L", f"{here}:{folder}/echo", key=key):
        return can_talk(here)


@promise("an agent is lent to the programs over there, by a socket that is the user's alone")
def agents(world):
    socket_path = world.new_file("agent")
    agent = subprocess.Popen([world.peer("ssh-agent"), "-D", "-a", str(socket_path)], stdout=subprocess.DEVNULL)
    try:
        wait_until(socket_path.exists, "the agent")
        env = {"SSH_AUTH_SOCK": str(socket_path)}
        run([world.peer("ssh-add"), "-q", world.key()], env=world.client_environment(**env)).succeeded()
        with world.sshd() as server:
            for user in users(world):
                ran = world.ssh(server, "ssh-add -l; stat -c '%a %U' $(dirname $SSH_AUTH_SOCK); echo $SSH_AUTH_SOCK",
                                program=world.peer("ssh"), flags=("-A",), env=env, user=user, options=WITH_AGENT).succeeded()
                lines = text_of(ran.out).splitlines()
                check("ED25519" in lines[0] and lines[1] == f"700 {user}", "what it shows", ran)
                wait_until(lambda: not pathlib.Path(lines[2]).parent.exists(), "the socket's end")
                terminal = world.ssh(server, "ssh-add -l", program=world.peer("ssh"), flags=("-A", "-tt"), env=env, user=user,
                                     options=WITH_AGENT)
                check(b"ED25519" in terminal.succeeded().out, "with a terminal", terminal)
            ran = world.ssh(server, "echo ${SSH_AUTH_SOCK-none}", program=world.peer("ssh"), flags=("-a",), env=env, options=WITH_AGENT)
            check(ran.succeeded().out == b"none\n", "not asked for", ran)
        with world.sshd(lines=("AllowAgentForwarding no",)) as server:
            ran = world.ssh(server, "echo ${SSH_AUTH_SOCK-none}", program=world.peer("ssh"), flags=("-A",), env=env, options=WITH_AGENT)
            check(ran.succeeded().out == b"none\n", "forbidden", ran)
    finally:
        agent.terminate()
        agent.wait()


X11_PROBE = r"""
import os, re, socket, subprocess, sys
display = os.environ.get("DISPLAY", "none")
print(display)
if display != "none":
    listed = subprocess.run(["xauth", "list"], capture_output=True, text=True).stdout
    number, cookie = re.search(r"unix:(\d+)\s+MIT-MAGIC-COOKIE-1\s+([0-9a-f]+)", listed).groups()
    assert display == f"localhost:{number}.0", display
    stream = socket.create_connection(("localhost", 6000 + int(number)))
    name = b"MIT-MAGIC-COOKIE-1"
    stream.sendall(b"l\0\x0b\0\0\0" + bytes([len(name), 0, 16, 0, 0, 0]) + name + b"\0\0" + bytes.fromhex(cookie))
    print(stream.recv(100).decode())
"""


@promise("a display is lent to the programs over there, with a cookie of its own")
def displays(world):
    xauth = world.peer("xauth")
    server_socket = socket.socket()
    for number in range(50, 90):
        with contextlib.suppress(OSError):
            server_socket.bind(("127.0.0.1", 6000 + number))
            break
    server_socket.listen(5)
    real = "ab" * 16

    def x_server():
        while True:
            try:
                stream, _ = server_socket.accept()
            except OSError:
                return
            with stream:
                head = stream.recv(4096)
                stream.sendall(b"welcome" if bytes.fromhex(real) in head else b"wrong cookie")
    threading.Thread(target=x_server, daemon=True).start()
    env = {"DISPLAY": f"127.0.0.1:{number}", "XAUTHORITY": str(world.new_file("Xauthority", ""))}
    run([xauth, "add", env["DISPLAY"], ".", real], env=world.client_environment(**env)).succeeded()
    probe_file = world.new_file("probe.py", X11_PROBE)
    probe_file.chmod(0o644)
    command = f"python3 {probe_file}"
    with world.sshd(lines=("X11Forwarding yes", "X11DisplayOffset 30")) as server:
        for user in users(world):
            for flags in (("-Y",), ("-Y", "-tt")):
                ran = world.ssh(server, command, program=world.peer("ssh"), flags=flags, env=env, user=user).succeeded()
                check(text_of(ran.out).split() == ["localhost:30.0", "welcome"], "the display", ran)
                wait_until(lambda: 6030 not in listening_ports(), "the display's end")
    with world.sshd() as server:
        ran = world.ssh(server, command, program=world.peer("ssh"), flags=("-Y",), env=env)
        check(ran.out == b"none\n", "off by default", ran)
    server_socket.close()


@promise("network interfaces are joined, packets and frames go both ways")
def tunnels(world):
    ip = need_tunnels(world)
    for setting, name in (("point-to-point", "tun"), ("ethernet", "tap")):
        with world.sshd(lines=("PermitTunnel yes",)) as server:
            with forwarding(world, server, "-w", "5:6", options=(f"Tunnel={setting}",), user="root"):
                for unit in (5, 6):
                    wait_until(lambda: run([ip, "link", "show", f"{name}{unit}"]).status == 0, "the interface")
                    run([ip, "link", "set", f"{name}{unit}", "up"]).succeeded()
                for source, target in ((5, 6), (6, 5)):
                    exchange(f"{name}{source}", f"{name}{target}", name == "tap")
    with world.sshd() as server:
        ran = world.ssh(server, "true", program=world.peer("ssh"), flags=("-w", "5:6"), user="root",
                        options=("ExitOnForwardFailure=yes",))
        check(ran.status == 255, "off by default", ran)


def exchange(source, target, frames):
    """One packet put into an interface comes out of the other."""
    body = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 36, 7, 0, 64, 253, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])) + b"0123456789abcdef"
    packet = b"\xff" * 6 + b"\x02\0\0\0\0\x01" + b"\x88\xb5" + body if frames else body
    receiver = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    receiver.bind((target, 3))
    receiver.settimeout(0.2)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind((source, 0x88b5 if frames else 0x0800))

    def came():
        sender.send(packet)
        with contextlib.suppress(TimeoutError):
            while True:
                if receiver.recv(4096) == packet:
                    return True
        return False
    wait_until(came, f"a packet from {source} at {target}", 30)
    sender.close()
    receiver.close()


@promise("a client that trusts one host key learns the others, and they are proven")
def host_keys(world):
    for kind, bits in (("ed25519", None), ("rsa", 2048), ("ecdsa", 256)):
        keys = [world.key("ed25519"), world.key("rsa", 2048), world.key("ecdsa", 256)]
        with world.sshd(host_keys=keys) as server:
            server.known_hosts = world.known_hosts(server.port, [world.key(kind, bits)])

            def learnt():                                         # a command may end before the keys are proven
                world.ssh(server, "sleep 0.5", program=world.peer("ssh"), options=("UpdateHostKeys=yes",)).succeeded()
                return all(world.public(k).split()[1] in server.known_hosts.read_text() for k in keys)
            wait_until(learnt, f"who knows the {kind} key learns the others")


@promise("dropbear's and PuTTY's forwardings work")
def others(world):
    with world.sshd() as server, Echo() as echo:
        for client in (dbclient, plink):
            here, there = free_port(), free_port()
            with client(world, server, here, there, echo.port):
                wait_until(lambda: can_talk(here), f"{client.__name__} -L")
                wait_until(lambda: can_talk(there), f"{client.__name__} -R")


@contextlib.contextmanager
def background(command, env):
    process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=env)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def dbclient(world, server, here, there, port):
    key = world.new_file("dropbear-key")
    run([world.peer("dropbearconvert"), "openssh", "dropbear", world.key(), key]).succeeded()
    return background([world.peer("dbclient"), "-y", "-y", "-N", "-i", key, "-p", server.port, "-L", f"{here}:127.0.0.1:{port}",
                       "-R", f"{there}:127.0.0.1:{port}", f"{world.user}@127.0.0.1"], world.client_environment())


def plink(world, server, here, there, port):
    ppk = world.new_file("key.ppk")
    run([world.peer("puttygen"), world.key(), "-O", "private", "-o", ppk, "--new-passphrase", "/dev/null"],
        env=world.client_environment()).succeeded()
    fingerprint = run([world.ours("ssh-keygen"), "-l", "-f", f"{world.key()}.pub"]).out.split()[1].decode()
    return background([world.peer("plink"), "-batch", "-N", "-hostkey", fingerprint, "-i", ppk, "-P", server.port, "-L",
                       f"{here}:127.0.0.1:{port}", "-R", f"{there}:127.0.0.1:{port}", f"{world.user}@127.0.0.1"],
                      world.client_environment())


@promise("bounds hold: more listeners than there may be are refused, more arrivals than are taken wait")
def bounds(world):
    with world.sshd() as server, Echo() as echo:
        with forwarding(world, server) as order:
            ports = [order("forward", "-R", f"0:127.0.0.1:{echo.port if n == 0 else n}") for n in range(130)]
            check([p.status for p in ports].count(0) == 128, "128 listeners", str([p.status for p in ports]))
            port = int(ports[0].out)
            with concurrent.futures.ThreadPoolExecutor(200) as pool:
                check(all(a == b"A" for a in pool.map(lambda _: talk(port, b"a"), range(400))), "400 arrivals at once")


@promise("an idle channel is closed, a busy one is not; a connection without channels ends")
def timeouts(world):
    lines = ("ChannelTimeout session:command=3s", "UnusedConnectionTimeout 2s")
    with world.sshd(lines=lines) as server:
        idle = world.ssh(server, "sleep 12", program=world.peer("ssh"))
        check(idle.status == 255, "an idle command", idle)
        command = "for i in 1 2 3 4 5 6 7 8 9; do sleep 0.5; echo; done"
        busy = world.ssh(server, command, program=world.peer("ssh")).succeeded()
        check(busy.out == b"\n" * 9, "a busy command", busy)
        unused = world.ssh(server, program=world.peer("ssh"), flags=("-N",))
        check(unused.status == 255, "a connection without channels", unused)
        server.wait_for_log("terminating inactive connection from user")
    with world.sshd(lines=("ChannelTimeout global=1s",)) as server, Echo() as echo:
        port = free_port()
        with forwarding(world, server, "-L", f"{port}:127.0.0.1:{echo.port}"):
            with socket.create_connection(("127.0.0.1", port)) as stream:
                stream.settimeout(LIMIT)
                check(stream.recv(10) == b"", "all channels together")


@promise("~/.ssh/rc runs before the program, in its place the cookie of a display, and nothing for subsystems")
def rc_files(world):
    world.need_isolation()
    folder = world.home / ".ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    script = folder / "rc"
    script.write_text("read line; echo \"rc: $line\"\n")
    for path in (folder, script):
        os.chown(path, os.stat(world.home).st_uid, os.stat(world.home).st_gid)
    try:
        with world.sshd() as server:
            for flags in ((), ("-tt",)):
                ran = world.ssh(server, "echo main", program=world.peer("ssh"), flags=flags).succeeded()
                check(ran.out.split(b"\n")[0].strip() == b"rc:" and b"main" in ran.out, "it runs first", ran)
        with world.sshd(lines=("PermitUserRC no",)) as server:
            ran = world.ssh(server, "echo main", program=world.peer("ssh")).succeeded()
            check(ran.out == b"main\n", "forbidden", ran)
    finally:
        script.unlink()


@promise("the status of a program that closes its output early reaches OpenSSH's client")
def early_close(world):
    with world.sshd() as server:
        ran = world.ssh(server, "exec >/dev/null 2>&1; sleep 1; exit 7", program=world.peer("ssh"), flags=("-n",))
        check(ran.status == 7, "directly", ran)
        with forwarding(world, server):
            control = max(world.folder.glob("*-control"))
            ran = run([world.peer("ssh"), "-F", "none", "-n", "-S", control, "nobody@nowhere", "exec >/dev/null 2>&1; sleep 1; exit 7"],
                      env=world.client_environment())
            check(ran.status == 7, "over a shared connection", ran)
