"""Round trips, counted by a relay that holds back what it passes on."""
import asyncio
import contextlib
import threading
import time

from harness import check, run, wait_until

# Seconds: far above what the programs need themselves, wherever they run.
TRIP = 0.3
SANITIZED_TRIP = 3.0
STARTS_OF_A_PROGRAM = 40


def trip_on_this_machine(world):
    if world.is_sanitized:
        return SANITIZED_TRIP

    def start():
        begin = time.monotonic()
        run([world.ours("ssh"), "-F", "none", "-G", "host"]).succeeded()
        return time.monotonic() - begin
    return max(TRIP, STARTS_OF_A_PROGRAM * min(start() for _ in range(3)))


class Relay:
    """Passes bytes on half a trip late, in both directions; the TCP handshake is answered at once."""

    def __init__(self, world, port):
        self.target, self.connections = port, 0
        self.served = set()                                       # asyncio itself may forget a task that waits
        self.trip = trip_on_this_machine(world)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    async def _serve(self, reader, writer):
        self.connections += 1
        self.served.add(asyncio.current_task())
        out = asyncio.Queue()
        listening = asyncio.ensure_future(self._listen(reader, out))
        await asyncio.sleep(self.trip / 2)
        with contextlib.suppress(OSError):
            reader_there, writer_there = await asyncio.open_connection("127.0.0.1", self.target)
            back = asyncio.Queue()
            await asyncio.gather(listening, self._deliver(out, writer_there), self._listen(reader_there, back),
                                 self._deliver(back, writer))
            writer_there.close()
        listening.cancel()
        writer.close()
        self.served.discard(asyncio.current_task())

    async def _listen(self, reader, queue):
        data = b"?"
        while data:
            try:
                data = await reader.read(1 << 16)
            except OSError:
                data = b""
            queue.put_nowait((self.loop.time() + self.trip / 2, data))

    async def _deliver(self, queue, writer):
        data = b"?"
        while data:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - self.loop.time()))
            with contextlib.suppress(OSError):
                writer.write(data) if data else writer.write_eof()

    async def _stop(self):
        self.server.close()
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if exception[0] is None:
            wait_until(lambda: not self.served, "the relay's connections end")
        self._call(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        self.loop.close()


class Through:
    """A server as seen through a relay."""

    def __init__(self, world, relay, server, host_keys=None):
        self.port, self.trip = relay.port, relay.trip
        self.known_hosts = world.known_hosts(relay.port, host_keys or [world.key("ed25519")])


def least(measure, enough, runs=3):
    """The least of up to so many runs, no more than it takes to be below `enough`: a busy machine is no round trip."""
    counts = [measure()]
    while min(counts) >= enough and len(counts) < runs:
        counts.append(measure())
    return min(counts)


def trips(world, server, *command, best_of=2, **rest):
    """Round trips until the first output is there."""
    counts = []
    for _ in range(best_of):
        begin = time.monotonic()
        ran = world.ssh(server, *(command or ("echo in; sleep 0.01",)), **rest)
        counts.append((time.monotonic() - begin) / server.trip)
        check(ran.status == 0, "the login failed", ran)
    return min(counts), ran
