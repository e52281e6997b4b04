"""ssh-agent, ssh-add and ssh's use of them: ours and OpenSSH's, in every combination."""
import errno
import os
import pathlib
import pwd
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from harness import (CHILDLESS, LIMIT, PIDFD_OPEN, add, agent, check, number_of, program, promise, refusing, run,
                     wait_until)

NEEDS = ("ssh-agent", "ssh-add", "ssh-keygen")
SUITES = ("nacre", "openssh")
KINDS = [("ed25519", None), ("ecdsa", 256), ("ecdsa", 521), ("rsa", 2048)]


def ask(stream, body):
    stream.sendall(struct.pack(">I", len(body)) + body)


def answer(stream):
    head = stream.recv(4, socket.MSG_WAITALL)
    return stream.recv(struct.unpack(">I", head)[0], socket.MSG_WAITALL)


def connect(env):
    stream = socket.socket(socket.AF_UNIX)
    stream.settimeout(60)
    stream.connect(env["SSH_AUTH_SOCK"])
    return stream


@promise("each ssh-add does everything with each agent, and says the same")
def add_and_remove(world):
    keys = [world.key(kind, bits) for kind, bits in KINDS]
    for server in SUITES:
        for client in SUITES:
            with agent(world, server) as env:
                empty = add(world, env, "-l", whose=client)
                check(empty.status == 1 and empty.out == b"The agent has no identities.\n", f"{server} {client}", empty)
                for key in keys:
                    ran = add(world, env, key, whose=client).succeeded()
                    check(b"Identity added: " in ran.err, "nothing was said", ran)
                add(world, env, "-q", "-T", *(f"{key}.pub" for key in keys), whose=client).succeeded()
                listed = [add(world, env, "-l", whose=whose).succeeded().out for whose in SUITES]
                check(listed[0] == listed[1] and listed[0].count(b"\n") == len(keys), "lists differ", *listed)
                lines = add(world, env, "-L", whose=client).succeeded().out.decode().splitlines()
                check(lines == [world.public(key) for key in keys], "public keys differ", str(lines))
                ran = add(world, env, "-d", keys[0], whose=client).succeeded()
                check(b"Identity removed: " in ran.err, "nothing was said", ran)
                check(add(world, env, "-d", keys[0], whose=client).status == 1, "removed twice")
                missing = add(world, env, "/nonexistent", whose=client)
                check(missing.status == 1 and missing.err == b"/nonexistent: No such file or directory\n", "missing", missing)
                add(world, env, "-D", whose=client).succeeded()
                check(add(world, env, "-L", whose=client).status == 1, "there are keys left")
    gone = add(world, {"SSH_AUTH_SOCK": "/nonexistent"}, "-l")
    check(gone.status == 2 and b"Error connecting to agent: No such file or directory" in gone.err, "no agent", gone)
    check(add(world, {}, "-l").status == 2, "no agent")


@promise("letters of old scripts, -M and -m, are taken and have no effect")
def old_letters(world):
    with agent(world) as env:
        add(world, env, "-q", "-M", "10", "-m", "3", world.key()).succeeded()
        check(len(add(world, env, "-L").succeeded().out.splitlines()) == 1, "not added")


@promise("answers of programs count also where whoever started us does not hear of its children's ends")
def childless(world):
    key, yes = world.key("ed25519", passphrase="sesame"), world.askpass("sesame")
    question = world.new_file("message", "text")
    with agent(world) as env:
        run([*CHILDLESS, world.ours("ssh-add"), "-q", key], env=world.client_environment(**env, **yes)).succeeded()
    socket_path = world.new_file("agent")
    held = subprocess.Popen([str(c) for c in (*CHILDLESS, world.ours("ssh-agent"), "-D", "-a", socket_path)],
                            stdout=subprocess.DEVNULL, env=world.client_environment(**world.askpass("yes")))
    try:
        wait_until(socket_path.exists, "the agent's socket")
        env = {"SSH_AUTH_SOCK": str(socket_path)}
        add(world, env, "-q", "-c", world.key("ed25519")).succeeded()
        run([world.ours("ssh-keygen"), "-q", "-Y", "sign", "-n", "test", "-f", f"{world.key('ed25519')}.pub", question],
            env=world.client_environment(**env)).succeeded()
    finally:
        held.terminate()
        held.wait(20)


