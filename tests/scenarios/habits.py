"""What administrators, scripts and people's fingers rely on without any standard: what OpenSSH does, we do."""
import contextlib
import os
import pathlib
import pwd
import re
import signal
import subprocess

from harness import (PASSWORD, Terminal, add, agent, check, children_of, promise, run, run_with_late_fifo,
                     wait_until)

BTMP_RECORD = 384                                                  # bytes: utmp(5)
QUESTIONS_ONLY = ["BatchMode=no", "PubkeyAuthentication=no", "PreferredAuthentications=keyboard-interactive"]
PASSWORD_ONLY = ["BatchMode=no", "PubkeyAuthentication=no", "PreferredAuthentications=password"]


@contextlib.contextmanager
def changed(path, text):
    """A file of the private /etc with another content; None: it was not there."""
    path = pathlib.Path(path)
    before = path.read_text() if path.exists() else None
    path.write_text(text)
    try:
        yield
    finally:
        path.unlink() if before is None else path.write_text(before)


def authorized(world, options, name="authorized_keys"):
    path = world.new_file(name, f"{options} {world.public(world.key('ed25519'))}\n")
    path.chmod(0o644)
    return path


@contextlib.contextmanager
def agent_with(world, *keys, flags=(), env=None):
    with agent(world, env=env) as reached:
        add(world, reached, "-q", *flags, *keys).succeeded()
        yield reached


# ---- what may run ------------------------------------------------------------------------

@promise("what comes by a FIFO whose writer is late is waited for: configurations, keys, in each program that is told of it")
def late_fifos(world):
    folder, key = world.new_folder("fifos"), world.key("ed25519")
    private, public = key.read_bytes(), pathlib.Path(f"{key}.pub").read_bytes()
    blob = public.split()[1]

    def late(name, content, *command, env=None):
        words = [folder / name if word == "FIFO" else word for word in command]
        return run_with_late_fifo(words, folder / name, content, env)

    shown = late("config", b"Host zz\nHostName 192.0.2.1\n", world.ours("ssh"), "-F", "FIFO", "-G", "zz").succeeded()
    check(b"hostname 192.0.2.1\n" in shown.out, "not read", shown)
    ran = late("sshd_config", b"Port 99999\n", world.ours("sshd"), "-t", "-f", "FIFO")
    check(ran.status == 255 and b"99999" in ran.err, "an empty configuration", ran)
    ran = late("y", private, world.ours("ssh-keygen"), "-y", "-f", "FIFO").succeeded()
    check(ran.out.split()[1] == blob, "another key", ran)
    late("l", public, world.ours("ssh-keygen"), "-l", "-f", "FIFO").succeeded()
    with agent(world) as env:
        late("add", private, world.ours("ssh-add"), "-q", "FIFO", env=world.client_environment(**env)).succeeded()
        check(add(world, env, "-L").succeeded().out.split()[1] == blob, "not added")


@promise("an empty command= runs nothing, whatever is asked for: no shell, no command, no subsystem")
def empty_command(world):
    for whose in ("nacre", "openssh"):
        with world.sshd(whose, lines=[f"AuthorizedKeysFile {authorized(world, 'command=' + chr(34) * 2)}"]) as sshd:
            for what in ([], ["id -un"], ["-s", "sftp"]):
                ran = world.ssh(sshd, *what, input=b"id -un\n")
                check(ran.status == 0 and ran.out == b"", f"{whose}'s server: {what or 'a shell'}", ran)
            ran = world.ssh(sshd, flags=["-tt"], input=b"id -un\n")
            check(ran.status == 0 and world.user.encode() not in ran.out, f"{whose}'s server: a terminal", ran)


@promise("root with forced-commands-only and an empty command= gets no shell")
def empty_command_of_root(world):
    world.need_isolation()
    for whose in ("nacre", "openssh"):
        lines = ["PermitRootLogin forced-commands-only", f"AuthorizedKeysFile {authorized(world, 'command=' + chr(34) * 2)}"]
        with world.sshd(whose, lines=lines) as sshd:
            ran = world.ssh(sshd, input=b"id -un\n", user="root")
            check(b"root" not in ran.out, f"{whose}'s server", ran)
    with world.sshd(lines=lines) as sshd:
        world.ssh(sshd, user="root").succeeded()
        sshd.wait_for_log(r"Root login accepted for forced command\.")


