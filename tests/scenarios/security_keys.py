"""Keys in FIDO tokens (a token in software behind ssh-sk-helper), and the composite of ML-DSA-44 and Ed25519."""
import pathlib
import re

from harness import add, agent, check, promise, run
from tokens import LIBC, fido_library, make, token

NEEDS = ("ssh", "sshd", "ssh-keygen", "ssh-agent", "ssh-add", "ssh-sk-helper")
KINDS = ("ed25519-sk", "ecdsa-sk")
OUTSIDE = ["PasswordAuthentication no", "KbdInteractiveAuthentication no"]


def authorized(world, *lines):
    path = world.new_file("authorized", "".join(line + "\n" for line in lines))
    path.chmod(0o644)
    return f"AuthorizedKeysFile {path}"


@promise("a key in a token logs in, between us and OpenSSH both ways")
def login(world):
    env = token(world)
    keys = [make(world, env, kind) for kind in KINDS]
    for client, server in (("nacre", "nacre"), ("nacre", "openssh"), ("openssh", "nacre")):
        with world.sshd(server, user_keys=keys, lines=OUTSIDE) as sshd:
            for key in keys:
                options = [f"SecurityKeyProvider={env['SSH_SK_PROVIDER']}"]
                ran = world.ssh(sshd, "echo in", key=key, env=env, program=world.client(client), options=options)
                check(ran.succeeded().out == b"in\n", f"{client} to {server}: not in", ran)


@promise("a signature without a touch is refused, unless the key's line or its certificate waives the touch")
def touch(world):
    env = token(world)
    untouched = {**env, "SOFT_TOKEN_TROUBLE": "untouched"}
    for kind in KINDS:
        key = make(world, env, kind)
        plain = authorized(world, world.public(key))
        waived = authorized(world, "no-touch-required " + world.public(key))
        for lines, status in (([plain], 255), ([waived], 0), ([waived, "PubkeyAuthOptions touch-required"], 255)):
            with world.sshd(lines=[*OUTSIDE, *lines]) as sshd:
                ran = world.ssh(sshd, "true", key=key, env=untouched)
                check(ran.status == status, f"{lines}: status {ran.status}, not {status}", ran)
                world.ssh(sshd, "true", key=key, env=env).succeeded()
                if status:
                    sshd.wait_for_log(r"signed without a person's touch")
    ca = world.key("ed25519", fresh=True)
    trusted = f"TrustedUserCAKeys {ca}.pub"
    key = make(world, env, "ed25519-sk")
    for options, status in ((["-O", "no-touch-required"], 0), ([], 255)):
        run([world.ours("ssh-keygen"), "-q", "-s", ca, "-I", "id", "-n", world.user, *options, f"{key}.pub"]).succeeded()
        with world.sshd(lines=[*OUTSIDE, trusted, authorized(world)]) as sshd:
            ran = world.ssh(sshd, "true", key=key, env=untouched)
            check(ran.status == status, f"certificate with {options}: {ran.status}", ran)


@promise("verify-required wants a PIN: from the key's line, PubkeyAuthOptions, or a certificate")
def verification(world):
    env = token(world, SOFT_TOKEN_PIN="4711")
    right, wrong = world.askpass("4711"), world.askpass("1234")
    for kind in KINDS:
        weak, strong = make(world, env, kind), make_with_pin(world, env, kind, right)
        ca = world.key("ed25519", fresh=True)
        for key in (weak, strong):
            run([world.ours("ssh-keygen"), "-q", "-s", ca, "-I", "id", "-n", world.user, "-O", "verify-required",
                 f"{key}.pub"]).succeeded()
        both = [world.public(weak), world.public(strong)]
        for lines in ([authorized(world, *("verify-required " + line for line in both))],
                      [authorized(world, *both), "PubkeyAuthOptions verify-required"],
                      [authorized(world), f"TrustedUserCAKeys {ca}.pub"]):
            with world.sshd(lines=[*OUTSIDE, *lines]) as sshd:
                asking = {"options": ["BatchMode=no"]}
                ran = world.ssh(sshd, "true", key=strong, env={**env, **right}, **asking).succeeded()
                check(world.ssh(sshd, "true", key=weak, env={**env, **right}, **asking).status == 255, "no PIN: in", ran)
                ran = world.ssh(sshd, "true", key=strong, env={**env, **wrong}, **asking)
                check(ran.status == 255 and b"wants its PIN" in ran.err, "a wrong PIN got in, or is not told", ran)
        check("Enter PIN for" in pathlib.Path(right["ASKED"]).read_text(), "not asked for the PIN")


