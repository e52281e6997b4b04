"""Our client's forwardings, through OpenSSH's sshd and ours: -L, -R, -D, -W, -J; at run time, too."""
import contextlib
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess

import harness
from forwarding_peers import (Service, allocated_port, check_echo, connect, deaf_service, exchange, for_each_server,
                              forwarding, receive)
from harness import Terminal, add, agent, check, children_of, free_port, promise, run, wait_until

LARGE = 5_000_000


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


@promise("a port that is taken is named with every address that it is taken at, also where another is free")
def taken_where(world):
    with world.sshd() as sshd, Service() as service, socket.socket(socket.AF_INET6) as other:
        ran = world.ssh(sshd, "true", flags=["-L", f"{service.port}:127.0.0.1:1"])
        check(ran.status == 0 and f"bind [127.0.0.1]:{service.port}: Address already in use; this".encode() in ran.err, "not told", ran)
        other.bind(("::1", service.port))
        other.listen()
        ran = world.ssh(sshd, "true", flags=["-L", f"{service.port}:127.0.0.1:1"])
        lines = [line for line in ran.err.splitlines() if b"Address already in use" in line]
        check(len(lines) == 1 and b"[127.0.0.1]:" in lines[0] and b"[::1]:" in lines[0], "an address is not named", ran)
        check(f"port: {service.port} (-L {service.port}:127.0.0.1:1)".encode() in ran.err, "the forwarding is not named", ran)


@promise("ssh waits for forwarded connections when its command has ended")
def waits(world):
    port = free_port()
    with world.sshd("openssh") as sshd, Service() as service, \
            forwarding(world, sshd, "-L", f"{port}:127.0.0.1:{service.port}", ready=[port],
                       command=["cat"]) as ssh:
        stream = connect(port)
        stream.sendall(b"a")
        check(stream.recv(1) == b"a", "no echo")
        ssh.stdin.close()
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
            for beginning in (b"", b"\x05\x01"):
                check(exchange(connect(port), beginning) == b"", "who ends before saying where to is answered")
        with forwarding(world, sshd, "-R", "0", options=[f"PermitRemoteOpen=localhost:{service.port}"]) as ssh:
            port = allocated_port(ssh)
            check(socks5(port, "localhost", service.port)[1] == 0, "what is permitted is refused")
            check(socks5(port, "127.0.0.1", service.port)[1] == 2, "what is not permitted is served")
            wait_until(lambda: "PermitRemoteOpen" in ssh.said(), "a line about it")


@promise("connecting to a place that does not answer stalls nothing else")
def no_stall(world):
    port = free_port()
    with world.sshd("openssh") as sshd, Service() as service, deaf_service() as deaf, \
            forwarding(world, sshd, "-R", f"0:127.0.0.1:{deaf.getsockname()[1]}",
                       "-L", f"{port}:127.0.0.1:{service.port}", ready=[port]) as ssh:
        waiting = connect(allocated_port(ssh))
        check_echo(port)
        waiting.close()


@promise("visitors who are not taken in yet keep those waiting who come to the same port, and nobody else")
def crowd(world):
    with agent(world) as env, world.sshd() as sshd, Service() as service, deaf_service() as deaf, \
            contextlib.ExitStack() as visitors:
        add(world, env, "-q", world.key("ed25519")).succeeded()
        other = free_port()
        with forwarding(world, sshd, "-R", f"0:127.0.0.1:{deaf.getsockname()[1]}",
                        "-R", f"{other}:127.0.0.1:{service.port}", ready=[other],
                        options=["LogLevel=DEBUG1", f"ForwardAgent={env['SSH_AUTH_SOCK']}"],
                        command=[f"read line; {world.ours('ssh-add')} -l"]) as ssh:
            port = allocated_port(ssh)
            for _ in range(100):
                visitors.enter_context(connect(port))
            wait_until(lambda: ssh.said().count("a connection to") >= 64, "as many as may wait")
            check_echo(other)
            out, _ = ssh.communicate(b"\n", timeout=60)
            check(b"ED25519" in out, "the agent is not reached", out, ssh.said())


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


# ---- the end of a connection -----------------------------------------------------------------


def is_gone_from(port):
    """Nobody holds a connection to that port any more: the server has heard its end, and passed it on."""
    return not run(["ss", "-Htn", "exclude", "time-wait", "dport", "=", f":{port}"]).out


@for_each_server("what a slow reader has not taken yet is written, though session and forwarding are over")
def slow_reader(world, sshd):
    world.peer("ss")
    place, answer = world.new_file("place"), os.urandom(1_500_000)   # of which a Unix socket takes little by itself
    with socket.create_server(("127.0.0.1", 0)) as service, \
            forwarding(world, sshd, "-L", f"{place}:127.0.0.1:{service.getsockname()[1]}", ready=[place],
                       command=["cat; echo ended >&2"]) as ssh:
        stream = connect(place)
        stream.shutdown(socket.SHUT_WR)
        peer, _ = service.accept()
        check(peer.recv(1) == b"", "it goes on")
        ssh.stdin.close()
        wait_until(lambda: "ended" in ssh.said(), "the end of the session")
        peer.sendall(answer)
        peer.close()
        wait_until(lambda: is_gone_from(service.getsockname()[1]), "the end of the connection over there")
        received = receive(stream, len(answer))
        check(received == answer and stream.recv(1) == b"", f"only {len(received)} bytes")
        wait_until(lambda: ssh.poll() == 0, "the end of ssh")


