"""What ssh does besides logging in: the background, local commands, escapes, keepalive, logs, proxies."""
import os
import re
import select
import shlex
import signal
import socket
import subprocess
import xml.etree.ElementTree

from harness import LIMIT, PASSWORD, Terminal, add, agent, check, promise, run, wait_until

NEEDS = ("ssh",)


def sshd(world, **rest):
    """OpenSSH's server, with keys by OpenSSH's ssh-keygen: these promises are about the client alone."""
    keygen = world.peer("ssh-keygen")
    world.key("ed25519", keygen=keygen)
    return world.sshd("openssh", **rest)


@promise("-f goes to the background after the login, and the output still comes")
def background(world):
    with sshd(world) as server:
        ran = world.ssh(server, "sleep 0.5; echo late", flags=["-f"]).succeeded()
        check(ran.out == b"late\n", "the output of the background is missing", ran)
        check(world.ssh(server, flags=["-f"]).status == 255, "-f without a command is no error")


@promise("what goes to the background gives up the descriptors that it was started with, also through a master")
def given_up(world):
    with sshd(world) as server:
        path = world.new_file("control")
        shared = ["ControlMaster=auto", f"ControlPath={path}", "ControlPersist=60"]
        for options in ([], shared, shared):
            reader, writer = os.pipe()
            config, feeder = os.pipe()
            os.write(feeder, b"SetEnv LC_GIVEN=up\n")
            os.close(feeder)
            line = [str(c) for c in world.ssh_command(server, "echo $$; exec sleep 1000", key=world.key("ed25519"),
                                                      options=options, flags=["-f"])]
            line[line.index("-F") + 1] = f"/dev/fd/{config}"
            process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, env=world.client_environment(),
                                       pass_fds=(writer, config))
            os.close(writer)
            os.close(config)
            program = int(process.stdout.readline())
            try:
                check(process.wait(LIMIT) == 0, f"status {process.returncode}")
                ended, _, _ = select.select([reader], [], [], LIMIT)
                check(ended and os.read(reader, 1) == b"", f"the background keeps what it was given ({options})")
            finally:
                os.kill(program, signal.SIGKILL)
                os.close(reader)
            process.communicate(timeout=LIMIT)
        world.ssh(server, flags=["-S", str(path), "-Oexit"])


def received(stream, size):
    data = b""
    while len(data) < size:
        piece = stream.recv(size - len(data))
        check(piece, f"the end after {len(data)} bytes of {size}")
        data += piece
    return data


@promise("a socket that is our input and output waits for others, meanwhile and afterwards, also through a master")
def blocking_sockets(world):
    with sshd(world) as server:
        path = world.new_file("control")
        shared = ["ControlMaster=auto", f"ControlPath={path}", "ControlPersist=60"]
        for options in ([], shared, shared):
            ours, theirs = socket.socketpair()
            with ours, theirs:
                ours.settimeout(LIMIT)
                line = world.ssh_command(server, "cat; head -c 4000000 /dev/zero", key=world.key("ed25519"),
                                         options=options)
                process = subprocess.Popen([str(c) for c in line], stdin=theirs, stdout=theirs,
                                           stderr=subprocess.DEVNULL, env=world.client_environment())
                ours.sendall(b"up\n")
                check(received(ours, 3) == b"up\n", "nothing came back")
                check(os.get_blocking(theirs.fileno()), f"it does not wait any more ({options})")
                ours.shutdown(socket.SHUT_WR)
                received(ours, 4000000)
                check(process.wait(LIMIT) == 0, f"status {process.returncode}")
                check(os.get_blocking(theirs.fileno()), f"it does not wait afterwards ({options})")
        world.ssh(server, flags=["-S", str(path), "-Oexit"])


@promise("LocalCommand runs here, with its tokens, and only where it is permitted")
def local_command(world):
    with sshd(world) as server:
        options = ["LocalCommand=echo local %h %p %r"]
        ran = world.ssh(server, "echo remote", options=[*options, "PermitLocalCommand=yes"]).succeeded()
        check(ran.out == f"local 127.0.0.1 {server.port} {world.user}\nremote\n".encode(), "not run", ran)
        ran = world.ssh(server, "echo remote", options=options).succeeded()
        check(ran.out == b"remote\n", "run without permission", ran)
        ran = world.ssh(server, "true", options=["LocalCommand=echo %f", "PermitLocalCommand=yes", "FingerprintHash=md5"])
        check(ran.succeeded().out.startswith(b"MD5:"), "another hash", ran)


