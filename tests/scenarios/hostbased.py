"""Host-based logins: on the word of the client's machine, in all pairs of ours and OpenSSH's ssh, ssh-keysign and sshd."""
import os
import pathlib
import pwd
import shutil
import subprocess
import sys

from harness import PASSWORD, Server, Skip, check, free_port, promise, run

ONLY = ["HostbasedAuthentication=yes", "PreferredAuthentications=hostbased", "IdentityFile=none"]
ON = ["HostbasedAuthentication yes", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
      "PubkeyAuthentication no"]
SYSTEM = pathlib.Path("/etc/ssh")
OPENSSH_KEYSIGN = pathlib.Path("/usr/lib/openssh/ssh-keysign")


class Machine:
    """The isolated machine's files, made for host-based logins; both ends are this machine."""

    def __init__(self, world):
        world.need_isolation()
        self.world = world
        self.account = pwd.getpwnam(world.user)
        for stale in SYSTEM.glob("ssh_host_*"):
            stale.unlink()
        for kind, bits in (("ed25519", []), ("ecdsa", ["-b", "256"]), ("rsa", ["-b", "2048"])):
            run([world.ours("ssh-keygen"), "-q", "-t", kind, *bits, "-N", "", "-f", SYSTEM / f"ssh_host_{kind}_key"]).succeeded()
        self.put(SYSTEM / "ssh_config", "EnableSSHKeysign yes\n")
        self.put(SYSTEM / "shosts.equiv", "")
        self.put("/etc/hosts", "127.0.0.1 here.example\n127.0.0.2 there.example\n")
        self.know(SYSTEM / "ssh_known_hosts", "here.example")
        for name in (".shosts", ".rhosts", ".ssh"):
            path = self.home(name)
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        for program in (world.ours("ssh-keysign"), OPENSSH_KEYSIGN):
            if program.exists():
                program.chmod(0o4755)

    def put(self, path, text, owner=None):
        path = pathlib.Path(path)
        path.write_text(text)
        path.chmod(0o644)
        if owner:
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def home(self, name):
        return pathlib.Path(self.account.pw_dir) / name

    def put_home(self, name, text, mode=0o644):
        self.put(self.home(name), text, self.account)
        self.home(name).chmod(mode)

    def keys(self):
        return sorted(SYSTEM.glob("ssh_host_*_key.pub"))

    def know(self, path, names, marker="", owner=None):
        self.put(path, "".join(f"{marker}{names} {key.read_text()}" for key in self.keys()), owner)

    def ssh(self, server, whose="nacre", options=(), as_user=None, user=None):
        """As the throw-away user (or another), with the system's configuration, as ssh-keysign needs it."""
        world = self.world
        command = world.ssh_command(server, "echo in", options=[*ONLY, *options], user=user,
                                    program=world.client(whose))
        who = as_user or self.account
        folder = world.new_folder("as-user")
        os.chown(folder, who.pw_uid, who.pw_gid)
        return run(["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", *command],
                   env=world.client_environment(HOME=str(folder)))


def expect(ran, inside, what):
    if inside:
        check(ran.status == 0 and ran.out == b"in\n", f"{what}: not in", ran)
    else:
        check(ran.status == 255 and ran.out == b"", f"{what}: in!", ran)


def served(world, whose="nacre", lines=()):
    server = world.sshd(whose, lines=[*ON, *lines], user_keys=[])
    server.known_hosts.chmod(0o644)
    return server


@promise("a host-based login works in all pairs of ours and OpenSSH's, with keys of all kinds")
def pairs(world):
    machine = Machine(world)
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    for client, server in (("nacre", "nacre"), ("nacre", "openssh"), ("openssh", "nacre")):
        if "openssh" in (client, server) and not OPENSSH_KEYSIGN.exists():
            raise Skip("OpenSSH's ssh-keysign is not installed")
        with served(world, server, ["UseDNS yes"]) as sshd:
            for algorithm in ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256", "rsa-sha2-512"):
                ran = machine.ssh(sshd, client, [f"HostbasedAcceptedAlgorithms={algorithm}"])
                expect(ran, True, f"{client} to {server}, {algorithm}")
            if server == "nacre":
                sshd.wait_for_log(r"Accepted hostbased for nacre from 127\.0\.0\.1 port \d+ ssh2: RSA SHA256:\S+, "
                                  r'client user "nacre", client host "here\.example"')