@promise("root with forced-commands-only needs a command of the key's own: ForceCommand is none")
def forced_command_of_root(world):
    world.need_isolation()
    for options, told in (("", None), ('command="echo by key"', b"by key\n")):
        for whose in ("nacre", "openssh"):
            lines = ["PermitRootLogin forced-commands-only", f"AuthorizedKeysFile {authorized(world, options)}"]
            if told is None:
                lines.append("ForceCommand echo by configuration")
            with world.sshd(whose, lines=lines) as sshd:
                ran = world.ssh(sshd, "echo asked for", user="root")
                right = (ran.status, ran.out) == (0, told) if told else ran.status == 255 and ran.out == b""
                check(right, f"{whose}'s server: [{options}]", ran)


@promise("AllowGroups and DenyGroups take each word as one pattern, as OpenSSH does: no lists, nothing negated")
def groups(world):
    world.need_isolation()
    group = run(["id", "-gn", world.user]).out.decode().strip()
    for line, allowed in ((f"DenyGroups !{group} *", False), (f"AllowGroups root,{group}", False), ("AllowGroups !root,*", False),
                          (f"AllowGroups !{group} *", True), (f"AllowGroups root {group}", True), ("DenyGroups ro*", True)):
        for whose in ("nacre", "openssh"):
            with world.sshd(whose, lines=[line]) as sshd:
                ran = world.ssh(sshd, "echo in")
                check((ran.status == 0) == allowed, f"{whose}'s server: {line}", ran)


@promise("a program without a terminal goes on when its connection is lost; one with a terminal is hung up")
def lost_connection(world):
    for whose in ("nacre", "openssh"):
        for flags, survives in (([], True), (["-tt"], False)):
            folder = world.remote_folder("lost")
            script = (f"trap 'echo HUP >{folder}/end; exit' HUP; echo up; "
                      f"while [ ! -e {folder}/go ]; do sleep 0.05; done; echo done >{folder}/end")
            with world.sshd(whose) as sshd:
                client = subprocess.Popen(world.ssh_command(sshd, script, key=world.key("ed25519"), flags=flags),
                                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                          env=world.client_environment())
                check(client.stdout.readline().strip() == b"up", "it did not start")
                client.kill()
                client.communicate()
                own = {"nacre": "sshd-user", "openssh": "sshd"}[whose]
                wait_until(lambda: own not in children_of(sshd.process.pid).values(), "the connection has ended")
                if survives:
                    (folder / "go").touch()
                wait_until((folder / "end").exists, f"{whose}'s server: the program comes to an end")
                said = wait_until(lambda: (folder / "end").read_text(), "it says how")
                check(said == ("done\n" if survives else "HUP\n"), f"{whose}'s server, {flags}: {said!r}")


# ---- whose files -------------------------------------------------------------------------

@promise("StrictModes takes what the user's own group may write, and no other group")
def own_group(world):
    world.need_isolation()
    account = pwd.getpwnam(world.user)
    home = world.remote_folder("strict")
    keys = home / "authorized_keys"
    keys.write_text(world.public(world.key("ed25519")) + "\n")
    shared = run(["getent", "group", "users"]).out.decode().split(":")[2]
    with world.sshd(lines=["StrictModes yes", f"AuthorizedKeysFile {keys}"]) as sshd:
        for gid, mode, allowed in ((account.pw_gid, 0o664, True), (account.pw_gid, 0o666, False), (int(shared), 0o664, False),
                                   (account.pw_gid, 0o644, True)):
            os.chown(keys, account.pw_uid, gid)
            keys.chmod(mode)
            ran = world.ssh(sshd, "true")
            check((ran.status == 0) == allowed, f"group {gid}, mode {mode:o}", ran, sshd.log()[-1500:])
        keys.chmod(0o664)
        accounts = pathlib.Path("/etc/passwd").read_text()
        with changed("/etc/passwd", accounts + f"second:x:{account.pw_uid + 1}:{account.pw_gid}::/:/bin/sh\n"):
            check(world.ssh(sshd, "true").status != 0, "another's primary group")
        member = pathlib.Path("/etc/group").read_text()
        name = run(["id", "-gn", world.user]).out.decode().strip()
        with changed("/etc/group", re.sub(rf"^({name}:.*:)$", r"\1daemon", member, flags=re.M)):
            check(world.ssh(sshd, "true").status != 0, "another is in the group")


