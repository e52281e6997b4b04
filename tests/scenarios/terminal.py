"""A person at a terminal: a shell in a pty, driven through tmux."""
import contextlib
import os
import signal
import subprocess

from harness import LIMIT, Terminal, check, children_of, promise, run, wait_until
from pairs import for_each_pair


def shell(world, sshd, ssh, *more):
    return Terminal(world, world.ssh_command(sshd, *more, program=ssh, key=world.key("ed25519"), flags=["-t"]))


@for_each_pair("a shell in a pty: echo, line editing, status at the end")
def interactive(world, sshd, ssh):
    with shell(world, sshd, ssh, "PS1='ready> ' exec sh") as terminal:
        terminal.wait_for(r"ready> ")
        terminal.line("echo sum $((40+2)); tty")
        terminal.wait_for(r"^sum 42\n/dev/pts/\d+")
        terminal.type("echo wrong")
        terminal.keys("C-u")
        terminal.line("echo right")
        terminal.wait_for(r"^right$")
        terminal.line("exit 17")
        terminal.wait_for(r"\[ended: 17\]")


@for_each_pair("control-C interrupts the remote command, not the session")
def interrupt(world, sshd, ssh):
    with shell(world, sshd, ssh, "PS1='ready> ' exec sh") as terminal:
        terminal.wait_for(r"ready> ")
        terminal.line("sh -c 'echo begun; exec sleep 500'; echo status $?")   # earlier, the shell alone would hear of it
        terminal.wait_for(r"^begun$")
        terminal.keys("C-c")
        terminal.wait_for(r"\^C")
        terminal.line("echo still here")
        terminal.wait_for(r"^still here$")
        terminal.line("exit 0")
        terminal.wait_for(r"\[ended: 0\]")


@promise("control-C at scp and sftp ends what the ssh that they have started has started")
def interrupt_copies(world):
    for name in ("scp", "sftp"):
        began = world.new_file("began")
        proxy = world.new_file("proxy", f"#!/bin/sh\necho $$ >{began}.part; mv {began}.part {began}; exec sleep 1000\n")
        proxy.chmod(0o755)
        places = [world.new_file("sent", "x"), "host:"] if name == "scp" else ["host"]
        with Terminal(world, [world.ours(name), "-S", world.ours("ssh"), f"-oProxyCommand={proxy}", *places]) as terminal:
            wait_until(lambda: began.exists() and began.read_text(), f"{name}'s proxy")
            terminal.keys("C-c")
            terminal.wait_for(r"\[ended: [1-9]\d*\]")
            wait_until(lambda: int(began.read_text()) not in children_of(1), f"the end of {name}'s proxy")


@promise("control-C ends a line behind ~C, or a command that runs here, not the session nor the way to it")
def interrupt_aside(world):
    with world.sshd() as sshd:
        jump = world.new_file("config", f"IdentityFile {world.key('ed25519')}\nUserKnownHostsFile {sshd.known_hosts}\n"
                                        f"User {world.user}\nIdentityAgent none\n")
        ways = ([], ["-oProxyCommand=nc %h %p"], ["-F", jump, "-J", f"127.0.0.1:{sshd.port}"])
        for way in ways:
            interrupted_aside(world, sshd, way)


def interrupted_aside(world, sshd, way):
    command = world.ssh_command(sshd, "PS1='ready> ' exec sh", key=world.key("ed25519"), flags=["-tt", *way],
                                options=["EnableEscapeCommandline=yes", "PermitLocalCommand=yes"])
    with Terminal(world, command) as terminal:
        def is_raw():
            return b"-isig" in run(["stty", "-F", terminal.tty(), "-a"]).out

        terminal.wait_for(r"ready> ")
        wait_until(is_raw, "the terminal is raw")
        terminal.keys("Enter")
        terminal.wait_for(r"ready> \n?.*ready> ")
        terminal.type("~C")
        terminal.wait_for(r"ssh> $")
        terminal.type("-L 1:")
        terminal.keys("C-c")
        terminal.wait_for(r"ssh> -L 1:\^C")
        terminal.line("echo first $((40+3))")
        terminal.wait_for(r"^first 43$")
        terminal.type("~C")
        terminal.wait_for(r"ssh> $")
        terminal.line("!echo $((40+1)) begun; exec sleep 1000")
        terminal.wait_for(r"41 begun\n")
        terminal.keys("C-c")
        wait_until(is_raw, "the terminal is raw again")
        terminal.line("echo sum $((40+2))")
        terminal.wait_for(r"^sum 42$")
        terminal.line("exit 3")
        terminal.wait_for(r"\[ended: 3\]")


