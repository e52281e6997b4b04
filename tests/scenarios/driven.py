"""Programs that drive ssh: through its standard streams, many at once, over ways of their own to the host."""
import concurrent.futures
import contextlib
import hashlib
import os
import pathlib
import re
import socket
import subprocess
import textwrap

from forwarding_peers import Service
from harness import PASSWORD, check, children_of, free_port, promise, run, wait_until

MANY = 20


def config_of(world, sshd, *more):
    """An ssh_config in which every host is this server."""
    config = world.new_file("config", "\n".join([
        *more, "Host *", "    HostName 127.0.0.1", f"    Port {sshd.port}", f"    User {world.user}",
        f"    IdentityFile {world.key('ed25519')}", "    IdentitiesOnly yes", "    IdentityAgent none", "    BatchMode yes",
        f"    HostKeyAlias [127.0.0.1]:{sshd.port}", f"    UserKnownHostsFile {sshd.known_hosts}",
        "    GlobalKnownHostsFile /dev/null", "    StrictHostKeyChecking yes"]) + "\n")
    config.chmod(0o644)
    return config


@promise("clush runs a command on twenty hosts, gathers what is equal and tells who failed; it copies to all of them and back")
def clush(world):
    with world.sshd() as sshd:
        config = config_of(world, sshd)
        file = world.new_file("file", os.urandom(100_000))
        there, back = world.remote_folder("clush"), world.new_folder("back")
        settings = world.new_file("clush.conf", textwrap.dedent(f"""\
            [Main]
            fanout: 8
            ssh_path: {world.ours('ssh')} -F {config}
            scp_path: {world.ours('scp')} -F {config}
            ssh_options: -oStrictHostKeyChecking=yes
            """))

        def do(*words):
            return run([world.peer("clush"), "--conf", settings, "-w", f"node[1-{MANY}]", *words],
                       env=world.client_environment())
        said = do("-b", "echo equal").succeeded()
        check(f"node[1-{MANY}] ({MANY})".encode() in said.out and said.out.count(b"equal\n") == 1, "not gathered", said)
        failed = do("-S", "test $(( $$ % 2 )) -eq 2")
        check(failed.status == 1 and failed.err.count(b"exited with exit code 1") == MANY, "who failed", failed)
        do("-c", file, "--dest", f"{there}/").succeeded()
        check((there / file.name).read_bytes() == file.read_bytes(), "not copied")
        do("--rcopy", there / file.name, "--dest", back).succeeded()
        check(len(list(back.iterdir())) == MANY, "not all came back", list(back.iterdir()))


@promise("an editor's remote end: a shell without a terminal reads its script from a pipe, SOCKS leads to what the script starts")
def editor(world):
    script = b"""
        cat >"$HOME/remote-end.py" <<'PROGRAM'
import socket
door = socket.create_server(("127.0.0.1", 0))
print("listeningOn==%d==" % door.getsockname()[1], flush=True)
for _ in range(3):
    stream, _ = door.accept()
    stream.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nhello from there\\n")
    stream.recv(4096)
    stream.close()
PROGRAM
        python3 "$HOME/remote-end.py" &
        wait
        rm "$HOME/remote-end.py"
        echo "done: $?"
        """
    with world.sshd() as sshd:
        port = free_port()
        line = world.ssh_command(sshd, "bash", key=world.key("ed25519"), flags=["-v", "-T", "-D", str(port)],
                                 options=["ConnectTimeout=15"])
        with subprocess.Popen([str(word) for word in line], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=world.client_environment()) as client:
            client.stdin.write(script)
            client.stdin.flush()                                  # and stays open, as an editor's does
            said = re.match(rb"listeningOn==(\d+)==\n", client.stdout.readline())
            check(said, "no word from the remote end")
            for _ in range(3):
                ran = run([world.peer("curl"), "-s", "--max-time", "20", "--socks5-hostname", f"127.0.0.1:{port}",
                           f"http://127.0.0.1:{int(said[1])}/"]).succeeded()
                check(ran.out == b"hello from there\n", "another answer", ran)
            check(client.stdout.readline() == b"done: 0\n", "the script did not go on")
            client.stdin.close()
            check(client.wait(60) == 0, "the shell ended with another status")