@promise("scripts without a first line that names their shell run, as askpass programs and under an agent")
def old_scripts(world):
    script = world.new_file("askpass", "printf '%s\\n' sesame\n")
    command = world.new_file("command", f"exec '{world.ours('ssh-add')}' -q \"$@\"\n")
    for path in (script, command):
        path.chmod(0o755)
    env = world.client_environment(SSH_ASKPASS=str(script), SSH_ASKPASS_REQUIRE="force")
    run([world.ours("ssh-agent"), command, world.key("ed25519", passphrase="sesame")], env=env).succeeded()


@promise("an agent serves its command until that ends, whichever of its threads goes on")
def command_of_threads(world):
    path = world.new_file("agent")
    script = ("import os, subprocess, sys, threading\n"
              "subprocess.run([sys.argv[1], '-l'])\n"              # answered: it serves, and watches
              "shell = ['sh', '-c', '\"$0\" -l; echo status $?', sys.argv[1]]\n"
              "threading.Thread(target=os.execv, args=('/bin/sh', shell)).start()\n")
    ran = run([world.ours("ssh-agent"), "-a", path, sys.executable, "-c", script, world.ours("ssh-add")],
              env=world.client_environment())
    check(b"status 1\n" in ran.out, "the agent ended before its command", ran)
    wait_until(lambda: not path.exists(), "the agent ends with its command")


@promise("a locked agent shows nothing until the right passphrase is given")
def lock(world):
    right, wrong = world.askpass("sesame"), world.askpass("simsim")
    for client in SUITES:
        with agent(world) as env:
            add(world, env, "-q", world.key()).succeeded()
            add(world, {**env, **right}, "-x", whose=client).succeeded()
            check(add(world, env, "-l", whose=client).status == 1, "a locked agent showed keys")
            check(add(world, {**env, **wrong}, "-X", whose=client).status == 1, "unlocked by a wrong passphrase")
            add(world, {**env, **right}, "-X", whose=client).succeeded()
            add(world, env, "-l", whose=client).succeeded()
    with agent(world) as env:
        add(world, env, "-q", world.key()).succeeded()
        check(add(world, {**env, **world.askpass("")}, "-x").status == 1, "locked without a password")
        add(world, env, "-l").succeeded()