@promise("what came through -W reaches a slow reader though the server has hung up, and is no failure")
def slow_reader_of_stdio(world):
    answer = os.urandom(1_500_000)
    with world.sshd(lines=["UnusedConnectionTimeout 1"]) as sshd, socket.create_server(("127.0.0.1", 0)) as service:
        line = world.ssh_command(sshd, key=world.key("ed25519"), flags=["-W", f"127.0.0.1:{service.getsockname()[1]}"])
        ssh = subprocess.Popen([str(c) for c in line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               env=world.client_environment())
        peer, _ = service.accept()
        with ssh.stdout, peer:
            peer.sendall(answer)
            peer.close()
            sshd.wait_for_log("terminating inactive connection")
            received = ssh.stdout.read()
            check(received == answer, f"only {len(received)} bytes")
            check(ssh.wait(20) == 0, f"status {ssh.returncode}")


@promise("-W may be shared: what it still has to write is written, though its channel's number is another's")
def shared_stdio(world):
    world.peer("ss")
    path, answer = world.new_file("ctl"), os.urandom(1_500_000)
    with world.sshd() as sshd, socket.create_server(("127.0.0.1", 0)) as service:
        to = service.getsockname()[1]
        line = world.ssh_command(sshd, key=world.key("ed25519"), flags=["-M", "-S", path, "-W", f"127.0.0.1:{to}"])
        ssh = subprocess.Popen([str(c) for c in line], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               env=world.client_environment())
        peer, _ = service.accept()
        wait_until(path.exists, "the control socket")
        ssh.stdin.close()
        check(peer.recv(1) == b"", "it goes on")
        peer.sendall(answer)
        peer.close()
        wait_until(lambda: is_gone_from(to), "the end of the connection over there")
        for _ in range(2):
            ran = world.ssh(sshd, "echo hi", options=[f"ControlPath={path}"]).succeeded()
            check(ran.out == b"hi\n", "another session", ran)
        received = ssh.stdout.read()
        check(received == answer, f"only {len(received)} bytes")
        check(ssh.wait(60) == 0, "a status", ssh.returncode)


@promise("a remote forwarding that is cancelled before it is granted is given back, and who asked for it hears of it")
def cancelled_early(world):
    with world.sshd() as sshd:
        path = world.new_file("ctl")
        with forwarding(world, sshd, "-M", "-S", path, ready=[path]):
            networks = [pid for pid, name in children_of(sshd.process.pid).items() if name == "sshd-net"]
            before = harness.listening_ports()

            def control(*words):
                return [str(c) for c in world.ssh_command(sshd, flags=["-S", path, "-O", *words])]
            for pid in networks:
                os.kill(pid, signal.SIGSTOP)
            try:
                asking = subprocess.Popen(control("forward", "-R", "0:127.0.0.1:9"), env=world.client_environment(),
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                wait_until(lambda: not run(control("cancel", "-R", "0:127.0.0.1:9"), env=world.client_environment()).err,
                           "something to cancel")             # OpenSSH's status says nothing of it, and so does ours
            finally:
                for pid in networks:
                    os.kill(pid, signal.SIGCONT)
            out, err = asking.communicate(timeout=60)
            check(asking.returncode == 255 and b"cancelled before" in err, "the one who asked", asking.returncode, out, err)
            wait_until(lambda: harness.listening_ports() == before, "the port to be given back")


@promise("a remote forwarding that is cancelled before the server listens is given back, and can be had again")
def cancelled_before_it_listens(world):
    folder, path, port = world.new_folder("sockets"), world.new_file("ctl"), free_port()
    folder.chmod(0o777)
    with world.sshd() as sshd, forwarding(world, sshd, "-M", "-S", path, ready=[path]):
        def control(*words):
            return [str(c) for c in world.ssh_command(sshd, flags=["-S", path, "-O", *words])]

        def order(*words):
            return run(control(*words), env=world.client_environment())

        def user_processes():
            return [pid for pid, name in children_of(sshd.process.pid).items() if name == "sshd-user"]
        who_listens = wait_until(user_processes, "a process that listens")
        for wish in (f"{port}:127.0.0.1:9", f"{folder}/there:127.0.0.1:9"):
            for pid in who_listens:
                os.kill(pid, signal.SIGSTOP)
            try:
                asking = subprocess.Popen(control("forward", "-R", wish), env=world.client_environment(),
                                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                wait_until(lambda: not order("cancel", "-R", wish).err, "something to cancel")
                out, err = asking.communicate(timeout=60)         # nobody listens yet, and nobody is waited for
            finally:
                for pid in who_listens:
                    os.kill(pid, signal.SIGCONT)
            check(asking.returncode == 255 and b"cancelled before" in err, "who asked", asking.returncode, out, err)
            order("forward", "-R", wish).succeeded()
            check(not order("cancel", "-R", wish).err, f"{wish}: what is had again is not there")
        wait_until(lambda: port not in harness.listening_ports() and not list(folder.iterdir()), "nobody to listen")


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

            def prompts(count):
                wait_until(lambda: terminal.screen().count("ready>") == count, f"{count} prompts of the shell")

            def line(text, answer):
                prompts(1)
                terminal.keys("Enter")
                prompts(2)                                        # or the second one would come behind "ssh> "
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
            terminal.keys("Enter")
            terminal.line("clear")
            wait_until(lambda: not re.search(r"#\d+ session", terminal.screen()), "a clear screen")
            line(f"-KL {port}", "Canceled forwarding")
            line(f"-KR {remote_port}", "Canceled forwarding")
            line(f"-KD {socks}", "Canceled forwarding")
            line(f"-KD {socks}", "Unknown port forwarding")
            wait_until(lambda: not {port, remote_port, socks} & harness.listening_ports(), "nobody listens any more")
            terminal.line("exit 3")
            terminal.wait_for(r"\[ended: 3\]")
