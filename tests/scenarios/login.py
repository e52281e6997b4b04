"""Who may come in: keys, passwords, questions, and what is refused."""
import pathlib
import re
import time

from harness import PASSWORD, Skip, add, agent, check, promise, run, wait_until


def asked(environment):
    return pathlib.Path(environment["ASKED"]).read_text()


PASSWORD_ONLY = ["BatchMode=no", "PubkeyAuthentication=no", "PreferredAuthentications=password"]
KEY_THEN_PASSWORD = ["BatchMode=no", "PreferredAuthentications=publickey,password"]


@promise("a key that is not authorised is refused, and the message names the methods")
def wrong_key(world):
    stranger = world.key("ed25519", fresh=True)
    for client, server in (("nacre", "nacre"), ("nacre", "openssh"), ("openssh", "nacre")):
        with world.sshd(server, user_keys=[world.key("ed25519")], lines=["PasswordAuthentication no",
                        "KbdInteractiveAuthentication no"]) as sshd:
            ran = world.ssh(sshd, "echo in", key=stranger, program=world.client(client))
            check(ran.status == 255 and ran.out == b"", f"{client} to {server}: not refused", ran)
            check(b"Permission denied (publickey)." in ran.err, f"{client} to {server}: the message differs", ran)


@promise("the second key is tried when the first is refused")
def second_key(world):
    stranger = world.key("ecdsa", 256)
    for client, server in (("nacre", "nacre"), ("nacre", "openssh"), ("openssh", "nacre")):
        with world.sshd(server, user_keys=[world.key("ed25519")]) as sshd:
            ran = world.ssh(sshd, "echo in", key=stranger, program=world.client(client),
                            flags=["-i", str(world.key("ed25519"))]).succeeded()
            check(ran.out == b"in\n", "not in", ran)


@promise("a key with a passphrase works once the passphrase is given, and not otherwise")
def passphrase(world):
    key = world.key("ed25519", passphrase="sesame")
    with world.sshd(user_keys=[key]) as sshd:
        right, wrong = world.askpass("sesame"), world.askpass("simsim")
        world.ssh(sshd, "true", key=key, options=["BatchMode=no"], env=right).succeeded()
        check(asked(right).count("passphrase") == 1, "not asked once", asked(right))
        ran = world.ssh(sshd, "true", key=key, options=["BatchMode=no", "PasswordAuthentication=no",
                                                        "KbdInteractiveAuthentication=no"], env=wrong)
        check(ran.status == 255 and b"Permission denied" in ran.err, "a wrong passphrase got in", ran)


@promise("a PEM key that is encrypted and has no .pub is opened when its turn comes, and in no batch")
def locked_key(world):
    locked, other = world.new_folder("pem") / "id", world.key("ed25519")
    run([world.ours("ssh-keygen"), "-q", "-t", "ecdsa", "-m", "PEM", "-N", "sesame", "-f", locked]).succeeded()
    public = locked.with_name("elsewhere.pub")
    locked.with_name("id.pub").rename(public)
    named = public.with_name("elsewhere")
    said = world.askpass("sesame")
    for whose in ("nacre", "openssh"):
        with world.sshd(whose, user_keys=[named, other]) as sshd:
            used = lambda *keys, **rest: world.ssh(sshd, "true", key=keys[0], flags=["-v", *(f"-i{k}" for k in keys[1:])],
                                                   **rest).succeeded().err
            offered = used(locked, other, options=["BatchMode=no"], env=said)
            check(b"ECDSA" in offered and b"Offering public key: " + str(other).encode() not in offered,
                  "the second key was offered", offered.decode())
            batch = used(locked, other, env=said)
            check(b"Offering public key: " + str(other).encode() in batch, "the second key was not tried", batch.decode())
            used(other, locked, options=["BatchMode=no"], env=said)
            check(asked(said).count("passphrase") == (1 if whose == "nacre" else 2), "asked without need", asked(said))


