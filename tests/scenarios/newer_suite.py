"""What the regression suite of OpenSSH 10.5 asks and that of 9.2 does not, where no other scenario says it.

A sentence begins with the name of the suite's test.  The table of them all is in tests/regress/README.md.
"""
import concurrent.futures
import random
import re
import socket
import threading

from harness import PASSWORD, Server, Terminal, add, agent, check, free_port, promise, run, wait_until
from tokens import PIN, Token, token

NEEDS = ("ssh", "sshd", "ssh-keygen", "ssh-agent", "ssh-add", "ssh-keyscan", "sftp", "scp", "sftp-server")


def keygen(world, *arguments, env=None):
    return run([world.ours("ssh-keygen"), "-q", *arguments], env=world.client_environment(**(env or {}))).succeeded()


def new_key(world, kind, comment, env=None):
    path = world.new_file(comment)
    keygen(world, "-t", kind, "-N", "", "-C", comment, "-f", path, env=env)
    return path


def certify(world, authority, key, *options):
    keygen(world, "-s", authority, "-I", "id", *options, f"{key}.pub")


# ---- which keys are offered ------------------------------------------------------------------


@promise("pubkey-priority: ssh -Z lists keys named and held, the agent's certificates by the effort they cost, its keys, files")
def priority(world):
    env = token(world)
    authority = world.key("ecdsa", 256)
    kinds = {"plain": "ed25519", "normal": "ed25519", "verify": "ed25519-sk", "no_touch": "ed25519-sk", "held": "ed25519",
             "file": "ed25519"}
    keys = {name: new_key(world, kind, name, env) for name, kind in kinds.items()}
    for name, options in (("normal", []), ("verify", ["-O", "verify-required"]), ("no_touch", ["-O", "no-touch-required"])):
        certify(world, authority, keys[name], "-n", "joe", *options)
    config = world.new_file("config", f"Host test\n  HostName 127.0.0.1\n  IdentityFile {keys['held']}\n  IdentityFile {keys['file']}\n")
    with agent(world, "nacre", "-P", "/*", env=env) as sock:
        for name in ("plain", "normal", "verify", "no_touch", "held"):
            add(world, {**env, **sock}, keys[name]).succeeded()

        def listed(*options):
            ran = run([world.ours("ssh"), "-F", config, *options, "-Z", "test"],
                      env=world.client_environment(SSH_AUTH_SOCK=sock["SSH_AUTH_SOCK"])).succeeded()
            check(not ran.err, "it says more", ran)
            return [" ".join(line.split()[:2]) for line in ran.out.decode().splitlines()]

        def expect(wanted, *options):
            check(listed(*options) == wanted, f"{options}: not {wanted}", listed(*options))
        first, last = f"{keys['held']} ED25519", f"{keys['file']} ED25519"
        expect([first, "no_touch ED25519-SK-CERT", "normal ED25519-CERT", "verify ED25519-SK-CERT", "plain ED25519", "normal ED25519",
                "verify ED25519-SK", "no_touch ED25519-SK", last])
        expect([first, last], "-oIdentitiesOnly=yes")
        expect([first, last], "-oIdentityAgent=none")
        expect([first, "plain ED25519", "normal ED25519", last], "-oPubkeyAcceptedAlgorithms=ssh-ed25519")
        expect([], "-oPubkeyAuthentication=no")
    home = world.new_folder("home")
    check(run([world.ours("ssh"), "-F", "none", "-oIdentityFile=none", "-Z", "host"], env=world.client_environment(HOME=str(home))).succeeded().out == b"",
          "keys from nowhere")


@promise("pubkey-priority: -Z and a login agree, also where the key is known that worked last time")
def priority_of_a_login(world):
    keys = [new_key(world, "ed25519", name) for name in ("one", "two", "three")]
    with world.sshd("openssh", user_keys=[keys[2]]) as sshd:
        flags = [word for key in keys for word in ("-i", key)]
        for expected in (keys, [keys[2], *keys[:2]]):
            line = world.ssh_command(sshd, flags=[*flags, "-Z"])
            shown = [text.split()[0] for text in run(line, env=world.client_environment()).succeeded().out.decode().splitlines()]
            check(shown == [str(key) for key in expected], "another order", shown)
            ran = run(world.ssh_command(sshd, "true", flags=[*flags, "-v"]), env=world.client_environment()).succeeded()
            offered = re.findall(r"Offering public key: (\S+)", ran.err.decode())
            check(offered == shown[:len(offered)], "offered in another order", offered, shown)


