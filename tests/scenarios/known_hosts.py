"""Whom the client trusts, and what it says when it does not."""
import contextlib
import itertools
import os
import pathlib

from harness import Terminal, agent, check, free_port, promise, run, wait_until


def trust(world, sshd, setting, hosts, *more, **rest):
    return world.ssh(sshd, "echo in", options=[f"StrictHostKeyChecking={setting}", f"UserKnownHostsFile={hosts}",
                                               *more], **rest)


@contextlib.contextmanager
def elsewhere(world):
    """A server at an address that is no loopback's, named far.example."""
    world.need_isolation()
    world.peer("ip")
    hosts = pathlib.Path("/etc/hosts")
    before = hosts.read_text()
    hosts.write_text(before + "192.0.2.9 far.example\n")
    run(["ip", "address", "add", "192.0.2.9/32", "dev", "lo"]).succeeded()
    try:
        with world.sshd(lines=["ListenAddress 192.0.2.9"]) as sshd:
            yield sshd
    finally:
        run(["ip", "address", "delete", "192.0.2.9/32", "dev", "lo"]).succeeded()
        hosts.write_text(before)


@promise("an unknown host is refused under StrictHostKeyChecking=yes")
def strict(world):
    with world.sshd() as sshd:
        empty = world.new_file("known_hosts", "")
        ran = trust(world, sshd, "yes", empty)
        check(ran.status == 255 and ran.out == b"", "not refused", ran)
        check(b"Host key verification failed." in ran.err and b"ED25519" in ran.err, "the message differs", ran)
        check(empty.read_text() == "", "the key was written down all the same")


@promise("accept-new writes the key down, and the next login is silent")
def accept_new(world):
    with world.sshd() as sshd:
        hosts = world.new_file("known_hosts", "")
        first = trust(world, sshd, "accept-new", hosts).succeeded()
        check(b"Permanently added" in first.err, "not said", first)
        check(hosts.read_text().startswith(f"[127.0.0.1]:{sshd.port} ssh-ed25519 "), "not written", hosts.read_text())
        second = trust(world, sshd, "yes", hosts).succeeded()
        check(b"added" not in second.err, "said again", second)


@promise("HashKnownHosts hides the name, and the entry still matches; OpenSSH's ssh reads it too")
def hashed(world):
    with world.sshd() as sshd:
        hosts = world.new_file("known_hosts", "")
        trust(world, sshd, "accept-new", hosts, "HashKnownHosts=yes").succeeded()
        check(hosts.read_text().startswith("|1|") and "127.0.0.1" not in hosts.read_text(), "not hashed",
              hosts.read_text())
        trust(world, sshd, "yes", hosts).succeeded()
        trust(world, sshd, "yes", hosts, program=world.peer("ssh")).succeeded()


@promise("a changed key is refused loudly, whatever StrictHostKeyChecking says and of whatever type it is; the file stays")
def changed(world):
    with world.sshd() as sshd:
        for other in (world.key("ed25519", fresh=True), world.key("rsa")):
            line = f"[127.0.0.1]:{sshd.port} {world.public(other)}\n"
            for program, setting in itertools.product((world.ours("ssh"), world.peer("ssh")), ("yes", "accept-new", "ask", "no")):
                hosts = world.new_file("known_hosts", line)
                ran = trust(world, sshd, setting, hosts, program=program)
                case = f"{program} {setting} {other}"
                if setting != "no":
                    check(ran.status == 255 and ran.out == b"", f"{case}: not refused", ran)
                check(b"REMOTE HOST IDENTIFICATION HAS CHANGED" in ran.err, f"{case}: no alarm", ran)
                kind = b"RSA" if "rsa" in str(other) else b"ED25519"
                check(b"Offending " + kind + b" key in " + os.fsencode(hosts) + b":1" in ran.err, f"{case}: which", ran)
                check(hosts.read_text() == line, "the file changed")


