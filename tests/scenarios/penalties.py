"""PerSourcePenalties, RefuseConnection, and what a client hears who is not served."""
import contextlib
import os
import socket

from harness import check, children_of, promise, run, wait_until

NEEDS = ("ssh", "sshd", "ssh-keygen", "ssh-keyscan")


def hears(port, source="127.0.0.1", says=b"SSH-2.0-early\r\n" + b"x" * 4000):
    """All that a client gets who has spoken before it listens."""
    with socket.socket() as stream:
        stream.bind((source, 0))
        stream.connect(("127.0.0.1", port))
        stream.sendall(says)
        said = b""
        stream.settimeout(20)
        while b"\n" not in said:
            more = stream.recv(4096)
            if not more:
                break
            said += more
        return said


def is_served(server, source="127.0.0.1"):
    return hears(server.port, source, says=b"").startswith(b"SSH-2.0-")


def fail_once(world, server, user=None):
    ran = world.ssh(server, "true", key=world.key("ecdsa", 256), user=user)
    check(ran.status == 255 and b"Permission denied" in ran.err, "no refusal", ran)


@promise("who fails to log in is not served for a while, and is told so; others are; it ends")
def failures(world):
    with world.sshd(lines=["PerSourcePenalties yes", "PerSourcePenalties authfail:12s noauth:0s min:13s"]) as sshd:
        world.ssh(sshd, "true").succeeded()
        fail_once(world, sshd)
        wait_until(lambda: sshd.log().count("Disconnected from authenticating user") == 1, "the end of it")
        world.ssh(sshd, "true").succeeded()
        fail_once(world, sshd)
        wait_until(lambda: hears(sshd.port) == b"Not allowed at this time\r\n", "the ban")
        sshd.wait_for_log(r"drop connection #\d+ from \[127\.0\.0\.1\]:\d+ on \[127\.0\.0\.1\]:\d+ penalty: failed authentication, [1-9]\d* s left")
        check(is_served(sshd, "127.0.0.2"), "another address is shut out, too")
        wait_until(lambda: is_served(sshd), "the end of the ban")
        world.ssh(sshd, "true").succeeded()


def ready_for_clients(sshd):
    """The processes of two connections that are still to come."""
    def found():
        family = {pid: name for pid, name in children_of(sshd.process.pid).items() if name in ("sshd-session", "sshd-net")}
        return list(family.values()).count("sshd-net") == 2 and family
    return wait_until(found, "two that nobody has asked for yet")


@promise("each cause has its penalty")
def causes(world):
    def banned_for(words, lines, act):
        with world.sshd(lines=lines) as sshd:
            act(sshd)
            sshd_says = rf"penalty: {words}"
            wait_until(lambda: hears(sshd.port).startswith(b"Not allowed"), words)
            sshd.wait_for_log(sshd_says)

    only = "PerSourcePenalties crash:0s authfail:0s noauth:0s invaliduser:0s grace-exceeded:0s refuseconnection:0s min:1s".split()

    def alone(cause):
        return ["PerSourcePenalties yes", " ".join(f"{cause}:100s" if word.startswith(cause + ":") else word for word in only)]

    def scan(sshd):
        run([world.ours("ssh-keyscan"), "-p", str(sshd.port), "127.0.0.1"], env=world.client_environment())

    def crash(sshd):
        ready = ready_for_clients(sshd)
        with socket.create_connection(("127.0.0.1", sshd.port), timeout=60) as stream:
            check(stream.recv(4) == b"SSH-", "not served")
            with contextlib.suppress(ProcessLookupError):         # the other one may go, as its program's addresses are known
                for pid, name in ready.items():
                    if name == "sshd-net":
                        os.kill(pid, world.crash)
            while stream.recv(4096):
                pass
        wait_until(lambda: not ready.keys() & children_of(sshd.process.pid).keys(), "the end of all that was there")
        ready_for_clients(sshd)

    banned_for("caused crash", alone("crash"), crash)
    banned_for("connections without attempting authentication", alone("noauth"), scan)
    banned_for("attempted authentication by invalid user", alone("invaliduser"),
               lambda sshd: fail_once(world, sshd, "nobody-of-this-name"))
    banned_for("exceeded LoginGraceTime", [*alone("grace-exceeded"), "LoginGraceTime 1"],
               lambda sshd: wait_for_end(sshd.port))
    banned_for("connection refused by configuration", [*alone("refuseconnection"), "RefuseConnection yes"],
               lambda sshd: check(world.ssh(sshd, "true").status == 255, "served"))


