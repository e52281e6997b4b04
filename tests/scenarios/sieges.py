"""Many connections, good and hostile: the server serves on, and nothing stays behind."""
import collections
import concurrent.futures
import contextlib
import os
import pathlib
import random
import re
import socket
import struct
import subprocess
import threading
import time

from harness import Skip, check, children_of, has_only_spares, promise, wait_until

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent.parent / "fuzz" / "corpus"
HOSTILE_ADDRESS = "127.0.0.9"
OURS = {"sshd", "sshd-session", "sshd-net", "sshd-user", "sshd-zygote", "sshd-net-zygote"}


# ---- what the listener holds -------------------------------------------------------------

def status_of(pid):
    """Kilobytes of memory that is the process's own, and its open descriptors."""
    memory = sum(int(n) for n in re.findall(r"^Private_\w+:\s+(\d+)",
                                            pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M))
    return memory, len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


def family_of(sshd):
    return collections.Counter(children_of(sshd.process.pid).values())


def at_rest(sshd):
    """Nothing but spares, and what they are copies of."""
    return has_only_spares(children_of(sshd.process.pid).values())


def nothing_stays(world, sshd, before, growth):
    memory, descriptors = before
    wait_until(lambda: at_rest(sshd), f"only spares are left, but not {family_of(sshd)}", 60)
    wait_until(lambda: status_of(sshd.process.pid)[1] <= descriptors,
               f"descriptors: {descriptors} before, {status_of(sshd.process.pid)[1]} after", 30)
    after = status_of(sshd.process.pid)[0]
    if world.is_sanitized:                                        # holds back what is freed; its leak checker looks instead
        return f"listener: {descriptors} descriptors before, {status_of(sshd.process.pid)[1]} after"
    check(after <= memory + growth, f"the listener's memory: {memory} kB before, {after} kB after")
    return f"listener: {memory} kB and {descriptors} descriptors before, {after} kB and {status_of(sshd.process.pid)[1]} after"


def warmed_up(world, sshd):
    """Memory of a listener that has served a few."""
    for _ in range(16):
        world.ssh(sshd, "true").succeeded()
    wait_until(lambda: at_rest(sshd), "only spares are left")
    samples = [status_of(sshd.process.pid) for _ in range(10) if not time.sleep(0.05)]   # it may hear of its last spare late
    return samples[-1][0], max(descriptors for _, descriptors in samples)


# ---- soak --------------------------------------------------------------------------------

@promise("logins in parallel leave no process, descriptor or byte behind")
def soak(world):
    world.need_isolation()
    logins = 2000 if world.full else 96
    with world.sshd(lines=["LogLevel ERROR"]) as sshd:
        before = warmed_up(world, sshd)
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for ran in pool.map(lambda n: world.ssh(sshd, f"echo {n}"), range(logins)):
                ran.succeeded()
        took = time.monotonic() - started
        print(f"    {logins} logins at 8 in parallel: {logins / took:.0f} each second;",
              nothing_stays(world, sshd, before, 512))


@promise("idle sessions hold little, and nothing once they are over")
def idle_sessions(world):
    world.need_isolation()
    count = 500 if world.full else 32
    with world.sshd(lines=["LogLevel ERROR", "MaxStartups 1000"]) as sshd:
        before = warmed_up(world, sshd)
        command = world.ssh_command(sshd, "echo up; exec cat", key=world.key("ed25519"))
        clients = []

        def another(_):
            client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                      env=world.client_environment())
            clients.append(client)
            check(client.stdout.readline() == b"up\n", "no session")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(another, range(count)))
        wait_until(lambda: family_of(sshd)["cat"] == count, f"there are {count} sessions, but not {family_of(sshd)}")
        memory = collections.Counter()
        for pid, name in children_of(sshd.process.pid).items():
            memory[name] += status_of(pid)[0]
        each = ", ".join(f"{name} {memory[name] // count} kB" for name in sorted(OURS & set(memory)))
        for client in clients:
            client.stdin.close()
        for client in clients:
            check(client.wait(60) == 0, "a session did not end well")
            client.stdout.close()
        print(f"    {count} idle sessions, each: {each};", nothing_stays(world, sshd, before, 16 * count))   # a freed heap is not all given back