@promise("an unknown user is refused like a known one with a wrong key")
def unknown_user(world):
    stranger = world.key("ed25519", fresh=True)
    with world.sshd(lines=["PasswordAuthentication no", "KbdInteractiveAuthentication no"]) as sshd:
        known = world.ssh(sshd, "true", key=stranger)
        unknown = world.ssh(sshd, "true", key=stranger, user="nobody-of-that-name")
        check(unknown.status == 255, "an unknown user got in", unknown)
        check(known.err.replace(f"{world.user}@".encode(), b"X@") == unknown.err.replace(b"nobody-of-that-name@", b"X@"),
              "the messages differ", known, unknown)


@promise("where the keys of one take long to search, everybody whose key is refused waits as long, be there such a user or not")
def slow_search(world):
    world.need_isolation()
    command = pathlib.Path("/run/slow-keys-command")               # all of its path is root's
    command.write_text('#!/bin/sh\n[ "$1" != root ] || sleep 0.6\n')
    command.chmod(0o755)
    stranger = world.key("ed25519", fresh=True)
    with world.sshd(lines=["PasswordAuthentication no", "AuthorizedKeysFile none", f"AuthorizedKeysCommand {command} %u",
                           "AuthorizedKeysCommandUser nobody"]) as sshd:
        for user in ("root", world.user, "nobody-of-that-name"):
            began = time.monotonic()
            check(world.ssh(sshd, "true", key=stranger, user=user).status == 255, f"{user} got in")
            took = time.monotonic() - began
            check(took > 0.4, f"{user} was refused after {took:.3f} s")   # an eighth less each time, and no less than that


@promise("a password opens the door; a wrong one does not, three times")
def password(world):
    world.need_isolation()
    for client, server in (("nacre", "nacre"), ("nacre", "openssh"), ("openssh", "nacre")):
        with world.sshd(server, user_keys=[], lines=["PasswordAuthentication yes"]) as sshd:
            right, wrong = world.askpass(PASSWORD), world.askpass("wrong")
            ran = world.ssh(sshd, "id -un", program=world.client(client), env=right, options=PASSWORD_ONLY)
            check(ran.status == 0 and ran.out == b"nacre\n", f"{client} to {server}: not in", ran)
            check("password" in asked(right), "asked for something else", asked(right))
            ran = world.ssh(sshd, "id -un", program=world.client(client), env=wrong, options=PASSWORD_ONLY)
            check(ran.status == 255 and b"Permission denied" in ran.err, f"{client} to {server}: in!", ran)
            check(len(asked(wrong).splitlines()) == 3, "not asked three times", asked(wrong))
            if client == "nacre":
                told = b"  password: refused by the server (3 times)\n"
                check(told in ran.err and ran.err.count(b"refused by the server") == 1, "not said once", ran)


@promise("a password through PAM: password and keyboard-interactive")
def pam(world):
    world.need_isolation()
    if not pathlib.Path("/etc/pam.d/sshd").exists():
        raise Skip("no /etc/pam.d/sshd")
    with world.sshd(user_keys=[], pam=True, lines=["PasswordAuthentication yes",
                                                   "KbdInteractiveAuthentication yes"]) as sshd:
        for method in ("password", "keyboard-interactive"):
            for client in ("nacre", "openssh"):
                options = ["BatchMode=no", "PubkeyAuthentication=no", f"PreferredAuthentications={method}"]
                ran = world.ssh(sshd, "id -un", program=world.client(client), env=world.askpass(PASSWORD),
                                options=options)
                check(ran.status == 0 and ran.out == b"nacre\n", f"{client}, {method}: not in", ran)
                ran = world.ssh(sshd, "id -un", program=world.client(client), env=world.askpass("wrong"),
                                options=[*options, "NumberOfPasswordPrompts=1"])
                check(ran.status == 255, f"{client}, {method}: in with a wrong password", ran)


@promise("our client answers keyboard-interactive questions of OpenSSH's server")
def questions(world):
    world.need_isolation()
    with world.sshd("openssh", user_keys=[], pam=True, lines=["KbdInteractiveAuthentication yes"]) as sshd:
        ran = world.ssh(sshd, "id -un", env=world.askpass(PASSWORD), options=[
            "BatchMode=no", "PubkeyAuthentication=no", "PreferredAuthentications=keyboard-interactive"]).succeeded()
        check(ran.out == b"nacre\n", "not in", ran)


