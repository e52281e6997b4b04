"""/etc/hosts.allow and /etc/hosts.deny (hosts_access(5)): our sshd enforces them as Debian's does."""
import contextlib
import ctypes
import pathlib
import re
import socket
import subprocess
import time

from harness import LIMIT, Skip, check, children_of, promise, run, text_of, wait_until

NEEDS = ("ssh", "sshd", "ssh-keygen")
ALLOW, DENY, HOSTS, SERVICES = (pathlib.Path("/etc") / name
                                for name in ("hosts.allow", "hosts.deny", "hosts", "nsswitch.conf"))
HERE, THERE, NAMELESS = "127.0.0.1", "127.0.0.2", "127.0.0.3"
COMMENTS = "# sshd: ALL\n\n# and on the next line, too: \\\nsshd: ALL\n"


def library():
    """The file that is libwrap."""
    try:
        ctypes.CDLL("libwrap.so.0")
    except OSError:
        raise Skip("libwrap0 is not installed") from None
    return re.search(r"/\S*/libwrap\.so\S*$", pathlib.Path("/proc/self/maps").read_text(), re.M).group()


@contextlib.contextmanager
def isolated_rules(world):
    """A function that writes both files of the isolated machine, in which two of three addresses have names."""
    world.need_isolation()
    library()
    before = {path: path.read_bytes() if path.exists() else None for path in (ALLOW, DENY, HOSTS, SERVICES)}
    SERVICES.write_text("passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
    HOSTS.write_text(f"{HERE} here.example localhost\n{THERE} there.example\n")

    def say(allow="", deny=""):
        ALLOW.write_text(allow)
        DENY.write_text(deny)
    try:
        say()
        yield say
    finally:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)


@contextlib.contextmanager
def connected(port, source):
    with socket.socket() as stream:
        stream.settimeout(60)
        stream.bind((source, 0))
        stream.connect(("127.0.0.1", port))
        yield stream


def hears(port, source=HERE):
    """All that a client gets that says nothing and is not served."""
    said = b""
    with connected(port, source) as stream:
        while more := stream.recv(4096):
            said += more
    return said


def is_served(server, source=HERE):
    def refusals():
        return server.log().count("Connection refused by tcp wrapper")   # OpenSSH's, which libwrap then lets wait for 5 s

    before, deadline = refusals(), time.monotonic() + LIMIT
    with connected(server.port, source) as stream:
        stream.settimeout(0.05)
        while refusals() == before and time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                said = stream.recv(4096)
                check(not said or said.startswith(b"SSH-2.0-"), "neither served nor refused", said)
                return bool(said)
    check(time.monotonic() < deadline, f"{server.name} neither serves nor refuses")
    return False


@contextlib.contextmanager
def session(world, sshd):
    """The process number of the sshd-session of one that is open."""
    client = subprocess.Popen(world.ssh_command(sshd, "echo up; exec cat", key=world.key("ed25519")),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=world.client_environment())
    try:
        check(client.stdout.readline() == b"up\n", "no session")
        yield next(pid for pid, name in children_of(sshd.process.pid).items()
                   if name == "sshd-session" and "sshd-user" in children_of(pid).values())
        client.stdin.write(b"still here\n")
        client.stdin.flush()
        check(client.stdout.readline() == b"still here\n", "the session has ended")
    finally:
        client.stdin.close()
        client.wait(60)