@promise("ssh reads a configuration that the user's own group may write, and none that others may")
def own_group_of_configuration(world):
    world.need_isolation()
    account = pwd.getpwnam(world.user)
    folder = world.remote_folder("configuration") / ".ssh"
    folder.mkdir()
    file = folder / "config"
    file.write_text("Host x\n Port 77\n")
    with changed("/etc/passwd", re.sub(rf"^({world.user}:.*):[^:]*:([^:]*)$", rf"\1:{folder.parent}:\2",
                                       pathlib.Path("/etc/passwd").read_text(), flags=re.M)):
        for mode, works in ((0o664, True), (0o666, False)):
            file.chmod(mode)
            for path in (folder, file):
                os.chown(path, account.pw_uid, account.pw_gid)
            for program in (world.ours("ssh"), world.peer("ssh")):
                ran = run(["setpriv", "--reuid", world.user, "--regid", str(account.pw_gid), "--clear-groups", program, "-G", "x"])
                check((b"port 77\n" in ran.out) == works, f"{program}, {mode:o}", ran)


@promise("who has no home is told so, and starts in the root directory")
def homeless(world):
    world.need_isolation()
    account = pwd.getpwnam(world.user)
    lines = pathlib.Path("/etc/passwd").read_text()
    with changed("/etc/passwd", lines + f"homeless:x:{account.pw_uid + 1}:{account.pw_gid}::/nonexistent/home:/bin/sh\n"):
        for whose in ("nacre", "openssh"):
            with world.sshd(whose) as sshd:
                ran = world.ssh(sshd, "pwd", user="homeless").succeeded()
                check(ran.out == b"/\n" and ran.err == b"Could not chdir to home directory /nonexistent/home: "
                      b"No such file or directory\n", f"{whose}'s server", ran)


@promise("-p leaves no port of the file, and ListenAddress may be a name")
def where_it_listens(world):
    for lines, flags in (("Port 7001", ["-p", "7002"]), ("Port 7001\nPort 7003", ["-p", "7002", "-p", "7004"]),
                         ("Port 7001", ["-o", "Port=7002"]), ("Port 7001\nListenAddress 127.0.0.1:7003", ["-p", "7002"]),
                         ("ListenAddress 127.0.0.1\nPort 7001", ["-p", "7002"]), ("ListenAddress localhost:7001", ["-4"]),
                         ("ListenAddress [localhost]:7001", ["-4"])):
        config = world.new_file("sshd_config", f"{lines}\nHostKey {world.key('ed25519')}\n")
        said = {}
        for program in (world.ours("sshd"), world.peer("sshd")):
            ran = run([program, "-T", "-f", config, *flags]).succeeded()
            said[program] = sorted(line for line in ran.out.splitlines() if line.startswith((b"port ", b"listenaddress ")))
        first, second = said.values()
        check(first == second, f"{lines!r} {flags}: {first} {second}")
    with world.sshd(lines=["ListenAddress localhost"]) as sshd:
        world.ssh(sshd, "true").succeeded()
        check("bad ListenAddress" not in sshd.log(), "a name", sshd.log())


# ---- what administrators look at ---------------------------------------------------------

@promise("a variable may be as long as an argument")
def long_variable(world):
    for whose in ("nacre", "openssh"):
        with world.sshd(whose, lines=["AcceptEnv LONG"]) as sshd:
            ran = world.ssh(sshd, "echo ${#LONG}", options=["SendEnv=LONG"], env={"LONG": "x" * 100_000}).succeeded()
            check(ran.out == b"100000\n", f"{whose}'s server", ran)


