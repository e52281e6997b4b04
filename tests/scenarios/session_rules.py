"""What sshd_config says of sessions: what a client must answer, what the kernel is told, what a login sees and leaves."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

from forwarding_peers import Service
from harness import Terminal, check, free_port, promise, run, wait_until

ALIVE = ("echo up; exec cat",)


@contextlib.contextmanager
def session(world, server, *command, flags=(), options=()):
    client = subprocess.Popen(world.ssh_command(server, *command, key=world.key("ed25519"), flags=flags, options=options),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=world.client_environment())
    try:
        first = client.stdout.readline()
        check(first.strip() == b"up", "no session", first)
        yield client
    finally:
        with contextlib.suppress(ProcessLookupError):
            client.send_signal(signal.SIGCONT)
        client.kill()
        client.wait(20)


@promise("ClientAliveInterval: a peer that goes silent is dropped after ClientAliveCountMax questions, one that answers lives")
def alive(world):
    for client_lives in (True, False):
        with world.sshd(lines=["ClientAliveInterval 1", "ClientAliveCountMax 2"]) as sshd, \
                session(world, sshd, *ALIVE, options=["ServerAliveInterval=0"]) as client:
            if client_lives:
                time.sleep(4)                                      # longer than a silent one would live
                client.stdin.write(b"still here\n")
                client.stdin.flush()
                check(client.stdout.readline() == b"still here\n", "it was dropped")
                check("not responding" not in sshd.log(), "it counts as silent", sshd.log())
            else:
                client.send_signal(signal.SIGSTOP)
                began = time.monotonic()
                sshd.wait_for_log(rf"Timeout, client not responding from user {world.user} 127\.0\.0\.1 port \d+")
                check(2 < time.monotonic() - began < 20, "not in its time")


@promise("ClientAliveCountMax 0: a peer may be silent for ever")
def patient(world):
    with world.sshd(lines=["ClientAliveInterval 1", "ClientAliveCountMax 0"]) as sshd, session(world, sshd, *ALIVE) as client:
        client.send_signal(signal.SIGSTOP)
        time.sleep(3.5)
        client.send_signal(signal.SIGCONT)
        client.stdin.write(b"back\n")
        client.stdin.flush()
        check(client.stdout.readline() == b"back\n", "it was dropped")


def socket_of_server(world, sshd, *options, end="sport"):
    """What the kernel says of the server's end of its one connection, or of the client's (dport)."""
    ran = run([world.peer("ss"), "-Htni", *options, "state", "established", end, "=", f":{sshd.port}"])
    return ran.out.decode()


def wait_for_class(world, sshd, wanted, when, end="sport"):
    wait_until(lambda: f"tos:{wanted}" in socket_of_server(world, sshd, "--tos", end=end), f"{end} {when} {wanted}", 20)


@promise("IPQoS: the server's packets are of the class for terminals, or of the one for the rest; none leaves it to the kernel")
def traffic_class(world):
    for lines, flags, wanted in ((["IPQoS af21 cs1"], ["-tt"], "0x48"), (["IPQoS af21 cs1"], [], "0x20"),
                                 (["IPQoS none"], ["-tt"], None), ([], ["-tt"], "0xb8")):
        with world.sshd(lines=lines) as sshd, session(world, sshd, *ALIVE, flags=flags):
            if wanted:
                wait_for_class(world, sshd, wanted, f"{lines} {flags}")
            else:
                said = socket_of_server(world, sshd, "--tos")
                check("tos:" not in said or "tos:0 " in said or "tos:0x0" in said or "tos:0\n" in said, "a class was set", said)


@promise("IPQoS: a terminal that was refused is none, at both ends")
def traffic_class_without_terminal(world):
    with world.sshd(lines=["IPQoS af21 cs1", "PermitTTY no"]) as sshd:
        command = world.ssh_command(sshd, key=world.key("ed25519"), options=["IPQoS=af21 cs1"])
        with Terminal(world, command) as terminal:
            terminal.wait_for("PTY allocation request failed on channel 0")
            for end in ("sport", "dport"):
                wait_for_class(world, sshd, "0x20", "a terminal that was refused", end)


@promise("IPQoS: both ends take the class for the rest while a forwarded connection is open beside a terminal")
def traffic_class_follows(world):
    port = free_port()
    with Service() as service, world.sshd(lines=["IPQoS af21 cs1"]) as sshd, \
            session(world, sshd, *ALIVE, flags=["-tt", "-L", f"{port}:127.0.0.1:{service.port}"],
                    options=["IPQoS=af21 cs1"]):
        for _ in range(2):
            for end in ("sport", "dport"):
                wait_for_class(world, sshd, "0x48", "a terminal", end)
            with socket.create_connection(("127.0.0.1", port)) as link:
                link.sendall(b"x")                                # stays open
                for end in ("sport", "dport"):
                    wait_for_class(world, sshd, "0x20", "and a forwarded connection", end)


@promise("IPQoS: a master's packets are of the class that those want who use its connection")
def traffic_class_of_a_master(world):
    control = world.new_file("control")
    options = [f"ControlPath={control}", "IPQoS=af21 cs1"]
    with world.sshd() as sshd:
        master = subprocess.Popen(world.ssh_command(sshd, key=world.key("ed25519"), flags=["-MN"], options=options),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=world.client_environment())
        try:
            wait_until(control.exists, "the control socket")
            wait_for_class(world, sshd, "0x20", "nobody", "dport")
            with session(world, sshd, *ALIVE, flags=["-tt"], options=options):
                wait_for_class(world, sshd, "0x48", "a terminal", "dport")
                with session(world, sshd, *ALIVE, options=options):
                    wait_for_class(world, sshd, "0x20", "a terminal and a command", "dport")
                wait_for_class(world, sshd, "0x48", "a terminal again", "dport")
        finally:
            master.terminate()
            master.wait(60)


@promise("TCPKeepAlive: the kernel asks whether the client's machine is there, or does not")
def keep_alive(world):
    for word, asks in (("yes", True), ("no", False)):
        with world.sshd(lines=[f"TCPKeepAlive {word}"]) as sshd, session(world, sshd, *ALIVE):
            wait_until(lambda: ("timer:(keepalive" in socket_of_server(world, sshd, "-o")) == asks, f"TCPKeepAlive {word}", 20)


@promise("MaxSessions 0 leaves forwardings only")
def forwardings_only(world):
    with world.sshd(lines=["MaxSessions 0"]) as sshd:
        ran = world.ssh(sshd, "true")
        check(ran.status == 255, "a session", ran)
        ran = world.ssh(sshd, flags=["-W", f"127.0.0.1:{sshd.port}"])
        check(ran.out.startswith(b"SSH-2.0-"), "no forwarding", ran)


@promise("ExposeAuthInfo: a session finds in a file how its user logged in, and the file goes with the session")
def auth_info(world):
    with world.sshd(lines=["ExposeAuthInfo yes"]) as sshd:
        ran = world.ssh(sshd, 'echo "$SSH_USER_AUTH"; cat "$SSH_USER_AUTH"; stat -c %a "$SSH_USER_AUTH"').succeeded()
        path, proof, mode = ran.out.decode().splitlines()
        check(proof == "publickey " + " ".join(world.public(world.key("ed25519")).split()[:2]) and mode == "600", "the proof", ran)
        wait_until(lambda: not os.path.exists(path), "the file goes")
    with world.sshd() as sshd:
        check(world.ssh(sshd, 'echo "[$SSH_USER_AUTH]"').out == b"[]\n", "though nobody asked for it")


@promise("ExposeAuthInfo and no room in /tmp: the session goes without the file, and the log says why")
def auth_info_without_room(world):
    world.need_isolation()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,mode=1777", "tmpfs", "/tmp"], check=True)
    try:
        pathlib.Path("/tmp/all").write_bytes(bytes(os.sysconf("SC_PAGE_SIZE")))
        with world.sshd(lines=["ExposeAuthInfo yes"]) as sshd:
            ran = world.ssh(sshd, 'echo "[$SSH_USER_AUTH]"').succeeded()
            check(ran.out == b"[]\n", "not without the file", ran)
            sshd.wait_for_log(r"there will be no SSH_USER_AUTH: /tmp/sshauth\..*No space left on device")
            check(os.listdir("/tmp") == ["all"], "something was left there", os.listdir("/tmp"))
    finally:
        subprocess.run(["umount", "--lazy", "/tmp"], check=True)


@promise("whatever umask sshd was started with, what a session makes is for nobody else to write; a stricter one stays")
def umask(world):
    for of_starter, of_session in ((0, b"0022"), (0o077, b"0077")):
        before = os.umask(of_starter)
        try:
            with world.sshd() as sshd:
                ran = world.ssh(sshd, "umask").succeeded()
        finally:
            os.umask(before)
        check(ran.out.strip() == of_session, f"umask {of_starter:03o}", ran)


@contextlib.contextmanager
def in_home(world, name, content):
    world.need_isolation()
    path = world.home / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    facts = os.stat(world.home)
    path.write_text(content)
    for place in (path, path.parent):
        if place != world.home:
            os.chown(place, facts.st_uid, facts.st_gid)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@promise("PermitUserEnvironment: no, yes, or the names that match; in ~/.ssh/environment and in authorized_keys")
def user_environment(world):
    authorized = world.new_file("authorized_keys", f'environment="BY_KEY=1" {world.public(world.key("ed25519"))}\n')
    authorized.chmod(0o644)
    with in_home(world, ".ssh/environment", "# ours\nBY_FILE=2\nBY_OTHER=3\nnot a variable\n"):
        for value, found in (("no", "[][][]"), ("yes", "[1][2][3]"), ("BY_FILE,BY_K*", "[1][2][]")):
            with world.sshd(lines=[f"PermitUserEnvironment {value}", f"AuthorizedKeysFile {authorized}"]) as sshd:
                ran = world.ssh(sshd, 'echo "[$BY_KEY][$BY_FILE][$BY_OTHER]"').succeeded()
                check(ran.out.decode().strip() == found, f"PermitUserEnvironment {value}", ran)


def is_there(pid):
    with contextlib.suppress(OSError):
        return ") Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
    return False


@promise("~/.ssh/rc has the session's terminal: it may write there, and ^C and the end of the connection reach it")
def rc_on_terminal(world):
    world.need_isolation()
    with world.sshd() as sshd:
        with in_home(world, ".ssh/rc", "echo rc was here >/dev/tty\n"):
            ran = world.ssh(sshd, "echo main", flags=["-tt"]).succeeded()
            check(b"rc was here" in ran.out and b"main" in ran.out, "no terminal", ran)
        with in_home(world, ".ssh/rc", "echo waiting; exec sleep 1000\n"):
            command = world.ssh_command(sshd, "echo main", key=world.key("ed25519"), flags=["-t"])
            with Terminal(world, command) as terminal:
                terminal.wait_for(r"^waiting")
                terminal.keys("C-c")
                terminal.wait_for(r"\[ended: \d+\]")
        with in_home(world, ".ssh/rc", "echo up; echo $$; exec sleep 1000\n"):
            with session(world, sshd, "echo main", flags=["-tt"]) as client:
                pid = int(client.stdout.readline())
                check(is_there(pid), "it does not run", pid)
            wait_until(lambda: not is_there(pid), "~/.ssh/rc ends with its connection", 20)


@promise("what ~/.ssh/rc does to its process group is its own session's matter: others of the connection go on")
def rc_alone(world):
    world.need_isolation()
    shared = world.new_file("control")
    options = ["ControlMaster=yes", f"ControlPath={shared}"]
    with world.sshd() as sshd, session(world, sshd, *ALIVE, options=options) as client:
        wait_until(shared.exists, "the master's socket")
        with in_home(world, ".ssh/rc", "kill 0\n"):
            ran = world.ssh(sshd, "echo main", options=[f"ControlPath={shared}"])
            check(ran.status != 0 and ran.out == b"", "it did not end its own session", ran)
        client.stdin.write(b"still here\n")
        client.stdin.flush()
        check(client.stdout.readline() == b"still here\n", "the other session ended")
        ran = world.ssh(sshd, "echo main", options=[f"ControlPath={shared}"]).succeeded()
        check(ran.out == b"main\n", "no more sessions", ran)


@promise("/etc/ssh/sshrc runs where no ~/.ssh/rc does: before sftp, inside and outside of sshd, and its refusals")
def system_rc(world):
    world.need_isolation()
    told = world.new_file("told", "")
    told.chmod(0o666)
    rc = pathlib.Path("/etc/ssh/sshrc")
    rc.parent.mkdir(exist_ok=True)
    rc.write_text(f"read line; echo \"system:$HOME\" >>'{told}'\n")
    wanted = f"system:{world.home}\n"

    def prepared(sshd, *command, flags=()):
        told.write_text("")
        ran = world.ssh(sshd, *command, flags=flags)
        return ran, told.read_text()

    try:
        for sftp in ("internal-sftp", str(world.ours("sftp-server"))):
            with world.sshd(sftp=sftp) as sshd, in_home(world, ".ssh/rc", f"echo own >>'{told}'\n"):
                ran, said = prepared(sshd, "sftp", flags=["-s"])
                check(ran.status == 0 and said == wanted, f"{sftp} as a subsystem", ran, said)
                ran, said = prepared(sshd, "true")
                check(ran.status == 0 and said == "own\n", "a command of one who has his own", ran, said)
        with world.sshd(lines=["ForceCommand internal-sftp"]) as sshd:
            ran, said = prepared(sshd, "true")
            check(ran.status == 1 and said == wanted, "a command in the place of sftp", ran, said)
        by_key = world.new_file("by-key", f'command="internal-sftp" {world.public(world.key("ed25519"))}\n')
        by_key.chmod(0o644)
        with world.sshd(lines=[f"AuthorizedKeysFile {by_key}"]) as sshd, \
                in_home(world, ".ssh/rc", f"echo own >>'{told}'\n"):
            ran, said = prepared(sshd, "true")
            check(ran.status == 1 and said == "own\n", "a key for sftp alone", ran, said)
    finally:
        rc.unlink()


@promise("/etc/nologin keeps users out and tells them why; root comes in")
def nologin(world):
    world.need_isolation()
    notice = pathlib.Path("/etc/nologin")
    notice.write_text("closed until noon\n")
    try:
        with world.sshd() as sshd:
            ran = world.ssh(sshd, "true")
            check(ran.status == 255 and b"closed until noon" in ran.err, "let in, or not told", ran)
            sshd.wait_for_log(rf"User {world.user} not allowed because /etc/nologin exists")
            world.ssh(sshd, "true", user="root").succeeded()
    finally:
        notice.unlink()


def of_shell(world, sshd):
    """What a login shell shows before it reads anything."""
    ran = run(world.ssh_command(sshd, key=world.key("ed25519"), flags=["-tt"]), b"exit\n", world.client_environment())
    return ran.out.decode()


@contextlib.contextmanager
def books():
    """lastlog, wtmp and utmp of our own."""
    folder = pathlib.Path("/run/books")
    folder.mkdir(exist_ok=True)
    files = [pathlib.Path("/var/log/lastlog"), pathlib.Path("/var/log/wtmp")]
    bound = []
    for path in files:
        if not path.exists():
            continue
        (folder / path.name).write_bytes(b"")
        subprocess.run(["mount", "--bind", folder / path.name, path], check=True)
        bound.append(path)
    pathlib.Path("/run/utmp").write_bytes(b"")
    try:
        yield
    finally:
        for path in bound:
            subprocess.run(["umount", path], check=True)


@promise("a login shell shows the message of the day and the last login, unless it is told not to, or ~/.hushlogin is there")
def greetings(world):
    world.need_isolation()
    motd = pathlib.Path("/etc/motd")
    motd.write_text("today: soup\n")
    with books():
        def shown(*lines):
            with world.sshd(lines=lines) as sshd:
                return of_shell(world, sshd)

        both = ("PrintMotd yes", "PrintLastLog yes")
        first = shown(*both)
        check("today: soup" in first, "no message of the day", first)
        has_lastlog = pathlib.Path("/var/log/lastlog").exists()
        if has_lastlog:
            check("Last login" not in first, "a login before the first", first)
            again = shown(*both)
            check(re.search(r"Last login: \w{3} \w{3} .* from 127\.0\.0\.1", again), "no last login", again)
        neither = shown("PrintMotd no", "PrintLastLog no")
        check("soup" not in neither and "Last login" not in neither, "shown all the same", neither)
        with in_home(world, ".hushlogin", ""):
            hushed = shown(*both)
            check("soup" not in hushed and "Last login" not in hushed, "shown to one who wants no words", hushed)
        with world.sshd(lines=both) as sshd:
            check(world.ssh(sshd, "true").out == b"", "shown to a command")


@contextlib.contextmanager
def talkative_pam(world, words):
    """sshd_config's lines for a service whose modules say that when a session opens."""
    world.need_isolation()
    said = world.new_file("said", words)
    said.chmod(0o644)
    service = pathlib.Path("/etc/pam.d/nacre-words")
    service.write_text("auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n"
                       f"session optional pam_echo.so file={said}\n")
    try:
        yield [f"PAMServiceName {service.name}"]
    finally:
        service.unlink()


