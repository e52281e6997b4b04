"""The paths of sshd_config: where they begin, whoever needs the file, and what is left of sshd's number; what sshd cannot be
without."""
import contextlib
import errno
import os
import pathlib
import signal
import subprocess
import types

from harness import LIMIT, PIDFD_OPEN, Server, check, free_port, listening_ports, promise, refusing, run, wait_until

NEEDS = ("ssh", "sshd", "ssh-keygen")


def configured(world, port, *lines, match=()):
    return "\n".join([
        *lines, f"Port {port}", "ListenAddress 127.0.0.1", "AuthorizedKeysFile none", "StrictModes no", "UsePAM no",
        "LogLevel DEBUG1", *match]) + "\n"


def folder_with_paths(world):
    """Everything that a configuration names by less than its whole path; the key of somebody who is certified."""
    world.need_isolation()
    folder, authority, port = world.new_folder("etc"), world.key("ecdsa", 256), free_port()
    (folder / "ca.pub").write_text(world.public(authority) + "\n")
    (folder / "banner").write_text("a banner\n")
    (folder / "other").write_text("the user's banner\n")
    host_key = world.home / "host-key"
    host_key.write_bytes(world.key("ed25519").read_bytes())
    host_key.chmod(0o600)
    user_key = world.key("ed25519", fresh=True)
    run([world.ours("ssh-keygen"), "-q", "-s", authority, "-I", "a login", "-n", world.user, user_key]).succeeded()
    (folder / "sshd_config").write_text(configured(
        world, port, f"HostKey ~{world.user}/host-key", "PidFile pid", "Banner banner", "TrustedUserCAKeys ca.pub",
        match=[f"Match User {world.user}", "    Banner other"]))
    return folder, user_key, port, world.known_hosts(port, [world.key("ed25519")])


def logs_in(world, server, user_key, what):
    ran = world.ssh(server, "echo in", key=user_key)
    check(ran.out == b"in\n" and b"the user's banner" in ran.err, what, ran)


@promise("relative paths begin where sshd was started, and ~ is a home directory")
def relative_paths(world):
    # OpenSSH shows the same (config_corpus), and then reads the file once more for each connection, in "/".
    folder, user_key, port, known_hosts = folder_with_paths(world)
    there = ["sh", "-c", 'cd "$0" && exec "$@"', folder, world.ours("sshd"), "-D", "-e", "-f", folder / "sshd_config"]
    with Server(world, "sshd-there", there, port, known_hosts) as sshd:
        logs_in(world, sshd, user_key, "not in, or no banner")


@contextlib.contextmanager
def daemon(world, folder, port):
    """sshd in the background, with every path as short as it can be; its number."""
    run([world.ours("sshd"), "-E", "log", "-f", "sshd_config"], cwd=folder).succeeded()
    wait_until(lambda: (folder / "pid").exists() and port in listening_ports(), "the daemon listens")
    number = int((folder / "pid").read_text())
    try:
        yield number
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGTERM)
        wait_until(lambda: port not in listening_ports(), "the daemon ends")


@promise("relative paths of a daemon lead to the same files after SIGHUP")
def relative_paths_of_a_daemon(world):
    folder, user_key, port, known_hosts = folder_with_paths(world)
    server = types.SimpleNamespace(port=port, known_hosts=known_hosts)
    log = folder / "log"
    with daemon(world, folder, port) as number:
        for turn in range(3):
            check(os.readlink(f"/proc/{number}/cwd") == "/", "a daemon that keeps a folder busy")
            logs_in(world, server, user_key, f"after {turn} signals")
            said = log.read_text().count("Server listening")
            os.kill(number, signal.SIGHUP)
            wait_until(lambda: log.read_text().count("Server listening") > said, "it starts again")
            wait_until(lambda: (folder / "pid").exists(), "its number")
            check(int((folder / "pid").read_text()) == number, "another number")
    wait_until(lambda: not (folder / "pid").exists(), "the file with its number goes")