@promise("the keys that ssh-add looks for itself lie in the account's home, whatever HOME says")
def default_keys(world):
    home = world.new_folder("other-home")
    (home / ".ssh").mkdir()
    run([world.ours("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", home / ".ssh/id_ed25519"]).succeeded()
    for whose in SUITES:
        with agent(world) as env:
            add(world, {**env, "HOME": str(home)}, whose=whose)
            check(world.public(home / ".ssh/id_ed25519").split()[1].encode() not in add(world, env, "-L").out,
                  f"{whose}: HOME was followed")


@promise("what a certificate signs with goes with its key when the agent's own lifetime is over")
def certificate_lifetime(world):
    keygen, authority, folder = world.ours("ssh-keygen"), world.key("ed25519", fresh=True), world.new_folder("certified")
    key, other = folder / "id", world.key("ecdsa", 256)
    run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", key]).succeeded()
    run([keygen, "-q", "-s", authority, "-I", "me", "-n", "me", "-V", "+1d", f"{key}.pub"]).succeeded()
    for words, count in (([], 2), (["-C"], 1)):
        with agent(world, "nacre", "-t", "6") as env:
            add(world, env, "-q", *words, key).succeeded()
            check(len(add(world, env, "-L").succeeded().out.splitlines()) == count, "not added")
            wait_until(lambda: add(world, env, "-L").status == 1, "the end of both", 20)
        with agent(world, "nacre", "-t", "1") as env:
            if not words:                                         # who names a time for both gets it
                add(world, env, "-q", "-t", "1000", key).succeeded()
                add(world, env, "-q", other).succeeded()
                wait_until(lambda: world.public(other) not in add(world, env, "-L").out.decode(), "its end", 20)
                check(len(add(world, env, "-L").succeeded().out.splitlines()) == count, "gone too early")


@promise("a key is gone after its lifetime; SIGUSR1 makes all go at once")
def lifetime(world):
    short, long = world.key(), world.key("ecdsa", 256)
    with agent(world) as env:
        add(world, env, "-q", long).succeeded()
        add(world, env, "-q", "-t", "5", short).succeeded()
        check(add(world, env, "-l").out.count(b"\n") == 2, "not two keys")
        wait_until(lambda: add(world, env, "-l").out.count(b"\n") == 1, "the key's end", 20)
        os.kill(int(env["PID"]), signal.SIGUSR1)
        wait_until(lambda: add(world, env, "-l").status == 1, "the end of all keys", 20)


@promise("a key that wants to be confirmed asks a person, while others are served")
def confirm(world):
    gate = world.new_file("gate")
    os.mkfifo(gate)
    script = world.new_file("askpass", f"#!/bin/sh\n[ \"$SSH_ASKPASS_PROMPT\" = confirm ] || exit 9\nread line <'{gate}'\n"
                            "[ \"$line\" = yes ]\n")
    script.chmod(0o755)
    with agent(world, env={"SSH_ASKPASS": str(script), "DISPLAY": ":0"}) as env:
        key = world.key()
        add(world, env, "-q", "-c", key).succeeded()
        for word, status in (("yes", 0), ("no", 1)):
            test = subprocess.Popen([world.ours("ssh-add"), "-T", f"{key}.pub"], env=world.client_environment(**env),
                                    stderr=subprocess.DEVNULL)
            time.sleep(0.3)
            add(world, env, "-l").succeeded()
            check(test.poll() is None, "nobody was asked")
            gate.write_text(word + "\n")
            check(test.wait(60) == status, f"the answer was {word}")


@promise("a person is asked, too, where the system has no pidfd_open")
def confirm_without_pidfds(world):
    agrees = world.new_file("agrees")
    script = world.new_file("askpass", f"#!/bin/sh\n[ -e '{agrees}' ]\n")
    script.chmod(0o755)
    for error in (errno.ENOSYS, errno.EPERM):
        agrees.unlink(missing_ok=True)
        with agent(world, env={"SSH_ASKPASS": str(script), "DISPLAY": ":0"}, preexec_fn=refusing(PIDFD_OPEN, error)) as env:
            add(world, env, "-q", "-c", world.key()).succeeded()
            check(add(world, env, "-T", f"{world.key()}.pub").status == 1, "signed without the person")
            agrees.touch()
            add(world, env, "-T", f"{world.key()}.pub").succeeded()


@promise("64 clients at once are served, and a thousand requests each come back in order")
def many_clients(world):
    with agent(world) as env:
        add(world, env, "-q", world.key()).succeeded()
        streams = [connect(env) for _ in range(64)]
        ask(streams[0], b"\x0b")
        listed = answer(streams[0])
        size = struct.unpack_from(">I", listed, 5)[0]
        key = listed[5:9 + size]
        for count in range(20):
            for stream in streams:
                ask(stream, b"\x0d" + key + struct.pack(">I", 8) + struct.pack(">Q", count) + bytes(4))
        signatures = [[answer(stream) for _ in range(20)] for stream in streams]
        check(all(s[0] == 14 for row in signatures for s in row), "not signed")
        check(all(row == signatures[0] for row in signatures), "answers are not in order")
        for stream in streams:
            stream.close()
        add(world, env, "-l").succeeded()


@promise("nonsense ends or is refused, and the agent goes on")
def nonsense(world):
    with agent(world) as env:
        for data in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\4\0\1" + bytes(100)):
            with connect(env) as stream:
                stream.sendall(data)
                check(stream.recv(1) == b"", "the agent went on with that client")
        with connect(env) as stream:
            for body in (b"\x16", b"\x16\0\0\0\x09x", b"\x11", b"\x19\0\0\0\x0bssh-ed25519", b"\x00", b"\xff", b"\x1b"):
                ask(stream, body)
                check(answer(stream)[:1] in (b"\x05", b"\x1c"), f"{body!r} was not refused")
        add(world, env, "-q", world.key()).succeeded()


def has_ended(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@promise("what is printed for shells, a command of its own, and the end")
def ways_to_start(world):
    home = {"HOME": str(world.client_home)}
    for whose in SUITES:
        ran = run([program(world, whose, "ssh-agent"), "-s"], env=world.client_environment(**home)).succeeded()
        match = re.fullmatch(r"SSH_AUTH_SOCK=(\S+); export SSH_AUTH_SOCK;\nSSH_AGENT_PID=(\d+); export SSH_AGENT_PID;\n"
                             r"echo Agent pid \2;\n", ran.out.decode())
        check(match, "another output", ran)
        path, pid = match.groups()
        check(pathlib.Path(path).is_socket() and os.stat(path).st_mode & 0o77 == 0, "the socket is not private")
        if whose == "openssh":                                    # before its first answer it leaves its socket behind
            check(add(world, world.client_environment(SSH_AUTH_SOCK=path), "-l").status == 1, "an empty agent lists keys")
        killed = run([world.ours("ssh-agent"), "-c", "-k"], env=world.client_environment(SSH_AGENT_PID=pid)).succeeded()
        check(killed.out.decode() == f"unsetenv SSH_AUTH_SOCK;\nunsetenv SSH_AGENT_PID;\necho Agent pid {pid} killed;\n",
              "another output", killed)
        wait_until(lambda: not pathlib.Path(path).exists(), "the socket's end", 20)
    ran = run([world.ours("ssh-agent"), "sh", "-c", "echo $SSH_AUTH_SOCK $SSH_AGENT_PID; kill -0 $SSH_AGENT_PID && exit 7"],
              env=world.client_environment(**home))
    path, pid = ran.out.decode().split()
    check(ran.status == 7, "the command's status is lost", ran)
    wait_until(lambda: not pathlib.Path(path).exists() and has_ended(pid), "the agent's end", 20)


@promise("an agent of which nobody can learn does not stay behind, and neither does its socket")
def unheard(world):
    world.need_isolation()                                        # as another user nobody sees whose agents there are
    folder = world.new_folder("agents")

    def attempt(redirection, *options, **rest):
        return subprocess.run(["sh", "-c", f'exec "$0" "$@" {redirection}', world.ours("ssh-agent"), "-s", *options],
                              env=world.client_environment(TMPDIR=str(folder)), timeout=LIMIT, stdin=subprocess.DEVNULL,
                              stdout=rest.pop("stdout", subprocess.DEVNULL), stderr=subprocess.PIPE, **rest)

    def is_of(process):
        try:
            return f"TMPDIR={folder}\0".encode() in (process / "environ").read_bytes() and not has_ended(process.name)
        except OSError:
            return False

    def left():
        return [*folder.iterdir(), *filter(is_of, pathlib.Path("/proc").glob("[0-9]*"))]

    reader, writer = os.pipe()
    os.close(reader)
    cases = [("a full disk", ">/dev/full", {}, 1, b"No space left on device"),
             ("a closed output", ">&-", {}, 1, b"standard output is closed"),
             ("a reader who has gone", "", {"stdout": writer}, -signal.SIGPIPE, b""),
             ("prctl", "", {"preexec_fn": refusing(number_of("prctl"), errno.EPERM)}, 1, b"Operation not permitted")]
    if not world.is_sanitized:                                    # that asks for limits itself, and gives up
        refused = {"preexec_fn": refusing(number_of("prlimit64"), errno.EPERM)}
        cases.append(("a limit that cannot be set", "", refused, 1, b"limit: Operation not"))
    for what, redirection, rest, status, words in cases:
        ran = attempt(redirection, "-T", **rest)
        check(ran.returncode == status and words in ran.stderr, f"{what}: status {ran.returncode}", ran.stderr)
        check(not left(), f"{what}: something stays", str(left()))
    os.close(writer)
    path = folder / "named"                                       # of which nobody need be told
    try:
        check(attempt(">&-", "-a", path).returncode == 0, "a named socket")
        check(add(world, {"SSH_AUTH_SOCK": str(path)}, "-l").status == 1, "the agent does not answer")
    finally:
        for process in filter(is_of, pathlib.Path("/proc").glob("[0-9]*")):
            os.kill(int(process.name), signal.SIGTERM)
    wait_until(lambda: not left(), "the agent's end")


@promise("nobody looks into the agent: no core file, no debugger")
def hidden(world):
    world.need_isolation()
    account = pwd.getpwnam(world.user)
    path = world.remote_folder("agent") / "socket"

    def running(*command):
        """As the throw-away user: of root's processes, all memory belongs to root."""
        return subprocess.Popen([str(c) for c in ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}",
                                                  "--clear-groups", *command]], stdout=subprocess.DEVNULL,
                                env=world.client_environment())

    def owner_of_memory(process):
        return os.stat(f"/proc/{process.pid}/mem").st_uid

    with running("sleep", "1000") as usual, running(world.ours("ssh-agent"), "-D", "-a", path) as process:
        try:
            wait_until(lambda: path.exists() or process.poll() is not None, "the agent's socket")
            check(add(world, {"SSH_AUTH_SOCK": str(path)}, "-l").status == 1, "the agent does not answer")
            limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text()
            check(re.search(r"Max core file size\s+0\s+0", limits), "core files are allowed", limits)
            wait_until(lambda: owner_of_memory(usual) == account.pw_uid, "another program's memory is its user's")
            check(owner_of_memory(process) == 0, "the process is dumpable")
        finally:
            for each in (usual, process):
                each.terminate()