@promise("ps shows who is served, and at which terminal, and what serves nobody")
def titles(world):
    with world.sshd() as sshd:
        title = lambda pid: pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode()
        def titles_of(name):
            found = []
            for pid, its in children_of(sshd.process.pid).items():
                with contextlib.suppress(OSError):                 # spares come and go
                    found += [title(pid)] if its == name else []
            return found
        for name, titles in (("sshd-zygote", ["sshd: [zygote]"]), ("sshd-net-zygote", ["sshd: [net zygote]"]),
                             ("sshd-session", ["sshd: [waiting]"] * 2), ("sshd-net", ["sshd: [net]"] * 2)):
            wait_until(lambda: titles_of(name) == titles, f"{name} before anybody comes")
        with Terminal(world, world.ssh_command(sshd, "-tt", "tty; exec cat", key=world.key("ed25519"))) as terminal:
            terminal_name = terminal.wait_for(r"^/dev/(pts/\d+)").group(1)
            wait_until(lambda: f"sshd: {world.user}@{terminal_name}" in titles_of("sshd-user"), "the user's process")
            wait_until(lambda: f"sshd: {world.user} [priv]" in titles_of("sshd-session"), "the monitor")
        client = subprocess.Popen(world.ssh_command(sshd, "exec cat", key=world.key("ed25519")), stdin=subprocess.PIPE,
                                  env=world.client_environment())
        wait_until(lambda: f"sshd: {world.user}@notty" in titles_of("sshd-user"), "a process without a terminal")
        client.communicate()


@promise("a wrong password is recorded where lastb looks, with PAM and without; a refused key is not")
def failures_on_record(world):
    world.need_isolation()
    record = world.new_file("btmp", b"")
    record.chmod(0o660)
    subprocess.run(["mount", "--bind", str(record), "/var/log/btmp"], check=True)
    try:
        for pam in (False, True):
            with world.sshd(user_keys=[], pam=pam, lines=["PasswordAuthentication yes"]) as sshd:
                for user in (world.user, "nobody-of-that-name"):
                    record.write_bytes(b"")
                    world.ssh(sshd, "true", user=user)
                    check(record.read_bytes() == b"", "a key was recorded")
                    world.ssh(sshd, "true", user=user, env=world.askpass("wrong"), options=[*PASSWORD_ONLY, "NumberOfPasswordPrompts=1"])
                    data = record.read_bytes()
                    check(len(data) == BTMP_RECORD, f"{user}, PAM {pam}: {len(data)} bytes")
                    line, name, host = (data[at:at + size].rstrip(b"\0").decode() for at, size in ((8, 32), (44, 32), (76, 256)))
                    check((line, name, host) == ("ssh:notty", user[:32], "127.0.0.1"), f"{(line, name, host)}")
    finally:
        subprocess.run(["umount", "/var/log/btmp"], check=True)


@promise("the log tells what let a key in, what forced a command, and when keys were tried too often, as OpenSSH's")
def log_lines(world):
    key = world.key("ed25519")
    with world.sshd(lines=["LogLevel VERBOSE", f"AuthorizedKeysFile {authorized(world, 'command=' + chr(34) + 'true' + chr(34))}",
                           "MaxAuthTries 2"]) as sshd:
        world.ssh(sshd, "id").succeeded()
        sshd.wait_for_log(r"Accepted key ED25519 SHA256:\S+ found at /\S+authorized_keys:1\n")
        sshd.wait_for_log(r"Starting session: forced-command \(key-option\) 'true' for ")
        strangers = [world.key("ed25519", fresh=True) for _ in range(3)]
        world.ssh(sshd, "id", key=strangers[0], flags=[f"-i{k}" for k in strangers[1:]])
        sshd.wait_for_log(rf"maximum authentication attempts exceeded for {world.user} from 127\.0\.0\.1 port \d+ ssh2 \[preauth\]")
    with world.sshd(lines=["LogLevel VERBOSE", "ForceCommand true"]) as sshd:
        world.ssh(sshd, "id").succeeded()
        sshd.wait_for_log(r"Starting session: forced-command \(config\) 'true' for ")
    if world.isolated:
        hidden = authorized(world, "")
        hidden.chmod(0o600)
        with world.sshd(lines=["LogLevel INFO", f"AuthorizedKeysFile {hidden}"]) as sshd:
            world.ssh(sshd, "id", key=key)
            sshd.wait_for_log(rf"Could not open user '{world.user}' authorized keys '{re.escape(str(hidden))}': Permission denied")


