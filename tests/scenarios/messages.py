"""What goes wrong is said in words that scripts and people know."""
import re
import socket
import threading

from harness import add, agent, check, free_port, promise, run


def ssh_to(world, *arguments, env=None, limit=60):
    return run([world.ours("ssh"), "-F", "none", "-oBatchMode=yes", "-oStrictHostKeyChecking=no",
                "-oUserKnownHostsFile=/dev/null", *arguments], env=env or world.client_environment(), limit=limit)


@promise("nobody listens: connection refused, status 255")
def refused(world):
    port = free_port()
    ran = ssh_to(world, "-p", port, "127.0.0.1", "true")
    check(ran.status == 255, "status", ran)
    check(f"connect to host 127.0.0.1 port {port}: Connection refused".encode() in ran.err, "message", ran)
    check(b"is it the port of its SSH server" in ran.err and b"(-p)" not in ran.err, "advice", ran)


@promise("an unknown name is named")
def unknown_name(world):
    ran = ssh_to(world, "no-such-host.invalid", "true")
    check(ran.status == 255 and b"Could not resolve hostname no-such-host.invalid" in ran.err, "message", ran)
    check(b"Is it spelt right?" in ran.err, "advice", ran)


@promise("ConnectTimeout ends a silent server's connection")
def timed_out(world):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        ran = ssh_to(world, "-p", silent.getsockname()[1], "-oConnectTimeout=1", "127.0.0.1", "true")
        check(ran.status == 255 and b"timed out" in ran.err, "message", ran)


@promise("no algorithm in common: what was missing, what the peer offers, and with -v what we do")
def nothing_in_common(world):
    with world.sshd(lines=["Ciphers aes256-ctr", "KexAlgorithms curve25519-sha256", "MACs hmac-sha2-256"]) as sshd:
        for option, word, offer in (("Ciphers=aes128-ctr", b"cipher", b"aes256-ctr"),
                                    ("KexAlgorithms=ecdh-sha2-nistp256", b"key exchange method", b"curve25519-sha256"),
                                    ("MACs=hmac-sha2-512", b"MAC", b"hmac-sha2-256"),
                                    ("HostKeyAlgorithms=rsa-sha2-512", b"host key type", b"ssh-ed25519")):
            more = ["Ciphers=aes256-ctr"] if option.startswith("MACs") else []
            ran = world.ssh(sshd, "true", options=["LogLevel=DEBUG1", option, *more])
            ours = b"debug1: no matching " + word + b": our own offer is " + option.split("=")[1].encode()
            check(ours in ran.err, "our own list is not said", ran)
            check(ran.status == 255 and b"Unable to negotiate with 127.0.0.1" in ran.err, "message", ran)
            check(b"no matching " + word + b" found" in ran.err and offer in ran.err, option, ran)
            told = re.search(rb"To take (\S+) \((?:strong|acceptable)\) from this server: -o (\S+)=\+(\S+)\n", ran.err)
            check(told and told[1] == told[3] and told[2].decode() == option.split("=")[0], "advice", ran)


@promise("an option that does not exist is an error with its place")
def bad_option(world):
    ran = ssh_to(world, "-oNoSuchOption=yes", "127.0.0.1")
    check(ran.status == 255 and b"bad configuration option: nosuchoption" in ran.err.lower(), "message", ran)
    config = world.new_file("config", "Host *\n    NoSuchOption yes\n")
    ran = run([world.ours("ssh"), "-F", config, "127.0.0.1"], env=world.client_environment())
    check(ran.status == 255 and b"line 2" in ran.err and str(config).encode() in ran.err, "place", ran)


@promise("a server that is none: its first line is not shown raw, and the client ends")
def not_ssh(world):
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen(1)

        def answer():
            connection, _ = stranger.accept()
            with connection:
                connection.sendall(b"HTTP/1.0 400 \x1b[2J go away\r\n" * 2)
        thread = threading.Thread(target=answer)
        thread.start()
        ran = ssh_to(world, "-p", stranger.getsockname()[1], "127.0.0.1", "true")
        thread.join()
        check(ran.status == 255 and ran.err and b"\x1b" not in ran.err, "message", ran)
        check(b"instead of an SSH version" in ran.err and b"the one of its SSH server?" in ran.err, "advice", ran)
        check(len(ran.err.splitlines()) <= 5, "many words", ran)


@promise("a server that hangs up at once, a proxy command that fails: who it was, and how it ended")
def silence(world):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        thread = threading.Thread(target=lambda: stranger.accept()[0].close())
        thread.start()
        ran = ssh_to(world, "-p", stranger.getsockname()[1], "127.0.0.1", "true")
        thread.join()
        check(ran.status == 255 and b"hung up before it said anything" in ran.err, "message", ran)
    for command, told in (("/no/such/program", b"ended with status 127 before the server said anything: there is no such"),
                          ("sh -c 'exit 3'", b"The ProxyCommand ended with status 3 before the server said anything."),
                          ("sh -c 'kill -9 $$'", b"The ProxyCommand was killed by signal 9")):
        ran = ssh_to(world, f"-oProxyCommand={command}", "127.0.0.1", "true")
        check(ran.status == 255 and told in ran.err and len(ran.err.splitlines()) <= 4, command, ran)


