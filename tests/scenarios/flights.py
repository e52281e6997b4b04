"""A connection in two flights: how few round trips it takes, and that haste breaks no login and runs nothing twice."""
import asyncio
import contextlib
import dataclasses
import os
import pathlib
import pwd
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
import typing

import flight_peers
from harness import PASSWORD, Server, Skip, check, free_port, promise, run, text_of, wait_until

TRIP = 0.3                                                        # seconds; far above what the programs need themselves


class Relay:
    """Passes bytes on TRIP/2 late, in both directions; the TCP handshake is answered at once."""

    def __init__(self, port):
        self.target, self.connections, self.open = port, 0, 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    async def _serve(self, reader, writer):
        self.connections += 1
        self.open += 1
        out = asyncio.Queue()
        listening = asyncio.ensure_future(self._listen(reader, out))
        await asyncio.sleep(TRIP / 2)
        with contextlib.suppress(OSError):
            reader_there, writer_there = await asyncio.open_connection("127.0.0.1", self.target)
            back = asyncio.Queue()
            await asyncio.gather(listening, self._deliver(out, writer_there), self._listen(reader_there, back),
                                 self._deliver(back, writer))
            writer_there.close()
        listening.cancel()
        writer.close()
        self.open -= 1

    async def _listen(self, reader, queue):
        data = b"?"
        while data:
            try:
                data = await reader.read(1 << 16)
            except OSError:
                data = b""
            queue.put_nowait((self.loop.time() + TRIP / 2, data))

    async def _deliver(self, queue, writer):
        data = b"?"
        while data:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - self.loop.time()))
            with contextlib.suppress(OSError):
                writer.write(data) if data else writer.write_eof()

    async def _stop(self):
        self.server.close()
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if exception[0] is None:
            wait_until(lambda: not self.open, "the relay's connections end")
        self._call(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        self.loop.close()


class Through:
    """A server as seen through a relay."""

    def __init__(self, world, relay, server, host_keys=None):
        self.port = relay.port
        self.known_hosts = world.known_hosts(relay.port, host_keys or [world.key("ed25519")])


def trips(world, server, *command, best_of=2, **rest):
    """Round trips until the first output is there."""
    counts = []
    for _ in range(best_of):
        begin = time.monotonic()
        ran = world.ssh(server, *(command or ("echo in; sleep 0.01",)), **rest)
        counts.append((time.monotonic() - begin) / TRIP)
        check(ran.status == 0, "the login failed", ran)
    return min(counts), ran


@promise("a login to a known host with a known key takes two round trips, of an unknown key three")
def round_trips(world):
    kex = ["KexAlgorithms=curve25519-sha256"]
    for whose in ("nacre", "openssh"):
        with world.sshd(whose, lines=["KexAlgorithms curve25519-sha256"]) as sshd, Relay(sshd.port) as relay:
            there = Through(world, relay, sshd)
            first, ran = trips(world, there, best_of=1, options=kex)
            again, ran = trips(world, there, options=kex, flags=["-v"])
            print(f"    {whose}: first {first:.2f}, again {again:.2f}")
            check(again < 2.7, f"{whose}: {again:.2f} round trips where two would do", ran)
            check(first < 3.7, f"{whose}: {first:.2f} round trips where three would do", ran)


class Cut:
    """A relay on which nothing more comes back once the client has gone on behind the server's NEWKEYS; then it breaks."""

    NEWKEYS = b"\0\0\0\x0c\x0a\x15"

    def __init__(self, port):
        self.target, self.connections, self.cuts = port, 0, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.break_now = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.connections += 1
                self._pass_on(client, socket.create_connection(("127.0.0.1", self.target)))

    def _pass_on(self, client, server):
        seen, mute = b"", False
        with client, server, contextlib.suppress(OSError):
            while not self.break_now.is_set():
                for stream in select.select([client, server], [], [], 0.02)[0]:
                    data = stream.recv(1 << 16)
                    if not data:
                        return
                    if stream is client:
                        mute = mute or (self.cuts and self.NEWKEYS in seen)
                        server.sendall(data)
                    elif not mute:
                        seen += data
                        client.sendall(data)


@promise("where the line breaks before the login is answered, the command is not started again")
def cut(world):
    kex = ["KexAlgorithms=curve25519-sha256"]
    with world.sshd("openssh", lines=["KexAlgorithms curve25519-sha256"]) as sshd:
        relay = Cut(sshd.port)
        there = Through(world, relay, sshd)
        world.ssh(there, "true", options=kex).succeeded()
        relay.cuts = True
        marks = world.remote_folder("marks") / "marks"
        process = subprocess.Popen(
            [str(word) for word in world.ssh_command(there, f"echo ran >>{marks}; sleep 0.1", key=world.key("ed25519"), options=kex)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=world.client_environment())
        wait_until(marks.exists, "the command")
        relay.break_now.set()
        _, said = process.communicate(timeout=60)
        check(process.returncode == 255 and b"is not started again" in said, "not told", text_of(said))
        check(relay.connections == 2 and marks.read_text() == "ran\n", "it was started again", text_of(said))
        relay.cuts = False
        relay.break_now.clear()
        world.ssh(there, "true", options=kex).succeeded()
        relay.listener.close()


@promise("ConnectionMemory no remembers nothing and asks step by step")
def switched_off(world):
    with world.sshd("openssh") as sshd:
        memory = pathlib.Path(f"{sshd.known_hosts}.memory")
        for _ in range(2):
            ran = world.ssh(sshd, "echo in", options=["ConnectionMemory=no", "LogLevel=DEBUG2"]).succeeded()
            check(TOGETHER not in text_of(ran.err) and not memory.exists(), "it was in a hurry", ran)
        ran = world.ssh(sshd, "echo in", options=["LogLevel=DEBUG2"]).succeeded()
        check(TOGETHER in text_of(ran.err) and memory.exists(), "it was not in a hurry", ran)
        check(memory.stat().st_mode & 0o777 == 0o600, "others may read the memory")
        memory.write_bytes(os.urandom(5000))
        world.ssh(sshd, "echo in").succeeded()
        check(memory.read_text().count("login=") == 1, "a damaged memory was not replaced", memory.read_text())


@promise("HashKnownHosts hides hosts in the memory, too; users and keys are never readable")
def hidden(world):
    with world.sshd("openssh") as sshd:
        memory = pathlib.Path(f"{sshd.known_hosts}.memory")
        world.ssh(sshd, "true", options=["HashKnownHosts=yes"]).succeeded()
        text = memory.read_text()
        check("127.0.0.1" not in text and world.user not in text and "SHA256" not in text, "it can be read", text)
        ran = world.ssh(sshd, "true", options=["HashKnownHosts=yes", "LogLevel=DEBUG1"]).succeeded()
        check(TOGETHER in text_of(ran.err) and memory.read_text() == text, "it was not recognized", ran, memory.read_text())


@promise("a new host is asked step by step, and nothing leaves before its key is accepted")
def new_host(world):
    for whose in SSHDS:
        with world.sshd(whose) as sshd:
            empty = world.new_file("known_hosts", "")
            options = [f"UserKnownHostsFile={empty}", "LogLevel=DEBUG2"]
            ran = world.ssh(sshd, "echo in", options=["StrictHostKeyChecking=yes", *options])
            check(ran.status == 255 and b"NEWKEYS sent" not in ran.err, f"{whose}: it went on", ran)
            ran = world.ssh(sshd, "echo in", options=["StrictHostKeyChecking=accept-new", *options]).succeeded()
            check(TOGETHER not in text_of(ran.err) and b"a first login" in ran.err, f"{whose}: it was in a hurry", ran)
            ran = world.ssh(sshd, "echo in", options=options).succeeded()
            check(TOGETHER in text_of(ran.err), f"{whose}: it was not in a hurry the second time", ran)


@promise("jumps, -W, terminals, agents and shared connections go together with haste")
def other_ways(world):
    with world.sshd("openssh") as far, world.sshd("nacre") as near:
        both = world.new_file("known_hosts", pathlib.Path(far.known_hosts).read_text() + pathlib.Path(near.known_hosts).read_text())
        config = world.new_file("config", f"""Host near
    Port {near.port}
Host far
    Port {far.port}
    ProxyJump near
Host *
    HostName 127.0.0.1
    User {world.user}
    IdentityFile {world.key("ed25519")}
    IdentitiesOnly yes
    IdentityAgent none
    StrictHostKeyChecking yes
    UserKnownHostsFile {both}
    GlobalKnownHostsFile none
    BatchMode yes
    LogLevel DEBUG1
""")
        for flags in ([], ["-tt"], ["-A"], ["-o", "ControlMaster=auto", "-o", f"ControlPath={world.folder}/ctl"], ["-f", "-n"]):
            for _ in range(2):
                ran = run([world.ours("ssh"), "-F", config, *flags, "far", "echo in; sleep 0.1"], env=world.client_environment())
                check(ran.status == 0 and b"in" in ran.out, f"{flags}: failed", ran)
                check(text_of(ran.err).count(TOGETHER) == 2, f"{flags}: not both connections were in a hurry", ran)


# ---- other people's servers ---------------------------------------------------------------

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
        authority = f"{world.key('ecdsa', 256)}.pub"
        lines = [f"AuthorizedKeysFile {authorized}", *(line.format(authority=authority) for line in case.sshd_lines)]
        server = world.sshd(whose, lines=lines, pam=False)
        return Peer(world, server, authorized, whose)
    return start


def dropbear_peer(world, case):
    return Peer(world, world.dropbear(user_keys=[]), own_account(world), "dropbear")


def script_peer(library):
    def start(world, case):
        world.need_isolation()
        check(run([sys.executable, "-W", "ignore", "-c", f"import {library}"]).status == 0 or _skip(library), "")
        authorized, port, key = world.new_file("authorized", ""), free_port(), world.key("ed25519")
        script = pathlib.Path(flight_peers.__file__)
        flags = [f for f, on in (("--hang-up", case.hangs_up),) if on]
        if case.password:
            flags += ["--password", PASSWORD]
        server = Server(world, library, [sys.executable, "-W", "ignore", script, library, "--port", port, "--host-key", key,
                                         "--authorized", authorized, "--factors", case.factors, "--first-channel",
                                         case.first_channel, *flags], port, world.known_hosts(port, [key]))
        return Peer(world, server, authorized, library)
    return start


def _skip(what):
    raise Skip(f"{what} is not installed")


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
    program, source = world.folder / "libssh-server", world.new_file("server.c", flight_peers.LIBSSH)
    if not program.exists():
        run(["gcc", "-O1", "-x", "c", source, "-o", program, "-lssh"]).succeeded()
    authorized, port, key = world.new_file("authorized", ""), free_port(), world.key("ed25519")
    server = Server(world, "libssh", [program, port, key, authorized], port, world.known_hosts(port, [key]))
    return Peer(world, server, authorized, "libssh")


PEERS = {"nacre": sshd_peer("nacre"), "openssh": sshd_peer("openssh"), "dropbear": dropbear_peer,
         "tinyssh": tinyssh_peer, "libssh": libssh_peer, "asyncssh": script_peer("asyncssh"),
         "paramiko": script_peer("paramiko")}
SCRIPTS = ("asyncssh", "paramiko")
SSHDS = ("nacre", "openssh")
ALL = tuple(PEERS)


# ---- logins -------------------------------------------------------------------------------

@dataclasses.dataclass
class Case:
    name: str
    peers: tuple = ALL
    offered: typing.Callable = lambda world: [world.key("ed25519")]
    authorized: typing.Callable = lambda world: [world.key("ed25519")]
    later: typing.Optional[typing.Callable] = None                # authorized from the second connection on
    offered_later: typing.Optional[typing.Callable] = None
    options: tuple = ()
    flags: tuple = ()
    sshd_lines: tuple = ()
    password: bool = False
    factors: int = 1
    first_channel: int = 0
    hangs_up: bool = False
    logs_in: typing.Optional[bool] = True                         # None: like OpenSSH, or better
    says: dict = dataclasses.field(default_factory=dict)          # peer -> what our second connection says


def strangers(count):
    return lambda world: [world.key("ed25519", passphrase="", bits=None, fresh=True) for _ in range(count)]


def among(before, after):
    """The right key among strangers."""
    return lambda world: [*strangers(before)(world), world.key("ed25519"), *strangers(after)(world)]


def certified(world):
    """A key whose certificate lies beside it, by the authority that the servers trust."""
    key = world.key("ed25519", fresh=True)
    run([world.ours("ssh-keygen"), "-q", "-s", world.key("ecdsa", 256), "-I", "someone", "-n", world.user, key]).succeeded()
    return [key]


ECDSA = lambda world: [world.key("ecdsa", 256)]                   # noqa: E731
RSA = lambda world: [world.key("rsa", 2048)]                      # noqa: E731
BOTH = lambda world: [world.key("ed25519"), world.key("ecdsa", 256)]   # noqa: E731
REMOTE_FORWARD = ("-R", "0:127.0.0.1:9")
TOGETHER, DROPPED, AGAIN = "the session is asked for together", "has dropped the request", "connecting again, step by step"
WITH_PASSWORD = ("BatchMode=no", "NumberOfPasswordPrompts=1")

CASES = [
    Case("a known key", says={"nacre": TOGETHER, "openssh": TOGETHER, "dropbear": TOGETHER}),
    Case("a known key that is no longer authorized", tuple(p for p in ALL if p != "tinyssh"), offered=BOTH, later=ECDSA,
         says={"nacre": DROPPED, "openssh": DROPPED, "dropbear": AGAIN}),
    Case("no authorized key at all, later", later=strangers(1), logs_in=None),
    Case("four keys, the last is right", offered=among(3, 0)),
    Case("eight keys, the second is right", offered=among(1, 6)),
    Case("many keys where two failures end it", SSHDS, offered=among(1, 4), offered_later=lambda world: strangers(1)(world) + BOTH(world),
         later=ECDSA, sshd_lines=("MaxAuthTries 2",), logs_in=None, says={"nacre": AGAIN, "openssh": AGAIN}),
    Case("a known key whose refusal ends it", (*SSHDS, *SCRIPTS), later=ECDSA, sshd_lines=("MaxAuthTries 1",), hangs_up=True,
         offered_later=lambda world: BOTH(world)[::-1], says={name: AGAIN for name in (*SSHDS, *SCRIPTS)}),
    Case("an RSA key", tuple(p for p in ALL if p != "tinyssh"), offered=RSA, authorized=RSA),
    Case("a certificate", SSHDS, offered=certified, authorized=lambda world: [], sshd_lines=("TrustedUserCAKeys {authority}",)),
    Case("a password", ("nacre", "openssh", "dropbear", *SCRIPTS), offered=lambda world: [], options=WITH_PASSWORD, password=True,
         sshd_lines=("PasswordAuthentication yes",)),
    Case("a refused key, then a password", ("nacre", "openssh", "dropbear", *SCRIPTS), later=strangers(1), options=WITH_PASSWORD,
         password=True, sshd_lines=("PasswordAuthentication yes",)),
    Case("two factors", (*SSHDS, "paramiko"), says={"nacre": "a key was not enough", "openssh": "a key was not enough"}, options=WITH_PASSWORD, password=True, factors=2,
         sshd_lines=("AuthenticationMethods publickey,password", "PasswordAuthentication yes")),
    Case("compression", ("nacre", "openssh", "dropbear", "libssh", *SCRIPTS), options=("Compression=yes",),
         says={"nacre": "compression begins", "openssh": "compression begins"}),
    Case("-R that works", SSHDS, options=("ExitOnForwardFailure=yes",), flags=REMOTE_FORWARD,
         says={"nacre": "come remote forwardings", "openssh": "come remote forwardings"}),
    Case("-R that fails, with ExitOnForwardFailure", SSHDS, options=("ExitOnForwardFailure=yes",), flags=REMOTE_FORWARD,
         sshd_lines=("AllowTcpForwarding no",), logs_in=False),
    Case("channels numbered from 7", SCRIPTS, first_channel=7),
    Case("a server that hangs up after a failure", SCRIPTS, later=ECDSA, offered=BOTH, hangs_up=True, logs_in=None),
]


def runs_of(path):
    return len(path.read_text().splitlines()) if path.exists() else 0


def attempt(world, peer, case, keys, program, memory):
    """One login; (status, how often the command ran)."""
    counter = world.remote_folder("runs") / "runs"
    flags = [w for k in keys[1:] for w in ("-i", str(k))] + list(case.flags)
    options = ["ExitOnForwardFailure=no", *case.options][len(case.options) and 1:]
    options += [] if program else [f"ConnectionMemory={memory}"]
    options += [] if keys else ["IdentityFile=none"]
    ran = world.ssh(peer, f"echo ran >>{counter}; echo in", key=keys[0] if keys else "/nonexistent", program=program,
                    options=[*options, *(() if program else ("LogLevel=DEBUG2",))], flags=flags,
                    env=world.askpass(PASSWORD) if case.password else None, limit=60)
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
        return outcomes
    finally:
        peer.server.stop()


@promise("haste breaks no login that OpenSSH's client manages, and runs no command twice")
def table(world):
    world.need_isolation()
    skipped = set()
    for case in CASES:
        for name in case.peers:
            try:
                outcomes = try_case(world, case, name)
                print(f"    {case.name:48} {name:10} {' '.join('in' if o else 'out' for o in outcomes)}")
            except Skip as reason:
                skipped.add(f"{name}: {reason}")
    for line in sorted(skipped):
        print(f"    left out: {line}")