@promise("either ssh works with either ssh-keysign")
def keysigns(world):
    machine = Machine(world)
    if not OPENSSH_KEYSIGN.exists():
        raise Skip("OpenSSH's ssh-keysign is not installed")
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    ours, theirs = world.ours("ssh-keysign"), OPENSSH_KEYSIGN
    for client, at, other in (("nacre", ours, theirs), ("openssh", theirs, ours)):
        copy = world.new_file("keysign")
        shutil.copy(other, copy)
        copy.chmod(0o4755)
        subprocess.run(["mount", "--bind", str(copy), str(at)], check=True)
        try:
            with served(world, lines=["UseDNS yes"]) as sshd:
                expect(machine.ssh(sshd, client), True, f"{client}'s ssh with the other's ssh-keysign")
        finally:
            subprocess.run(["umount", str(at)], check=True)


@promise("the user's own lists count as IgnoreRhosts says, and only if nobody else may write them")
def own_lists(world):
    machine = Machine(world)
    cases = ((".shosts", "no", 0o644, True), (".shosts", "shosts-only", 0o644, True), (".shosts", "yes", 0o644, False),
             (".rhosts", "no", 0o644, True), (".rhosts", "shosts-only", 0o644, False), (".shosts", "no", 0o666, False))
    for name, ignored, mode, inside in cases:
        machine.put_home(name, "here.example nacre\n", mode)
        with served(world, lines=["UseDNS yes", f"IgnoreRhosts {ignored}", "StrictModes yes"]) as sshd:
            expect(machine.ssh(sshd), inside, f"{name} with IgnoreRhosts {ignored}, mode {mode:o}")
        machine.home(name).unlink()


@promise("the lines of a list decide: host, user, refusals, netgroups of nobody, a lone plus")
def lines(world):
    machine = Machine(world)
    machine.put("/etc/netgroup", "machines (here.example,,) (,nacre,)\n")
    machine.put("/etc/nsswitch.conf", pathlib.Path("/etc/nsswitch.conf").read_text().replace("netgroup:", "netgroup: files "))
    with served(world, lines=["UseDNS yes"]) as sshd:
        for text, inside in (("here.example", True), ("HERE.example nacre", True), ("127.0.0.1", True),
                             ("here.example root", False), ("elsewhere.example", False), ("+", False), ("+ +", False),
                             ("-here.example\nhere.example", False), ("here.example -nacre\nhere.example", False),
                             ("+@nobodys", False), ("+@machines", True), ("-@machines\nhere.example", False),
                             ("+@machines +@machines", True), ("here.example @nobodys", False),
                             ("here.example nacre more", False), ("# here.example", False)):
            machine.put(SYSTEM / "shosts.equiv", text + "\n")
            expect(machine.ssh(sshd), inside, repr(text))


@promise("root is not let in by the system's lists, and by its own as PermitRootLogin says")
def root(world):
    machine = Machine(world)
    machine.put(SYSTEM / "shosts.equiv", "here.example\nhere.example nacre\n")
    with served(world, lines=["UseDNS yes", "IgnoreRhosts no", "StrictModes no"]) as sshd:
        expect(machine.ssh(sshd, user="root"), False, "by the system's list")


@promise("the name that the client gives counts only with HostbasedUsesNameFromPacketOnly")
def names(world):
    machine = Machine(world)
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    with served(world) as sshd:
        expect(machine.ssh(sshd), False, "without UseDNS, the address alone is known")
        sshd.wait_for_log("client sends here.example, but we resolve 127.0.0.1 to 127.0.0.1")
        machine.put(SYSTEM / "shosts.equiv", "127.0.0.1\n")
        machine.know(SYSTEM / "ssh_known_hosts", "127.0.0.1")
        expect(machine.ssh(sshd), True, "the address is listed and known")
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    machine.know(SYSTEM / "ssh_known_hosts", "here.example")
    with served(world, lines=["HostbasedUsesNameFromPacketOnly yes"]) as sshd:
        expect(machine.ssh(sshd), True, "the client's word")


@promise("the key must be known for the host, and not be revoked")
def known_keys(world):
    machine = Machine(world)
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    known = SYSTEM / "ssh_known_hosts"
    good = known.read_text()
    with served(world, lines=["UseDNS yes"]) as sshd:
        known.write_text("")
        expect(machine.ssh(sshd), False, "unknown")
        machine.know(known, "elsewhere.example")
        expect(machine.ssh(sshd), False, "another host's")
        machine.know(known, "here.example", "@revoked ")
        known.write_text(good + known.read_text())
        expect(machine.ssh(sshd), False, "revoked")
        sshd.wait_for_log("WARNING: revoked key")
    known.write_text("")
    folder = machine.home(".ssh")
    folder.mkdir(mode=0o755)
    os.chown(folder, machine.account.pw_uid, machine.account.pw_gid)
    machine.put_home(".ssh/known_hosts", good)
    with served(world, lines=["UseDNS yes"]) as sshd:
        expect(machine.ssh(sshd), True, "known to the user")
        known.unlink()
        known.mkdir()
        expect(machine.ssh(sshd), False, "what may revoke it cannot be read")
        sshd.wait_for_log("/etc/ssh/ssh_known_hosts: ")
        known.rmdir()
        known.write_text("")
        machine.put_home(".ssh/known_hosts2", good.replace("here.example", "@revoked here.example"))
        expect(machine.ssh(sshd), False, "revoked by the user")
        machine.home(".ssh/known_hosts2").unlink()
    with served(world, lines=["UseDNS yes", "IgnoreUserKnownHosts yes"]) as sshd:
        expect(machine.ssh(sshd), False, "IgnoreUserKnownHosts")
    known.write_text(good)
    revoked = world.new_file("revoked", "".join(k.read_text() for k in machine.keys()))
    revoked.chmod(0o644)
    with served(world, lines=["UseDNS yes", f"RevokedKeys {revoked}"]) as sshd:
        expect(machine.ssh(sshd), False, "RevokedKeys")


