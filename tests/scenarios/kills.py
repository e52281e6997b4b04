"""Killing any process of a connection, at any moment: that connection ends whole, and no other notices."""
import contextlib
import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import time

from harness import (Terminal, check, children_of, connection_family, free_port, promise, sessions_of_networks, sockets_of,
                     wait_until)

SERVICE = "nacre-kills"                                            # of PAM, in the private /etc
UTMP = pathlib.Path("/run/utmp")                                   # private, too
USER_PROCESS = 7


# ---- a server whose books can be read ---------------------------------------------------

class Books:
    """What PAM sessions and login records are open."""

    def __init__(self, world):
        self.events = world.new_file("pam-events", "")
        script = world.new_file("pam-script", f'#!/bin/sh\necho "$PAM_TYPE $PAM_USER" >>{self.events}\n')
        script.chmod(0o755)
        pathlib.Path(f"/etc/pam.d/{SERVICE}").write_text(
            "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
            f"session optional pam_exec.so {script}\n")
        UTMP.write_bytes(b"")

    def open_sessions(self):
        lines = self.events.read_text().splitlines()
        return (sum(line.startswith("open_session") for line in lines)
                - sum(line.startswith("close_session") for line in lines))

    @staticmethod
    def open_terminals():
        size, data, found = 384, UTMP.read_bytes(), []
        for at in range(0, len(data) - size + 1, size):
            kind, = struct.unpack_from("<h", data, at)
            host = data[at + 76:at + 332].rstrip(b"\0")
            if kind == USER_PROCESS and host == b"127.0.0.1":     # tmux, too, keeps its records here
                found.append(data[at + 8:at + 40].rstrip(b"\0").decode())
        return found


@contextlib.contextmanager
def sshd_with_books(world, lines=()):
    world.need_isolation()
    books = Books(world)
    with world.sshd(pam=True, lines=[f"PAMServiceName {SERVICE}", "KbdInteractiveAuthentication yes",
                                     "PerSourcePenalties no", *lines]) as sshd:
        yield sshd, books


def is_there(pid):
    with contextlib.suppress(OSError):
        return ") Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
    return False


def holders_of_connections(sshd):
    """The sshd-session of each connection that is being served, and its sshd-net; spares hold none."""
    found = {}
    inodes = set()
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rsplit(":", 1)[1], 16) == sshd.port and fields[3] == "01":
            inodes.add(int(fields[9]))
    for network, session in sessions_of_networks(sshd).items():
        if inodes & sockets_of(network):
            found[session] = network
    return found


class Connection:
    """A client, and who serves it."""

    def __init__(self, sshd, client, known=(), wants=("sshd-session", "sshd-net"), started=lambda: True):
        self.sshd, self.client = sshd, client
        self.session = wait_until(lambda: set(holders_of_connections(sshd)) - set(known), "a connection is served").pop()
        self.wants = wants
        wait_until(lambda: started() and set(wants) <= set(self.family().values()), f"all of {wants} run")
        self.pids = set(self.family())

    def family(self):
        return connection_family(self.sshd, self.session)

    def pid_of(self, name):
        return next(pid for pid, its in self.family().items() if its == name)


def known_sessions(sshd):
    return set(holders_of_connections(sshd))


def spawn_client(world, sshd, *command, options=(), flags=(), env=None):
    return subprocess.Popen(world.ssh_command(sshd, *command, key=world.key("ed25519"), options=options, flags=flags),
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            env=world.client_environment(**(env or {})))


class Bystander:
    """A session that must not notice anything."""

    def __init__(self, world, sshd):
        self.client = spawn_client(world, sshd, "exec cat")
        self.greets()

    def greets(self):
        self.client.stdin.write(b"still here\n")
        self.client.stdin.flush()
        check(self.client.stdout.readline() == b"still here\n", "another connection ended")

    def leaves(self):
        self.greets()
        self.client.stdin.close()
        check(self.client.wait(60) == 0, "another connection did not end well")


# ---- the moments -------------------------------------------------------------------------

def greeted(world, sshd):
    """Before anything was said but the version."""
    known = known_sessions(sshd)
    client = socket.create_connection(("127.0.0.1", sshd.port))
    check(client.recv(100).startswith(b"SSH-2.0-"), "no greeting")
    return Connection(sshd, client, known)


