"""A connection in two flights: how few round trips it takes, and that haste breaks no login and runs nothing twice."""
import contextlib
import os
import pathlib
import select
import socket
import subprocess
import threading

from flight_peers import TOGETHER
from harness import add, agent, check, promise, run, text_of, wait_until
from round_trips import Relay, Through, least, trips


@promise("a login to a known host with a known key takes two round trips, of an unknown key three")
def round_trips(world):
    kex = ["KexAlgorithms=curve25519-sha256"]
    for whose in ("nacre", "openssh"):
        with world.sshd(whose, lines=["KexAlgorithms curve25519-sha256"]) as sshd, Relay(world, sshd.port) as relay:
            def first_login():                                    # by a memory of its own
                return trips(world, Through(world, relay, sshd), best_of=1, options=kex)[0]

            there = Through(world, relay, sshd)
            trips(world, there, best_of=1, options=kex)
            first = least(first_login, 3.9)
            again, ran = trips(world, there, best_of=3, options=kex, flags=["-v"])
            print(f"    {whose}: first {first:.2f}, again {again:.2f}")
            check(again < 2.9, f"{whose}: {again:.2f} round trips where two would do", ran)
            check(first < 3.9, f"{whose}: {first:.2f} round trips where three would do")


def three_host_keys(world):
    """As a distribution's server has them, the RSA key in front."""
    return [world.key("rsa", 3072), world.key("ecdsa", 256), world.key("ed25519")]


PREFERENCES = {                                                   # the server's -> most round trips to it
    "OpenSSH 9.2": ("sntrup761x25519-sha512@openssh.com,curve25519-sha256", 2.9),
    "OpenSSH 10": ("mlkem768x25519-sha256,sntrup761x25519-sha512,curve25519-sha256", 2.9),
    "OpenSSH 9.9, which has in front what it is not asked for": ("sntrup761x25519-sha512,mlkem768x25519-sha256", 3.9),
    "an older one": ("curve25519-sha256,ecdh-sha2-nistp256", 2.9),
}


@promise("the first guess is what a server prefers, its host key's kind too, where our own order leads there as well")
def preferences(world):
    for name, (methods, most) in PREFERENCES.items():
        with world.sshd("nacre", host_keys=three_host_keys(world), lines=[f"KexAlgorithms {methods}"]) as sshd, \
                Relay(world, sshd.port) as relay:
            there = Through(world, relay, sshd, three_host_keys(world))
            world.ssh(there, "true").succeeded()
            taken, ran = trips(world, there, flags=["-v"])
            print(f"    {name}: {taken:.2f}")
            check(most - 1 < taken < most, f"{name}: {taken:.2f} round trips", ran)
    with world.sshd("openssh", host_keys=three_host_keys(world)) as sshd, Relay(world, sshd.port) as relay:
        for known, most in ((three_host_keys(world), 2.9), ([world.key("ed25519")], 3.9)):
            there = Through(world, relay, sshd, known)
            world.ssh(there, "true").succeeded()
            taken, ran = trips(world, there, flags=["-v"])
            print(f"    the system's sshd, {len(known)} of its keys known: {taken:.2f}")
            check(most - 1 < taken < most, f"{taken:.2f} round trips", ran)


def connections(ran):
    return text_of(ran.err).count("Connecting to ")


@promise("where a server has changed, the guess changes nothing that is agreed on: it is connected to once more")
def changed_preferences(world):
    def kex(ran):
        return [line.split()[-1] for line in text_of(ran.err).splitlines() if "kex: algorithm:" in line]
    old = "sntrup761x25519-sha512@openssh.com,curve25519-sha256"
    new = f"mlkem768x25519-sha256,{old}"
    with world.sshd("nacre", lines=[f"KexAlgorithms {old}"]) as before, world.sshd("nacre", lines=[f"KexAlgorithms {new}"]) as after:
        relay = Cut(before.port)
        there = Through(world, relay, before)
        for sshd, method, times in ((before, old, 1), (before, old, 1), (after, new, 2), (after, new, 1), (before, old, 1)):
            relay.target = sshd.port
            ran = world.ssh(there, "echo in", options=["LogLevel=DEBUG1"]).succeeded()
            check(kex(ran) == [method.split(",")[0]] and connections(ran) == times, f"not {method} in {times}", kex(ran), ran)
        relay.listener.close()


