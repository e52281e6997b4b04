"""sftp and scp, killed at random points of a tree: --resume always ends in equal files.

--full tries fifty points of each way, else a few.
"""
import contextlib
import hashlib
import os
import pathlib
import random
import signal
import subprocess

from harness import LIMIT, Skip, check, promise, run, wait_until

NEEDS = ("sftp", "scp", "sftp-server")
OPENSSH_SERVER = pathlib.Path("/usr/lib/openssh/sftp-server")
SEED = int.from_bytes(os.urandom(4), "big")                       # shown where something went wrong
POINTS = {False: 3, True: 50}


def make_tree(root, source):
    (root / "inner" / "deep").mkdir(parents=True)
    for number in range(24):
        size = 4 << 20 if number == 9 else source.choice((0, 1, 1000, 32768, 32769, 100_000, 300_000))
        (root / ("inner", "inner/deep", ".")[number % 3] / f"file {number}").write_bytes(source.randbytes(size))


def sizes(root):
    total = 0
    for path in root.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.lstat().st_size if path.is_file() else 0
    return total


def picture(root):
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            for path in root.rglob("*")}


def command_of(world, program, way, server, tree, target):
    """A command line, and what to tell it: `tree` goes to `target`."""
    if program == "scp":
        places = [tree, f"host:{target.parent}"] if way == "put" else [f"host:{tree}", target.parent]
        return [world.ours("scp"), "-rq", "--resume", "-D", server, *places], b""
    return ([world.ours("sftp"), "-q", "--resume", "-b", "-", "-D", server],
            f"{way} -r \"{tree}\" \"{target.parent}\"\n".encode())


def is_over(group):
    """True when nobody of a process group runs; whoever only waits to be reaped does not."""
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, their_group = entry.read_text().rpartition(")")[2].split()[:3]
            if int(their_group) == group and state != "Z":
                return False
    return True


def kill_at(world, command, words, target, size, everything):
    """Runs until the target is that large; then the client is killed, or its server with it.  Waits for both."""
    limited = [str(command[0]), "-l", "300000", *(str(c) for c in command[1:])]
    client = subprocess.Popen(limited, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env=world.client_environment(), start_new_session=True)
    with contextlib.suppress(BrokenPipeError):
        client.stdin.write(words)
        client.stdin.close()
    wait_until(lambda: client.poll() is not None or sizes(target) >= size, "the tree grows")
    with contextlib.suppress(ProcessLookupError):
        if everything:
            os.killpg(client.pid, signal.SIGKILL)
        else:
            client.kill()
    client.wait(LIMIT)
    wait_until(lambda: is_over(client.pid), "the server ends too")


def all_points(world, program, way, server):
    chance = random.Random(f"{SEED} {program} {way}")
    tree = world.new_folder("source") / "tree"
    make_tree(tree, chance)
    expected, total = picture(tree), sizes(tree)
    for point in range(POINTS[world.full]):
        target = world.new_folder("target") / "tree"
        command, words = command_of(world, program, way, server, tree, target)
        killed_at = sorted(chance.randrange(total) for _ in range(chance.randint(1, 2)))
        for size in killed_at:
            kill_at(world, command, words, target, size, everything=chance.random() < 0.5)
        before = sizes(target)
        ran = run(command, words, world.client_environment())
        evidence = f"seed {SEED}, point {point}, killed at {killed_at} of {total}, {before} were there"
        check(ran.status == 0, evidence, ran)
        check(picture(target) == expected, f"the trees differ: {evidence}", ran)


def each_program(world, way):
    if not OPENSSH_SERVER.exists():
        raise Skip("OpenSSH's sftp-server is not installed")
    for program, server in (("sftp", OPENSSH_SERVER), ("scp", world.ours("sftp-server"))):
        all_points(world, program, way, server)


@promise("a download that was killed anywhere is made whole by --resume")
def downloads(world):
    each_program(world, "get")


@promise("an upload that was killed anywhere is made whole by --resume")
def uploads(world):
    each_program(world, "put")
