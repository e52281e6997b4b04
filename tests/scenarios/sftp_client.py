"""sftp, the program: trees, batches, resuming, what goes wrong, and a person at the terminal."""
import hashlib
import os
import pathlib
import pty
import pwd
import random
import re
import resource
import select
import shutil
import signal
import subprocess
import time

from harness import Skip, check, free_port, program, promise, run, text_of, wait_until

SFTP_SERVER = pathlib.Path("/usr/lib/openssh/sftp-server")
ODD_NAMES = [b"plain", b"two words", b"it's \"quoted\"", b"star*?[x]", b"back\\slash", b"-dash", b"new\nline", b"\xff\xfe",
             "größe".encode(), b"#hash", b"semi;colon$HOME`id`"]


def peer_server():
    if not SFTP_SERVER.exists():
        raise Skip("OpenSSH's sftp-server is not installed")
    return SFTP_SERVER


def make_tree(root, files=60):
    """A tree with odd names, modes and times."""
    root = os.fsencode(root)
    os.makedirs(root, exist_ok=True)
    source = random.Random(7)
    for d in (b"", b"sub", b"sub/deep", b"empty"):
        os.makedirs(os.path.join(root, d), exist_ok=True)
    for i, name in enumerate(ODD_NAMES):
        write(os.path.join(root, name), source.randbytes(i * 1000))
    for i in range(files):
        path = os.path.join(root, b"sub/deep" if i % 2 else b"sub", b"f%d" % i)
        write(path, source.randbytes(source.choice((0, 1, 1000, 32768, 300000))))
        os.chmod(path, source.choice((0o644, 0o600, 0o755, 0o444)))
        os.utime(path, (1500000000 + i, 1400000000 + i))
    os.utime(os.path.join(root, b"sub"), (1300000000, 1200000000))


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def picture(root, details=True):
    """path -> (digest, mode, time) of everything below."""
    root, seen = os.fsencode(root), {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            facts = os.stat(path)
            digest = hashlib.sha256(open(path, "rb").read()).hexdigest() if name in files else "directory"
            seen[os.path.relpath(path, root)] = (digest, oct(facts.st_mode), int(facts.st_mtime)) if details else digest
    return seen


def batch(world, server, commands, *flags, limit=120, program=None):
    command = world.copy_command("sftp", server, *flags, "-b", "-", f"{world.user}@127.0.0.1", program=program)
    return run(command, commands.encode() if isinstance(commands, str) else commands, world.client_environment(), limit)


def direct(world, commands, *flags, server=None, cwd=None):
    return run([world.ours("sftp"), *flags, "-b", "-", "-D", server or peer_server()],
               commands.encode() if isinstance(commands, str) else commands, world.client_environment(), cwd=cwd)


def servers(world):
    for whose in ("openssh", "nacre"):
        yield whose, lambda whose=whose: world.sshd(whose, sftp=peer_server())


@promise("trees go there and back whole, with odd names, times and modes")
def trees(world):
    here = world.new_folder("tree")
    make_tree(here)
    for name, start in servers(world):
        with start() as server:
            there, back = world.remote_folder("tree"), world.new_folder("back")
            ran = batch(world, server, f"put -Rp {here} {there}/copy\nget -Rp {there}/copy {back}/copy\n").succeeded()
            check(picture(there / "copy") == picture(here), f"what {name} has differs", ran)
            check(picture(back / "copy") == picture(here), f"what came back from {name} differs", ran)


@promise("dropbear with OpenSSH's sftp-server: a tree goes there and back")
def dropbear(world):
    if not pathlib.Path("/usr/lib/sftp-server").exists():
        raise Skip("no /usr/lib/sftp-server, which dropbear starts")
    here = world.new_folder("tree")
    make_tree(here, 20)
    with world.dropbear() as server:
        there, back = world.remote_folder("tree"), world.new_folder("back")
        batch(world, server, f"put -R {here} {there}/copy\nget -R {there}/copy {back}/copy\n").succeeded()
        check(picture(back / "copy", False) == picture(here, False), "what came back differs")


@promise("a directory on the command line that is not there ends sftp before anything else is done")
def no_such_directory(world):
    with world.sshd() as sshd:
        file = world.new_file("to-send", "data")
        command = world.copy_command("sftp", sshd, f"{world.user}@127.0.0.1:{world.folder}/none/")
        ran = run(command, f"put {file} {world.folder}/landed\n".encode(), world.client_environment())
        check(ran.status == 1 and not (world.folder / "landed").exists(), "it went on", ran)


@promise("a batch ends at the first failure, but not at one behind '-'; '@' is not echoed")
def batches(world):
    folder = world.new_folder("batch")
    ran = direct(world, f"cd {folder}\n-rm nothing\n@mkdir quiet\n  # a comment\n\nmkdir one\nmkdir one\nmkdir two\n")
    check(ran.status == 1, "the status is not 1", ran)
    check((folder / "one").is_dir() and not (folder / "two").exists(), "it went on, or stopped early", ran)
    check(b"sftp> mkdir one" in ran.out and b"quiet" not in ran.out, "what was echoed", ran)
    check(direct(world, f"-ls {folder}/nothing\n@-rm {folder}/nothing\nquit\njunk\n").status == 0, "'-' did not help")
    check(direct(world, "junk\n").status == 1, "an unknown command passed")
    check(direct(world, "!false\nlls /none\n").status == 0, "what fails on this machine ended the batch, unlike OpenSSH's")
    both = direct(world, "rename /none /nowhere\n")
    check(b'"/none" to "/nowhere"' in both.err, "which names cannot be renamed", both)
    check(direct(world, "help\nbye\n").status == 0, "help failed")
    gone = run([world.ours("sftp"), "-b", "-", "-D", "/bin/false"], b"ls\n", world.client_environment())
    check(gone.status == 255, "no server, and the status is not 255", gone)


@promise("a batch that cannot begin says why, as one without -b does")
def batches_that_cannot_begin(world):
    words = [world.ours("sftp"), "-S", world.ours("ssh"), "-F", "none", "-P", free_port()]
    gone = run([*words, "-b", "/none/batch", "127.0.0.1"], b"", world.client_environment())
    check(gone.status == 255 and gone.err == b"/none/batch: No such file or directory\n", "a batch file that is not there", gone)
    gone = run([*words, "-b", "-", "127.0.0.1"], b"ls\n", world.client_environment())
    check(gone.status == 255 and b"Connection refused" in gone.err, "why there is no connection", gone)


@promise("whatever ssh_config says, the agent is lent to no server unless -A or -o asks for it")
def no_agent(world):
    said = world.new_file("said")
    spy = world.new_file("spy", f"#!/bin/sh\nprintf '%s\\n' \"$@\" >{said}\n")
    spy.chmod(0o755)
    for flags, first in (([], "-oForwardAgent=no"), (["-A"], "-A"), (["-oForwardAgent=yes"], "-oForwardAgent=yes")):
        run([world.ours("sftp"), "-S", spy, *flags, "host"], b"", world.client_environment())
        words = said.read_text().replace("-o\n", "-o").splitlines()
        about = [word for word in words if word == "-A" or word.startswith("-oForwardAgent")]
        check(about[:1] == [first], f"{flags}: {words}")


@promise("listings look as OpenSSH's do")
def listings(world):
    folder = world.new_folder("listing")
    for i, name in enumerate(["b", "a", ".hidden", "longer name", "c.txt"]):
        (folder / name).write_bytes(bytes(1000 * i))
        os.utime(folder / name, (1000000000 + i, 1700000000 - 1000 * i))
    (folder / "dir").mkdir()
    os.utime(folder / "dir", (1000000000, 1500000000))
    commands = "".join(f"ls {flags} {place}\n" for flags in ("", "-1", "-a", "-l", "-la", "-lt", "-lS", "-lr", "-1tr")
                       for place in (folder, f"{folder}/", f"{folder}/*", f"{folder}/dir"))
    commands += f"cd {folder}\nls\nls -l\nls *\npwd\ndf\ndf -i\nls dir\n"
    ours = direct(world, commands).succeeded()
    theirs = run([world.peer("sftp"), "-b", "-", "-D", peer_server()], commands.encode(), world.client_environment())
    differing = [f"ours:   {a}\ntheirs: {b}" for a, b in zip(text_of(ours.out).split("\n"), text_of(theirs.out).split("\n"))
                 if a.rstrip() != b.rstrip() and not re.search(r"\d+%", b)]
    check(not differing and ours.out.count(b"\n") == theirs.out.count(b"\n"), "lines differ", "\n".join(differing[:20]))


@promise("names of a server's are shown in UTF-8 where the locale has it, and in ASCII where it has not, as by OpenSSH's")
def names_by_locale(world):
    folder = world.new_folder("names")
    for name in (b"gr\xc3\xb6\xc3\x9fe", b"\xdb\x9b31m"):                # of which 0x9b starts a terminal's commands elsewhere
        (pathlib.Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).touch()
    usual = {name: value for name, value in world.client_environment().items() if name != "LC_ALL"}
    locales = (({"LC_ALL": "C"}, False), ({}, False), ({"LANG": "C.UTF-8", "LC_ALL": ""}, True),
               ({"LANG": "C.UTF-8", "LC_CTYPE": "POSIX"}, False), ({"LC_ALL": "C.UTF-8", "LANG": "C"}, True))
    for locale, has_utf8 in locales:
        for whose in ("nacre", "openssh"):
            ran = run([program(world, whose, "sftp"), "-q", "-b", "-", "-D", peer_server()], f"ls -1 {folder}\n".encode(),
                      {**usual, **locale}).succeeded()
            check((b"gr\xc3\xb6" in ran.out) == has_utf8 and (b"\xdb\x9b" in ran.out) == has_utf8, f"{whose} {locale}", ran)
            check((b"\\333\\23331m" in ran.out) != has_utf8, f"{whose} {locale}: not in numbers", ran)
    ran = run([world.ours("sftp"), "-q", "-b", "-", "-D", peer_server()], b"cd \xdb\x9b\n", {**usual, "LC_ALL": "C"})
    check(b"\\333\\233" in ran.err and b"\x9b" not in ran.err, "what failed is named raw", ran)


@promise("ls expands braces as OpenSSH's does; other commands take them as they stand")
def braces(world):
    folder = world.new_folder("braces")
    for name in ("a.c", "b.h", "c.c", "{a,b}.c"):
        (folder / name).write_text(name)
    for word, names in (("{a,b}.{c,h}", ["a.c", "b.h"]), ("{[a-c].c,none}", ["a.c", "c.c"]),
                        ("{c,a}.c", ["a.c", "c.c"])):
        ran = direct(world, f"cd {folder}\nls -1 {word}\n").succeeded()
        check(text_of(ran.out).splitlines()[2:] == names, word, ran)
    check(direct(world, f"cd {folder}\nls {{x,y}}\n").status == 1, "none of them is there")
    direct(world, f"cd {folder}\nrm {{a,b}}.c\n").succeeded()
    check(sorted(os.listdir(folder)) == ["a.c", "b.h", "c.c"], "rm", str(os.listdir(folder)))


@promise("a backslash within quotes is itself: names that hold one")
def backslashes(world):
    here, there = world.new_folder("here"), world.new_folder("there")
    (there / "file").write_text("data")
    direct(world, f"lcd {here}\ncd {there}\n" + r"""
mkdir "a\b"
rename "a\b" "c\d"
rename file "f\g"
ln -s "f\g" "l\m"
lmkdir "n\o"
lcd "n\o"
get "f\g" "p\q"
put "p\q" "r\s"
""").succeeded()
    check(sorted(os.listdir(there)) == [r"c\d", r"f\g", r"l\m", r"r\s"], "there", str(os.listdir(there)))
    check(os.readlink(there / r"l\m") == r"f\g" and (there / r"r\s").read_text() == "data", "what they are")
    check(os.listdir(here) == [r"n\o"] and os.listdir(here / r"n\o") == [r"p\q"], "here", str(os.listdir(here)))


@promise("lcd goes to one's own home and to others' by ~, and to one's own by an empty word")
def local_homes(world):
    account, own = pwd.getpwnam(world.user), os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)
    inside = pathlib.Path(account.pw_dir) / world.remote_folder("inside").name
    for word, path in (("", own), ("~", own), ("~/.", own), ('""', own), (f"~{world.user}", account.pw_dir),
                       (f"~{world.user}/{inside.name}", inside)):
        ran = direct(world, f"lcd /\nlcd {word}\nlpwd\n").succeeded()
        check(f"directory: {os.path.realpath(path)}" in text_of(ran.out).splitlines()[-1], f"lcd {word}", ran)
    check(direct(world, "lcd ~nosuchuser\n").status == 1, "nobody's home")