@promise("ssh logs in with the agent's keys: the ones named first, only those if so configured, none if switched off")
def login(world):
    plain, named = world.key("ecdsa", 256), world.key("ed25519")
    public = world.new_file("named.pub", world.public(named) + "\n")
    no_file = ["-i", "/nonexistent"]
    for holder in SUITES:
        for client in SUITES:
            with agent(world, holder) as env, world.sshd("nacre" if client == "openssh" else "openssh") as sshd:
                add(world, env, "-q", plain).succeeded()
                add(world, env, "-q", named).succeeded()

                def ssh(*options, flags=no_file):
                    return run(world.ssh_command(sshd, "echo in", program=world.client(client), flags=flags, options=options),
                               env=world.client_environment(SSH_AUTH_SOCK=env["SSH_AUTH_SOCK"]))
                ran = ssh("IdentityAgent=SSH_AUTH_SOCK", "IdentitiesOnly=no").succeeded()
                check(ran.out == b"in\n", "not in", ran)
                ssh(f"IdentityAgent={env['SSH_AUTH_SOCK']}", "IdentitiesOnly=no").succeeded()
                ssh("IdentityAgent=$SSH_AUTH_SOCK", flags=["-i", str(public)]).succeeded()
                check(ssh("IdentityAgent=SSH_AUTH_SOCK").status == 255, "a key that was not named was used")
                check(ssh("IdentityAgent=none", "IdentitiesOnly=no").status == 255, "the agent was used")


