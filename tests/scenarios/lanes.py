"""Large uploads over a long way by several channels of one connection, to OpenSSH's server.

Whatever happens on the way, what lies under the file's name is a true beginning of the whole, and nothing lies beside it.
"""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess

from harness import LIMIT, Skip, check, promise, run, wait_until
from round_trips import Relay, Through

SFTP_SERVER = pathlib.Path("/usr/lib/openssh/sftp-server")
SIZE = (40 << 20) + 12345
TRIP = 0.05                                                        # in which one channel fills its window on a busy machine, too


class LongWay(Relay):
    """Counts what the client has sent, and can be cut."""

    def __init__(self, world, port):
        super().__init__(world, port)
        self.trip, self.sent, self.writers = TRIP, 0, []

    async def _serve(self, reader, writer):
        self.writers.append(writer)
        await super()._serve(reader, writer)

    async def _deliver(self, queue, writer):
        if writer not in self.writers:                             # to the server
            self.writers.append(writer)
            writer = Counting(self, writer)
        await super()._deliver(queue, writer)

    def cut(self):
        for writer in self.writers:
            self.loop.call_soon_threadsafe(writer.transport.abort)


class Counting:
    def __init__(self, relay, writer):
        self.relay, self.writer = relay, writer

    def write(self, data):
        self.relay.sent += len(data)
        if not self.writer.transport.is_closing():
            self.writer.write(data)

    def write_eof(self):
        self.writer.write_eof()


class Upload:
    """A large file here, a folder there, and a long way between them."""

    def __init__(self, world, sshd, relay):
        self.world, self.sshd, self.relay = world, sshd, relay
        self.server = Through(world, relay, sshd)
        self.source = world.new_file("large", os.urandom(SIZE))
        self.folder = world.remote_folder("there")
        self.target = self.folder / "large"

    def sftp(self, *flags):
        return [*self.world.copy_command("sftp", self.server, "-b", "-", *flags), f"{self.world.user}@127.0.0.1"]

    def line(self, command="put"):
        return f"{command} {self.source} {self.target}\n".encode()

    def put(self, *flags):
        return run(self.sftp(*flags), self.line(), self.world.client_environment())

    def sessions(self):
        return self.sshd.log().count("Starting session: subsystem 'sftp'")

    def check_whole(self, ran, sessions=None):
        check(ran.status == 0, "the upload failed", ran)
        check(self.target.read_bytes() == self.source.read_bytes(), "what arrived differs", ran)
        check(os.listdir(self.folder) == [self.target.name], "something lies beside it", os.listdir(self.folder))
        if sessions is not None:
            check(self.sessions() == sessions, f"{self.sessions()} sessions, not {sessions}", ran)


@contextlib.contextmanager
def upload(world, whose="openssh", lines=(), **rest):
    if whose == "openssh" and not SFTP_SERVER.exists():
        raise Skip("OpenSSH's sftp-server is not installed")
    sftp = SFTP_SERVER if whose == "openssh" else world.ours("sftp-server")
    with world.sshd(whose, lines=lines, sftp=sftp, **rest) as sshd, LongWay(world, sshd.port) as relay:
        yield Upload(world, sshd, relay)