@promise("what PAM says when it opens the session comes before each shell, on a terminal or not, and before no command")
def words_of_pam(world):
    shared = world.new_file("control")
    master = ["ControlMaster=yes", f"ControlPath={shared}"]
    with talkative_pam(world, "Mind the step\n") as lines, world.sshd(pam=True, lines=lines) as sshd:
        for flags in ([], ["-tt"]):
            ran = world.ssh(sshd, input=b"exit\n", flags=flags)
            check(b"Mind the step" in ran.out, "not shown", ran)
        check(world.ssh(sshd, "true").out == b"", "shown to a command")
        with session(world, sshd, *ALIVE, options=master):
            wait_until(shared.exists, "the master's socket")
            for _ in range(2):
                ran = world.ssh(sshd, input=b"exit\n", options=[f"ControlPath={shared}"])
                check(b"Mind the step" in ran.out, "not shown to a shell of a shared connection", ran)
        with in_home(world, ".hushlogin", ""):
            ran = world.ssh(sshd, input=b"exit\n")
            check(b"Mind the step" not in ran.out, "shown to one who wants no words", ran)


def root_with_shell(world):
    """A folder to be a root, in which there is /bin/sh and nothing else."""
    root = world.new_folder("root")
    libraries = re.findall(r"(/\S+) \(0x", run([world.peer("ldd"), "/bin/sh"]).out.decode())
    for path in ("/bin/sh", *libraries):
        copy = root / path.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return root