@promise("with a changed key and StrictHostKeyChecking=no nothing is forwarded: no port, no agent")
def changed_and_accepted(world):
    other = world.key("ed25519", fresh=True)
    with world.sshd() as sshd, agent(world) as env:
        hosts = world.new_file("known_hosts", f"[127.0.0.1]:{sshd.port} {world.public(other)}\n")
        local, remote = free_port(), free_port()
        flags = ["-A", "-L", f"{local}:127.0.0.1:{sshd.port}", "-R", f"{remote}:127.0.0.1:{sshd.port}"]
        looks = f"echo agent=$SSH_AUTH_SOCK; bash -c 'exec 3<>/dev/tcp/127.0.0.1/{remote}' && echo open"
        unsafe = dict(env=env, options=["StrictHostKeyChecking=no", f"UserKnownHostsFile={hosts}", "LogLevel=ERROR"], flags=flags)
        ran = world.ssh(sshd, looks, **unsafe)
        check(ran.out == b"agent=\n", "something was forwarded", ran)
        check(b"Forwarding of ports and tunnels is switched off" in ran.err and b"Agent forwarding is switched off" in ran.err,
              "it was not said", ran)
        unsafe["options"] = ["ExitOnForwardFailure=yes", *unsafe["options"]]
        ran = world.ssh(sshd, "echo in", **unsafe)
        check(ran.status == 255 and ran.out == b"", "ExitOnForwardFailure", ran)


@promise("CheckHostIP writes the address down beside the name, and another key at the address stops or is asked about")
def check_host_ip(world):
    named = ["CheckHostIP=yes", "HostName=far.example"]
    other = world.key("ed25519", fresh=True)
    with elsewhere(world) as sshd:
        hosts = world.new_file("known_hosts", "")
        first = trust(world, sshd, "accept-new", hosts, *named).succeeded()
        check(b"IP address '[192.0.2.9]" in first.err, "not said", first)
        names = [line.split()[0] for line in hosts.read_text().splitlines()]
        check(names == [f"[far.example]:{sshd.port}", f"[192.0.2.9]:{sshd.port}"], "not written", names)
        check(trust(world, sshd, "yes", hosts, *named).succeeded().err == b"", "not silent the second time")

        key = world.public(world.key("ed25519"))
        moved = f"[far.example]:{sshd.port} {key}\n[192.0.2.9]:{sshd.port} {world.public(other)}\n"
        for setting, enters in (("yes", False), ("accept-new", False), ("no", True)):
            hosts = world.new_file("known_hosts", moved)
            ran = trust(world, sshd, setting, hosts, *named)
            check(b"differs from the key for the IP address" in ran.err, f"{setting}: not said", ran)
            check((ran.status == 0) == enters, f"{setting}: wrong", ran)
            check(hosts.read_text() == moved, "the file changed")
        trust(world, sshd, "yes", world.new_file("known_hosts", moved), *named[1:]).succeeded()
        tunnels = f"[localhost]:{sshd.port} {key}\n[127.0.0.1]:{sshd.port} {world.public(other)}\n"
        for ssh in ("nacre", "openssh"):                          # each of which leads to another host
            trust(world, sshd, "yes", world.new_file("known_hosts", tunnels), "CheckHostIP=yes", "HostName=localhost",
                  "AddressFamily=inet", program=world.client(ssh)).succeeded()


@promise("a revoked key is refused")
def revoked(world):
    with world.sshd() as sshd:
        hosts = world.new_file("known_hosts", f"@revoked * {world.public(world.key('ed25519'))}\n"
                                              f"[127.0.0.1]:{sshd.port} {world.public(world.key('ed25519'))}\n")
        ran = trust(world, sshd, "yes", hosts)
        check(ran.status == 255 and b"REVOKED" in ran.err.upper(), "not refused", ran)