# ---- agents and tokens -----------------------------------------------------------------------


@promise("agent: -dk takes the key and leaves its certificate, -d - reads what to take from standard input")
def agent_deletes(world):
    key = new_key(world, "ed25519", "subject")
    certify(world, world.key("ecdsa", 256), key, "-n", "joe")
    with agent(world) as sock:
        def kinds():
            return [line.split("(")[1].rstrip(")") for line in add(world, sock, "-l").out.decode().splitlines() if "(" in line]
        add(world, sock, key).succeeded()
        check(kinds() == ["ED25519", "ED25519-CERT"], "not both are there", kinds())
        add(world, sock, "-qdk", key).succeeded()
        check(kinds() == ["ED25519-CERT"], "not the key alone is gone", kinds())
        add(world, sock, "-D").succeeded()
        add(world, sock, key).succeeded()
        lines = add(world, sock, "-L").succeeded().out
        add(world, sock, "-qd", "-", input=lines).succeeded()
        check(kinds() == [], "some are left", kinds())


@promise("sshsig: ssh-add -N adds a certificate that has run out, without a word; without -N it says so")
def agent_keeps(world):
    key = new_key(world, "ed25519", "old")
    certify(world, world.key("ecdsa", 256), key, "-n", "joe", "-V", "19840101:19860101")
    with agent(world) as sock:
        ran = add(world, sock, "-N", key).succeeded()
        check(b"CERT" in add(world, sock, "-l").succeeded().out and b"expired" not in ran.err, "it is not kept with -N", ran)
        add(world, sock, "-D").succeeded()
        ran = add(world, sock, key).succeeded()
        check(b"has expired" in ran.err, "not said", ran)


@promise("agent-pkcs11-restrict: a token's key for one destination opens that door, directly and over a hop, and no other")
def token_restricted(world):
    held = Token(world, ("p256",))
    public = held.public_file(world, "p256")
    hosts = [new_key(world, "ed25519", name) for name in ("a", "b", "c")]
    pin = world.askpass(PIN)
    with agent(world, env=held.env) as sock, world.sshd(host_keys=[hosts[0]], user_keys=[public]) as near, \
            world.sshd("openssh", host_keys=[hosts[1]], user_keys=[public]) as far, \
            world.sshd("openssh", host_keys=[hosts[2]], user_keys=[public]) as other:
        known = world.new_file("known_hosts", "".join(
            f"{name} {world.public(key)}\n" for name, key in zip("abc", hosts)))
        add(world, {**sock, **pin}, "-H", known, "-h", "a", "-h", f"a>{world.user}@b", "-s", held.library).succeeded()

        def ssh(server, alias, *command, flags=()):
            return run(world.ssh_command(server, *command, flags=flags, options=(
                f"IdentityAgent={sock['SSH_AUTH_SOCK']}", "IdentitiesOnly=no", f"UserKnownHostsFile={known}", f"HostKeyAlias={alias}")),
                env=world.client_environment(**sock))
        ssh(near, "a", "true").succeeded()
        check(ssh(other, "c", "true").status == 255, "a door that it is not for")
        check(ssh(far, "b", "true").status == 255, "without the hop that it must come by")

        def hop(server, alias):
            known.chmod(0o644)
            inner = " ".join(str(word) for word in [
                world.ours("ssh"), "-F", "none", "-p", server.port, "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={known}", "-o",
                "GlobalKnownHostsFile=none", "-o", f"HostKeyAlias={alias}", "-o", "ConnectionMemory=no", f"{world.user}@127.0.0.1", "echo", "there"])
            return ssh(near, "a", inner, flags=("-A",))
        check(hop(far, "b").out == b"there\n", "not over the hop", hop(far, "b"))
        check(hop(other, "c").status == 255, "over the hop to a door that it is not for")


