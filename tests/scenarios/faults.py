"""System calls that fail, one at a time: what was asked for is done right, or it is said why not; nothing hangs, no file is
left half written in the place of an old one, no process stays, and a server goes on serving.

strace makes the Nth call of a kind fail.  First a run is counted; then each call of it (--full), or a sample of them, fails in a
run of its own.  sshd-net cannot be treated so: a call that strace forges is one that its filter does not know, and kills it.
That it ends is a fault, too; short reads and writes it gets like all others, by short_io (tests/support).
"""
import concurrent.futures
import contextlib
import dataclasses
import hashlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

from harness import (Broken, Ran, Skip, add, check, children_of, free_port, has_only_spares, promise, run, strace, text_of,
                     wait_until)

LIMIT = 60                                                         # seconds for what takes a fraction of one
WORKERS = 3
PATIENCE = 4                                                       # seconds for a sample; the rest is left for --full
LEAST = 6                                                          # faults are tried however long it takes

# What may fail, and how.  Not brk(2), which says so by its result: strace cannot forge that.  Not write(2) with EAGAIN, which
# would be a lie on a pipe that has room (short_io has the true one).  Not close(2): whatever it says, Linux has closed the
# descriptor, and strace would keep it open.
FAULTS = {
    "read": ("EINTR", "EIO", "ECONNRESET", "EAGAIN"),
    "readv": ("EINTR", "ECONNRESET"),
    "recvfrom": ("EINTR", "ECONNRESET"),
    "recvmsg": ("EINTR", "ECONNRESET", "ENOMEM"),
    "write": ("EINTR", "ENOSPC", "EPIPE"),
    "writev": ("EINTR", "ECONNRESET"),
    "sendto": ("EINTR", "ECONNRESET", "ENOBUFS"),
    "sendmsg": ("EINTR", "ECONNRESET", "ENOBUFS"),
    "splice": ("EINTR", "EIO", "EINVAL"),
    "openat": ("EMFILE", "ENFILE", "ENOMEM", "EACCES"),
    "socket": ("EMFILE", "ENFILE", "ENOBUFS"),
    "connect": ("EINTR", "ECONNREFUSED"),
    "accept4": ("EMFILE", "ENFILE", "ECONNABORTED", "EINTR"),
    "epoll_wait": ("EINTR",),
    "epoll_ctl": ("ENOMEM", "ENOSPC"),
    "poll": ("EINTR", "ENOMEM"),
    "ppoll": ("EINTR", "ENOMEM"),
    "clone": ("EAGAIN", "ENOMEM"),
    "clone3": ("EAGAIN", "ENOMEM"),
    "vfork": ("EAGAIN", "ENOMEM"),
    "execve": ("ENOMEM", "EACCES"),
    "execveat": ("ENOMEM", "ENOENT"),
    "mmap": ("ENOMEM",),
    "socketpair": ("EMFILE", "ENFILE"),
    "pipe2": ("EMFILE", "ENFILE"),
    "fcntl": ("EMFILE",),
    "dup2": ("EMFILE",),
    "memfd_create": ("EMFILE", "ENOMEM"),
    "ftruncate": ("ENOSPC", "EIO"),
    "fallocate": ("ENOSPC",),
    "fchmod": ("EPERM",),
    "mkdir": ("ENOSPC", "EACCES"),
    "link": ("EPERM", "ENOSPC"),
    "rename": ("ENOSPC", "EACCES"),
    "unlink": ("EACCES",),
    "fsync": ("EIO", "ENOSPC"),
    "getrandom": ("EINTR",),
    "wait4": ("EINTR",),
    "pidfd_open": ("EMFILE", "ENFILE", "ENOMEM"),
    "newfstatat": ("ENOMEM",),
    "lseek": ("EIO",),
    "pread64": ("EIO", "EINTR"),
    "pwrite64": ("ENOSPC", "EIO", "EINTR"),
}


TRACED = ",".join("?" + call for call in (*FAULTS, "munmap"))