@promise("interrupted transfers go on: reget and reput trust what is there, --resume verifies it")
def resuming(world):
    folder = world.new_folder("resume")
    data = random.Random(3).randbytes(3_000_000)
    write(folder / "whole", data)
    for size in (0, 1, 1000, 1024000, len(data) - 1, len(data)):
        for command, place in (("reget whole part", "part"), ("reput whole part", "part"), ("get -a whole part", "part")):
            write(folder / place, data[:size])
            ran = direct(world, f"lcd {folder}\ncd {folder}\n{command}\n").succeeded()
            check((folder / place).read_bytes() == data, f"{command} from {size} bytes on", ran)
    for wrong in (0, 1_400_000):
        part = bytearray(data[:1_500_000])
        part[wrong] ^= 1
        for command in ("get", "put"):
            write(folder / "part", part)
            ran = direct(world, f"lcd {folder}\ncd {folder}\n{command} whole part\n", "--resume").succeeded()
            check((folder / "part").read_bytes() == data, f"--resume kept a wrong byte ({command})", ran)


@promise("--atomic: the old file until the new one is whole")
def atomic(world):
    folder = world.new_folder("atomic")
    write(folder / "new", os.urandom(8 << 20))
    for way in ("get", "put"):
        write(folder / "target", b"old")
        command = [world.ours("sftp"), "--atomic", "-l", "40000", "-b", "-", "-D", peer_server()]
        sftp = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                env=world.client_environment())
        sftp.stdin.write(f"lcd {folder}\ncd {folder}\n{way} new target\n".encode())
        sftp.stdin.close()
        wait_until(lambda: (folder / ".target.part").exists(), "a part appears")
        check((folder / "target").read_bytes() == b"old", "the target was touched before its time")
        check(sftp.wait(120) == 0, f"{way} failed")
        check((folder / "target").read_bytes() == (folder / "new").read_bytes(), "the target differs")
        check(not (folder / ".target.part").exists(), "the part is still there")