# What `docker -H ssh://host` starts for each of its requests: standard streams as a two-way pipe to a socket over there,
# one direction of which ends before the other.
DIAL_STDIO = """
import os, socket, sys, threading
target = socket.create_connection(("127.0.0.1", %d))
def up():
    while data := os.read(0, 65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while data := target.recv(65536):
    os.write(1, data)
"""


@promise("twenty two-way pipes at once, each with one direction ended before the other: alone and on a shared connection")
def dial_stdio(world):
    with Service() as service, world.sshd(lines=["MaxSessions 100"]) as sshd:
        program = world.new_file("dial-stdio.py", DIAL_STDIO % service.port)
        program.chmod(0o644)
        control = world.new_file("control")
        sharing = [f"ControlPath={control}", "ControlMaster=auto", "ControlPersist=60"]
        for options in ([], sharing):
            def one(number, options=options):
                payload = hashlib.sha256(b"%d" % number).digest() * 20_000
                ran = world.ssh(sshd, f"exec python3 {program}", flags=["-T"], input=payload,
                                options=[*options, "ConnectTimeout=30"])
                return ran if ran.status or ran.out != payload + b"[%d]" % len(payload) else None
            with concurrent.futures.ThreadPoolExecutor(MANY) as pool:
                failed = [ran for ran in pool.map(one, range(MANY)) if ran]
            check(not failed, f"{len(failed)} of {MANY} differ", *failed[:2])
        run([world.ours("ssh"), "-F", "none", "-O", "exit", "-S", control, "any"]).succeeded()


@promise("sshpass types the password where nobody sits, and tells a wrong one and an unknown host apart by its status")
def sshpass(world):
    world.need_isolation()
    program = world.peer("sshpass")
    with world.sshd(user_keys=[], lines=["PasswordAuthentication yes"]) as sshd:
        for password, hosts, status in ((PASSWORD, sshd.known_hosts, 0), ("wrong", sshd.known_hosts, 5),
                                        (PASSWORD, world.new_file("known_hosts", ""), 6)):
            line = world.ssh_command(sshd, "echo in", options=[
                "BatchMode=no", "PubkeyAuthentication=no", "StrictHostKeyChecking=ask", f"UserKnownHostsFile={hosts}"])
            ran = run([program, "-p", password, *line], env=world.client_environment())
            check(ran.status == status and (ran.out == b"in\n") == (status == 0), f"not {status}", ran)


@promise("netcat is the way to the host, as a pipe or with its socket passed on; so for scp and sftp")
def netcat(world):
    nc = world.peer("nc.openbsd")
    with world.sshd() as sshd:
        for proxy in ([f"ProxyCommand={nc} %h %p"], [f"ProxyCommand={nc} -F %h %p", "ProxyUseFdpass=yes"]):
            ran = world.ssh(sshd, "cat", input=b"x" * 3_000_000, options=proxy).succeeded()
            check(len(ran.out) == 3_000_000, f"{proxy}", ran)
            config = config_of(world, sshd, *(line.replace("=", " ", 1) for line in proxy))
            file, there = world.new_file("file", os.urandom(1 << 20)), world.remote_folder("netcat")
            run([world.ours("scp"), "-F", config, file, f"any:{there}/by-scp"], env=world.client_environment()).succeeded()
            run([world.ours("sftp"), "-F", config, "-b", "-", "any"], f"put {file} {there}/by-sftp\n".encode(),
                world.client_environment()).succeeded()
            for copy in ("by-scp", "by-sftp"):
                check((there / copy).read_bytes() == file.read_bytes(), f"{copy} behind {proxy}")