@promise("ssh leaves signing to an agent that has the key, so that it asks as promised, even if the file could be read")
def confirm_login(world):
    script = world.new_file("askpass", "#!/bin/sh\nexit 1\n")
    script.chmod(0o755)
    for client in SUITES:
        with agent(world, env={"SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force"}) as env, world.sshd() as sshd:
            options = [f"IdentityAgent={env['SSH_AUTH_SOCK']}"]
            for flags, status in ((["-c"], 255), ([], 0)):
                add(world, env, "-D").succeeded()
                add(world, env, "-q", *flags, world.key()).succeeded()
                for _ in range(2):                                # the second one knows the server
                    ran = world.ssh(sshd, "true", options=options, program=world.client(client))
                    check(ran.status == status, f"ssh-add {flags}, ssh of {client}", ran)


@promise("what it prints is for a shell to evaluate, wherever its socket is")
def odd_place(world):
    folder = world.new_folder("Ann Lee's; exit 3 #")
    script = 'eval "$("$1" -a "$2")" >/dev/null; printf %s "$SSH_AUTH_SOCK"; "$1" -k >/dev/null'
    ran = run(["sh", "-c", script, "sh", world.ours("ssh-agent"), folder / "agent"], env=world.client_environment())
    check(ran.status == 0 and ran.out.decode() == str(folder / "agent"), "another place", ran)