@promise("links in a tree are left out by name, wherever they lead")
def links_in_trees(world):
    folder = world.new_folder("links")
    (folder / "tree/a").mkdir(parents=True)
    write(folder / "tree/a/file", b"data")
    links = {"a/up": "..", "out": "/etc", "dangling": "nowhere", "itself": "itself", "file": "a/file"}
    for name, target in links.items():
        (folder / "tree" / name).symlink_to(target)
    for command in ("get", "put"):
        ran = direct(world, f"cd {folder}\nlcd {folder}\n{command} -r tree {command}\n").succeeded()
        for name in links:
            check(f'tree/{name}": not a regular file, left out' in text_of(ran.err), f"{command}: {name} is not named", ran)
        check(sorted(p.relative_to(folder / command).as_posix() for p in (folder / command).rglob("*")) == ["a", "a/file"],
              f"{command}: the copy", ran)


@promise("what fails is named, one line each, and the rest goes on")
def failures(world):
    folder = world.new_folder("failures")
    for name in ("a", "b", "c"):
        write(folder / name, name.encode() * 1000)
    os.mkfifo(folder / "fifo")
    (folder / "gone").symlink_to("nowhere")
    target = world.new_folder("target")
    (target / "copy").mkdir()
    (target / "copy" / "b").mkdir()                                # in the way
    ran = direct(world, f"get -R {folder} {target}/copy/..\n-get -R {folder} {target}/copy\n")
    inner = direct(world, f"get {folder}/[abc] {target}/copy\n")
    check(inner.status == 1 and text_of(inner.err).count("\n") == 1 and "copy/b" in text_of(inner.err), "the failure", inner)
    check((target / "copy" / "a").read_bytes() == b"a" * 1000 and (target / "copy" / "c").exists(), "the rest", inner)
    check("fifo" in text_of(ran.err), "what was left out is not said", ran)
    for command in "get", "put":
        whole = direct(world, f"{command} {folder} {target}/folder\n")
        check(whole.status == 1 and b"is a directory: -r copies" in whole.err, "no advice on a folder", whole)


