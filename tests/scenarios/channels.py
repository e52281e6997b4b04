"""Many channels on one connection, through asyncssh, which is neither ours nor OpenSSH's; a server of it, too."""
import asyncio
import contextlib
import hashlib
import os
import resource
import signal
import types
import unittest.mock
import warnings

from harness import LIMIT, Skip, check, children_of, promise, wait_until

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                            # its own imports are deprecated
        import asyncssh
except ImportError:
    asyncssh = None


STOPPED = 0.5                                                      # seconds


def stop_for_a_while(sshd):
    """Whoever of the sshd-net serves the connection: spares are stopped, too.  They go on by themselves."""
    pids = [pid for pid, name in children_of(sshd.process.pid).items() if name == "sshd-net"]
    check(pids, "there is no sshd-net")

    def send(number):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
    send(signal.SIGSTOP)
    asyncio.get_running_loop().call_later(STOPPED, send, signal.SIGCONT)


def connected(world, sshd, work, **options):
    """Runs work(connection) with asyncssh."""
    if asyncssh is None:
        raise Skip("the module asyncssh is not installed")

    async def session():
        async with asyncssh.connect("127.0.0.1", sshd.port, username=world.user, known_hosts=None, config=None,
                                    client_keys=[str(world.key("ed25519"))], agent_path=None, **options) as connection:
            return await work(connection)
    return asyncio.run(asyncio.wait_for(session(), 300))


@promise("eight commands at once on one connection keep their streams apart")
def at_once(world):
    async def work(connection):
        async def one(number):
            data = os.urandom(500000)
            result = await connection.run("cat; echo error >&2; exit %d" % number, input=data, encoding=None)
            return number, data, result
        return await asyncio.gather(*(one(n) for n in range(8)))

    with world.sshd(lines=["MaxSessions 10"]) as sshd:
        for number, data, result in connected(world, sshd, work):
            check(result.exit_status == number, f"status {result.exit_status} for {number}")
            check(hashlib.sha256(result.stdout).digest() == hashlib.sha256(data).digest(), f"data of {number}")
            check(result.stderr == b"error\n", f"errors of {number}", result.stderr)


@promise("one channel that is not read does not stop another")
def no_head_of_line_blocking(world):
    async def work(connection):
        stuck = await connection.create_process("head -c 50000000 /dev/zero", encoding=None)
        results = [await connection.run("echo free") for _ in range(5)]
        stuck.kill()
        stuck.close()
        return results

    with world.sshd() as sshd:
        for result in connected(world, sshd, work):
            check(result.stdout == "free\n", "the other channel is stuck")


@promise("more than MaxSessions at once is refused, and the connection goes on")
def too_many(world):
    async def work(connection):
        held = [await connection.create_process("cat") for _ in range(3)]
        try:
            await connection.create_process("cat")
            refused = False
        except asyncssh.ChannelOpenError:
            refused = True
        for process in held:
            process.stdin.write_eof()
            await process.wait()
        again = await connection.run("echo again")
        return refused, again.stdout

    with world.sshd(lines=["MaxSessions 3"]) as sshd:
        refused, again = connected(world, sshd, work)
        check(refused, "a fourth session was opened")
        check(again == "again\n", "no session after a refusal")


@promise("what a client asks of a session that is then refused, without having waited, leaves the connection alive")
def asked_ahead(world):
    async def work(connection, port):
        constants, string, number = asyncssh.constants, asyncssh.packet.String, asyncssh.packet.UInt32
        wanted, unwanted = asyncssh.packet.Boolean(True), asyncssh.packet.Boolean(False)
        size = [number(n) for n in (80, 24, 0, 0)]
        requests = {"env": [string("NACRE_A"), string("x")], "pty-req": [string("vt100"), *size, string("")],
                    "x11-req": [unwanted, string("MIT-MAGIC-COOKIE-1"), string("00" * 16), number(0)],
                    "auth-agent-req@openssh.com": [], "signal": [string("TERM")], "window-change": size,
                    "exec": [string("true")]}
        send = connection.send_packet

        def ask_all():
            for name, details in requests.items():
                send(constants.MSG_CHANNEL_REQUEST, number(0), string(name), wanted, *details)

        def in_one_go(kind, *fields, **rest):
            send(kind, *fields, **rest)
            if kind == constants.MSG_CHANNEL_OPEN:
                ask_all()                                         # of the first channel, as the server numbers them

        with unittest.mock.patch.object(connection, "send_packet", in_one_go):
            try:
                await connection.create_process("true")
                refused = False
            except asyncssh.ChannelOpenError:
                refused = True
        ask_all()                                                 # as if they had been on their way for longer
        reader, writer = await connection.open_connection("127.0.0.1", port)
        said = await reader.readline()
        writer.close()
        return refused, said

    with world.sshd(lines=["MaxSessions 0", "AcceptEnv NACRE_*", "X11Forwarding yes"]) as sshd:
        refused, said = connected(world, sshd, lambda connection: work(connection, sshd.port))
        check(refused, "a session was opened")
        check(said.startswith(b"SSH-2.0-"), "no forwarding on the same connection", said)


