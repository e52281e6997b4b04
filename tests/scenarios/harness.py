"""What scenarios are made of: servers and clients, ours and other people's, as real processes on loopback.

A scenario is a file of this folder with functions marked @promise("what holds").  Each gets a World, which knows the
programs, makes keys, starts servers and runs clients; everything lies below one temporary folder.  A promise is broken
by an exception (check() makes readable ones) and left out by Skip.  Waiting is always for a condition; the time limits
only keep a hanging program from stopping everything.
"""
import collections
import contextlib
import ctypes
import dataclasses
import itertools
import os
import pathlib
import pwd
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

LIMIT = int(os.environ.get("NACRE_LIMIT", "120"))                # seconds after which a program is said to hang
OUR_PROGRAMS = ("ssh", "sshd", "ssh-keygen")
PASSWORD = "corr3ct horse"                                        # of the throw-away user, when isolated


class Skip(Exception):
    """What this promise needs is not here."""


class Broken(AssertionError):
    pass


def check(condition, what, *evidence):
    if not condition:
        raise Broken("\n".join([what] + [text_of(e) for e in evidence if e]))


def text_of(data):
    return data.decode("utf-8", "backslashreplace") if isinstance(data, bytes) else str(data)


def wait_until(condition, what, limit=LIMIT, pause=0.02):
    """Returns condition()'s first true value."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Broken(f"waited {limit} s in vain: {what}")
        time.sleep(pause)


PROMISES = []


def promise(sentence):
    def register(function):
        function.sentence = sentence
        PROMISES.append(function)
        return function
    return register


@dataclasses.dataclass
class Ran:
    """A client that has ended."""
    command: list
    status: int
    out: bytes
    err: bytes

    def __str__(self):
        return (f"$ {' '.join(map(str, self.command))}\nstatus {self.status}\n"
                f"stdout ({len(self.out)} bytes): {text_of(self.out[:600])}\nstderr: {text_of(self.err[-4000:])}")

    def succeeded(self):
        check(self.status == 0, "a command failed", self)
        return self


def run(command, input=b"", env=None, limit=LIMIT, cwd=None):
    words = [c if isinstance(c, bytes) else str(c) for c in command]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env,
                               cwd=cwd)
    try:
        out, err = process.communicate(input, timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise Broken(f"a program did not end within {limit} s\n{Ran(command, -1, out, err)}") from None
    return Ran(command, process.returncode, out, err)


def run_with_late_fifo(command, fifo, content, env=None):
    """Runs it, and writes that into the FIFO that it names, made here, once it reads there."""
    os.mkfifo(fifo, 0o600)
    process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=env)

    def open_for_writing():
        with contextlib.suppress(OSError):                        # nobody reads yet
            return open(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK), "wb")
        if process.poll() is not None:
            raise Broken(f"it did not wait for what comes by the FIFO\n"
                         f"{Ran(command, process.returncode, *process.communicate())}")
        return None
    try:
        with wait_until(open_for_writing, "it reads the FIFO") as writer:
            writer.write(content)
        out, err = process.communicate(timeout=LIMIT)
        return Ran(command, process.returncode, out, err)
    finally:
        process.kill()
        process.wait()


# Words before a command whose parent ignores the ends of its children and holds the news of them back, as some do.
CHILDLESS = (sys.executable, "-c", "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
             "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD]); os.execv(sys.argv[1], sys.argv[1:])")


def listening_ports():
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(table) as lines:
            next(lines)
            for line in lines:
                fields = line.split()
                if fields[3] == "0A":
                    ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    return ports


PIDFD_OPEN = 434                                                   # the number of the call everywhere


def number_of(call):
    """A system call's number, which is one thing on x86_64 and another one on machines that came later."""
    first, later = {"prctl": (157, 167), "prlimit64": (302, 261), "getrandom": (318, 278)}[call]
    machine = os.uname().machine
    if machine not in ("x86_64", "aarch64", "riscv64", "loongarch64"):
        raise Skip(f"the numbers of system calls are not known on {machine}")
    return first if machine == "x86_64" else later