@promise("what may not be read or written is named, and the rest goes on")
def permissions(world):
    world.need_isolation()
    there, back = world.remote_folder("closed"), world.new_folder("back")
    for name in ("a", "b", "c"):
        write(there / name, name.encode())
    os.chmod(there / "b", 0)
    with world.sshd() as server:
        fetched = batch(world, server, f"get -r {there} {back}\n")
        sent = batch(world, server, f"put {back}/{there.name}/* /root/\n")
    check(fetched.status == 1 and text_of(fetched.err).count("Permission denied") == 1 and "/b" in text_of(fetched.err),
          "one line", fetched)
    check(picture(back / there.name, details=False).keys() == {b"a", b"c"}, "the rest", fetched)
    check(sent.status == 1 and text_of(sent.err).count("Permission denied") == 2, "a line for each", sent)


@promise("a full disk: the files that do not fit are named")
def full_disk(world):
    world.need_isolation()
    small = world.new_folder("small")
    run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small]).succeeded()
    try:
        source = world.new_folder("source")
        write(source / "fits", bytes(1000))
        write(source / "large", bytes(4 << 20))
        for command in (f"put {source}/* {small}\n", f"get {source}/* {small}\n"):
            ran = direct(world, command)
            check(ran.status == 1 and text_of(ran.err).count("\n") == 1 and "large" in text_of(ran.err), "one line", ran)
            check((small / "fits").stat().st_size == 1000, "the other file", ran)
            (small / "large").unlink()
            (small / "fits").unlink()
    finally:
        run(["umount", small])


def over_quota(log, *command):
    """The command, whose second write to a file at an offset fails as it does for who has used up a quota."""
    # A sanitizer's leak checker cannot trace what is traced.
    return ["strace", "-E", "ASAN_OPTIONS=detect_leaks=0", "-f", "-o", log,
            "-e", "trace=pwrite64", "-e", "inject=pwrite64:error=EDQUOT:when=2", *command]


@promise("a quota: the file that is beyond it is named with the reason, the others arrive, the status tells")
def quota(world):
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    source, log = world.new_folder("source"), world.new_folder("log") / "calls"
    for name in ("a", "b", "c"):
        write(source / name, name.encode() * 20000)
    full = world.new_folder("script") / "full-server"
    full.write_text("#!/bin/sh\nexec " + " ".join(map(str, over_quota(log, world.ours("sftp-server")))) + "\n")
    full.chmod(0o755)

    def judge(place, ran, who):
        lines = [line for line in text_of(ran.err).split("\n") if line and "onnected" not in line]
        check(ran.status == 1 and len(lines) == 1 and "Disk quota exceeded" in lines[0], f"{who}: one line", ran)
        whole = [n for n in "abc" if (place / n).exists() and (place / n).read_bytes() == n.encode() * 20000]
        check(len(whole) == 2 and not any(f"/{n}\"" in lines[0] or f" {n}:" in lines[0] for n in whole), f"{who}: the others", ran)

    environment = world.client_environment()
    for server, command in ((full, f"put {source}/[abc] TARGET\n"), (peer_server(), f"get {source}/[abc] TARGET\n")):
        place = world.new_folder("place")
        program = [world.ours("sftp")] if server == full else over_quota(log, world.ours("sftp"))
        ran = run([*program, "-b", "-", "-D", server], command.replace("TARGET", str(place)).encode(), environment)
        judge(place, ran, command.split()[0])
    for server in (full, peer_server()):
        place = world.new_folder("place")
        program = [world.ours("scp")] if server == full else over_quota(log, world.ours("scp"))
        prefix, target = ("", f"host:{place}/") if server == full else ("host:", f"{place}/")
        judge(place, run([*program, "-D", server, *(f"{prefix}{source}/{n}" for n in "abc"), target], env=environment), "scp")