@promise("a login that is refused, an agent that cannot be asked, a key of another host: status 255, the reason, and what to do")
def refusals(world):
    key = world.key("ed25519")
    with world.sshd(user_keys=[]) as sshd:
        ran = world.ssh(sshd, "true", key=key)
        check(ran.status == 255 and b"Permission denied (" in ran.err and b"ssh-copy-id" in ran.err, "message", ran)
    with world.sshd() as sshd:
        another = world.public(world.key("ed25519", fresh=True))
        stranger = world.new_file("known_hosts", f"[127.0.0.1]:{sshd.port} {another}\n")
        ran = world.ssh(sshd, "true", options=[f"UserKnownHostsFile={stranger}"])
        check(ran.status == 255 and b"IDENTIFICATION HAS CHANGED" in ran.err and b"ssh-keygen -f" in ran.err, "message", ran)
        no_answer = {"SSH_ASKPASS": "/bin/false", "SSH_ASKPASS_REQUIRE": "force"}
        with agent(world, "openssh", env=no_answer) as env:
            add(world, env, "-c", world.key("ed25519"), whose="openssh").succeeded()
            public_only = world.new_file("only.pub", world.public(world.key("ed25519")) + "\n")
            ran = world.ssh(sshd, "true", key=public_only, options=["IdentityAgent=SSH_AUTH_SOCK"],
                            env={"SSH_AUTH_SOCK": env["SSH_AUTH_SOCK"]})
            check(ran.status == 255 and b"signing failed for ED25519" in ran.err and b"Permission denied" in ran.err,
                  "message", ran)


@promise("an unknown host where there is no terminal to ask on: how its key can be known beforehand")
def nobody_to_ask(world):
    with world.sshd() as sshd:
        hosts = world.new_file("known_hosts", "")
        for batch, why in (("no", b"there is no terminal to ask on"), ("yes", b"BatchMode asks nobody")):
            command = world.ssh_command(sshd, "true", key=world.key("ed25519"), options=[
                f"BatchMode={batch}", "StrictHostKeyChecking=ask", f"UserKnownHostsFile={hosts}"])
            ran = run(["setsid", "-w", *command], env=world.client_environment())
            check(ran.status == 255 and b"\nHost key verification failed.\n" in ran.err, "message", ran)
            check(why in ran.err and b"SHA256:" in ran.err and b"=accept-new" in ran.err, "advice", ran)
            told = re.search(rb'"ssh-keyscan( -p \d+ \S+)"', ran.err)
            check(told, "advice", ran)
        scanned = run([world.ours("ssh-keyscan"), *told[1].decode().split()]).succeeded().out
        world.ssh(sshd, "true", options=[f"UserKnownHostsFile={world.new_file('known_hosts', scanned)}"]).succeeded()


@promise("a log file that cannot be written ends ssh and sshd with OpenSSH's status, and they say that it is the log")
def no_log(world):
    for name, rest in (("ssh", "127.0.0.1"), ("sshd", "-t")):
        theirs = run([world.peer(name), "-E", "/nowhere/log", rest])
        ours = run([world.ours(name), "-E", "/nowhere/log", rest])
        check(ours.status == theirs.status == 1 and b"log file /nowhere/log" in ours.err, "message", ours, theirs)


@promise("--help of every program: its options, on one screen, on standard output, and the status is 0")
def help_texts(world):
    for name in ("ssh", "sshd", "scp", "sftp", "ssh-keygen", "ssh-keyscan", "ssh-agent", "ssh-add", "ssh-copy-id"):
        ran = run([world.ours(name), "--help"], env=world.client_environment()).succeeded()
        lines = ran.out.decode().splitlines()
        check(lines and lines[0].startswith(f"usage: {name} [") and not ran.err, f"{name}: another text", ran)
        check(len(lines) <= 40 and all(len(line) <= 105 for line in lines), f"{name}: more than a screen", ran)


@promise("hostile host and user names never reach a shell")
def hostile_names(world):
    marker = world.new_file("marker")
    for name in (f"$(touch${{IFS}}{marker})", f"`touch {marker}`", "-oProxyCommand=true", f"a;touch {marker}"):
        for arguments in ([name, "true"], ["-l", name, "127.0.0.1", "true"], ["-o", f"User={name}", "127.0.0.1", "true"],
                          ["-o", f"HostName={name}", "127.0.0.1", "true"]):
            ran = ssh_to(world, "-oProxyCommand=echo %h %r", "-p", free_port(), *arguments)
            check(ran.status != 0, f"accepted {name!r}", ran)
            check(not marker.exists(), f"a shell ran {name!r}")
