"""rsync over our ssh and sshd: trees both ways, a large file, one that was interrupted, a key that may do nothing else."""
import hashlib
import os
import shlex
import subprocess

from harness import check, children_of, promise, run, wait_until
from pairs import for_each_pair

BIG = 64 << 20
ODD_NAMES = ("two words", "quote'quote", 'double"quote', "u\u0308mlaut", "star*[x]?", "new\nline", "$(id)", "-dash")


def picture(root):
    return {str(p.relative_to(root)): (p.stat().st_mode, int(p.stat().st_mtime), os.readlink(p) if p.is_symlink() else
                                       hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "")
            for p in root.rglob("*")}


def tree(world):
    root = world.new_folder("tree")
    (root / "inner dir").mkdir()
    for number, name in enumerate(ODD_NAMES):
        (root / "inner dir" / name).write_bytes(name.encode() * number)
    (root / "script").write_text("#!/bin/sh\n")
    (root / "script").chmod(0o750)
    os.symlink("inner dir", root / "link")
    for number in range(500):
        (root / f"small{number}").write_bytes(b"x" * number)
    os.utime(root / "script", (1_000_000_000, 1_000_000_000))
    return root


class Rsync:
    def __init__(self, world, sshd, ssh):
        self.world, self.program = world, world.peer("rsync")
        self.line = shlex.join(world.ssh_words(sshd, program=ssh))
        self.host = f"{world.user}@127.0.0.1"

    def command(self, *words):
        return [str(word) for word in (self.program, "-e", self.line, *words)]

    def __call__(self, *words):
        return run(self.command(*words), env=self.world.client_environment()).succeeded()

    def there(self, path):
        return f"{self.host}:{path}"


@for_each_pair("rsync brings a tree there and back, finds nothing to do then, and deletes what has gone")
def both_ways(world, sshd, ssh):
    rsync, here, back = Rsync(world, sshd, ssh), tree(world), world.new_folder("back")
    there = rsync.there(world.remote_folder("rsync"))
    rsync("-a", f"{here}/", there)
    rsync("-az", f"{there}/", f"{back}/")
    check(picture(back) == picture(here), "the tree differs", set(picture(back).items()) ^ set(picture(here).items()))
    again = rsync("-a", "--itemize-changes", f"{here}/", there)
    check(again.out == b"", "something was copied again", again)
    (here / "small7").unlink()
    rsync("-a", "--delete", f"{here}/", there)
    rsync("-a", "--delete", f"{there}/", f"{back}/")
    check(picture(back) == picture(here), "what was deleted is still there")


@for_each_pair("64 MiB by rsync, then a changed block of it")
def large(world, sshd, ssh):
    rsync, folder = Rsync(world, sshd, ssh), world.remote_folder("rsync")
    big = world.new_file("big", os.urandom(BIG))
    rsync(big, rsync.there(folder / "big"))
    with open(big, "r+b") as file:
        file.seek(BIG // 2)
        file.write(b"changed")
    said = rsync("--ignore-times", "--no-whole-file", "--stats", big, rsync.there(folder / "big"))
    check((folder / "big").read_bytes() == big.read_bytes(), "the copy differs")
    check(b"Literal data: 64" not in said.out, "everything was sent again", said)


@promise("rsync --partial goes on where a killed ssh left it")
def interrupted(world):
    with world.sshd() as sshd:
        rsync, folder = Rsync(world, sshd, world.ours("ssh")), world.remote_folder("rsync")
        big = world.new_file("big", os.urandom(BIG))
        slow = subprocess.Popen(rsync.command("--partial", "--inplace", "--bwlimit=20M", big, rsync.there(folder / "big")),
                                env=world.client_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: (folder / "big").exists() and (folder / "big").stat().st_size > BIG // 8, "a part has arrived")
        ssh = next(pid for pid, name in children_of(slow.pid).items() if name == "ssh")
        os.kill(ssh, 9)
        check(slow.wait(60) != 0, "rsync did not notice")
        said = rsync("--partial", "--inplace", "--no-whole-file", "--ignore-times", "--stats", big,
                     rsync.there(folder / "big"))
        check((folder / "big").read_bytes() == big.read_bytes(), "the copy differs")
        check(b"Matched data: 0 bytes" not in said.out, "it began anew", said)


@promise("a key that authorized_keys restricts to rrsync reads one folder, and does nothing else")
def restricted(world):
    folder, authorized = world.remote_folder("rsync"), world.new_file("authorized_keys")
    (folder / "file").write_text("content\n")
    authorized.write_text(f'restrict,command="{world.peer("rrsync")} -ro {folder}" {world.public(world.key("ed25519"))}\n')
    authorized.chmod(0o644)
    with world.sshd(user_keys=[], lines=[f"AuthorizedKeysFile {authorized}"]) as sshd:
        rsync, back = Rsync(world, sshd, world.ours("ssh")), world.new_folder("back")
        rsync("-a", rsync.there("/"), f"{back}/")
        check((back / "file").read_text() == "content\n", "not copied")
        refused = run(rsync.command(back / "file", rsync.there("new")), env=world.client_environment())
        check(refused.status != 0 and not (folder / "new").exists(), "it may write", refused)
        ran = world.ssh(sshd, "echo in")
        check(ran.status != 0 and b"in\n" not in ran.out, "another command ran", ran)