@promise("two files of one name become the last of them, whole; cp onto another name of the same file loses nothing")
def one_name(world):
    folder = world.new_folder("remote")
    for name, text in (("a", "x" * 100_000), ("b", "short")):
        (folder / name).mkdir()
        (folder / name / "log").write_text(text)
    here = world.new_folder("here")
    for _ in range(3):
        direct(world, f"cd {folder}\nget */log\n", cwd=here).succeeded()
        check((here / "log").read_text() == "short", "a mixture", (here / "log").stat().st_size)
    (folder / "longer").write_text("y" * 200_000)
    os.link(folder / "a/log", folder / "link")
    for server in (None, world.ours("sftp-server")):
        direct(world, f"cd {folder}\n-cp a/log link\ncp a/log longer\n", server=server).succeeded()
        check((folder / "a/log").read_text() == "x" * 100_000, "it is empty")
        check((folder / "longer").read_text() == "x" * 100_000, "another length", (folder / "longer").stat().st_size)


@promise("cat leaves alone what standard output held before, even if nothing more fits")
def full_output(world):
    file, out = world.new_file("long", "x" * 100_000), world.new_file("out", "what was there\n")
    commands = world.new_file("batch", f"cat {file}\n")

    def small():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
    with open(out, "ab") as stdout:
        ran = subprocess.run([world.ours("sftp"), "-b", commands, "-D", peer_server()], stdout=stdout, stderr=subprocess.PIPE,
                             env=world.client_environment(), preexec_fn=small)
    check(ran.returncode == 1 and b"File too large" in ran.stderr, "it is not told", ran)
    check(out.read_text().startswith("what was there\n"), "it is gone", out.read_text())


@promise("rm -r, du, find and cat do the obvious")
def trees_over_there(world):
    folder = world.new_folder("remote")
    make_tree(folder / "tree", 30)
    (folder / "tree" / "link").symlink_to("/etc")
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    ran = direct(world, f"cd {folder}\ndu -s tree\nfind tree -type d\nfind tree -name f1\ncat tree/plain tree/sub/f2\n").succeeded()
    lines = text_of(ran.out).splitlines()
    check(f"{(size + 1023) // 1024}\ttree" in lines, f"du: {size} bytes", ran)
    below = text_of(direct(world, f"cd {folder}/tree\ndu\n").succeeded().out).splitlines()
    check([line.split("\t")[1] for line in below if "\t" in line][-2:] == ["./sub", "."], "du names what was asked for", below)
    check("tree/sub/deep" in lines and "tree/sub/deep/f1" in lines, "find", ran)
    for pattern in ("'f1*'", "f1*", "f1\\*"):                      # as for find(1): quoting only keeps others off it
        found = direct(world, f"cd {folder}\nfind tree -name {pattern}\n").succeeded()
        check(b"tree/sub/deep/f11" in found.out and b"tree/sub/f2" not in found.out, f"find -name {pattern}", found)
    check(max(map(len, text_of(direct(world, "help\n").out).splitlines())) < 80, "help is wider than a terminal")
    check(ran.out.endswith((folder / "tree/plain").read_bytes() + (folder / "tree/sub/f2").read_bytes()), "cat", ran)
    direct(world, f"rm -r {folder}/tree\n").succeeded()
    check(not (folder / "tree").exists() and pathlib.Path("/etc/passwd").exists(), "rm -r")


HOSTILE = """
import os, struct, sys
def take(n):
    data = b''
    while len(data) < n:
        piece = os.read(0, n - len(data))
        if not piece: sys.exit(0)
        data += piece
    return data
def send(body): os.write(1, struct.pack('>I', len(body)) + body)
def string(s): return struct.pack('>I', len(s)) + s
def attrs(mode): return struct.pack('>IQI', 5, 3, mode)
listed, place = 0, (sys.argv[1] if len(sys.argv) > 1 else '/').encode()
while True:
    request = take(struct.unpack('>I', take(4))[0])
    kind, id = request[0], request[1:5]
    if kind == 1: send(b'\\x02' + struct.pack('>I', 3) + string(b'expand-path@openssh.com') + string(b'1'))
    elif kind in (16, 200): send(b'\\x68' + id + struct.pack('>I', 1) + string(place) + string(b'') + struct.pack('>I', 0))
    elif kind in (7, 8, 17): send(b'\\x69' + id + attrs(0o40755 if kind != 8 else 0o100644))
    elif kind in (3, 11): send(b'\\x66' + id + string(b'h'))
    elif kind == 12 and not listed:
        listed = 1
        names = [b'good', b'../evil', b'/tmp/evil', b'a/b', b'', b'..', b'\\x1b]0;title\\x07']
        send(b'\\x68' + id + struct.pack('>I', len(names)) + b''.join(string(n) + string(b'x') + attrs(0o100644) for n in names))
    elif kind == 5 and request[-12:-4] == b'\\0' * 8: send(b'\\x67' + id + string(b'abc'))
    elif kind in (5, 12): send(b'\\x65' + id + struct.pack('>I', 1) + string(b'') + string(b''))
    else: send(b'\\x65' + id + struct.pack('>I', 0) + string(b'') + string(b''))
"""


