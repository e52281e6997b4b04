"""No login that OpenSSH's client manages fails or acts twice with ours in its haste: a table of servers and of what they may do.

Each cell is three rounds of a login with OpenSSH's client and one with ours: new to the server, then from memory, where what
was remembered may have become wrong.  A cell is missing where the server cannot be brought to it:

    tinyssh    has Ed25519 keys only (no RSA key, no password, no second factor), one channel, and no settings; it does not answer
               a request for -R at all
    asyncssh   has no partial success
    certificates are known to OpenSSH, asyncssh and us; the others must take the key beside a certificate
    paramiko   hangs up on a certificate, on OpenSSH's client, too
    channels   from a number of its own: asyncssh and paramiko can be told to; libssh always begins at 43
"""
import dataclasses
import os
import pathlib
import pwd
import shutil
import sys
import typing

import flight_peers
from flight_peers import AGAIN, DROPPED, TOGETHER
from harness import PASSWORD, Server, Skip, check, free_port, promise, run, text_of


# ---- the servers --------------------------------------------------------------------------


class Peer:
    """A server and the file that says whose keys it takes, which may change while it runs."""

    def __init__(self, world, server, authorized, name):
        self.world, self.server, self.authorized, self.name = world, server, authorized, name
        self.port, self.known_hosts, self.log = server.port, server.known_hosts, server.log

    def authorize(self, keys):
        self.authorized.write_text("".join(self.world.public(k) + "\n" for k in keys))


def own_account(world):
    folder = world.home / ".ssh"
    folder.mkdir(mode=0o700, exist_ok=True)
    account = pwd.getpwnam(world.user)
    file = folder / "authorized_keys"
    file.touch()
    for path in (folder, file):
        os.chown(path, account.pw_uid, account.pw_gid)
    return file


def sshd_peer(whose):
    def start(world, case):
        authorized = world.new_file("authorized", "")
        authorized.chmod(0o644)
        lines = [f"AuthorizedKeysFile {authorized}", *(line.format(authority=authority(world)) for line in case.sshd_lines)]
        return Peer(world, world.sshd(whose, lines=lines, pam=False), authorized, whose)
    return start


def dropbear_peer(world, case):
    flags = ["-t"] if case.factors == "password" else []
    flags += ["-T", "1"] if case.hangs_up else []
    flags += ["-k"] if case.flags and not case.forwards else []
    return Peer(world, world.dropbear(user_keys=[], flags=flags), own_account(world), "dropbear")


def habits(world, case):
    """The arguments of the servers that are scripts, and of libssh's."""
    words = ["--factors", case.factors, "--first-channel", case.first_channel]
    words += ["--password", PASSWORD] if case.password else []
    words += ["--hang-up"] if case.hangs_up else []
    words += ["--forwards"] if case.forwards else []
    return [*words, "--authority", f"{authority(world)}.pub"]


def script_peer(library):
    def start(world, case):
        world.need_isolation()
        if run([sys.executable, "-W", "ignore", "-c", f"import {library}"]).status != 0:
            raise Skip(f"{library} is not installed")
        authorized, port, key = world.new_file("authorized", ""), free_port(), world.key("ed25519")
        script = pathlib.Path(flight_peers.__file__)
        server = Server(world, library, [sys.executable, "-W", "ignore", script, library, "--port", port, "--host-key", key,
                                         "--authorized", authorized, *habits(world, case)], port, world.known_hosts(port, [key]))
        return Peer(world, server, authorized, library)
    return start


def tinyssh_peer(world, case):
    world.need_isolation()
    world.peer("tinysshd")
    folder, port = world.new_file("tinyssh-keys"), free_port()
    made = run([world.peer("tinysshd-makekey"), folder]).succeeded()
    line = run([world.peer("tinysshd-printkey"), folder])
    key = next(w for text in (line.out, made.out) for w in text_of(text).split() if w.startswith("AAAAC3"))
    known = world.new_file("known_hosts", f"[127.0.0.1]:{port} ssh-ed25519 {key}\n")
    script = pathlib.Path(flight_peers.__file__)
    server = Server(world, "tinyssh", [sys.executable, script, "tinyssh", "--port", port, "--host-key", folder], port, known)
    return Peer(world, server, own_account(world), "tinyssh")


def libssh_peer(world, case):
    world.need_isolation()
    if not pathlib.Path("/usr/include/libssh/server.h").exists() or not shutil.which("gcc"):
        raise Skip("libssh-dev is not installed")
    program = world.folder / "libssh-server"
    if not program.exists():
        source = pathlib.Path(flight_peers.__file__).with_name("flight_libssh.c")
        run(["gcc", "-O1", source, "-o", program, "-lssh"]).succeeded()
    authorized, port, key = world.new_file("authorized", ""), free_port(), world.key("ed25519")
    server = Server(world, "libssh", [program, port, key, authorized, case.factors, PASSWORD if case.password else "",
                                      int(case.hangs_up)], port, world.known_hosts(port, [key]))
    return Peer(world, server, authorized, "libssh")


