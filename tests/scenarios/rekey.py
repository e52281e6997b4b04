"""New keys in the middle of a transfer lose nothing."""
import hashlib
import os

from harness import check, promise
from pairs import for_each_pair

MEBIBYTE = 1 << 20


@for_each_pair("64 MiB each way survive a new key every MiB, asked by the client")
def by_client(world, sshd, ssh):
    data = os.urandom(64 * MEBIBYTE)
    # Not sntrup761, each exchange of which costs OpenSSH's client most of a second of a loaded processor.
    ran = world.ssh(sshd, "cat", input=data, program=ssh, limit=600,
                    options=["RekeyLimit=1M", "LogLevel=DEBUG1", "KexAlgorithms=curve25519-sha256"]).succeeded()
    check(hashlib.sha256(ran.out).digest() == hashlib.sha256(data).digest(),
          f"{len(ran.out)} bytes of {len(data)} came back", ran.err[-3000:])
    check(ran.err.count(b"SSH2_MSG_NEWKEYS received") > 20,
          "hardly any new keys: the log names few SSH2_MSG_NEWKEYS", ran.err[-3000:])


@promise("our server asks for new keys as RekeyLimit says")
def by_server(world):
    data = os.urandom(20 * MEBIBYTE)
    with world.sshd(lines=["RekeyLimit 1M"]) as sshd:
        for client in ("nacre", "openssh"):
            ran = world.ssh(sshd, "cat", input=data, program=world.client(client), limit=600,
                            options=["LogLevel=DEBUG1"]).succeeded()
            check(ran.out == data, f"the bytes differ with {client}'s client", ran.err[-3000:])
            check(ran.err.count(b"SSH2_MSG_NEWKEYS received") > 5, f"no new keys with {client}'s client",
                  ran.err[-3000:])


@promise("dropbear asks for new keys and our client follows")
def against_dropbear(world):
    data = os.urandom(8 * MEBIBYTE)
    with world.dropbear() as server:
        ran = world.ssh(server, "cat", input=data, options=["RekeyLimit=1M"], limit=600).succeeded()
        check(ran.out == data, "the bytes differ", ran.err[-3000:])


@promise("new keys by time: an idle session survives them")
def by_time(world):
    with world.sshd(lines=["RekeyLimit default 1"]) as sshd:
        ran = world.ssh(sshd, "for i in 1 2 3 4 5; do echo $i; sleep 0.7; done",
                        options=["RekeyLimit=default 1", "LogLevel=DEBUG1"]).succeeded()
        check(ran.out == b"1\n2\n3\n4\n5\n", "output is missing", ran)
        check(ran.err.count(b"SSH2_MSG_NEWKEYS received") > 1, "no new keys", ran.err[-3000:])