def asked_for_password(world, sshd):
    """PAM's question is open, in the middle of pam_authenticate()."""
    known = known_sessions(sshd)
    asked = world.new_file("asked", "")
    script = world.new_file("slow-askpass", f"#!/bin/sh\necho x >>'{asked}'\nexec sleep 1000\n")
    script.chmod(0o755)
    client = spawn_client(world, sshd, "true", options=[
        "BatchMode=no", "PubkeyAuthentication=no", "PreferredAuthentications=keyboard-interactive"],
        env={"SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"})
    connection = Connection(sshd, client, known, started=lambda: asked.read_text() != "")
    connection.is_asking = True
    return connection


def asking_a_command(world, sshd):
    """AuthorizedKeysCommand takes its time."""
    known = known_sessions(sshd)
    client = spawn_client(world, sshd, "true", options=["ConnectionMemory=no"])   # else it asks again, step by step
    return Connection(sshd, client, known, wants=("sshd-session", "sshd-net", "sleep"))


def idle(world, sshd):
    """Programs that neither read nor write, one in the background."""
    known = known_sessions(sshd)
    client = spawn_client(world, sshd, "sleep 1000 & sleep 1001; exit 3")
    session = lambda: list(children_of(sshd.process.pid).values()).count("sleep") >= 2
    connection = Connection(sshd, client, known, wants=("sshd-session", "sshd-net", "sshd-user", "sh", "sleep"), started=session)
    connection.left_alone = {pid for pid, name in connection.family().items() if name in ("sh", "sleep")}
    return connection


def transferring(world, sshd):
    known = known_sessions(sshd)
    client = spawn_client(world, sshd, "exec cat /dev/zero")
    client.stdout.read(1 << 20)
    return Connection(sshd, client, known, wants=("sshd-session", "sshd-net", "sshd-user", "cat"))


def forwarding(world, sshd):
    """One forwarding each way, with a connection through each."""
    known = known_sessions(sshd)
    near, far = free_port(), free_port()
    client = spawn_client(world, sshd, "-N", flags=["-L", f"{near}:127.0.0.1:{sshd.port}",
                                                    "-R", f"{far}:127.0.0.1:{sshd.port}"])
    first = Connection(sshd, client, known, wants=("sshd-session", "sshd-net", "sshd-user"))
    first.through = []
    for port in (near, far):
        def open_one():
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", port))
        through = wait_until(open_one, "the forwarding listens")
        check(through.recv(100).startswith(b"SSH-2.0-"), "nothing comes through the forwarding")
        first.through.append(through)
    return first


def in_terminal(world, sshd):
    """An interactive shell with something in the foreground."""
    known = known_sessions(sshd)
    terminal = Terminal(world, world.ssh_command(sshd, "-tt", key=world.key("ed25519")))
    terminal.line("sleep 1000")
    connection = Connection(sshd, None, known, wants=("sshd-session", "sshd-net", "sshd-user", "sh", "sleep"))
    connection.terminal = terminal
    return connection


BEFORE_LOGIN = ("sshd-net", "sshd-session")
LOGGED_IN = ("sshd-net", "sshd-session", "sshd-user")


def client_is_over(connection):
    client = connection.client
    if getattr(connection, "is_asking", False):
        for pid in [*children_of(client.pid), client.pid]:        # it waits for somebody at its terminal
            os.kill(pid, signal.SIGKILL)
        client.wait()
    elif client is None:
        connection.terminal.wait_for(r"\[ended: \d+\]")
        connection.terminal.close()
    elif isinstance(client, socket.socket):
        with contextlib.suppress(ConnectionError):
            client.settimeout(60)
            while client.recv(4096):
                pass
        client.close()
    else:
        client.stdout.close()                                     # what is full must not hold it up
        check(client.wait(60) == 255, f"the client ended with {client.returncode}")


def whole_connection_ends(connection, what, left_alone=frozenset()):
    """left_alone: programs without a terminal, which go on."""
    client_is_over(connection)
    wait_until(lambda: not any(map(is_there, connection.pids - left_alone)),
               f"{what}: everything ends, but not {[p for p in connection.family().items()]}", 30)
    check(all(map(is_there, left_alone)), f"{what}: a program without a terminal ended, too")
    for pid in left_alone:
        os.kill(pid, signal.SIGKILL)
    for through in getattr(connection, "through", ()):
        through.close()