@promise("whom hosts.deny names is not served: the connection ends without a byte, and the log says it in libwrap's words")
def refused(world):
    with isolated_rules(world) as say, world.sshd(lines=["PerSourcePenalties yes"]) as sshd:
        say(deny="ALL: ALL\n")
        check(hears(sshd.port) == b"", "something was said")
        sshd.wait_for_log(r"(?m)^refused connect from 127\.0\.0\.1 \(127\.0\.0\.1\)\r?$")
        say(deny="sshd: .example\n")                               # for which names are asked
        hears(sshd.port, THERE)
        sshd.wait_for_log(r"(?m)^refused connect from there\.example \(127\.0\.0\.2\)\r?$")
        ran = world.ssh(sshd, "true")
        check(ran.status == 255, "a login", ran)
        check("Connection from" not in sshd.log(), "told of as a connection", sshd.log())
        for _ in range(20):                                        # which would be penalised, were it the client's doing
            hears(sshd.port)
        say(allow="sshd: here.example\n", deny="ALL: ALL\n")
        world.ssh(sshd, "true").succeeded()
        check(not is_served(sshd, THERE), "another one is served")
    with isolated_rules(world) as say, world.sshd(lines=["LogFormat json"]) as sshd:
        say(deny="sshd: there.example\n")
        hears(sshd.port, THERE)
        sshd.wait_for_log(r'"event":"refused".*"source":"127\.0\.0\.2".*"reason":"hosts_access".*'
                          r'"source_name":"there\.example"')


@promise("the same rules mean the same to OpenSSH's sshd")
def as_openssh(world):
    beside = [world.peer("sshd"), pathlib.Path("/usr/lib/openssh/sshd-session")]
    if not any(path.exists() and b"libwrap.so.0" in path.read_bytes() for path in beside):
        raise Skip("this sshd is linked without libwrap")
    cases = (                                                      # hosts.allow, hosts.deny, who is served
        ("", "", {HERE, THERE, NAMELESS}),
        ("", "ALL: ALL\n", set()),
        ("sshd: 127.0.0.2\n", "ALL: ALL\n", {THERE}),
        ("", "sshd: 127.0.0.1\n", {THERE, NAMELESS}),
        ("", "sshd@127.0.0.1: 127.0.0.\n", set()),
        ("", "sshd-session, sshd-net, ftpd: ALL\n", {HERE, THERE, NAMELESS}),
        ("", "ALL EXCEPT sshd: ALL\n", {HERE, THERE, NAMELESS}),
        ("", "sshd: ALL EXCEPT 127.0.0.2\n", {THERE}),
        ("", "sshd: 127.0.0.0/255.255.255.254\n", {THERE, NAMELESS}),
        ("", "sshd: .example\n", {NAMELESS}),
        ("", "sshd: KNOWN\n", {NAMELESS}),
        ("", "sshd: UNKNOWN\n", {HERE, THERE}),
        ("sshd: there.example : deny\nsshd: ALL : allow\n", "ALL: ALL\n", {HERE, NAMELESS}),
        ("# sshd: ALL\n", "# in two lines\nsshd: \\\n127.0.0.3\n", {HERE, THERE}),
        (COMMENTS, COMMENTS, {HERE, THERE, NAMELESS}),
        ("", "nonsense\nsshd: 127.0.0.1\n", {THERE, NAMELESS}),
    )
    with isolated_rules(world) as say, world.sshd() as ours, world.sshd("openssh") as theirs:
        say(deny="ALL: ALL\n")
        check(hears(theirs.port) == b"", "OpenSSH's says something")
        for allow, deny, served in cases:
            say(allow, deny)
            for server in (ours, theirs):
                found = {source for source in (HERE, THERE, NAMELESS) if is_served(server, source)}
                check(found == served, f"{server.name} serves {found}, not {served}", allow, deny)


@promise("libwrap is loaded by a copy of sshd-session, where there are rules, and stays in nothing that serves")
def loaded(world):
    with isolated_rules(world) as say, world.sshd() as sshd:
        seen = world.new_file("seen", "")
        look = f"sshd: ALL : spawn (/bin/grep libwrap /proc/$PPID/maps >{seen}; /bin/cat /proc/$PPID/comm >>{seen}) : allow\n"
        for deny, is_asked in ((COMMENTS + look, True), (COMMENTS + "# " + look, False)):
            seen.write_text("")
            say(allow="\n", deny=deny)
            with session(world, sshd) as monitor:
                check(("libwrap.so" in seen.read_text()) == is_asked, "asked" if not is_asked else "not asked", deny)
                check(seen.read_text().endswith("sshd-session\n") == is_asked, "another process", seen.read_text())
                for pid in (monitor, sshd.process.pid):
                    check("libwrap" not in pathlib.Path(f"/proc/{pid}/maps").read_text(), "it stays")