@promise("a PidFile goes with its name in the configuration, and is not removed if it has another server's number")
def pid_files(world):
    key, port = world.key("ed25519"), free_port()
    folder = world.new_folder("run")
    config, first, second = folder / "sshd_config", folder / "first", folder / "second"

    def configure(name):
        config.write_text(configured(world, port, f"HostKey {key}", f"PidFile {name}"))

    configure(first)
    command = [world.ours("sshd"), "-D", "-e", "-f", config]
    with Server(world, "sshd-pid", command, port, world.known_hosts(port, [key])) as sshd:
        number = f"{sshd.process.pid}\n"
        has_number = lambda file: file.exists() and file.read_text() == number
        wait_until(lambda: has_number(first), "the first file")
        configure(second)
        sshd.process.send_signal(signal.SIGHUP)
        wait_until(lambda: has_number(second), "the second file")
        check(not first.exists(), "the first file stays")
        second.write_text("1\n")
        sshd.stop()
        check(second.read_text() == "1\n", "somebody else's file is gone")
        configure(first)
    with Server(world, "sshd-pid", command, port, world.known_hosts(port, [key])) as sshd:
        wait_until(first.exists, "the file of the next one")
        sshd.stop()
        check(not first.exists(), "the file stays")


@promise("whoever finds sshd's number may use it at once: it is there when signals are heard")
def number_and_signals(world):
    key, port, file = world.key("ed25519"), free_port(), world.new_folder("run") / "number"
    config = world.new_file("sshd_config", configured(world, port, f"HostKey {key}", f"PidFile {file}"))
    for turn in range(40):
        sshd = subprocess.Popen([world.ours("sshd"), "-D", "-E", world.new_file("log"), "-f", config])
        wait_until(file.exists, "the file with its number", pause=0)
        sshd.terminate()
        check(sshd.wait(LIMIT) == 0 and not file.exists(), f"turn {turn}: status {sshd.returncode}, or the file stays")


@promise("a file where sshd-net is to be locked in does not keep sshd from serving, and a PidFile may lie there")
def empty_directories(world):
    world.need_isolation()
    folder, key = pathlib.Path("/run/sshd"), world.key("ed25519")
    folder.mkdir(exist_ok=True)

    def serves(pid_file):
        port = free_port()
        authorized = world.new_file("authorized_keys", world.public(key) + "\n")
        authorized.chmod(0o644)
        config = world.new_file("sshd_config", f"AuthorizedKeysFile {authorized}\n" + configured(
            world, port, f"HostKey {key}", f"PidFile {pid_file}", "PermitRootLogin yes"))
        command = [world.ours("sshd"), "-D", "-e", "-f", config]
        run([*command, "-t"]).succeeded()
        with Server(world, "sshd-locked-in", command, port, world.known_hosts(port, [key])) as sshd:
            world.ssh(sshd, "true", key=key).succeeded()
            check(pid_file == "none" or pathlib.Path(pid_file).exists(), "no pid file")
    serves(folder / "second.pid")
    (folder / "first.pid").write_text("1\n")                       # another server's
    try:
        serves("none")
        serves(folder / "second.pid")
    finally:
        (folder / "first.pid").unlink()


@promise("where the system has no pidfd_open, sshd says so at its start instead of never noticing that connections end")
def no_pidfds(world):
    config = world.new_file("sshd_config", configured(world, free_port(), f"HostKey {world.key('ed25519')}", "PidFile none"))
    for error in (errno.ENOSYS, errno.EPERM):
        for flag in ("-t", "-D"):
            ran = subprocess.run([str(world.ours("sshd")), flag, "-e", "-f", str(config)], stdin=subprocess.DEVNULL,
                                 capture_output=True, timeout=LIMIT, preexec_fn=refusing(PIDFD_OPEN, error))
            said = ran.stderr
            check(ran.returncode == 255 and b"Linux 5.3" in said and b"pidfd_open: " in said, flag, ran.returncode, said)


def without(capability):
    return ["setpriv", f"--bounding-set=-{capability}", f"--inh-caps=-{capability}"]


@promise("where a container has taken CAP_SETPCAP away sshd serves, and the log tells which step was not done")
def no_setpcap(world):
    world.need_isolation()
    with world.sshd(before=without("setpcap")) as sshd:
        world.ssh(sshd, "true").succeeded()
        sshd.wait_for_log("sshd-net is not confined by: .*capability bounding set: PR_CAPBSET_DROP: Operation not permitted")


