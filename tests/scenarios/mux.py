"""Sharing a connection: ControlMaster, ControlPath, ControlPersist and -O, with our client and OpenSSH's on either side
of the control socket."""
import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

import harness
from harness import Terminal, check, free_port, promise, run, wait_until

PAIRS = (("nacre", "nacre"), ("openssh", "nacre"), ("nacre", "openssh"))   # client, master


def for_each_pair(sentence):
    def register(function):
        for client, master in PAIRS:
            def case(world, client=client, master=master):
                flags = ["-oSendEnv=LC_*"] if master == "openssh" else []   # it sends only what its own list has, too
                with world.sshd("openssh", lines=["AcceptEnv LC_*"]) as sshd, \
                        running_master(world, sshd, master, *flags) as shared:
                    function(world, sshd, Through(world, sshd, client, shared))
            promise(f"{sentence} ({client}'s client, {master}'s master)")(case)
        return function
    return register


def control_path(world):
    return world.new_file("ctl")


@contextlib.contextmanager
def running_master(world, sshd, whose, *flags, env=None):
    path = control_path(world)
    line = world.ssh_command(sshd, key=world.key("ed25519"), program=world.client(whose), 
                             flags=("-MN", f"-S{path}", *flags))
    errors = world.new_file("master-err")
    with open(errors, "wb") as stderr:
        process = subprocess.Popen([str(c) for c in line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=stderr, env=world.client_environment(**(env or {})))
    process.path, process.whose, process.errors = path, whose, errors
    try:
        wait_until(lambda: path.exists() or process.poll() is not None, "the control socket")
        check(process.poll() is None, "the master ended", errors.read_bytes())
        yield process
    except BaseException:
        print(f"    --- the master said:\n{errors.read_text('utf-8', 'backslashreplace')}")
        raise
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(60 if whose == "nacre" else 5)
        except subprocess.TimeoutExpired:
            process.kill()                                        # OpenSSH's master sometimes sleeps through the signal
            process.wait(60)
            check(whose != "nacre", "the master does not end")


class Through:
    """A client that has nothing but the control socket: no key, so that it cannot log in by itself."""

    def __init__(self, world, sshd, whose, master):
        self.world, self.sshd, self.whose, self.master = world, sshd, whose, master

    def command(self, *command, flags=(), options=()):
        return self.world.ssh_command(self.sshd, *command, program=self.world.client(self.whose), flags=flags,
                                      options=(f"ControlPath={self.master.path}", "PreferredAuthentications=none", *options))

    def __call__(self, *command, flags=(), options=(), input=b"", env=None):
        return run(self.command(*command, flags=flags, options=options), input, self.world.client_environment(**(env or {})))

    def start(self, *command, flags=(), options=()):
        return subprocess.Popen([str(c) for c in self.command(*command, flags=flags, options=options)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.world.client_environment())


def logins(sshd):
    return len(re.findall(r"Accepted publickey", sshd.log()))


def ticks(pid):
    """Time of a processor that it has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def signal_server(sshd, number):
    """To the processes of all of its connections."""
    for pid, name in harness.children_of(sshd.process.pid).items():
        if name.startswith("sshd"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


@contextlib.contextmanager
def server_stopped(sshd):
    signal_server(sshd, signal.SIGSTOP)
    try:
        yield
    finally:
        signal_server(sshd, signal.SIGCONT)


def terminal_modes(window):
    """What stty says of the terminal in the window."""
    return run(["stty", "-a", "-F", window.tty()]).succeeded().out.decode()


def in_terminal(world, command):
    return Terminal(world, ["env", "-", *(f"{k}={v}" for k, v in world.client_environment().items()), *command])


# ---- sessions ------------------------------------------------------------------------


@for_each_pair("commands run through the master: output, errors, input and status are their own")
def commands(world, sshd, through):
    ran = through("cat; echo oops >&2; exit 7", input=b"x" * 300000)
    check(ran.status == 7 and ran.out == b"x" * 300000 and b"oops" in ran.err, "a command through the master", ran)
    for number in range(3):
        check(through(f"exit {number}").status == number, "statuses come through")
    check(logins(sshd) == 1, "more than one login", sshd.log())


@for_each_pair("a command that is killed by a signal gives 255")
def killed(world, sshd, through):
    ran = through("kill -9 $$")
    check(ran.status == 255, "the status of a killed program", ran)


@for_each_pair("large output arrives whole, whoever reads it late")
def large(world, sshd, through):
    ran = through("head -c 20000000 /dev/zero")
    check(ran.status == 0 and len(ran.out) == 20000000, f"{len(ran.out)} bytes", ran)


def bytes_heard(through):
    """By the master, from the server."""
    return int(re.search(rb"traffic \d+ bytes out, (\d+) in", through(flags=("-Oconninfo",)).succeeded().out)[1])


@promise("a session whose output nobody reads holds back its own program, and no other session")
def unread(world):
    for whose in ("nacre", "openssh"):
        with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
            slow, others = Through(world, sshd, whose, master), Through(world, sshd, "nacre", master)
            reader = slow.start("head -c 30000000 /dev/zero; exit 5")
            wait_until(lambda: bytes_heard(others) > 2_000_000, "a window's worth to come")
            for number in range(3):
                check(others(f"exit {number}").status == number, "others wait for it")
            check(bytes_heard(others) < 4_000_000, "more than a window waits in the master")
            out, _ = reader.communicate(timeout=harness.LIMIT)
            check(reader.returncode == 5 and len(out) == 30000000, f"{whose}'s client: {reader.returncode}, {len(out)} bytes")


@contextlib.contextmanager
def generous_service(bytes_to_send):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            with contextlib.suppress(OSError):
                stream, _ = listener.accept()
                with stream:
                    stream.sendall(b"x" * bytes_to_send)
        server = threading.Thread(target=serve, daemon=True)
        server.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)                   # wakes it
            server.join()


@promise("what a program has written before its end arrives whole, however late it is read, also when the connection ends first")
def read_late(world):
    count = 1_500_000                                             # less than a window, more than a pipe holds
    for whose, stdio in (("nacre", False), ("openssh", False), ("nacre", True)):
        with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre", "-v") as master, \
                generous_service(count) as port:
            through, others = Through(world, sshd, whose, master), Through(world, sshd, "nacre", master)
            reader = through.start(flags=("-W", f"127.0.0.1:{port}")) if stdio else \
                through.start(f"head -c {count} /dev/zero; exit 7")
            reader.stdin.close()                                  # or the channel of -W stays open
            reader.stdin = None
            wait_until(lambda: bytes_heard(others) > count, "all of it to come")
            wait_until(lambda: not open_channels(others), "the channel to be closed")
            check(others("exit 3").status == 3, "others wait for it")
            running = [others.start("echo up; cat", flags=how) for how in ((), ("-Oproxy",))]
            check(all(one.stdout.readline() == b"up\n" for one in running), "the sessions did not start")
            signal_server(sshd, signal.SIGKILL)
            for one in running:                                   # these have lost their programs, and hear so at once
                check(one.wait(harness.LIMIT) == 255, f"{one.args}: {one.returncode}")
                one.communicate()
            check(master.poll() is None and not master.path.exists(), "the master is gone, or can still be joined")
            out, err = reader.communicate(timeout=harness.LIMIT)
            check(reader.returncode == (0 if stdio else 7) and len(out) == count,
                  f"{whose}'s client, {'-W' if stdio else 'a session'}: {reader.returncode}, {len(out)} bytes", err,
                  master.errors.read_bytes())
            master.wait(60)


@promise("whoever sits in front of a master whose connection has ended hears so while others read late, and may go")
def read_late_beside_a_terminal(world):
    count = 1_500_000
    with world.sshd("openssh") as sshd:
        path = control_path(world)
        with Terminal(world, world.ssh_command(sshd, key=world.key("ed25519"), flags=("-M", f"-S{path}", "-tt"))) as window:
            wait_until(path.exists, "the control socket")
            others = Through(world, sshd, "nacre", type("Master", (), {"path": path}))
            reader = others.start(f"head -c {count} /dev/zero; exit 7")
            wait_until(lambda: bytes_heard(others) > count, "all of it to come")
            wait_until(lambda: not any("session, command" in line for line in open_channels(others)), "it to be closed")
            signal_server(sshd, signal.SIGKILL)
            window.wait_for("Waiting for others to read")
            out, _ = reader.communicate(timeout=harness.LIMIT)
            check(reader.returncode == 7 and len(out) == count, f"{reader.returncode}, {len(out)} bytes")
            window.wait_for(r"\[ended: 255\]")


@for_each_pair("a subsystem runs through the master")
def subsystem(world, sshd, through):
    session = through.start("sftp", flags=("-s",))
    session.stdin.write(b"\x00\x00\x00\x05\x01\x00\x00\x00\x03")
    session.stdin.flush()
    check(session.stdout.read(5)[4:] == b"\x02", "no SFTP version came")
    session.communicate(timeout=60)
    check(session.returncode == 0, f"the status is {session.returncode}")


@promise("a subsystem that the server refuses is told by its name, and what can be done, through a master too")
def refused_subsystem(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as shared:
        for whose in ("nacre", "openssh"):
            ran = Through(world, sshd, whose, shared)("unheard-of", flags=("-s",))
            check(ran.status == 255 and b'no subsystem "unheard-of"' in ran.err, f"no advice to {whose}'s client", ran)


@for_each_pair("the client's own environment goes with its session")
def environment(world, sshd, through):
    ran = through("echo $LC_TEST", options=("SendEnv=LC_TEST",), env={"LC_TEST": "here"})
    check(ran.status == 0 and ran.out == b"here\n", "the variable did not arrive", ran)


@for_each_pair("-t gets a terminal with the size and name of the client's, and gives it back")
def terminal(world, sshd, through):
    with Terminal(world, ["env", "-", *(f"{k}={v}" for k, v in world.client_environment().items()),
                          *through.command("stty size; echo term:$TERM; sleep 1000", flags=("-t",))]) as window:
        window.wait_for(r"30 100")
        window.wait_for(r"^term:xterm$")                           # as client_environment() calls it
        window.keys("C-c")
        window.wait_for(r"\[ended: \d+\]")
        window.wait_for(r"Shared connection to .* closed")


@for_each_pair("a shell in a terminal: typing, resizing, the escape to its end")
def shell(world, sshd, through):
    with Terminal(world, ["env", "-", *(f"{k}={v}" for k, v in world.client_environment().items()),
                          *through.command(flags=("-tt",), options=("RequestTTY=force",))]) as window:
        window.line("PS1=; echo we are $((40+2))")
        window.wait_for(r"we are 42")
        window.resize(90, 25)
        wait_until(lambda: (window.line("stty size"), window.screen())[1].find("25 90") >= 0, "the new size at the server")
        window.keys("Enter")
        window.type("~.")
        window.wait_for(r"\[ended: 255\]")
    check(through("exit 3").status == 3, "the master died with a session of a client")


@promise("a window that changes its size before the server has answered about the terminal has the new one there")
def early_resize(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        through = Through(world, sshd, "nacre", master)
        check(through("exit 4").status == 4, "a session")
        wait_until(lambda: b"opened ahead" in through(flags=("-Ochannels",)).out, "a session that is open ahead")
        with server_stopped(sshd), in_terminal(world, through.command(flags=("-tt",))) as window:
            wait_until(lambda: "-icanon" in terminal_modes(window), "the client to have its session")
            window.resize(90, 25)
            wait_until(lambda: terminal_modes(window).find("rows 25; columns 90") >= 0, "the terminal's new size")
            signal_server(sshd, signal.SIGCONT)
            window.line("stty size")
            window.wait_for(r"\b25 90\b")


@for_each_pair("a client that is killed takes its program with it, and nothing else")
def client_killed(world, sshd, through):
    process = through.start("echo up; cat")
    check(process.stdout.readline() == b"up\n", "the session did not start")
    process.kill()
    process.wait()
    check(through("exit 0").status == 0, "the master died of it")


@for_each_pair("many sessions at once share one login")
def many(world, sshd, through):
    processes = [through.start(f"sleep 0.2; echo {n}; exit {n}") for n in range(8)]
    for n, process in enumerate(processes):
        out, err = process.communicate(timeout=harness.LIMIT)
        check(process.returncode == n and out == b"%d\n" % n, f"session {n}: {process.returncode}", out, err)
    check(logins(sshd) == 1, "more than one login")


@for_each_pair("~. gives the terminal back though the server does not answer")
def abandoned(world, sshd, through):
    with in_terminal(world, through.command("echo $((40+2)); exec sleep 1000", flags=("-tt",))) as window:
        window.wait_for(r"^42")
        with server_stopped(sshd):
            window.keys("Enter")
            window.type("~.")
            window.wait_for(r"\[ended: 255\]")
    check(through("exit 3").status == 3, "the master died with a session of a client")


@promise("a client's session on which nothing moves for its ChannelTimeout ends with 255, though its program goes on")
def timed_out(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre", "-oChannelTimeout=session=4") as master:
        for whose in ("nacre", "openssh"):
            through = Through(world, sshd, whose, master)
            process = through.start("trap '' HUP; echo $$; exec sleep 1000")
            program = int(process.stdout.readline())
            try:
                check(process.wait(harness.LIMIT) == 255, f"{whose}'s client: status {process.returncode}")
            finally:
                os.kill(program, signal.SIGKILL)
            process.communicate()


# ---- -W and forwardings --------------------------------------------------------------


@contextlib.contextmanager
def echo_service():
    import threading
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)

    def serve(stream):
        with stream:
            while data := stream.recv(65536):
                stream.sendall(data)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)                       # wakes it: else it would accept at whoever gets the number next
        acceptor.join()
        listener.close()


def echoes(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as stream:
        stream.sendall(b"hello")
        stream.shutdown(socket.SHUT_WR)
        return stream.recv(100) == b"hello"


def socks_echoes(port, to):
    """Whether SOCKS 5 on `port` leads to the echo service on the port `to`."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as stream:
        stream.sendall(b"\5\1\0" + b"\5\1\0\1" + socket.inet_aton("127.0.0.1") + struct.pack(">H", to))
        if stream.recv(2, socket.MSG_WAITALL) != b"\5\0" or stream.recv(10, socket.MSG_WAITALL)[:2] != b"\5\0":
            return False
        stream.sendall(b"hello")
        return stream.recv(5, socket.MSG_WAITALL) == b"hello"


@for_each_pair("-W is a connection of the master")
def stdio_forward(world, sshd, through):
    with echo_service() as port:
        ran = through(flags=("-W", f"127.0.0.1:{port}"), input=b"z" * 200000)
    check(ran.status == 0 and ran.out == b"z" * 200000, f"-W: {len(ran.out)} bytes", ran)
    ran = through(flags=("-W", f"127.0.0.1:{free_port()}"))
    check(ran.status != 0, "-W to nobody", ran)


@for_each_pair("-O forward and -O cancel: local, remote, with a port of the server's choice, and a socket")
def forwards(world, sshd, through):
    with echo_service() as port:
        local = free_port()
        through(flags=("-Oforward", f"-L{local}:127.0.0.1:{port}")).succeeded()
        check(echoes(local), "nothing came through -L")
        ran = through(flags=("-Oforward", f"-R0:127.0.0.1:{port}")).succeeded()
        check(ran.out.strip().isdigit() and echoes(int(ran.out)), "nothing came through -R 0", ran)
        path = world.new_file("sock")
        through(flags=("-Oforward", f"-L{path}:127.0.0.1:{port}")).succeeded()
        with socket.socket(socket.AF_UNIX) as stream:
            stream.connect(str(path))
            stream.sendall(b"u")
            check(stream.recv(10) == b"u", "nothing came through the socket")
        dynamic = free_port()
        through(flags=("-Oforward", f"-D{dynamic}")).succeeded()
        check(dynamic in harness.listening_ports(), "-D does not listen")
        through(flags=("-Ocancel", f"-L{local}:127.0.0.1:{port}")).succeeded()
        through(flags=("-Ocancel", f"-D{dynamic}")).succeeded()
        wait_until(lambda: not {local, dynamic} & harness.listening_ports(), "the ports to be given back")


@for_each_pair("-O forward -R without a destination serves SOCKS on the server, and -O cancel ends that")
def remote_socks(world, sshd, through):
    with echo_service() as port:
        remote = free_port()
        through(flags=("-Oforward", f"-R{remote}")).succeeded()
        wait_until(lambda: remote in harness.listening_ports(), "the server to listen")
        check(socks_echoes(remote, port), "nothing came through -R without a destination")
        through(flags=("-Ocancel", f"-R{remote}")).succeeded()
        wait_until(lambda: remote not in harness.listening_ports(), "the port to be given back")


@promise("-O cancel ends the forwarding that is named as a whole, and no other with the same port")
def cancels_the_same(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master, echo_service() as port:
        for whose in ("nacre", "openssh"):
            through = Through(world, sshd, whose, master)
            first, second = (int(through(flags=("-Oforward", f"-R0:{host}:{port}")).succeeded().out)
                             for host in ("127.0.0.1", "localhost"))
            local = free_port()
            through(flags=("-Oforward", f"-L{local}:127.0.0.1:{port}")).succeeded()
            through(flags=("-Ocancel", f"-R0:localhost:{port}"))
            wait_until(lambda: second not in harness.listening_ports(), f"{whose}: the second port to be given back")
            check(echoes(first), f"{whose}: the first one is gone")
            ran = through(flags=("-Ocancel", f"-L{local}:127.0.0.1:{free_port()}"))
            check(b"not forwarded" in ran.err and echoes(local), f"{whose}: another one's -L was ended", ran)
            through(flags=("-Ocancel", f"-R0:127.0.0.1:{port}", f"-L{local}:127.0.0.1:{port}"))
            wait_until(lambda: not {first, local} & harness.listening_ports(), f"{whose}: the ports to be given back")


@for_each_pair("a session's -L is opened by the master")
def session_forward(world, sshd, through):
    with echo_service() as port:
        local = free_port()
        process = through.start("echo up; cat", flags=(f"-L{local}:127.0.0.1:{port}",))
        check(process.stdout.readline() == b"up\n", "the session did not start")
        check(echoes(local), "nothing came through -L")
        process.communicate(timeout=60)


def open_channels(through):
    """What -O channels says, without the session that the master has ready for the next client."""
    lines = through(flags=("-Ochannels",)).succeeded().out.decode().splitlines()
    return [line for line in lines if "opened ahead" not in line]


# ---- proxy mode ----------------------------------------------------------------------


@for_each_pair("-O proxy: commands run in channels of the client's own, with their output, errors, input and status")
def proxied_commands(world, sshd, through):
    ran = through("cat; echo oops >&2; exit 7", flags=("-Oproxy",), input=b"x" * 300000)
    check(ran.status == 7 and ran.out == b"x" * 300000 and b"oops" in ran.err, "a proxied command", ran)
    for number in range(3):
        check(through(f"exit {number}", flags=("-Oproxy",)).status == number, "statuses come through")
    check(logins(sshd) == 1, "more than one login", sshd.log())


@for_each_pair("-O proxy: large output arrives whole, large input too")
def proxied_bulk(world, sshd, through):
    ran = through("head -c 20000000 /dev/zero", flags=("-Oproxy",))
    check(ran.status == 0 and len(ran.out) == 20000000, f"{len(ran.out)} bytes", ran)
    ran = through("wc -c", flags=("-Oproxy",), input=b"y" * 5000000)
    check(ran.status == 0 and ran.out.strip() == b"5000000", "the input", ran)
    data = os.urandom(32 << 20)
    ran = through("cat", flags=("-Oproxy",), input=data)
    check(ran.status == 0 and ran.out == data, f"both ways at once: {len(ran.out)} bytes, status {ran.status}")


@for_each_pair("-O proxy: many clients at once do not get in each other's way")
def proxied_many(world, sshd, through):
    processes = [through.start(f"head -c 1000000 /dev/zero; sleep 0.2; exit {n}", flags=("-Oproxy",)) for n in range(8)]
    for n, process in enumerate(processes):
        out, err = process.communicate(timeout=harness.LIMIT)
        check(process.returncode == n and len(out) == 1000000, f"client {n}: {process.returncode}, {len(out)} bytes", err)
    check(through("exit 3").status == 3, "the master does not serve others any more")


@for_each_pair("-O proxy: the client's own -L and -R")
def proxied_forwards(world, sshd, through):
    with echo_service() as port:
        local, remote = free_port(), free_port()
        process = through.start("echo up; cat", flags=("-Oproxy", f"-L{local}:127.0.0.1:{port}", f"-R{remote}:127.0.0.1:{port}"))
        check(process.stdout.readline() == b"up\n", "the session did not start")
        check(echoes(local), "nothing came through -L")
        wait_until(lambda: remote in harness.listening_ports(), "the server to listen")
        check(echoes(remote), "nothing came through -R")
        process.communicate(timeout=60)
        check(process.returncode == 0, f"the status is {process.returncode}")


@for_each_pair("-O proxy: a terminal")
def proxied_terminal(world, sshd, through):
    with Terminal(world, ["env", "-", *(f"{k}={v}" for k, v in world.client_environment().items()),
                          *through.command(flags=("-Oproxy", "-tt"))]) as window:
        window.line("PS1=; echo we are $((40+2))")
        window.wait_for(r"we are 42")
        window.line("stty size")
        window.wait_for(r"30 100")
        window.line("exit 6")
        window.wait_for(r"\[ended: 6\]")


@promise("-O proxy: the end of the master is told as what it is")
def proxied_master_gone(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        process = Through(world, sshd, "nacre", master).start("echo up; cat", flags=("-Oproxy",))
        check(process.stdout.readline() == b"up\n", "the session did not start")
        master.kill()
        master.wait()
        status = process.wait(harness.LIMIT)
        _, err = process.communicate()
        check(status == 255 and b"its master has ended" in err and b"said anything" not in err, f"status {status}", err)


@promise("-O proxy: a client that is killed takes its channels and its forwardings with it, and nothing else")
def proxied_client_killed(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        through = Through(world, sshd, "nacre", master)
        with echo_service() as port:
            remote = free_port()
            process = through.start("echo $$; cat", flags=("-Oproxy", f"-R{remote}:127.0.0.1:{port}"))
            pid = int(process.stdout.readline())
            wait_until(lambda: remote in harness.listening_ports(), "the server to listen")
            process.kill()
            process.wait()
            wait_until(lambda: remote not in harness.listening_ports(), "the server to listen no more")
            wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the program to end")
        check(through("exit 4", flags=("-Oproxy",)).status == 4, "the master died of it")
        check(open_channels(through) == [], "channels were left behind", open_channels(through))


def packet(*payload):
    return struct.pack(">IB", len(b"".join(payload)) + 1, 0) + b"".join(payload)


def ssh_string(text):
    return struct.pack(">I", len(text)) + text


@promise("-O proxy: what is no conversation of the connection layer ends it, and harms nobody")
def proxied_nonsense(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        hello = bytes.fromhex("0000000800000001 00000004 000000081000000f 00000000")
        session = packet(b"\x5a", ssh_string(b"session"), struct.pack(">III", 7, 1000, 1000))
        for said in (b"\xff" * 64,                                # no packet
                     packet(b"\x5e", struct.pack(">I", 9), ssh_string(b"x")),   # data for a channel that is not there
                     packet(b"\x5b", struct.pack(">IIII", 0, 0, 1, 1)),   # a confirmation nobody waits for
                     packet(b"\x51") + b"\xff" * 64,               # an answer nobody waits for, which is passed over
                     session + packet(b"\x5d", struct.pack(">II", 0, 0xffffffff)) + b"\xff" * 64,   # a window
                     b"".join(session for _ in range(1025)) + b"\xff" * 64,
                     b"".join(packet(b"\x50", ssh_string(b"keepalive@openssh.com"), b"\x01") for _ in range(5000)) + b"\xff" * 64,
                     packet(b"\x50", ssh_string(b"no-more-sessions@openssh.com"), b"\x00") + b"\xff" * 64):
            with socket.socket(socket.AF_UNIX) as stream:
                stream.settimeout(20)
                stream.connect(str(master.path))
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    stream.sendall(hello + said)
                    while stream.recv(1000):
                        pass
        through = Through(world, sshd, "nacre", master)
        # Until the server has closed the last of what was opened it may have too many sessions.
        wait_until(lambda: through("exit 3").status == 3 or master.poll() is not None, "the master to serve others")
        check(master.poll() is None, "the master died of it")
        check(through("exit 4", flags=("-Oproxy",)).status == 4, "it proxies no more")


class ProxiedConversation:
    """The connection layer over the control socket, by hand: whole messages in and out."""

    HELLO = bytes.fromhex("0000000800000001 00000004 000000081000000f 00000000")

    def __init__(self, master):
        self.stream, self.unread = socket.socket(socket.AF_UNIX), b""
        self.stream.settimeout(20)
        self.stream.connect(str(master.path))
        self.stream.sendall(self.HELLO)
        self._take(12)                                            # its greeting
        self._take(12)                                            # and the word that it proxies

    def _take(self, count):
        while len(self.unread) < count:
            more = self.stream.recv(65536)
            check(more, "the master hung up")
            self.unread += more
        taken, self.unread = self.unread[:count], self.unread[count:]
        return taken

    def send(self, *messages):
        self.stream.sendall(b"".join(packet(message) for message in messages))

    def message(self):
        length, padding = struct.unpack(">IB", self._take(5))
        body = self._take(length - 1)
        return body[:len(body) - padding] if body[:1] in (b"\x51", b"\x52") else body

    def until_closed(self):
        """The numbers of all messages up to CHANNEL_CLOSE, and the channel's data."""
        numbers, data = [], b""
        while not numbers or numbers[-1] != 97:
            message = self.message()
            numbers.append(message[0])
            if message[0] == 94:
                data += message[9:]
        return numbers, data

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stream.close()


@promise("-O proxy: what a client asks of a session before it is confirmed is done, and answered in order")
def proxied_early(world):
    def asks(name, details=b"", reply=b"\x01"):
        return b"\x62" + struct.pack(">I", 0) + ssh_string(name) + reply + details

    confirmed, yes, no = 91, 99, 100
    session = b"\x5a" + ssh_string(b"session") + struct.pack(">III", 7, 1 << 20, 1 << 15)
    run_it = asks(b"exec", ssh_string(b"echo $LC_EARLY"))
    variable = asks(b"env", ssh_string(b"LC_EARLY") + ssh_string(b"heard"))
    display = asks(b"x11-req", b"\x00" + ssh_string(b"MIT-MAGIC-COOKIE-1") + ssh_string(b"00") + struct.pack(">I", 0))
    # With ConnectionMemory no, no session is open ahead, which would be confirmed at once.
    for flags in ((), ("-oConnectionMemory=no",)):
        with world.sshd("openssh", lines=["AcceptEnv LC_*"]) as sshd, running_master(world, sshd, "nacre", *flags) as master:
            for early, answers in (((run_it,), [yes]), ((variable, run_it), [yes, yes]), ((display, variable, run_it), [no, yes, yes])):
                with ProxiedConversation(master) as conversation:
                    conversation.send(session, *early)
                    numbers, data = conversation.until_closed()
                    check(numbers[0] == confirmed, "the channel is not confirmed first", numbers)
                    check([n for n in numbers if n in (yes, no)] == answers, f"{flags}: other answers than {answers}", numbers)
                    check(data == (b"heard\n" if variable in early else b"\n"), "other output", data)
            with ProxiedConversation(master) as conversation, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                conversation.send(session, *[asks(b"env", ssh_string(b"LC_%d" % n) + ssh_string(b"x" * 1000), b"\x00")
                                             for n in range(2000)])
            through = Through(world, sshd, "nacre", master)
            wait_until(lambda: through("exit 3").status == 3 or master.poll() is not None, "the master to serve others")
            check(master.poll() is None, "the master died of one that asks too much")


@promise("-O proxy: a client that does not read stops its own channel, and the master's memory does not grow with it")
def proxied_reader_asleep(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        through = Through(world, sshd, "nacre", master)
        process = through.start("echo up; exec cat /dev/zero", flags=("-Oproxy",))
        check(process.stdout.readline() == b"up\n", "the session did not start")
        os.kill(process.pid, signal.SIGSTOP)

        def memory():
            return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{master.pid}/status").read())[1])
        check(through("exit 3").status == 3, "others wait for it")
        before = memory()
        for _ in range(5):
            check(through("head -c 3000000 /dev/zero").status == 0, "others wait for it")
        check(memory() < before + 100_000, f"{before} kB grew to {memory()} kB")
        process.kill()
        process.communicate()


# ---- -O ------------------------------------------------------------------------------


@for_each_pair("-O check names the master, -O stop and -O exit end it")
def control(world, sshd, through):
    ran = through(flags=("-Ocheck",))
    check(ran.status == 0 and b"Master running (pid=%d)\r\n" % through.master.pid in ran.err, "-O check", ran)
    session = through.start("echo up; cat")
    check(session.stdout.readline() == b"up\n", "the session did not start")
    ran = through(flags=("-Ostop",))
    check(ran.status == 0 and b"Stop listening request sent.\r\n" in ran.err, "-O stop", ran)
    wait_until(lambda: not through.master.path.exists(), "the socket to be gone")
    ran = through(flags=("-Ocheck",))
    check(ran.status == 255 and b"Control socket connect" in ran.err, "-O check without a master", ran)
    session.stdin.write(b"still here\n")
    session.stdin.flush()
    check(session.stdout.readline() == b"still here\n", "-O stop ended a session")
    session.communicate(timeout=60)
    through.master.wait(60)                                       # -N: it had nothing to do but for others


@for_each_pair("-O exit ends the connection and removes the socket")
def leaving(world, sshd, through):
    session = through.start("echo up; cat")
    check(session.stdout.readline() == b"up\n", "the session did not start")
    ran = through(flags=("-Oexit",))
    check(ran.status == 0 and b"Exit request sent.\r\n" in ran.err, "-O exit", ran)
    through.master.wait(60)
    session.communicate(timeout=60)
    check(session.returncode == 255, f"a session whose master left gave {session.returncode}")
    check(not through.master.path.exists(), "the socket is still there")


@promise("-O conninfo and -O channels tell what the master knows")
def asking(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        through = Through(world, sshd, "nacre", master)
        ran = through(flags=("-Oconninfo",)).succeeded()
        for pattern in (rf"127\.0\.0\.1:\d+ -> 127\.0\.0\.1:{sshd.port}", "server SSH-2.0-OpenSSH", "compression none",
                        *(f"{word} [a-z0-9@.-]+" for word in ("kexalgorithm", "hostkeyalgorithm", "cipher")),
                        r"traffic \d+ bytes out, \d+ in"):
            check(re.search(rf"^ +(connection )?{pattern}$" if "SSH-" not in pattern else rf"^ +{pattern}", ran.out.decode(), re.M),
                  f"-O conninfo does not say {pattern}", ran)
        check(b"compressed" not in ran.out, "nothing was compressed", ran)
        ran = through(flags=("-Ononsense",))
        check(ran.status == 255 and b'"nonsense"; known are cancel, channels,' in ran.err, "a word that -O does not know", ran)
        session = through.start("echo up; cat")
        session.stdout.readline()
        ran = through(flags=("-Ochannels",)).succeeded()
        check(b"session, command echo up; cat" in ran.out, "-O channels", ran)
        session.communicate(timeout=60)
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre", "-C", "-oCiphers=aes256-ctr",
                                                       "-oKexAlgorithms=curve25519-sha256") as master:
        through = Through(world, sshd, "nacre", master)
        check(len(through("head -c 100000 /dev/zero").succeeded().out) == 100000, "a compressed session")
        ran = through(flags=("-Oconninfo",)).succeeded()
        for line in ("kexalgorithm curve25519-sha256", "cipher aes256-ctr", "compression zlib@openssh.com"):
            check(f"\n  {line}\n" in ran.out.decode(), f"-O conninfo does not say {line}", ran)
        count = re.search(r"compressed \d+ bytes out to \d+, (\d+) in from (\d+)", ran.out.decode())
        check(count and int(count[1]) > 100000 > 50 * int(count[2]), "what compression saved", ran)


@promise("a master opens one session ahead, where the server has room, and whoever would be refused gets that one")
def opened_ahead(world):
    for most, how in ((1, ()), (1, ("-Oproxy",)), (3, ()), (3, ("-Oproxy",))):
        with world.sshd("openssh", lines=[f"MaxSessions {most}"]) as sshd, running_master(world, sshd, "nacre") as master:
            through = Through(world, sshd, "nacre", master)
            running = [through.start("echo up; cat", flags=how) for _ in range(most)]
            check(all(process.stdout.readline() == b"up\n" for process in running), f"{most} sessions do not fit", sshd.log())
            check(through("exit 3", flags=how).status != 3, "more sessions than the server allows")
            for process in running:
                process.communicate(timeout=60)
                check(process.returncode == 0, f"{how}: a session's status is {process.returncode}")
            # A session may end here a moment before its place is free there.
            wait_until(lambda: through("exit 3", flags=how).status == 3, "the master to serve others again", 30)
            check(master.poll() is None, "the master died of it")
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        through = Through(world, sshd, "nacre", master)
        check(through("exit 4").status == 4, "a session")
        check("opened ahead" in through(flags=("-Ochannels",)).out.decode(), "none is open ahead")
        through(flags=("-Ostop",)).succeeded()
        master.wait(60)
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre", "-oConnectionMemory=no") as master:
        through = Through(world, sshd, "nacre", master)
        check(through("exit 4").status == 4 and open_channels(through) == [] and
              through(flags=("-Ochannels",)).out == b"", "one is open ahead all the same")


@promise("a session that waits is no use of the connection: UnusedConnectionTimeout ends it, on either server")
def unused(world):
    for whose in ("openssh", "nacre"):
        with world.sshd(whose, lines=["UnusedConnectionTimeout 5"]) as sshd, running_master(world, sshd, "nacre") as master:
            check(Through(world, sshd, "nacre", master)("exit 4").status == 4, f"{whose}: a session")
            wait_until(lambda: master.poll() is not None, f"{whose}: the unused connection to end", 30)


@promise("a full disk under a client's output is said to it, its status is 255, and it does not wait for a program that goes on")
def full_disk(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as shared, open("/dev/full", "wb") as full:
        for whose in ("nacre", "openssh"):
            through = Through(world, sshd, whose, shared)
            process = subprocess.Popen([str(c) for c in through.command("echo lost; cat")], stdin=subprocess.PIPE, stdout=full,
                                       stderr=subprocess.PIPE, env=world.client_environment())
            status = process.wait(harness.LIMIT)
            _, err = process.communicate()
            check(status == 255 and b"output: No space left" in err, f"{whose}'s client: status {status}", err)
            check(through("exit 3").status == 3, "the next one")


@promise("a full disk under the output of -W is said to the client, and its status is 255")
def full_disk_of_stdio_forward(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as shared, open("/dev/full", "wb") as full, \
            echo_service() as port:
        for whose in ("nacre", "openssh"):
            through = Through(world, sshd, whose, shared)
            process = subprocess.Popen([str(c) for c in through.command(flags=("-W", f"127.0.0.1:{port}"))],
                                       stdin=subprocess.PIPE, stdout=full, stderr=subprocess.PIPE,
                                       env=world.client_environment())
            process.stdin.write(b"lost")
            process.stdin.flush()
            status = process.wait(harness.LIMIT)
            _, err = process.communicate()
            check(status == 255 and (whose == "openssh" or b"output: No space left" in err), f"{whose}'s client: {status}", err)
            check(through("exit 3").status == 3, "the next one")


@promise("-W through a master whose connection breaks in the middle ends with 255")
def lost_stdio_forward(world):
    with world.sshd("openssh") as sshd, echo_service() as port:
        for whose in ("nacre", "openssh"):
            with running_master(world, sshd, "nacre") as master:
                process = Through(world, sshd, whose, master).start(flags=("-W", f"127.0.0.1:{port}"))
                process.stdin.write(b"x")
                process.stdin.flush()
                check(process.stdout.read(1) == b"x", f"{whose}'s client: -W does not work")
                signal_server(sshd, signal.SIGKILL)
                status = process.wait(harness.LIMIT)
                _, err = process.communicate()
                check(status == 255 and (whose == "openssh" or b"the connection has ended" in err),
                      f"{whose}'s client: status {status}", err)
                master.wait(60)


@promise("ControlMaster ask: each session needs a yes from the person")
def asked(world):
    for answer, status in (("yes", 0), ("no", 255)):
        env = world.askpass(answer)
        with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre", "-M", env=env) as master:
            ran = Through(world, sshd, "nacre", master)("true")
            check(ran.status == status, f"the person said {answer}", ran)
            check(b"Allow another session" in open(env["ASKED"], "rb").read(), "nobody was asked")


# ---- masters that come and go --------------------------------------------------------


def auto(world, sshd, path, *command, persist="60", **rest):
    return world.ssh(sshd, *command, options=("ControlMaster=auto", f"ControlPath={path}", f"ControlPersist={persist}"), **rest)


def end_master(world, sshd, path):
    world.ssh(sshd, flags=("-S", str(path), "-Oexit"))
    wait_until(lambda: not path.exists(), "the master to end")


@promise("ControlPersist: the connection outlives the first command, serves others and ends when idle")
def persist(world):
    with world.sshd("openssh") as sshd:
        path = control_path(world)
        ran = auto(world, sshd, path, "echo one; cat; exit 4", input=b"in")
        check(ran.status == 4 and ran.out == b"one\nin", "the first command", ran)
        check(path.exists(), "the master is gone")
        check(auto(world, sshd, path, "exit 5").status == 5, "the second command")
        check(run([world.peer("ssh"), "-F", "none", "-S", path, "x", "exit 6"]).status == 6, "OpenSSH's client on it")
        check(logins(sshd) == 1, "more than one login", sshd.log())
        end_master(world, sshd, path)
        check(auto(world, sshd, path, "exit 7", persist="1").status == 7, "with a short time")
        wait_until(lambda: not path.exists(), "the idle master to end")


@promise("-N with ControlPersist leaves a master and nothing else, with -f or without; so with OpenSSH")
def background(world):
    for whose in ("nacre", "openssh"):
        for flags in (("-f", "-N"), ("-N",), ("-M", "-N")):
            with world.sshd("openssh") as sshd:
                path = control_path(world)
                auto(world, sshd, path, flags=flags, program=world.client(whose)).succeeded()
                check(auto(world, sshd, path, "exit 9").status == 9, "a command through it")
                check(logins(sshd) == 1, "more than one login", sshd.log())
                end_master(world, sshd, path)


@promise("a signal to the process in front, before its session is open, does not reach the master behind it")
def signalled_in_front(world):
    env = world.askpass("yes")
    asked, go = pathlib.Path(env["ASKED"]), world.new_file("go")
    script = pathlib.Path(env["SSH_ASKPASS"])
    script.write_text(script.read_text() + f"until [ -e '{go}' ]; do sleep 0.05; done\n")
    with world.sshd("openssh") as sshd:
        path = control_path(world)
        line = world.ssh_command(sshd, "true", key=world.key("ed25519"), options=(
            "ControlMaster=autoask", f"ControlPath={path}", "ControlPersist=60"))
        front = subprocess.Popen([str(c) for c in line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, env=world.client_environment(**env))
        wait_until(lambda: b"another session" in asked.read_bytes(), "the question about the first session")
        front.terminate()
        check(front.wait(harness.LIMIT) == -signal.SIGTERM, f"its status is {front.returncode}")
        go.touch()
        ran = world.ssh(sshd, flags=("-S", str(path), "-Ocheck"))
        check(ran.status == 0, "the signal ended the master", ran)
        end_master(world, sshd, path)


@promise("the ports of a ControlPersist master are its own: cancelled, they are free while the first session goes on")
def listeners_in_front(world):
    with world.sshd("openssh") as sshd:
        path, port = control_path(world), free_port()
        line = world.ssh_command(sshd, "echo up; cat", key=world.key("ed25519"), flags=(f"-D{port}",), options=(
            "ControlMaster=auto", f"ControlPath={path}", "ControlPersist=60"))
        front = subprocess.Popen([str(c) for c in line], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env=world.client_environment())
        check(front.stdout.readline() == b"up\n", "the session did not start")
        check(port in harness.listening_ports(), "-D does not listen")
        world.ssh(sshd, flags=("-S", str(path), "-Ocancel", f"-D{port}")).succeeded()
        wait_until(lambda: port not in harness.listening_ports(), "the port to be free")
        front.communicate(timeout=60)
        end_master(world, sshd, path)


@promise("the first session ends before the others: it waits for them")
def waits(world):
    with world.sshd("openssh") as sshd:
        path = control_path(world)
        first = subprocess.Popen([str(c) for c in world.ssh_command(sshd, "cat; exit 3", key=world.key("ed25519"),
                                 flags=("-M", f"-S{path}"))], stdin=subprocess.PIPE, env=world.client_environment())
        wait_until(path.exists, "the control socket")
        first.path = path
        second = Through(world, sshd, "nacre", first).start("echo up; cat")
        check(second.stdout.readline() == b"up\n", "the second session did not start")
        first.stdin.close()
        check(Through(world, sshd, "nacre", first)("exit 5").status == 5, "another session meanwhile")
        check(first.poll() is None, "the master did not wait")
        second.stdin.write(b"more\n")
        second.stdin.flush()
        check(second.stdout.readline() == b"more\n", "the second session is broken")
        second.communicate(timeout=60)
        check(first.wait(60) == 3, "the first session's status")


@promise("a dead socket is noticed, said, and replaced; -O check says that it is dead")
def dead(world):
    with world.sshd("openssh") as sshd:
        path = control_path(world)
        with socket.socket(socket.AF_UNIX) as corpse:
            corpse.bind(str(path))
        ran = world.ssh(sshd, flags=("-S", str(path), "-Ocheck"))
        check(ran.status == 255 and b"Connection refused" in ran.err, "-O check of a dead socket", ran)
        ran = auto(world, sshd, path, "exit 2")
        check(ran.status == 2 and b"is dead" in ran.err, "a dead socket", ran)
        check(auto(world, sshd, path, "exit 3").status == 3 and logins(sshd) == 1, "it was not healed", sshd.log())
        end_master(world, sshd, path)


@promise("a master without a session whose socket cannot be made ends with 255; a command runs all the same, and it is said")
def no_place_for_socket(world):
    path = world.new_folder("there") / "none" / "ctl"
    said = b"The connection cannot be shared: "
    with world.sshd() as sshd:
        for flags in (["-fNM"], ["-NM"], ["-fN", "-oControlMaster=auto", "-oControlPersist=yes"],
                      ["-NM", "-L", f"{free_port()}:127.0.0.1:1"]):
            ran = world.ssh(sshd, flags=[*flags, "-S", path])
            check(ran.status == 255 and said in ran.err, " ".join(flags), ran)
        ran = world.ssh(sshd, "echo in", flags=["-M", "-S", path]).succeeded()
        check(ran.out == b"in\n" and said in ran.err, "a command", ran)


@promise("a master that was killed is replaced by the next one")
def master_killed(world):
    with world.sshd("openssh") as sshd:
        path = control_path(world)
        with running_master(world, sshd, "nacre") as master:
            session = Through(world, sshd, "nacre", master).start("echo up; cat")
            session.stdout.readline()
            master.kill()
            master.wait()
            session.communicate(timeout=60)
            check(session.returncode == 255, f"the session's status: {session.returncode}")
            check(auto(world, sshd, master.path, "exit 3").status == 3, "after the kill")
            check(auto(world, sshd, master.path, "exit 4").status == 4 and logins(sshd) == 2, "it was not healed")
            end_master(world, sshd, master.path)


@contextlib.contextmanager
def stopped(process):
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(lambda: pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T", "it to stop")
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def full_queue(path):
    """As many connections as a listener that takes nobody in has room for."""
    waiting = []
    with contextlib.suppress(BlockingIOError):
        while True:
            waiting.append(socket.socket(socket.AF_UNIX))
            waiting[-1].setblocking(False)
            waiting[-1].connect(str(path))
    return waiting


@promise("a master that is stopped is told of after ConnectTimeout, and ssh connects without it; -O says that it does not answer")
def master_stopped(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        timeout, time_to_log_in = "ConnectTimeout=1", "ConnectTimeout=5"
        with stopped(master):
            for number, mode in enumerate(("no", "auto")):
                ran = world.ssh(sshd, "exit 3", options=(f"ControlMaster={mode}", f"ControlPath={master.path}", time_to_log_in))
                check(ran.status == 3 and b"the master does not answer; it may be stopped, or wait for its person. Connecting without it." in ran.err,
                      f"ControlMaster {mode}", ran)
                check(logins(sshd) == number + 2, "it did not connect by itself", sshd.log())
            for word in ("check", "exit", "conninfo", "proxy"):
                ran = world.ssh(sshd, options=(timeout,), flags=(f"-O{word}", f"-S{master.path}"))
                check(ran.status == 255 and b"the master does not answer" in ran.err, f"-O {word}", ran)
            crowd = full_queue(master.path)
            ran = world.ssh(sshd, "exit 4", options=(f"ControlPath={master.path}", time_to_log_in))
            check(ran.status == 4 and b"the master takes nobody in" in ran.err, "a full queue", ran)
            for one in crowd:
                one.close()
        wait_until(lambda: Through(world, sshd, "nacre", master)("exit 5").status == 5, "it to serve again")


@promise("a master that greets and says no more does not keep ssh from connecting without it")
def master_silent(world):
    path = control_path(world)
    with world.sshd("openssh") as sshd, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)

        def greet():
            with listener.accept()[0] as stream:
                stream.sendall(struct.pack(">3I", 8, 1, 4))       # MUX_MSG_HELLO, version 4
                while stream.recv(1000):
                    pass
        master = threading.Thread(target=greet, daemon=True)
        master.start()
        ran = world.ssh(sshd, "exit 3", options=(f"ControlPath={path}", "ConnectTimeout=5"))
        check(ran.status == 3 and b"the master does not answer" in ran.err and logins(sshd) == 1, "a silent master", ran)
        master.join(harness.LIMIT)


@promise("eight that start at once make one master and one login, also beside a dead socket")
def at_once(world):
    with world.sshd("openssh") as sshd:
        path = control_path(world)
        with socket.socket(socket.AF_UNIX) as corpse:
            corpse.bind(str(path))
        line = [str(c) for c in world.ssh_command(sshd, "exit 0", key=world.key("ed25519"), options=(
            "ControlMaster=auto", f"ControlPath={path}", "ControlPersist=60"))]
        running = [subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    env=world.client_environment()) for _ in range(8)]
        check([process.wait(120) for process in running] == [0] * 8, "one of them failed")
        check(logins(sshd) == 1, "more than one login", sshd.log())
        check(not path.with_name(path.name + ".lock").exists(), "a lock was left behind")
        end_master(world, sshd, path)


@promise("control-C at the password of a master to be leaves no lock beside its socket")
def interrupted(world):
    with world.sshd() as sshd:
        path = control_path(world)
        lock = path.with_name(path.name + ".lock")
        command = world.ssh_command(sshd, "true", options=(
            "BatchMode=no", "PubkeyAuthentication=no", "PreferredAuthentications=password", "ControlMaster=auto",
            f"ControlPath={path}"))
        with Terminal(world, command) as terminal:
            terminal.wait_for("password: ")
            check(lock.exists(), "no lock while a password is asked for")
            terminal.keys("C-c")
            terminal.wait_for(r"\[ended: 130\]")
        check(not lock.exists(), "the lock was left behind")


@promise("the control socket is the owner's alone")
def private(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        check(os.stat(master.path).st_mode & 0o777 == 0o600, "its mode")


@promise("a control socket that is another user's gets nothing of ours: it is said, and ssh connects without it")
def somebody_elses(world):
    world.need_isolation()
    folder = tempfile.TemporaryDirectory(dir="/tmp")
    path = pathlib.Path(folder.name) / "ctl"
    path.parent.chmod(0o1777)
    listen = ("import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(5); print('there', flush=True)\n"
              "while True:\n"
              "    with s.accept()[0] as one: print(one.recv(1000), flush=True)\n")
    stranger = subprocess.Popen(["setpriv", "--reuid=54321", "--clear-groups", sys.executable, "-c", listen, path],
                                stdout=subprocess.PIPE)
    try:
        stranger.stdout.readline()
        path.chmod(0o777)
        with world.sshd("openssh") as sshd:
            ran = world.ssh(sshd, "exit 3", options=(f"ControlPath={path}", "ControlMaster=auto"))
            check(ran.status == 3 and b"belongs to another user (uid 54321). Connecting without it." in ran.err, "not said", ran)
            ran = world.ssh(sshd, flags=("-Oproxy", f"-S{path}"))
            check(ran.status == 255 and b"belongs to another user" in ran.err, "-O proxy", ran)
    finally:
        stranger.terminate()
        heard = stranger.stdout.read()
        stranger.wait(harness.LIMIT)
    folder.cleanup()
    check(not heard.replace(b"b''\n", b""), "it heard something", heard.decode())


@promise("what is no conversation of the control protocol is hung up on, and harms nobody")
def nonsense(world):
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        hello = b"\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x04"
        for said in (b"\xff" * 64, b"\x00\x00\x00\x00", hello + b"\xff" * 8, hello + b"\x00\x00\x00\x05\x10\x00\x00\x02\x00",
                     b"\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x09"):
            with socket.socket(socket.AF_UNIX) as stream:
                stream.settimeout(20)
                stream.connect(str(master.path))
                stream.sendall(said)
                while stream.recv(1000):
                    pass
        check(Through(world, sshd, "nacre", master)("exit 3").status == 3, "the master died of it")


@promise("a master without descriptors left rests, says so, and takes clients in when it has some again")
def no_descriptors(world):
    world.need_plain_programs("a sanitizer's own pipes need descriptors")
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre") as master:
        through = Through(world, sshd, "nacre", master)
        check(through("exit 4").status == 4, "a session")
        limits = resource.prlimit(master.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(master.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
        client = through.start("exit 3")
        before = ticks(master.pid)
        wait_until(lambda: master.errors.read_bytes().count(b"cannot be taken in") >= 3, "it to have tried thrice", 60)
        check(ticks(master.pid) - before < os.sysconf("SC_CLK_TCK") // 2, "it did not rest", master.errors.read_bytes())
        resource.prlimit(master.pid, resource.RLIMIT_NOFILE, limits)
        client.communicate(timeout=harness.LIMIT)
        check(client.returncode == 3, f"the client's status is {client.returncode}")


@promise("ControlMaster ask asks about who is connected already also after -O stop")
def asks_after_stop(world):
    env = world.askpass("no")
    script = pathlib.Path(env["SSH_ASKPASS"])
    script.write_text(script.read_text().replace(
        "printf '%s\\n' 'no'", "case \"$1\" in *further*) echo yes;; *) echo no;; esac"))   # yes to -O stop alone
    with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre", "-M", env=env) as master:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(harness.LIMIT)
            client.connect(str(master.path))

            def hears():
                size, = struct.unpack(">I", client.recv(4, socket.MSG_WAITALL))
                return struct.unpack(">I", client.recv(size, socket.MSG_WAITALL)[:4])[0]

            def says(*numbers):
                client.sendall(struct.pack(f">{len(numbers) + 1}I", 4 * len(numbers), *numbers))

            hears()
            says(1, 4)                                             # MUX_MSG_HELLO, version 4
            says(0x10000005, 1)                                    # MUX_C_TERMINATE
            check(hears() == 0x80000002, "nobody refused it")      # MUX_S_PERMISSION_DENIED
            Through(world, sshd, "nacre", master)(flags=("-Ostop",)).succeeded()
            says(0x10000005, 2)
            check(hears() == 0x80000002, "nobody was asked after -O stop")


@promise("a status that has come counts in a shared session where the server hangs up; without one it is 255")
def hung_up(world):
    # OpenSSH's server tells the status while something that was started still holds the output.
    for end, status in (("exit 7", 7), ("wait", 255)):
        with world.sshd("openssh") as sshd, running_master(world, sshd, "nacre", "-v") as master:
            client = Through(world, sshd, "nacre", master).start(f"sleep 1000 & echo $!; {end}")
            sleeper = int(client.stdout.readline())
            if status != 255:
                wait_until(lambda: b"rtype exit-status" in master.errors.read_bytes(), "the status to come")
            signal_server(sshd, signal.SIGKILL)
            ended = client.wait(harness.LIMIT)
            os.kill(sleeper, signal.SIGKILL)
            said = client.communicate()
            check(ended == status, f"{end}: the status is {ended}", *said, master.errors.read_bytes())