@promise("the person is asked once, sees the fingerprint, and 'no' or the wrong word means no")
def asked(world):
    with world.sshd() as sshd:
        hosts = world.new_file("known_hosts", "")
        fingerprint = run([world.ours("ssh-keygen"), "-l", "-f", f"{world.key('ed25519')}.pub"]).succeeded()
        command = world.ssh_command(sshd, "echo entered", key=world.key("ed25519"), options=[
            "BatchMode=no", "StrictHostKeyChecking=ask", f"UserKnownHostsFile={hosts}"])
        with Terminal(world, command, width=140) as terminal:
            terminal.wait_for(r"authenticity of host .*can't be established")
            terminal.wait_for(fingerprint.out.decode().split()[1].replace("+", r"\+"))
            terminal.wait_for(r"\(yes/no/\[fingerprint\]\)\?")
            terminal.line("perhaps")
            terminal.wait_for(r"Please type 'yes', 'no' or the fingerprint")
            terminal.line("no")
            terminal.wait_for(r"Host key verification failed")
            terminal.wait_for(r"\[ended: 255\]")
        with Terminal(world, command, width=140) as terminal:
            terminal.wait_for(r"\(yes/no/\[fingerprint\]\)\?")
            terminal.line("yes")
            terminal.wait_for(r"^entered$")
        check("ssh-ed25519" in hosts.read_text(), "the answer was not written down")


@promise("a file of known hosts that cannot be read is named, also where the person is asked; one beyond the bound ends the run")
def unread(world):
    with world.sshd() as sshd:
        folder, written = world.new_folder("known-hosts-folder"), world.new_file("known_hosts", "")
        silent = trust(world, sshd, "accept-new", world.new_file("known_hosts", ""), f"GlobalKnownHostsFile={folder}/none")
        check(b"known hosts:" not in silent.succeeded().err, "a missing file was spoken of", silent)
        options = [f"UserKnownHostsFile={written}", f"GlobalKnownHostsFile={folder}"]
        ran = world.ssh(sshd, "echo in", options=["StrictHostKeyChecking=yes", *options])
        check(ran.status == 255 and os.fsencode(folder) + b": read: Is a directory" in ran.err, "the file is not named", ran)
        command = world.ssh_command(sshd, "echo entered", options=["BatchMode=no", "StrictHostKeyChecking=ask", *options])
        with Terminal(world, command, width=200) as terminal:
            terminal.wait_for(rf"{folder} could not be read: it may know another key")
            terminal.line("no")
            terminal.wait_for(r"\[ended: 255\]")
        long = world.new_file("known_hosts", f"[127.0.0.1]:{sshd.port} {world.public(world.key('ed25519'))}\n")
        trust(world, sshd, "yes", long).succeeded()
        os.truncate(long, 64 * 1024 * 1024 + 1)
        for setting in ("yes", "no"):
            ran = trust(world, sshd, setting, long)
            check(ran.status == 255 and os.fsencode(long) + b": more than" in ran.err, f"{setting}: not refused", ran)


@promise("VisualHostKey draws a key once: with the question where one is asked")
def drawn(world):
    with world.sshd() as sshd:
        hosts = world.new_file("known_hosts", "")
        options = ["VisualHostKey=yes", "LogLevel=INFO"]
        command = world.ssh_command(sshd, "echo entered", key=world.key("ed25519"), options=[
            "BatchMode=no", "StrictHostKeyChecking=ask", f"UserKnownHostsFile={hosts}", *options])
        with Terminal(world, command, height=60) as terminal:
            terminal.wait_for(r"\(yes/no/\[fingerprint\]\)\?")
            terminal.line("yes")
            terminal.wait_for(r"^entered$")
            screen = terminal.screen()
            check(screen.count("+--[ED25519 256]--+") == 1, "not drawn once", screen)
        ran = trust(world, sshd, "yes", hosts, *options, flags=[]).succeeded()
        check(ran.err.count(b"+--[ED25519 256]--+") == 1, "not drawn once where the key is known", ran)