def make_with_pin(world, env, kind, askpass, *options):
    return make(world, {**env, **askpass}, kind, "verify-required", *options)


@promise("what is wrong with a token is said: no device, not supported, PIN missing, lies")
def troubles(world):
    env = token(world, SOFT_TOKEN_PIN="4711")
    key = make_with_pin(world, env, "ed25519-sk", world.askpass("4711"))
    with world.sshd(user_keys=[key], lines=OUTSIDE) as sshd:
        for trouble, words in (("no-device", b"device not found"), ("unsupported", b"does not support this"),
                               ("", b"wants its PIN")):
            ran = world.ssh(sshd, "true", key=key, env={**env, "SOFT_TOKEN_TROUBLE": trouble})
            check(ran.status == 255 and words in ran.err, f"{trouble}: says something else", ran)
    liar = make(world, env, "ecdsa-sk")
    with world.sshd(user_keys=[liar], lines=OUTSIDE) as sshd:
        ran = world.ssh(sshd, "true", key=liar, env={**env, "SOFT_TOKEN_TROUBLE": "wrong"})
        check(ran.status == 255 and b"does not fit its key" in ran.err, "a lie passed", ran)
    ran = run([world.ours("ssh-keygen"), "-q", "-t", "ed25519-sk", "-N", "", "-f", world.new_file("none"), "-w",
               LIBC], env=world.client_environment())
    check(ran.status != 0 and b"library for something else" in ran.err, "libc was loaded", ran)


@promise("resident keys come out of the token again: ssh-keygen -K and ssh-add -K")
def resident(world):
    env = token(world, SOFT_TOKEN_PIN="4711")
    pin = {**env, **world.askpass("4711")}
    made = [make(world, pin, "ed25519-sk", "resident", "application=ssh:work", "user=joe"),
            make(world, pin, "ecdsa-sk", "resident")]
    folder = world.new_folder("downloaded")
    ran = run([world.ours("ssh-keygen"), "-K", "-N", ""], env=world.client_environment(**pin), cwd=folder).succeeded()
    names = sorted(path.name for path in folder.iterdir() if not path.name.endswith(".pub"))
    check(names == ["id_ecdsa_sk_rk", "id_ed25519_sk_rk_work_joe"], "other files than expected", names, ran)
    with world.sshd(user_keys=made, lines=OUTSIDE) as sshd:
        for name in names:
            world.ssh(sshd, "true", key=folder / name, env=pin, options=["BatchMode=no"]).succeeded()
        with agent(world, "nacre", "-P", fido_library(world), env=pin) as socket:
            add(world, {**socket, **pin}, "-K").succeeded()
            listed = add(world, socket, "-l").succeeded().out
            check(listed.count(b"\n") == 2, "not both keys", listed)
            world.ssh(sshd, "true", key=made[0], env=socket,
                      options=[f"IdentityAgent={socket['SSH_AUTH_SOCK']}"]).succeeded()
    again = run([world.ours("ssh-keygen"), "-q", "-t", "ecdsa-sk", "-O", "resident", "-N", "", "-f", world.new_file("x")],
                b"n\n", world.client_environment(**pin))
    check(again.status != 0 and b"already exists" in again.out, "a resident key was replaced without asking", again)


