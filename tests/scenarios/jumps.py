"""Jump hosts: how they may be written, what may not be in a name, whom is asked what on the way."""
import re
import signal

from harness import Terminal, check, promise, run, wait_until

FORMS = {"ssh://joe@gate:2222": "joe@gate:2222", "joe@gate:22": "joe@gate:22", "gate": "gate", "[::1]:22": "[::1]:22",
         "a,joe@b:33,c": "a,joe@b:33,c", "none": None}
HOSTILE = ["gate;{}", "$({})@gate", "joe|{}@gate", "-oProxyCommand={}@gate", "`{}`"]


def described(world, *arguments, program=None):
    ran = run([program or world.ours("ssh"), "-G", *arguments, "target"], env=world.client_environment()).succeeded()
    found = re.search(r"^proxyjump (.*)$", ran.out.decode(), re.M | re.I)
    return found and found.group(1)


@promise("a jump host is written as user@host:port, as ssh:// or as a list, on the command line or in a file; so with OpenSSH")
def forms(world):
    for written, meant in FORMS.items():
        config = world.new_file("config", f"Host target\n    ProxyJump {written}\n")
        for arguments in (["-F", "none", "-J", written], ["-F", "none", f"-oProxyJump={written}"], ["-F", config]):
            for program in (world.ours("ssh"), world.peer("ssh")):
                check(described(world, *arguments, program=program) == meant, f"{program} {arguments}: not {meant}")


@promise("whichever of ProxyJump and ProxyCommand comes first counts")
def first_counts(world):
    for program in (world.ours("ssh"), world.peer("ssh")):
        for first, second in (("ProxyJump=gate", "ProxyCommand=nc"), ("ProxyCommand=nc", "ProxyJump=gate")):
            ran = run([program, "-F", "none", "-G", f"-o{first}", f"-o{second}", "target"], env=world.client_environment())
            lines = [line.split() for line in ran.succeeded().out.decode().lower().splitlines()]
            found = [line for line in lines if line[0] in ("proxyjump", "proxycommand")]
            check(found == [first.lower().split("=")], f"{program}: {found}")


@promise("the way to a jump host ignores the hang-up that nohup had ignored for ssh; a broken pipe is not passed on")
def nohup(world):
    for program in (world.ours("ssh"), world.peer("ssh")):
        seen = world.new_file("seen")
        run(["sh", "-c", "trap '' HUP; exec \"$@\"", "sh", program, "-F", "none",
             f"-oProxyCommand=sh -c 'grep SigIgn /proc/self/status >{seen}; echo'", "target"],
            env=world.client_environment())
        ignored = int(seen.read_text().split()[1], 16)
        check(ignored & 1 << signal.SIGHUP - 1, f"{program}: SIGHUP is not ignored", f"{ignored:x}")
        check(not ignored & 1 << signal.SIGPIPE - 1, f"{program}: SIGPIPE is ignored", f"{ignored:x}")


@promise("a user name in which a comma stands does not become a jump host of its own")
def comma(world):
    config = world.new_file("config", "Host target\n    ProxyJump %r@first,second\nHost *\n    HostName 127.0.0.1\n    Port 1\n")
    ran = run([world.ours("ssh"), "-v", "-F", config, "-l", "joe@evil,x", "target"], env=world.client_environment())
    check(ran.status == 255 and b'of a jump host contains a comma' in ran.err and b"evil:" not in ran.err, "not refused", ran)


@promise("characters that a shell takes for its own are refused in a jump host, except in a file; no shell ever sees them")
def hostile(world):
    with world.sshd() as sshd:
        for form in HOSTILE:
            marker = world.new_file("marker")
            name = form.format(f"touch${{IFS}}{marker}")
            for arguments in (["-J", name], [f"-oProxyJump={name}"]):
                ran = run([world.ours("ssh"), "-F", "none", *arguments, "target"], env=world.client_environment())
                check(ran.status == 255 and b"contains invalid characters" in ran.err, f"accepted {name!r}", ran)
            config = world.new_file("config", f'Host target\n    ProxyJump "{name}"\nHost *\n    HostName 127.0.0.1\n'
                                              f"    Port {sshd.port}\n    BatchMode yes\n")
            config.chmod(0o644)
            ran = run([world.ours("ssh"), "-F", config, "target", "true"], env=world.client_environment())
            check(ran.status == 255 and not marker.exists(), f"a shell ran {name!r}", ran)


def gate_and_target(world, gate, target, *more):
    """Two hosts with keys of their own, and a file that knows neither."""
    hosts = world.new_file("known_hosts", "")
    config = world.new_file("config", "\n".join([
        *more,
        "Host gate", f"    Port {gate.port}", "    HostKeyAlias the-gate",
        "Host target", f"    Port {target.port}", "    HostKeyAlias the-target", "    ProxyJump gate",
        "Host *", "    HostName 127.0.0.1", f"    User {world.user}", f"    IdentityFile {world.key('ed25519')}",
        f"    UserKnownHostsFile {hosts}", "    GlobalKnownHostsFile /dev/null", "    IdentitiesOnly yes",
        "    IdentityAgent none"]) + "\n")
    config.chmod(0o644)
    return config, hosts