@promise("where sshd-net cannot be confined nobody is served, the log says why and what to look for, and no address is penalised")
def no_cage(world):
    world.need_isolation()
    penalties = ["PerSourcePenalties yes", "PerSourcePenalties crash:99s noauth:99s min:1s"]
    with world.sshd(lines=penalties, before=without("sys_chroot")) as sshd:
        for _ in range(4):
            ran = world.ssh(sshd, "true")
            check(ran.status == 255 and b"Not allowed" not in ran.err, "served, or shut out", ran)
        # Said by the monitor of a connection, or by one that was to be the next one's.
        sshd.wait_for_log("sshd-session: sshd-net: it cannot be confined, so nobody is served .*CAP_SYS_CHROOT.*: chroot /[^:]*: Operation")
        sshd.wait_for_log(r"(?m)^sshd-net: it cannot be confined, .*: chroot /[^:]*: Operation not permitted")
        check("penalty" not in sshd.log(), "a penalty", sshd.log())


@promise("sshd serves with few open files where it may have more, and what a user runs has as many as before")
def few_open_files(world):
    world.need_plain_programs("a sanitizer's own pipes need descriptors")
    script = world.home / ".ssh" / "rc"
    for few in (14, 24):
        with world.sshd(before=["prlimit", f"--nofile={few}:4000"]) as sshd:
            limits = f"{few}\n4000\n".encode()
            ran = world.ssh(sshd, "ulimit -Sn; ulimit -Hn")
            check(ran.out == limits, "other limits", ran)
            check(limits.replace(b"\n", b"\r\n") in world.ssh(sshd, "ulimit -Sn; ulimit -Hn", flags=["-tt"]).out, "on a terminal")
            run([*world.copy_command("sftp", sshd, "-b", "-"), f"{world.user}@127.0.0.1"], b"pwd\n", env=world.client_environment()).succeeded()
            if not world.isolated:
                continue
            script.parent.mkdir(exist_ok=True)
            script.write_text("ulimit -Sn\n")
            try:
                check(world.ssh(sshd, "true").out == f"{few}\n".encode(), "of ~/.ssh/rc")
            finally:
                script.unlink()


def complaint(world, before, *lines, port=None):
    """What sshd says that does not start behind those words."""
    config = world.new_file("sshd_config", configured(world, port or free_port(), f"HostKey {world.key('ed25519')}", *lines))
    ran = run([*before, world.ours("sshd"), "-D", "-e", "-f", config])
    check(ran.status == 255, "it started", ran)
    return ran.err.decode()


def covered(folder):
    """Words before a command that finds nothing in that folder."""
    return ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', folder]


@promise("where /proc, /dev/null or room in files is missing, sshd names it and does not start")
def no_machine(world):
    world.need_isolation()
    if not world.is_sanitized:                                    # that needs /proc and files of any size itself
        check("(ulimit -f)" in complaint(world, ["prlimit", "--fsize=0"], "PidFile none"), "the size of files")
        check("/proc must be mounted: /proc/self/exe: No such" in complaint(world, covered("/proc"), "PidFile none"), "/proc")
    check("sshd-session: /dev/null: No such" in complaint(world, covered("/dev"), "PidFile none"), "/dev/null")
    with world.sshd() as sshd:
        ran = world.ssh(sshd, "grep SigIgn: /proc/self/status")
        check(int(ran.out.split()[1], 16) == 0, "a user's program ignores signals", ran)


@promise("a PidFile and an address that cannot be had are named once; where PAM finds no service, the log says where to look")
def named_once(world):
    world.need_isolation()
    with world.sshd(lines=["PidFile /nowhere/pid"]) as sshd:
        sshd.wait_for_log(r'(?m)^Couldn\'t create pid file "/nowhere/pid": No such file or directory$')
        said = complaint(world, [], "PidFile none", port=sshd.port)
        check(f"Bind to 127.0.0.1 port {sshd.port} failed: Address already in use.\n" in said, "the address", said)
    if world.is_sanitized:                                        # pam_start() of libpam 1.5.2 loses memory where it fails
        return
    with world.sshd(pam=True, before=covered("/etc/pam.d")) as sshd:
        check(world.ssh(sshd, "true").status == 255, "in without PAM")
        sshd.wait_for_log(r'PAM: PAM does not start \(.+\): look for a file "sshd" or "other" in /etc/pam.d')
