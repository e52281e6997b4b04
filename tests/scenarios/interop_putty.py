"""PuTTY's plink against our sshd: a client that shares no code and few habits with OpenSSH's family."""
import os

from harness import check, promise, run

CIPHERS = {"chacha20": "chacha20-poly1305@openssh.com", "aesgcm": "aes256-gcm@openssh.com", "aes": "aes256-ctr"}
EXCHANGES = ["ntru-curve25519", "ecdh", "dh-gex-sha1", "dh-group18-sha512", "dh-group16-sha512", "dh-group14-sha1"]


def plink(world, sshd, key, *command, cipher="aes", kex="ecdh", input=b""):
    """plink takes its algorithms from a saved session only."""
    home = world.new_folder("putty-home")
    sessions = home / ".putty" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / "scenario").write_text(f"Protocol=ssh\nCipher={cipher},WARN\nKEX={kex},WARN\n")
    fingerprint = run([world.ours("ssh-keygen"), "-l", "-f", f"{world.key('ed25519')}.pub"]).succeeded()
    return run([world.peer("plink"), "-load", "scenario", "-batch", "-ssh", "-P", str(sshd.port), "-i", key, "-noagent",
                "-hostkey", fingerprint.out.decode().split()[1], f"{world.user}@127.0.0.1", *command],
               input, world.client_environment(HOME=str(home)))


def putty_key(world, kind, bits=None):
    """The same key as ours, in PuTTY's format."""
    ours = world.key(kind, bits)
    ppk = world.new_file(f"{kind}.ppk")
    run([world.peer("puttygen"), ours, "-O", "private", "-o", ppk]).succeeded()
    return ppk


@promise("plink gets along with our sshd, with each cipher and key exchange")
def algorithms(world):
    key, payload = putty_key(world, "ed25519"), os.urandom(300000)
    known = world.names(world.ours("ssh"), "kex")
    wanted = {"ntru-curve25519": "sntrup761x25519-sha512@openssh.com", "ecdh": "curve25519-sha256",
              "dh-gex-sha1": "diffie-hellman-group-exchange-sha256", "dh-group14-sha1": "diffie-hellman-group14-sha256",
              "dh-group16-sha512": "diffie-hellman-group16-sha512", "dh-group18-sha512": "diffie-hellman-group18-sha512"}
    every = ",".join(known)
    with world.sshd(lines=[f"KexAlgorithms {every}"]) as sshd:
        for kex in (k for k in EXCHANGES if wanted[k] in known):
            ran = plink(world, sshd, key, "cat; exit 4", kex=kex, input=payload)
            check(ran.status == 4 and ran.out == payload, f"failed with {kex}", ran)
        for cipher in CIPHERS:
            ran = plink(world, sshd, key, "cat; exit 4", cipher=cipher, input=payload)
            check(ran.status == 4 and ran.out == payload, f"failed with {cipher}", ran)


@promise("plink logs in with each type of key that our ssh-keygen made")
def keys(world):
    kinds = [("ed25519", None), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 2048)]
    with world.sshd(user_keys=[world.key(*kind) for kind in kinds]) as sshd:
        for kind in kinds:
            ran = plink(world, sshd, putty_key(world, *kind), "echo in").succeeded()
            check(ran.out == b"in\n", f"failed with {kind}", ran)


@promise("plink sees errors and status apart")
def streams(world):
    with world.sshd() as sshd:
        ran = plink(world, sshd, putty_key(world, "ed25519"), "echo out; echo err >&2; exit 7")
        check(ran.status == 7 and ran.out == b"out\n" and b"err\n" in ran.err, "something is lost", ran)