@promise("a machine's socket is reached as systemd-ssh-proxy does it: a program connects to it and passes the descriptor on")
def local_machine(world):
    """sshd serves one connection on standard input, from a socket without an address, as systemd's generator has it."""
    with world.sshd() as sshd:                                    # for its configuration and keys
        config = next(world.folder.glob("*-sshd_config"))
    path = world.new_file("machine.sock")
    relay = world.new_file("socket-unit.py", textwrap.dedent(f"""\
        import os, socket, subprocess
        door = socket.socket(socket.AF_UNIX)
        door.bind("{path}")
        door.listen()
        stream, _ = door.accept()
        subprocess.run(["{world.ours('sshd')}", "-i", "-f", "{config}"],
                       stdin=stream, stdout=stream, stderr=stream)
        """))
    proxy = world.new_file("ssh-proxy.py", textwrap.dedent(f"""\
        import array, socket
        there = socket.socket(socket.AF_UNIX)
        there.connect("{path}")
        here = socket.socket(fileno=1)
        here.sendmsg([b"\\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [there.fileno()]))])
        """))
    unit = subprocess.Popen([world.peer("python3"), str(relay)])
    try:
        wait_until(path.exists, "the machine's socket")
        ran = world.ssh(sshd, "echo in; cat", input=b"from here\n", options=[
            f"ProxyCommand=python3 {proxy}", "ProxyUseFdpass=yes", "CheckHostIP=no"]).succeeded()
        check(ran.out == b"in\nfrom here\n", "not in", ran)
    finally:
        unit.wait(60)


def holders_of(inode, processes):
    """Names of those that have this socket open."""
    found = set()
    for pid, name in processes.items():
        with contextlib.suppress(OSError):
            if f"socket:[{inode}]" in {os.readlink(fd) for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()}:
                found.add(name)
    return found


@promise("served on all three streams, as inetd and systemd have it, a stranger hears the protocol only, and sshd-net alone has him")
def three_streams(world):
    world.need_isolation()
    lines = f"HostKey {world.key('ed25519')}\nUsePAM no\nKeyRegenerationInterval 3600\n"   # the last draws a warning
    for text, greeting in ((lines, b"SSH-2.0-"), ("NoSuchKeyword yes\n" + lines, b"")):
        config = world.new_file("sshd_config", text)
        ours, theirs = socket.socketpair()
        inode = os.fstat(theirs.fileno()).st_ino
        process = subprocess.Popen([world.ours("sshd"), "-i", "-f", config], stdin=theirs, stdout=theirs, stderr=theirs)
        theirs.close()
        with ours:
            ours.settimeout(60)
            heard = ours.recv(4096)
            check(heard[:len(greeting) or None] == greeting, f"not {greeting}", heard)
            if greeting:
                family = {process.pid: "sshd", **children_of(process.pid)}
                wait_until(lambda: holders_of(inode, family) == {"sshd-net"}, "only sshd-net holds the socket")
        process.wait(60)


@promise("scp, sftp and a second jump go through a jump host, each way of saying so; between two remote hosts as well")
def through_jumps(world):
    with world.sshd() as gate, world.sshd() as target:
        config = world.new_file("config", "\n".join([
            "Host gate", f"    Port {gate.port}", "Host inner", "    ProxyJump gate", "Host second", "    ProxyJump gate,inner",
            "Host *", "    HostName 127.0.0.1", f"    Port {target.port}", f"    User {world.user}",
            f"    IdentityFile {world.key('ed25519')}", "    IdentitiesOnly yes", "    IdentityAgent none", "    BatchMode yes",
            "    StrictHostKeyChecking accept-new", f"    UserKnownHostsFile {world.new_file('known_hosts', '')}",
            "    GlobalKnownHostsFile /dev/null"]) + "\n")
        config.chmod(0o644)
        file, there = world.new_file("file", os.urandom(2 << 20)), world.remote_folder("jumps")
        environment = world.client_environment()

        def scp(*words):
            run([world.ours("scp"), "-F", config, *words], env=environment).succeeded()
        scp(file, f"inner:{there}/a")
        scp("-J", "gate", f"plain:{there}/a", f"plain:{there}/b")
        scp("-O", f"second:{there}/b", there / "c")
        for number, words in enumerate((["inner"], ["-J", "gate", "plain"], ["second"])):
            batch = f"put {file} {there}/e{number}\n".encode()
            run([world.ours("sftp"), "-F", config, "-b", "-", *words], batch, environment).succeeded()
        for copy in there.iterdir():
            check(copy.read_bytes() == file.read_bytes(), f"{copy} differs")
        check(len(list(there.iterdir())) == 6, "copies are missing", list(there.iterdir()))