@promise("ChrootDirectory: a shell is greeted with the host's message of the day, or not, as the user's home says")
def greetings_in_chroot(world):
    world.need_isolation()
    root = root_with_shell(world)
    pathlib.Path("/etc/motd").write_text("today: soup\n")
    with talkative_pam(world, "Mind the step\n") as lines, \
            world.sshd(pam=True, lines=["PrintMotd yes", f"ChrootDirectory {root}", *lines]) as sshd:
        shown = of_shell(world, sshd)
        check("today: soup" in shown and "Mind the step" in shown, "not greeted", shown)
        with in_home(world, ".hushlogin", ""):
            shown = of_shell(world, sshd)
            check("soup" not in shown and "Mind the step" not in shown, "greeted", shown)


def entries(path, kind):
    """(terminal, user, host) of records in utmp's format."""
    data, found = pathlib.Path(path).read_bytes(), []
    for at in range(0, len(data) - 383, 384):
        if struct.unpack_from("<h", data, at)[0] == kind:
            found.append(tuple(data[at + a:at + b].rstrip(b"\0").decode() for a, b in ((8, 40), (44, 76), (76, 332))))
    return found


@promise("a terminal's login and logout are written to utmp, wtmp and lastlog; a command's are not")
def records(world):
    world.need_isolation()
    login, logout = 7, 8
    with books(), world.sshd() as sshd:
        world.ssh(sshd, "true").succeeded()
        wtmp = pathlib.Path("/var/log/wtmp")
        check(not entries("/run/utmp", login) and not (wtmp.exists() and wtmp.read_bytes()), "a command was recorded")
        with session(world, sshd, "echo up; tty; exec cat", flags=["-tt"]) as client:
            terminal = client.stdout.readline().decode().strip().removeprefix("/dev/")
            wanted = (terminal, world.user, "127.0.0.1")
            wait_until(lambda: wanted in entries("/run/utmp", login), f"{wanted} in utmp")
            if wtmp.exists():
                check(entries(wtmp, login) == [wanted], "wtmp", entries(wtmp, login))
            lastlog = pathlib.Path("/var/log/lastlog")
            if lastlog.exists():
                record = lastlog.read_bytes()[os.stat(world.home).st_uid * 292:][:292]
                check(record[4:36].rstrip(b"\0").decode() == terminal and record[36:292].rstrip(b"\0") == b"127.0.0.1", "lastlog", record)
        wait_until(lambda: wanted not in entries("/run/utmp", login), "the end in utmp")
        if wtmp.exists():
            wait_until(lambda: any(terminal == entry[0] for entry in entries(wtmp, logout)), "the end in wtmp")


@promise("none is nothing, in capitals, too: in sshd_config and in ssh_config")
def nothing_in_capitals(world):
    served = ["Banner", "ChrootDirectory", "ForceCommand", "VersionAddendum", "TrustedUserCAKeys", "AuthorizedKeysCommand",
              "AuthorizedPrincipalsFile", "PidFile"]
    wanted = ["ProxyCommand", "ControlPath", "IdentityAgent", "IdentityFile", "CertificateFile", "KnownHostsCommand",
              "RemoteCommand", "VersionAddendum", "GlobalKnownHostsFile"]
    with world.sshd(lines=[f"{keyword} None" for keyword in served]) as sshd:
        ran = world.ssh(sshd, "echo fine", options=["LogLevel=DEBUG1", *(f"{keyword}=NONE" for keyword in wanted)])
        check(ran.status == 0 and ran.out == b"fine\n" and b"NONE" not in ran.err, "not nothing", ran)