@promise("why PAM lets an account not in is told to who knows its password, by questions too")
def nobody_now(world):
    world.need_isolation()
    with changed("/etc/pam.d/nacre-habits", "auth required pam_unix.so\naccount required pam_nologin.so\naccount required pam_unix.so\n"
                 "session required pam_permit.so\n"), changed("/etc/nologin", "back at five\n"):
        for options in (QUESTIONS_ONLY, PASSWORD_ONLY):
            with world.sshd(user_keys=[], pam=True, lines=["PAMServiceName nacre-habits", "PasswordAuthentication yes",
                                                           "KbdInteractiveAuthentication yes"]) as sshd:
                ran = world.ssh(sshd, "true", env=world.askpass(PASSWORD), options=[*options, "NumberOfPasswordPrompts=1"])
                check(ran.status == 255 and b"back at five" in ran.err, f"{options[-1]}", ran)
                ran = world.ssh(sshd, "true", env=world.askpass("wrong"), options=[*options, "NumberOfPasswordPrompts=1"])
                check(ran.status == 255 and b"back at five" not in ran.err, f"{options[-1]}: to a stranger", ran)
                sshd.wait_for_log(rf"Access denied for user {world.user} by PAM account configuration \[preauth\]")


# ---- the client --------------------------------------------------------------------------

@promise("`ssh host command &` at an interactive shell is not stopped by a terminal that nobody types at")
def in_background(world):
    with world.sshd() as sshd:
        script = world.new_file("command", "#!/bin/sh\nexec " + " ".join(
            f"'{word}'" for word in world.ssh_command(sshd, "sleep 0.5; echo from-afar", key=world.key("ed25519"))) + "\n")
        script.chmod(0o755)
        with Terminal(world, ["bash", "--norc", "--noprofile", "-i"]) as terminal:
            terminal.line(f"{script} &")
            terminal.wait_for("from-afar")
            terminal.line("wait; echo [rest: $(jobs -s | wc -l)]")
            terminal.wait_for(r"^\[rest: 0\]")
            terminal.line(f"{script} | tr a-z A-Z &")
            terminal.wait_for("FROM-AFAR")


@promise("ssh -N ends well when it is told to, as service managers do; other sessions do not")
def told_to_end(world):
    with world.sshd() as sshd:
        for program in (world.ours("ssh"), world.peer("ssh")):
            for words, number, status in ((["-N"], signal.SIGTERM, 0), (["-N"], signal.SIGINT, 255), (["cat"], signal.SIGTERM, 255)):
                client = subprocess.Popen(world.ssh_command(sshd, *words, key=world.key("ed25519"), program=program),
                                          stdin=subprocess.PIPE, env=world.client_environment())
                wait_until(lambda: signal_is_caught(client.pid, number), "it can be told")

                def has_ended():                                  # OpenSSH's loses one that comes right before its poll(2)
                    client.send_signal(number)
                    return client.poll() is not None
                wait_until(has_ended, "its end", pause=0.5)
                client.communicate()
                check(client.returncode == status, f"{program} {words} {number!r}: {client.returncode}, wanted {status}")


