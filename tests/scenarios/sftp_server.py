"""Our SFTP server under OpenSSH's clients, in a chroot, and by itself beside OpenSSH's; others are in sftp_peers."""
import os
import pathlib
import pwd
import re
import struct
import subprocess
import tempfile

from harness import Skip, check, promise, run, text_of

OPENSSH_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/libexec/sftp-server")
MANUAL = pathlib.Path(__file__).resolve().parents[2] / "man" / "sftp-server.8"
VERSION_3 = 18                                                    # requests that are no extensions
PAYLOAD = os.urandom(3_000_000)
ODD_NAME = "a 'b\" \\c\n\xe9 *"


def own(world, path):
    """Of the user who logs in."""
    account = pwd.getpwnam(world.user)
    if os.getuid() == 0:
        os.chown(path, account.pw_uid, account.pw_gid)
    return path


def client_options(world, sshd):
    return ["-F", "none", "-i", str(world.key("ed25519")), "-oBatchMode=yes", "-oIdentitiesOnly=yes", "-oIdentityAgent=none",
            "-oStrictHostKeyChecking=yes", f"-oUserKnownHostsFile={sshd.known_hosts}", "-oGlobalKnownHostsFile=/dev/null"]


def sftp(world, sshd, commands, directory=None):
    """OpenSSH's sftp with a batch of commands."""
    line = [world.peer("sftp"), *client_options(world, sshd), "-P", str(sshd.port), "-S", str(world.peer("ssh")), "-b", "-",
            f"{world.user}@127.0.0.1"]
    return run(line, commands.encode(), world.client_environment(), cwd=directory)


def trees_equal(first, second):
    return subprocess.run(["diff", "-r", str(first), str(second)], capture_output=True).returncode == 0


# ---- OpenSSH's clients, through our sshd -----------------------------------------------------

@promise("OpenSSH's sftp moves files and trees both ways, with modes and times")
def openssh_sftp(world):
    here, there, back = world.new_folder("here"), own(world, world.new_folder("there")), world.new_folder("back")
    tree = here / "tree"
    (tree / "inner").mkdir(parents=True)
    (tree / "big").write_bytes(PAYLOAD)
    (tree / "inner" / "empty").write_bytes(b"")
    for number in range(300):                                      # more than one answer holds
        (tree / "inner" / f"file-{number:03}").write_text(str(number))
    os.utime(tree / "big", (1_000_000_000, 1_100_000_000))
    (tree / "big").chmod(0o640)
    with world.sshd() as sshd:
        sftp(world, sshd, f"put -Rp {tree} {there}\nget -Rp {there}/tree {back}\n").succeeded()
        check(trees_equal(tree, there / "tree") and trees_equal(tree, back / "tree"), "the trees differ")
        facts = (there / "tree" / "big").stat()
        check(facts.st_mtime == 1_100_000_000 and facts.st_mode & 0o777 == 0o640, "mode or time is lost", facts)
        ran = sftp(world, sshd, f"ls -la {there}/tree\nrename {there}/tree/big {there}/tree/large\ndf {there}\n"
                                f"ln -s large {there}/tree/link\nln {there}/tree/large {there}/tree/second\n"
                                f"cp {there}/tree/large {there}/tree/copy\nchmod 600 {there}/tree/copy\n").succeeded()
        check(b"/big\n" in ran.out and b"rw-r-----" in ran.out, "the listing is not like ls -l", ran)
        check((there / "tree" / "copy").read_bytes() == PAYLOAD, "a copy inside the server differs")
        check(os.readlink(there / "tree" / "link") == "large" and (there / "tree" / "large").stat().st_nlink == 2,
              "links went wrong")


