"""A running server is upgraded and rolled back: new connections get the new programs, old ones go on as they were."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

from harness import Server, check, children_of, free_port, promise, strace, wait_until, zygote_at_rest

PROGRAMS = ("sshd", "sshd-session", "sshd-net", "sshd-user")
PROTOCOL = re.compile(rb"nacre-processes:[0-9a-f]{32}")


def installed(world, source, change=lambda data: data):
    """A folder with the server's programs, each as `change` makes it."""
    folder = world.new_folder("programs")
    for name in PROGRAMS:
        data = (world.bin / name).read_bytes() if source is None else (source / name).read_bytes()
        (folder / name).write_bytes(change(data))
        (folder / name).chmod(0o755)
    return folder


def other_version(data):
    """The same program, built from other declarations."""
    return PROTOCOL.sub(b"nacre-processes:" + b"f" * 32, data)


def put(program, folder):
    """As packages do it: a new file under the old name, while the old one runs."""
    new = folder / (program.name + ".new")
    shutil.copy(program, new)
    os.rename(new, folder / program.name)


def running_sshd(world, folder, lines=(), under=()):
    port, key = free_port(), world.key("ed25519")
    authorized = world.new_file("authorized_keys", world.public(key) + "\n")
    authorized.chmod(0o644)
    config = world.new_file("sshd_config", "\n".join([
        *lines, f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {key}", f"AuthorizedKeysFile {authorized}", "UsePAM no",
        "PidFile none", "StrictModes no", "LogLevel DEBUG1", "PermitRootLogin yes"]) + "\n")
    return Server(world, "sshd-installed", [*under, folder / "sshd", "-D", "-e", "-f", config], port,
                  world.known_hosts(port, [key]))


def version_of_listener(sshd):
    data = pathlib.Path(f"/proc/{sshd.process.pid}/exe").read_bytes()
    return PROTOCOL.search(data).group(0)


class Session:
    def __init__(self, world, sshd):
        self.client = subprocess.Popen(world.ssh_command(sshd, "exec cat", key=world.key("ed25519")),
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=world.client_environment())
        self.works()

    def works(self):
        self.client.stdin.write(b"still here\n")
        self.client.stdin.flush()
        check(self.client.stdout.readline() == b"still here\n", "a session was lost")

    def leaves(self):
        self.works()
        self.client.stdin.close()
        check(self.client.wait(60) == 0, "a session did not end well")


def reload(sshd):
    """Until the listener has started again, or said that it does not."""
    said = sshd.log().count("Server listening") + sshd.log().count("going on as before")
    os.kill(sshd.process.pid, signal.SIGHUP)
    wait_until(lambda: sshd.log().count("Server listening") + sshd.log().count("going on as before") > said,
               "the listener has heard SIGHUP")


def written_anew(path):
    """As package managers do it: another file in its place, or the first."""
    path = pathlib.Path(path)
    other = path.with_name(path.name + ".new")
    other.write_bytes(path.read_bytes() if path.exists() else b"")
    other.replace(path)


@promise("what processes are copied from is replaced when programs, libraries or the way to find users are others")
def new_files(world):
    world.need_isolation()                                        # whose /etc is nobody's
    folder = installed(world, None)
    for changed, change in ((f"{folder}/sshd-session", lambda: put(world.bin / "sshd-session", folder)),
                            ("/etc/nsswitch.conf", lambda: written_anew("/etc/nsswitch.conf")),
                            ("/etc/ld.so.cache", lambda: written_anew("/etc/ld.so.cache"))):
        with running_sshd(world, folder) as sshd:
            first = zygote_at_rest(sshd)
            session = Session(world, sshd)
            check("has changed" not in sshd.log(), "it was replaced for nothing", sshd.log())
            change()

            def replaced():
                world.ssh(sshd, "true").succeeded()
                return "has changed" in sshd.log()
            wait_until(replaced, f"another one takes its place, for {changed}")
            check(sshd.log().count(f"{changed} has changed") == 1, "told otherwise than once", sshd.log())
            check(first in children_of(sshd.process.pid), "it ended before the session that is its copy")
            session.leaves()
            wait_until(lambda: first not in children_of(sshd.process.pid), "the first one ends")
            check(zygote_at_rest(sshd) != first, "none has taken its place")
            world.ssh(sshd, "true").succeeded()


def configuration_of(sshd):
    command = pathlib.Path(f"/proc/{sshd.process.pid}/cmdline").read_text()
    return pathlib.Path(re.search(r"-f\0([^\0]+)", command).group(1))