@promise("the type of key that is known is asked for first")
def preferred(world):
    keys = [world.key("ed25519"), world.key("ecdsa", 256), world.key("rsa", 3072)]
    with world.sshd(host_keys=keys) as sshd:
        for key in keys:
            hosts = world.new_file("known_hosts", f"[127.0.0.1]:{sshd.port} {world.public(key)}\n")
            trust(world, sshd, "yes", hosts).succeeded()


@promise("KnownHostsCommand: what it prints counts like a file, is told what for, and its failure shuts the door")
def command(world):
    with world.sshd("nacre") as server:
        asked = world.new_file("asked", "")
        script = world.new_file("command", f"#!/bin/sh\necho \"$@\" >>{asked}\n[ \"$1\" = ORDER ] || cat {server.known_hosts}\n")
        script.chmod(0o755)
        key_type, key = world.public(world.key()).split()[:2]
        server.known_hosts = "none"

        def connect(line, **env):
            options = ["GlobalKnownHostsFile=none", f"KnownHostsCommand={line}"]
            return world.ssh(server, "true", options=options, env=env)
        connect(f"{script} %I '%H' %t %K %u").succeeded()
        lines = asked.read_text().splitlines()
        check(lines[0].startswith(f"ORDER [127.0.0.1]:{server.port} NONE NONE "), "the first time", *lines)
        check(lines[1].startswith(f"HOSTNAME [127.0.0.1]:{server.port} {key_type} {key} "), "the second time", *lines)
        asked.write_text("")
        connect(f"{script} %I '%H' ${{WHERE}}/x", WHERE="a b").succeeded()
        check(asked.read_text().splitlines()[0].endswith(" a b/x"), "a variable", asked.read_text())
        check(connect(f"{script} %I '%H' ${{WHERE}}").status == 255, "a variable that is not set")
        asked.write_text("")
        script.write_text(f"#!/bin/sh\necho \"$@\" >>{asked}\n[ \"$1\" = ORDER ] || echo \"$2 {key_type} {key}\"\n")
        with elsewhere(world) as far:
            far.known_hosts = "none"
            ran = world.ssh(far, "true", options=["HostName=far.example", "CheckHostIP=yes", "GlobalKnownHostsFile=none",
                                                  f"KnownHostsCommand={script} %I '%H'"]).succeeded()
            lines = asked.read_text().splitlines()
            told = [f"HOSTNAME [far.example]:{far.port}", f"ADDRESS [192.0.2.9]:{far.port}"]
            check(lines[1:] == told, "CheckHostIP", *lines, ran)
        check(connect("/bin/true").status == 255, "an unknown key was accepted")
        check(connect("/bin/sh -c 'cat x; exit 1'").status == 255, "a failing command")
        check(connect("relative").status == 255 and connect("/nowhere").status == 255, "no such command")