@promise("a host's certificate does instead of its key")
def certificates(world):
    machine = Machine(world)
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    authority = world.key("ed25519", fresh=True)
    (SYSTEM / "ssh_known_hosts").write_text(f"@cert-authority *.example {world.public(authority)}\n")
    for client, server in (("nacre", "nacre"), ("nacre", "openssh"), ("openssh", "nacre")):
        with served(world, server, ["UseDNS yes"]) as sshd:
            for name, inside in (("here.example", True), ("there.example", False)):
                run([world.ours("ssh-keygen"), "-q", "-s", authority, "-I", "a host", "-h", "-n", name,
                     SYSTEM / "ssh_host_ed25519_key.pub"]).succeeded()
                expect(machine.ssh(sshd, client), inside, f"{client} to {server}, certificate of {name}")


@promise("ssh-keysign signs for nobody else, no other host and nothing but logins, and only where it is enabled")
def keysign_refuses(world):
    machine = Machine(world)
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    with served(world, lines=["UseDNS yes"]) as sshd:
        expect(machine.ssh(sshd), True, "as it should be")
        machine.put(SYSTEM / "ssh_config", "EnableSSHKeysign no\n")
        ran = machine.ssh(sshd)
        expect(ran, False, "switched off")
        check(b"EnableSSHKeysign is not set" in ran.err, "the reason is missing", ran)
    machine.put(SYSTEM / "ssh_config", "EnableSSHKeysign yes\n")
    key = (SYSTEM / "ssh_host_ed25519_key.pub").read_text().split()[1]
    name = os.uname().nodename
    good = dict(session=b"x" * 32, number=50, service=b"ssh-connection", method=b"hostbased", algorithm=b"ssh-ed25519",
                host=name.encode() + b".", user=b"nacre", rest=b"")
    for change, inside in (({}, True), ({"session": b"x" * 31}, False), ({"number": 51}, False),
                           ({"service": b"ssh-userauth"}, False), ({"method": b"publickey"}, False),
                           ({"algorithm": b"rsa-sha2-256"}, False), ({"host": b"elsewhere."}, False),
                           ({"host": name.encode()}, False), ({"user": b"root"}, False), ({"rest": b"!"}, False)):
        ran = keysign(world, machine, key, **{**good, **change})
        check((ran.status == 0) == inside and bool(ran.out) == inside, f"{change}", ran)
    ran = keysign(world, machine, world.public(world.key("ed25519")).split()[1], **good)
    check(ran.status == 255 and b"no host key is" in ran.err, "a key that is not this host's", ran)


def keysign(world, machine, key, session, number, service, method, algorithm, host, user, rest):
    import base64

    def string(data):
        return len(data).to_bytes(4, "big") + data
    data = (string(session) + bytes([number]) + string(b"root") + string(service) + string(method) + string(algorithm)
            + string(base64.b64decode(key)) + string(host) + string(user) + rest)
    request = string(b"\x02" + (2).to_bytes(4, "big") + string(data))
    who = machine.account
    return run(["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", world.ours("ssh-keysign")],
               request)


@promise("host-based counts in AuthenticationMethods, with a password, and is told to the session")
def with_password(world):
    machine = Machine(world)
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    server = world.sshd(lines=["HostbasedAuthentication yes", "PasswordAuthentication yes", "UseDNS yes", "ExposeAuthInfo yes",
                               "AuthenticationMethods hostbased,password"], user_keys=[])
    server.known_hosts.chmod(0o644)
    with server as sshd:
        expect(machine.ssh(sshd), False, "host-based alone")
        environment = world.askpass(PASSWORD)
        os.chmod(environment["ASKED"], 0o666)
        command = world.ssh_command(sshd, "cat $SSH_USER_AUTH", options=[
            "HostbasedAuthentication=yes", "PreferredAuthentications=hostbased,password", "IdentityFile=none", "BatchMode=no"])
        who = machine.account
        ran = run(["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", *command],
                  env=world.client_environment(**environment)).succeeded()
        check(ran.out.startswith(b"hostbased ssh-ed25519 AAAA") and ran.out.endswith(b"\npassword\n"), "told otherwise", ran)