@promise("upgraded and rolled back under SIGHUP, a server loses no session and serves new ones with the new programs")
def upgrade(world):
    old = installed(world, None)
    new = installed(world, None, other_version)
    place = installed(world, old)
    with running_sshd(world, place) as sshd:
        sessions, before = [Session(world, sshd)], version_of_listener(sshd)
        for version in (new, old):
            for name in PROGRAMS:
                put(version / name, place)
                sessions.append(Session(world, sshd))              # in the middle of it: as if nothing happened
            reload(sshd)
            sessions.append(Session(world, sshd))
            check((version_of_listener(sshd) == before) == (version is old), "not the version that was installed")
            for session in sessions:
                session.works()
        for session in sessions:
            session.leaves()


@promise("a server that is told to restart in the middle of an upgrade goes on as it is, and says why")
def half_an_upgrade(world):
    old, new = installed(world, None), installed(world, None, other_version)
    for halfway in ("sshd-net", "sshd"):
        place = installed(world, old)
        with running_sshd(world, place) as sshd:
            session, before = Session(world, sshd), version_of_listener(sshd)
            put(new / halfway, place)
            reload(sshd)
            sshd.wait_for_log(r"is of another version than sshd(\r|\n)")
            sshd.wait_for_log("going on as before")
            check(version_of_listener(sshd) == before, "restarted all the same")
            Session(world, sshd).leaves()
            for name in PROGRAMS:
                put(new / name, place)
            reload(sshd)
            check(version_of_listener(sshd) != before, "not restarted")
            Session(world, sshd).leaves()
            session.leaves()


@promise("a server whose programs are of different versions does not start, and says which")
def mixture(world):
    place = installed(world, None)
    put(installed(world, None, other_version) / "sshd-user", place)
    config = world.new_file("sshd_config", f"Port {free_port()}\nHostKey {world.key('ed25519')}\n")
    ran = subprocess.run([place / "sshd", "-D", "-e", "-f", config], capture_output=True, timeout=60)
    check(ran.returncode == 255 and b"sshd-user is of another version than sshd" in ran.stderr, "it starts", ran.stderr)


@promise("SIGHUP with a broken configuration changes nothing")
def configuration(world):
    place = installed(world, None)
    with running_sshd(world, place) as sshd:
        session = Session(world, sshd)
        config = configuration_of(sshd)
        good = config.read_text()
        config.write_text("NoSuchKeyword yes\n" + good)
        reload(sshd)
        check("going on as before" in sshd.log(), "a broken configuration was taken")
        Session(world, sshd).leaves()
        config.write_text(good)
        reload(sshd)
        Session(world, sshd).leaves()
        session.leaves()
    # What is broken is a line of the log, not only of a standard error that a daemon does not have.
    with running_sshd(world, place, ["LogFormat json"]) as sshd:
        Session(world, sshd).leaves()                             # signals are heard by now
        config = configuration_of(sshd)
        config.write_text("NoSuchKeyword yes\n" + config.read_text())
        os.kill(sshd.process.pid, signal.SIGHUP)
        sshd.wait_for_log(r'"level":"error".*"text":"[^"]*NoSuchKeyword')
        sshd.wait_for_log("going on as before")