@promise("ProxyCommand is the connection, with tokens, as pipes or as a passed socket, for which ConnectTimeout counts, too")
def proxy(world):
    helper = world.new_file("pass-socket.py", """import array, socket, sys
connected = socket.create_connection((sys.argv[1], int(sys.argv[2])))
with socket.socket(fileno=1) as out:
    out.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [connected.fileno()]))])
""")
    relay = world.new_file("relay.py", """import socket, sys, threading, os
connected = socket.create_connection((sys.argv[1], int(sys.argv[2])))
def up():
    while data := os.read(0, 65536):
        connected.sendall(data)
threading.Thread(target=up, daemon=True).start()
while data := connected.recv(65536):
    os.write(1, data)
""")
    with sshd(world) as server:
        ran = world.ssh(server, "echo in", options=[f"ProxyCommand=python3 {relay} %h %p"]).succeeded()
        check(ran.out == b"in\n", "not in", ran)
        ran = world.ssh(server, "echo in", options=[f"ProxyCommand=python3 {helper} %h %p",
                                                    "ProxyUseFdpass=yes"]).succeeded()
        check(ran.out == b"in\n", "not in by a passed socket", ran)
        for idle in ("exec sleep 1000", f"python3 {helper} %h %p; exec sleep 1000"):
            ran = world.ssh(server, "echo in", flags=["-f"], options=[f"ProxyCommand=sh -c '{idle}'", "ProxyUseFdpass=yes",
                                                                      "ConnectTimeout=1"])
            check(ran.status == 255 and b"timed out" in ran.err, "waited for a program for ever", ran)


@promise("-E takes all that is logged, and nothing of it comes to standard error")
def log_file(world):
    with sshd(world) as server:
        log = world.new_file("log")
        ran = world.ssh(server, "echo in", flags=[f"-E{log}", "-vvv"]).succeeded()
        text = log.read_text()
        check(ran.err == b"", "something on standard error", ran)
        check("debug1: kex: algorithm: " in text and "SSH2_MSG_NEWKEYS sent" in text, "the log lacks lines", text)
        check("Authenticated to 127.0.0.1 " in text, "the log lacks the login", text)
        name = run([world.ours("ssh-keygen"), "-lf", f"{world.key('ed25519')}.pub"]).out.decode().split()[1]
        for line in (r"^OpenSSH_\S+ Nacre_", rf"Authenticating to 127\.0\.0\.1:{server.port} as '{world.user}'$",
                     rf"Offering public key: {world.key('ed25519')} ED25519 {re.escape(name)}$",
                     r"^Transferred: sent \d+, received \d+ bytes, in \d+\.\d seconds$", r"^debug1: Exit status 0$"):
            check(re.search(line, text, re.M), f"the log lacks {line}", text)


@promise("a private key that others may read is not used, and loudly so")
def unprotected(world):
    with sshd(world) as server:
        key = world.new_file("key", world.key("ed25519").read_bytes())
        key.chmod(0o644)
        ran = world.ssh(server, "true", key=key)
        check(ran.status == 255 and b"UNPROTECTED PRIVATE KEY FILE" in ran.err, "no warning", ran)
        check(b"Permission denied (" in ran.err, "no refusal", ran)


@promise("a login that fails says which keys and methods were tried")
def explanation(world):
    with sshd(world, user_keys=[]) as server:
        key = world.key("ed25519")
        ran = world.ssh(server, "true", key=key)
        first = next(line for line in ran.err.decode().splitlines() if "Permission denied" in line)
        check(first.startswith(f"{world.user}@127.0.0.1: Permission denied (publickey"), "the first line differs", ran)
        check(f"publickey with {key}: refused by the server".encode() in ran.err, "the key is not named", ran)
        check(b"password: not tried: BatchMode" in ran.err, "the method that was left out is not named", ran)