def wait_for_end(port):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as stream:
        while stream.recv(4096):
            pass


@promise("the exempt are always served")
def exempt(world):
    with world.sshd(lines=["PerSourcePenalties yes", "PerSourcePenalties authfail:100s min:1s", "PerSourcePenaltyExemptList 127.0.0.0/8"]) as sshd:
        for _ in range(3):
            fail_once(world, sshd)
        world.ssh(sshd, "true").succeeded()


@promise("RefuseConnection ends the connections of whom it matches, and says so")
def refused(world):
    lines = ["PerSourcePenalties no"]
    with world.sshd(lines=[*lines, f"Match User {world.user}", "RefuseConnection yes", "Match all"]) as sshd:
        ran = world.ssh(sshd, "true")
        check(ran.status == 255 and b"configuration refuses this connection" in ran.err, "not told", ran)
    with world.sshd(lines=[*lines, "Match User somebody-else", "RefuseConnection yes", "Match all"]) as sshd:
        world.ssh(sshd, "true").succeeded()


@promise("a client past MaxStartups hears it, though it has spoken already")
def too_many(world):
    with world.sshd(lines=["MaxStartups 1"]) as sshd:
        with socket.create_connection(("127.0.0.1", sshd.port)) as first:
            check(first.recv(100).startswith(b"SSH-2.0-"), "no version line")
            check(hears(sshd.port) == b"Exceeded MaxStartups\r\n", "not told")
        sshd.wait_for_log(r"drop connection #1 from \[127\.0\.0\.1\]:\d+ on .* past MaxStartups")
        wait_until(lambda: is_served(sshd), "room again")


@promise("refusing past MaxStartups is told when it begins and when it is over, however many come; each one at VERBOSE")
def throttling(world):
    for level, least, most in (("INFO", 1, 1), ("VERBOSE", 8, 1000)):
        with world.sshd(lines=["MaxStartups 1", f"LogLevel {level}"]) as sshd:
            with socket.create_connection(("127.0.0.1", sshd.port)) as first:
                check(first.recv(100).startswith(b"SSH-2.0-"), "no version line")
                for _ in range(8):
                    check(hears(sshd.port) == b"Exceeded MaxStartups\r\n", "not told")
            wait_until(lambda: is_served(sshd), "room again")
            sshd.wait_for_log(r"exited MaxStartups throttling after 00:\d\d:\d\d, \d+ connections dropped")
            log = sshd.log()
            check(log.count("beginning MaxStartups throttling") == 1, "the beginning is not told once", log)
            check(least <= log.count("drop connection #") <= most, f"another number of connections is told at {level}", log)


@promise("who is sent away always reads why, whatever he has sent that nobody reads")
def last_words(world):
    def drowned_out(sshd):
        """A packet that cannot be, and three megabytes behind it: what the client hears until the end."""
        with socket.create_connection(("127.0.0.1", sshd.port), timeout=20) as stream:
            stream.sendall(b"SSH-2.0-x\r\n" + b"\xff" * 16 + b"x" * (3 << 20))
            stream.shutdown(socket.SHUT_WR)
            heard = b""
            while more := stream.recv(65536):
                heard += more
            return heard

    with world.sshd(lines=["MaxAuthTries 1"]) as sshd:
        for _ in range(20):
            check(b"\x01\x00\x00\x00\x02" in drowned_out(sshd), "no SSH_MSG_DISCONNECT")
        for whose in ("nacre", "openssh") * 10:
            ran = world.ssh(sshd, "true", key=world.key("ecdsa", 256), program=world.client(whose))
            check(ran.status == 255 and b"Too many authentication failures" in ran.err, f"{whose}'s client was not told", ran)