def arguments_of(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text()
    return ""


@contextlib.contextmanager
def endless_trial(world, place):
    """A server that is to start again and tries its configuration, which does not end; its PidFile; the trial's process."""
    folder = world.new_folder("configuration")
    fifo, pid_file = folder / "more", folder / "pid"
    with running_sshd(world, place, [f"PidFile {pid_file}"]) as sshd:
        session = Session(world, sshd)
        os.mkfifo(fifo)
        config = configuration_of(sshd)
        config.write_text(f"Include {fifo}\n" + config.read_text())
        os.kill(sshd.process.pid, signal.SIGHUP)
        trial, = wait_until(lambda: [pid for pid in children_of(sshd.process.pid) if arguments_of(pid).endswith("\0-t\0")],
                            "the trial")
        yield sshd, pid_file, trial
        session.leaves()


def is_there(pid):
    return pathlib.Path(f"/proc/{pid}").exists()


@promise("SIGTERM while the next configuration is tried ends the server as ever, and its trial")
def ended_in_trial(world):
    with endless_trial(world, installed(world, None)) as (sshd, pid_file, trial):
        check(pid_file.read_text() == f"{sshd.process.pid}\n", "no PidFile")
        sshd.process.terminate()
        wait_until(lambda: sshd.process.poll() is not None, "it ends")
        check(sshd.process.returncode == 0, f"status {sshd.process.returncode}")
        check("Received signal 15; terminating." in sshd.log(), "without a word", sshd.log())
        check(not pid_file.exists(), "the PidFile stays")
        check(not is_there(trial), "the trial goes on")


@promise("a trial of the next configuration that does not end is given up, and the server goes on")
def endless(world):
    program = strace(world)
    with endless_trial(world, installed(world, None)) as (sshd, pid_file, trial):
        # It waits in its only poll(), which strace begins again, and which finds nothing, as at the end of its time.
        tracer = subprocess.Popen([program, "-qq", "-o", "/dev/null", "-e", "inject=poll,restart_syscall:retval=0",
                                   "-p", str(sshd.process.pid)])
        try:
            sshd.wait_for_log(r"does not end: is a file of the configuration a FIFO\?; going on as before")
        finally:
            tracer.terminate()
            tracer.wait()
        check(not is_there(trial), "the trial goes on")
        Session(world, sshd).leaves()
        check(pid_file.exists(), "the PidFile is gone")


@promise("SIGHUP leads from one address to everywhere and back, on the same port")
def addresses(world):
    with running_sshd(world, installed(world, None)) as sshd:
        config = configuration_of(sshd)
        text = config.read_text()
        session = Session(world, sshd)
        for address in ("0.0.0.0", "127.0.0.1"):
            config.write_text(text.replace("ListenAddress 127.0.0.1", f"ListenAddress {address}"))
            reload(sshd)
            last = sshd.log().rsplit("Server listening on ", 1)[1]
            check(last.startswith(f"{address} port {sshd.port}"), f"not at {address}", sshd.log())
            Session(world, sshd).leaves()
        session.leaves()


@promise("a listener that starts again knows whom it does not serve, how many are logging in and how long they may")
def knowledge(world):
    place = installed(world, None)
    lines = ["PerSourcePenalties authfail:100s noauth:0s grace-exceeded:0s min:1s"]
    with running_sshd(world, place, lines) as sshd:
        ran = world.ssh(sshd, "true", key=world.key("ecdsa", 256))
        check(b"Permission denied" in ran.err, "let in", ran)
        wait_until(lambda: hears(sshd.port) == b"Not allowed at this time\r\n", "the ban")
        reload(sshd)
        check(hears(sshd.port) == b"Not allowed at this time\r\n", "it has forgotten the ban")
    with running_sshd(world, place, ["PerSourcePenalties no", "MaxStartups 1", "LoginGraceTime 10"]) as sshd:
        with socket.create_connection(("127.0.0.1", sshd.port)) as first:
            check(first.recv(100).startswith(b"SSH-2.0-"), "no version line")
            reload(sshd)
            check(hears(sshd.port) == b"Exceeded MaxStartups\r\n", "it does not count the one before")
            port = first.getsockname()[1]
            sshd.wait_for_log(rf"Timeout before authentication for connection from 127\.0\.0\.1 port {port} to ")
            first.settimeout(20)
            with contextlib.suppress(ConnectionError):
                while first.recv(4096):
                    pass
        wait_until(lambda: hears(sshd.port, b"").startswith(b"SSH-2.0-"), "room again")


@promise("SIGHUP again and again, while it starts again, ends nothing")
def impatience(world):
    place = installed(world, None)
    with running_sshd(world, place) as sshd:
        session = Session(world, sshd)

        def restarted_often():
            os.kill(sshd.process.pid, signal.SIGHUP)
            check(sshd.process.poll() is None, "it is dead", sshd.log())
            return sshd.log().count("Server listening") >= 5
        wait_until(restarted_often, "it starts again", pause=0.005)
        Session(world, sshd).leaves()
        session.leaves()


@promise("more connections than the soft limit on open files allows are handed over, and still counted")
def many_connections(world):
    place = installed(world, None)
    lines = ["PerSourcePenalties no", "MaxStartups 24", "LoginGraceTime 600"]
    with running_sshd(world, place, lines, under=["prlimit", "--nofile=40:4096"]) as sshd, contextlib.ExitStack() as open_ones:
        for _ in range(24):
            stream = open_ones.enter_context(socket.create_connection(("127.0.0.1", sshd.port)))
            check(stream.recv(100).startswith(b"SSH-2.0-"), "no version line")
        for _ in range(2):
            reload(sshd)
            check(hears(sshd.port) == b"Exceeded MaxStartups\r\n", "it does not count those before", sshd.log()[-2000:])
        soft = pathlib.Path(f"/proc/{sshd.process.pid}/limits").read_text()
        check(re.search(r"Max open files +4096 +4096", soft), "the listener's limit", soft)
    with running_sshd(world, place, under=["prlimit", "--nofile=40:4096"]) as sshd:
        Session(world, sshd).leaves()                             # signals are heard by now
        reload(sshd)
        ran = world.ssh(sshd, "ulimit -Sn", key=world.key("ed25519"))
        check(ran.out == b"40\n", "a session's limit", ran)


@promise("a server that may open few files serves all the same")
def few_files(world):
    place = installed(world, None)
    with running_sshd(world, place, under=["prlimit", "--nofile=512:512"]) as sshd:
        Session(world, sshd).leaves()


def hears(port, says=b"SSH-2.0-x\r\n"):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as stream:
        stream.sendall(says)
        return stream.recv(100)