@promise("what a rule has executed is that connection's alone, and finds nothing of ours open")
def options(world):
    with isolated_rules(world) as say, world.sshd() as sshd, session(world, sshd):
        say(allow="sshd: 127.0.0.2 : twist /bin/echo go away; /bin/ls /proc/self/fd\n"
                  "sshd: 127.0.0.3 : twist exit 7\n")
        lines = text_of(hears(sshd.port, THERE)).split("\n")
        check(lines[0] == "go away" and set(lines[1:]) <= {"0", "1", "2", "3", ""}, "what it hears", lines)
        check(hears(sshd.port, NAMELESS) == b"", "something was said")
        sshd.wait_for_log(r"(?m)^a rule of \S+ or \S+ has answered 127\.0\.0\.3 port \d+\r?$")
        say(allow="sshd: 127.0.0.3 : twist kill -SEGV $$\n")       # which is no crash of ours
        with connected(sshd.port, HERE) as beside:
            check(beside.recv(100).startswith(b"SSH-2.0-"), "not served")
            check(hears(sshd.port, NAMELESS) == b"", "something was said")
            sshd.wait_for_log(r"(?s)has answered 127\.0\.0\.3 .*has answered 127\.0\.0\.3 ")
            beside.settimeout(1)
            with contextlib.suppress(TimeoutError):
                check(beside.recv(100) != b"", "the one beside it is ended")
        say(deny="ALL: ALL\n", allow="sshd: ALL : user nobody : umask 077 : allow\n")
        check(world.ssh(sshd, "umask").succeeded().out == b"0022\n", "another umask")
        world.ssh(sshd, "true").succeeded()
        seen = world.new_file("seen")
        say(allow=f"sshd: ALL : spawn (/bin/ls /proc/self/fd >{seen}) : allow\n", deny="ALL: ALL\n")
        world.ssh(sshd, "true").succeeded()
        numbers = set(wait_until(lambda: seen.exists() and seen.read_text(), "what was spawned").split())
        check(numbers <= {"0", "1", "2", "3"}, "descriptors of ours", numbers)


@promise("a connection that is no socket of IP has no address that a rule could name")
def pipes(world):
    with isolated_rules(world) as say:
        say(deny="ALL: ALL\n")
        for whose in ("nacre", "openssh"):
            with world.sshd(whose) as sshd:
                program, config = sshd.process.args[0], sshd.process.args[-1]
                ran = run([program, "-i", "-e", "-f", config])
                check(ran.out.startswith(b"SSH-2.0-"), "not served", ran)


@promise("where there are rules and no libwrap, sshd serves and says so: at its start, for each client, by -t and --lint")
def missing(world):
    with isolated_rules(world) as say, contextlib.ExitStack() as hidden:
        place, words = library(), b"NOT enforced"
        run(["mount", "--bind", world.new_file("no-library", ""), place]).succeeded()
        hidden.callback(lambda: run(["umount", place]).succeeded())
        for deny, count in ((COMMENTS, 0), ("sshd: ALL\n", 1)):
            say(deny=deny)
            with world.sshd() as sshd:
                config = sshd.process.args[-1]
                world.ssh(sshd, "true").succeeded()
                check(sshd.log().count(text_of(words)) == 2 * count, "not told twice", sshd.log())
                tested = run([world.ours("sshd"), "-t", "-f", config]).succeeded()
                linted = run([world.ours("sshd"), "--lint", "-f", config])
                check(tested.err.count(words) == count and tested.err.count(b"libwrap0") == count, "-t", tested)
                check((b"hosts-not-enforced" in linted.out) == bool(count), "--lint", linted)