@promise("ssh-pkcs11: PKCS11Provider in a file, without an agent: the right PIN, a wrong one, none")
def token_in_file(world):
    held = Token(world, ("p256",))
    with world.sshd("openssh", user_keys=[held.public_file(world, "p256")]) as sshd:
        for pin, status in ((PIN, 0), ("9999", 255), ("", 255)):
            ran = world.ssh(sshd, "true", key="none", options=[f"PKCS11Provider={held.library}", "BatchMode=no", "PasswordAuthentication=no",
                                                               "KbdInteractiveAuthentication=no"], env={**held.env, **world.askpass(pin)})
            check(ran.status == status, f"PIN {pin!r}", ran)


# ---- passwords -------------------------------------------------------------------------------


def in_turn(world, answers):
    """An askpass that gives one of these after the other, and then none."""
    rest = world.new_file("answers", "".join(answer + "\n" for answer in answers))
    script = world.new_file("askpass", f"#!/bin/sh\nhead -n 1 '{rest}'\nsed -i 1d '{rest}'\n")
    script.chmod(0o755)
    return {"SSH_ASKPASS": str(script), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}


@promise("password, kbdint: wrong, empty, long and doubled answers are no password, and the right one may follow")
def answers(world):
    world.need_isolation()                                        # PAM takes two seconds for each
    for whose, wrong in (("nacre", ["", "x" * 100, PASSWORD * 2]), ("openssh", [""])):
        with world.sshd(whose, user_keys=[], pam=True, lines=["PasswordAuthentication yes", "KbdInteractiveAuthentication yes",
                                                              "MaxAuthTries 20"]) as sshd:
            for method in ("password", "keyboard-interactive"):
                def ssh(given):
                    return world.ssh(sshd, "echo in", env=in_turn(world, given), options=[
                        "BatchMode=no", "PubkeyAuthentication=no", f"PreferredAuthentications={method}", f"NumberOfPasswordPrompts={len(given)}"])
                check(ssh([PASSWORD]).out == b"in\n", f"{whose}, {method}: not in")
                ran = ssh(wrong[-1:])
                check(ran.status == 255 and b"Permission denied" in ran.err, f"{whose}, {method}: {wrong[-1]!r}", ran)
                ran = ssh([*wrong, PASSWORD])
                check(ran.out == b"in\n", f"{whose}, {method}: not in behind wrong ones", ran)


# ---- servers ---------------------------------------------------------------------------------


def sshd_config(world, *lines, host_keys=None):
    authorized = world.new_file("authorized", world.public(world.key("ed25519")) + "\n")
    authorized.chmod(0o644)
    return world.new_file("sshd_config", "\n".join([
        *(f"HostKey {key}" for key in host_keys or [world.key("ed25519")]), f"AuthorizedKeysFile {authorized}", "StrictModes no", "PidFile none", "UsePAM no",
        "PerSourcePenalties no", *lines]) + "\n")


