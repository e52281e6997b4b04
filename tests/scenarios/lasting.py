"""What keeps a session alive over a bad line, on top of ssh: autossh, mosh, tmux."""
import contextlib
import os
import re
import signal
import subprocess

from forwarding_peers import Service
from harness import Terminal, check, children_of, free_port, promise, run, wait_until
from pairs import for_each_pair


def ssh_under(pid):
    return [child for child, name in children_of(pid).items() if name == "ssh"]


@promise("autossh starts our ssh anew when it or its connection is killed, and gives up where it is never let in; with and without -M")
def autossh(world):
    with Service() as echo, world.sshd() as sshd:
        for monitor in ("0", f"{free_port()}:{echo.port}"):
            port = free_port()
            process = start_autossh(world, sshd, monitor, "-L", f"{port}:127.0.0.1:{sshd.port}")
            try:
                check_forward(world, sshd, port)
                for victims in (lambda: ssh_under(process.pid), lambda: children_of(sshd.process.pid)):
                    wait_until(another_after(process.pid, victims), "another ssh")
                    check_forward(world, sshd, port)
            finally:
                process.terminate()
                process.wait(60)
    with world.sshd(user_keys=[]) as sshd:
        check(start_autossh(world, sshd, "0", AUTOSSH_GATETIME="30").wait(60) == 1, "it goes on without being let in")


def another_after(autossh, victims):
    """Kills until it has helped: an ssh that is just logging in connects again by itself."""
    before = set(ssh_under(autossh))

    def another():
        if set(ssh_under(autossh)) - before:
            return True
        for pid in victims():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return False
    return another


def start_autossh(world, sshd, monitor, *flags, **environment):
    line = [world.peer("autossh"), "-M", monitor, "-N", *flags, "-o", "ExitOnForwardFailure=yes", *world.ssh_words(sshd)[1:],
            f"{world.user}@127.0.0.1"]
    environment = world.client_environment(**{"AUTOSSH_PATH": str(world.ours("ssh")), "AUTOSSH_GATETIME": "0", **environment})
    return subprocess.Popen([str(word) for word in line], env=environment, stdin=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def check_forward(world, sshd, port):
    """A login through the forwarded port."""
    def works():
        line = world.ssh_command(sshd, "echo in", key=world.key("ed25519"),
                                 options=[f"Port={port}", f"HostKeyAlias=[127.0.0.1]:{sshd.port}"])
        return run(line, env=world.client_environment()).out == b"in\n"
    wait_until(works, "the forwarding works")


@for_each_pair("mosh: the server is started over ssh, what is typed comes back over UDP, also after a resize")
def mosh(world, sshd, ssh):
    program = world.peer("mosh")
    ssh_line = " ".join(world.ssh_words(sshd, program=ssh))
    environment = world.client_environment(LANG="C.UTF-8")
    command = ["env", "-i", *(f"{name}={value}" for name, value in environment.items()), program, "--bind-server=any",
               "--server=LC_ALL=C.UTF-8 mosh-server", f"--ssh={ssh_line}", f"{world.user}@127.0.0.1", "--", "sh", "-c",
               "PS1='ready> ' exec sh"]
    with Terminal(world, command) as terminal:
        terminal.wait_for(r"ready> ")
        terminal.line("echo sum $((40+2))")
        terminal.wait_for(r"^sum 42$")
        terminal.resize(72, 24)
        terminal.line("while [ \"$(stty size)\" != '24 72' ]; do sleep 0.1; done; echo resized")
        terminal.wait_for(r"^resized$")
        terminal.line("exit 0")
        terminal.wait_for(r"\[ended: 0\]")


@for_each_pair("a tmux session over ssh outlives the connection that is lost, and is attached to again")
def tmux(world, sshd, ssh):
    world.peer("tmux")
    socket = world.remote_folder("tmux") / "socket"
    remote = f"tmux -u -f /dev/null -S {socket}"

    def attached(words):
        line = world.ssh_command(sshd, f"{remote} {words}", program=ssh, key=world.key("ed25519"), flags=["-t"])
        return Terminal(world, line)

    with attached("new-session -s kept \"PS1='ready> ' exec sh\"") as terminal:
        terminal.wait_for(r"^ready> ")
        terminal.line("echo first $((40+2))")
        terminal.wait_for(r"^first 42$")
        terminal.resize(72, 24)
        terminal.line("while [ \"$(stty size)\" != '23 72' ]; do sleep 0.1; done; echo resized")
        terminal.wait_for(r"^resized$")
        for pid in ssh_clients(sshd):
            os.kill(pid, signal.SIGKILL)
        terminal.wait_for(r"\[ended: ")
    with attached("attach -t kept") as terminal:
        terminal.wait_for(r"^resized$")
        terminal.line("echo again $((40+3))")
        terminal.wait_for(r"^again 43$")
        terminal.keys("C-b", "d")
        terminal.wait_for(r"\[detached")
        terminal.wait_for(r"\[ended: 0\]")
    with attached("attach -t kept") as terminal:
        terminal.wait_for(r"^again 43$")
        terminal.line("exit")
        terminal.wait_for(r"\[ended: 0\]")


def ssh_clients(sshd):
    """The clients of this server, by its port on their command line."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            words = open(f"/proc/{entry}/cmdline", "rb").read().split(b"\0")
        except OSError:
            continue
        if re.search(rb"(^|/)ssh$", words[0]) and str(sshd.port).encode() in words:
            found.append(int(entry))
    return found
