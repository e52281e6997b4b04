"""Keys in PKCS#11 tokens, by SoftHSM: ssh-agent, ssh and ssh-keygen through ssh-pkcs11-helper."""
import pathlib

from harness import add, agent, check, children_of, promise, run, wait_until
from tokens import LIBC, PIN, Token

NEEDS = ("ssh", "sshd", "ssh-keygen", "ssh-agent", "ssh-add", "ssh-pkcs11-helper")
OUTSIDE = ["PasswordAuthentication no", "KbdInteractiveAuthentication no"]


@promise("an agent signs with each kind of key of a token, for each client; without keys the library is unloaded")
def in_agent(world):
    token = Token(world)
    files = {kind: token.public_file(world, kind) for kind in token.public}
    with world.sshd(user_keys=files.values(), lines=OUTSIDE) as sshd:
        for suite in ("nacre", "openssh"):
            with agent(world, env=token.env) as socket:
                wrong = add(world, {**socket, **world.askpass("9999")}, "-s", token.library, whose=suite)
                check(wrong.status == 1, "a wrong PIN was taken", wrong)
                add(world, {**socket, **world.askpass(PIN)}, "-s", token.library, whose=suite).succeeded()
                listed = add(world, socket, "-L", whose=suite).succeeded().out.decode()
                check(all(line.split()[1] in listed for line in token.public.values()), "not every key", listed)
                for kind, file in files.items():
                    add(world, socket, "-T", f"{file}.pub", whose=suite).succeeded()
                    world.ssh(sshd, "true", key=f"{file}.pub", program=world.client(suite), env=socket,
                              options=[f"IdentityAgent={socket['SSH_AUTH_SOCK']}"]).succeeded()
                check(helpers(socket), "no helper")
                add(world, socket, "-e", token.library, whose=suite).succeeded()
                check(add(world, socket, "-l").status == 1, "the keys are still there")
                wait_until(lambda: not helpers(socket), "the end of the helper")


def helpers(socket):
    return [name for name in children_of(int(socket["PID"])).values() if "pkcs11" in name]


@promise("ssh -I asks for the PIN when a signature needs it, and says when it was wrong")
def in_ssh(world):
    token = Token(world)
    right, wrong = world.askpass(PIN), world.askpass("9999")
    for kind in token.public:
        with world.sshd(user_keys=[token.public_file(world, kind)], lines=OUTSIDE) as sshd:
            def log_in(env, *options):
                return world.ssh(sshd, "true", key="none", flags=["-I", token.library], env={**token.env, **env},
                                 options=options or ["BatchMode=no"])
            log_in(right).succeeded()
            if kind != "p256":
                continue
            for ran in (log_in(wrong), log_in(world.askpass("")), log_in({}, "BatchMode=yes")):
                check(ran.status == 255 and b"PIN" in ran.err, "in, or no word of the PIN", ran)
    check("Enter PIN for 'nacre'" in pathlib.Path(right["ASKED"]).read_text(), "asked for something else")


@promise("a key in a token is an authority: ssh-keygen -D with -s; and certificates go with a token's keys in the agent")
def certificates(world):
    token = Token(world, ("p256", "ed25519"))
    pin = {**token.env, **world.askpass(PIN)}
    authority, subject = token.public_file(world, "ed25519"), token.public_file(world, "p256")
    user = world.key("ed25519", fresh=True)
    for key in (user, subject):
        run([world.ours("ssh-keygen"), "-q", "-s", f"{authority}.pub", "-D", token.library, "-I", "id", "-n", world.user,
             f"{key}.pub"], env=world.client_environment(**pin)).succeeded()
    empty = world.new_file("nobody", "")
    with world.sshd(lines=[*OUTSIDE, f"TrustedUserCAKeys {authority}.pub", f"AuthorizedKeysFile {empty}"]) as sshd:
        world.ssh(sshd, "true", key=user).succeeded()
        with agent(world, env=token.env) as socket:
            add(world, {**socket, **pin}, "-C", "-s", token.library, f"{subject}-cert.pub").succeeded()
            listed = add(world, socket, "-l").succeeded().out
            check(listed.count(b"\n") == 1 and b"ECDSA-CERT" in listed, "more than the certificate", listed)
            world.ssh(sshd, "true", key=f"{subject}-cert.pub", env=socket,
                      options=[f"IdentityAgent={socket['SSH_AUTH_SOCK']}"]).succeeded()