@promise("OpenSSH's scp, which speaks SFTP, brings odd names across")
def openssh_scp(world):
    there, back = own(world, world.new_folder("there")), world.new_folder("back")
    source = world.new_folder("source") / ODD_NAME
    source.write_bytes(PAYLOAD)
    with world.sshd() as sshd:
        remote = f"{world.user}@127.0.0.1:{there}/"
        scp = [world.peer("scp"), "-s", *client_options(world, sshd), "-P", str(sshd.port)]
        run([*scp, source, remote], env=world.client_environment()).succeeded()
        check((there / ODD_NAME).read_bytes() == PAYLOAD, "what arrived differs")
        run([*scp, "-r", remote, back], env=world.client_environment()).succeeded()
        check(trees_equal(there, back / there.name), "what came back differs")


# ---- what the administrator asks for -------------------------------------------------------

@promise("internal-sftp serves in a chroot that holds nothing but files, from a Match block, with arguments")
def chroot(world):
    world.need_isolation()
    root = world.new_folder("root")
    (root / "pub").mkdir()
    (root / "pub" / "f").write_bytes(PAYLOAD)
    own(world, root / "pub")
    target = world.new_file("target")
    with world.sshd(lines=[f"Match User {world.user}", f"ChrootDirectory {root}", "ForceCommand internal-sftp -d /pub -u 027",
                           "Match all"]) as sshd:
        ran = sftp(world, sshd, f"pwd\nget f {target}\nput {target} g\nls -l /\n").succeeded()
        check(b"/pub" in ran.out and target.read_bytes() == PAYLOAD, "the chroot is not where it should be", ran)
        check((root / "pub" / "g").stat().st_mode & 0o27 == 0, "-u was ignored")


@promise("ChrootDirectory ~joe/jail is in joe's home, ~/jail in that of whoever logs in")
def chroot_in_homes(world):
    world.need_isolation()
    with tempfile.TemporaryDirectory(dir=pwd.getpwnam("root").pw_dir) as there:
        root = pathlib.Path(there)
        root.chmod(0o755)
        (root / world.user).mkdir()
        (root / world.user / "within").write_text("")
        for pattern, refused in ((f"~root/{root.name}/%u", None),
                                 (f"~/{root.name}", f"bad ownership or modes for directory {world.home}"),
                                 (f"~nobody-here/{root.name}", 'there is no user "nobody-here"')):
            with world.sshd(lines=["ForceCommand internal-sftp", f"ChrootDirectory {pattern}"]) as sshd:
                ran = sftp(world, sshd, "ls /\n")
                check(ran.status != 0 if refused else b"/within" in ran.out, pattern, ran)
                if refused:
                    sshd.wait_for_log(re.escape(f"ChrootDirectory: {refused}"))


@promise("who is held to internal-sftp gets neither a shell nor a command")
def refusal(world):
    with world.sshd(lines=["ForceCommand internal-sftp"]) as sshd:
        for command in ([], ["id"]):
            ran = world.ssh(sshd, *command)
            check(ran.status == 1 and b"This service allows sftp connections only." in ran.out, "it was not refused", ran)
        sftp(world, sshd, "pwd\n").succeeded()


@promise("a subsystem's arguments arrive, also quoted ones and of internal-sftp: read-only")
def subsystem_arguments(world):
    there = own(world, world.new_folder("a b"))
    (there / "f").write_text("x")
    own(world, there / "f")
    for server in ("internal-sftp", str(world.ours("sftp-server"))):
        with world.sshd(lines=[f"Subsystem sftp {server} -R -d \"{there}\""]) as sshd:
            check(sftp(world, sshd, "get f /dev/null\n").status == 0, "the file is not there")
            for command in ("rm f", "mkdir d", "put /etc/passwd f", "rename f g", "chmod 600 f", "ln f h", "symlink f s"):
                check(sftp(world, sshd, command + "\n").status != 0, f"{command} was allowed by {server}")
            check(os.listdir(there) == ["f"] and (there / "f").read_text() == "x", "something changed")


# ---- beside OpenSSH's server ---------------------------------------------------------------

def string(data):
    return struct.pack(">I", len(data)) + data