def signal_is_caught(pid, number):
    caught = re.search(r"^SigCgt:\s+(\S+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1)
    return int(caught, 16) >> (number - 1) & 1


@promise("Include passes over folders, also one that is named, of which it is said; so do OpenSSH's programs")
def folders_in_include(world):
    folder = world.new_folder("config.d")
    (folder / "sub").mkdir()
    (folder / "one").write_text("Host zz\n Port 3\n")
    file = world.new_file("config", f"Include {folder}/*\n")
    for program in (world.ours("ssh"), world.peer("ssh")):
        ran = run([program, "-F", file, "-G", "zz"]).succeeded()
        check(b"port 3\n" in ran.out, f"{program}", ran)
    file.write_text(f"Include {folder}/sub\nPort 4\n")
    for program in (world.ours("ssh"), world.peer("ssh")):
        ran = run([program, "-F", file, "-G", "zz"]).succeeded()
        check(b"port 4\n" in ran.out, f"{program}: a folder by name", ran)
        check((b"is a directory and passed over" in ran.err) == (program == world.ours("ssh")), "what is said", ran)
    server = world.new_file("sshd_config", f"Include {folder}/sub\nHostKey {world.key()}\n")
    for program in (world.ours("sshd"), world.peer("sshd")):
        run([program, "-t", "-f", server]).succeeded()


@promise("ssh -G shows no forwardings that ClearAllForwardings clears; so with OpenSSH")
def cleared_forwardings(world):
    for program in (world.ours("ssh"), world.peer("ssh")):
        words = [program, "-F", "none", "-G", "-L80:a:22", "-R81:a:22", "-D82", "zz"]
        ran = run(words).succeeded()
        check(ran.out.count(b"forward 8") == 3, f"{program}: not shown", ran)
        ran = run([*words[:-1], "-oClearAllForwardings=yes", "zz"]).succeeded()
        check(b"forward 8" not in ran.out, f"{program}: shown", ran)


@promise("the keys that are named come first, whatever worked last time")
def named_keys(world):
    keys = {name: world.new_file(name) for name in ("work", "private", "locked")}
    for name, path in keys.items():
        passphrase = "secret" if name == "locked" else ""
        run([world.ours("ssh-keygen"), "-q", "-t", "ed25519", "-N", passphrase, "-f", path]).succeeded()
    refuses = world.new_file("askpass", "#!/bin/sh\nexit 1\n")
    refuses.chmod(0o755)
    lines = world.new_file("authorized_keys", "".join(f'command="echo {name}" {world.public(path)}\n' for name, path in keys.items()))
    lines.chmod(0o644)
    memory = world.new_file("memory")
    with agent_with(world, keys["work"], keys["private"]) as env:
        for whose in ("nacre", "openssh"):
            with world.sshd(whose, lines=[f"AuthorizedKeysFile {lines}"]) as sshd:
                options = [f"ConnectionMemory={memory}", "IdentitiesOnly=no", f"IdentityAgent={env['SSH_AUTH_SOCK']}"]
                for name in ("work", "private", "work", "work", "private", "private"):
                    ran = world.ssh(sshd, key=keys[name], options=options).succeeded()
                    check(ran.out == name.encode() + b"\n", f"{whose}'s server: {name} was named", ran)
                # One whose passphrase was not given once is not one that was refused.
                for said, name in (({**world.askpass(""), "SSH_ASKPASS": str(refuses)}, "work"), (world.askpass("secret"), "locked")):
                    ran = world.ssh(sshd, key=keys["locked"], env=said, options=[
                        options[0], f"IdentityFile={keys['locked']}", f"IdentityFile={keys['work']}", "BatchMode=no"]).succeeded()
                    check(ran.out == name.encode() + b"\n", f"{whose}'s server: not {name}", ran)


@promise("the end of a connection names the host, not the name of its key")
def alias(world):
    with world.sshd() as sshd:
        known = world.new_file("known", "elsewhere " + world.public(world.key("ed25519")) + "\n")
        for program in (world.ours("ssh"), world.peer("ssh")):
            ran = world.ssh(sshd, "true", program=program, flags=["-tt"],
                            options=["HostKeyAlias=elsewhere", f"UserKnownHostsFile={known}"]).succeeded()
            check(b"Connection to 127.0.0.1 closed." in ran.err, f"{program}", ran)


@promise("ssh-keygen -Y sign lets an agent sign that has the key: no passphrase is asked for, and its refusal counts")
def agents_sign(world):
    locked, plain = world.new_file("locked"), world.new_file("plain")
    for path, passphrase in ((locked, "secret"), (plain, "")):
        run([world.ours("ssh-keygen"), "-q", "-t", "ed25519", "-N", passphrase, "-f", path]).succeeded()
    refuses = world.new_file("askpass", "#!/bin/sh\nexit 1\n")
    refuses.chmod(0o755)
    asks = {"SSH_ASKPASS": str(refuses), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    opened = world.new_file("opened", locked.read_text())
    opened.chmod(0o600)
    run([world.ours("ssh-keygen"), "-q", "-p", "-P", "secret", "-N", "", "-f", opened]).succeeded()
    for program in (world.ours("ssh-keygen"), world.peer("ssh-keygen")):
        with agent_with(world, opened) as env:
            for file in (locked, f"{locked}.pub"):
                ran = run([program, "-Y", "sign", "-n", "file", "-f", file], b"text", world.client_environment(**env, **asks))
                check(b"BEGIN SSH SIGNATURE" in ran.succeeded().out, f"{program}: {file}", ran)
        with agent_with(world, plain, flags=["-c"], env=asks) as env:
            ran = run([program, "-Y", "sign", "-n", "file", "-f", plain], b"text", world.client_environment(**env))
            check(ran.status == 255 and b"SIGNATURE" not in ran.out, f"{program}: a refused key", ran)


@promise("-A forwards no agent that is not there, so that the one over there is found")
def missing_agent(world):
    with world.sshd() as sshd:
        for program in (world.ours("ssh"), world.peer("ssh")):
            ran = world.ssh(sshd, "echo [$SSH_AUTH_SOCK]", program=program, flags=["-A"],
                            env={"SSH_AUTH_SOCK": "/nonexistent/agent"}).succeeded()
            check(ran.out == b"[]\n", f"{program}", ran)


@promise("AddKeysToAgent=ask asks for a button, not for a word, where a program asks")
def button(world):
    asked = world.new_file("asked", "")
    ask = world.new_file("askpass", f"#!/bin/sh\necho \"$SSH_ASKPASS_PROMPT $1\" >>{asked}\n")
    ask.chmod(0o755)
    for program in (world.ours("ssh"), world.peer("ssh")):
        key = world.new_file("asked-about")
        run([world.ours("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "joe at work", "-f", key]).succeeded()
        with world.sshd(user_keys=[key]) as sshd, agent(world) as env:
            world.ssh(sshd, "true", key=key, program=program, env={
                "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"},
                options=["AddKeysToAgent=ask", "BatchMode=no", f"IdentityAgent={env['SSH_AUTH_SOCK']}"]).succeeded()
            wait_until(lambda: f"confirm Add key {key} (joe at work) to agent?" in asked.read_text(), f"{program} to ask")
            check(b"joe at work" in add(world, env, "-l").succeeded().out, f"{program}: not added")


@promise("a directory for standard input, or a full disk under error output, does not change the command's status")
def strange_streams(world):
    with world.sshd() as sshd, open("/dev/full", "wb") as full, contextlib.ExitStack() as stack:
        folder = os.open("/tmp", os.O_RDONLY)
        stack.callback(os.close, folder)
        for program in (world.ours("ssh"), world.peer("ssh")):
            for command, streams in (("cat; exit 2", {"stdin": folder}), ("echo x >&2; exit 2", {"stderr": full})):
                line = [str(word) for word in world.ssh_command(sshd, command, key=world.key("ed25519"), program=program)]
                status = subprocess.run(line, env=world.client_environment(), timeout=60,
                                        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **streams}).returncode
                check(status == 2, f"{program} {command}: {status}")


@promise("without a program for cookies no display is lent, and one that a master lends is lent by -N, too")
def displays(world):
    authority = world.new_file("Xauthority")
    env = {"DISPLAY": "127.0.0.1:77", "XAUTHORITY": str(authority)}
    run([world.peer("xauth"), "add", "127.0.0.1:77", "MIT-MAGIC-COOKIE-1", "00" * 16], env=world.client_environment(**env)).succeeded()
    for whose in ("nacre", "openssh"):
        with world.sshd(whose, lines=["X11Forwarding yes", "XAuthLocation /nonexistent/xauth"]) as sshd:
            ran = world.ssh(sshd, "echo [$DISPLAY]", flags=["-Y"], env=env).succeeded()
            check(ran.out == b"[]\n" and b"X11 forwarding request failed" in ran.err, f"{whose}'s server: no xauth", ran)
        with world.sshd(whose, lines=["X11Forwarding yes", f"XAuthLocation {world.peer('xauth')}"]) as sshd:
            path = world.new_file("master")
            master = subprocess.Popen([str(w) for w in world.ssh_command(sshd, key=world.key("ed25519"),
                                      flags=["-M", "-N", "-Y", "-S", str(path)])], env=world.client_environment(**env))
            try:
                wait_until(path.exists, "the master")
                ran = world.ssh(sshd, "echo [$DISPLAY]", flags=["-Y", "-S", str(path)], env=env).succeeded()
                check(b":" in ran.out, f"{whose}'s server: through a master", ran)
            finally:
                master.terminate()
                master.wait()


@promise("what is wrong with this machine is for its log: a stranger is told no path")
def no_paths(world):
    public = world.public(world.key("ed25519"))
    half = world.new_file("host_key", public + "\n")
    half.with_suffix(".pub").write_text(public + "\n")
    with world.sshd(lines=["HostKeyAgent /nonexistent/agent"], host_keys=[half]) as sshd:
        ran = world.ssh(sshd, "true", options=["StrictHostKeyChecking=no"])
        check(ran.status == 255 and b"its log says why" in ran.err and b"nonexistent" not in ran.err, "told", ran)
        check("/nonexistent/agent" in sshd.log(), "not logged", sshd.log())


@promise("a key goes to the agent under its comment")
def comments(world):
    key = world.new_file("commented")
    run([world.ours("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "joe at work", "-f", key]).succeeded()
    with agent(world) as env:
        with world.sshd(user_keys=[key]) as sshd:
            world.ssh(sshd, "true", key=key, options=["AddKeysToAgent=yes", f"IdentityAgent={env['SSH_AUTH_SOCK']}"]).succeeded()
        listed = add(world, env, "-l").succeeded()
        check(b" joe at work (ED25519)" in listed.out, "under another name", listed)


@promise("what cannot be done on the way is said: a forwarded agent that is not there, a program for questions that is not")
def said(world):
    with world.sshd() as sshd:
        ran = world.ssh(sshd, "echo on", options=["ForwardAgent=/nonexistent/agent"]).succeeded()
        check(ran.out == b"on\n" and b'Cannot forward agent socket path "/nonexistent/agent": No such file or directory' in ran.err,
              "the agent", ran)
        ran = world.ssh(sshd, "echo on", options=["ForwardAgent=/nonexistent/agent", "ExitOnForwardFailure=yes"])
        check(ran.status == 255 and ran.out == b"", "the agent, where its failure counts", ran)
        done = world.new_file("done")
        ran = world.ssh(sshd, "true", flags=["-f"], options=[
            "ForwardAgent=/nonexistent/agent", "ExitOnForwardFailure=yes", "ConnectionMemory=no", "PermitLocalCommand=yes",
            f"LocalCommand=touch {done}"])
        check(ran.status == 255 and not done.exists(), "the same, and it went on", ran)
        environment = {"SSH_ASKPASS": "/nonexistent/askpass", "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
        ran = world.ssh(sshd, "true", env=environment, options=PASSWORD_ONLY)
        check(ran.status == 255 and b"/nonexistent/askpass: No such file or directory" in ran.err, "the program", ran)
        ran = world.ssh(sshd, "true", key="/nonexistent/key", options=["LogLevel=ERROR"])
        check(b"Warning: Identity file /nonexistent/key not accessible: No such file or directory." in ran.err, "a key", ran)
        ran = run([world.ours("ssh"), "-F", "none", "-G", "-i", "/nonexistent/key", "host"]).succeeded()
        check(b"id_ed25519" in ran.out and b"nonexistent" not in ran.out and b"not accessible" in ran.err, "the usual keys", ran)


@promise("NumberOfPasswordPrompts counts for passphrases, too")
def passphrases(world):
    key, asking = world.key("ed25519", passphrase="secret"), world.askpass("wrong")
    with world.sshd(user_keys=[key]) as sshd:
        for times in (1, 2):
            pathlib.Path(asking["ASKED"]).write_text("")
            ran = world.ssh(sshd, "true", key=key, env=asking, options=[
                f"NumberOfPasswordPrompts={times}", "BatchMode=no", "PreferredAuthentications=publickey"])
            asked = pathlib.Path(asking["ASKED"]).read_text().count("Enter passphrase for key")
            check(ran.status == 255 and asked == times, f"asked {asked} times", ran)
