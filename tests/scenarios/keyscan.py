"""ssh-keyscan: what it finds is what OpenSSH's finds, of many hosts at once, and whatever they do."""
import socket
import subprocess
import threading
import time

from harness import LIMIT, check, promise, run
from name_server import name_server

NEEDS = ("ssh-keyscan", "ssh-keygen", "sshd")
KINDS = ("rsa", "ecdsa", "ed25519")


def keys_of(world):
    return [world.key("rsa", 2048), world.key("ecdsa", 256), world.key("ed25519")]


def scan(world, server, *arguments, program=None, input=b""):
    return run([program or world.ours("ssh-keyscan"), "-T", "20", "-p", server.port, *arguments], input)


@promise("the keys of OpenSSH's server and of ours, line for line as OpenSSH's ssh-keyscan prints them")
def same_lines(world):
    for whose in ("openssh", "nacre"):
        with world.sshd(whose, host_keys=keys_of(world)) as server:
            for arguments in (["127.0.0.1"], ["-t", "ed25519", "127.0.0.1,Alias"], ["-D", "127.0.0.1"],
                              ["-t", "rsa,ecdsa", "127.0.0.1"], ["-4", "-t", "ed25519", "localhost"]):
                ours = scan(world, server, *arguments).succeeded()
                theirs = scan(world, server, *arguments, program=world.peer("ssh-keyscan")).succeeded()
                check(sorted(ours.out.splitlines()) == sorted(theirs.out.splitlines()), f"{arguments}", ours, theirs)
                check(set(theirs.err.splitlines()) == set(ours.err.splitlines()), "comments differ", ours, theirs)
            quiet = scan(world, server, "-q", "-O", "hashalg=sha256", "-D", "127.0.0.1").succeeded()
            check(not quiet.err and len(quiet.out.splitlines()) == 3, "one record a key, and silence", quiet)


@promise("hashed lines let ssh in, and are found by ssh-keygen -F")
def hashed(world):
    with world.sshd("openssh", host_keys=keys_of(world)) as server:
        lines = scan(world, server, "-H", "127.0.0.1").succeeded().out
        check(b"127.0.0.1" not in lines and lines.startswith(b"|1|"), "not hashed", lines)
        server.known_hosts = world.new_file("known_hosts", lines)
        check(world.ssh(server, "echo", "in").succeeded().out == b"in\n", "no login with scanned keys")
        found = run([world.peer("ssh-keygen"), "-F", f"[127.0.0.1]:{server.port}", "-f", server.known_hosts])
        check(found.status == 0 and found.out.count(b"found") == 3, "not found", found)


@promise("certificates with -c, as OpenSSH prints them")
def certificates(world):
    key, authority = world.key("ed25519", fresh=True), world.key("ed25519", fresh=True)
    run([world.peer("ssh-keygen"), "-q", "-s", authority, "-I", "host", "-h", f"{key}.pub"]).succeeded()
    with world.sshd("openssh", host_keys=[key], lines=[f"HostCertificate {key}-cert.pub"]) as server:
        ours = scan(world, server, "-c", "127.0.0.1").succeeded()
        theirs = scan(world, server, "-c", "127.0.0.1", program=world.peer("ssh-keyscan")).succeeded()
        check(ours.out == theirs.out and b"cert-v01" in ours.out, "certificates differ", ours, theirs)


@promise("three hundred hosts at once, from a list and a network, one loop and few descriptors")
def many(world):
    with world.sshd("openssh", lines=["MaxStartups 1000", "ListenAddress 127.0.1.1"]) as server:
        hosts = "".join(f"127.0.0.1 host{i}\n" for i in range(300))
        ran = run(["sh", "-c", f"ulimit -n 64; exec {world.ours('ssh-keyscan')} -q -T 60 -t ed25519 -p {server.port} -f -"],
                  hosts.encode()).succeeded()
        names = {line.split()[0] for line in ran.out.decode().splitlines()}
        check(names == {f"[host{i}]:{server.port}" for i in range(300)}, f"{len(names)} of 300 hosts", ran)
        network = scan(world, server, "-q", "-t", "ed25519", "127.0.1.0/28").succeeded()
        check(network.out.startswith(b"[127.0.1.1]:") and len(network.out.splitlines()) == 1, "one of sixteen", network)