@promise("a key that has counted as the host's does not count once more as the user's")
def one_key_once(world):
    machine = Machine(world)
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    who = machine.account
    keys = []
    for name in ("ssh_host_ed25519_key", "ssh_host_ecdsa_key"):
        key = world.new_file(name)
        for end in ("", ".pub"):
            machine.put(f"{key}{end}", pathlib.Path(f"{SYSTEM / name}{end}").read_text(), who)
        key.chmod(0o600)
        keys.append(key)
    server = world.sshd(lines=["HostbasedAuthentication yes", "UseDNS yes", "AuthenticationMethods hostbased,publickey"],
                        user_keys=keys)
    server.known_hosts.chmod(0o644)
    with server as sshd:
        for key, inside in zip(keys, (False, True)):
            command = world.ssh_command(sshd, "echo in", key=key, options=[
                "HostbasedAuthentication=yes", "HostbasedAcceptedAlgorithms=ssh-ed25519",
                "PreferredAuthentications=hostbased,publickey"])
            expect(run(["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", *command],
                       env=world.client_environment()), inside, key.name)


def need_asyncssh():
    if run([sys.executable, "-W", "ignore", "-c", "import asyncssh"]).status != 0:
        raise Skip("asyncssh is not installed")


# argv: port, host key, what to do to the signed bytes.
ASYNCSSH_CLIENT = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
import asyncssh

changes = {"nothing": lambda data: data,
           "another session": lambda data: data[:4] + bytes(32) + data[36:],
           "another user there": lambda data: data[:-5] + b"other",
           "another user here": lambda data: data.replace(b"nacre", b"other", 1)}
change = changes[sys.argv[3]]

class Forger:
    def __init__(self, key): self.key = key
    def sign(self, data): return self.key.sign(change(data))

original = asyncssh.connection.SSHConnection.send_userauth_request
async def send(self, method, *args, key=None, trivial=True):
    await original(self, method, *args, key=Forger(key) if key else None, trivial=trivial)
asyncssh.connection.SSHConnection.send_userauth_request = send

async def main():
    async with asyncssh.connect("127.0.0.1", int(sys.argv[1]), username="nacre", known_hosts=None, config=None,
                                client_host_keysign=None, client_host_keys=[sys.argv[2]], client_host="here.example",
                                client_username="nacre", client_keys=None, agent_path=None,
                                preferred_auth="hostbased") as connection:
        print((await connection.run("echo in")).stdout, end="")
asyncio.run(main())
"""

ASYNCSSH_SERVER = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
import asyncssh

class Server(asyncssh.SSHServer):
    def begin_auth(self, username): return True
    def validate_host_based_user(self, username, client_host, client_username):
        return (username, client_host, client_username) == ("nacre", "here.example", "nacre")

async def main():
    await asyncssh.create_server(Server, "127.0.0.1", int(sys.argv[1]), server_host_keys=[sys.argv[2]],
                                 known_client_hosts=sys.argv[3], trust_client_host=True,
                                 process_factory=lambda p: (p.stdout.write("in\\n"), p.exit(0)))
    await asyncio.Event().wait()
asyncio.run(main())
"""


@promise("asyncssh comes in, but not with a signature of another session or for another user")
def asyncssh_client(world):
    need_asyncssh()
    machine = Machine(world)
    machine.put(SYSTEM / "shosts.equiv", "here.example\n")
    script = world.new_file("client.py", ASYNCSSH_CLIENT)
    with served(world, lines=["UseDNS yes"]) as sshd:
        for change in ("nothing", "another session", "another user there", "another user here"):
            ran = run([sys.executable, script, str(sshd.port), SYSTEM / "ssh_host_ed25519_key", change],
                      env=world.client_environment())
            check((ran.out == b"in\n") == (change == "nothing"), f"signed: {change}", ran)
        check(sshd.log().count("Failed hostbased for nacre") == 3, "not three failures", sshd.log())


@promise("our client comes in to asyncssh's server")
def asyncssh_server(world):
    need_asyncssh()
    machine = Machine(world)
    key, port = world.key("ed25519"), free_port()
    script = world.new_file("server.py", ASYNCSSH_SERVER)
    with Server(world, "asyncssh", [sys.executable, script, port, key, SYSTEM / "ssh_known_hosts"], port,
                world.known_hosts(port, [key])) as server:
        server.known_hosts.chmod(0o644)
        expect(machine.ssh(server), True, "asyncssh")