@promise("each host on the way is asked about in its turn, by its own name, and written down")
def asked(world):
    with world.sshd() as gate, world.sshd("openssh", host_keys=[world.key("ecdsa", 256)]) as target:
        config, hosts = gate_and_target(world, gate, target)
        with Terminal(world, [world.ours("ssh"), "-F", config, "target", "echo entered"], width=140) as terminal:
            terminal.wait_for(r"authenticity of host 'the-gate")
            terminal.line("yes")
            terminal.wait_for(r"authenticity of host 'the-target")
            terminal.line("yes")
            terminal.wait_for(r"^entered$")
            terminal.wait_for(r"\[ended: 0\]")
        names = [line.split()[:2] for line in hosts.read_text().splitlines()]
        check(names == [["the-gate", "ssh-ed25519"], ["the-target", "ecdsa-sha2-nistp256"]], "not written", names)


def sharing(world):
    return ["-oControlMaster=auto", f"-oControlPath={world.new_file('control')}", "-oControlPersist=60"]


@promise("a jump host's ssh holds its caller's standard error no longer than ssh itself, though the master lives on")
def standard_error(world):
    with world.sshd() as gate, world.sshd() as target:
        config, _ = gate_and_target(world, gate, target, "StrictHostKeyChecking no", "BatchMode yes")
        shared = sharing(world)
        line = [world.ours("ssh"), "-F", config, *shared]
        # To the end of its standard error.
        ran = run([*line, "target", "echo $((40+2)); exit 3"], env=world.client_environment())
        check(ran.status == 3 and ran.out == b"42\n", "the first session", ran)
        run([*line, "-Ocheck", "target"], env=world.client_environment()).succeeded()
        run([*line, "-Oexit", "target"], env=world.client_environment()).succeeded()


@promise("a jump host that does not let us in says why, and the way ends there")
def refused(world):
    with world.sshd(user_keys=[]) as gate, world.sshd() as target:
        config, _ = gate_and_target(world, gate, target, "StrictHostKeyChecking no", "BatchMode yes")
        for flags in ([], ["-f"], sharing(world)):
            ran = run([world.ours("ssh"), "-F", config, *flags, "target", "true"], env=world.client_environment())
            told = b"127.0.0.1: Permission denied" in ran.err and b"The jump host's ssh" in ran.err
            check(ran.status == 255 and told, f"not told with {flags}", ran)
        check("connection from" not in target.log().lower(), "the target was reached", ran)


@promise("a jump host that may not connect us says so")
def no_forwarding(world):
    with world.sshd(lines=["AllowTcpForwarding no"]) as gate, world.sshd() as target:
        config, _ = gate_and_target(world, gate, target, "StrictHostKeyChecking no", "BatchMode yes")
        ran = run([world.ours("ssh"), "-F", config, "target", "true"], env=world.client_environment())
        check(ran.status == 255 and b"stdio forwarding failed" in ran.err, "not told", ran)


@promise("while a person thinks about the next host, the jump host is still answered when it asks whether we are there")
def patient_gate(world):
    with world.sshd("openssh", lines=["ClientAliveInterval 1", "ClientAliveCountMax 2", "LogLevel DEBUG2"]) as gate, \
            world.sshd(host_keys=[world.key("ecdsa", 256)]) as target:
        config, hosts = gate_and_target(world, gate, target)
        hosts.write_text(f"the-gate {world.public(world.key('ed25519'))}\n")
        with Terminal(world, [world.ours("ssh"), "-F", config, "target", "echo entered"], width=140) as terminal:
            terminal.wait_for(r"authenticity of host 'the-target")
            wait_until(lambda: gate.log().count("request keepalive@openssh.com") >= 4, "four questions of the gate's")
            terminal.line("yes")
            terminal.wait_for(r"^entered$")


@promise("a host with a RemoteCommand can be jumped through, and nothing runs there")
def behind_a_command(world):
    marker = world.new_file("marker")
    with world.sshd() as sshd:
        for program in (None, world.peer("ssh")):
            options = [f"RemoteCommand=touch {marker}"]
            ran = world.ssh(sshd, program=program, options=options, flags=["-W", f"127.0.0.1:{sshd.port}"]).succeeded()
            check(ran.out.startswith(b"SSH-2.0-"), "another greeting", ran)
    check(not marker.exists(), "the command ran")


@promise("ProxyJump takes its tokens: %r, %n, %h and %p are those of the connection that the hop is for; so with OpenSSH")
def tokens(world):
    with world.sshd() as gate, world.sshd() as target:
        hosts = world.new_file("known_hosts", "")
        config = world.new_file("config", "\n".join([
            "Host gate-target", f"    Port {gate.port}", "    User nobody",
            "Host second-target", f"    Port {gate.port}", "    User nobody",
            "Host target", f"    Port {target.port}", f"    User {world.user}", "    ProxyJump %r@second-%n,%r@gate-%n",
            "Host *", "    HostName 127.0.0.1", f"    IdentityFile {world.key('ed25519')}", f"    UserKnownHostsFile {hosts}",
            "    GlobalKnownHostsFile /dev/null", "    IdentitiesOnly yes", "    IdentityAgent none",
            "    StrictHostKeyChecking accept-new", "    BatchMode yes"]) + "\n")
        config.chmod(0o644)
        for program in (world.ours("ssh"), world.peer("ssh")):
            ran = run([program, "-F", config, "target", "echo in"], env=world.client_environment())
            check(ran.status == 0 and ran.out == b"in\n", f"{program}", ran)
