"""ssh-copy-id: keys get to OpenSSH's server and to ours, once, whatever is in the file already."""
import os
import pathlib
import pwd
import shutil

from harness import PASSWORD, agent, check, promise, run

NEEDS = ("ssh", "sshd", "ssh-keygen", "ssh-copy-id", "ssh-add", "ssh-agent")


class Account:
    """The throw-away user's ~/.ssh, empty before and after; a key of the world lets us in for the copying."""

    def __init__(self, world, whose, lines=()):
        world.need_isolation()
        self.world, self.folder = world, world.home / ".ssh"
        self.file = self.folder / "authorized_keys"
        self.way_in = world.new_file("way-in", world.public(world.key()) + "\n")
        self.way_in.chmod(0o644)
        self.server = world.sshd(whose, lines=[f"AuthorizedKeysFile {self.way_in} .ssh/authorized_keys", *lines])

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.server.__enter__()
        return self

    def __exit__(self, *exception):
        self.server.__exit__(*exception)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, content):
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.file.write_bytes(content)
        account = pwd.getpwnam(self.world.user)
        for path in (self.folder, self.file):
            os.chown(path, account.pw_uid, account.pw_gid)

    def copy(self, *arguments, env=None, host=None):
        options = [f"-o{o}" for o in (f"IdentityFile={self.world.key()}", "IdentitiesOnly=yes", "BatchMode=yes",
                                      f"UserKnownHostsFile={self.server.known_hosts}", "StrictHostKeyChecking=yes")]
        return run([self.world.ours("ssh-copy-id"), *arguments, "-p", self.server.port, "-F", "none", *options,
                    host or f"{self.world.user}@127.0.0.1"], env=self.world.client_environment(**(env or {})))


@promise("a key is added to a file that is not there, and then lets in; a second time nothing is added")
def adds_once(world):
    for whose in ("openssh", "nacre"):
        key = world.key("ed25519", fresh=True)
        with Account(world, whose) as account:
            ran = account.copy("-i", key).succeeded()
            check(b"\nNumber of key(s) added: 1\n" in b"\n" + ran.out and f"ssh -p {account.server.port} ".encode() in ran.out,
                  "what is said", ran)
            check(b"ssh-copy-id: INFO: attempting to log in" in ran.err and f'INFO: Source of key(s) to be installed: "{key}.pub"'
                  .encode() in ran.err, "what tools read", ran)
            check(account.file.read_text().strip() == world.public(key), "the file", ran)
            check(account.file.stat().st_mode & 0o777 == 0o600 and account.folder.stat().st_mode & 0o777 == 0o700, "modes")
            world.ssh(account.server, "true", key=key).succeeded()
            again = account.copy("-i", f"{key}.pub").succeeded()
            check(b": WARNING: All keys were skipped because they already exist on the remote system" in again.err and account.file.read_text().strip() == world.public(key), "twice", again)
            account.copy("-f", "-i", key).succeeded()
            check(len(account.file.read_text().splitlines()) == 2, "-f adds all the same")


@promise("what stands in the file stays; a missing line end is repaired; a key behind # is not there")
def keeps_the_rest(world):
    key = world.key("ed25519", fresh=True)
    with Account(world, "openssh") as account:
        other = f'from="10.0.0.1" {world.public(world.key("ecdsa", 256))}\n#{world.public(key)}'
        account.write(other.encode())
        account.copy("-i", key).succeeded()
        check(account.file.read_text() == f"{other}\n{world.public(key)}\n", "the file", account.file.read_bytes())