@promise("a key for one destination opens that door and no other")
def destinations(world):
    for holder in SUITES:
        with agent(world, holder) as env, world.sshd("openssh") as here, world.sshd(
                "openssh", host_keys=[world.key("ed25519", fresh=True)]) as there:
            for adder in SUITES:
                add(world, env, "-q", "-H", here.known_hosts, "-h", f"{world.user}@[127.0.0.1]:{here.port}", world.key(),
                    whose=adder).succeeded()
                for client in SUITES:
                    options = [f"IdentityAgent={env['SSH_AUTH_SOCK']}", "IdentitiesOnly=no"]
                    statuses = [world.ssh(server, "true", options=options, key="/nonexistent",
                                          program=world.client(client)).status for server in (here, there)]
                    check(statuses == [0, 255], f"agent {holder}, ssh-add {adder}, ssh {client}: {statuses}")
                add(world, env, "-D").succeeded()


@promise("AddKeysToAgent gives the agent what was used")
def add_on_use(world):
    with agent(world) as env, world.sshd("openssh") as sshd:
        options = [f"IdentityAgent={env['SSH_AUTH_SOCK']}"]
        world.ssh(sshd, "true", options=options).succeeded()
        check(add(world, env, "-l").status == 1, "added without being asked to")
        world.ssh(sshd, "true", options=[*options, "AddKeysToAgent=yes"]).succeeded()
        check(add(world, env, "-l").succeeded().out.count(b"\n") == 1, "not added")


@promise("an agent signs for a key whose file is of no use, of which only those are told who have no agent with the key")
def unusable_files(world):
    key = world.key("ed25519", fresh=True)
    exposed, damaged = world.new_file("exposed", key.read_bytes()), world.new_file("damaged", "no key\n")
    folder = world.new_folder("folder")                           # root could read whatever is closed to others
    exposed.chmod(0o644)
    with agent(world) as env, world.sshd(user_keys=[key]) as sshd:
        add(world, env, "-q", key).succeeded()
        by_agent = [f"IdentityAgent={env['SSH_AUTH_SOCK']}"]
        for file, words in ((exposed, b"UNPROTECTED PRIVATE KEY FILE"), (damaged, b"Load key"), (folder, b"not accessible")):
            pathlib.Path(f"{file}.pub").write_text(world.public(key) + "\n")
            ran = world.ssh(sshd, "true", key=file, options=by_agent).succeeded()
            check(words not in ran.err or file == folder, "told of a file that nobody needed", ran)
            ran = world.ssh(sshd, "true", key=file)
            check(ran.status == 255 and words in ran.err, "in without the agent, or not told why not", ran)


@promise("a forwarded agent serves the programs at the other end, and keys for one destination stay at home")
def forwarding(world):
    with agent(world) as env, world.sshd("openssh") as sshd:
        add(world, env, "-q", "-H", sshd.known_hosts, "-h", f"[127.0.0.1]:{sshd.port}", world.key("ecdsa", 256)).succeeded()
        add(world, env, "-q", world.key()).succeeded()
        for client in SUITES:
            for options in ([f"ForwardAgent={env['SSH_AUTH_SOCK']}"], ["ForwardAgent=$FORWARDED"], ["ForwardAgent=yes"]):
                ran = world.ssh(sshd, f"{world.ours('ssh-add')} -l && {world.ours('ssh-add')} -T {world.key()}.pub",
                                options=["IdentityAgent=SSH_AUTH_SOCK", *options], program=world.client(client),
                                env={"SSH_AUTH_SOCK": env["SSH_AUTH_SOCK"], "FORWARDED": env["SSH_AUTH_SOCK"]}).succeeded()
                check(ran.out.count(b"\n") == 1 and b"ED25519" in ran.out, f"{client} {options}: other keys", ran)
        ran = world.ssh(sshd, f"{world.ours('ssh-add')} -l", options=["ForwardAgent=no"],
                        env={"SSH_AUTH_SOCK": env["SSH_AUTH_SOCK"]})
        check(ran.status == 2, "forwarded without being asked to", ran)