@promise("a hostile server writes nothing outside, and no control character reaches the terminal")
def hostile(world):
    script = world.new_file("hostile.py", HOSTILE)
    folder = world.new_folder("inner")
    ran = direct(world, f"-get -R /x {folder}/copy\nls\n", server=f"/usr/bin/python3 {script}")
    check({p.name for p in folder.rglob("*")} == {"copy", "good", "\x1b]0;title\x07"}, "what was written",
          str(list(folder.rglob("*"))), ran)
    check(text_of(ran.err).count("is no file name") == 4, "what was refused", ran)
    check(b"\x1b" not in ran.out + ran.err, "a control character", ran)


@promise("what a server calls a failure behind the end of a folder does not spoil its listing; before the end it does")
def behind_the_end(world):
    for has_end in (True, False):
        script = HOSTILE.replace("    elif kind in (5, 12):", f"""    elif kind == 12:
        listed += 1
        send(b'\\x65' + id + struct.pack('>I', 1 if {has_end} and listed == 2 else 4) + string(b'') + string(b''))
    elif kind == 5:""").replace("names = [b'good', ", "names = [b'good'] or [")
        ran = direct(world, "ls\n", server=f"/usr/bin/python3 {world.new_file('server.py', script)}")
        check((ran.status == 0) == has_end and (b"good" in ran.out or not has_end), f"an end: {has_end}", ran)


@promise("rm -r removes links and not what they lead to, also with a slash behind them, and neither where one is nor the root")
def remove_carefully(world):
    folder = world.new_folder("remote")
    (folder / "tree/sub").mkdir(parents=True)
    write(folder / "tree/f", b"data")
    (folder / "link").symlink_to("tree")
    for command in ("rm -r link/", "rm -r lin*/"):
        if not (folder / "link").is_symlink():
            (folder / "link").symlink_to("tree")
        direct(world, f"cd {folder}\n{command}\n").succeeded()
        check((folder / "tree/f").exists() and not (folder / "link").is_symlink(), command)
    for where, command in (("tree", "rm -r ."), ("tree/sub", "rm -r .."), ("tree", "rm -r ../tree/."), ("tree", "rm -r sub/..")):
        ran = direct(world, f"cd {folder}/{where}\n{command}\n")
        check(ran.status == 1 and b"is not removed" in ran.err and (folder / "tree/f").exists(), command, ran)
    direct(world, f"cd {folder}\nrm -r tree/\n").succeeded()
    check(not (folder / "tree").exists(), "rm -r tree/")


@promise("a file that is put or fetched onto itself, as on a home that both machines have, stays what it is")
def onto_itself(world):
    folder = world.new_folder("home")
    (folder / "tree").mkdir()
    data = random.Random(3).randbytes(400_000)
    for command in ("get tree/f tree/f", "put tree/f tree/f", "get -r tree", "put -r tree", "put -p tree/link tree/f",
                    "get tree/f tree/link"):
        write(folder / "tree/f", data)
        if not (folder / "tree/link").exists():
            (folder / "tree/link").symlink_to("f")
        direct(world, f"cd {folder}\nlcd {folder}\n{command}\n").succeeded()
        check((folder / "tree/f").read_bytes() == data, f"{command}: {(folder / 'tree/f').stat().st_size} bytes are left")


@promise("a pattern in a folder that cannot be read to its end stands for nothing: what it names is not all that is meant")
def half_a_folder(world):
    script = world.new_file("server.py", HOSTILE.replace("    elif kind in (5, 12):", """    elif kind == 12:
        send(b'\\x65' + id + struct.pack('>I', 4) + string(b'') + string(b''))
    elif kind == 5:""").replace("names = [b'good', ", "names = [b'good'] or ["))
    server = f"/usr/bin/python3 {script}"
    for command in ("get /x/*", "ls /x/g*", "rm /x/*"):
        folder = world.new_folder("here")
        ran = direct(world, f"lcd {folder}\n-{command}\npwd\n{command}\npwd\n", server=server)
        check(ran.status == 1 and b'readdir("/x' in ran.err and not any(folder.iterdir()), command, ran)
        check(ran.out.count(b"working directory") == 1, f"{command}: the session", ran)
    folder = world.new_folder("here")
    ran = run([world.ours("scp"), "-D", server, "host:/x/*", folder], env=world.client_environment())
    check(ran.status == 1 and b'readdir("/x' in ran.err and not any(folder.iterdir()), "scp", ran)