@promise("control-C at the question whether the server's new host keys are right ends ssh")
def interrupt_question(world):
    known, more = world.key("ed25519"), world.key("ecdsa", 256)
    with world.sshd(host_keys=[known, more]) as sshd:
        hosts = world.new_file("known_hosts", f"[127.0.0.1]:{sshd.port} {world.public(known)}\n")
        before = hosts.read_text()
        command = world.ssh_command(sshd, "exec sleep 1000", key=known, flags=["-tt"],
                                    options=[f"UserKnownHostsFile={hosts}", "UpdateHostKeys=ask", "BatchMode=no"])
        with Terminal(world, command) as terminal:
            terminal.wait_for(r"Accept updated hostkeys\? \(yes/no\):")
            terminal.keys("C-c")
            terminal.wait_for(r"\[ended: (130|255)\]")
        check(hosts.read_text() == before, "the keys were taken", hosts.read_text())


@for_each_pair("the window's size is told, and told again when it changes")
def window(world, sshd, ssh):
    with shell(world, sshd, ssh, "PS1='ready> ' exec sh") as terminal:
        terminal.wait_for(r"ready> ")
        terminal.line("stty size")
        terminal.wait_for(r"^30 100$")
        terminal.resize(72, 24)
        terminal.line("while [ \"$(stty size)\" != '24 72' ]; do sleep 0.1; done; echo resized")
        terminal.wait_for(r"^resized$")


@for_each_pair("terminal type and modes travel")
def modes(world, sshd, ssh):
    with shell(world, sshd, ssh, "echo type $TERM; stty -a; sleep 1000") as terminal:
        terminal.wait_for(r"^type (screen|tmux|xterm)")
        terminal.wait_for(r"\bicrnl\b")
        screen = terminal.screen()
        check("intr = ^C" in screen and "erase = ^?" in screen, "the control characters are not ours", screen)


@for_each_pair("the escape ~. ends the session at once")
def escape(world, sshd, ssh):
    with shell(world, sshd, ssh, "PS1='ready> ' exec sh") as terminal:
        terminal.wait_for(r"ready> ")
        terminal.keys("Enter")
        terminal.wait_for(r"ready> \n?.*ready> ")
        terminal.type("~.")
        terminal.wait_for(r"\[ended: 255\]")


@promise("~. is heard while keys are exchanged with a server that does not answer, directly and through a master")
def escape_in_key_exchange(world):
    with world.sshd("openssh") as sshd:
        path = world.new_file("control")
        shared = ["ControlMaster=auto", f"ControlPath={path}", "ControlPersist=60"]
        for options in ([], ["ObscureKeystrokeTiming=no"], shared):
            command = world.ssh_command(sshd, "PS1='ready> ' exec sh", key=world.key("ed25519"), flags=["-tt"],
                                        options=options)
            with Terminal(world, command) as terminal:
                terminal.wait_for(r"^ready> ")
                servers = [pid for pid, name in children_of(sshd.process.pid).items() if name.startswith("sshd")]
                for pid in servers:
                    os.kill(pid, signal.SIGSTOP)
                try:
                    terminal.keys("Enter")
                    terminal.type("~R")
                    for _ in range(3):                             # read before and after the exchange has begun
                        terminal.keys("Enter")
                    terminal.type("~.")
                    terminal.wait_for(r"\[ended: 255\]")
                finally:
                    for pid in servers:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGCONT)
        world.ssh(sshd, flags=["-S", str(path), "-Oexit"])


@for_each_pair("~. ends a session with a terminal also where the client's input is none")
def escape_from_a_pipe(world, sshd, ssh):
    command = world.ssh_command(sshd, "echo up; exec sleep 1000", program=ssh, key=world.key("ed25519"), flags=["-tt"])
    process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=world.client_environment())
    check(process.stdout.readline().strip() == b"up", "the session did not start")
    process.stdin.write(b"\n~.")
    process.stdin.flush()                                          # and nothing ends
    try:
        status = process.wait(LIMIT)
    finally:
        process.kill()
    _, err = process.communicate()
    check(status == 255, f"status {status}", err)


@promise("a full screen program works: less shows a page and leaves")
def full_screen(world):
    with world.sshd() as sshd:
        with shell(world, sshd, world.ours("ssh"), "seq 1 500 | less") as terminal:
            terminal.wait_for(r"^29$")
            terminal.keys("Space")
            terminal.wait_for(r"^58$")
            terminal.keys("q")
            terminal.wait_for(r"\[ended: 0\]")


@promise("the client gives the terminal back as it found it")
def restored(world):
    with world.sshd() as sshd:
        command = world.ssh_command(sshd, "true", key=world.key("ed25519"), flags=["-t"])
        with Terminal(world, ["sh", "-c", "before=$(stty -g); \"$@\"; [ \"$before\" = \"$(stty -g)\" ] && echo same",
                              "sh", *command]) as terminal:
            terminal.wait_for(r"^same$")