@promise("hosts that are silent, that talk nonsense or that are not there cost their time once, not one after the other")
def bad_hosts(world):
    with socket.create_server(("127.0.0.1", 0)) as silent, world.sshd("openssh") as server:
        silent.listen(64)
        port = silent.getsockname()[1]
        start = time.monotonic()
        ran = run([world.ours("ssh-keyscan"), "-T", "2", "-t", "ed25519", "-p", port, *["127.0.0.1"] * 40])
        took = time.monotonic() - start
        check(ran.status == 1 and not ran.out, "keys of a silent host", ran)
        check(took < 30, f"forty silent hosts took {took:.1f} s, one after the other")
        mixed = scan(world, server, "-q", "-t", "ed25519", "127.0.0.9", "nowhere.invalid", "127.0.0.1")
        check(mixed.status == 0 and len(mixed.out.splitlines()) == 1, "the good one is found", mixed)
        check(b"nowhere.invalid" in mixed.err, "no word about a name that leads nowhere", mixed)


@promise("a name that is looked up for long holds up no other host")
def slow_name(world):
    answer = threading.Event()
    zone = {"slow.test": [("A", "127.0.0.1")]}
    with world.sshd() as server, name_server(world, zone, held={"slow.test": answer}):
        process = subprocess.Popen(
            [world.ours("ssh-keyscan"), "-q", "-T", "20", "-t", "ed25519", "-p", str(server.port),
             "slow.test", "127.0.0.1"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        try:
            first = process.stdout.readline()
            answer.set()
            rest = process.communicate(timeout=LIMIT)[0]
        finally:
            answer.set()
            process.kill()
            process.wait()
    check(first.startswith(b"[127.0.0.1]:") and rest.startswith(b"[slow.test]:"), "not in this order", first, rest)


@promise("of several addresses of a host the next is asked where one refuses or is silent; each is told of once")
def next_address(world):
    with world.sshd(host_keys=keys_of(world)) as server, socket.create_server(("127.0.0.2", server.port)) as silent:
        silent.listen(64)
        ran = scan(world, server, "-q", "-T", "10", "-f", "-", input=b"127.0.0.3,127.0.0.2,127.0.0.1 far\n").succeeded()
    lines = ran.out.decode().splitlines()
    check(len(lines) == len(KINDS) and all(line.startswith(f"[far]:{server.port} ") for line in lines), "its keys", ran)
    for host, reason in ((b"127.0.0.3", b"refused"), (b"127.0.0.2", b"timed out")):
        told = [line for line in ran.err.splitlines() if line.startswith(host + b": ")]
        check(len(told) == 1 and reason in told[0], f"{host}: not told once", ran)


@promise("a host that hangs up is told of once, not once for each type of key")
def hangs_up(world):
    with socket.create_server(("127.0.0.1", 0)) as rude:
        stop = threading.Event()

        def hang_up():
            while not stop.is_set():
                rude.accept()[0].close()
        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        ran = run([world.ours("ssh-keyscan"), "-T", "20", "-p", rude.getsockname()[1], "127.0.0.1", "localhost"])
        stop.set()
        socket.create_connection(rude.getsockname()).close()
        thread.join()
        lines = ran.err.splitlines()                                # a reset may overtake the end of the file: two texts at most
        for host in (b"127.0.0.1: ", b"localhost: "):
            told = [line for line in lines if line.startswith(host)]
            check(told and len(told) == len(set(told)), f"{host} not once", ran)
        check(ran.status == 1, "the status", ran)


@promise("wrong arguments are said, with OpenSSH's statuses")
def arguments(world):
    for words, status in ((["-t", "dsa-ng", "h"], 255), (["-p", "0", "h"], 1), (["-p", "ssh", "h"], 1), (["-T", "soon", "h"], 1),
                          (["-T", "0", "h"], 1), ([], 1), (["-f", "/nowhere"], 255)):
        ours, theirs = (run([program("ssh-keyscan"), *words]) for program in (world.ours, world.peer))
        check(ours.err and ours.status == theirs.status == status, f"{words}", ours, theirs)
    for words in ["-O", "hashalg=md5", "h"], ["10.0.0.0/2"]:      # what only newer versions know, or would walk for years
        ran = run([world.ours("ssh-keyscan"), *words])
        check(ran.status == 255 and ran.err, f"{words}", ran)


@promise("a host that was named and is not there is told once, with its port and the reason; those of a network are not")
def nobody_there(world):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ran = run([world.ours("ssh-keyscan"), "-p", port, "127.0.0.1", "127.0.0.8/30"])
    check(ran.status == 1 and not ran.out, "the status", ran)
    check(ran.err.decode() == f"127.0.0.1: connect to port {port}: Connection refused\n", "not told as it should be", ran)
    listed = run([world.ours("ssh-keyscan"), "-q", "-p", port, "-f", "-"], b"127.0.0.1 alias\n")
    check(listed.err.decode() == f"127.0.0.1: connect to port {port}: Connection refused\n", "not told, of a list", listed)