@promise("a server whose first host key is not the known one is asked for the other, and not bothered with it again")
def stale_host_key(world):
    with world.sshd("openssh", host_keys=three_host_keys(world)) as sshd:
        stale = [world.key("rsa", 3072, fresh=True), world.key("ed25519")]
        options = [f"UserKnownHostsFile={world.known_hosts(sshd.port, stale)}", "UpdateHostKeys=no", "LogLevel=DEBUG1"]
        for times in (1, 2, 1, 1):
            ran = world.ssh(sshd, "echo in", options=options).succeeded()
            check(connections(ran) == times and b"WARNING" not in ran.err, f"not {times} connections", ran)
        real = world.known_hosts(sshd.port, three_host_keys(world))
        short = [f"UserKnownHostsFile={real}", "RequiredRSASize=4096", "LogLevel=DEBUG1"]
        for times in (1, 2, 1):
            ran = world.ssh(sshd, "echo in", options=short).succeeded()
            check(connections(ran) == times, f"a short RSA key: not {times} connections", ran)


@promise("a key that the agent shows to one of the host's keys only still opens the account")
def held_back(world):
    key = world.key("ed25519")
    public_half = world.new_file("agents")
    pathlib.Path(f"{public_half}.pub").write_text(world.public(key) + "\n")
    for named, only in (("/nonexistent", "no"), (public_half, "yes")):
        with world.sshd("openssh", host_keys=three_host_keys(world)) as sshd, agent(world, "openssh") as sock:
            narrow = world.known_hosts(sshd.port, [world.key("ed25519")])
            add(world, sock, "-h", f"[127.0.0.1]:{sshd.port}", "-H", narrow, key).succeeded()
            options = ["LogLevel=DEBUG1", f"IdentityAgent={sock['SSH_AUTH_SOCK']}", f"IdentitiesOnly={only}",
                       "UpdateHostKeys=no"]
            for times in (1, 2, 1):
                ran = world.ssh(sshd, "echo in", key=named, options=options).succeeded()
                check(connections(ran) == times, f"IdentitiesOnly={only}: not {times} connections", ran)


@contextlib.contextmanager
def master_of(world, there, whose):
    """A master that has just logged in: its control socket's path."""
    path = world.new_file("ctl")
    line = world.ssh_command(there, key=world.key("ed25519"), program=world.client(whose), flags=("-MN", f"-S{path}"))
    process = subprocess.Popen([str(word) for word in line], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               env=world.client_environment())
    try:
        wait_until(path.exists, "the control socket")
        yield path
    finally:
        process.terminate()
        process.wait(60)


@promise("on a master a command takes one round trip, also right behind the one before; OpenSSH's takes two")
def on_a_master(world):
    for whose in ("nacre", "openssh"):
        with world.sshd(whose) as sshd, Relay(world, sshd.port) as relay:
            for master in ("nacre", "openssh"):
                there = Through(world, relay, sshd)

                def first_command():
                    with master_of(world, there, master) as path:
                        return trips(world, there, "echo in", best_of=1, flags=("-S", path),
                                     options=["SendEnv=TERM"])[0]

                first = least(first_command, 2.6)
                with master_of(world, there, master) as path:
                    again, ran = trips(world, there, "echo in", best_of=3, flags=("-S", path))
                    both = [subprocess.Popen([str(w) for w in world.ssh_command(there, "exit 5", flags=("-S", path))],
                                             env=world.client_environment()) for _ in range(2)]
                    check([p.wait(60) for p in both] == [5, 5], "two at once")
                    print(f"    {whose}, {master}'s master: first {first:.2f}, again {again:.2f}")
                    most = 1.6 if master == "nacre" else 2.6
                    check(again < most and (master != "nacre" or first < 2.6), f"{whose}: {again:.2f} round trips", ran)


class Cut:
    """A relay on which nothing more comes back once the client has gone on behind the server's NEWKEYS; then it breaks."""

    NEWKEYS = b"\0\0\0\x0c\x0a\x15"

    def __init__(self, port):
        self.target, self.connections, self.cuts, self.trip = port, 0, False, 0
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
    for whose in ("nacre", "openssh"):
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
