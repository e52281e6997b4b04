"""Certificates, revocation lists, signatures over messages: OpenSSH reads ours, we its, and logins obey them."""
import pathlib
import shutil

from harness import add, agent, check, promise, run

NEEDS = ("ssh", "sshd", "ssh-keygen")
KINDS = [("ed25519", None), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 2048)]


def both_ways(world):
    ours, theirs = world.ours("ssh-keygen"), world.peer("ssh-keygen")
    return (ours, theirs), (theirs, ours)


def public_copy(world, key):
    """The public half alone, in a folder of its own."""
    path = world.new_folder("public") / "id.pub"
    shutil.copy(f"{key}.pub", path)
    return path


def certify(world, program, authority, key, *options):
    copy = public_copy(world, key)
    run([program, "-q", "-s", authority, "-I", "an id", *options, copy]).succeeded()
    return copy.with_name("id-cert.pub")


def with_certificate(world, authority, *options, kind=("ed25519", None)):
    """A fresh private key with a certificate beside it, made by our ssh-keygen."""
    key = world.key(*kind, fresh=True)
    run([world.ours("ssh-keygen"), "-q", "-s", authority, "-I", "a login", *options, key]).succeeded()
    return key


@promise("certificates of every kind by every kind of authority look the same to both programs")
def listings(world):
    for writer, _ in both_ways(world):
        for kind in KINDS:
            for authority in (("ed25519", None), ("ecdsa", 384), ("rsa", 2048)):
                for options in (["-n", "alice,bob", "-z", "7", "-V", "-1d:+52w", "-O", "force-command=date",
                                 "-O", "source-address=192.0.2.0/24", "-O", "no-pty"],
                                ["-h", "-n", "*.example", "-V", "20200101:20400101"],
                                ["-O", "clear", "-O", "critical:strange=thing", "-O", "extension:e@x"],
                                ["-V", "always:forever"]):
                    file = certify(world, writer, world.key(*authority), world.key(*kind), *options)
                    told = [run([p, "-L", "-f", file]).succeeded() for p in both_ways(world)[0]]
                    check(told[0].out == told[1].out, f"{kind} by {authority} of {writer}", *told)
                    if kind != ("ed25519", None):
                        break


@promise("certificates say what was asked for, whoever makes them")
def terms(world):
    listed = []
    for writer, _ in both_ways(world):
        text = b""
        for options in (["-n", "a"], ["-n", "a", "-O", "no-x11-forwarding", "-O", "no-user-rc"],
                        ["-O", "clear", "-O", "permit-pty"],
                        ["-O", "force-command=date", "-O", "source-address=192.0.2.0/24", "-O", "critical:strange=thing",
                         "-O", "extension:e@x", "-O", "verify-required", "-O", "no-touch-required", "-O", "clear"], ["-h", "-n", "h"], ["-V", "0x5:0x10"],
                        ["-V", "20200101000000Z:20210101000000Z"], ["-z", "18446744073709551615"],
                        ["-O", "verify-required", "-O", "no-touch-required"]):
            file = certify(world, writer, world.key(), world.key("ecdsa", 256), *options)
            text += run([world.peer("ssh-keygen"), "-L", "-f", file]).succeeded().out.split(b"\n", 1)[1]
        listed.append(text)
    check(listed[0] == listed[1], "they differ", *listed)