@promise("of a library's tokens each has its own PIN: a key's token is asked for by name, and no other one counts a mistake")
def two_tokens(world):
    first = Token(world, ("p256",))
    other = Token(world, ("ed25519",), label="other", pin="5678", beside=first)
    pairs = [(token, kind, token.public_file(world, kind)) for token, kind in ((first, "p256"), (other, "ed25519"))]
    for token, kind, file in pairs:
        right = world.askpass(token.pin)
        with world.sshd(user_keys=[file], lines=OUTSIDE) as sshd:
            world.ssh(sshd, "true", key="none", flags=["-I", token.library], env={**token.env, **right},
                      options=["BatchMode=no"]).succeeded()
        asked = pathlib.Path(right["ASKED"]).read_text()
        check(asked == f"Enter PIN for '{token.label}': \n", "another token was asked for, or more than one", asked)
    with agent(world, env=first.env) as socket:
        for pin in ("9999", ""):
            ran = add(world, {**socket, **world.askpass(pin)}, "-s", first.library)
            check(ran.status == 1 and b"Could not add card" in ran.err, f"'{pin}' was taken for a PIN", ran)
            check(add(world, socket, "-l").status == 1, f"'{pin}': there are keys")
        for count, (token, kind, file) in enumerate(pairs, 1):
            add(world, {**socket, **world.askpass(token.pin)}, "-s", token.library).succeeded()
            listed = add(world, socket, "-L").succeeded().out.decode().splitlines()
            check(len(listed) == count, f"after the PIN of '{token.label}' other keys than its own", listed)
            for _, _, known in pairs[:count]:
                add(world, socket, "-T", f"{known}.pub").succeeded()


@promise("only libraries that -P allows are loaded, and nothing that is no PKCS#11 library")
def libraries(world):
    token = Token(world, ("p256",))
    pin = world.askpass(PIN)
    with agent(world, "nacre", "-P", "/nowhere/*", env=token.env) as socket:
        check(add(world, {**socket, **pin}, "-s", token.library).status == 1, "loaded from outside -P")
    with agent(world, "nacre", "-P", "/usr/*", env=token.env) as socket:
        for other in (LIBC, "/usr/bin/env", "/usr/share/nothing.so"):
            check(add(world, {**socket, **pin}, "-s", other).status == 1, f"{other} was loaded")
        link = world.new_folder("links") / "library.so"
        link.symlink_to(token.library)
        add(world, {**socket, **pin}, "-s", link).succeeded()
        check(add(world, socket, "-e", token.library).status == 0, "its true name is not known")
    ran = run([world.ours("ssh-keygen"), "-D", LIBC])
    check(ran.status != 0 and b"library for something else" in ran.err, "libc was loaded", ran)


@promise("constraints hold for a token's keys: they die in time, and each use is confirmed")
def constraints(world):
    token = Token(world, ("p256",))
    file = token.public_file(world, "p256")
    says_no = world.askpass("no")
    with agent(world, env={**token.env, **says_no}) as socket:
        add(world, {**socket, **world.askpass(PIN)}, "-c", "-s", token.library).succeeded()
        check(add(world, socket, "-T", f"{file}.pub").status == 1, "used without consent")
        check("Allow use of key" in pathlib.Path(says_no["ASKED"]).read_text(), "nobody was asked")
    with agent(world, env=token.env) as socket:
        add(world, {**socket, **world.askpass(PIN)}, "-t", "1", "-s", token.library).succeeded()
        wait_until(lambda: add(world, socket, "-l").status == 1, "the end of its lifetime")
        wait_until(lambda: not helpers(socket), "the end of the helper")