@promise("a session may ask for hundreds of things without waiting for answers")
def many_questions(world):
    """They reach the server at once: its process is stopped while they are sent."""
    variables = {f"NACRE_{number}": "x" for number in range(900)}

    async def work(connection, sshd):
        send, now, begun = asyncssh.channel.SSHClientChannel._send_request, asyncio.get_running_loop().time, []

        def stopping(channel, request, *rest, **options):
            if request == b"env" and not begun:
                begun.append(now())
                stop_for_a_while(sshd)
            send(channel, request, *rest, **options)

        with unittest.mock.patch.object(asyncssh.channel.SSHClientChannel, "_send_request", stopping):
            first = await asyncio.wait_for(connection.run("echo $NACRE_7", env=variables), 20)
        check(now() - begun[0] > 0.9 * STOPPED, "the server answered while it was stopped")
        second = await connection.run("echo again")
        return first.stdout + second.stdout

    with world.sshd(lines=["AcceptEnv NACRE_*"]) as sshd:
        said = connected(world, sshd, lambda connection: work(connection, sshd))
        check(said == "x\nagain\n", "the programs behind many questions", said)


@promise("who asks for thousands of things without wanting answers loses those beyond bounds, and no connection")
def too_many_questions(world):
    async def work(connection, sshd):
        send, begun = asyncssh.channel.SSHClientChannel._send_request, []

        def stopping(channel, request, *rest, **options):
            if request == b"env" and not begun:
                begun.append(True)
                stop_for_a_while(sshd)                             # so that what is asked piles up
            send(channel, request, *rest, **options)

        with unittest.mock.patch.object(asyncssh.channel.SSHClientChannel, "_send_request", stopping):
            variables = {f"NACRE_{number}": "x" for number in range(3000)}
            return (await asyncio.wait_for(connection.run("echo $NACRE_7", env=variables), 60)).stdout

    with world.sshd(lines=["AcceptEnv NACRE_*", "LogLevel INFO"]) as sshd:                          # not a line for each
        said = connected(world, sshd, lambda connection: work(connection, sshd))
        check(said == "x\n", "the program behind too many questions", said)
        told = sshd.log().count("Ignoring env requests and what follows: too many channel requests")
        check(told <= 1, "told for each", sshd.log())              # not at all where the answers came in time


@promise("requests of every kind at once, more than have room between the server's processes, leave the connection alive")
def many_kinds(world):
    """The monitor's answers fill its socket while news of windows fill the other's."""
    async def work(connection, sshd):
        process = await connection.create_process("cat")
        channel, now = process.channel, asyncio.get_running_loop().time
        begun = now()
        stop_for_a_while(sshd)
        for port in range(1, 251):
            connection.send_packet(asyncssh.constants.MSG_GLOBAL_REQUEST, asyncssh.packet.String("cancel-tcpip-forward"),
                                   asyncssh.packet.Boolean(False), asyncssh.packet.String("127.0.0.1"),
                                   asyncssh.packet.UInt32(port))
        for _ in range(60):
            channel._send_request(b"signal", asyncssh.packet.String("USR9"))
        for height in range(4000):
            channel._send_request(b"window-change", *map(asyncssh.packet.UInt32, (80, height, 0, 0)))
        said = (await asyncio.wait_for(connection.run("echo alive"), 60)).stdout
        check(now() - begun > 0.9 * STOPPED, "the server answered while it was stopped")
        return said

    with world.sshd() as sshd:
        check(connected(world, sshd, lambda connection: work(connection, sshd)) == "alive\n", "no other program")
        wait_until(lambda: "sshd-user" not in children_of(sshd.process.pid).values(), "the connection's processes have ended")


@promise("a target that is too long for a name is refused, and the connection goes on")
def endless_target(world):
    async def work(connection):
        try:
            await connection.open_connection("x" * 140000, 80)
            refused = False
        except asyncssh.ChannelOpenError:
            refused = True
        again = await connection.run("echo again")
        return refused, again.stdout

    with world.sshd() as sshd:
        refused, again = connected(world, sshd, work)
        check(refused, "a connection to an endless name was made")
        check(again == "again\n", "no session after a refusal")