@promise("a server that answers is not given up, however quick its answers are")
def answered_keepalive(world):
    with sshd(world) as server:
        for most in (1, 3):
            ran = world.ssh(server, "sleep 6; echo alive", options=["ServerAliveInterval=1", f"ServerAliveCountMax={most}"])
            check(ran.succeeded().out == b"alive\n", f"ServerAliveCountMax={most}", ran)


@promise("a terminal that is refused ends what asked for it, and nothing else")
def refused_terminal(world):
    with sshd(world, lines=["PermitTTY no"]) as server:
        ran = world.ssh(server, "true", options=["RequestTTY=force"])
        check(ran.status == 255 and b"PTY allocation request failed on channel 0" in ran.err, "not the end", ran)
        with Terminal(world, world.ssh_command(server, key=world.key("ed25519"))) as terminal:
            terminal.wait_for("PTY allocation request failed on channel 0")
            terminal.keys("echo $((6 * 7)); exit", "Enter")
            terminal.wait_for("42")


@promise("a server that is silent is given up after ServerAliveInterval times ServerAliveCountMax")
def keepalive(world):
    with sshd(world) as server:
        pids = world.new_file("pid", "")
        pids.chmod(0o666)
        command = world.ssh_command(server, f"echo $PPID $$ >'{pids}'; exec sleep 1000", key=world.key("ed25519"),
                                    options=["ServerAliveInterval=1", "ServerAliveCountMax=1"])
        client = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  env=world.client_environment())
        session, sleeper = map(int, wait_until(lambda: pids.read_text().split(), "the session says who it is"))
        os.kill(session, signal.SIGSTOP)
        try:
            _, errors = client.communicate(timeout=60)
        finally:
            os.kill(sleeper, signal.SIGKILL)
            os.kill(session, signal.SIGKILL)
        check(client.returncode == 255 and b"Timeout, server 127.0.0.1 not responding." in errors, "not given up", errors)


@promise("escapes: help, more and less log, keys changed on demand, and what is open")
def escapes(world):
    with sshd(world) as server:
        command = world.ssh_command(server, "PS1='ready> ' exec sh", key=world.key("ed25519"), flags=["-t"])
        with Terminal(world, command) as terminal:
            terminal.wait_for(r"ready> ")
            terminal.keys("Enter")
            terminal.type("~?")
            terminal.wait_for(r"^Supported escape sequences:$")
            check("~C" not in terminal.screen(), "~C is listed where it is switched off", terminal.screen())
            terminal.type("~v~R")
            terminal.wait_for(r"\[LogLevel VERBOSE\]")
            terminal.type("~#")
            terminal.wait_for(r"^The following connections are open:$")
            terminal.wait_for(r"^  #0 session$")
            terminal.keys("Enter")
            terminal.type("~I")
            terminal.wait_for(rf"^  connection 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:{server.port}$")
            terminal.wait_for(r"^  kexalgorithm \S+$")
            terminal.keys("Enter")
            terminal.line("echo '~' still here")
            terminal.wait_for(r"(^|ready> )~ still here$")             # behind prompts, where the shell reads late what was typed
            terminal.keys("Enter")
            terminal.type("~.")
            terminal.wait_for(r"\[ended: 255\]")


@promise("keys leave on a beat that goes on without them, with servers that know packets without a meaning")
def obscured(world):
    for whose, sentence in (("nacre", r"nothing typed any more \((\d+) packets of chaff\)"),
                            ("openssh", r"the server did not offer ping@openssh.com")):
        with sshd(world) if whose == "openssh" else world.sshd() as server:
            log = world.new_file("log")
            command = world.ssh_command(server, "PS1='ready> ' exec sh", key=world.key("ed25519"),
                                        flags=["-t", "-vvv", f"-E{log}"])
            with Terminal(world, command) as terminal:
                terminal.wait_for(r"ready> ")
                terminal.line("echo sum $((40+2))")
                terminal.wait_for(r"^sum 42$")
                said = wait_until(lambda: re.search(sentence, log.read_text()), sentence)
                check(not said.groups() or int(said[1]) >= 20, "hardly any chaff", said[0])
                terminal.line("exit 3")
                terminal.wait_for(r"\[ended: 3\]")