PEERS = {"nacre": sshd_peer("nacre"), "openssh": sshd_peer("openssh"), "dropbear": dropbear_peer,
         "tinyssh": tinyssh_peer, "libssh": libssh_peer, "asyncssh": script_peer("asyncssh"),
         "paramiko": script_peer("paramiko")}
SSHDS, SCRIPTS = ("nacre", "openssh"), ("asyncssh", "paramiko")
ALL = tuple(PEERS)


def but(*names):
    return tuple(name for name in ALL if name not in names)


# ---- the keys -----------------------------------------------------------------------------


def authority(world):
    return world.key("ecdsa", 256)


def strangers(count):
    return lambda world: [world.key("ed25519", fresh=True) for _ in range(count)]


def among(before, after):
    """The right key among strangers."""
    return lambda world: [*strangers(before)(world), world.key("ed25519"), *strangers(after)(world)]


def certified(world):
    """A key whose certificate lies beside it, by the authority that some servers trust."""
    key = world.key("ed25519", 384)                               # the number only makes it another one
    if not pathlib.Path(f"{key}-cert.pub").exists():
        run([world.ours("ssh-keygen"), "-q", "-s", authority(world), "-I", "someone", "-n", world.user, key]).succeeded()
    return [key]


def nothing(world):
    return []


def first(world):
    return [world.key("ed25519")]


def second(world):
    return [world.key("ed25519", 256)]


def both(world):
    return first(world) + second(world)


def rsa(world):
    return [world.key("rsa", 2048)]


# ---- the cases ----------------------------------------------------------------------------


@dataclasses.dataclass
class Case:
    name: str
    peers: tuple = ALL
    offered: typing.Callable = first
    authorized: typing.Callable = first
    later: typing.Optional[typing.Callable] = None                # authorized from the second connection on
    offered_later: typing.Optional[typing.Callable] = None
    options: tuple = ()
    flags: tuple = ()
    sshd_lines: tuple = ()
    password: bool = False
    factors: str = "one"                                          # or "password", "keys": both are needed
    first_channel: int = 0
    hangs_up: bool = False
    forwards: bool = False
    logs_in: typing.Optional[bool] = True                         # None: like OpenSSH, or better
    says: dict = dataclasses.field(default_factory=dict)          # peer -> what our second connection says


REMOTE_FORWARD = ("-R", "{port}:127.0.0.1:9")
INSISTS = ("ExitOnForwardFailure=yes",)
WITH_PASSWORD = ("BatchMode=no", "NumberOfPasswordPrompts=1")
PASSWORDS = ("PasswordAuthentication yes",)

CASES = [
    Case("a known key", says={name: TOGETHER for name in (*SSHDS, "dropbear")}),
    Case("a remembered key that is no longer authorized", offered=both, later=second,
         says={"nacre": DROPPED, "openssh": DROPPED, "dropbear": AGAIN}),
    Case("no authorized key at all, later", later=strangers(1), logs_in=None),
    Case("four keys, the last is right", offered=among(3, 0)),
    Case("eight keys, the second is right", offered=among(1, 6)),
    Case("many keys where two failures end it", SSHDS, offered=among(1, 4), offered_later=lambda world: strangers(1)(world) + both(world),
         later=second, sshd_lines=("MaxAuthTries 2",), logs_in=None),
    Case("an RSA key", but("tinyssh"), offered=rsa, authorized=rsa),
    Case("a certificate", (*SSHDS, "asyncssh"), offered=certified, authorized=nothing, sshd_lines=("TrustedUserCAKeys {authority}.pub",)),
    Case("a certificate that is not taken, and its key", offered=certified, authorized=certified, logs_in=None),
    Case("a password", but("tinyssh"), offered=nothing, options=WITH_PASSWORD, password=True, sshd_lines=PASSWORDS),
    Case("a refused key, then a password", but("tinyssh"), later=strangers(1), options=WITH_PASSWORD, password=True,
         sshd_lines=PASSWORDS),
    Case("two refused keys, the first of which is remembered, then a password, where three failures end it", SSHDS,
         offered=among(0, 1), later=strangers(1), options=WITH_PASSWORD, password=True,
         sshd_lines=("MaxAuthTries 3", "KbdInteractiveAuthentication no", *PASSWORDS)),
    Case("two factors", but("tinyssh", "asyncssh"), says={name: "a key was not enough" for name in SSHDS}, options=WITH_PASSWORD,
         password=True, factors="password", sshd_lines=("AuthenticationMethods publickey,password", *PASSWORDS)),
    Case("partial success: two keys", (*SSHDS, "libssh", "paramiko"), offered=both, authorized=both, factors="keys",
         sshd_lines=("AuthenticationMethods publickey,publickey",)),
    Case("two factors, the password first", SSHDS, options=WITH_PASSWORD, password=True,
         sshd_lines=("AuthenticationMethods password,publickey", *PASSWORDS)),
    Case("compression", options=("Compression=yes",), says={name: "compression begins" for name in SSHDS}),
    Case("-R that works", (*SSHDS, "dropbear", "asyncssh"), options=INSISTS, flags=REMOTE_FORWARD, forwards=True,
         says={name: "come remote forwardings" for name in SSHDS}),
    Case("-R that fails, with ExitOnForwardFailure", but("tinyssh"), options=INSISTS, flags=REMOTE_FORWARD,
         sshd_lines=("AllowTcpForwarding no",), logs_in=False),
    Case("-R that nobody answers", ("tinyssh",), options=INSISTS, flags=REMOTE_FORWARD, logs_in=None),
    Case("channels numbered from 7", SCRIPTS, first_channel=7),
    Case("a refused key ends it", but("tinyssh"), later=second, sshd_lines=("MaxAuthTries 1",), hangs_up=True, logs_in=None,
         offered_later=lambda world: both(world)[::-1], says={name: AGAIN for name in (*SSHDS, *SCRIPTS)}),
    Case("a refused remembered key ends it", but("tinyssh"), later=second, offered=both, sshd_lines=("MaxAuthTries 1",),
         hangs_up=True, logs_in=None),
]


