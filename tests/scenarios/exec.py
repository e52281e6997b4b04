"""Commands without a terminal: output, errors, status, input; each pair of client and server in turn."""
import contextlib
import hashlib
import os
import re
import signal
import subprocess

from harness import LIMIT, check, children_of, promise, wait_until
from pairs import for_each_pair

MEBIBYTE = 1 << 20


@for_each_pair("output, errors and status come back apart")
def streams(world, sshd, ssh):
    ran = world.ssh(sshd, "echo to-out; echo to-err >&2; exit 42", program=ssh)
    check(ran.status == 42, "the exit status is not 42", ran)
    check(ran.out == b"to-out\n", "standard output is not what was written", ran)
    check(b"to-err\n" in ran.err and b"to-out" not in ran.err, "standard error is not what was written", ran)


@for_each_pair("a command killed by a signal gives status 255")
def killed(world, sshd, ssh):
    ran = world.ssh(sshd, "kill -KILL $$", program=ssh)
    check(ran.status == 255, "the status is not 255", ran)


@promise("a status that has come counts where the server hangs up without closing the session; without one it is 255")
def hung_up(world):
    # OpenSSH's server tells the status while something that was started still holds the output.
    for end, status in (("exit 7", 7), ("wait", 255)):
        with world.sshd("openssh") as sshd:
            errors = world.new_file("errors")
            with open(errors, "wb") as stderr:
                line = world.ssh_command(sshd, f"sleep 1000 & echo $!; {end}", key=world.key("ed25519"),
                                         options=["LogLevel=DEBUG1"])
                client = subprocess.Popen([str(c) for c in line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                          stderr=stderr, env=world.client_environment())
            sleeper = int(client.stdout.readline())
            if status != 255:
                wait_until(lambda: b"rtype exit-status" in errors.read_bytes(), "the status to come")
            for pid, name in children_of(sshd.process.pid).items():
                if name.startswith("sshd"):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            ended = client.wait(LIMIT)
            os.kill(sleeper, signal.SIGKILL)
            client.stdout.close()
            check(ended == status, f"{end}: the status is {ended}", errors.read_bytes())
            # Reset, where it has left something unread.
            told = re.search(rb"closed by remote host|Connection reset by peer", errors.read_bytes())
            check(told, f"{end}: it is not told", errors.read_bytes())


@promise("output that has come reaches a slow reader though the server has hung up, and the status counts")
def slow_reader(world):
    with world.sshd(lines=["UnusedConnectionTimeout 1"]) as sshd:
        line = world.ssh_command(sshd, "head -c 2000000 /dev/zero; exit 7", key=world.key("ed25519"))
        client = subprocess.Popen([str(c) for c in line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, env=world.client_environment())
        sshd.wait_for_log(r"terminating inactive connection")
        with client.stdout:
            arrived = len(client.stdout.read())
        status = client.wait(LIMIT)
        check(arrived == 2000000 and status == 7, f"{arrived} bytes and status {status}")


@for_each_pair("the end of input reaches the command, and its answer comes after")
def end_of_input(world, sshd, ssh):
    ran = world.ssh(sshd, "cat; echo done", input=b"before\n", program=ssh).succeeded()
    check(ran.out == b"before\ndone\n", "the input or what follows its end is missing", ran)


@for_each_pair("arguments are joined by blanks, as always")
def arguments(world, sshd, ssh):
    ran = world.ssh(sshd, "echo", "a  b", "'c  d'", "$HOME", program=ssh).succeeded()
    check(ran.out.decode() == f"a b c  d {world.home}\n", "the remote shell saw something else", ran)


@for_each_pair("64 MiB each way arrive whole")
def both_ways(world, sshd, ssh):
    data = os.urandom(64 * MEBIBYTE)
    ran = world.ssh(sshd, "cat", input=data, program=ssh, limit=600).succeeded()
    check(len(ran.out) == len(data), f"{len(ran.out)} bytes came back of {len(data)}", ran.err)
    check(hashlib.sha256(ran.out).digest() == hashlib.sha256(data).digest(), "the bytes differ")


@for_each_pair("a flood on standard error does not stop standard output")
def two_floods(world, sshd, ssh):
    command = "head -c 8000000 /dev/zero >&2 & head -c 8000000 /dev/zero; wait"
    ran = world.ssh(sshd, command, program=ssh, limit=300).succeeded()
    check(len(ran.out) == 8000000, f"{len(ran.out)} bytes of output", ran.err[-300:])
    check(len(ran.err) >= 8000000, f"{len(ran.err)} bytes of errors")


@for_each_pair("what nobody reads stops the writer, not the client")
def early_end(world, sshd, ssh):
    ran = world.ssh(sshd, "head -c 10 >/dev/null; echo enough; exit 3", input=bytes(20 * MEBIBYTE), program=ssh)
    check(ran.status == 3 and ran.out == b"enough\n", "status or output is wrong", ran)


@for_each_pair("chosen environment variables travel")
def environment(world, sshd, ssh):
    with world.sshd("nacre" if sshd.name == "sshd-nacre" else "openssh", lines=["AcceptEnv PEARL*"]) as accepting:
        ran = world.ssh(accepting, 'echo "$PEARL_A,$OTHER"', program=ssh,
                        options=["SetEnv=PEARL_A=white OTHER=black"]).succeeded()
    check(ran.out == b"white,\n", "the accepted variable is missing, or the other one is not", ran)


@for_each_pair("a login shell gets its usual environment")
def login_environment(world, sshd, ssh):
    ran = world.ssh(sshd, 'echo "$USER $LOGNAME $HOME $SHELL"; echo "$SSH_CONNECTION"; echo "${SSH_TTY-no tty}"',
                    program=ssh).succeeded()
    lines = ran.out.decode().splitlines()
    check(lines[0].startswith(f"{world.user} {world.user} {world.home} /"), "USER LOGNAME HOME SHELL", ran)
    check(lines[1].endswith(f" 127.0.0.1 {sshd.port}"), "SSH_CONNECTION", ran)
    check(lines[2] == "no tty", "SSH_TTY is set without a terminal", ran)


@for_each_pair("-n reads nothing and -T asks for no terminal")
def small_flags(world, sshd, ssh):
    ran = world.ssh(sshd, "cat; tty", input=b"unwanted", program=ssh, flags=["-n", "-T"])
    check(ran.out == b"not a tty\n", "something came through -n -T", ran)


@promise("no command gives a shell that reads its commands from standard input")
def shell(world):
    with world.sshd() as sshd:
        ran = world.ssh(sshd, input=b"echo $((6*7))\nexit 5\n")
        check(ran.status == 5 and b"42\n" in ran.out, "the shell did not run", ran)
