"""What runs for a connection, as whom, and that nothing stays."""
import collections
import contextlib
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess

from harness import (CHILDLESS, Server, check, children_of, parent_of, promise, sessions_of_networks, sockets_of,
                     wait_until, zygote_at_rest)


def uid_of(pid):
    return int(re.search(r"^Uid:\s+\d+\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1))


def connected(world, sshd):
    """A client in the middle of a session, once its command runs."""
    client = subprocess.Popen(world.ssh_command(sshd, "echo up; exec cat", key=world.key("ed25519")),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=world.client_environment())
    check(client.stdout.readline() == b"up\n", "no session")
    return client


@promise("all processes of a connection end with it, however it ends")
def nothing_stays(world):
    with world.sshd() as sshd:
        before = set(children_of(sshd.process.pid))
        for end in ("close", "kill"):
            client = connected(world, sshd)
            check(set(children_of(sshd.process.pid)) - before, "nothing runs for the connection")
            if end == "kill":
                client.kill()
            else:
                client.stdin.close()
            client.wait()
            wait_until(lambda: "cat" not in children_of(sshd.process.pid).values(), f"the command ends after {end}")


@promise("sshd serves also where whoever started it does not hear of its children's ends")
def childless(world):
    sshd = world.sshd()
    sshd.stop()
    with Server(world, "sshd-childless", [*CHILDLESS, *sshd.process.args], sshd.port, sshd.known_hosts) as again:
        for status in (0, 7):
            ran = world.ssh(again, f"exit {status}")
            check(ran.status == status, f"not {status}", ran)


@promise("SIGTERM ends the listener and leaves a running session alone, as people expect of sshd")
def term(world):
    sshd = world.sshd()
    client = connected(world, sshd)
    sshd.stop()
    client.stdin.write(b"still here\n")
    client.stdin.flush()
    check(client.stdout.readline() == b"still here\n", "the session ended with the listener")
    client.stdin.close()
    check(client.wait(60) == 0, "the session did not end well")


@promise("the listener hears signals while connections keep coming: it accepts a few, and then looks up")
def term_in_a_crowd(world):
    crowd = 100                                                    # less than its queue holds
    with world.sshd(lines=["MaxStartups 1"]) as sshd, contextlib.ExitStack() as open_ones:
        def come():
            return open_ones.enter_context(socket.create_connection(("127.0.0.1", sshd.port)))
        check(come().recv(100).startswith(b"SSH-2.0-"), "no version line")
        sshd.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: ") T " in pathlib.Path(f"/proc/{sshd.process.pid}/stat").read_text(), "it stands still")
        for _ in range(crowd):
            come()
        sshd.process.terminate()                                   # heard once it goes on, and after the crowd has come
        sshd.process.send_signal(signal.SIGCONT)
        sshd.process.wait(60)
        refused = sshd.log().count("drop connection #")
        check(refused < crowd, f"all {refused} were served before the signal was heard")


@promise("the process that talks to the network has no privilege and no way to the files")
def network_process(world):
    world.need_isolation()
    with world.sshd() as sshd:
        client = connected(world, sshd)
        family = children_of(sshd.process.pid)
        network = [pid for pid, name in family.items() if name == "sshd-net"]
        check(network, "no process is called sshd-net", family)
        serving = [pid for pid in network if pathlib.Path(f"/proc/{pid}/status").read_text().find("Seccomp:\t2") > 0]
        check(serving, "no sshd-net is under a seccomp filter", family)
        for pid in serving:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            check(uid_of(pid) == pwd.getpwnam("sshd").pw_uid, "not the user sshd", status)
            for line in (r"CapEff:\s+0+$", r"CapPrm:\s+0+$", r"NoNewPrivs:\s+1$"):
                check(re.search(line, status, re.M), line, status)
            root = pathlib.Path(f"/proc/{pid}/root")
            check(not list(root.iterdir()), "its root is not empty", list(root.iterdir()))
        client.stdin.close()
        client.wait()


@promise("what the user runs has the user's ids, groups and nothing of ours open")
def user_process(world):
    with world.sshd() as sshd:
        ran = world.ssh(sshd, "id -un; echo $(ls /proc/self/fd); grep -E 'NoNewPrivs|Seccomp:' /proc/self/status")
        lines = ran.succeeded().out.decode().split("\n")
        check(lines[0] == world.user, "another user", ran)
        check(set(lines[1].split()) <= {"0", "1", "2", "3"}, "descriptors are inherited", ran)
        check(lines[2].split()[1] == "0" and lines[3].split()[1] == "0", "restrictions are inherited", ran)


def family_of(sshd, command):
    """The processes of the connection whose command has that number."""
    user = parent_of(command)
    session = parent_of(user)
    network = [pid for pid, its in sessions_of_networks(sshd).items() if its == session]
    check(len(network) == 1, "not exactly one sshd-net")
    return {"sshd-net": network[0], "sshd-user": user, "sshd-session": session}


def new_command(sshd, known):
    """The number of the one cat that runs besides those."""
    found = lambda: {pid for pid, name in children_of(sshd.process.pid).items() if name == "cat"} - known
    return wait_until(found, "the command runs").pop()


@promise("killing any process of a connection ends that connection and no other")
def one_connection_only(world):
    with world.sshd() as sshd:
        for victim in ("sshd-net", "sshd-user", "sshd-session"):
            other = connected(world, sshd)
            bystander = new_command(sshd, set())
            client = connected(world, sshd)
            command = new_command(sshd, {bystander})
            family = family_of(sshd, command)
            os.kill(family[victim], signal.SIGKILL)
            check(client.wait(60) == 255, f"the client did not notice the end of {victim}")
            wait_until(lambda: not set(family.values()) & set(children_of(sshd.process.pid)), f"all end with {victim}")
            other.stdin.write(b"still here\n")
            other.stdin.flush()
            check(other.stdout.readline() == b"still here\n", f"another connection ended with {victim}")
            other.stdin.close()
            check(other.wait(60) == 0, "the other session did not end well")
            check(sshd.process.poll() is None, "the listener ended")


def place_of(pid):
    """Where the program lies in that process's memory; nothing: it has ended."""
    with contextlib.suppress(OSError, StopIteration):              # a sanitizer's own memory lies before it, always in one place
        maps = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
        return next(line for line in maps if "/sshd-" in line).split("-", 1)[0]
    return ""


def networks_of(sshd):
    return [pid for pid, name in children_of(sshd.process.pid).items() if name == "sshd-net"]


@promise("copies of one process have no descriptor in common: each holds what belongs to its own connection")
def nothing_in_common(world):
    world.need_isolation()
    with world.sshd() as sshd:
        clients = [connected(world, sshd) for _ in range(3)]
        wait_until(lambda: len(sessions_of_networks(sshd)) == 5, "three are served, and two are to come")
        for kind in (list(sessions_of_networks(sshd)), list(sessions_of_networks(sshd).values())):
            seen = collections.Counter(inode for pid in kind for inode in sockets_of(pid))
            check(seen and max(seen.values()) == 1, "a socket of another connection", kind, seen)
        for client in clients:
            client.stdin.close()
            client.wait()


@promise("whoever makes a process crash has learnt nothing of the addresses in those that come after it")
def other_addresses(world):
    world.need_isolation()
    with world.sshd(lines=["PerSourcePenalties no"]) as sshd:
        two_spares = lambda: len(networks_of(sshd)) == 2 and networks_of(sshd)
        before = {place_of(pid) for pid in wait_until(two_spares, "two spares")}
        check(len(before) == 1, "the spares are no copies of one process", before)
        for crash in (world.crash, signal.SIGKILL):
            client = connected(world, sshd)
            serving = next(pid for pid, session in sessions_of_networks(sshd).items()
                           if "sshd-user" in children_of(session).values())
            check(place_of(serving) in before, "served by none of the copies")
            os.kill(serving, crash)
            client.wait(60)

            def others():
                places = [place_of(pid) for pid in networks_of(sshd)]
                return len(places) == 2 and len(set(places)) == 1 and places[0] and places[0] not in before and places[0]
            before.add(wait_until(others, "other spares"))
        wait_until(lambda: list(children_of(sshd.process.pid).values()).count("sshd-zygote") == 1, "the first zygotes end")


def socket_of_port(peer, port):
    """The socket at `port` here that is connected with the port `peer`, if it is open."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(row[9]) for row in rows if (int(row[1].split(":")[1], 16), int(row[2].split(":")[1], 16)) == (port, peer)}


@promise("where a process crashes, copies of the same whose clients have not logged in end with it: a guess is tried once")
def one_try(world):
    world.need_isolation()
    penalties = "PerSourcePenalties crash:9s authfail:0s noauth:9s min:1s"
    with world.sshd(lines=["PerSourcePenalties yes", penalties]) as sshd, contextlib.ExitStack() as stack:
        wait_until(lambda: len(networks_of(sshd)) == 2, "two spares")
        client = connected(world, sshd)
        strangers = []

        def call(source):
            stranger = socket.create_connection(("127.0.0.1", sshd.port), timeout=60, source_address=(source, 0))
            strangers.append(stack.enter_context(stranger))
            check(stranger.recv(4) == b"SSH-", "not served")

        for source in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
            wait_until(lambda: len(networks_of(sshd)) == 3 + len(strangers), "two spares")
            call(source)
        wait_until(lambda: len(networks_of(sshd)) == 6, "two spares")
        check(len({place_of(pid) for pid in networks_of(sshd)}) == 1, "they are no copies of one process")
        peer = strangers[0].getsockname()[1]
        serving = next(pid for pid in networks_of(sshd) if sockets_of(pid) & socket_of_port(peer, sshd.port))
        os.kill(serving, world.crash)
        for stranger in strangers:
            while stranger.recv(4096):
                pass
        sshd.wait_for_log("a process with the same addresses has crashed")
        check(sshd.log().count("a process with the same addresses has crashed") == 2, "told otherwise", sshd.log())
        sshd.wait_for_log("caused crash")
        call("127.0.0.2")
        check(sshd.log().count("caused crash") == 1 and "connections without" not in sshd.log(), "punished otherwise", sshd.log())
        client.stdin.write(b"still here\n")
        client.stdin.flush()
        check(client.stdout.readline() == b"still here\n", "who was logged in was ended, too")
        client.stdin.close()
        check(client.wait(60) == 0, "the session did not end well")


@promise("where a process is killed from outside, or one of somebody who is logged in crashes, nobody else's login ends")
def nobody_elses_login(world):
    world.need_isolation()
    with world.sshd(lines=["PerSourcePenalties no"]) as sshd:
        wait_until(lambda: len(networks_of(sshd)) == 2, "two spares")
        client = connected(world, sshd)
        logged_in = next(pid for pid, session in sessions_of_networks(sshd).items() if "sshd-user" in children_of(session).values())
        with socket.create_connection(("127.0.0.1", sshd.port), timeout=60) as killed, \
             socket.create_connection(("127.0.0.1", sshd.port), timeout=60) as beside:
            check(killed.recv(4) == beside.recv(4) == b"SSH-", "not served")
            peer = killed.getsockname()[1]
            serving = next(pid for pid in networks_of(sshd) if sockets_of(pid) & socket_of_port(peer, sshd.port))
            for process, end in ((serving, signal.SIGKILL), (logged_in, world.crash)):
                os.kill(process, end)
                sshd.wait_for_log(rf"signal {end.value}")
            client.wait(60)
            beside.sendall(b"SSH-2.0-stranger\r\n")
            heard = b""
            while b"curve25519-sha256" not in heard:
                more = beside.recv(4096)
                check(more, "it was ended, too")
                heard += more
        check("same addresses" not in sshd.log(), "told otherwise", sshd.log())


@promise("a process that copies itself no more holds nobody up, and is told of and ended")
def stuck_zygote(world):
    with world.sshd() as sshd:
        zygote = zygote_at_rest(sshd)
        os.kill(zygote, signal.SIGSTOP)

        def seen_while_we_are_served():
            world.ssh(sshd, "true").succeeded()
            return "executed for each connection for a while: its zygote does not answer" in sshd.log()
        wait_until(seen_while_we_are_served, "it is told of")
        wait_until(lambda: zygote not in children_of(sshd.process.pid), "its end")
        world.ssh(sshd, "true").succeeded()


@promise("what processes are copied from is itself replaced now and then")
def other_zygote(world):
    with world.sshd() as sshd:
        first = zygote_at_rest(sshd)
        for _ in range(130):                                      # with both spares there each time, the elder serves
            wait_until(lambda: len(networks_of(sshd)) == 2, "two spares, and no connection")
            world.ssh(sshd, "true").succeeded()
        wait_until(lambda: first not in children_of(sshd.process.pid), "it ends")
        check(zygote_at_rest(sshd) != first, "none has taken its place")
