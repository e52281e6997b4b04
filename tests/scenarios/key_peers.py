"""Keys go round through everybody else's programs: openssl, PuTTY, Paramiko, and gpg-agent as a home for them."""
import socket
import subprocess
import textwrap

from harness import add, agent, check, promise, run

NEEDS = ("ssh-keygen", "ssh-add", "ssh-agent", "ssh", "sshd")
KINDS = [("ed25519", None), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 2048)]
SECRET = "open sesame"
PARAMIKO_CLASS = {"ed25519": "Ed25519Key", "ecdsa": "ECDSAKey", "rsa": "RSAKey"}
PARAMIKO = textwrap.dedent("""
    import sys, warnings
    warnings.simplefilter("ignore")
    import paramiko
    kind, do, path, passphrase = sys.argv[1:5]
    of = getattr(paramiko, kind)
    if do == "read":
        key = of.from_private_key_file(path, password=passphrase or None)
    else:
        key = of.generate(bits=int(sys.argv[5]))
        key.write_private_key_file(path, password=passphrase or None)
    print(key.get_name(), key.get_base64())
    """)


def made(world, kind, bits, passphrase, form="RFC4716"):
    path = world.new_folder("key") / f"id_{kind}"
    run([world.ours("ssh-keygen"), "-q", "-t", kind, *(["-b", str(bits)] if bits else []), "-N", passphrase, "-a", "2",
         "-m", form, "-C", "round trip", "-f", path]).succeeded()
    return path


def public_of(world, path, passphrase=""):
    return run([world.ours("ssh-keygen"), "-y", "-P", passphrase, "-f", path]).succeeded().out.split()[:2]


def beside(path):
    return path.with_name(path.name + ".pub").read_bytes().split()[:2]


def each_key():
    return [(kind, bits, passphrase) for kind, bits in KINDS for passphrase in ("", SECRET)]