@promise("an agent signs with keys in tokens, asks for the PIN, and loads only the libraries it may")
def in_agent(world):
    env = token(world, SOFT_TOKEN_PIN="4711")
    right = world.askpass("4711")
    keys = [make(world, env, "ed25519-sk"), make_with_pin(world, env, "ecdsa-sk", right)]
    with world.sshd(user_keys=keys, lines=OUTSIDE) as sshd:
        with agent(world, "nacre", "-P", fido_library(world), env={**env, **right}) as socket:
            for key in keys:
                add(world, {**socket, **env}, key).succeeded()
                for client in ("nacre", "openssh"):
                    world.ssh(sshd, "true", key=f"{key}.pub", env=socket, program=world.client(client),
                              options=[f"IdentityAgent={socket['SSH_AUTH_SOCK']}"]).succeeded()
                add(world, socket, "-T", f"{key}.pub", whose="openssh").succeeded()
        asked = pathlib.Path(right["ASKED"]).read_text()
        check("Enter PIN for key" in asked and "Confirm user presence" in asked, "not asked", asked)
    with agent(world, env=env) as socket:
        ran = add(world, {**socket, **env}, keys[0])
        check(ran.status == 1 and b"refused" in ran.err, "a library was taken from anywhere", ran)


@promise("an agent takes the certificates of keys in tokens; so do OpenSSH's agent from us, and ours from OpenSSH")
def certified_in_agent(world):
    env, ca = token(world), world.key("ed25519", fresh=True)
    for kind in KINDS:
        key = make(world, env, kind)
        run([world.ours("ssh-keygen"), "-q", "-s", ca, "-I", "id", "-n", world.user, f"{key}.pub"]).succeeded()
        for holder, adder in (("nacre", "nacre"), ("nacre", "openssh"), ("openssh", "nacre")):
            with agent(world, holder, "-P", fido_library(world), env=env) as socket:
                add(world, {**socket, **env}, key, whose=adder).succeeded()
                listed = add(world, socket, "-L").succeeded().out
                check(b"-cert-v01@openssh.com" in listed, f"{kind}: {adder} to {holder}", listed)


@promise("AddKeysToAgent gives the agent a token's key with its library, and the next login goes by the agent")
def given_to_agent(world):
    env = token(world)
    key = make(world, env, "ed25519-sk")
    for whose, allow in (("nacre", ["-P", fido_library(world)]), ("openssh", ["-P", fido_library(world)])):
        with world.sshd(user_keys=[key], lines=OUTSIDE) as sshd, agent(world, whose, *allow, env=env) as socket:
            options = [f"IdentityAgent={socket['SSH_AUTH_SOCK']}"]
            world.ssh(sshd, "true", key=key, env=env, options=[*options, "AddKeysToAgent=yes"]).succeeded()
            listed = add(world, socket, "-L").succeeded().out
            check(world.public(key).split()[1].encode() in listed, f"{whose}: the agent did not take it", listed)
            world.ssh(sshd, "true", key=f"{key}.pub", options=options).succeeded()


@promise("a host key may be in a token")
def host_key(world):
    env = token(world)
    for kind in KINDS:
        key = make(world, env, kind)
        with world.sshd(host_keys=[key], lines=[f"SecurityKeyProvider {fido_library(world)}"]) as sshd:
            for client in ("nacre", "openssh"):
                world.ssh(sshd, "true", program=world.client(client)).succeeded()


@promise("messages signed by tokens are verified by us and OpenSSH, whichever of the two had them signed")
def messages(world):
    env = world.client_environment(**token(world))
    for kind in KINDS:
        key = make(world, {"SSH_SK_PROVIDER": env["SSH_SK_PROVIDER"]}, kind)
        signers = world.new_file("signers", f"joe {world.public(key)}\n")
        for whose in ("nacre", "openssh"):
            keygen = world.ours("ssh-keygen") if whose == "nacre" else world.peer("ssh-keygen")
            file = world.new_file("message", "text")
            run([keygen, "-Y", "sign", "-f", key, "-n", "file", file], env=env).succeeded()
            for other in (world.ours("ssh-keygen"), world.peer("ssh-keygen")):
                run([other, "-Y", "verify", "-f", signers, "-I", "joe", "-n", "file", "-s", f"{file}.sig"], b"text",
                    env).succeeded()
                ran = run([other, "-Y", "verify", "-f", signers, "-I", "joe", "-n", "file", "-s", f"{file}.sig"], b"test",
                          env)
                check(ran.status != 0, "another text passed", ran)