@promise("UpdateHostKeys learns the keys that a trusted server proves, and forgets those it has no more")
def update(world):
    known, more, changed_key = world.key("ed25519"), world.key("ecdsa", 256), world.key("rsa", 2048)
    with world.sshd("openssh", host_keys=[known, more, changed_key]) as sshd:
        name = f"[127.0.0.1]:{sshd.port}"
        old = world.key("ecdsa", 384)
        others = f"# mine\nother {world.public(old)}\n"
        hosts = world.new_file("known_hosts", f"{others}{name} {world.public(known)}\n{name} {world.public(old)}\n")

        def recorded():
            return sorted(line.split()[2] for line in hosts.read_text().splitlines() if line.startswith(name))
        blobs = [sorted(world.public(key).split()[1] for key in keys) for keys in
                 ((known, old), (known, more, changed_key))]
        trust(world, sshd, "yes", hosts, "UpdateHostKeys=no").succeeded()
        check(recorded() == blobs[0], "changed all the same")
        trust(world, sshd, "yes", hosts, "UpdateHostKeys=ask").succeeded()
        check(recorded() == blobs[0], "changed without asking")
        before, old_file = hosts.read_text(), hosts.with_name(f"{hosts.name}.old")
        check(not old_file.exists(), "kept what did not change")

        def learnt():                                             # a command may end before the keys are proven
            ran = trust(world, sshd, "yes", hosts, "UpdateHostKeys=yes", "LogLevel=VERBOSE").succeeded()
            return recorded() != blobs[0] and ran
        ran = wait_until(learnt, "the server's keys to be learnt")
        check(recorded() == blobs[1], "not the server's keys", hosts.read_text(), ran)
        check(old_file.read_text() == before, "what was there is not kept beside it")
        check(hosts.read_text().startswith(others), "something else changed", hosts.read_text())
        check(b"Learned new hostkey: RSA SHA256:" in ran.err, "nothing was said", ran)
        wild = world.new_file("known_hosts", f"[127.0.0.*]:* {world.public(known)}\n")
        before = wild.read_text()
        trust(world, sshd, "yes", wild, "UpdateHostKeys=yes").succeeded()
        check(wild.read_text() == before, "a pattern was touched")
        everybody = world.new_file("known_hosts", before)
        ran = trust(world, sshd, "yes", world.new_file("known_hosts", ""), "UpdateHostKeys=yes",
                    f"GlobalKnownHostsFile={everybody}", flags=[])
        check(everybody.read_text() == before, "the administrator's file was touched")


@promise("UpdateHostKeys learns no RSA key that is shorter than RequiredRSASize")
def update_short_key(world):
    known, short = world.key("ed25519"), world.key("rsa", 2048)
    with world.sshd("openssh", host_keys=[known, short]) as sshd:
        line = f"[127.0.0.1]:{sshd.port} {world.public(known)}\n"
        for bits, learnt in ((2049, False), (2048, True)):
            hosts = world.new_file("known_hosts", line)

            def has_learnt(hosts=hosts, bits=bits):
                trust(world, sshd, "yes", hosts, "UpdateHostKeys=yes", f"RequiredRSASize={bits}").succeeded()
                return " ssh-rsa " in hosts.read_text()
            if learnt:                                            # a command may end before the keys are proven
                wait_until(has_learnt, f"the key of {bits} bits is learnt")
            else:
                check(not any(has_learnt() for _ in range(3)), f"learnt beside RequiredRSASize={bits}", hosts.read_text())


@promise("UpdateHostKeys ask is off where the connection stays in the background, which could ask nobody")
def update_in_background(world):
    known, more = world.key("ed25519"), world.key("ecdsa", 256)
    with world.sshd("openssh", host_keys=[known, more]) as sshd:
        line = f"[127.0.0.1]:{sshd.port} {world.public(known)}\n"
        path, env = world.new_file("control"), world.askpass("yes")
        for persist, learnt in (("60", False), ("no", True)):
            hosts = world.new_file("known_hosts", line)
            options = [f"ControlPath={path}", "ControlMaster=auto", f"ControlPersist={persist}", "BatchMode=no"]

            def has_learnt(hosts=hosts, options=options):
                trust(world, sshd, "yes", hosts, "UpdateHostKeys=ask", *options, env=env).succeeded()
                return "ecdsa" in hosts.read_text()
            if learnt:                                            # a command may end before the question is answered
                wait_until(has_learnt, "the server's other key to be learnt")
            else:
                check(not has_learnt(), "learnt in the background", hosts.read_text())
                world.ssh(sshd, options=options, flags=["-Oexit"])
                check("Accept" not in pathlib.Path(env["ASKED"]).read_text(), "asked in the background")


@promise("HostKeyAlias is lower case, as OpenSSH's; so it fits the principals of certificates")
def alias_in_capitals(world):
    for program in (world.ours("ssh"), world.peer("ssh")):
        ran = run([program, "-F", "none", "-G", "-oHostKeyAlias=Web.Example", "host"]).succeeded()
        check(b"hostkeyalias web.example\n" in ran.out, f"{program}", ran)