@promise("openssl reads what ssh-keygen writes as PEM and PKCS8, and the reverse")
def openssl(world):
    program = world.peer("openssl")
    keygen = world.ours("ssh-keygen")
    for kind, bits, passphrase in each_key():
        for form in ("PEM", "PKCS8") if kind != "ed25519" else ():   # ssh-keygen writes those in its own form only
            path = made(world, kind, bits, passphrase, form)
            shown = run([program, "pkey", "-in", path, "-passin", f"pass:{passphrase}", "-pubout"]).succeeded().out
            as_public = world.new_file("public.pem", shown)
            back = run([keygen, "-i", "-m", "PKCS8", "-f", as_public]).succeeded().out.split()[:2]
            check(back == beside(path), f"{kind} {bits} {form}: another key")
        choices = {"ed25519": ["-algorithm", "ED25519"], "rsa": ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"],
                   "ecdsa": ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:P-{bits}"]}[kind]
        theirs = world.new_folder("openssl") / "key"
        cipher = ["-aes256", "-pass", f"pass:{passphrase}"] if passphrase else []
        run([program, "genpkey", *choices, *cipher, "-out", theirs]).succeeded()
        theirs.chmod(0o600)
        shown = run([program, "pkey", "-in", theirs, "-passin", f"pass:{passphrase}", "-pubout"]).succeeded().out
        expected = run([keygen, "-i", "-m", "PKCS8", "-f", world.new_file("public.pem", shown)]).succeeded().out.split()[:2]
        check(public_of(world, theirs, passphrase) == expected, f"{kind} {bits} of openssl: another key")


# How openssl encrypts private keys; the last three derive the cipher's key in each way that PKCS #8 files know.
TRADITIONAL = [["-traditional", "-aes128"], ["-traditional", "-aes256"], ["-traditional", "-des3"]]
PKCS8 = [["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"], ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
         ["-v2", "des3"], ["-scrypt", "-scrypt_N", "1024"], ["-v1", "PBE-SHA1-3DES"]]


@promise("ssh and ssh-add themselves open every form of encrypted key that openssl writes")
def encrypted(world):
    program = world.peer("openssl")
    said = world.askpass(SECRET)
    for kind, bits in (("rsa", 2048), ("ecdsa", 256), ("ed25519", None)):
        plain = world.new_folder("openssl") / "plain"
        choices = {"ed25519": ["ED25519"], "rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                   "ecdsa": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]}[kind]
        run([program, "genpkey", "-algorithm", *choices, "-out", plain]).succeeded()
        plain.chmod(0o600)
        plain.with_name("plain.pub").write_bytes(b" ".join(public_of(world, plain)))
        forms = [[{"rsa": "rsa", "ecdsa": "ec"}[kind], *form] for form in TRADITIONAL if kind != "ed25519"]
        with world.sshd(user_keys=[plain]) as sshd, agent(world) as env:
            for number, form in enumerate([*forms, *(["pkcs8", "-topk8", *form] for form in PKCS8)]):
                key = plain.with_name(f"key{number}")
                run([program, *form, "-in", plain, "-passout", f"pass:{SECRET}", "-out", key]).succeeded()
                key.chmod(0o600)
                check(b"ENCRYPTED" in key.read_bytes(), f"{form}: not encrypted")
                ran = world.ssh(sshd, "echo in", key=key, env=said, options=["BatchMode=no"])
                check(ran.succeeded().out == b"in\n", f"{kind} {form}: no login")
                add(world, env, "-D").succeeded()
                add(world, {**env, **said}, key).succeeded()
                check(public_of(world, plain)[1] in add(world, env, "-L").succeeded().out, f"{kind} {form}: not in the agent")


@promise("puttygen takes our keys into its own form and gives them back, plain and encrypted")
def putty(world):
    program = world.peer("puttygen")
    for kind, bits, passphrase in each_key():
        path = made(world, kind, bits, passphrase)
        secret = world.new_file("secret", passphrase)
        secrets = ["--old-passphrase", secret, "--new-passphrase", secret]
        inner = path.with_name("key.ppk")
        run([program, path, "-O", "private", "-o", inner, *secrets]).succeeded()
        check(run([program, inner, "-L"], env=world.client_environment()).succeeded().out.split()[:2] == beside(path),
              f"{kind}: PuTTY sees another key")
        for form in ("private-openssh", "private-openssh-new"):
            back = path.with_name(form)
            run([program, inner, "-O", form, "-o", back, *secrets]).succeeded()
            back.chmod(0o600)
            check(public_of(world, back, passphrase) == beside(path), f"{kind} {form}: another key came back")


@promise("Paramiko reads our private keys, and we read the ones it writes")
def paramiko(world):
    python = "/usr/bin/python3"
    if run([python, "-W", "ignore", "-c", "import paramiko"]).status != 0:
        world.peer("python3-paramiko")                            # says that it is missing

    def does(kind, what, path, passphrase, bits=0):
        return run([python, "-c", PARAMIKO, PARAMIKO_CLASS[kind], what, path, passphrase, str(bits)]).succeeded().out.split()

    for kind, bits, passphrase in each_key():
        forms = ["RFC4716"] if kind == "ed25519" else ["RFC4716", "PEM"]
        for form in forms:
            path = made(world, kind, bits, passphrase, form)
            check(does(kind, "read", path, passphrase) == beside(path), f"{kind} {bits} {form}: Paramiko sees another key")
        if kind != "ed25519":                                     # those it cannot make
            theirs = world.new_folder("paramiko") / "key"
            check(does(kind, "make", theirs, passphrase, bits) == public_of(world, theirs, passphrase),
                  f"{kind} {bits}: we see another key than Paramiko")


# Answers every question of gpg-agent: no passphrase, and that this is meant.
PINENTRY = """#!/bin/sh
echo "OK at your service"
while read -r word rest; do
    case $word in
    GETPIN) echo "D "; echo OK ;;
    BYE) echo OK; exit 0 ;;
    *) echo OK ;;
    esac
done
"""


@promise("keys that ssh-add gives to gpg-agent are listed, and ssh logs in with them")
def gpg_agent(world):
    program = world.peer("gpg-agent")
    home = world.new_folder("gnupg")
    home.chmod(0o700)
    pinentry = world.new_file("pinentry", PINENTRY)
    pinentry.chmod(0o755)
    sockets = world.new_folder("sockets")
    environment = world.client_environment(GNUPGHOME=str(home), XDG_RUNTIME_DIR=str(sockets))
    (home / "gpg-agent.conf").write_text(f"pinentry-program {pinentry}\nenable-ssh-support\n")
    subprocess.run([program, "--homedir", str(home), "--daemon"], env=environment, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=True)   # it keeps what it got
    try:
        env = {"SSH_AUTH_SOCK": str(next(world.folder.rglob("S.gpg-agent.ssh")))}
        for kind, bits in (("ed25519", None), ("rsa", 2048), ("ecdsa", 256)):
            key = world.key(kind, bits)
            add(world, env, key).succeeded()
            listed = add(world, env, "-L").succeeded().out.decode()
            check(world.public(key).split()[1] in listed, f"{kind} is not listed", listed)
            with world.sshd("openssh", user_keys=[key]) as sshd:
                ran = run(world.ssh_command(sshd, "echo in", flags=["-i", f"{key}.pub"], options=["IdentityAgent=SSH_AUTH_SOCK"]),
                          env=world.client_environment(**env))
                check(ran.succeeded().out == b"in\n", f"{kind}: not in", ran)
    finally:
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(next(world.folder.rglob("S.gpg-agent"))))
            control.sendall(b"KILLAGENT\n")
            while control.recv(4096):
                pass