HOLDERS = b"""
import contextlib, os, socket
streams = [socket.socket(socket.AF_UNIX) for _ in range(100)]
for stream in streams:
    stream.connect(os.environ["SSH_AUTH_SOCK"])
served = 0
for stream in streams:
    with contextlib.suppress(OSError):
        stream.sendall(b"\\0\\0\\0\\1\\x0b")
        served += stream.recv(5, socket.MSG_WAITALL)[4:] == b"\\x0c"
print(served)
"""


@promise("a hundred programs at once hold a connection to a forwarded agent, and each lists the keys")
def many_holders(world):
    for whose in SUITES:
        with agent(world) as env, world.sshd(whose) as sshd:
            add(world, env, "-q", world.key()).succeeded()
            ran = world.ssh(sshd, "python3 -", input=HOLDERS, options=[f"ForwardAgent={env['SSH_AUTH_SOCK']}"])
            check(ran.succeeded().out == b"100\n", f"through {whose}'s server", ran)


ASKS_AND_HANGS_UP = b"""
import os, socket
with socket.socket(socket.AF_UNIX) as stream:
    stream.connect(os.environ["SSH_AUTH_SOCK"])
    stream.sendall(b"\\0\\0\\0\\1\\x0b")
    stream.shutdown(socket.SHUT_WR)
    answer = b""
    while more := stream.recv(1000):
        answer += more
print(answer[4] if len(answer) > 4 else "nothing")
"""


@promise("who has asked a forwarded agent and then says that he asks no more gets his answer")
def asks_no_more(world):
    with agent(world) as env, world.sshd() as sshd:
        add(world, env, "-q", world.key()).succeeded()
        for _ in range(5):
            ran = world.ssh(sshd, "python3 -", input=ASKS_AND_HANGS_UP, options=[f"ForwardAgent={env['SSH_AUTH_SOCK']}"])
            check(ran.succeeded().out == b"12\n", "no answer", ran)


class PlainAgent:
    """An agent of before session binding: what it is asked by an extension it does not know, the rest is another's."""

    def __init__(self, world, env, refusal):
        self.env, self.refusal, self.bindings = env, refusal, 0
        self.path = world.new_file("plain-agent")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(5)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            threading.Thread(target=self._relay, args=[self.listener.accept()[0]], daemon=True).start()

    def _relay(self, client):
        with client, connect(self.env) as agent_behind:
            while head := client.recv(4, socket.MSG_WAITALL):
                request = client.recv(struct.unpack(">I", head)[0], socket.MSG_WAITALL)
                if request[0] == 27:
                    self.bindings += b"session-bind@openssh.com" in request
                    ask(client, self.refusal)
                else:
                    ask(agent_behind, request)
                    ask(client, answer(agent_behind))


@promise("an agent that refuses to be bound to the session still logs in, and is still forwarded")
def without_binding(world):
    for refusal in (b"\x05", b"\x1c"):                            # FAILURE, EXTENSION_FAILURE
        with agent(world) as env, world.sshd("openssh") as sshd:
            add(world, env, "-q", world.key()).succeeded()
            for client in SUITES:
                plain = PlainAgent(world, env, refusal)
                ran = world.ssh(sshd, f"{world.ours('ssh-add')} -l", key="/nonexistent", program=world.client(client),
                                options=[f"IdentityAgent={plain.path}", "IdentitiesOnly=no", "ForwardAgent=yes"]).succeeded()
                check(b"ED25519" in ran.out and plain.bindings == 2, f"{plain.bindings} bindings", ran)


@promise("an agent that does not answer keeps nobody waiting but those who ask it")
def silent_agent(world):
    with world.sshd("openssh") as sshd, socket.socket(socket.AF_UNIX) as silent:
        path = world.new_file("silent-agent")
        silent.bind(str(path))
        silent.listen(1)
        asking = f"for n in 1 2 3; do {world.ours('ssh-add')} -l >/dev/null 2>&1 & pids=\"$pids $!\"; done; "
        ran = world.ssh(sshd, asking + "sleep 0.3; head -c 1000000 /dev/zero; kill $pids; exit 5",
                        options=["IdentityAgent=none", f"ForwardAgent={path}"], key=world.key())
        check(ran.status == 5 and len(ran.out) == 1000000, f"{len(ran.out)} bytes came", ran)