@dataclasses.dataclass(frozen=True)
class Fault:
    call: str
    error: str
    when: int
    is_mute: bool = False                                          # on the way of the error message itself

    def options(self):
        return ["-e", f"trace={self.call}", "-e", f"inject={self.call}:error={self.error}:when={self.when}"]

    def __str__(self):
        return f"{self.call} number {self.when}: {self.error}"


def calls_of(trace):
    """From strace's output: call -> number -> whether it may have been about standard error; and those calls and numbers by
    which some process spoke to itself, or let its child begin.  What the dynamic linker does before main() is left out: it ends
    with munmap."""
    counts, loading, found, of_linker, inner = {}, set(), {}, set(), set()
    signal_pipes = pipes_of_signals(trace)
    for line in text_of(trace).splitlines():
        match = re.match(r"(\d+)\s+(\w+)\((\S*)", line)
        if not match:
            continue
        pid, call, first = match.groups()
        if call == "execve" and line.rstrip().endswith("= 0"):
            loading.add(pid)
        elif call == "munmap":
            loading.discard(pid)
        counts[pid, call] = number = counts.get((pid, call), 0) + 1
        # Single bytes in a pipe that is new or was just emptied cannot fail: libevent's signal handler writes them to its own
        # loop, sshd-user to the program that may start.
        if call == "write" and re.search(r", 1(\)| <unfinished)", line) or call == "read" and (pid, first) in signal_pipes:
            inner.add((call, number))
        elif pid not in loading:
            known = found.setdefault(call, {})
            known[number] = known.get(number, False) or first.rstrip(",") in ("1", "2")
        elif call == "mmap":
            of_linker.add(number)                                  # which crashes without memory
    for number in of_linker:
        found.get("mmap", {}).pop(number, None)
    return found, inner


def pipes_of_signals(trace):
    """Descriptors of which libevent asks 1024 bytes and gets one, or nothing yet."""
    reads = re.findall(r"^(\d+)\s+read\((\d+,).*, 1024\) += (\S+)", text_of(trace), re.M)
    return {(pid, fd) for pid, fd, got in reads} - {(pid, fd) for pid, fd, got in reads if got not in ("1", "-1")}


def faults_of(trace, sample, seed):
    calls, inner = calls_of(trace)
    # A number holds for each process: what is true of one would be a lie where another speaks to itself.
    possible = lambda call, error, when: error in ("EINTR", "EAGAIN") or (call, when) not in inner
    every = [Fault(call, error, when, mute) for call, numbers in sorted(calls.items())
             for error in FAULTS.get(call, ()) for when, mute in sorted(numbers.items()) if possible(call, error, when)]
    if sample is None or len(every) <= sample:
        return every
    # Of each kind of fault one, and chance for the rest.
    dice = random.Random(seed)
    by_kind = {}
    for fault in every:
        by_kind.setdefault((fault.call, fault.error), []).append(fault)
    chosen = [dice.choice(kind) for kind in by_kind.values()]
    dice.shuffle(chosen)
    rest = [fault for fault in every if fault not in set(chosen)]
    dice.shuffle(rest)
    return (chosen + rest)[:sample]


def traced(program, fault, output="/dev/null"):
    if fault is None:
        return [program, "-f", "-qq", "-o", output, "-e", "trace=" + TRACED]
    return [program, "-f", "-qq", "--seccomp-bpf", "-o", output, *fault.options()]


class Tries:
    """Faults that were tried, and those that met a call: it is not made in every run."""

    def __init__(self, world, patience=PATIENCE):
        self.world, self.count, self.met, self._lock = world, 0, 0, threading.Lock()
        self._over = time.monotonic() + (float("inf") if world.full else patience)

    def may_go_on(self):
        return self.count < LEAST or time.monotonic() < self._over

    def run(self, journey, fault):
        trace = self.world.new_file("trace", "")
        with self._lock:
            self.count += 1
        try:
            journey(fault, trace)
        finally:
            with self._lock:
                self.met += b"(INJECTED" in trace.read_bytes()
            trace.unlink()

    def check(self, faults):
        check(faults, "nothing can fail: strace has seen no call")
        check(self.met, f"none of {self.count} faults has met a call")
        print(f"    {self.count} of {len(faults)} faults, {self.met} of them met a call")