@promise("two hundred commands after one another leave nothing behind")
def one_after_another(world):
    async def work(connection):
        return [(await connection.run(f"exit {n % 100}")).exit_status for n in range(200)]

    with world.sshd() as sshd:
        check(connected(world, sshd, work) == [n % 100 for n in range(200)], "a status is wrong")


@promise("signals sent by the client reach the command")
def signals(world):
    async def work(connection):
        process = await connection.create_process("trap 'echo caught; exit 3' TERM; echo up; while :; do sleep 0.1; done")
        await process.stdout.readline()
        process.send_signal("TERM")
        result = await process.wait()
        return result.stdout, result.exit_status

    with world.sshd() as sshd:
        check(connected(world, sshd, work) == ("caught\n", 3), "the signal did not arrive")


@promise("a pty with its size and modes, asked by another client")
def terminal(world):
    async def work(connection):
        result = await connection.run("stty size; tty", term_type="vt100", term_size=(91, 17))
        return result.stdout

    with world.sshd() as sshd:
        out = connected(world, sshd, work)
        check(out.startswith("17 91\r\n/dev/pts/"), "the terminal differs", out)


@promise("after a program that was refused another may be asked for on the same channel, with the terminal that it has")
def second_program(world):
    async def work(connection):
        make = asyncssh.channel.SSHChannel._make_request
        outcomes = []

        async def refused_first(channel, request, *rest):
            if request == b"exec":
                for name in ("nosuch", "neither"):
                    outcomes.append(await make(channel, b"subsystem", asyncssh.packet.String(name)))
            return await make(channel, request, *rest)

        async def after_the_start(channel):
            return await make(channel, b"exec", asyncssh.packet.String("echo never"))

        with unittest.mock.patch.object(asyncssh.channel.SSHChannel, "_make_request", refused_first):
            plain = await connection.run("exit 3")
            terminal = await connection.run("tty; exit 4", term_type="vt100")
            running = await connection.create_process("cat")
        outcomes.append(await after_the_start(running.channel))
        running.stdin.write_eof()
        last = await running.wait()
        return outcomes, plain.exit_status, terminal.exit_status, terminal.stdout, last.stdout

    with world.sshd() as sshd:
        outcomes, plain, terminal, tty, last = connected(world, sshd, work)
        check(outcomes == [False] * 7, "a subsystem that is not there was started, or a second program", outcomes)
        check((plain, terminal) == (3, 4), "the command did not run", plain, terminal)
        check(tty.startswith("/dev/pts/"), "it has lost its terminal", tty)
        check(last == "", "a second program spoke", last)


async def run_in_one_go(connection, before, command, behind):
    """The command's result, and the answers to all: nobody waits for one before the next is asked."""
    make, answers = asyncssh.channel.SSHChannel._make_request, []

    async def in_one_go(channel, request, *rest):
        asked = [*before, (request, *rest), *behind]
        answers[:] = await asyncio.gather(*(make(channel, *one) for one in asked))
        return answers[len(before)]

    with unittest.mock.patch.object(asyncssh.channel.SSHChannel, "_make_request", in_one_go):
        while True:
            # asyncssh trips over a session that is over before it has taken note of the answer.
            with contextlib.suppress(AttributeError):
                return answers, await asyncio.wait_for(connection.run(command), 60)


@promise("what is asked behind a program in one go is answered for itself, once the program runs: a signal reaches it")
def behind_a_program(world):
    async def work(connection):
        string, size = asyncssh.packet.String, [asyncssh.packet.UInt32(number) for number in (91, 17, 0, 0)]
        return await run_in_one_go(connection, [], "exec sleep 600",
                                   [(b"no-such-request",), (b"window-change", *size),
                                    (b"exec", string("echo never")), (b"signal", string("TERM"))])

    with world.sshd() as sshd:
        answers, result = connected(world, sshd, work)
        check(answers == [True, False, True, False, True], "other answers", answers)
        check(result.exit_signal and result.exit_signal[0] == "TERM", "the signal did not end it", result.exit_signal)
        check(result.stdout == "", "a second program spoke", result.stdout)


@promise("a program that is asked for in one go with another runs where that one is refused")
def instead_of_a_program(world):
    async def work(connection):
        refused = [(b"subsystem", asyncssh.packet.String(name)) for name in ("nosuch", "neither")]
        return await run_in_one_go(connection, refused, "exit 3", [])

    with world.sshd() as sshd:
        answers, result = connected(world, sshd, work)
        check(answers == [False, False, True], "other answers", answers)
        check(result.exit_status == 3, "the command did not run", result.exit_status)