def refusing(call, error):
    """A preexec_fn: that system call is refused, as old kernels and containers' filters do."""
    rows = ((0x20, 0, 0, 0),                                       # the call's number
            (0x15, 0, 1, call), (0x06, 0, 0, 0x50000 | error), (0x06, 0, 0, 0x7FFF0000))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *row) for row in rows))
    program = struct.pack("@HP", len(rows), ctypes.addressof(code))
    prctl, number = ctypes.CDLL(None, use_errno=True).prctl, ctypes.c_ulong

    def confine(code=code):                                        # which must live until then
        no_new_privileges, seccomp, filter_mode = number(38), number(22), number(2)
        if prctl(no_new_privileges, number(1), number(0), number(0), number(0)) or \
                prctl(seccomp, filter_mode, ctypes.c_char_p(program), number(0), number(0)):
            raise OSError(ctypes.get_errno(), "prctl")
    return confine


PORTS = itertools.count(random.randrange(10000, 25000))            # below those that the kernel chooses from


def free_port():
    """No two callers get the same, whoever of them binds it first."""
    for port in PORTS:
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise Broken("no port is free")


class Server:
    """A server process and what it wrote."""

    def __init__(self, world, name, command, port, known_hosts=None, env=None):
        self.world, self.name, self.port, self.known_hosts = world, name, port, known_hosts
        self.log_path = world.new_file(f"{name}.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env=env, start_new_session=True)
        world.servers.append(self)
        wait_until(self._is_up, f"{name} listens on port {port}")

    def _is_up(self):
        if self.process.poll() is not None:
            raise Broken(f"{self.name} ended at once with status {self.process.returncode}:\n{self.log()}")
        return self.port in listening_ports()

    def log(self):
        return text_of(self.log_path.read_bytes())

    def wait_for_log(self, pattern):
        return wait_until(lambda: re.search(pattern, self.log()), f"{pattern!r} in the log of {self.name}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Broken(f"{self.name} did not end on SIGTERM") from None
        if self in self.world.servers:
            self.world.servers.remove(self)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if exception[0] is None:
            self.stop()                                           # else World.close(), after the logs were shown


def is_sanitized(program):
    """Built with the address or the thread sanitizer: slower many times over, with terabytes of shadow."""
    text = program.read_bytes() if program.exists() else b""
    return b"__asan_init" in text or b"__tsan_init" in text


class World:
    def __init__(self, bin_directory, folder, isolated, full, build):
        self.bin, self.build = pathlib.Path(bin_directory).resolve(), build   # copied programs, and where they were built
        self.folder, self.isolated, self.full = pathlib.Path(folder), isolated, full
        self.servers, self.remote_folders, self._counter, self._keys = [], [], 0, {}
        self.is_sanitized = is_sanitized(self.ours("ssh"))
        self.crash = signal.SIGABRT if self.is_sanitized else signal.SIGSEGV   # a sanitizer answers the other one itself
        self._lock = threading.Lock()
        self.user = "nacre" if isolated else pwd.getpwuid(os.getuid()).pw_name
        self.home = pathlib.Path(pwd.getpwnam(self.user).pw_dir)
        self.client_home = self.new_folder("client-home")

    # ---- files

    def new_file(self, name, content=None):
        with self._lock:
            self._counter += 1
            path = self.folder / f"{self._counter:03}-{name}"
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            path.chmod(0o600)
        return path

    def new_folder(self, name):
        path = self.new_file(name)
        path.mkdir(mode=0o755)
        return path

    # ---- programs

    def ours(self, name):
        return self.bin / name

    def peer(self, name):
        """Somebody else's program, from the system."""
        path = shutil.which(name, path="/usr/bin:/usr/sbin:/bin:/sbin:/usr/local/bin")
        if not path:
            raise Skip(f"{name} is not installed")
        return pathlib.Path(path)

    def client(self, whose):
        return self.ours("ssh") if whose == "nacre" else self.peer("ssh")

    def need_isolation(self):
        if not self.isolated:
            raise Skip("needs root, for a throw-away user in namespaces of its own")

    def need_plain_programs(self, why):
        """For what a sanitizer of its own accord does otherwise."""
        if self.is_sanitized:
            raise Skip(why)

    def as_user(self, *command):
        """A command line that the throw-away user runs, where we are root, who may do everything."""
        self.need_isolation()
        account = pwd.getpwnam(self.user)
        return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", *command]

    def names(self, program, query):
        """ssh -Q, as a list."""
        ran = run([program, "-Q", query])
        return ran.out.decode().split() if ran.status == 0 else []

    # ---- keys

    def key(self, kind="ed25519", bits=None, passphrase="", keygen=None, fresh=False):
        """A private key's path; its public half lies beside it as .pub.  The same one each time, unless fresh."""
        wanted = (kind, bits, passphrase)
        with self._lock:
            known = self._keys.get(wanted)
        if known and not fresh:
            return known
        path = self.new_file(f"key-{kind.replace('@', '-')}")
        run([keygen or self.ours("ssh-keygen"), "-q", "-t", kind, *(["-b", str(bits)] if bits else []),
             "-N", passphrase, "-C", kind, "-f", path]).succeeded()
        with self._lock:
            return self._keys.setdefault(wanted, path) if not fresh else path

    @staticmethod
    def public(path):
        return pathlib.Path(f"{path}.pub").read_text().strip()

    # ---- servers

    def sshd(self, whose="nacre", host_keys=None, user_keys=None, lines=(), pam=False,
             sftp="internal-sftp", before=()):
        """Our sshd or the system's OpenSSH, with a configuration of its own (sftp: or None), behind words that run it.  A context manager."""
        host_keys = host_keys or [self.key("ed25519")]
        user_keys = [self.key("ed25519")] if user_keys is None else user_keys
        port = free_port()
        authorized = self.new_file("authorized_keys", "".join(self.public(k) + "\n" for k in user_keys))
        authorized.chmod(0o644)
        config = self.new_file("sshd_config", "\n".join([
            *lines,                                               # first, since the first value wins
            f"Port {port}", "ListenAddress 127.0.0.1", *(f"HostKey {k}" for k in host_keys),
            f"AuthorizedKeysFile {authorized}", "PidFile none", "StrictModes no", "MaxStartups 100",
            f"UsePAM {'yes' if pam else 'no'}", "LogLevel DEBUG1", "PrintMotd no", "PrintLastLog no",
            "PermitRootLogin yes", *([f"Subsystem sftp {sftp}"] if sftp else []),
            *(["PerSourcePenalties no"] if whose == "nacre" else [])]) + "\n")
        program = self.ours("sshd") if whose == "nacre" else self.peer("sshd")
        known_hosts = self.known_hosts(port, host_keys)
        return Server(self, f"sshd-{whose}", [*before, program, "-D", "-e", "-f", config], port, known_hosts)

    def known_hosts(self, port, host_keys):
        return self.new_file("known_hosts", "".join(
            f"[127.0.0.1]:{port} {self.public(k)}\n" for k in host_keys))

    def dropbear(self, host_key_kinds=("ed25519",), user_keys=None, flags=()):
        """dropbear reads the account's own authorized_keys, so it needs the throw-away account."""
        self.need_isolation()
        user_keys = [self.key("ed25519")] if user_keys is None else user_keys
        ssh_folder = self.home / ".ssh"
        ssh_folder.mkdir(mode=0o700, exist_ok=True)
        authorized = ssh_folder / "authorized_keys"
        authorized.write_text("".join(self.public(k) + "\n" for k in user_keys))
        account = pwd.getpwnam(self.user)
        for path in (ssh_folder, authorized):
            os.chown(path, account.pw_uid, account.pw_gid)
        port, options, lines = free_port(), [], []
        for kind in host_key_kinds:
            path = self.new_file(f"dropbear-{kind}")
            ran = run([self.peer("dropbearkey"), "-t", kind, "-f", path]).succeeded()
            lines.append(re.search(r"^((?:ssh|ecdsa)-\S+ \S+)", text_of(ran.out), re.M).group(1))
            options += ["-r", path]
        known_hosts = self.new_file("known_hosts", "".join(f"[127.0.0.1]:{port} {line}\n" for line in lines))
        return Server(self, "dropbear", [self.peer("dropbear"), "-F", "-E", "-p", f"127.0.0.1:{port}", *options, *flags],
                      port, known_hosts)

    # ---- clients

    def client_environment(self, **more):
        """Nothing of the caller's agent, terminal or configuration."""
        return {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(self.client_home), "LC_ALL": "C.UTF-8",
                "TERM": "xterm", **more}

    def ssh_command(self, server, *command, options=(), key=None, program=None, user=None, flags=()):
        return [program or self.ours("ssh"), "-F", "none", "-p", str(server.port),
                *(f"-o{o}" for o in options),
                *(["-i", str(key)] if key else []),
                *(f"-o{o}" for o in (
                    "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes", "LogLevel=INFO",
                    f"UserKnownHostsFile={server.known_hosts or '/dev/null'}", "GlobalKnownHostsFile=/dev/null",
                    f"BatchMode={'no' if any('BatchMode' in str(o) for o in options) else 'yes'}")),
                *flags, f"{user or self.user}@127.0.0.1", *command]

    def ssh_words(self, server, *flags, **rest):
        """The command line of an ssh up to the host, for programs that start it themselves."""
        return [str(word) for word in self.ssh_command(server, key=self.key("ed25519"), flags=flags, **rest)[:-1]]

    def ssh(self, server, *command, input=b"", env=None, limit=LIMIT, key=None, **rest):
        key = self.key("ed25519") if key is None else key
        line = self.ssh_command(server, *command, key=key, **rest)
        return run(line, input, self.client_environment(**(env or {})), limit)

    def copy_command(self, name, server, *flags, program=None):
        """The beginning of a command line of sftp or scp, ours unless a program is given."""
        return [program or self.ours(name), "-F", "none", "-P", str(server.port), "-S", self.ours("ssh"),
                "-i", self.key("ed25519"),
                *(f"-o{o}" for o in (
                    "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes", "BatchMode=yes",
                    f"UserKnownHostsFile={server.known_hosts or '/dev/null'}", "GlobalKnownHostsFile=/dev/null")),
                *flags]

    def remote_folder(self, name):
        """A folder that the user who logs in may write, in his home."""
        account = pwd.getpwnam(self.user)
        path = pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=self.home))
        self.remote_folders.append(path)
        os.chown(path, account.pw_uid, account.pw_gid)
        return path

    def askpass(self, answer):
        """Environment in which ssh asks a program, which gives this answer; what was asked is in ASKED."""
        asked = self.new_file("asked", "")
        script = self.new_file("askpass", f"#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{asked}'\nprintf '%s\\n' '{answer}'\n")
        script.chmod(0o755)
        return {"SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0", "ASKED": str(asked)}

    # ---- the end

    def sanitizer_reports(self):
        """What sanitizers said of servers' processes, whose status nobody sees."""
        report = re.compile(r"^.*(?:(?:Address|Leak|Thread)Sanitizer:|: runtime error:).*$", re.M)
        return [line for path in self.folder.glob("*.log") for line in report.findall(text_of(path.read_bytes()))]

    def show_logs(self, out=sys.stdout):
        for server in self.servers:
            lines = server.log().splitlines()
            print(f"    --- {server.name}, the last of {len(lines)} lines:", file=out)
            for line in lines[-80:]:
                print(f"    | {line}", file=out)

    def close(self):
        for server in list(self.servers):
            with contextlib.suppress(Broken):
                server.stop()