# ---- hostile connections -----------------------------------------------------------------

VERSION = b"SSH-2.0-hostile\r\n"


def packet(payload):
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def recorded_handshake(world, sshd):
    """What a real client sends in the clear: version, KEXINIT and the first key exchange message."""
    taken = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as door:
        client = subprocess.Popen(
            [world.ours("ssh"), "-F", "none", "-p", str(door.getsockname()[1]), "-oBatchMode=yes",
             "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null", "x@127.0.0.1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=world.client_environment())
        inner, _ = door.accept()
        outer = socket.create_connection(("127.0.0.1", sshd.port))

        def back():
            with contextlib.suppress(OSError):
                while data := outer.recv(65536):
                    inner.sendall(data)

        threading.Thread(target=back, daemon=True).start()
        inner.settimeout(20)
        with contextlib.suppress(OSError):
            while len(taken) < 65536 and (data := inner.recv(65536)):
                taken += data
                outer.sendall(data)
        inner.close()
        outer.close()
        client.wait(20)
    check(taken.startswith(b"SSH-2.0-"), "no handshake was recorded", bytes(taken[:100]))
    return bytes(taken)


class Attackers:
    """One hostile connection at a time, of many kinds, by number: the same number does the same."""

    def __init__(self, handshake, port):
        self.handshake, self.port = handshake, port
        self.payloads = [path.read_bytes()[:60000] for path in sorted(CORPUS.rglob("*")) if path.is_file()]
        check(self.payloads, f"no corpus in {CORPUS}")
        self.kinds = (self.corpus_raw, self.corpus_as_packets, self.cut_short, self.garbled, self.long_version,
                      self.huge_length, self.silent, self.slow, self.reset, self.much_before_reading)

    def attack(self, number):
        dice = random.Random(number)
        with contextlib.suppress(OSError), socket.socket() as link:
            link.bind((HOSTILE_ADDRESS, 0))
            link.settimeout(20)
            link.connect(("127.0.0.1", self.port))
            self.kinds[number % len(self.kinds)](link, dice)
        return number

    @staticmethod
    def hear_out(link):
        link.settimeout(0.5)
        with contextlib.suppress(OSError):
            while link.recv(65536):
                pass

    def corpus_raw(self, link, dice):
        link.sendall(dice.choice(self.payloads))
        self.hear_out(link)

    def corpus_as_packets(self, link, dice):
        link.sendall(VERSION + b"".join(packet(dice.choice(self.payloads)[:30000]) for _ in range(dice.randrange(1, 5))))
        self.hear_out(link)

    def cut_short(self, link, dice):
        link.sendall(self.handshake[:dice.randrange(1, len(self.handshake))])
        if dice.randrange(2):
            link.shutdown(socket.SHUT_WR)
        self.hear_out(link)

    def garbled(self, link, dice):
        data = bytearray(self.handshake)
        for _ in range(dice.randrange(1, 20)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        link.sendall(data)
        self.hear_out(link)

    def long_version(self, link, dice):
        link.sendall(b"SSH-2.0-" + dice.randbytes(dice.randrange(1000, 100000)))
        self.hear_out(link)

    def huge_length(self, link, dice):
        link.sendall(VERSION + struct.pack(">I", dice.choice([0, 1, 35001, 262145, 2 ** 31, 2 ** 32 - 1])) + dice.randbytes(64))
        self.hear_out(link)

    def silent(self, link, dice):
        link.settimeout(0.2)
        with contextlib.suppress(OSError):
            link.recv(100)
            link.recv(100)

    def slow(self, link, dice):
        for byte in self.handshake[:dice.randrange(5, 40)]:
            link.sendall(bytes([byte]))
            time.sleep(0.01)                                       # what a slow attacker is

    def reset(self, link, dice):
        link.sendall(self.handshake[:dice.randrange(len(self.handshake))])
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def much_before_reading(self, link, dice):
        link.sendall(self.handshake + packet(b"\x14" + bytes(16) + self.handshake[:1000]) * 50)
        self.hear_out(link)


@promise("hostile connections from one address do not disturb good ones from another, and leave nothing behind")
def hostile(world):
    world.need_isolation()
    count = 10000 if world.full else 500
    lines = ["LogLevel ERROR", "MaxStartups 1000", "PerSourceMaxStartups 24", "LoginGraceTime 20",
             "PerSourcePenalties no"]
    with world.sshd(lines=lines) as sshd:
        before = warmed_up(world, sshd)
        attackers = Attackers(recorded_handshake(world, sshd), sshd.port)
        served, over = [], threading.Event()

        def good_ones():
            while not over.is_set() or not served:
                begun = time.monotonic()
                world.ssh(sshd, "echo good").succeeded()
                served.append(time.monotonic() - begun)

        with concurrent.futures.ThreadPoolExecutor(17) as pool:
            good = pool.submit(good_ones)
            for _ in pool.map(attackers.attack, range(count)):
                check(sshd.process.poll() is None, "the listener ended")
                if good.done():
                    break
            over.set()
            good.result()
        print(f"    {count} hostile connections, {len(served)} good ones meanwhile, the slowest in {max(served):.1f} s;",
              nothing_stays(world, sshd, before, 1024))
        crashes = [line for line in sshd.log().splitlines() if "ended unexpectedly" in line or "violated" in line]
        check(not crashes, f"{len(crashes)} processes crashed", *crashes[:20])


# ---- bounds ------------------------------------------------------------------------------

MEMORY_BEFORE_LOGIN = 16 << 20                                     # server/network_messages.h


def soft_data_limit(pid):
    return re.search(r"^Max data size\s+(\S+)", pathlib.Path(f"/proc/{pid}/limits").read_text(), re.M).group(1)


def networks_of(sshd):
    return {pid for pid, name in children_of(sshd.process.pid).items() if name == "sshd-net"}


@promise("what a stranger says for people to read (SSH_MSG_DEBUG) is no line of the log")
def words_of_strangers(world):
    with world.sshd(lines=["LogLevel INFO"]) as sshd:
        with socket.create_connection(("127.0.0.1", sshd.port)) as link:
            text = b"look at me"
            link.sendall(VERSION + packet(b"\x04\x01" + struct.pack(">I", len(text)) + text + struct.pack(">I", 0)))
            link.sendall(packet(b"\x63"))                         # and something that ends it
        sshd.wait_for_log(r"\[preauth\]")
        check("look at me" not in sshd.log(), "it is", sshd.log())
    with world.sshd(lines=["LogLevel DEBUG1"]) as sshd:
        with socket.create_connection(("127.0.0.1", sshd.port)) as link:
            link.sendall(VERSION + packet(b"\x04\x01" + struct.pack(">I", len(text)) + text + struct.pack(">I", 0)))
            sshd.wait_for_log(r"debug1: Remote: look at me")


@promise("before a login, sshd-net's memory is bounded by the kernel; afterwards windows may grow")
def memory(world):
    world.need_isolation()
    world.need_plain_programs("a sanitizer's shadow would count as data: such a build sets no limit")
    with world.sshd(lines=["LogLevel ERROR", "PerSourcePenalties no"]) as sshd:
        attackers = Attackers(recorded_handshake(world, sshd), sshd.port)
        wait_until(lambda: at_rest(sshd), "only spares are left")
        links = []
        for number in range(8):
            link = socket.create_connection(("127.0.0.1", sshd.port))
            link.settimeout(2)
            with contextlib.suppress(OSError):
                link.sendall(VERSION + packet(b"\x02" + struct.pack(">I", 30000) + bytes(30000)) * (number * 20))
                link.sendall(attackers.handshake)
            links.append(link)

        def is_bounded(pid):
            with contextlib.suppress(OSError, AttributeError):
                return soft_data_limit(pid) == str(MEMORY_BEFORE_LOGIN)
            return True                                           # it has ended
        for pid in networks_of(sshd):
            wait_until(lambda: is_bounded(pid), "a limit: it has its name a moment before")
            with contextlib.suppress(OSError, AttributeError):
                data = int(re.search(r"^VmData:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1))
                check(data << 10 <= MEMORY_BEFORE_LOGIN // 2, f"{data} kB of data before a login")
        for link in links:
            link.close()
        wait_until(lambda: at_rest(sshd), "only spares are left")
        spares = networks_of(sshd)
        client = subprocess.Popen(world.ssh_command(sshd, "exec cat", key=world.key("ed25519")), stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, env=world.client_environment())
        client.stdin.write(b"up\n")
        client.stdin.flush()
        check(client.stdout.readline() == b"up\n", "no session")
        check("unlimited" in {soft_data_limit(pid) for pid in networks_of(sshd)}, "not lifted after the login", spares)
        client.stdin.close()
        check(client.wait(60) == 0, "the session did not end well")


@promise("when memory runs out, the listener is the last to be killed, and sessions are like other programs")
def out_of_memory(world):
    world.need_isolation()
    capabilities = int(re.search(r"^CapEff:\s+(\w+)", pathlib.Path("/proc/self/status").read_text(), re.M).group(1), 16)
    if not capabilities >> 24 & 1:
        raise Skip("needs CAP_SYS_RESOURCE")

    def score(pid):
        with contextlib.suppress(OSError):                        # it may have ended since it was seen
            return int(pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text())
    with world.sshd() as sshd:
        usual = score("self")
        for _ in range(2):                                         # also after it has started again
            check(score(sshd.process.pid) == -1000, "the listener is not protected")
            ran = world.ssh(sshd, "cat /proc/self/oom_score_adj").succeeded()
            check(int(ran.out) == usual, "a session is protected", ran)
            wait_until(lambda: all(score(pid) in (usual, None) for pid, name in children_of(sshd.process.pid).items()
                                   if not name.endswith("zygote")), "so are no processes of connections")
            started = sshd.log().count("Server listening")
            sshd.process.send_signal(1)
            wait_until(lambda: sshd.log().count("Server listening") > started, "it starts again")


@promise("an environment of more than 128 KiB arrives; what is beyond bounds is left out and logged, and ends nothing")
def large_environment(world):
    with world.sshd(lines=["AcceptEnv BIG_*"]) as sshd:
        for each, count, arrive in ((4000, 100, 100), (60000, 4, 4), (125000, 2, 0), (60000, 30, 17), (10, 200, 128)):
            variables = {f"BIG_{n:03}": "x" * each for n in range(count)}
            ran = world.ssh(sshd, "env | grep -c ^BIG_...=x; exit 0", options=["SendEnv=BIG_*"], env=variables)
            check(ran.status == 0 and int(ran.out) == arrive, f"{count} of {each} bytes", ran)
        sshd.wait_for_log(r"Ignoring env request BIG_\d+: longer than \d+ bytes")
        sshd.wait_for_log(r"Ignoring env request BIG_\d+: more than 128 variables or \d+ bytes")
        ran = world.ssh(sshd, "true " + "x" * 125000)
        check(ran.status == 255, "a command that is too long ran", ran)
        sshd.wait_for_log("refusing a command that is longer than")
        world.ssh(sshd, "true " + "x" * 100000).succeeded()


@promise("a FIFO in the place of authorized_keys makes nobody wait")
def fifo(world):
    path = world.new_file("fifo")
    os.mkfifo(path)
    path.chmod(0o644)
    with world.sshd(lines=[f"AuthorizedKeysFile {path}", "PerSourcePenalties no"]) as sshd:
        writer = os.open(path, os.O_RDWR)                          # one that never writes
        ran = world.ssh(sshd, "true", limit=20)
        os.close(writer)
        check(ran.status == 255 and b"Permission denied" in ran.err, "not refused", ran)
        sshd.wait_for_log(rf"Authentication refused: {re.escape(str(path))} is not a regular file")