@promise("a copy on the server whose target cannot be closed is no success")
def copy_not_closed(world):
    script = world.new_file("server.py", HOSTILE.replace("string(b'expand-path@openssh.com') + string(b'1')",
                                                         "string(b'copy-data') + string(b'1')")
                            .replace("attrs(0o40755 if kind != 8 else 0o100644)", "attrs(0o100644)")
                            .replace("string(place)", "string(request[9:])")
                            .replace("kind in (16, 200)", "kind == 16")
                            .replace("    else: send", "    elif kind == 4: send(b'\\x65' + id + struct.pack('>I', 4) + "
                                     "string(b'No space left on device') + string(b''))\n    else: send"))
    ran = direct(world, "cp a b\n", server=f"/usr/bin/python3 {script}")
    check(ran.status == 1 and b"No space left on device" in ran.err, "a success", ran)


@promise("a server that lies about where things are does not choose where on this machine a copy goes")
def lies(world):
    script = world.new_file("hostile.py", HOSTILE)
    for place in ("x/..", "/", ".."):
        for what in (".", "..", "/"):
            folder = world.new_folder("inner")
            (folder / "deep").mkdir()
            direct(world, f"lcd {folder}/deep\n-get -R {what}\n", server=f"/usr/bin/python3 {script} {place}")
            check([p.name for p in folder.iterdir()] == ["deep"], f"get {what}, which is {place}", str(list(folder.rglob("*"))))
            check((folder / "deep" / "good").exists(), f"get {what}, which is {place}: nothing came")
    for typed in ("~/report", "~bob/report", "~/rep*"):
        folder = world.new_folder("inner")
        run([world.ours("scp"), "-r", "-D", f"/usr/bin/python3 {script} /d/.bashrc", f"host:{typed}", folder])
        check(".bashrc" not in {p.name for p in folder.iterdir()}, f"{typed}: a name of the server's", str(list(folder.iterdir())))
        check((folder / "report").exists() or "*" in typed, f"{typed}: not copied", str(list(folder.iterdir())))


@promise("a copy on the server that cannot be made empties nothing")
def copies_that_fail(world):
    folder = world.new_folder("remote")
    (folder / "a").write_text("one")
    (folder / "b").write_text("two")
    for command, server in (("cp a b", f"{peer_server()} -P copy-data"), ("cp a c", f"{peer_server()} -P copy-data"),
                            ("cp a .", None), ("cp a a", None), (f"cp a {folder}/a", None), (f"cp a {folder}", None)):
        ran = direct(world, f"cd {folder}\n{command}\n", server=server)
        check(ran.status == 1 and ran.err != b"", f"{command}: not said", ran)
        check([(p.name, p.read_text()) for p in sorted(folder.iterdir())] == [("a", "one"), ("b", "two")], command, ran)
    direct(world, f"cd {folder}\ncp a b\n").succeeded()
    check((folder / "b").read_text() == "one", "cp a b")


@promise("'.' means what is in a folder, there and back, as for scp and other clients")
def content_of_folders(world):
    here, there = world.new_folder("here"), world.new_folder("there")
    make_tree(here / "dist", 3)
    names = {p.relative_to(here / "dist") for p in (here / "dist").rglob("*")}
    for number, (upload, base) in enumerate((("lcd dist\nput -r . {to}", "dist"), ("put -r dist/. {to}", "dist"))):
        to = there / str(number)
        to.mkdir()
        direct(world, f"lcd {here}\n" + upload.format(to=to) + "\n").succeeded()
        check({p.relative_to(to) for p in to.rglob("*")} == names, f"{upload}", str(list(to.rglob("*"))))
        back = world.new_folder("back")
        direct(world, f"cd {to}\nget -r . {back}\n").succeeded()
        check({p.relative_to(back) for p in back.rglob("*")} == names, "get -r .", str(list(back.rglob("*"))))


@promise("a folder that everybody may write to keeps its sticky bit, there and back, and here obeys the umask")
def sticky(world):
    here, there = world.new_folder("here"), world.new_folder("there")
    (here / "pool").mkdir()
    (here / "pool").chmod(0o1777)
    for flags, down in (("-r", 0o1700), ("-pr", 0o1777)):
        direct(world, f"lcd {here}\nput {flags} pool {there}/up{flags}\n"
                      f"lumask 077\nget {flags} {there}/up{flags} {here}/down{flags}\n").succeeded()
        for copy, mode in ((there / f"up{flags}", 0o1777), (here / f"down{flags}", down)):
            check(copy.stat().st_mode & 0o7777 == mode, f"{copy.name}: {copy.stat().st_mode:o}")


@promise("what is there by a name with brackets is meant by that name")
def names_with_brackets(world):
    folder = world.new_folder("remote")
    for name in ("[x]", "x"):
        (folder / name).mkdir()
    (folder / "f[1].txt").write_text("1")
    ran = direct(world, f"cd {folder}\ncd [x]\npwd\n").succeeded()
    check(f"{folder}/[x]" in text_of(ran.out), "cd", ran)
    direct(world, f"cd {folder}\nchmod 600 f[1].txt\nrm f[1].txt\n").succeeded()
    check(not (folder / "f[1].txt").exists() and (folder / "x").exists(), "rm")