@promise("root logs in as PermitRootLogin allows")
def root(world):
    world.need_isolation()
    for value, allowed in (("yes", True), ("prohibit-password", True), ("no", False)):
        with world.sshd(lines=[f"PermitRootLogin {value}"]) as sshd:
            ran = world.ssh(sshd, "id -u", user="root")
            check((ran.status == 0 and ran.out == b"0\n") == allowed, f"PermitRootLogin {value}", ran)


@promise("the log at its usual level says which keys were refused to whom, once nobody was let in; and why a file was not read")
def reasons_in_log(world):
    listed, stranger = world.key("ed25519"), world.key("ed25519", fresh=True)
    with world.sshd(lines=["LogLevel INFO"]) as sshd:
        world.ssh(sshd, "true", key=stranger, flags=["-i", str(listed)]).succeeded()
        sshd.wait_for_log(r"Disconnected from")
        check("Failed" not in sshd.log(), "a login that succeeded has failed keys", sshd.log())
        world.ssh(sshd, "true", key=stranger)
        name = run([world.ours("ssh-keygen"), "-lf", f"{stranger}.pub"]).out.decode().split()[1]
        sshd.wait_for_log(rf"Failed publickey for {world.user} from 127\.0\.0\.1 port \d+ ssh2: ED25519 {re.escape(name)}\n")
    open_folder = world.new_folder("open")
    open_folder.chmod(0o777)
    keys = open_folder / "authorized_keys"
    keys.write_text(world.public(listed) + "\n")
    with world.sshd(lines=["LogLevel INFO", "StrictModes yes", f"AuthorizedKeysFile {keys}"]) as sshd:
        check(world.ssh(sshd, "true").status == 255, "in!")
        sshd.wait_for_log(r"Authentication refused: bad ownership or modes for directory .*-open")


@promise("AllowUsers and DenyUsers decide")
def access(world):
    for lines, allowed in ((["AllowUsers somebody-else"], False), ([f"AllowUsers {world.user}"], True),
                           ([f"DenyUsers {world.user}"], False)):
        with world.sshd(lines=lines) as sshd:
            ran = world.ssh(sshd, "echo in")
            check((ran.status == 0) == allowed, f"{lines}", ran)


@promise("more failures than MaxAuthTries end the connection")
def too_many(world):
    strangers = [world.key("ed25519", fresh=True) for _ in range(4)]
    flags = [f for key in strangers[1:] for f in ("-i", str(key))]
    for client in ("nacre", "openssh"):
        with world.sshd(lines=["MaxAuthTries 3"]) as sshd:
            ran = world.ssh(sshd, "true", key=strangers[0], flags=flags, program=world.client(client))
            check(ran.status == 255 and b"Too many authentication failures" in ran.err, f"{client}: not ended", ran)


@promise("who has failed too often comes again with the keys that were not heard, once, and not with those that were refused")
def keys_not_heard(world):
    strangers = [world.key("ed25519", fresh=True) for _ in range(4)]
    mine = world.key("ed25519")

    def offer(sshd, *keys, **more):
        flags = [f for key in keys[1:] for f in ("-i", str(key))]
        return world.ssh(sshd, "true", key=keys[0], flags=flags, **more)

    for whose in ("nacre", "openssh"):
        with world.sshd(whose, lines=["MaxAuthTries 3"]) as sshd:
            offer(sshd, *strangers, mine).succeeded()
        with world.sshd(whose, lines=["MaxAuthTries 2"]) as sshd:
            offer(sshd, *strangers[:3], mine).succeeded()
        with world.sshd(whose, lines=["MaxAuthTries 2"]) as sshd:
            ran = offer(sshd, *strangers, mine)
            check(ran.status == 255 and sshd.log().count("Connection from") == 2, f"{whose}: more than twice", ran)
        with world.sshd(whose, lines=["MaxAuthTries 3"]) as sshd:
            ran = offer(sshd, *strangers[:3])
            check(ran.status == 255 and b"Too many authentication failures" in ran.err, f"{whose}: not ended", ran)
            check(sshd.log().count("Connection from") == 1, f"{whose}: the same keys were offered again", ran)
        with world.sshd(whose, user_keys=[], lines=["MaxAuthTries 3", "PasswordAuthentication yes"]) as sshd:
            ran = offer(sshd, strangers[0], env=world.askpass("wrong"), options=KEY_THEN_PASSWORD)
            check(ran.status == 255 and b"Too many authentication failures" in ran.err, f"{whose}: not ended", ran)
            check(sshd.log().count("Connection from") == 1, f"{whose}: the same password was offered again", ran)