def inetd(world, config, *command, flags=(), client=None, options=()):
    """A session with `sshd -i` behind a ProxyCommand, as most of the suite's tests have it."""
    known = world.new_file("known_hosts", f"inetd {world.public(world.key('ed25519'))}\n")
    return run([client or world.ours("ssh"), "-F", "none", "-i", world.key("ed25519"), *(f"-o{o}" for o in (
        *options, f"ProxyCommand={world.ours('sshd')} -i -f {config}", "HostKeyAlias=inetd", f"UserKnownHostsFile={known}",
        "GlobalKnownHostsFile=none", "BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "LogLevel=INFO")),
        *flags, f"{world.user}@inetd", *command], env=world.client_environment())


def listening(world, config, port):
    return Server(world, "sshd", [world.ours("sshd"), "-D", "-e", "-f", config], port, world.known_hosts(port, [world.key("ed25519")]))


@promise("match-subsystem: arguments and quotes, the program's status; the first of a block counts, and a block before the rest")
def subsystems(world):
    show = world.new_file("show", '#!/bin/sh\nfor word; do echo "<$word>"; done\nexit 23\n')
    show.chmod(0o755)
    config = sshd_config(world, f'Subsystem plain {show} one "two three" four', f"Subsystem over {show} main",
                         f"Match User {world.user}", f"Subsystem inner {show} first", f"Subsystem inner {show} second",
                         f"Subsystem over {show} match", "Match User nobody-else", f"Subsystem inner {show} others")
    for name, said in (("plain", b"<one>\n<two three>\n<four>\n"), ("inner", b"<first>\n"), ("over", b"<match>\n")):
        ran = inetd(world, config, name, flags=["-s"])
        check(ran.status == 23 and ran.out == said, f"{name}: not {said}", ran)
    check(inetd(world, config, "unknown", flags=["-s"]).status == 255, "an unknown subsystem")
    broken = sshd_config(world, "Match User x", "Subsystem only-a-name")
    check(run([world.ours("sshd"), "-t", "-f", broken]).status != 0, "cfgmatch: a broken Subsystem in a block is accepted")


@promise("connect-bigconf: ten thousand Match blocks reach every session; Match version is about this software")
def big_configuration(world):
    many = "".join(f"Match version NONEXIST{n}\n    X11Forwarding no\n    AllowTcpForwarding no\n" for n in range(10000))
    mine = "Match version OpenSSH_*\n    ForceCommand echo theirs\nMatch version Nacre*\n    ForceCommand echo ours\n"
    config = sshd_config(world, many + mine)
    for client in (world.ours("ssh"), world.peer("ssh")):
        ran = inetd(world, config, "echo none", client=client)
        check(ran.status == 0 and ran.out == b"ours\n", "not by our version", ran)
    port = free_port()
    with listening(world, sshd_config(world, f"Port {port}", "ListenAddress 127.0.0.1", many + mine), port) as sshd:
        for _ in range(3):
            check(world.ssh(sshd, "echo none").out == b"ours\n", "not through a listener", sshd.log()[-2000:])


@promise("channel-timeout: global counts for all channels, session for each, a block's rules for whom it matches")
def channel_timeouts(world):
    cases = ((["ChannelTimeout global=1"], True), (["ChannelTimeout global=10"], False),
             (["ChannelTimeout session:command=1"], True), (["ChannelTimeout session:shell=1"], False),
             (["ChannelTimeout session=1"], True), (["ChannelTimeout session:command=10 session=1"], False),
             ([f"Match User {world.user}", "ChannelTimeout session:*=1"], True),
             (["Match User nobody-else", "ChannelTimeout session:*=1"], False))
    world.key("ed25519")                                          # before the threads
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        runs = [pool.submit(inetd, world, sshd_config(world, *lines), "sleep 3; exit 23") for lines, _ in cases]
    for (lines, ends), ran in zip(cases, runs):
        check(ran.result().status == (255 if ends else 23), f"{lines}: not {ends}", ran.result())


@promise("rekey: RekeyLimit of a Match block counts")
def rekey_in_match(world):
    for lines, renews in ((["Match User *", "RekeyLimit 64k"], True), (["Match User nobody-else", "RekeyLimit 64k"], False)):
        ran = inetd(world, sshd_config(world, *lines), "head -c 1000000 /dev/zero", options=["LogLevel=DEBUG2"])
        check(ran.status == 0 and len(ran.out) == 1000000, "data", ran)
        keys = ran.err.count(b"NEWKEYS sent") - 1
        # How often is a matter of time, too: the server is asked for no more exchanges than it can bear.
        check((keys > 0) == renews, f"{lines}: keys were changed {keys} times", ran)


@promise("cert-userkey: several RevokedKeys files, and patterns in AuthorizedKeysFile, all count")
def several_files(world):
    one, two, three = (new_key(world, "ed25519", name) for name in ("one", "two", "three"))
    lists = [world.new_file("revoked", world.public(key) + "\n") for key in (one, two)]
    folder = world.new_folder("keys")
    for number, key in enumerate((one, two, three)):
        (folder / f"{world.user}_{number}").write_text(world.public(key) + "\n")
    lines = ["PasswordAuthentication no", "KbdInteractiveAuthentication no", f"AuthorizedKeysFile {folder}/%u_*"]
    with world.sshd(lines=lines) as sshd:
        for key in (one, two, three):
            world.ssh(sshd, "true", key=key).succeeded()
    with world.sshd(lines=[*lines, f"RevokedKeys {lists[0]} {lists[1]}"]) as sshd:
        statuses = [world.ssh(sshd, "true", key=key).status for key in (one, two, three)]
        check(statuses == [255, 255, 0], f"statuses {statuses}")


@promise("cert-hostkey: several RevokedHostKeys files, principals with wildcards, none at all")
def host_keys(world):
    keys = [new_key(world, "ed25519", f"host{n}") for n in range(3)]
    lists = " ".join(str(world.new_file("revoked", world.public(key) + "\n")) for key in keys[:2])
    for key, status in zip(keys, (255, 255, 0)):
        with world.sshd("openssh", host_keys=[key]) as sshd:
            ran = world.ssh(sshd, "true", options=[f"RevokedHostKeys={lists}"])
            check(ran.status == status, f"status {ran.status}", ran)
    authority = world.key("ecdsa", 256)
    known = world.new_file("known_hosts", f"@cert-authority * {world.public(authority)}\n")
    for names, status in (("*.0.0.1", 0), ("127.0.0.?", 0), ("*.1.0.1", 255), (None, 255)):
        host = new_key(world, "ed25519", "host")
        certify(world, authority, host, "-h", *(["-n", names] if names else []))
        with world.sshd("openssh", host_keys=[host], lines=[f"HostCertificate {host}-cert.pub"]) as sshd:
            ran = world.ssh(sshd, "true", options=[f"UserKnownHostsFile={known}"])
            check(ran.status == status, f"{names}: status {ran.status}", ran)


@promise("hostkey-agent: an agent's host keys, with certificates, and several of them learnt by UpdateHostKeys")
def hostkey_agent(world):
    hosts = [new_key(world, kind, kind) for kind in ("ed25519", "ecdsa", "rsa")]
    authority = world.key("ecdsa", 256)
    certify(world, authority, hosts[0], "-h", "-n", "127.0.0.1")
    with agent(world) as sock:
        for key in hosts:
            add(world, sock, key).succeeded()
            key.unlink()
        port = free_port()
        lines = [f"Port {port}", "ListenAddress 127.0.0.1", f"HostKeyAgent {sock['SSH_AUTH_SOCK']}",
                 f"HostCertificate {hosts[0]}-cert.pub"]
        with listening(world, sshd_config(world, *lines, host_keys=[f"{key}.pub" for key in hosts]), port) as sshd:
            known = world.new_file("known_hosts", f"@cert-authority * {world.public(authority)}\n")
            world.ssh(sshd, "true", options=[f"UserKnownHostsFile={known}", "HostKeyAlgorithms=ssh-ed25519-cert-v01@openssh.com"]).succeeded()
            known = world.new_file("known_hosts", f"[127.0.0.1]:{port} {world.public(hosts[0])}\n")

            def learnt():                                         # a command may end before the keys are proven
                world.ssh(sshd, "true", options=[f"UserKnownHostsFile={known}", "UpdateHostKeys=yes"]).succeeded()
                return len(known.read_text().splitlines()) == 3
            wait_until(learnt, "the other keys to be learnt")
            blobs = {line.split()[2] for line in known.read_text().splitlines()}
            check(blobs == {world.public(key).split()[1] for key in hosts}, "other keys", known.read_text())


@promise("keyscan: a server that sends one byte and no more is given up in time; whose program it is OpenSSH's users can tell")
def keyscan(world):
    heard = []

    def serve(listener):
        while True:
            try:
                stream = listener.accept()[0]
            except OSError:
                return
            stream.sendall(b"S")
            heard.append((stream, stream.recv(200)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        ran = run([world.ours("ssh-keyscan"), "-T", "2", "-t", "ed25519", "-p", listener.getsockname()[1], "127.0.0.1"], limit=10)
        check(ran.status == 1 and not ran.out, "not given up", ran)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    check(heard and all(b"OpenSSH-keyscan" in said for _, said in heard), "it does not say what it is", heard)
    for stream, _ in heard:
        stream.close()


# ---- terminals and files ---------------------------------------------------------------------


@promise("ssh-tty: -tt with ^C, ~?, ~. and the end of input, alone and on a shared connection")
def terminals(world):
    with world.sshd("openssh") as sshd:
        path = world.new_file("ctl")
        for options in ((), ("ControlMaster=auto", f"ControlPath={path}", "ControlPersist=60"), (f"ControlPath={path}",)):
            command = world.ssh_command(sshd, "PS1='ready> ' exec sh", key=world.key("ed25519"), flags=["-tt"], options=options)
            wrapped = ["env", "-i", *(f"{k}={v}" for k, v in world.client_environment().items()), *command]
            with Terminal(world, wrapped) as terminal:
                terminal.wait_for(r"ready> ")
                terminal.line("trap 'echo caught' INT; echo set")
                terminal.wait_for(r"^set$")
                # ^C before the shell has started the program would wait for the program's end.
                terminal.line("sh -c 'echo begun; exec sleep 1000'")
                terminal.wait_for(r"^begun$")
                terminal.keys("C-c")
                terminal.wait_for(r"(^|\^C)caught$")
                terminal.keys("Enter")
                terminal.type("~?")
                terminal.wait_for(r"^Supported escape sequences:$")
                terminal.keys("Enter", "C-d")
                terminal.wait_for(r"\[ended: \d+\]")
            with Terminal(world, wrapped) as terminal:
                terminal.wait_for(r"ready> ")
                terminal.keys("Enter")
                terminal.type("~.")
                terminal.wait_for(r"\[ended: 255\]")
        world.ssh(sshd, flags=("-S", str(path), "-Oexit"))


@promise("sftp-resume: get -a and put -a from every length, and nothing comes in another order")
def resumed(world):
    folder = world.new_folder("resume")
    whole = random.Random(13).randbytes(1200 * 1024)              # no block is like another
    (folder / "whole").write_bytes(whole)
    for size in (0, 1, 1024, 1024 * 1024, len(whole) - 1, len(whole)):
        for verb in ("get", "put"):
            (folder / "part").write_bytes(whole[:size])
            ran = run([world.ours("sftp"), "-vvv", "-b", "-", "-D", world.ours("sftp-server")],
                      f"{verb} -a {folder}/whole {folder}/part\n".encode(), world.client_environment()).succeeded()
            check((folder / "part").read_bytes() == whole, f"{verb} -a from {size}", ran)
            check(b"reordered" not in ran.out + ran.err, f"{verb} -a from {size}: out of order", ran)


@promise("scp: a source that ends in .. is copied under the name of what it is")
def dot_dot(world):
    folder = world.new_folder("scp")
    (folder / "tree" / "inner").mkdir(parents=True)
    (folder / "tree" / "file").write_text("content")
    (folder / "to").mkdir()
    ran = run([world.ours("scp"), "-q", "-r", "-s", "-D", world.ours("sftp-server"), f"somehost:{folder}/tree/inner/..", folder / "to"],
              env=world.client_environment()).succeeded()
    check((folder / "to" / "tree" / "file").read_text() == "content" or (folder / "to" / "file").exists(), "not copied", ran)


@promise("knownhosts: a file without a line end at its end is mended when a key is added")
def no_line_end(world):
    other = world.public(new_key(world, "ed25519", "other"))
    with world.sshd("openssh") as sshd:
        for hashed in ("no", "yes"):
            hosts = world.new_file("known_hosts", f"other.example {other}")
            world.ssh(sshd, "true", options=["StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={hosts}", f"HashKnownHosts={hashed}"]).succeeded()
            lines = hosts.read_text().splitlines()
            check(len(lines) == 2 and lines[0] == f"other.example {other}" and hosts.read_text().endswith("\n"), "two lines in one", lines)
            world.ssh(sshd, "true", options=["StrictHostKeyChecking=yes", f"UserKnownHostsFile={hosts}"]).succeeded()