@promise("what the program says while a line is typed behind ~C comes when the line is done")
def held_output(world):
    with sshd(world) as server:
        go, count = world.new_file("go"), world.new_file("count", "")
        go.unlink(missing_ok=True)
        count.chmod(0o666)
        command = world.ssh_command(server, f"echo up; until [ -e '{go}' ]; do sleep 0.1; done; echo remote; echo done >'{count}'; exec cat",
                                    key=world.key("ed25519"), flags=["-t"], options=["EnableEscapeCommandline=yes"])
        with Terminal(world, command) as terminal:
            terminal.wait_for(r"^up$")
            terminal.keys("Enter")
            terminal.type("~C")
            terminal.wait_for(r"^ssh> $")
            go.write_text("")
            wait_until(lambda: count.read_text(), "the program has spoken")
            terminal.type("-h")
            terminal.wait_for(r"^ssh> -h$")
            check("remote" not in terminal.screen(), "the output came into the line", terminal.screen())
            terminal.keys("Enter")
            terminal.wait_for(r"^remote$")
            terminal.keys("Enter")
            terminal.type("~.")
            terminal.wait_for(r"\[ended: 255\]")


@promise("--timeline says what happened when, as text on standard error or as a page in a file")
def timeline(world):
    with sshd(world) as server:
        page = world.new_file("timeline.html")
        ran = world.ssh(server, "echo out; exit 7", flags=["--timeline", "--timeline=html", page])
        check(ran.status == 7 and ran.out == b"out\n", "status or output differ", ran)
        lines = ran.err.decode().splitlines()
        check(lines[0] == f"Timeline of {world.user}@127.0.0.1", "another title", ran)
        rows = [re.fullmatch(r" *([\d.]+) +(\d+) +(\d+) +(\d+)  (.{13}) (.*)", line) for line in lines[2:]]
        check(all(rows), "a line of another form", ran)
        said = [row[5].strip() for row in rows]
        wanted = ["name", "TCP", "version", "key exchange", "host key type", "cipher", "compression", "host key",
                  "encrypted", "logged in", "channel", "first byte", "end"]
        check([what for what in said if what in wanted] == wanted, "not what happened", ran)
        check(all(float(a[1]) <= float(b[1]) and int(a[2]) <= int(b[2]) for a, b in zip(rows, rows[1:])), "not in order", ran)
        check(2 <= int(rows[-1][2]) <= 12, "round trips", ran)
        check("sntrup761x25519-sha512 (strong)" in ran.err.decode(), "the worth is missing", ran)
        check(rows[-1][6] == "exit status 7", "the end differs", ran)
        tree = xml.etree.ElementTree.fromstring(page.read_text().removeprefix("<!DOCTYPE html>\n"))
        cells = ["".join(row.itertext()) for row in tree.iter("tr")]
        check(len(cells) == len(rows) + 1, "the page has other rows", page.read_text())
        svg = tree.find(".//svg")
        check(svg.get("role") == "img" and svg.find("title") is not None and len(svg.findall("rect")) > 5, "no picture")
        check(not list(tree.iter("script")) and not list(tree.iter("link")), "the page needs something else")
    refused = world.ssh(server, "true", flags=["--timeline"])
    check(refused.status == 255 and re.search(rb"failed +.*Connection refused", refused.err), "a failure is not told", refused)


@promise("ChannelTimeout closes what is idle: a command, a forwarded connection; not what is busy")
def idle_channels(world):
    with sshd(world) as server:
        idle = world.ssh(server, "sleep 3", options=["ChannelTimeout=session=1"])
        check(idle.status == 255 and b"(session): nothing moved" in idle.err, "an idle command", idle)
        options = ["ChannelTimeout=session=2 direct-tcpip=1"]
        busy = world.ssh(server, "for i in 1 2 3 4 5 6; do sleep 0.5; echo; done", options=options).succeeded()
        check(busy.out == b"\n" * 6, "a busy command", busy)
        command = world.ssh_command(server, options=options, key=world.key("ed25519"),
                                    flags=["-W", f"127.0.0.1:{server.port}"])
        through = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, env=world.client_environment())
        with through:
            check(b"(direct-tcpip): nothing moved" in through.stderr.read(), "an idle connection")