@promise("options in front of a key go with it; the key alone says whether it is there, also by sftp")
def with_options(world):
    first, second = world.key("ed25519", fresh=True), world.key("ecdsa", 256, fresh=True)
    options = ['command="echo it\\\'s AAAA",from="127.0.0.1,::1"', "no-pty"]
    lines = [f"{option} {world.public(key)}" for option, key in zip(options, (first, second))]
    text = [f"# {world.public(world.key())}", lines[0], "no key", lines[1]]
    file = world.new_file("keys.pub", "\n".join(text) + "\n")
    with Account(world, "openssh") as account:
        ran = account.copy("-i", file).succeeded()
        check(account.file.read_text().splitlines() == lines and b"added: 2\n" in ran.out, "the file", ran,
              account.file.read_bytes())
        check(world.ssh(account.server, "true", key=first).out == b"it's AAAA\n", "the command of the key")
        if not world.ours("sftp").exists():
            world.peer("sftp")
        for way in [], ["-s"]:
            again = account.copy(*way, "-i", file).succeeded()
            check(b"already" in again.err and account.file.read_text().splitlines() == lines, f"{way}: twice", again)
            account.write(world.public(first).encode() + b"\n")
            account.copy(*way, "-i", file).succeeded()
            check(account.file.read_text().splitlines() == [world.public(first), lines[1]], f"{way}: the rest is added")
            account.write("\n".join(lines).encode() + b"\n")


@promise("-n shows, -t names the file, all keys of the agent go without -i, else the newest of ~/.ssh")
def choices(world):
    first, second = world.key("ed25519", fresh=True), world.key("ecdsa", 256, fresh=True)
    with Account(world, "nacre") as account:
        shown = account.copy("-n", "-i", first).succeeded()
        check(shown.out.decode().strip() == world.public(first) and not account.file.exists(), "-n", shown)
        account.copy("-t", "keys/of me", "-i", first).succeeded()
        target = world.home / "keys" / "of me"
        check(target.read_text().strip() == world.public(first), "-t")
        shutil.rmtree(target.parent)
        script = (f"{world.ours('ssh-add')} -q {first} {second} && exec {world.ours('ssh-copy-id')} -p {account.server.port} "
                  f"-F none -o 'IdentityFile={world.key()}' -o StrictHostKeyChecking=yes -o BatchMode=yes "
                  f"-o UserKnownHostsFile={account.server.known_hosts} {world.user}@127.0.0.1")
        run([world.ours("ssh-agent"), "sh", "-c", script], env=world.client_environment()).succeeded()
        check(account.file.read_text().split("\n")[:-1] == [world.public(first), world.public(second)], "the agent's",
              account.file.read_text())
        folder = world.client_home / ".ssh"
        folder.mkdir(exist_ok=True)
        try:
            shutil.copy(f"{second}.pub", folder / "id_ecdsa.pub")
            account.file.unlink()
            account.copy("-i").succeeded()
            check(account.file.read_text().strip() == world.public(second), "the newest")
        finally:
            (folder / "id_ecdsa.pub").unlink()


@promise("-iFILE may be one word, and a variable called port is no option")
def one_word(world):
    key = world.key("ed25519", fresh=True)
    program, env = world.ours("ssh-copy-id"), world.client_environment(port="1")
    shown = run([program, "-f", "-n", f"-i{key}", "host"], env=env).succeeded()
    check(shown.out.decode().strip() == world.public(key), "another key", shown)
    check(run([program, f"-i{key}"], env=env).status == 1, "the file was taken for the host")
    # `ssh` of the same folder tells with what it was called.
    folder = world.new_folder("called")
    shutil.copy(program, folder)
    ssh = folder / "ssh"
    ssh.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\" >&2\nexit 255\n")
    ssh.chmod(0o755)
    ran = run([folder / "ssh-copy-id", "-i", key, "host"], env=env)
    check(b"\nhost\n" in ran.err and b"-p\n" not in ran.err, "the variable went along", ran)


@promise("where no commands can be run, sftp does it, and puts the new file in the old one's place at once")
def by_sftp(world):
    if not world.ours("sftp").exists():
        world.peer("sftp")
    key = world.key("ed25519", fresh=True)
    with Account(world, "openssh", lines=["ForceCommand internal-sftp"]) as account:
        account.write(world.public(world.key("ecdsa", 256)).encode())
        ran = account.copy("-s", "-i", key).succeeded()
        lines = account.file.read_text().splitlines()
        check(lines == [world.public(world.key("ecdsa", 256)), world.public(key)], "the file", ran, str(lines))
        check([p.name for p in account.folder.iterdir()] == ["authorized_keys"], "something is left behind")
        check(b"already" in account.copy("-s", "-i", key).succeeded().err, "twice")