def kill_each(world, sshd, books, moment, victims):
    bystander = Bystander(world, sshd)
    sessions, terminals = books.open_sessions(), books.open_terminals()
    for victim in victims:
        connection = moment(world, sshd)
        os.kill(connection.pid_of(victim), signal.SIGKILL)
        what = f"{victim} killed, {moment.__name__}"
        whole_connection_ends(connection, what, getattr(connection, "left_alone", frozenset()))
        wait_until(lambda: books.open_sessions() == sessions, f"{what}: the PAM session is closed", 30)
        wait_until(lambda: books.open_terminals() == terminals, f"{what}: the login record is closed", 30)
        bystander.greets()
        check(sshd.process.poll() is None, f"{what}: the listener ended")
    bystander.leaves()


# ---- promises ----------------------------------------------------------------------------

@promise("a connection before its login ends whole, whichever of its processes is killed")
def before_login(world):
    with sshd_with_books(world) as (sshd, books):
        for moment in (greeted, asked_for_password):
            kill_each(world, sshd, books, moment, BEFORE_LOGIN)


def slow_keys_command(world):
    """Lines of a configuration.  The shell of the script stays, so that what takes so long is its child."""
    world.need_isolation()
    place = pathlib.Path("/run/keys-command")                      # all of its path is root's
    place.write_text("#!/bin/sh\nsleep 1000\nexit 1\n")
    place.chmod(0o755)
    return ["AuthorizedKeysFile none", f"AuthorizedKeysCommand {place}", "AuthorizedKeysCommandUser nobody"]


@promise("AuthorizedKeysCommand, and what it has started, does not outlive the connection that asks it")
def in_keys_command(world):
    lines = slow_keys_command(world)
    with sshd_with_books(world, lines) as (sshd, books):
        for victim in BEFORE_LOGIN:
            connection = asking_a_command(world, sshd)
            os.kill(connection.pid_of(victim), signal.SIGKILL)
            whole_connection_ends(connection, f"{victim} killed, asking a command")
        check(sshd.process.poll() is None, "the listener ended")
        check(books.open_sessions() == 0, "a PAM session is open")
    with sshd_with_books(world, [*lines, "LoginGraceTime 20"]) as (sshd, books):
        whole_connection_ends(asking_a_command(world, sshd), "the time for a login is over, asking a command")
        sshd.wait_for_log("Timeout before authentication for connection from")


@promise("a session ends whole, and its records are closed, whichever of its processes is killed")
def in_session(world):
    with sshd_with_books(world) as (sshd, books):
        for moment in (idle, transferring, in_terminal):
            kill_each(world, sshd, books, moment, LOGGED_IN)


@promise("a listener that has started again closes the records of those who came before, if they are killed")
def over_reload(world):
    with sshd_with_books(world) as (sshd, books):
        terminals = books.open_terminals()
        connection = in_terminal(world, sshd)
        wait_until(lambda: books.open_terminals() != terminals, "a record")
        check(books.open_sessions() == 1, "no PAM session")
        said = sshd.log().count("Server listening")
        sshd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: sshd.log().count("Server listening") > said, "it starts again")
        os.kill(connection.pid_of("sshd-session"), signal.SIGKILL)
        whole_connection_ends(connection, "sshd-session killed, after a reload")
        wait_until(lambda: books.open_sessions() == 0, "the PAM session is closed", 30)
        wait_until(lambda: books.open_terminals() == terminals, "the login record is closed", 30)


@promise("a spare that dies is buried at once, and another serves")
def spares(world):
    def zombies(pid):
        return [entry.name for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and is_zombie_of(entry, pid)]

    def is_zombie_of(entry, pid):
        with contextlib.suppress(OSError, IndexError):
            state, parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            return state == "Z" and int(parent) == pid
        return False

    with sshd_with_books(world) as (sshd, books):
        wait_until(lambda: list(children_of(sshd.process.pid).values()).count("sshd-net") == 2, "two spares")
        spares = {pid: name for pid, name in children_of(sshd.process.pid).items() if name in ("sshd-session", "sshd-net")}
        for pid, name in spares.items():
            if name == "sshd-session":
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not spares.keys() & children_of(sshd.process.pid).keys() and not zombies(sshd.process.pid),
                   "they are gone")
        Bystander(world, sshd).leaves()