@promise("who asks for an answer to a change of the window's size gets it, in its order; nobody else does")
def answered_window_change(world):
    async def work(connection):
        process = await connection.create_process("cat", term_type="vt100", term_size=(80, 24))
        size = [asyncssh.packet.UInt32(number) for number in (91, 17, 0, 0)]
        process.channel._send_request(b"window-change", *size)    # no answer, which would be taken for the next one's
        refused, answered = (process.channel._make_request(b"no-such-request"),
                             process.channel._make_request(b"window-change", *size))
        answers = await asyncio.wait_for(asyncio.gather(refused, answered), 60)
        process.terminate()
        await process.wait()
        return answers

    with world.sshd() as sshd:
        answers = connected(world, sshd, work)
        check(answers == [False, True], "other answers", answers)


@promise("new keys while eight channels are busy")
def rekey(world):
    async def work(connection):
        async def one():
            data = os.urandom(3000000)
            result = await connection.run("cat", input=data, encoding=None)
            return result.stdout == data
        return await asyncio.gather(*(one() for _ in range(8)))

    with world.sshd(lines=["RekeyLimit 1M"]) as sshd:
        check(all(connected(world, sshd, work, rekey_bytes=1 << 20)), "bytes are lost")


@promise("OpenSSH 5.x as a client knows a forwarding to a port of the server's choice by the port that it asked for")
def asked_port(world):
    async def work(connection, names_zero):
        async def greet(_, writer):
            writer.write(b"hello")
            writer.close()

        async def call(port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            said = b""
            with contextlib.suppress(ConnectionResetError):
                said = await reader.read()
            writer.close()
            return said

        service = await asyncio.start_server(greet, "127.0.0.1", 0)
        target = service.sockets[0].getsockname()[1]
        listener = await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", target)
        port = listener.get_port()
        name = 0 if names_zero else port
        connection._dynamic_remote_listeners.clear()               # it would take either name
        connection._remote_listeners = {("127.0.0.1", name): listener}
        said = await call(port)
        connection._remote_listeners = {}
        answer, _ = await connection._make_global_request(b"cancel-tcpip-forward", asyncssh.packet.String("127.0.0.1"),
                                                          asyncssh.packet.UInt32(name))
        with contextlib.suppress(ConnectionRefusedError):
            while answer == asyncssh.constants.MSG_REQUEST_SUCCESS:   # it stops listening soon
                await call(port)
        service.close()
        return said, answer

    with world.sshd() as sshd:
        for version, names_zero in (("OpenSSH_5.3", True), ("OpenSSH_6.0", False)):
            said, answer = connected(world, sshd, lambda connection, zero=names_zero: work(connection, zero),
                                     client_version=version)
            check(said == b"hello", f"{version}: nobody is let in", said)
            check(answer == asyncssh.constants.MSG_REQUEST_SUCCESS, f"{version}: it is not cancelled", answer)


@promise("ssh -f that cannot go to the background once forwardings are settled says so and ends with 255")
def no_background(world):
    if asyncssh is None:
        raise Skip("the module asyncssh is not installed")
    world.need_plain_programs("a sanitizer's own pipes need descriptors")

    async def work(key):
        asked, known = asyncio.Event(), asyncio.Event()

        class Server(asyncssh.SSHServer):
            def begin_auth(self, _):
                return False

            async def server_requested(self, *_):
                asked.set()
                await known.wait()
                return True

        acceptor = await asyncssh.listen("127.0.0.1", 0, server_factory=Server, server_host_keys=[str(key)])
        port = acceptor.sockets[0].getsockname()[1]
        server = types.SimpleNamespace(port=port, known_hosts=world.known_hosts(port, [key]))
        line = world.ssh_command(server, flags=["-f", "-N", "-R", "0:127.0.0.1:1"])
        ssh = await asyncio.create_subprocess_exec(*map(str, line), stdin=asyncio.subprocess.DEVNULL,
                                                   stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
                                                   env=world.client_environment())
        try:
            await asyncio.wait_for(asked.wait(), LIMIT)
            hard = resource.prlimit(ssh.pid, resource.RLIMIT_NOFILE)[1]
            resource.prlimit(ssh.pid, resource.RLIMIT_NOFILE, (3, hard))   # none is left
            known.set()
            _, said = await asyncio.wait_for(ssh.communicate(), LIMIT)
        finally:
            if ssh.returncode is None:
                ssh.kill()
            acceptor.close()
        check(ssh.returncode == 255, f"the status is {ssh.returncode}", said)
        check(b"Cannot go to the background: " in said, "it does not say why", said)

    asyncio.run(work(world.key("ed25519")))