@promise("revocation lists of one are understood by the other, however they name what is revoked")
def revocation_lists(world):
    for writer, reader in both_ways(world):
        authority = world.key("ed25519", fresh=True)
        certificates = [certify(world, writer, authority, world.key(), "-z", str(n)) for n in (1, 5, 7, 40, 64, 100, 1000)]
        certificates.append(certify(world, writer, authority, world.key(), "-z", "2000", "-I", "out"))
        keys = [pathlib.Path(f"{world.key(*kind)}.pub") for kind in KINDS]
        specification = world.new_file("spec", "serial: 1\nserial: 5-7\nserial: 0x28\nserial: 0100\nserial: 200-300\nserial: 302\n"
                                       "id: out   # of the company\n")
        text = [key.read_text() for key in keys]
        hashes = world.new_file("hashes", f"sha1: {text[1]}sha256: {text[2]}key: {text[3]}")
        file = world.new_folder("krl") / "krl"
        run([writer, "-q", "-k", "-f", file, "-s", f"{authority}.pub", specification, hashes]).succeeded()
        for program in (writer, reader):
            ran = run([program, "-Q", "-f", file, *certificates, *keys])
            check(ran.status == 1, "nothing is revoked", ran)
            revoked = [b"REVOKED" in line for line in ran.out.splitlines()]
            check(revoked == [True] * 5 + [False] * 2 + [True] + [False] + [True] * 3 + [False], f"wrong by {program}", ran)
        told = [run([p, "-Q", "-l", "-f", file]).succeeded() for p in (writer, reader)]
        check(sorted(told[0].out.split(b"\n")) == sorted(told[1].out.split(b"\n")), "they list other things", *told)
        run([reader, "-q", "-k", "-u", "-f", file, keys[4]]).succeeded()
        check(run([writer, "-Q", "-f", file, keys[4]]).status == 1, "what was added is not revoked")
        check(run([writer, "-Q", "-f", file, certificates[0]]).status == 1, "what was there is forgotten")


@promise("signatures over messages of one hold for the other")
def messages(world):
    for signer, verifier in both_ways(world):
        for kind in KINDS:
            key = world.key(*kind)
            message = world.new_file("message", "a message\n")
            run([signer, "-q", "-Y", "sign", "-f", key, "-n", "file", message]).succeeded()
            signature = str(message) + ".sig"
            signers = world.new_file("signers", 'joe@example namespaces="file" ' + world.public(key) + "\n")
            verify = [verifier, "-Y", "verify", "-f", signers, "-n", "file", "-s", signature]
            ran = run([*verify, "-I", "joe@example"], input=b"a message\n").succeeded()
            check(ran.out.startswith(b'Good "file" signature for joe@example with '), "not worded so", ran)
            check(run([*verify, "-I", "jim@example"], input=b"a message\n").status != 0, "another signer is accepted")
            check(run([*verify, "-I", "joe@example"], input=b"a massage\n").status != 0, "another message is accepted")
            found = run([verifier, "-Y", "find-principals", "-f", signers, "-s", signature]).succeeded()
            check(found.out == b"joe@example\n", "not found", found)
            run([verifier, "-Y", "check-novalidate", "-n", "file", "-s", signature], input=b"a message\n").succeeded()
            revoked = world.new_file("revoked", world.public(key) + "\n")
            ran = run([*verify, "-I", "joe@example", "-r", revoked], input=b"a message\n")
            check(ran.status != 0, "a revoked key counts", ran)


def pairs(world):
    return (world.ours("ssh"), "nacre"), (world.peer("ssh"), "nacre"), (world.ours("ssh"), "openssh")


def logins(world, server, lines, *, authority):
    lines = [f"TrustedUserCAKeys {authority}.pub", "LogLevel DEBUG1", *lines]
    return world.sshd(server, user_keys=[], lines=lines)


@promise("a user logs in with a certificate, and what it forbids is forbidden")
def user_certificates(world):
    name = world.user
    for client, server in pairs(world):
        authority = world.key("ecdsa", 256)
        good = {"plain": ["-n", name], "several": ["-n", f"x,{name}", "-V", "-1w:+1w"],
                "address": ["-n", name, "-O", "source-address=127.0.0.0/8"]}
        bad = {"name": ["-n", "somebody"], "nobody": [], "expired": ["-n", name, "-V", "20200101:20210101"],
               "host": ["-n", name, "-h"], "future": ["-n", name, "-V", "20900101:20910101"],
               "critical": ["-n", name, "-O", "critical:strange"],
               "address": ["-n", name, "-O", "source-address=192.0.2.0/24"]}
        with logins(world, server, [], authority=authority) as sshd:
            for kind in KINDS:
                key = with_certificate(world, authority, "-n", name, kind=kind)
                world.ssh(sshd, "true", program=client, key=key).succeeded()
        only = "PubkeyAcceptedAlgorithms rsa-sha2-512-cert-v01@openssh.com"
        with logins(world, server, [only], authority=authority) as sshd:
            key = with_certificate(world, authority, "-n", name, kind=("rsa", 2048))
            world.ssh(sshd, "true", program=client, key=key).succeeded()
        with logins(world, server, [], authority=authority) as sshd:
            for what, options in good.items():
                key = with_certificate(world, authority, *options)
                check(world.ssh(sshd, "true", program=client, key=key).status == 0, f"{what} is refused by {server}")
            for what, options in bad.items():
                key = with_certificate(world, authority, *options)
                check(world.ssh(sshd, "true", program=client, key=key).status == 255, f"{what} is let in by {server}")
            key = with_certificate(world, authority, "-n", name, "-O", "force-command=echo forced")
            ran = world.ssh(sshd, "echo asked", program=client, key=key)
            check(ran.out == b"forced\n", "the command is not forced", ran)
            stranger = with_certificate(world, world.key("ed25519", fresh=True), "-n", name)
            check(world.ssh(sshd, "true", program=client, key=stranger).status == 255, "a stranger is trusted")
            check(world.ssh(sshd, "true", program=client, key=authority).status == 255, "the authority logs in")