@promise("where a server breaks off a login after many keys it is said which were refused, and how fewer are offered")
def too_many_offered(world):
    with agent(world) as env:
        for _ in range(8):
            add(world, env, "-q", world.key("ed25519", fresh=True)).succeeded()
        for whose in ("nacre", "openssh"):
            with world.sshd(whose, lines=["MaxAuthTries 3"]) as sshd:
                options = ["IdentitiesOnly=no", f"IdentityAgent={env['SSH_AUTH_SOCK']}"]
                ran = world.ssh(sshd, "true", key="", options=options)
            check(ran.status == 255 and b"Too many authentication failures" in ran.err, f"{whose}: not ended", ran)
            check(b"  publickey with " in ran.err, f"{whose}: the keys are not told", ran)
            check(b"IdentitiesOnly with IdentityFile" in ran.err, f"{whose}: no advice", ran)


@promise("a banner is shown before the login, on standard error, without control characters")
def banner(world):
    text = world.new_file("banner", b"Welcome \x1b[31mred\x07 bird \xdb\x9b\n")
    text.chmod(0o644)
    with world.sshd(lines=[f"Banner {text}"]) as sshd:
        ran = world.ssh(sshd, "echo in").succeeded()
        check(b"Welcome" in ran.err and b"\x1b" not in ran.err and b"\x07" not in ran.err, "the banner is raw", ran)
        check(b"bird \xdb\x9b" in ran.err, "the locale has UTF-8", ran)
        ran = world.ssh(sshd, "echo in", env={"LC_ALL": "C"}).succeeded()
        check(b"bird \\333\\233" in ran.err, "the locale has none", ran)


@promise("a banner, and what /etc/nologin says, end at a NUL, as OpenSSH's sshd has it: its clients end over one")
def nul_in_texts(world):
    text = world.new_file("banner", b"before\n\0behind\0\0\n")
    text.chmod(0o644)
    with world.sshd(lines=[f"Banner {text}"]) as sshd:
        for whose in ("nacre", "openssh"):
            ran = world.ssh(sshd, "echo in", program=world.client(whose))
            check(ran.out == b"in\n" and b"before" in ran.err and b"behind" not in ran.err, f"{whose}: the banner", ran)
        world.need_isolation()
        notice = pathlib.Path("/etc/nologin")
        notice.write_bytes(b"closed\n\0behind\n")
        try:
            for whose in ("nacre", "openssh"):
                ran = world.ssh(sshd, "true", program=world.client(whose))
                check(ran.status == 255 and b"closed" in ran.err and b"behind" not in ran.err and b"invalid format" not in ran.err,
                      f"{whose}: the notice", ran)
        finally:
            notice.unlink()


@promise("what ExposeAuthInfo tells a session is gone with it")
def exposed(world):
    with world.sshd(lines=["ExposeAuthInfo yes"]) as sshd:
        ran = world.ssh(sshd, 'cat "$SSH_USER_AUTH"; dirname "$SSH_USER_AUTH"').succeeded()
        told, folder = ran.out.decode().splitlines()
        check(told.startswith("publickey ssh-ed25519 AAAA"), "told otherwise", ran)
        wait_until(lambda: not pathlib.Path(folder).exists(), f"{folder} is removed", 20)