def is_crash(ran):
    return ran.status < 0 or ran.status > 128 and ran.status != 255


def attempt(command, input=b"", env=None):
    """As harness.run(), but ends what strace started, too, if it hangs."""
    process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=env, start_new_session=True)
    try:
        out, err = process.communicate(input, timeout=LIMIT)
        return Ran(command, process.returncode, out, err)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise Broken(f"did not end within {LIMIT} s\n{Ran(command, -1, out[:200], err)}") from None


def each(world, seed, journey, sample):
    """journey(fault, output): a whole run under strace, which checks itself.  Says how many there were."""
    trace = world.new_file("trace")
    journey(None, trace)
    faults = faults_of(trace.read_bytes(), None if world.full else sample, seed)
    broken, tries = [], Tries(world)

    def one(fault):
        if not tries.may_go_on():
            return
        try:
            tries.run(journey, fault)
        except (Broken, OSError, subprocess.SubprocessError) as error:
            broken.append(f"{fault}: {error}")

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, faults))
    check(not broken, f"{len(broken)} of {tries.count} faults", *(broken if world.full else broken[:8]))
    tries.check(faults)


def own_words(ran):
    """What a program has said, without what strace says of itself."""
    return b"\n".join(line for line in ran.err.splitlines() if not re.match(rb"(\S*/)?strace: ", line)).strip()


def judge(fault, ran, is_right, good=0):
    """Either it succeeded and the result is right, or it failed and said why."""
    if fault and fault.error == "EPIPE" and fault.is_mute and ran.status in (-signal.SIGPIPE, 128 + signal.SIGPIPE):
        return                                                     # nobody reads: as others end
    check(not is_crash(ran), "crashed", ran)
    if ran.status == good:
        is_right()
    else:
        check(own_words(ran) or fault and fault.is_mute, "failed without a word", ran)


PAYLOAD = random.Random(1).randbytes(300_000)


# ---- the client --------------------------------------------------------------------------

@promise("ssh: each system call fails once; the output is whole, or the error is said")
def execution(world):
    program = strace(world)
    with world.sshd(lines=["LogLevel ERROR"]) as sshd:
        command = world.ssh_command(sshd, "cat; exit 7", key=world.key("ed25519"))

        def journey(fault, output):
            ran = attempt([*traced(program, fault, output), *command], PAYLOAD, world.client_environment())
            judge(fault, ran, lambda: check(ran.out == PAYLOAD, "the output is not whole", ran), good=7)
            check(ran.status in (7, 255), "another status", ran)

        each(world, 1, journey, 60)


@promise("ssh: a full disk under the output is said, and the status is 255; a reader who leaves is nothing to speak of")
def full_disk(world):
    with world.sshd(lines=["LogLevel ERROR"]) as sshd, open("/dev/full", "wb") as full:
        def ended(command, stdout, **rest):
            line = world.ssh_command(sshd, *command, key=world.key("ed25519"), **rest)
            process = subprocess.Popen([str(c) for c in line], stdin=subprocess.PIPE, stdout=stdout, stderr=subprocess.PIPE,
                                       env=world.client_environment())
            if process.stdout:
                process.stdout.close()
            _, err = process.communicate(timeout=LIMIT)
            return Ran(command, process.returncode, b"", err)

        for status in (0, 7):
            ran = ended([f"echo lost; exit {status}"], full)
            check(ran.status == 255 and ran.err == b"output: No space left on device\n", f"exit {status}", ran)
        ran = ended(["echo lost; exit 7"], subprocess.PIPE)
        check(ran.status == 7 and not ran.err, "a closed pipe", ran)
        ran = ended([], full, flags=["-W", f"127.0.0.1:{sshd.port}"])
        check(ran.status == 255 and ran.err == b"output: No space left on device\n", "-W", ran)