@promise("by sftp a file that cannot be read is not replaced")
def unreadable_by_sftp(world):
    if not world.ours("sftp").exists():
        world.peer("sftp")
    key = world.key("ed25519", fresh=True)
    with Account(world, "openssh", lines=["ForceCommand internal-sftp"]) as account:
        before = world.public(world.key("ecdsa", 256)).encode() + b"\n"
        account.write(before)
        account.file.chmod(0)
        ran = account.copy("-s", "-i", key)
        check(ran.status == 1 and b"cannot read .ssh/authorized_keys" in ran.err, "what is said", ran)
        check(account.file.read_bytes() == before, "the file was replaced", ran)


@promise("by sftp, too, a password is asked for, once; a folder that was not there is the user's alone")
def by_sftp_with_a_password(world):
    if not world.ours("sftp").exists():
        world.peer("sftp")
    key = world.key("ed25519", fresh=True)
    lines = ["ForceCommand internal-sftp -u 0002", "PasswordAuthentication yes"]
    with Account(world, "nacre", lines=lines) as account:
        environment = world.client_environment(**world.askpass(PASSWORD))
        options = [f"-o{o}" for o in ("PubkeyAuthentication=no", "PreferredAuthentications=password",
                                      f"UserKnownHostsFile={account.server.known_hosts}", "StrictHostKeyChecking=yes")]
        command = [world.ours("ssh-copy-id"), "-s", "-i", key, "-p", account.server.port, "-F", "none", *options]
        host = f"{world.user}@127.0.0.1"
        ran = run([*command, "-n", host], env=environment).succeeded()
        check(ran.out.decode().strip() == world.public(key) and not account.folder.exists(), "-n", ran)
        asked = pathlib.Path(environment["ASKED"])
        asked.write_text("")
        ran = run([*command, host], env=environment).succeeded()
        check(account.file.read_text().strip() == world.public(key) and b"added: 1\n" in ran.out, "the file", ran)
        check(len(asked.read_text().splitlines()) == 1, "what was asked", ran, asked.read_text())
        check(account.file.stat().st_mode & 0o777 == 0o600 and account.folder.stat().st_mode & 0o777 == 0o700, "modes", ran)
        account.folder.chmod(0o750)
        run([*command, "-f", host], env=environment).succeeded()
        check(account.folder.stat().st_mode & 0o777 == 0o750, "a folder that was there keeps its mode")


@promise("no agent is lent to the other machine, whatever the configuration says")
def lends_nothing(world):
    command = 'ForceCommand echo "${SSH_AUTH_SOCK:-none}" >seen; exec sh -c "$SSH_ORIGINAL_COMMAND"'
    with Account(world, "nacre", lines=[command]) as account, agent(world) as socket:
        account.copy("-o", "ForwardAgent=yes", "-i", world.key("ed25519", fresh=True), env=socket).succeeded()
        seen = world.home / "seen"
        check(seen.read_text() == "none\n", "an agent was there", seen.read_text())
        seen.unlink()


@promise("words of the command line and of files never become commands")
def quoting(world):
    key = world.key("ed25519", fresh=True)
    with Account(world, "openssh") as account:
        strange = "a'b\"c $(touch evil) `touch evil` ;&"
        account.copy("-t", strange, "-i", key).succeeded()
        check((world.home / strange).read_text().strip() == world.public(key), "the target's name")
        check(not (world.home / "evil").exists(), "a command ran")
        (world.home / strange).unlink()
        evil = world.new_file("evil.pub", f"{world.public(key).split()[0]} AAAA$(touch${{IFS}}evil)';touch evil;' *\n")
        account.copy("-i", evil).succeeded()
        check(account.file.read_text() == evil.read_text() and not (world.home / "evil").exists(), "a key's text")


@promise("mistakes are said, with a status, and private keys stay where they are")
def mistakes(world):
    program, env = world.ours("ssh-copy-id"), world.client_environment()
    private = world.new_file("tricky.pub", world.key().read_bytes())
    for words in (["-i", "/nowhere", "h"], ["-i", private, "h"], ["-z", "h"], [], ["a", "b"], ["-p"], ["--", "-oProxyCommand=x"]):
        ran = run([program, *words], env=env)
        check(ran.status == 1 and ran.err, str(words), ran)
    check(run([program, "-h"], env=env).status == 0, "-h")
