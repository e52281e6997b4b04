"""git: repositories over ssh, however git is told which ssh; commits signed by ssh-keygen and an agent."""
import os
import shlex

from harness import add, agent, check, promise, run
from pairs import for_each_pair

PERSON = {"GIT_AUTHOR_NAME": "Joe", "GIT_AUTHOR_EMAIL": "joe@example.org", "GIT_COMMITTER_NAME": "Joe",
          "GIT_COMMITTER_EMAIL": "joe@example.org", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
BIG = 4 << 20


class Git:
    """git in one folder, with one environment."""

    def __init__(self, world, folder, **environment):
        self.world, self.folder = world, folder
        self.program = world.peer("git")
        self.environment = world.client_environment(**PERSON, **environment)

    def tries(self, *words):
        return run([self.program, *words], env=self.environment, cwd=self.folder)

    def __call__(self, *words):
        return self.tries(*words).succeeded()

    def commit(self, name, content, *words):
        (self.folder / name).write_bytes(content)
        self("add", name)
        return self("commit", "-q", "-m", name, *words)

    def head(self):
        return self("rev-parse", "HEAD").out


def there(world, sshd, branch="main"):
    """An empty repository that the user of the server has."""
    folder = world.remote_folder("git")
    world.ssh(sshd, f"git init -q --bare -b {branch} {folder}/there.git").succeeded()
    return folder / "there.git"


def address(world, sshd, path):
    return f"ssh://{world.user}@127.0.0.1:{sshd.port}{path}"


def repository(world, name="work", **environment):
    git = Git(world, world.new_folder(name), **environment)
    git("init", "-q", "-b", "main")
    return git


@for_each_pair("git pushes, clones, fetches; a hook's words and a refusal arrive")
def round_trip(world, sshd, ssh):
    path, line = there(world, sshd), shlex.join(world.ssh_words(sshd, program=ssh))
    ours = repository(world, GIT_SSH_COMMAND=line)
    ours("remote", "add", "origin", address(world, sshd, path))
    ours.commit("big", os.urandom(BIG))
    ours("push", "-q", "-u", "origin", "main")

    theirs = Git(world, world.new_folder("clone"), GIT_SSH_COMMAND=line)
    theirs("clone", "-q", address(world, sshd, path), ".")
    check((theirs.folder / "big").read_bytes() == (ours.folder / "big").read_bytes(), "the clone differs")
    theirs.commit("second", b"more\n")
    theirs("push", "-q")
    ours("fetch", "-q")
    check(ours("rev-parse", "origin/main").out == theirs.head(), "what was pushed was not fetched")

    refused = ours.tries("push", "origin", "main", "--force-with-lease=main:" + "0" * 40)
    check(refused.status == 1 and b"stale info" in refused.err, "not refused", refused)
    hook = f"{path}/hooks/pre-receive"
    world.ssh(sshd, f"cat >{hook}; chmod 755 {hook}", input=b"#!/bin/sh\necho not on a Friday >&2\nexit 1\n").succeeded()
    ours("merge", "-q", "origin/main")
    ours.commit("third", b"even more\n")
    refused = ours.tries("push")
    check(refused.status == 1 and b"remote: not on a Friday" in refused.err and b"pre-receive hook declined" in refused.err,
          "the hook was not heard", refused)
    missing = ours.tries("ls-remote", address(world, sshd, "/nowhere.git"))
    check(missing.status == 128 and b"does not appear to be a git repository" in missing.err, "the reason is lost", missing)


@promise("git finds out by itself what kind of ssh ours is, under another name as well; version 2 of its protocol travels")
def told_which(world):
    with world.sshd(lines=["AcceptEnv GIT_PROTOCOL"]) as sshd:
        path = there(world, sshd)
        config = world.new_file("config", "\n".join([
            "Host forge", "    HostName 127.0.0.1", f"    Port {sshd.port}", f"    User {world.user}",
            f"    IdentityFile {world.key('ed25519')}", "    IdentitiesOnly yes", "    IdentityAgent none",
            f"    UserKnownHostsFile {sshd.known_hosts}", "    GlobalKnownHostsFile /dev/null"]) + "\n")
        renamed = world.new_folder("bin") / "nacre-ssh"
        renamed.symlink_to(world.ours("ssh"))
        script = world.new_file("my-ssh", f"#!/bin/sh\nexec {renamed} -F {config} \"$@\"\n")
        script.chmod(0o755)
        ours = repository(world, GIT_SSH_COMMAND=f"{renamed} -F {config}")
        ours.commit("file", b"content\n")
        ours("push", "-q", f"forge:{path}", "main")
        plain = repository(world, "plain")
        for what, settings, environment in (
                ("core.sshCommand", ["-c", f"core.sshCommand={world.ours('ssh')} -F {config}"], {}),
                ("ssh.variant", ["-c", f"core.sshCommand={renamed} -F {config}", "-c", "ssh.variant=ssh"], {}),
                ("GIT_SSH", [], {"GIT_SSH": str(script)})):
            git = Git(world, plain.folder, GIT_TRACE_PACKET="1", **environment)
            for place in (f"forge:{path}", f"ssh://forge:{sshd.port}{path}"):
                heard = git(*settings, "ls-remote", place)
                check(heard.out.startswith(ours.head().strip()), f"{what}, {place}", heard)
                check(b"version 2" in heard.err, f"{what}, {place}: GIT_PROTOCOL did not arrive", heard)


@promise("many pushes and fetches at once share one connection")
def shared(world):
    with world.sshd() as sshd:
        path, control = there(world, sshd), world.new_file("control")
        sharing = ["ControlMaster=auto", f"ControlPath={control}", "ControlPersist=60"]
        line = shlex.join(world.ssh_words(sshd, options=sharing))
        ours = repository(world, GIT_SSH_COMMAND=line)
        ours.commit("file", b"content\n")
        for number in range(5):
            ours("push", "-q", address(world, sshd, path), f"main:branch{number}")
        heard = ours("ls-remote", address(world, sshd, path))
        check(heard.out.count(b"refs/heads/branch") == 5, "branches are missing", heard)
        accepted = sshd.log().count("Accepted publickey")
        check(accepted == 2, f"{accepted} logins instead of two: the one that made the folder, and the master's", sshd.log())
        run([world.ours("ssh"), "-F", "none", "-O", "exit", "-S", control, "any"]).succeeded()


def signer(world, git, signers, program, key):
    settings = {"gpg.format": "ssh", "gpg.ssh.program": program, "gpg.ssh.allowedSignersFile": signers,
                "user.signingKey": key}
    for name, value in settings.items():
        git("config", name, str(value))


@promise("a commit is signed by an agent's key, and verified by whoever lists its signer; so with OpenSSH's ssh-keygen")
def signed(world):
    key, other = world.key("ed25519", fresh=True), world.key("ed25519", fresh=True)
    signers = world.new_file("allowed_signers", f"joe@example.org namespaces=\"git\" {world.public(key)}\n")
    strangers = world.new_file("strangers", f"joe@example.org {world.public(other)}\n")
    public_only = world.new_file("signing.pub", world.public(key) + "\n")
    keygens = (world.ours("ssh-keygen"), world.peer("ssh-keygen"))
    with agent(world) as running:
        add(world, running, "-q", key).succeeded()
        git = repository(world, SSH_AUTH_SOCK=running["SSH_AUTH_SOCK"])
        for number, program in enumerate(keygens):
            for written in (public_only, f"key::{world.public(key)}", key):
                signer(world, git, signers, program, written)
                git.commit(f"file{number}", str(written).encode(), "-S")
                git("tag", "-f", "-s", "-m", "signed", f"v{number}")
                for verifier in keygens:
                    git("config", "gpg.ssh.program", str(verifier))
                    good = git("verify-commit", "HEAD")
                    check(b'Good "git" signature for joe@example.org' in good.err, "not said who", good)
                    git("verify-tag", f"v{number}")
                    bad = git.tries("-c", f"gpg.ssh.allowedSignersFile={strangers}", "verify-commit", "HEAD")
                    check(bad.status == 1 and b"No principal matched" in bad.err, "a stranger's signature", bad)
                    shown = git("log", "-1", "--format=%G? %GS %GK")
                    check(shown.out.startswith(b"G joe@example.org SHA256:"), "git log", shown)
                    revoked = git.tries("-c", f"gpg.ssh.revocationFile={public_only}", "verify-commit", "HEAD")
                    check(revoked.status != 0, "a revoked key", revoked)


@promise("git says what is wrong where the signing key's file has a passphrase and nobody is there to be asked")
def cannot_sign(world):
    key = world.key("ed25519", passphrase="a secret")
    git = repository(world)
    signer(world, git, "/dev/null", world.ours("ssh-keygen"), key)
    (git.folder / "file").write_text("x")
    git("add", "file")
    failed = run(["setsid", "-w", git.program, "commit", "-S", "-m", "x"], env=git.environment, cwd=git.folder)
    check(failed.status == 128 and b"assphrase" in failed.err, "no reason", failed)