def tree(folder):
    """name -> content of everything below."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            for path in sorted(folder.rglob("*"))}


def make_tree(world):
    folder = world.new_folder("tree")
    (folder / "sub").mkdir()
    (folder / "small").write_bytes(b"small\n")
    (folder / "sub" / "large").write_bytes(PAYLOAD)
    (folder / "empty").touch()
    return folder


@promise("scp: each system call fails once; the tree is whole, or the error is said")
def copy_tree(world):
    program = strace(world)
    source = make_tree(world)
    with world.sshd(lines=["LogLevel ERROR"]) as sshd:
        def journey(fault, output):
            place = world.new_folder("place")
            ran = attempt([*traced(program, fault, output), *world.copy_command("scp", sshd), "-r",
                       f"{world.user}@127.0.0.1:{source}", place], env=world.client_environment())
            judge(fault, ran, lambda: check(tree(place / source.name) == tree(source), "the tree differs", ran))
            shutil.rmtree(place)

        each(world, 2, journey, 40)


@promise("sftp: each system call fails once; files arrive whole, or the error is said")
def transfer(world):
    program = strace(world)
    source = world.new_file("source", PAYLOAD)
    source.chmod(0o644)
    with world.sshd(lines=["LogLevel ERROR"]) as sshd:
        def journey(fault, output):
            there, here = world.remote_folder("there"), world.new_folder("here")
            batch = world.new_file("batch", f"put {source} {there}/up\nget {there}/up {here}/down\n")
            ran = attempt([*traced(program, fault, output), *world.copy_command("sftp", sshd), "-b", batch,
                       f"{world.user}@127.0.0.1"], env=world.client_environment())
            judge(fault, ran, lambda: check((here / "down").read_bytes() == PAYLOAD, "what came back differs", ran))
            shutil.rmtree(there)
            shutil.rmtree(here)

        each(world, 3, journey, 40)


@promise("ssh -L: each system call fails once; the forwarding goes on, or ssh ends and says why")
def forwarding(world):
    program = strace(world)
    with world.sshd(lines=["LogLevel ERROR"]) as sshd, socket.create_server(("127.0.0.1", 0), backlog=64) as target:
        def echo(link):
            with contextlib.suppress(OSError), link:
                while data := link.recv(65536):
                    link.sendall(data)

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=echo, args=(target.accept()[0],), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()

        def through(port):
            with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as link:
                def push():
                    with contextlib.suppress(OSError):
                        link.sendall(PAYLOAD[:50000])
                        link.shutdown(socket.SHUT_WR)

                threading.Thread(target=push, daemon=True).start()
                got = b""
                while data := link.recv(65536):
                    got += data
                return got == PAYLOAD[:50000]

        def tried(port):
            with contextlib.suppress(OSError):
                return through(port)
            return False

        def journey(fault, output):
            port = free_port()
            command = world.ssh_command(sshd, "echo up; cat", key=world.key("ed25519"),
                                        options=["ExitOnForwardFailure=yes"],
                                        flags=["-L", f"127.0.0.1:{port}:127.0.0.1:{target.getsockname()[1]}"])
            process = subprocess.Popen([str(c) for c in [*traced(program, fault, output), *command]], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=world.client_environment(),
                                       start_new_session=True)
            limit = threading.Timer(LIMIT, os.killpg, (process.pid, signal.SIGKILL))
            limit.start()
            up = process.stdout.readline()
            limit.cancel()
            if up:
                first, second = tried(port), tried(port)
                # One connection may have met the fault; the next one works, unless ssh has ended.
                if not first and not second:
                    wait_until(lambda: process.poll() is not None, "it forwards, or ends", LIMIT)
            try:
                _, err = process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise Broken("does not end") from None
            ran = Ran(command, process.returncode, up, err)
            judge(fault, ran, lambda: None)

        each(world, 4, journey, 30)


# ---- files -------------------------------------------------------------------------------

def only(folder, *names):
    found = {path.name for path in folder.iterdir()}
    check(found <= set(names), f"left behind: {sorted(found - set(names))}")


@promise("ssh-keygen: each system call fails once; no key is half written, and no other file left behind")
def keys(world):
    program = strace(world)

    def usable(path, passphrase):
        return run([world.ours("ssh-keygen"), "-y", "-P", passphrase, "-f", path]).status == 0

    def new(fault, output):
        folder = world.new_folder("keys")
        ran = attempt([*traced(program, fault, output), world.ours("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f",
                   folder / "key"])
        judge(fault, ran, lambda: check(usable(folder / "key", "") and (folder / "key.pub").exists(), "no key", ran))
        if ran.status != 0 and (folder / "key").exists():
            check(usable(folder / "key", ""), "half a key", ran)
        only(folder, "key", "key.pub")

    def changed(fault, output):
        folder = world.new_folder("keys")
        for name in ("key", "key.pub"):
            shutil.copy(str(original) + name[3:], folder / name)
        ran = attempt([*traced(program, fault, output), world.ours("ssh-keygen"), "-q", "-p", "-a", "1", "-P", "", "-N", "secret",
                   "-f", folder / "key"])
        judge(fault, ran, lambda: check(usable(folder / "key", "secret"), "not changed", ran))
        check(usable(folder / "key", "secret") or usable(folder / "key", ""), "the key is lost", ran)
        only(folder, "key", "key.pub")

    original = world.key("ed25519")
    each(world, 5, new, 40)
    each(world, 6, changed, 40)


@promise("known_hosts: each system call fails once; the lines that were there stay, whatever becomes of the new one")
def hosts(world):
    program = strace(world)
    old = "".join(f"host-{n}.example {world.public(world.key('ed25519'))}\n" for n in range(40))

    def removed(fault, output):
        folder = world.new_folder("hosts")
        file = folder / "known_hosts"
        file.write_text(old)
        ran = attempt([*traced(program, fault, output), world.ours("ssh-keygen"), "-R", "host-7.example", "-f", file])
        lines = file.read_text().splitlines()
        wanted = [line for line in old.splitlines() if not line.startswith("host-7.")]
        judge(fault, ran, lambda: check(lines == wanted, "not removed", ran))
        check(lines in (wanted, old.splitlines()), "neither the old file nor the new one", ran)
        only(folder, "known_hosts", "known_hosts.old")

    each(world, 7, removed, 40)
    with world.sshd(lines=["LogLevel ERROR"]) as sshd:
        def learnt(fault, output):
            folder = world.new_folder("hosts")
            file = folder / "known_hosts"
            file.write_text(old)
            command = world.ssh_command(sshd, "true", key=world.key("ed25519"),
                                        options=["StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={file}",
                                                 "UpdateHostKeys=yes"])
            ran = attempt([*traced(program, fault, output), *command], env=world.client_environment())
            judge(fault, ran, lambda: None)
            text = file.read_text()
            check(text.startswith(old), "lines are lost", ran)
            for line in text[len(old):].splitlines():
                check(re.fullmatch(r"\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S{60,}.*", line), f"half a line: {line!r}", ran)
            only(folder, "known_hosts", "known_hosts.memory")
            attempt(command, env=world.client_environment()).succeeded()   # by whatever memory of the host is there

        each(world, 8, learnt, 30)


# ---- the agent ---------------------------------------------------------------------------

@promise("ssh-agent: each system call fails once; one request may fail, the next ones do not")
def agents(world):
    program = strace(world)
    key = world.key("ed25519")

    def journey(fault, output):
        path = world.new_file("agent")
        env = {"SSH_AUTH_SOCK": str(path)}
        process = subprocess.Popen([str(c) for c in [*traced(program, fault, output), world.ours("ssh-agent"), "-D", "-a", path]],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=world.client_environment())
        wait_until(lambda: path.exists() or process.poll() is not None, "the agent's socket")
        try:
            if process.poll() is None:
                for arguments in ((key,), ("-T", f"{key}.pub"), ("-D",), (key,)):
                    if add(world, env, *arguments, limit=LIMIT).status != 0:
                        add(world, env, *arguments, limit=LIMIT).succeeded()
                check(process.poll() is None, "the agent ended", process.stderr.read() if process.poll() is not None else b"")
        finally:
            inner = [pid for pid, name in children_of(process.pid).items() if name == "ssh-agent"]
            for pid in inner:
                os.kill(pid, signal.SIGTERM)
            try:
                _, err = process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                for pid in (*inner, process.pid):
                    os.kill(pid, signal.SIGKILL)
                raise Broken("the agent does not end") from None
        check(process.returncode >= 0 or process.returncode == -signal.SIGTERM, f"crashed: {process.returncode}", err)
        check(not path.exists() or fault and fault.call == "unlink", "the socket stays")

    each(world, 9, journey, 40)


@promise("ssh-agent: what may fail at its start comes before its socket: whoever sees that is served")
def agent_starts(world):
    program = strace(world)
    path, trace = world.new_file("agent"), world.new_file("trace")
    ran = attempt([program, "-f", "-qq", "-o", trace, "-e", "trace=pipe2,bind", "-e", "inject=pipe2:error=EMFILE",
                   world.ours("ssh-agent"), "-D", "-a", path], env=world.client_environment())
    check(ran.status == 1 and own_words(ran), "no reason", ran)
    check("(INJECTED" in trace.read_text() and "bind(" not in trace.read_text(), trace.read_text(), ran)


@promise("ssh-add: each system call fails once; it did what it says")
def adding(world):
    program = strace(world)
    key = world.key("ed25519")
    path = world.new_file("agent")
    env = {"SSH_AUTH_SOCK": str(path)}
    holder = subprocess.Popen([world.ours("ssh-agent"), "-D", "-a", str(path)], stdout=subprocess.DEVNULL,
                              env=world.client_environment())
    try:
        wait_until(path.exists, "the agent's socket")

        def journey(fault, output):
            ran = attempt([*traced(program, fault, output), world.ours("ssh-add"), key], env=world.client_environment(**env))
            judge(fault, ran, lambda: None)
            if ran.status == 0:
                add(world, env, "-T", f"{key}.pub").succeeded()

        each(world, 10, journey, 40)
    finally:
        holder.terminate()
        holder.wait()


# ---- the server --------------------------------------------------------------------------

def processes_of(sshd):
    return {pid: name for pid, name in children_of(sshd.process.pid).items() if name.startswith("sshd")}


def at_rest(sshd):
    return has_only_spares(children_of(sshd.process.pid).values())


def settled(sshd):
    with contextlib.suppress(Broken):
        return wait_until(lambda: at_rest(sshd), "only spares are left", LIMIT)
    raise Broken(f"not only spares are left: {processes_of(sshd)}")


class Tracer:
    """strace at the listener, its spare monitors and what they are copied from, for one connection."""

    def __init__(self, program, sshd, fault, output, err):
        pids = [pid for pid, name in processes_of(sshd).items() if name in ("sshd-session", "sshd-zygote")]
        # All that the listener reads is told by its own signal handler (see calls_of), as often as children happen to end.
        if not fault or fault.call != "read" or fault.error in ("EINTR", "EAGAIN"):
            pids.append(sshd.process.pid)
        options = fault.options() if fault else ["-e", f"trace={TRACED}"]
        self.process = subprocess.Popen([str(c) for c in [program, "-f", "-o", output, *options,
                                                          *(w for pid in pids for w in ("-p", pid))]],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(err, "wb"))
        wait_until(lambda: all(self.traces(pid) for pid in pids) or self.process.poll() is not None, "strace is there", LIMIT)

    def traces(self, pid):
        with contextlib.suppress(OSError):
            return f"TracerPid:\t{self.process.pid}\n" in pathlib.Path(f"/proc/{pid}/status").read_text()
        return True

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Broken("strace does not let go") from None


@promise("sshd: each system call of listener, monitor and sshd-user fails once; the next login works, and nothing stays")
def server(world):
    program = strace(world)
    world.need_isolation()
    with world.sshd(lines=["LogLevel ERROR", "PerSourcePenalties no"]) as sshd:
        command = "cat; exit 7"
        wait_until(lambda: at_rest(sshd), "spares are started")
        descriptors = lambda: len(list(pathlib.Path(f"/proc/{sshd.process.pid}/fd").iterdir()))
        world.ssh(sshd, "true").succeeded()
        wait_until(lambda: at_rest(sshd), "only spares are left")
        before = descriptors()

        def journey(fault, output):
            tracer = Tracer(program, sshd, fault, output, world.new_file("strace-err"))
            try:
                ran = world.ssh(sshd, command, input=PAYLOAD[:70000])
            finally:
                tracer.stop()
            # What the user runs is treated so as well, and may say why itself.
            check(not is_crash(ran), "crashed", ran)
            check(ran.err.strip() or ran.status == 7 and ran.out == PAYLOAD[:70000], "neither right nor an error", ran)
            check(sshd.process.poll() is None, "the listener ended", sshd.log()[-3000:])
            settled(sshd)                                          # a spare that was hit while it started is gone by now
            again = world.ssh(sshd, command, input=b"again", limit=LIMIT)
            check(again.status == 7 and again.out == b"again", "the next login does not work", again, sshd.log()[-2000:])

        trace = world.new_file("trace")
        journey(None, trace)
        faults = faults_of(trace.read_bytes(), None if world.full else 40, 11)
        broken, tries = [], Tries(world, 2 * PATIENCE)
        for fault in faults:
            try:
                tries.run(journey, fault)
            except Broken as error:
                broken.append(f"{fault}: {error}")
                if sshd.process.poll() is not None or len(broken) == 3 and not world.full:
                    break
            if not tries.may_go_on():
                break
        check(not broken, f"{len(broken)} of {tries.count} faults", *broken)
        wait_until(lambda: descriptors() <= before, f"the listener had {before} descriptors and has {descriptors()}", LIMIT)
        tries.check(faults)


# ---- short reads and writes ----------------------------------------------------------------

@contextlib.contextmanager
def short_io(world):
    """Every program that starts meanwhile reads and writes a few bytes at a time."""
    world.need_isolation()                                         # a private /etc
    world.need_plain_programs("a sanitizer's own calls would be hit")
    library = world.bin / "short_io.so"
    if not library.exists():
        raise Skip("short_io.so is not built")
    preload = pathlib.Path("/etc/ld.so.preload")
    preload.write_text(f"{library}\n")
    try:
        yield
    finally:
        preload.unlink()


@promise("short reads and writes in every process of both ends: everything arrives whole")
def shortened(world):
    source = make_tree(world)
    data = PAYLOAD[:60000]
    with short_io(world), world.sshd(lines=["LogLevel ERROR"]) as sshd:
        ran = world.ssh(sshd, "cat; exit 7", input=data)
        check(ran.status == 7 and ran.out == data, "ssh", ran)
        there, here = world.remote_folder("there"), world.new_folder("here")
        env = world.client_environment()
        run([*world.copy_command("scp", sshd), "-r", source, f"{world.user}@127.0.0.1:{there}"], env=env).succeeded()
        check(tree(there / source.name) == tree(source), "scp there")
        batch = world.new_file("batch", f"get -r {there}/{source.name} {here}/\n")
        run([*world.copy_command("sftp", sshd), "-b", batch, f"{world.user}@127.0.0.1"], env=env).succeeded()
        check(tree(here / source.name) == tree(source), "sftp back")
        run([*world.copy_command("scp", sshd), "-O", f"{world.user}@127.0.0.1:{source}/sub/large", here], env=env).succeeded()
        check((here / "large").read_bytes() == PAYLOAD, "scp -O")
