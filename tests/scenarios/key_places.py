"""Where sshd looks for what lets a key in, and in which order: the users' files, trusted authorities, a command."""
import contextlib
import pathlib

from harness import check, promise, run

NEEDS = ("ssh", "sshd", "ssh-keygen")
SERVERS = ("nacre", "openssh")


@contextlib.contextmanager
def keys_command(world, script):
    """The lines of a configuration in which a command prints keys."""
    world.need_isolation()
    place = pathlib.Path("/run/keys-command")                      # all of its path is root's
    place.write_text("#!/bin/sh\n" + script)
    place.chmod(0o755)
    try:
        yield [f"AuthorizedKeysCommand {place}", f"AuthorizedKeysCommandUser {world.user}"]
    finally:
        place.unlink()


def authorized(world, *lines):
    file = world.new_file("authorized_keys", "".join(line + "\n" for line in lines))
    file.chmod(0o644)
    return f"AuthorizedKeysFile {file}"


@promise("AuthorizedKeysCommand is not asked about a key that a file lets in, and cannot open what the file restricts")
def command_comes_last(world):
    key = world.key("ed25519")
    public = world.public(key)
    marks = world.new_folder("marks")
    marks.chmod(0o777)
    with keys_command(world, f"echo asked >>{marks}/mark\necho '{public}'\n") as by_command:
        for whose in SERVERS:
            restricted = authorized(world, f'command="echo from the file" {public}')
            with world.sshd(whose, lines=[restricted, *by_command]) as sshd:
                ran = world.ssh(sshd, "echo asked for").succeeded()
                check(ran.out == b"from the file\n", f"{whose}'s server: the restriction is gone", ran)
                check(not (marks / "mark").exists(), f"{whose}'s server: the command ran")
            # A line that does not let in here and now decides nothing, nor does a file that cannot be read.
            for line in (authorized(world, f'from="192.0.2.1" {public}'),
                         f"AuthorizedKeysFile {world.new_folder('no-file')}"):
                with world.sshd(whose, lines=[line, *by_command]) as sshd:
                    world.ssh(sshd, "true").succeeded()
                check((marks / "mark").exists(), f"{whose}'s server: nobody asked the command")
                (marks / "mark").unlink()


@promise("a key is found at the end of a large file, and a line that is too long is told of")
def large_file(world):
    public = world.public(world.key("ed25519"))
    filler = f"# {'x' * 97}\n" * (9 * 10486)
    check(len(filler) > 9 << 20, "not large")
    file = world.new_file("authorized_keys", f"{filler}{'a' * 9000}\n{public}")
    file.chmod(0o644)
    with world.sshd(lines=[f"AuthorizedKeysFile {file}"]) as sshd:
        world.ssh(sshd, "true").succeeded()
        number = filler.count("\n") + 1
        sshd.wait_for_log(rf"{file}:{number}: the line is not used: it is longer than 8192 bytes")
        sshd.wait_for_log(rf"found at {file}:{number + 1}\b")


@promise("a command that a Match block sets without its user is not run, and the log says so")
def command_of_nobody(world):
    public = world.public(world.key("ed25519"))
    with keys_command(world, f"echo '{public}'\n") as (command, user):
        config = world.new_file("more", f"Match User {world.user}\n    {command}\n")
        with world.sshd(user_keys=[], lines=[f"Include {config}"]) as sshd:
            check(world.ssh(sshd, "true").status == 255, "it was run")
            sshd.wait_for_log("AuthorizedKeysCommand is not run: AuthorizedKeysCommandUser does not say by whom")
        config.write_text(f"Match User {world.user}\n    {command}\n    {user}\n")
        with world.sshd(user_keys=[], lines=[f"Include {config}"]) as sshd:
            world.ssh(sshd, "true").succeeded()


@promise("the routing domain of the connection is %D of AuthorizedKeysCommand")
def routing_domain(world):
    public = world.public(world.key("ed25519"))
    told = world.new_folder("told")
    told.chmod(0o777)
    with keys_command(world, f"echo \"[$1]\" >{told}/domain\necho '{public}'\n") as (command, user):
        # On Linux a domain is a device to which the socket is bound; any will do.
        for lines, domain in (([], "[]\n"), (["ListenAddress 127.0.0.1 rdomain lo"], "[lo]\n")):
            with world.sshd(user_keys=[], lines=[*lines, f"{command} %D", user]) as sshd:
                world.ssh(sshd, "true").succeeded()
                check((told / "domain").read_text() == domain, f"not {domain}", (told / "domain").read_text())


@promise("what the line of an authority forces holds though TrustedUserCAKeys has the authority, too")
def line_of_an_authority(world):
    authority = world.key("ecdsa", 256)
    key = world.key("ed25519", fresh=True)
    run([world.ours("ssh-keygen"), "-q", "-s", authority, "-I", "a login", "-n", world.user, key]).succeeded()
    trusted = f"TrustedUserCAKeys {authority}.pub"
    public = world.public(authority)
    for whose in SERVERS:
        for options, told in (('command="echo from the line"', b"from the line\n"),
                              ('from="192.0.2.1"', b"asked for\n")):
            with world.sshd(whose, lines=[authorized(world, f"cert-authority,{options} {public}"), trusted]) as sshd:
                ran = world.ssh(sshd, "echo asked for", key=key).succeeded()
                check(ran.out == told, f"{whose}'s server: {options}", ran)
