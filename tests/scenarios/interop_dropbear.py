"""Dropbear: a small client and a small server with a mind of their own."""
import os
import subprocess

from harness import LIMIT, check, pairwise, promise, run, wait_until

CIPHERS = ["chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-ctr"]
MACS = ["hmac-sha1", "hmac-sha2-256"]
EXCHANGES = ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
             "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256"]


@promise("our ssh gets along with dropbear's server")
def our_client(world):
    payload = os.urandom(200000)
    kinds = {"ed25519": "ssh-ed25519", "ecdsa": "ecdsa-sha2-nistp256", "rsa": "rsa-sha2-256"}
    ours = {q: world.names(world.ours("ssh"), q) for q in ("kex", "cipher", "mac")}
    rows = pairwise(kex=[k for k in EXCHANGES if k in ours["kex"]], cipher=[c for c in CIPHERS if c in ours["cipher"]],
                    mac=[m for m in MACS if m in ours["mac"]], host=list(kinds))
    user_keys = [world.key("ed25519"), world.key("ecdsa", 256), world.key("rsa", 2048)]
    with world.dropbear(host_key_kinds=list(kinds), user_keys=user_keys) as server:
        for number, row in enumerate(rows):
            ran = world.ssh(server, "cat", input=payload, key=user_keys[number % 3], options=[
                f"KexAlgorithms={row['kex']}", f"Ciphers={row['cipher']}", f"MACs={row['mac']}",
                f"HostKeyAlgorithms={kinds[row['host']]}"])
            check(ran.status == 0 and ran.out == payload, f"failed with {row}", ran)
    print(f"    {len(rows)} combinations")


@promise("our ssh hears exit status and errors from dropbear")
def status(world):
    with world.dropbear() as server:
        ran = world.ssh(server, "echo out; echo err >&2; exit 9")
        check(ran.status == 9 and ran.out == b"out\n" and b"err\n" in ran.err, "something is lost", ran)


@promise("that no more sessions follow is told to OpenSSH's server and ours, and to no other")
def no_more_sessions(world):
    for server, is_told in ((world.sshd("openssh"), True), (world.sshd("nacre"), True), (world.dropbear(), False)):
        with server:
            ran = world.ssh(server, "exit 3", options=["LogLevel=DEBUG1"])
            check(ran.status == 3 and (b"that no more sessions will follow" in ran.err) == is_told, server.name, ran)


def dropbear_key(world, kind):
    key = world.new_file(f"dbclient-{kind}")
    shown = run([world.peer("dropbearkey"), "-t", kind, "-f", key]).succeeded().out.decode()
    (key.parent / f"{key.name}.pub").write_text(
        next(line for line in shown.splitlines() if line.startswith(("ssh-", "ecdsa-"))))
    return key


@promise("dbclient gets along with our sshd")
def our_server(world):
    dbclient = world.peer("dbclient")
    payload = os.urandom(200000)
    keys = [dropbear_key(world, kind) for kind in ("ed25519", "ecdsa", "rsa")]
    hosts = [world.key("ed25519"), world.key("ecdsa", 256), world.key("rsa", 3072)]
    known = {q: world.names(world.ours("ssh"), q) for q in ("kex", "cipher")}
    rows = pairwise(kex=[k for k in EXCHANGES if k in known["kex"]], mac=MACS, key=[0, 1, 2],
                    cipher=[c for c in CIPHERS if c in known["cipher"]])
    for kex in sorted({row["kex"] for row in rows}):              # dbclient has no option for it
        lines = ["MACs hmac-sha1,hmac-sha2-256", f"KexAlgorithms {kex}"]
        with world.sshd(host_keys=hosts, user_keys=keys, lines=lines) as sshd:
            for row in (row for row in rows if row["kex"] == kex):
                ran = run([dbclient, "-y", "-y", "-p", str(sshd.port), "-i", keys[row["key"]], "-c", row["cipher"],
                           "-m", row["mac"], f"{world.user}@127.0.0.1", "cat; exit 6"], payload,
                          world.client_environment())
                check(ran.status == 6 and ran.out == payload, f"failed with {row}", ran)
    print(f"    {len(rows)} combinations")


@promise("dbclient ends with its session, also where it still had output to print")
def slow_output(world):
    key, output = dropbear_key(world, "ed25519"), 64 * 1024 + 5000     # more than its pipe holds: the rest stays with it
    with world.sshd(user_keys=[key], lines=["LogLevel DEBUG3"]) as sshd:
        client = subprocess.Popen([world.peer("dbclient"), "-y", "-y", "-p", str(sshd.port), "-i", key,
                                   f"{world.user}@127.0.0.1", f"head -c {output} /dev/zero; exit 6"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env=world.client_environment())
        wait_until(lambda: "send packet: type 97" in sshd.log(), "the session has ended")
        try:
            out, _ = client.communicate(timeout=LIMIT)
        finally:
            client.kill()
        check(client.returncode == 6 and len(out) == output, f"status {client.returncode}, {len(out)} bytes")