@promise("a suspended client stops, and goes on raw when continued")
def suspend(world):
    with sshd(world) as server:
        command = world.ssh_command(server, "PS1='ready> ' exec sh", key=world.key("ed25519"), flags=["-t"])
        script = world.new_file("start", f"#!/bin/sh\nexec {shlex.join(map(str, command))}\n")
        script.chmod(0o755)
        with Terminal(world, ["bash", "--norc", "--noprofile", "-i"]) as terminal:
            terminal.line(f"PS1='local> '; {script}")
            terminal.wait_for(r"^ready> ")
            terminal.keys("Enter")
            terminal.type("~")
            terminal.keys("C-z")
            terminal.wait_for(r"^local> ")
            terminal.line("stty -a | grep -o ' -*icanon'; fg")
            terminal.wait_for(r"^ icanon$")
            terminal.line("echo sum $((40+2)); exit 3")
            terminal.wait_for(r"^sum 42$")
            terminal.wait_for(r"^local> $")                       # until then what is typed may be ssh's
            terminal.line("echo status $?")
            terminal.wait_for(r"^status 3$")


@promise("a short name is completed from CanonicalDomains, and the configuration read again under the whole name")
def canonical(world):
    world.need_isolation()
    with world.sshd() as sshd, open("/etc/hosts") as hosts:
        before = hosts.read()
        name = f"box{sshd.port}"
        config = world.new_file("config", f"""
CanonicalizeHostname yes
CanonicalDomains nowhere.test scenarios.test
Host {name}.scenarios.test
    Port {sshd.port}
    User {world.user}
    HostKeyAlias [127.0.0.1]:{sshd.port}
    UserKnownHostsFile {sshd.known_hosts}
    IdentityFile {world.key("ed25519")}
    IdentitiesOnly yes
""")
        config.chmod(0o644)
        try:
            with open("/etc/hosts", "a") as more:
                more.write(f"127.0.0.1 {name}.scenarios.test. {name}.scenarios.test\n")
            ran = run([world.ours("ssh"), "-F", config, "-oBatchMode=yes", name, "echo here"], env=world.client_environment())
            check(ran.succeeded().out == b"here\n", "no login", ran)
            ran = run([world.ours("ssh"), "-F", config, "-oBatchMode=yes", "-oCanonicalizeFallbackLocal=no", "other", "true"],
                      env=world.client_environment())
            check(ran.status == 255 and b'Could not resolve host "other"' in ran.err, "another end", ran)
        finally:
            with open("/etc/hosts", "w") as restored:
                restored.write(before)


@promise("RequiredRSASize: an own key that is shorter is not even offered, from a file or from an agent")
def required_size(world):
    key = world.key("rsa", 2048)
    with world.sshd(user_keys=[key]) as server, agent(world) as env:
        add(world, env, key).succeeded()
        for bits, status in ((2048, 0), (2049, 255)):
            for more in ({"key": key}, {"key": "/nonexistent", "env": env}):
                ran = world.ssh(server, "true", options=[f"RequiredRSASize={bits}", "IdentitiesOnly=no", "IdentityAgent=SSH_AUTH_SOCK"], **more)
                check(ran.status == status, f"{bits} {more}", ran)
                check((b"RequiredRSASize asks" in ran.err) == (status != 0), f"{bits}: the reason", ran)


@promise("SetEnv's TERM is that of the terminal, directly and through a master")
def terminal_type(world):
    with world.sshd() as server:
        options = ["SetEnv=TERM=vt220", f"ControlPath={world.new_file('control')}", "ControlMaster=auto", "ControlPersist=60"]
        try:
            for way in ("direct", "shared"):
                ran = world.ssh(server, "echo type $TERM", options=options, flags=["-tt"]).succeeded()
                check(b"type vt220" in ran.out, f"{way}: another type", ran)
        finally:
            world.ssh(server, options=options, flags=["-Oexit"])