@promise("a token's key can be revoked, and its certificate can")
def revoked(world):
    env = token(world)
    key = make(world, env, "ed25519-sk")
    krl = world.new_file("krl")
    run([world.ours("ssh-keygen"), "-q", "-k", "-f", krl, f"{key}.pub"]).succeeded()
    krl.chmod(0o644)
    check(run([world.peer("ssh-keygen"), "-Q", "-f", krl, f"{key}.pub"]).status == 1, "OpenSSH does not see it")
    with world.sshd(user_keys=[key], lines=[*OUTSIDE, f"RevokedKeys {krl}"]) as sshd:
        check(world.ssh(sshd, "true", key=key, env=env).status == 255, "a revoked key got in")


@promise("-p -O changes what a token demands; an attestation is written where one was asked for")
def changed(world):
    env = token(world, SOFT_TOKEN_PIN="4711")
    challenge = world.new_file("challenge", "0123456789abcdef0123456789abcdef")
    attestation = world.new_file("attestation")
    key = make(world, env, "ed25519-sk", "no-touch-required", f"challenge={challenge}", f"write-attestation={attestation}")
    written = attestation.read_bytes()
    check(written.startswith(b"\0\0\0\x11ssh-sk-attest-v01") and challenge.read_bytes() in written, "no attestation", written)
    with world.sshd(user_keys=[key], lines=OUTSIDE) as sshd:
        check(world.ssh(sshd, "true", key=key, env=env).status == 255, "in without a touch")
        run([world.ours("ssh-keygen"), "-p", "-q", "-f", key, "-N", "", "-O", "touch-required"]).succeeded()
        world.ssh(sshd, "true", key=key, env=env).succeeded()


@promise("an attestation that has no place to go costs nobody the key, and is told of")
def unsaved_attestation(world):
    env = token(world)
    path = world.new_folder("made") / "id"
    ran = run([world.ours("ssh-keygen"), "-q", "-t", "ed25519-sk", "-N", "", "-f", path, "-O",
               f"write-attestation={path}/none"], env=world.client_environment(**env))
    check(ran.status == 1 and b"the key is saved, but" in ran.err, "not told of", ran)
    with world.sshd(user_keys=[path], lines=OUTSIDE) as sshd:
        world.ssh(sshd, "true", key=path, env=env).succeeded()


@promise("the composite key logs in and proves a host, where it is asked for by name")
def composite(world):
    name = "ssh-mldsa44-ed25519@openssh.com"
    key, host = world.key("mldsa44-ed25519", fresh=True), world.key("mldsa44-ed25519")
    check(re.search(rb"\(MLDSA44-ED25519\)", run([world.ours("ssh-keygen"), "-lf", key]).succeeded().out), "fingerprint")
    with world.sshd(host_keys=[host], user_keys=[key], lines=[*OUTSIDE, f"PubkeyAcceptedAlgorithms {name}",
                                                             f"HostKeyAlgorithms {name}"]) as sshd:
        by_name = [f"HostKeyAlgorithms={name}", f"PubkeyAcceptedAlgorithms={name}"]
        world.ssh(sshd, "true", key=key, options=by_name).succeeded()
        check(world.ssh(sshd, "true", key=key).status == 255, "it is in the default lists")
        with agent(world) as socket:
            add(world, socket, key).succeeded()
            world.ssh(sshd, "true", key=f"{key}.pub", env=socket,
                      options=[*by_name, f"IdentityAgent={socket['SSH_AUTH_SOCK']}"]).succeeded()
    file = world.new_file("message", "text")
    run([world.ours("ssh-keygen"), "-Y", "sign", "-f", key, "-n", "file", file]).succeeded()
    signers = world.new_file("signers", f"joe {world.public(key)}\n")
    run([world.ours("ssh-keygen"), "-Y", "verify", "-f", signers, "-I", "joe", "-n", "file", "-s", f"{file}.sig"],
        b"text").succeeded()
    ca = world.key("mldsa44-ed25519", fresh=True)
    run([world.ours("ssh-keygen"), "-q", "-s", ca, "-I", "id", "-n", world.user, f"{key}.pub"]).succeeded()
    listed = run([world.ours("ssh-keygen"), "-Lf", f"{key}-cert.pub"]).succeeded().out
    check(b"ssh-mldsa44-ed25519-cert-v01@openssh.com" in listed, "no certificate", listed)