class Conversation:
    def __init__(self, program, folder):
        self.process = subprocess.Popen([program, "-l", "quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self.id = 0
        self.version = self._exchange(b"\x01\0\0\0\x03")

    def _exchange(self, message):
        self.process.stdin.write(string(message))
        self.process.stdin.flush()
        size, = struct.unpack(">I", self.process.stdout.read(4))
        return self.process.stdout.read(size)

    def ask(self, number, body):
        """The answer without its id."""
        self.id += 1
        answer = self._exchange(bytes([number]) + struct.pack(">I", self.id) + body)
        check(answer[1:5] == struct.pack(">I", self.id), "an answer to something else")
        return answer[:1] + answer[5:]

    def extended(self, name, *bodies):
        return self.ask(200, string(name) + b"".join(bodies))

    def end(self):
        self.process.stdin.close()
        check(self.process.wait() == 0, "the server failed")


def prepare(folder):
    (folder / "sub").mkdir()
    (folder / "f").write_text("a\n")
    os.symlink("nowhere", folder / "dangling")
    os.symlink("sub", folder / "subl")
    os.mkfifo(folder / "p")
    for name, when in (("old", 981_000_000), ("future", 4_000_000_000)):
        (folder / name).touch()
        os.utime(folder / name, (when, when))
    (folder / "f").chmod(0o6751)


def listing(talk):
    handle = talk.ask(11, string(b"."))[5:]
    answer, entries, at = talk.ask(12, string(handle)), [], 5
    for _ in range(struct.unpack(">I", answer[1:5])[0]):
        texts = []
        for _ in range(2):
            size, = struct.unpack(">I", answer[at:at + 4])
            texts.append(answer[at + 4:at + 4 + size])
            at += 4 + size
        entries.append((*texts, answer[at:at + 24] if texts[0] not in (b".", b"..") else b""))
        at += 32
    return [sorted(e for e in entries if e[0] not in (b".", b"..")), talk.ask(12, string(handle)), talk.ask(4, string(handle))]


def answers(program, folder):
    """What a server says to one of everything."""
    prepare(folder)
    talk = Conversation(program, folder)
    said = [talk.version, listing(talk)]
    none, two = struct.pack(">I", 0), lambda a, b: string(a) + string(b)
    root = str(folder).encode()
    for path in (b"", b".", b"/", b"new", b"new/", b"new/x", b"dangling", b"subl", b"subl/new", b"subl/..", b"f/x", b"./sub/"):
        said.append((path, talk.ask(16, string(path)).replace(root, b"")[5:].lstrip(b"\0")[1:]))
    for path in (b"f", b"none", b"dangling", b"f/x", b"x" * 300):
        said += [(path, len(talk.ask(number, string(path)))) for number in (7, 17, 19)]
    for number, body in ((15, string(b"f")), (13, string(b"sub")), (14, string(b"sub") + none),
                         (18, two(b"old", b"f")), (18, two(b"none", b"x")), (18, two(b"old", b"old2")),
                         (18, two(b"sub", b"sub2")), (18, two(b"sub2", b"sub/x")), (20, two(b"target", b"link")),
                         (19, string(b"link")), (20, two(b"target", b"link")), (9, string(b"none") + struct.pack(">IQ", 1, 5)),
                         (9, string(b"f") + struct.pack(">III", 8, 5, 6))):
        said.append((number, body, talk.ask(number, body)))
    for name, *bodies in ((b"posix-rename@openssh.com", two(b"old2", b"old")), (b"hardlink@openssh.com", two(b"f", b"hard")),
                          (b"hardlink@openssh.com", two(b"f", b"hard")),
                          (b"lsetstat@openssh.com", string(b"link"), struct.pack(">III", 8, 5, 6)),
                          (b"lsetstat@openssh.com", string(b"link"), struct.pack(">IQ", 1, 6)),
                          (b"expand-path@openssh.com", string(b"~nobody-is-called-so")), (b"unknown", b""),
                          (b"fsync@openssh.com", string(b"none")), (b"statvfs@openssh.com", string(b"none"))):
        said.append((name, talk.extended(name, *bodies)))
    handle = talk.ask(3, string(b"w") + struct.pack(">III", 0x1B, 4, 0o640))[5:]
    offset = struct.Struct(">Q").pack
    for number, body in ((6, offset(3) + string(b"hello")), (5, offset(0) + none[:3] + b"\x64"), (5, offset(8) + none[:3] + b"\x64"),
                         (5, offset(2**63) + none[:3] + b"\x64"), (5, offset(0) + none), (6, offset(2**63) + string(b"x")),
                         (10, struct.pack(">IQI", 5, 2, 0o600)), (10, struct.pack(">III", 8, 5, 6)), (8, b""), (12, b"")):
        said.append((number, body, talk.ask(number, string(handle) + body)))
    said.append(talk.extended(b"copy-data", string(handle), offset(0), offset(0), string(handle), offset(0)))
    said.append(talk.ask(3, string(b"w") + struct.pack(">II", 0x2A, 0)))
    talk.end()
    return said


def without_reason(answer):
    """A failure that no code names: OpenSSH's server says Failure, ours what it was."""
    failure = b"\x65\0\0\0\x04"
    return failure if isinstance(answer, bytes) and answer.startswith(failure) else answer


@promise("every answer is the one that OpenSSH's server gives")
def like_openssh(world):
    peer = next((p for p in OPENSSH_SERVERS if pathlib.Path(p).exists()), None)
    if not peer:
        raise Skip("OpenSSH's sftp-server is not installed")
    theirs, ours = (answers(p, world.new_folder("files")) for p in (peer, world.ours("sftp-server")))
    for mine, other in zip(ours, theirs):
        if isinstance(mine, tuple) and isinstance(other, tuple):
            mine, other = [tuple(map(without_reason, answer)) for answer in (mine, other)]
        check(without_reason(mine) == without_reason(other), f"we say {mine!r}, OpenSSH {other!r}")


@promise("a broken message ends it with a status, and takes no answers with it to what was asked before")
def broken_message(world):
    asked = string(b"\x01\0\0\0\x03") + string(b"\x10\0\0\0\x07" + string(b"/"))          # version, realpath
    ran = run([world.ours("sftp-server")], asked + struct.pack(">I", 0))
    check(ran.status == 255 and b"\x68\0\0\0\x07" in ran.out, "no answer, or no failure", ran)


@promise("its options, and what it says about a wrong one")
def options(world):
    server = world.ours("sftp-server")
    names = run([server, "-Q", "requests"]).succeeded().out.decode().split()
    described = re.search(r"^\.Sh EXTENSIONS\n(.*?)^\.Sh", MANUAL.read_text(), re.M | re.S).group(1)
    extensions = re.findall(r"^\.Cm (\S+)", described, re.M)
    check(len(extensions) > 10 and set(extensions) <= set(names) and len(names) == VERSION_3 + len(extensions),
          "the requests are not those of version 3 and of the manual page's extensions", names, extensions)
    for wrong in (["-x"], ["-l"], ["-h"]):
        ran = run([server, *wrong])
        check(ran.status == 1 and "usage: sftp-server" in text_of(ran.err), f"no help for {wrong}", ran)
    hello = string(b"\x01\0\0\0\x03")
    for ignored in (["--", "host", "sftp"], ["word", "-x"], ["-c", "a command"], ["-ec", "-x"]):   # by scp -D; as a login shell
        check(run([server, *ignored], hello).succeeded().out[4:9] == b"\x02\0\0\0\x03", f"no service with {ignored}")
    for wrong, status in ((["-l", "loud"], 1), (["-f", "nowhere"], 1), (["-Q", "everything"], 1), (["-u", "999"], 255)):
        ran = run([server, *wrong])
        check(ran.status == status and f'"{wrong[1]}"'.encode() in ran.err, f"not the status of OpenSSH's with {wrong}", ran)
    ran = run([server, "-e", "-l", "info"], hello + string(b"\x0f\0\0\0\x01" + string(b"/nothing\n/here")))
    check(b'rmdir name "/nothing\\n/here"' in ran.err and b"sent status No such file" in ran.err, "the log differs", ran)