def servers():
    """The process ids of the programs that serve SFTP."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "exe") == str(SFTP_SERVER):
                found.append(int(entry.name))
    return found


def holds_removed_file(pid):
    with contextlib.suppress(OSError):
        return any(os.readlink(link).endswith("(deleted)") for link in pathlib.Path(f"/proc/{pid}/fd").iterdir())
    return False


@promise("a large file comes by several channels, whole")
def whole(world):
    with upload(world) as one:
        ran = one.put("-v", "-p")
        one.check_whole(ran, sessions=4)
        check(b"further channels bring parts" in ran.err, "nobody says so", ran)
        check(int(one.target.stat().st_mtime) == int(one.source.stat().st_mtime), "the time differs", ran)
        check(one.relay.connections == 1, "more connections than one", ran)
        quiet = one.put("--atomic")
        one.check_whole(quiet, sessions=8)
        check(quiet.err == b"", "something is said that was not asked for", quiet)
        one.target.write_bytes(os.urandom(SIZE + 5000))            # scp writes into the file that is there
        ran = run([*world.copy_command("scp", one.server), one.source, f"{world.user}@127.0.0.1:{one.target}"], b"", world.client_environment())
        one.check_whole(ran, sessions=12)


@promise("each command that copies has channels of its own, which end with it")
def one_after_another(world):
    with upload(world) as one:
        copying = subprocess.Popen(one.sftp(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=world.client_environment())
        for number in (4, 7):
            copying.stdin.write(one.line() + b"pwd\n")
            copying.stdin.flush()
            wait_until(lambda: one.sessions() == number, "further channels are opened")
            while b"working" not in copying.stdout.readline():
                pass
            wait_until(lambda: len(servers()) == 1, "the further channels' servers end")
            one.check_whole(copying.poll() or run(["true"]))
        copying.communicate(timeout=LIMIT)


@promise("where there are no further channels the copy goes on alone")
def alone(world):
    with upload(world, lines=["MaxSessions 1"]) as one:
        one.check_whole(one.put(), sessions=1)
    with upload(world, lines=[f"ForceCommand {SFTP_SERVER} -P remove"]) as one:
        ran = one.put("-v")
        one.check_whole(ran)
        check(b"nothing can be removed there" in ran.err, "another reason", ran)
    with upload(world) as one:
        one.check_whole(one.put("-R", "200"), sessions=1)
        ran = run(one.sftp("-v"), f"put {one.source} /dev/null\n".encode(), world.client_environment())
        check(ran.status == 0 and b"the target is no regular file" in ran.err, "a device as the target", ran)
        one.target.rename(one.folder.with_suffix(".else"))
        one.target.symlink_to(one.folder.with_suffix(".else"))
        one.check_whole(one.put())
        check(one.target.is_symlink(), "the link has become a file")


@promise("our own server, a user's master and a short way see one channel")
def one_channel(world):
    with upload(world, "nacre") as one:
        ran = one.put("-v")
        one.check_whole(ran)
        check(b"no further channels" in ran.err, "our own server was asked for further channels", ran)
    with upload(world) as one:
        path = f"{world.new_folder('control')}/socket"
        for options in (["-oControlMaster=auto", f"-oControlPath={path}"], [f"-oControlPath={path}"]):
            before = one.sessions()
            one.check_whole(one.put(*options), sessions=before + 1)
        master = subprocess.Popen([*world.ssh_words(one.server, "-N", "-M", f"-oControlPath={path}"),
                                   f"{world.user}@127.0.0.1"])
        wait_until(lambda: pathlib.Path(path).exists(), "the master listens")
        before, connections = one.sessions(), one.relay.connections
        one.check_whole(one.put(f"-oControlPath={path}"), sessions=before + 1)
        check(one.relay.connections == connections, "the master was not joined")
        master.terminate()
        master.wait(LIMIT)
        one.server.port = one.sshd.port
        one.server.known_hosts = one.sshd.known_hosts

        def by_one_channel():                                     # a busy machine makes a short way long
            before, ran = one.sessions(), one.put()
            one.check_whole(ran)
            return one.sessions() == before + 1
        wait_until(by_one_channel, "a short way is known as such")


def check_beginning(one, *evidence):
    wait_until(lambda: not servers(), "the server has done what it was told")
    there = one.target.read_bytes() if one.target.exists() else b""
    check(there == one.source.read_bytes()[:len(there)], "what is there is no beginning", len(there), *evidence)
    check(set(os.listdir(one.folder)) <= {one.target.name}, "something lies beside it", os.listdir(one.folder), *evidence)
    return len(there)


@promise("a connection that breaks leaves a true beginning, and nothing else")
def cut(world):
    with upload(world) as one:
        for mib in (3, 15, 30, 39, 41):
            one.relay.sent, one.relay.writers = 0, []
            one.target.unlink(missing_ok=True)
            copying = subprocess.Popen(one.sftp(), stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                       env=world.client_environment())
            copying.stdin.write(one.line())
            copying.stdin.close()
            wait_until(lambda: one.relay.sent >= min(mib << 20, SIZE) or copying.poll() is not None, f"{mib} MiB are sent",
                       pause=0.001)
            one.relay.cut()
            said = copying.stderr.read()
            status = copying.wait(LIMIT)
            length = check_beginning(one, mib, said)
            check(status == 255 or length == SIZE, "nobody says that the connection broke", mib, status, said)
        before = one.target.stat().st_size if one.target.exists() else 0
        ran = run(one.sftp(), one.line("reput"), world.client_environment())
        one.check_whole(ran)
        check(before <= SIZE, "what was there is longer")


@promise("a lane that is lost costs nothing but its time, and an interrupt leaves a true beginning")
def lost_lanes(world):
    with upload(world) as one:
        for how in ("one is killed", "all are killed", "interrupt"):
            one.target.unlink(missing_ok=True)
            copying = subprocess.Popen(one.sftp("-v"), stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL, env=world.client_environment())
            copying.stdin.write(one.line())
            copying.stdin.close()
            lanes = wait_until(lambda: [pid for pid in servers() if holds_removed_file(pid)] or
                               (copying.poll() is not None and [0]), "a lane has its file", pause=0.001)
            check(lanes != [0], "there was no lane", copying.stderr.read() if lanes == [0] else "")
            if how == "interrupt":
                copying.send_signal(signal.SIGINT)
            for pid in lanes if how == "all are killed" else lanes[:1] if how == "one is killed" else []:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            said = copying.stderr.read()
            status = copying.wait(LIMIT)
            length = check_beginning(one, how, said)
            if how == "interrupt":
                check(status == 1 and length < SIZE, "the interrupt was not told", status, length, said)
            else:
                check(status == 0 and length == SIZE, "a lost lane spoils the copy", how, status, length, said)


@promise("^C while parts come to their place within an older, longer file leaves a true beginning and no hole")
def interrupted_in_place(world):
    with upload(world) as one:
        command = [*world.copy_command("scp", one.server), "-vv", one.source, f"{world.user}@127.0.0.1:{one.target}"]
        one.put()                                                  # the file is the user's
        for way in (1, 2, 1, 2):
            one.target.write_bytes(os.urandom(SIZE + 5000))
            log = world.new_file("log")
            with open(log, "wb") as errors:
                copying = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=errors,
                                           env=world.client_environment())
            wait_until(lambda: f", by way {way}".encode() in log.read_bytes() or copying.poll() is not None,
                       f"the part of way {way} is in its place", pause=0.001)
            copying.send_signal(signal.SIGINT)
            status = copying.wait(LIMIT)
            length = check_beginning(one, way, log.read_bytes())
            check(status == 1 or length == SIZE, "the interrupt was not told", status, length, log.read_bytes())
            check(length > 0, "all is lost", log.read_bytes())


def with_socket(world, command, theirs, **rest):
    """`command` with descriptor 9 being the socket."""
    def pass_on():
        os.dup2(theirs.fileno(), 9)
    return subprocess.Popen([str(w) for w in command], preexec_fn=pass_on, close_fds=False, env=world.client_environment(),
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **rest)


@promise("--serve lets in whom it is given for as long as its own session lasts; --join never connects by itself")
def serve_and_join(world):
    with world.sshd("openssh") as sshd:
        words = world.ssh_command(sshd, key=world.key("ed25519"))
        program, target = words[0], words[-1]
        def connections():
            return sshd.log().count("Connection from")
        door, theirs = socket.socketpair()
        theirs_gone = socket.socketpair()[0]                       # whose other end is closed
        ran = with_socket(world, [program, "--join=9", *words[1:], "echo", "in"], theirs_gone)
        out, err = ran.communicate(timeout=LIMIT)
        check((ran.returncode, out, err) == (255, b"", b""), "not quiet without a master", ran.returncode, out, err)
        check(connections() == 0, "it connected by itself")
        serving = with_socket(world, [program, "--serve=9", *words[1:], "echo begun; cat"], theirs)
        theirs.close()
        check(serving.stdout.readline() == b"begun\n", "no session", serving)
        for _ in range(3):
            ours, masters = socket.socketpair()
            socket.send_fds(door, [b"x"], [masters.fileno()])
            masters.close()
            joined = with_socket(world, [program, "--join", "9", "-F", "none", target, "echo in; exit 7"], ours)
            out, err = joined.communicate(timeout=LIMIT)
            check((joined.returncode, out, err) == (7, b"in\n", b""), "not let in", joined.returncode, out, err)
        serving.terminate()
        serving.communicate(timeout=LIMIT)
        check(connections() == 1, "it connected by itself", sshd.log())
        door, theirs = socket.socketpair()
        serving = with_socket(world, [program, "--serve=9", *words[1:], "echo begun; read line"], theirs)
        theirs.close()
        ours, masters = socket.socketpair()
        socket.send_fds(door, [b"x"], [masters.fileno()])          # a client that never says a word, nor leaves
        out, err = serving.communicate(timeout=LIMIT)
        check((serving.returncode, out) == (1, b"begun\n"), "the session's end is not the connection's", out, err)
        for flag in ("--serve=9", "--join=9", "--serve=1", "--join=x"):
            ran = run([*words[:-1], flag, target, "true"], b"", world.client_environment())
            check(ran.status == 255 and b"Bad descriptor" in ran.err, "no such descriptor", flag, ran)


@promise("where the server allows fewer channels, those that there are bring parts")
def fewer(world):
    with upload(world, lines=("MaxSessions 3",)) as one:
        ran = one.put("-v")
        one.check_whole(ran)
        check(b"2 further channels bring parts" in ran.err, "it did not go by two further channels", ran)
        check(b"no further channels" not in ran.err, "they were given up", ran)


@promise("a disk on which the file alone has room is enough")
def little_room(world):
    disk = 160 << 20
    with upload(world) as one:
        owner = one.folder.stat()
        run(["mount", "-t", "tmpfs", "-o", f"size={disk},uid={owner.st_uid},gid={owner.st_gid},mode=755", "tmpfs",
             one.folder]).succeeded()
        log = world.new_file("log")
        with open(log, "wb") as errors:
            copying = subprocess.Popen(one.sftp("-v"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors,
                                       env=world.client_environment())
        copying.stdin.write(one.line())
        copying.stdin.close()
        wait_until(lambda: b"further channels bring" in log.read_bytes(), "several channels are used", pause=0.001)
        filler = one.folder / "filler"
        with open(filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, disk - SIZE - (8 << 20))
        status = copying.wait(LIMIT)
        check(b"no further channels: one of them has failed" in log.read_bytes(), "there was room for all", log.read_bytes())
        filler.unlink()
        check(status == 0, "the upload failed", log.read_bytes())
        check(one.target.read_bytes() == one.source.read_bytes(), "what arrived differs", log.read_bytes())
        run(["umount", "-l", one.folder]).succeeded()


@promise("after ^C the next upload of the same session uses several channels as before")
def interrupted_before(world):
    with upload(world) as one:
        log = world.new_file("log")
        command = [word for word in one.sftp("-vv") if word not in ("-b", "-")]
        with open(log, "wb") as errors:
            copying = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors,
                                       env=world.client_environment())
        copying.stdin.write(one.line())
        copying.stdin.flush()
        wait_until(lambda: b"further channels bring" in log.read_bytes(), "several channels are used", pause=0.001)
        copying.send_signal(signal.SIGINT)
        wait_until(lambda: len(servers()) == 1, "the further channels end")
        before = one.relay.sent
        copying.stdin.write(one.line())
        copying.stdin.close()
        check(copying.wait(LIMIT) == 0, "the second upload failed", log.read_bytes())
        check(one.target.read_bytes() == one.source.read_bytes(), "what arrived differs", log.read_bytes())
        sent = one.relay.sent - before
        check(sent < SIZE * 11 // 10, f"{sent} bytes were sent for a file of {SIZE}", log.read_bytes())