@promise("principals= on the line of a key that is no authority lets nobody in")
def principals_of_no_authority(world):
    key = world.key("ed25519")
    for options, status in (("", 0), ('principals="a" ', 255), (f'principals="{world.user}" ', 255)):
        authorized = world.new_file("authorized_keys", options + world.public(key) + "\n")
        authorized.chmod(0o644)
        with world.sshd(lines=[f"AuthorizedKeysFile {authorized}"]) as sshd:
            ran = world.ssh(sshd, "true", key=key)
            check(ran.status == status, f"{options}", ran)


@promise("a certificate that has expired is never offered, neither from a file nor from an agent, and its key still is")
def expired_certificate(world):
    authority = world.key("ecdsa", 256)
    # Each is in a place of its own: beside its key, named, in the place of the public half.
    beside, named, instead = (with_certificate(world, authority, "-n", world.user, "-V", "20200101:20210101") for _ in "123")
    certificate = pathlib.Path(f"{named}-cert.pub").rename(world.new_file("named-cert.pub"))
    public = pathlib.Path(f"{instead}.pub")
    line = world.public(instead)
    pathlib.Path(f"{instead}-cert.pub").rename(public)
    for server in ("nacre", "openssh"):
        with world.sshd(server, user_keys=[beside, named], lines=[f"TrustedUserCAKeys {authority}.pub",
                                                                  "MaxAuthTries 1"]) as sshd:
            world.ssh(sshd, "true", key=beside).succeeded()
            world.ssh(sshd, "true", key=named, options=[f"CertificateFile={certificate}"]).succeeded()
            ran = world.ssh(sshd, "true", key=instead)
            check(ran.status == 255 and b"expired" in ran.err, "not explained", ran)
            with agent(world, "nacre") as env:
                add(world, env, "-q", beside, whose="openssh").succeeded()
                check(b"-CERT" in add(world, env, "-l").out, "the agent has no certificate")
                options = [f"IdentityAgent={env['SSH_AUTH_SOCK']}", "IdentitiesOnly=no"]
                missing = world.new_file("no-key")
                ran = world.ssh(sshd, "true", options=options, key=missing).succeeded()
                add(world, env, "-q", "-D").succeeded()
                add(world, env, "-q", instead, whose="openssh")
                ran = world.ssh(sshd, "true", options=options, key=missing)
                check(ran.status == 255, "in by a key that the server does not know", ran)
            check("-CERT SHA256" not in sshd.log(), "a certificate was offered", sshd.log())
    public.write_text(line + "\n")


@promise("a certificate whose file is named with -i uses the key that the agent has; so with OpenSSH")
def named_by_its_file(world):
    authority = world.key("ed25519")
    key = with_certificate(world, authority, "-n", world.user)
    alone = world.new_folder("alone")
    lines = [f"TrustedUserCAKeys {authority}.pub"]
    with agent(world) as env, world.sshd(lines=lines, user_keys=[]) as sshd:
        add(world, env, "-q", "-k", key).succeeded()
        for name in ("x-cert.pub", "id.pub"):
            shutil.copy(f"{key}-cert.pub", alone / name)
            for program in (world.ours("ssh"), world.peer("ssh")):
                ran = world.ssh(sshd, "echo in", key=alone / name, program=program,
                                options=[f"IdentityAgent={env['SSH_AUTH_SOCK']}", "IdentitiesOnly=no"])
                check(ran.out == b"in\n", f"{program} -i {name}: not in", ran)


