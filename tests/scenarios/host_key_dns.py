"""VerifyHostKeyDNS: fingerprints in the DNS, believed as far as DNSSEC vouches for them."""
import base64
import hashlib

from harness import Terminal, check, promise
from name_server import name_server

HOST = "pearl.test"


ALGORITHMS = {"ssh-rsa": 1, "ecdsa-sha2": 3, "ssh-ed25519": 4}    # RFC 4255, 6594, 7479


def record(line, hash_type=2, spoil=False):
    """An SSHFP record of a public key."""
    algorithm = ALGORITHMS["-".join(line.split()[0].split("-")[:2])]
    blob = base64.b64decode(line.split()[1])
    text = (hashlib.sha1 if hash_type == 1 else hashlib.sha256)(blob).hexdigest()
    if spoil:
        text = format(int(text[0], 16) ^ 1, "x") + text[1:]
    return ("SSHFP", (algorithm, hash_type, text))


def enter(world, sshd, verify, *more, hosts=None, **rest):
    sshd.hosts = hosts or world.new_file("known_hosts", "")
    return world.ssh(sshd, "echo in", options=[f"HostName={HOST}", f"VerifyHostKeyDNS={verify}",
                                               f"UserKnownHostsFile={sshd.hosts}", *more], **rest)


def zone(world, *records):
    return {HOST: [("A", "127.0.0.1"), *records]}


@promise("yes: a key that DNSSEC vouches for is trusted in silence, and nothing is written down; OpenSSH agrees")
def secure(world):
    line = world.public(world.key("ed25519"))
    for records in ([record(line)], [record(line, 1)], [record(line, 1), record(line, 2)]):
        with world.sshd() as sshd, name_server(world, zone(world, *records), authentic=True):
            for program in (world.ours("ssh"), world.peer("ssh")):
                ran = enter(world, sshd, "yes", program=program).succeeded()
                check(ran.err == b"" and sshd.hosts.read_text() == "", "not in silence", ran)


@promise("host keys of every type are believed by their records, and by no other's")
def types(world):
    for kind, bits in (("rsa", 3072), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("ed25519", None)):
        key = world.key(kind, bits)
        for hash_type in (1, 2):
            right, wrong = (record(world.public(key), hash_type, spoil) for spoil in (False, True))
            for records, status in (([right], 0), ([wrong], 255)):
                with world.sshd(host_keys=[key]) as sshd, name_server(world, zone(world, *records), authentic=True):
                    ran = enter(world, sshd, "yes")
                    check(ran.status == status, f"{kind} {bits}: not {status} by {records}", ran)


@promise("insecure answers, a resolver that is not trusted, or ask: the key must be known or confirmed as ever")
def insecure(world):
    line = world.public(world.key("ed25519"))
    for verify, authentic, trusted in (("yes", False, True), ("yes", True, False), ("ask", True, True)):
        with world.sshd() as sshd, name_server(world, zone(world, record(line)), authentic, trusted):
            for program in (world.ours("ssh"), world.peer("ssh")):
                ran = enter(world, sshd, verify, program=program)
                check(ran.status == 255 and ran.out == b"", f"{verify}: not refused", ran)


@promise("the question tells whether the DNS has the fingerprint")
def question(world):
    line = world.public(world.key("ed25519"))
    for records, told in (([record(line)], "^Matching host key"), ([], "^No matching host key"),
                          ([record(line, spoil=True)], "^No matching host key")):
        with world.sshd() as sshd, name_server(world, zone(world, *records)):
            hosts = world.new_file("known_hosts", "")
            command = world.ssh_command(sshd, "echo entered", key=world.key("ed25519"), options=[
                f"HostName={HOST}", "VerifyHostKeyDNS=ask", "BatchMode=no", "StrictHostKeyChecking=ask",
                f"UserKnownHostsFile={hosts}"])
            with Terminal(world, command, width=140) as terminal:
                terminal.wait_for(rf"{told} fingerprint found in DNS\.$")
                terminal.wait_for(r"\(yes/no/\[fingerprint\]\)\?")
                terminal.line("yes")
                terminal.wait_for("^entered$")
            check("ssh-ed25519" in hosts.read_text(), "the answer was not written down")


@promise("records that name another key are a loud warning, a good SHA-1 beside a wrong SHA-256 too")
def mismatch(world):
    line = world.public(world.key("ed25519"))
    for records in ([record(line, spoil=True)], [record(line, 1), record(line, 2, spoil=True)]):
        with world.sshd() as sshd, name_server(world, zone(world, *records), authentic=True):
            for program in (world.ours("ssh"), world.peer("ssh")):
                ran = enter(world, sshd, "yes", program=program)
                check(ran.status == 255 and b"IDENTIFICATION HAS CHANGED" in ran.err, "not refused aloud", ran)
            known = world.new_file("known_hosts", f"[{HOST}]:{sshd.port} {line}\n")
            ran = enter(world, sshd, "yes", hosts=known).succeeded()
            check(b"IDENTIFICATION HAS CHANGED" in ran.err and b"DNS" in ran.err, "no warning", ran)


@promise("while a key is replaced, both may stand in the DNS")
def two_keys(world):
    line, other = world.public(world.key("ed25519")), world.public(world.key("ed25519", fresh=True))
    with world.sshd() as sshd, name_server(world, zone(world, record(other), record(line)), authentic=True):
        enter(world, sshd, "yes").succeeded()


@promise("a changed key is refused all the same unless DNSSEC vouches for the new one; that the DNS names it is told")
def changed(world):
    line, old = world.public(world.key("ed25519")), world.public(world.key("ed25519", fresh=True))
    with world.sshd() as sshd, name_server(world, zone(world, record(line))):
        known = world.new_file("known_hosts", f"[{HOST}]:{sshd.port} {old}\n")
        ran = enter(world, sshd, "yes", hosts=known)
        check(ran.status == 255 and b"The DNS names the new key" in ran.err and b"without DNSSEC" in ran.err, "wrong", ran)
    with world.sshd() as sshd, name_server(world, zone(world, record(line)), authentic=True):
        for program in (world.ours("ssh"), world.peer("ssh")):
            known = world.new_file("known_hosts", f"[{HOST}]:{sshd.port} {old}\n")
            enter(world, sshd, "yes", hosts=known, program=program).succeeded()


@promise("what known_hosts has revoked stays so, whatever the DNS says")
def revoked(world):
    line = world.public(world.key("ed25519"))
    with world.sshd() as sshd, name_server(world, zone(world, record(line)), authentic=True):
        ran = enter(world, sshd, "yes", hosts=world.new_file("known_hosts", f"@revoked * {line}\n"))
        check(ran.status == 255 and b"REVOKED" in ran.err, "not refused", ran)


@promise("without records, or without a name server, nothing changes")
def nothing_there(world):
    line = world.public(world.key("ed25519"))
    with world.sshd() as sshd:
        known = f"[{HOST}]:{sshd.port} {line}\n"
        with name_server(world, zone(world), authentic=True):
            check(enter(world, sshd, "yes").status == 255, "an unknown key was accepted")
            enter(world, sshd, "yes", hosts=world.new_file("known_hosts", known)).succeeded()
        numeric = world.ssh(sshd, "true", options=["VerifyHostKeyDNS=yes"]).succeeded()
        check(numeric.err == b"", "an address was looked up", numeric)