class Terminal:
    """A person at a terminal of 80 columns."""

    def __init__(self, command, env, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execve(command[0], [str(c) for c in command], env)
        self.seen = b""

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        start = time.monotonic()
        while not re.search(pattern.encode(), self.seen, re.S):
            if time.monotonic() - start > 60:
                check(False, f"the terminal never showed {pattern!r}", self.seen)
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.fd, 65536)
                except OSError:
                    check(False, f"the program ended without {pattern!r}", self.seen)
        seen, self.seen = self.seen, b""
        return seen

    def end(self):
        self.type("bye\n")
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def terminal(world, folder, *flags):
    command = [str(world.ours("sftp")), *flags, "-D", str(peer_server())]
    return Terminal(command, world.client_environment(), folder)


@promise("at a terminal: commands and names are completed, lines remembered, ^C drops the line")
def editing(world):
    folder = world.new_folder("terminal")
    write(folder / "unique name", b"x")
    write(folder / "other1", b"x")
    write(folder / "other2", b"x")
    person = terminal(world, folder)
    person.expect("sftp> ")
    person.type("lpw\t\n")
    person.expect("Local working directory: .*terminal")
    person.type("ls -1 uni\t\n")
    person.expect(r"que\\ name .*unique name\r\n")
    person.type("ls oth\t\t")
    person.expect("other1 +other2.*sftp> .*other")
    person.type("\x03")
    person.expect("sftp> ")
    person.type("lpwd\n")
    person.expect("Local working directory")
    person.type("\x1b[A\n")                                       # the line before
    person.expect("Local working directory")
    person.end()


@promise("at a terminal: the meter shows the whole tree; ^C stops a transfer, keeps what came, and the session goes on")
def interrupting(world):
    folder = world.new_folder("terminal")
    write(folder / "big", os.urandom(32 << 20))
    (folder / "many").mkdir()
    for i in range(50):
        write(folder / "many" / f"f{i}", bytes(100000))
    person = terminal(world, folder, "-l", "40000")
    person.expect("sftp> ")
    person.type("get -R many copy\n")
    person.expect(r"\d+/50 files +\d+% of \d+KB")
    person.expect("sftp> ")
    person.type("get big part\n")
    person.expect(r"big +\d+% +\d+.B.*ETA")
    person.type("\x03")
    person.expect("Interrupt.*sftp> ")
    part = (folder / "part").read_bytes()
    check(0 < len(part) < 32 << 20 and (folder / "big").read_bytes().startswith(part), f"{len(part)} bytes were kept")
    person.type("pwd\n")
    person.expect("Remote working directory")
    person.end()


SLOW_SERVER = """#!/usr/bin/python3
import os, subprocess, time
server = subprocess.Popen(["SERVER"], stdout=subprocess.PIPE)
while data := os.read(server.stdout.fileno(), 20000):
    os.write(1, data)
    time.sleep(len(data) / 600_000)
"""


@promise("at a terminal: ^C on a slow path gives the prompt back at once, and what comes late is in nobody's way")
def interrupting_slowness(world):
    folder = world.new_folder("slow")
    data = os.urandom(3 << 20)                                    # five seconds
    write(folder / "big", data)
    write(folder / "small", b"small")
    server = folder / "server"
    server.write_text(SLOW_SERVER.replace("SERVER", str(peer_server())))
    server.chmod(0o755)
    person = Terminal([str(world.ours("sftp")), "-D", str(server)], world.client_environment(), folder)
    person.expect("sftp> ")
    person.type("get big part\n")
    person.expect(r"big +\d+%")
    person.type("\x03")
    begun = time.monotonic()
    person.expect("Interrupt.*sftp> ")
    check(time.monotonic() - begun < 4, "the prompt came late")
    part = (folder / "part").read_bytes()
    check(0 < len(part) < len(data) and data.startswith(part), f"{len(part)} bytes were kept")
    person.type("get small copy\n")                               # behind the rest
    person.expect("Fetching .*sftp> ")
    check((folder / "copy").read_bytes() == b"small", "what was fetched later")
    person.end()


@promise("sftp host:path fetches a file, or changes to a directory; URIs do the same")
def destinations(world):
    there = world.remote_folder("place")
    write(there / "file", b"content")
    for _, start in servers(world):
        with start() as server:
            for place in (f"{world.user}@127.0.0.1:{there}/file", f"sftp://{world.user}@127.0.0.1:{server.port}/{there}/file"):
                here = world.new_folder("here")
                run([*world.copy_command("sftp", server), place, f"{here}/got"], env=world.client_environment()).succeeded()
                check((here / "got").read_bytes() == b"content", "the file")
            ran = run([*world.copy_command("sftp", server), "-b", "-", f"{world.user}@127.0.0.1:{there}/"], b"pwd\n",
                      world.client_environment()).succeeded()
            check(f"Remote working directory: {there}".encode() in ran.out, "the directory", ran)