@promise("forwardings end with any process of their connection")
def with_forwardings(world):
    with sshd_with_books(world) as (sshd, books):
        kill_each(world, sshd, books, forwarding, LOGGED_IN)


@promise("a killed shell ends its session, and the client is told the signal")
def shell(world):
    with sshd_with_books(world) as (sshd, books):
        bystander = Bystander(world, sshd)
        for moment, victim in ((idle, "sh"), (transferring, "cat"), (in_terminal, "sh")):
            connection = moment(world, sshd)
            sleeping = [pid for pid, name in connection.family().items() if name == "sleep"]
            os.kill(connection.pid_of(victim), signal.SIGKILL)
            if victim == "sh" and connection.client:               # its children hold the streams open
                connection.client.stdin.close()
                for pid in sleeping:
                    os.kill(pid, signal.SIGKILL)
            whole_connection_ends(connection, f"{victim} killed, {moment.__name__}")
        wait_until(lambda: books.open_sessions() == 1, "only the bystander has a PAM session", 30)
        check(not books.open_terminals(), "a login record stays open")
        bystander.leaves()


def own_children_of(pid):
    """Its children alone, quickly: the moment must not pass meanwhile."""
    with contextlib.suppress(OSError):
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def user_process_of(sshd):
    for session in own_children_of(sshd.process.pid):
        for child in own_children_of(session):
            with contextlib.suppress(OSError):
                if pathlib.Path(f"/proc/{child}/comm").read_text() == "sshd-user\n":
                    return child
    return None


@promise("a program does not stay where sshd-user is killed while it starts it")
def while_it_starts(world):
    with sshd_with_books(world) as (sshd, _):
        for _ in range(100 if world.full else 10):
            client = spawn_client(world, sshd, "exec cat /dev/zero")
            user = wait_until(lambda: user_process_of(sshd), "the user's process runs", pause=0)
            wait_until(lambda: own_children_of(user), "it starts the program", pause=0)
            with contextlib.suppress(ProcessLookupError):
                os.kill(user, signal.SIGKILL)
            client.wait(30)
            wait_until(lambda: user_process_of(sshd) is None, "the connection ends")
        wait_until(lambda: "cat" not in children_of(1).values(), "no program stays behind")


@promise("whatever is killed at random moments, nothing stays behind and a bystander's session goes on")
def at_random(world):
    with sshd_with_books(world) as (sshd, books):
        bystander = Bystander(world, sshd)
        known = known_sessions(sshd)
        dice = random.Random(4711)
        for _ in range(200 if world.full else 24):
            client = spawn_client(world, sshd, *dice.choice([("true",), ("exec cat /dev/zero",), ("-tt", "sleep 1000")]))
            time.sleep(dice.random() * 0.25)                       # not to wait for anything: the moment is the point
            families = set(holders_of_connections(sshd)) - known
            # Ours only: what a killed shell leaves in the background may stay.
            members = [pid for session in families for pid, name in connection_family(sshd, session).items()
                       if name.startswith("sshd-")]
            if members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(dice.choice(members), signal.SIGKILL)
            else:
                client.kill()
            client.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                client.wait(1)
            client.kill()                                          # what was killed may have been no part of the session
            client.wait()
            wait_until(lambda: set(holders_of_connections(sshd)) == known, "the connection ends", 30)
            bystander.greets()
        wait_until(lambda: set(children_of(sshd.process.pid).values()) <= {"sshd-session", "sshd-net", "sshd-user", "sshd-zygote",
                                                                               "sshd-net-zygote", "cat"},
                   "all programs end", 30)
        # A session whose opening was interrupted is closed, too: rather once too often than never.
        wait_until(lambda: books.open_sessions() <= 1, "only the bystander has a PAM session", 30)
        wait_until(lambda: not books.open_terminals(), "no login record stays open", 30)
        bystander.leaves()