@promise("ssh -V, sshd -V and sshd -d say first whose options they have, as tools look for it")
def versions(world):
    for command in (["ssh", "-V"], ["sshd", "-V"]):
        ran = run([world.ours(command[0]), command[1]]).succeeded()
        check(re.match(rb"OpenSSH_\d+\.\d+\S* Nacre_", ran.err), "another first word", ran)
    ran = run([world.ours("sshd"), "-t", "-d", "-f", "/dev/null", "-h", world.key("ed25519")])
    check(re.search(rb"sshd version OpenSSH_\d+\.\d+", ran.err), "no version", ran)


@promise("PubkeyAuthentication: unbound and host-bound are the two forms of the protocol")
def forms_of_publickey(world):
    forms = {"yes": "publickey-hostbound-v00@openssh.com", "unbound": "publickey", "host-bound": "publickey-hostbound-v00@openssh.com"}
    with sshd(world, lines=["LogLevel DEBUG3"]) as server:
        for wanted, form in forms.items():
            before = len(server.log())
            world.ssh(server, "true", options=[f"PubkeyAuthentication={wanted}"]).succeeded()
            check(f"service ssh-connection method {form} " in server.log()[before:] + " ", f"{wanted}: not {form}", server.log()[before:])
    with world.dropbear() as server:
        world.ssh(server, "true", options=["PubkeyAuthentication=unbound"]).succeeded()
        ran = world.ssh(server, "true", options=["PubkeyAuthentication=host-bound"])
        check(ran.status == 255 and b"host-bound" in ran.err, "a server that does not know the bound form", ran)


@promise("RefuseConnection ends ssh with its text before anything is done, also where a master runs")
def refuse_connection(world):
    with world.sshd() as server:
        shared = [f"ControlPath={world.new_file('control')}"]
        world.ssh(server, options=[*shared, "ControlPersist=60"], flags=["-MNf"]).succeeded()
        try:
            for options in ([], shared):
                ran = world.ssh(server, "echo in", options=['RefuseConnection="gone, use new"', *options])
                check(ran.status == 255 and ran.out == b"" and b"RefuseConnection: gone, use new\n" in ran.err, f"{options}", ran)
        finally:
            world.ssh(server, options=shared, flags=["-Oexit"])


@promise("-J beside a ProxyCommand or a ProxyJump of the command line is an error, as in OpenSSH")
def two_ways(world):
    for first in (["-oProxyCommand=nc %h %p"], ["-oProxyJump=other"], ["-J", "other"]):
        for program in (world.ours("ssh"), world.peer("ssh")):
            ran = run([program, "-F", "none", *first, "-J", "gate", "host"], env=world.client_environment())
            check(ran.status == 255 and b"-J" in ran.err, f"{program} {first}", ran)


@promise("what goes to the background by ForkAfterAuthentication does not read the script that started it")
def background_input(world):
    with world.sshd() as server:
        ran = world.ssh(server, "cat; echo done", options=["ForkAfterAuthentication=yes"], input=b"next\n").succeeded()
        check(ran.out == b"done\n", "it read its caller's input", ran)


@promise("what a program says on stderr does not wait until its output pauses")
def both_streams(world):
    with world.sshd() as server:
        command = "cat /dev/zero & sleep 0.2; echo now >&2; read line; kill $!"
        with subprocess.Popen(world.ssh_command(server, command, key=world.key("ed25519")), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=world.client_environment()) as process:
            os.set_blocking(process.stderr.fileno(), False)

            def is_heard():
                os.read(process.stdout.fileno(), 65536)
                return process.stderr.read() == b"now\n"
            wait_until(is_heard, "what it says in the middle of its output", pause=0)
            process.stdin.write(b"enough\n")
            process.stdin.close()
            while os.read(process.stdout.fileno(), 1 << 20):
                pass
            check(process.wait(60) == 0, f"status {process.returncode}")


@promise("a server that has no questions is not asked for them again and again, before the password")
def no_questions(world):
    with sshd(world, lines=["KbdInteractiveAuthentication yes", "PasswordAuthentication yes", "MaxAuthTries 3"], pam=False) as server:
        for program in (world.ours("ssh"), world.peer("ssh")):
            ran = world.ssh(server, "echo in", key="/nonexistent", program=program, env=world.askpass(PASSWORD),
                            options=["BatchMode=no", "NumberOfPasswordPrompts=3"])
            check(ran.status == 0 and ran.out == b"in\n", f"{program}", ran)