def runs_of(path):
    return len(path.read_text().splitlines()) if path.exists() else 0


def attempt(world, peer, case, keys, program, memory):
    """One login, in which the command runs at most once."""
    counter = world.remote_folder("runs") / "runs"
    flags = [w for k in keys[1:] for w in ("-i", str(k))] + [flag.format(port=free_port()) for flag in case.flags]
    options = list(case.options) or ["ExitOnForwardFailure=no"]
    options += [] if program else [f"ConnectionMemory={memory}", "LogLevel=DEBUG2"]
    options += [] if keys else ["IdentityFile=none"]
    ran = world.ssh(peer, f"echo ran >>{counter}; echo in", key=keys[0] if keys else "/nonexistent", program=program,
                    options=options, flags=flags, env=world.askpass(PASSWORD) if case.password else None, limit=60)
    times = runs_of(counter)
    check(times <= 1, f"{case.name}, {peer.name}: the command ran {times} times", ran)
    check((ran.status == 0) == (times == 1), f"{case.name}, {peer.name}: status {ran.status}, ran {times} times", ran)
    return ran


def try_case(world, case, name):
    keys = case.offered(world)
    peer = PEERS[name](world, case)
    memory = world.new_file("memory")
    try:
        peer.authorize(case.authorized(world))
        outcomes = []
        for round_number in range(3):
            if round_number == 1 and case.later:
                peer.authorize(case.later(world))
            if round_number == 1 and case.offered_later:
                keys = case.offered_later(world)
            theirs = attempt(world, peer, case, keys, world.peer("ssh"), memory)
            ours = attempt(world, peer, case, keys, None, memory)
            check(theirs.status != 0 or ours.status == 0, f"{case.name}, {name}, round {round_number + 1}: OpenSSH got in",
                  ours, theirs, memory.read_text() if memory.exists() else "no memory")
            outcomes.append(ours.status == 0)
            said = case.says.get(name) if round_number == 1 else None
            check(not said or said in text_of(ours.err), f"{case.name}, {name}: the second time it does not say {said!r}", ours,
                  memory.read_text())
        expected = case.logs_in
        check(expected is None or outcomes == [expected] * 3, f"{case.name}, {name}: {outcomes}", ours)
        return "".join("+" if one else "-" for one in outcomes)
    finally:
        peer.server.stop()


def show(rows):
    print(f"    {'':48}" + "".join(f"{name:>10}" for name in ALL))
    for case, cells in rows:
        print(f"    {case.name:48}" + "".join(f"{cells.get(name, ''):>10}" for name in ALL))


# Of the others the rows that differ most are tried each time, and all with --full.
ALWAYS = ("nacre", "openssh")
OFTEN = ("a known key", "two factors")


@promise("haste breaks no login that OpenSSH's client manages, and runs no command twice")
def table(world):
    world.need_isolation()
    skipped, rows = set(), []
    for case in CASES:
        cells = {}
        for name in case.peers:
            if not world.full and name not in ALWAYS and case.name not in OFTEN and case.peers != SCRIPTS:
                cells[name] = "--full"
                continue
            try:
                cells[name] = try_case(world, case, name)
            except Skip as reason:
                skipped.add(f"{name}: {reason}")
        rows.append((case, cells))
    show(rows)
    if skipped:
        raise Skip("the rest holds; left out: " + "; ".join(sorted(skipped)))