@promise("lists of names, and revoked keys, authorities and certificates, decide who gets in")
def principals_and_revocations(world):
    authority = world.key("ecdsa", 256)
    names = world.new_file("principals", "# names\nother\nbad-option third\ncommand=\"echo from the list\" fourth\n")
    names.chmod(0o644)
    with logins(world, "nacre", [f"AuthorizedPrincipalsFile {names}", "StrictModes no"], authority=authority) as sshd:
        key = with_certificate(world, authority, "-n", "other")
        check(world.ssh(sshd, "true", key=key).status == 0, "a listed name is refused")
        for wrong in (world.user, "third", "oth", "# names"):
            key = with_certificate(world, authority, "-n", wrong)
            check(world.ssh(sshd, "true", key=key).status == 255, f"{wrong} is let in")
        ran = world.ssh(sshd, "true", key=with_certificate(world, authority, "-n", "fourth"))
        check(ran.out == b"from the list\n", "the line's command is not run", ran)
    folder = world.new_folder("principals")
    for file in ("a", "b"):
        (folder / f"{world.user}_{file}").write_text(f"name-{file}\n")
    with logins(world, "nacre", [f"AuthorizedPrincipalsFile {folder}/%u_*"], authority=authority) as sshd:
        for name, status in (("name-a", 0), ("name-b", 0), ("name-c", 255)):
            key = with_certificate(world, authority, "-n", name)
            check(world.ssh(sshd, "true", key=key).status == status, f"{name}: not {status}")
    key = with_certificate(world, authority, "-n", world.user, "-z", "77")
    lists = {"key": world.public(key), "authority": world.public(authority), "nonsense": "nonsense"}
    for what, content in lists.items():
        revoked = world.new_file("revoked", content + "\n")
        with logins(world, "nacre", [f"RevokedKeys {revoked}"], authority=authority) as sshd:
            check(world.ssh(sshd, "true", key=key).status == 255, f"let in though revoked by {what}")
    krl = world.new_folder("krl") / "krl"
    spec = world.new_file("spec", "serial: 70-80\n")
    run([world.ours("ssh-keygen"), "-q", "-k", "-f", krl, "-s", f"{authority}.pub", spec]).succeeded()
    with logins(world, "nacre", [f"RevokedKeys {krl}"], authority=authority) as sshd:
        check(world.ssh(sshd, "true", key=key).status == 255, "let in though its serial number is revoked")
        other = with_certificate(world, authority, "-n", world.user, "-z", "81")
        check(world.ssh(sshd, "true", key=other).status == 0, "revoked with another's number")


@promise("a host with a certificate is known by its authority, and only as long as it holds")
def host_certificates(world):
    for client, server in pairs(world):
        for options, welcome in ((["-n", "127.0.0.1"], True), (["-n", "other.example"], False), ([], False),
                                 (["-n", "127.0.0.1", "-V", "20200101:20210101"], False)):
            if not options and client == world.peer("ssh"):
                continue                                           # OpenSSH before 10.3 takes it for every name
            authority = world.key("ecdsa", 256)
            host_key = world.key("ed25519", fresh=True)
            run([world.ours("ssh-keygen"), "-q", "-s", authority, "-I", "host", "-h", *options, host_key]).succeeded()
            user = world.key()
            lines = [f"HostCertificate {host_key}-cert.pub"]
            with world.sshd(server, host_keys=[host_key], user_keys=[user], lines=lines) as sshd:
                known = world.new_file("known_hosts", f"@cert-authority * {world.public(authority)}\n")
                wanted = ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}"]
                ran = world.ssh(sshd, "true", program=client, key=user, options=wanted)
                check((ran.status == 0) == welcome, f"{options} of {server}", ran)
                if welcome:
                    text = known.read_text() + f"@revoked * {world.public(authority)}\n"
                    options = [wanted[0], f"UserKnownHostsFile={world.new_file('known_hosts', text)}"]
                    ran = world.ssh(sshd, "true", program=client, key=user, options=options)
                    check(ran.status == 255, "a revoked authority vouches", ran)