def strace(world):
    """The program, where it may make calls of ours go wrong."""
    world.need_plain_programs("a sanitizer's own calls would be hit")
    program = world.peer("strace")
    if run([program, "-f", "-qq", "-o", "/dev/null", "-e", "trace=getpid", "true"]).status != 0:
        raise Skip("strace may not trace")
    return program


# ---- agents --------------------------------------------------------------------------

def program(world, whose, name):
    return world.ours(name) if whose == "nacre" else world.peer(name)


@contextlib.contextmanager
def agent(world, whose="nacre", *options, env=None, **rest):
    """A running agent; the environment to reach it."""
    path = world.new_file("agent")
    process = subprocess.Popen([program(world, whose, "ssh-agent"), "-D", "-a", str(path), *options],
                               stdout=subprocess.DEVNULL, env=world.client_environment(**(env or {})), **rest)
    try:
        wait_until(lambda: path.exists() or process.poll() is not None, "the agent's socket")
        yield {"SSH_AUTH_SOCK": str(path), "PID": str(process.pid)}
    finally:
        process.terminate()
        process.wait(20)
    check(not path.exists(), "the agent left its socket behind")


def add(world, env, *arguments, whose="nacre", **rest):
    return run([program(world, whose, "ssh-add"), *arguments], env=world.client_environment(**env), **rest)


def children_of(pid):
    """Every living descendant: pid -> command name."""
    table = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                name, rest = re.match(r"\d+ \((.*)\) (.*)", (entry / "stat").read_text(), re.S).groups()
                state, parent = rest.split()[:2]
                if state != "Z":
                    table[int(entry.name)] = (int(parent), name)
    found, queue = {}, [pid]
    while queue:
        current = queue.pop()
        for child, (parent, name) in table.items():
            if parent == current and child not in found:
                found[child] = name
                queue.append(child)
    return found


def parent_of(pid):
    """0: it has ended."""
    with contextlib.suppress(OSError):
        return int(re.search(r"^PPid:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1))
    return 0


def unix_peers():
    """Of each socket of this machine that is joined to another one: its inode -> the other's (sock_diag(7))."""
    dump = struct.pack("=IHHII BBHIIIQ", 40, 20, 0x301, 1, 0, socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, 4, 0xFFFFFFFFFFFFFFFF)
    peers = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as diag:
        diag.send(dump)
        while True:
            answer = diag.recv(1 << 20)
            while answer:
                size, kind = struct.unpack_from("=IH", answer)
                if kind == 2:                                      # NLMSG_ERROR
                    raise Skip("the kernel tells nothing of unix sockets")
                if kind != 20:                                     # SOCK_DIAG_BY_FAMILY; otherwise the end
                    return peers
                inode, at = struct.unpack_from("=I", answer, 20)[0], 32
                while at < size:
                    length, attribute = struct.unpack_from("=HH", answer, at)
                    if attribute == 2:                             # UNIX_DIAG_PEER
                        peers[inode] = struct.unpack_from("=I", answer, at + 4)[0]
                    at += (length + 3) & ~3
                answer = answer[(size + 3) & ~3:]


def sockets_of(pid):
    links = []
    with contextlib.suppress(OSError):
        for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                links.append(os.readlink(fd))
    return {int(link[8:-1]) for link in links if link.startswith("socket:[")}


def sessions_of_networks(sshd):
    """Of each sshd-net its sshd-session, to which a socket joins it."""
    peers, family = unix_peers(), children_of(sshd.process.pid)
    owners = {inode: pid for pid, name in family.items()           # not what a session has forked a moment ago
              if name == "sshd-session" and parent_of(pid) == sshd.process.pid for inode in sockets_of(pid)}
    found = {}
    for pid, name in family.items():
        if name == "sshd-net":
            for inode in sockets_of(pid):
                if peers.get(inode) in owners:
                    found[pid] = owners[peers[inode]]
    return found


def has_only_spares(names):
    """Two sessions that wait for connections, and what they are copies of: perhaps not of the same, or none could be copied.  One
    that was executed has a sshd-net once it needs it.  Of copies whose zygote has ended, what looks after theirs is out of sight,
    since it is no longer a child of anybody here."""
    count = collections.Counter(name for name in names if name.startswith("sshd"))
    zygotes, of_networks, networks = (count.pop(f"sshd-{name}", 0) for name in ("zygote", "net-zygote", "net"))
    executed = of_networks - zygotes
    all_there = networks == 2 - executed or (zygotes == 0 and networks < 2 - executed)
    return count == {"sshd-session": 2} and all_there and 0 <= executed <= 2 and of_networks <= 3


def zygote_at_rest(sshd):
    """What the two spares are copies of.  Names are looked at one after the other while they change: what two looks agree on holds."""
    def look():
        names = children_of(sshd.process.pid)
        zygotes = [pid for pid, name in names.items() if name == "sshd-zygote"]
        return zygotes[0] if has_only_spares(names.values()) and len(zygotes) == 1 else None
    return wait_until(lambda: (seen := look()) and seen == look() and seen, "two spares, and their zygote")


def connection_family(sshd, session):
    """The processes of one connection: pid -> name."""
    networks = {pid: "sshd-net" for pid, its in sessions_of_networks(sshd).items() if its == session}
    return {session: "sshd-session", **children_of(session), **networks}


class Terminal:
    """A command in a tmux window of its own: keys in, screen out."""

    def __init__(self, world, command, width=100, height=30):
        self.world, self.socket = world, world.new_file("tmux")
        self.tmux = world.peer("tmux")
        script = world.new_file("in-tmux", "#!/bin/sh\ntrap : INT QUIT\n" + " ".join(
            "'" + str(c).replace("'", "'\\''") + "'" for c in command) + "\necho \"[ended: $?]\"\nexec sleep 1000\n")
        script.chmod(0o755)
        self._do("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), str(script))

    def _do(self, *arguments):
        return run([self.tmux, "-S", self.socket, *arguments],
                   env=self.world.client_environment(LANG="C.UTF-8")).succeeded()

    def keys(self, *names):
        self._do("send-keys", *names)

    def type(self, text):
        self._do("send-keys", "-l", "--", text)

    def line(self, text):
        self.type(text)
        self.keys("Enter")

    def resize(self, width, height):
        self._do("resize-window", "-x", str(width), "-y", str(height))

    def tty(self):
        return text_of(self._do("display-message", "-p", "#{pane_tty}").out).strip()

    def screen(self):
        return text_of(self._do("capture-pane", "-p", "-J").out)

    def wait_for(self, pattern):
        deadline = time.monotonic() + LIMIT
        while True:
            screen = self.screen()
            match = re.search(pattern, screen, re.M)
            if match:
                return match
            check(time.monotonic() < deadline, f"{pattern!r} never came to the screen:", screen)
            time.sleep(0.05)

    def __enter__(self):
        return self

    def close(self):
        with contextlib.suppress(Broken):
            self._do("kill-server")

    def __exit__(self, *exception):
        if exception[0] is not None:
            print(f"    --- the screen:\n{self.screen()}")
        self.close()


def pairwise(**choices):
    """A short list of dicts in which each two values of different names meet at least once."""
    names = [n for n in choices if choices[n]]
    open_pairs = {(a, x, b, y) for i, a in enumerate(names) for b in names[i + 1:]
                  for x in choices[a] for y in choices[b]}
    rows = []
    while open_pairs:
        seed = min(open_pairs, key=str)
        row = {seed[0]: seed[1], seed[2]: seed[3]}
        for name in names:
            if name not in row:
                def gain(value):
                    return sum(((a, x, b, y) if names.index(a) < names.index(b) else (b, y, a, x)) in open_pairs
                               for a, x, b, y in ((name, value, other, row[other]) for other in row))
                row[name] = max(choices[name], key=gain)
        rows.append(row)
        open_pairs -= {(a, row[a], b, row[b]) for i, a in enumerate(names) for b in names[i + 1:]}
    return rows
