"""scp: both protocols, both directions, between hosts; names as they are; what a hostile end may not do."""
import os
import pathlib
import pwd
import random
import shutil

from harness import Skip, check, promise, run, text_of

SFTP_SERVER = pathlib.Path("/usr/lib/openssh/sftp-server")
ODD_NAMES = [b"plain", b"two words", b"it's \"quoted\"", b"-dash", "größe".encode(), b"\xff\xfe", b"semi;colon$HOME`id`",
             b"back\\slash"]


def sftp_server():
    if not SFTP_SERVER.exists():
        raise Skip("OpenSSH's sftp-server is not installed")
    return SFTP_SERVER


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def make_tree(root, odd_names=()):
    source = random.Random(5)
    root = os.fsencode(root)
    for d in (b"", b"sub", b"sub/deep", b"empty"):
        os.makedirs(os.path.join(root, d), exist_ok=True)
    for i, name in enumerate(odd_names):
        write(os.path.join(root, name), source.randbytes(100 * i))
    for i in range(30):
        path = os.path.join(root, b"sub/deep" if i % 2 else b"sub", b"f%d" % i)
        write(path, source.randbytes(source.choice((0, 1, 1000, 300000))))
        os.chmod(path, source.choice((0o644, 0o600, 0o755)))
        os.utime(path, (1500000000 + i, 1400000000 + i))


def picture(root, details=True):
    seen, root = {}, os.fsencode(root)
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            facts = os.stat(path)
            content = open(path, "rb").read() if name in files else None
            times = int(facts.st_mtime) if name in files else 0
            seen[os.path.relpath(path, root)] = (content, facts.st_mode, times) if details else content
    return seen


def scp(world, server, *words, flags=(), program=None):
    return run([*world.copy_command("scp", server, program=program), *flags, *words], env=world.client_environment())


def remote(world, path):
    return os.fsencode(f"{world.user}@127.0.0.1:") + os.fsencode(path)


def each_way(world):
    """(server, flags): both servers, both protocols."""
    for whose in ("openssh", "nacre"):
        with world.sshd(whose, sftp=sftp_server()) as server:
            for flags in ((), ("-O",)):
                yield server, flags


@promise("trees with times and modes, up and down, by both protocols")
def trees(world):
    here = world.new_folder("tree")
    make_tree(here)
    for server, flags in each_way(world):
        there, back = world.remote_folder("tree"), world.new_folder("back")
        ran = scp(world, server, here, remote(world, there / "copy"), flags=["-rp", *flags]).succeeded()
        check(picture(there / "copy") == picture(here), "what is there differs", ran)
        ran = scp(world, server, remote(world, there / "copy"), back, flags=["-rp", *flags]).succeeded()
        check(picture(back / "copy") == picture(here), "what came back differs", ran)


@promise("names arrive as they are")
def names(world):
    here = world.new_folder("names")
    for i, name in enumerate(ODD_NAMES + [b"new\nline", b"star*?[x]"]):
        write(os.path.join(os.fsencode(here), name), b"%d" % i)
    for server, flags in each_way(world):
        there, back = world.remote_folder("names"), world.new_folder("back")
        scp(world, server, *(os.path.join(os.fsencode(here), name) for name in ODD_NAMES), remote(world, there),
            flags=flags).succeeded()
        wanted = {name: content for name, content in picture(here, False).items() if name in ODD_NAMES}
        check(picture(there, False) == wanted, "up", str(picture(there, False)))
        scp(world, server, remote(world, f"{there}/*"), back, flags=flags).succeeded()
        check(picture(back, False) == wanted, "down", str(picture(back, False)))
        if not flags:                                             # the old protocol cannot carry a newline
            again = world.remote_folder("names")
            scp(world, server, here, remote(world, again), flags=["-r"]).succeeded()
            check(picture(again / here.name, False) == picture(here, False), "a tree of odd names")
            scp(world, server, remote(world, f"{again / here.name}/star*?[x]"), back).succeeded()
            check((back / "star*?[x]").exists(), "a name that looks like a pattern")


@promise("between two hosts, through this machine")
def between_hosts(world):
    here = world.new_folder("tree")
    make_tree(here)
    for server, flags in each_way(world):
        there = world.remote_folder("between")
        scp(world, server, here, remote(world, there / "a"), flags=["-r", *flags]).succeeded()
        ran = scp(world, server, remote(world, there / "a"), remote(world, there / "b"), flags=["-3", "-rp", *flags]).succeeded()
        check(picture(there / "b") == picture(there / "a"), "the copy differs", ran)


@promise("a host may be called anything: its files are read from it, and nobody else")
def odd_host(world):
    here, there = world.remote_folder("here"), world.remote_folder("there")
    (here / "file").write_text("of the source\n")
    (there / "file").write_text("of the target\n")
    with world.sshd(sftp=f"internal-sftp -d {here}") as source, world.sshd(sftp=f"internal-sftp -d {there}") as target:
        config = world.new_file("config", "".join(
            f"Host {name}\nHostName 127.0.0.1\nPort {server.port}\nUser {world.user}\nIdentityFile {world.key('ed25519')}\n"
            f"UserKnownHostsFile {server.known_hosts}\n" for name, server in (("target", source), ("other", target))))
        run([world.ours("scp"), "-F", config, "-S", world.ours("ssh"), "target:file", "other:copy"],
            env=world.client_environment()).succeeded()
    check((there / "copy").read_text() == "of the source\n", "another file", (there / "copy").read_text())


@promise("where a server lets nobody set sizes, a file that keeps the end of what was there is no success")
def no_sizes(world):
    there = world.remote_folder("there")
    short = world.new_file("short", "short")
    with world.sshd(sftp="internal-sftp -P setstat,fsetstat") as server:
        scp(world, server, short, remote(world, there / "new")).succeeded()
        check((there / "new").read_text() == "short", "another content")
        scp(world, server, short, remote(world, there / "new")).succeeded()
        (there / "longer").write_text("longer than that")
        os.chmod(there / "longer", 0o666)
        ran = scp(world, server, short, remote(world, there / "longer"))
        check(ran.status == 1 and b"it keeps the end of what was there" in ran.err, "a success", ran)


@promise("-R asks the first host to do it")
def they_copy(world):
    spy = world.new_file("spy", "#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    spy.chmod(0o755)
    ran = run([world.ours("scp"), "-R", "-rp", "-S", spy, "a:x y*", "me@b:z"], env=world.client_environment()).succeeded()
    words = text_of(ran.out).splitlines()
    check(words[-3:] == ["--", "a", "scp -r -p -- x\\ y* me@b:z"], "the command", ran)
    for flag in ("--atomic", "--resume"):                         # which the scp over there may not know
        ran = run([world.ours("scp"), "-R", flag, "-S", spy, "a:x", "me@b:z"], env=world.client_environment())
        check(ran.status == 1 and ran.out == b"" and flag.encode() in ran.err, f"{flag} was left out", ran)


@promise("several sources need a directory; a missing file is named and the rest copied")
def mistakes(world):
    here = world.new_folder("here")
    write(here / "a", b"a")
    write(here / "b", b"b")
    for server, flags in each_way(world):
        there = world.remote_folder("mistakes")
        write(there / "file", b"old")
        os.chmod(there / "file", 0o666)
        ran = scp(world, server, here / "a", here / "b", remote(world, there / "file"), flags=flags)
        check(ran.status != 0 and (there / "file").read_bytes() == b"old" and b"scp: scp:" not in ran.err, "a file took two", ran)
        ran = scp(world, server, here / "a", here / "missing", here / "b", remote(world, there), flags=flags)
        check(ran.status == (1 if flags else 255) and b"missing" in ran.err, "a missing file", ran)
        check((there / "a").exists() and (there / "b").exists(), "the rest", ran)
        ran = scp(world, server, here, remote(world, there), flags=flags)
        check(ran.status == 1, "a directory without -r", ran)
        ran = scp(world, server, remote(world, there / "nothing"), here, flags=flags)
        check(ran.status == 1 and b"nothing" in ran.err and b"scp: scp:" not in ran.err, "nothing there", ran)
        if not flags:
            for words in (("a", "b", "missing"), ("a", "missing/")):
                ran = scp(world, server, *(here / word for word in words[:-1]), f"{here}/{words[-1]}")
                check(ran.status == 1 and b"No such file or directory" in ran.err, "into a folder that is not there", ran)


@promise("a copy within the machine is cp's: links stay links, and a copy onto itself or of a folder into itself is refused")
def within_machine(world):
    folder = world.new_folder("tree")
    file, other = folder / "file", world.new_file("other", "other")
    file.write_bytes(b"data")
    os.utime(file, (1500000000, 1400000000))
    os.link(file, folder / "link")
    scp = world.ours("scp")
    for words in ([file, file], [file, folder / "link"], [file, folder]):
        ran = run([scp, *words])
        check(ran.status == 1 and ran.err, f"{words}", ran)
        check(os.stat(file).st_mtime == 1400000000 and sorted(os.listdir(folder)) == ["file", "link"], "touched", ran)
    ran = run([scp, "--atomic", other, folder / "link"])
    check(ran.status == 1 and b"--atomic" in ran.err and file.read_bytes() == b"data", "another way than the one asked for", ran)
    ran = run([scp, file, other, folder])
    check(ran.status == 1 and (folder / other.name).read_text() == "other", "the rest was not copied", ran)
    for program in (scp, world.peer("scp")):
        ran = run([program, "-r", folder, folder / "sub"])
        check(ran.status == 1 and b"into itself" in ran.err and file.read_bytes() == b"data", f"{program}", ran)
        os.symlink("nowhere", folder / "dangling")
        copy = world.folder / f"copy-{pathlib.Path(program).parent.name}"
        for protocol in (["-s"], ["-O"]):
            run([program, *protocol, "-r", folder, copy]).succeeded()
            check(os.readlink(copy / "dangling") == "nowhere", f"{program} {protocol}: the link was followed")
            shutil.rmtree(copy)
        (folder / "dangling").unlink()


@promise("links that lead round and round, or nowhere, are left out by name with status 1, and those out of the tree followed")
def looping_links(world):
    for server, flags in each_way(world):
        here, there = world.new_folder("links"), world.remote_folder("links")
        for top in (here, there):
            for name in ("tree/a", "tree/b", "outside"):
                (top / name).mkdir(parents=True)
                write(top / name / "file", name.encode())
            for name, target in (("a/up", ".."), ("a/other", "../b"), ("b/other", "../a"), ("b/same", "."), ("b/top", "/"),
                                 ("out", "../outside"), ("dangling", "nowhere"), ("itself", "itself")):
                (top / "tree" / name).symlink_to(target)
        for way, words in (("upload", (here / "tree", remote(world, there / "copy"))),
                           ("download", (remote(world, there / "tree"), here / "copy"))):
            if way == "download" and flags:                       # another's scp walks through the tree
                continue
            ran = scp(world, server, *words, flags=["-r", *flags])
            said = text_of(ran.err)
            check(ran.status == 1, f"{way} {flags}: no failure", ran)
            for name in ("a/up", "b/same", "b/top", "a/other/same", "a/other/top", "b/other/up", "a/other/other", "dangling",
                         "itself"):
                check(f"tree/{name}" in said, f"{way} {flags}: {name} is not named", ran)
            copy = (there if way == "upload" else here) / "copy"
            for name, content in (("a/file", b"tree/a"), ("a/other/file", b"tree/b"), ("out/file", b"outside")):
                check((copy / name).read_bytes() == content, f"{way} {flags}: {name}", ran)
            check(not (copy / "b/top").exists() and not (copy / "a/up").exists(), f"{way} {flags}: too much", ran)


@promise("--resume and --atomic")
def resume(world):
    here = world.new_folder("here")
    data = random.Random(2).randbytes(5_000_000)
    write(here / "whole", data)
    with world.sshd("openssh", sftp=sftp_server()) as server:
        there = world.remote_folder("resume")
        for part in (data[:2_000_000], b"other" * 1000, data + b"more"):
            write(there / "whole", part)
            os.chmod(there / "whole", 0o666)
            scp(world, server, here / "whole", remote(world, there), flags=["--resume"]).succeeded()
            check((there / "whole").read_bytes() == data, "resumed upload")
        write(here / "part", data[:1234567])
        scp(world, server, remote(world, there / "whole"), here / "part", flags=["--resume"]).succeeded()
        check((here / "part").read_bytes() == data, "resumed download")
        scp(world, server, here / "whole", remote(world, there / "new"), flags=["--atomic", "-p"]).succeeded()
        check((there / "new").read_bytes() == data and not (there / ".new.part").exists(), "atomic")


@promise("a subsystem that the server does not have is told by its name")
def no_subsystem(world):
    with world.sshd("openssh", sftp=sftp_server()) as server:
        command = world.ssh_command(server, "sftp-of-another-name", key=world.key("ed25519"), flags=("-s",))
        ran = run(command, env=world.client_environment())
        check(ran.status == 255 and b'no subsystem "sftp-of-another-name"' in ran.err, "no advice", ran)


@promise("files and folders that are not there: the exit status is OpenSSH's, over both protocols")
def missing(world):
    here = world.new_folder("here")
    write(here / "file", b"data")
    with world.sshd("openssh", sftp=sftp_server()) as server:
        there = world.remote_folder("missing")
        nowhere = remote(world, there / "nowhere")
        for flags in ([], ["-O"]):
            for words in ((here / "nowhere", remote(world, there)), (nowhere, here), (here / "file", nowhere + b"/in/it"),
                          (here / "file", here / "nowhere", remote(world, there)), (here / "nowhere", here / "file")):
                ours = scp(world, server, *words, flags=flags)
                theirs = scp(world, server, *words, flags=flags, program=world.peer("scp"))
                check(ours.status == theirs.status and ours.status != 0, f"{flags} {words}", ours, theirs)


@promise("a folder without -r stays where it is, and the message says what copies it; the status is OpenSSH's")
def folders(world):
    here = world.new_folder("here")
    (here / "folder").mkdir()
    with world.sshd("nacre", sftp=sftp_server(), lines=[f"SetEnv PATH={world.bin}:/usr/bin:/bin"]) as server:
        there = world.remote_folder("there")
        (there / "folder").mkdir()
        for flags in ([], ["-O"]):
            for words in ((here / "folder", remote(world, there)), (remote(world, there / "folder"), here)):
                ours = scp(world, server, *words, flags=flags)
                theirs = scp(world, server, *words, flags=flags, program=world.peer("scp"))
                check(ours.status == theirs.status != 0, f"{flags} {words}", ours, theirs)
                check(b'is a directory: -r copies' in ours.err, f"no advice: {flags} {words}", ours)


@promise("--atomic writes through no link that somebody has put where the part is to lie")
def planted_links(world):
    here = world.new_file("here", "data")
    for whose in ("openssh", "nacre"):
        with world.sshd(whose, sftp=sftp_server()) as server:
            there, victim = world.remote_folder("there"), world.remote_folder("victim") / "file"
            victim.write_text("what was there")
            victim.chmod(0o666)
            for flags in (["--atomic"], ["--atomic", "--resume"]):
                (there / ".new.part").symlink_to(victim)
                scp(world, server, here, remote(world, there / "new"), flags=flags).succeeded()
                check(victim.read_text() == "what was there", f"{whose} {flags}: the link was followed")
                check((there / "new").read_text() == "data" and not (there / "new").is_symlink(), f"{whose} {flags}")
                check(os.listdir(there) == ["new"], "beside it", str(os.listdir(there)))


@promise("few descriptors are enough for many files, there and back")
def few_descriptors(world):
    here = world.new_folder("many")
    for i in range(200):
        write(here / f"f{i}", b"%d" % i)
    with world.sshd("openssh", sftp=sftp_server()) as server:
        there, back = world.remote_folder("there"), world.new_folder("back")
        for words in ((here, remote(world, there / "copy")), (remote(world, there / "copy"), back / "copy")):
            run(["sh", "-c", 'ulimit -n 64; exec "$0" "$@"', *world.copy_command("scp", server), "-r", *words],
                env=world.client_environment()).succeeded()
        check(picture(back / "copy", False) == picture(here, False), "what came back differs")


@promise("the home of a user who is not there is an error with OpenSSH's status, not a file of that name")
def unknown_home(world):
    here = world.new_folder("here")
    write(here / "file", b"data")
    for words in (("file", "host:~nosuchuser"), ("file", "host:~nosuchuser/file"), ("host:~nosuchuser", "copy"),
                  ("host:~nosuchuser/file", "copy")):
        ran = [run([program, "-D", sftp_server(), *words], env=world.client_environment(), cwd=here)
               for program in (world.ours("scp"), world.peer("scp"))]
        check(ran[0].status == ran[1].status != 0 and b"~nosuchuser" in ran[0].err, f"{words}", *ran)
        check(os.listdir(here) == ["file"], f"{words} made something", str(os.listdir(here)))
    run([world.ours("scp"), "-D", f"{sftp_server()} -d {here} -P expand-path", "file", "host:~/copy"],
        env=world.client_environment(), cwd=here).succeeded()
    check((here / "copy").read_bytes() == b"data", "~/ where the server does not know homes")


@promise("files of a folder that may be listed and not entered are told of by name, and the copy counts as failed")
def unreachable_files(world):
    world.need_isolation()
    here, there = world.remote_folder("here"), world.remote_folder("there")
    (here / "shut").mkdir()
    write(here / "shut/unreachable", b"data")
    os.chmod(here / "shut", 0o444)
    env = world.client_environment()
    account = pwd.getpwnam(world.user)
    os.chown(here / "shut", account.pw_uid, account.pw_gid)
    copied = run(world.as_user(world.ours("scp"), "-D", sftp_server(), "-r", here / "shut", f"host:{there}/scp"),
                 env=env)
    put = run(world.as_user(world.ours("sftp"), "-b", "-", "-D", sftp_server()),
              f"put -r {here}/shut {there}/sftp\n".encode(), env)
    for ran in (copied, put):
        told = b"shut/unreachable" in ran.err and b"Permission denied" in ran.err
        check(ran.status == 1 and told, "an empty copy", ran)


@promise("the old protocol keeps times beyond 2106, too")
def late_times(world):
    here = world.new_file("late", "data")
    os.utime(here, (5000000000, 6000000000))
    with world.sshd("openssh", sftp=sftp_server()) as server:
        there, back = world.remote_folder("there"), world.new_folder("back")
        scp(world, server, here, remote(world, there), flags=["-O", "-p"]).succeeded()
        scp(world, server, remote(world, there / here.name), back, flags=["-O", "-p"]).succeeded()
        for copy in (there / here.name, back / here.name):
            check(int(copy.stat().st_mtime) == 6000000000, f"{copy}: {copy.stat().st_mtime}")


@promise("without -p the modes of files and folders obey the umask, over both protocols")
def modes(world):
    with world.sshd("openssh", sftp=sftp_server()) as server:
        there = world.remote_folder("there")
        (there / "open").mkdir()
        write(there / "open/file", b"data")
        for path, mode in (("open/file", 0o466), ("open", 0o777)):
            os.chmod(there / path, mode)
        shutil.copytree(there / "open", there / "shut")
        os.chmod(there / "shut", 0o577)
        for flags in ([], ["-O"]):
            back = world.new_folder("back")
            command = world.copy_command("scp", server)
            run(["sh", "-c", 'umask 027; exec "$0" "$@"', *command, *flags, "-r", remote(world, there / "open"),
                 remote(world, there / "shut"), back], env=world.client_environment()).succeeded()
            for path, mode in (("open", 0o750), ("open/file", 0o440 if flags else 0o640)):
                found = (back / path).stat().st_mode & 0o7777
                check(found == mode, f"{flags} {path}: {found:o}")
            found = (back / "shut").stat().st_mode & 0o7777
            check(not flags or found == 0o550, f"what was opened to be filled: {found:o}")


def bad_server(world, *lines):
    """An ssh that is a hostile scp -f."""
    script = world.new_file("bad", "#!/bin/sh\n" + "".join(f"printf '%b\\n' '{line}'\n" for line in lines) + "cat >/dev/null\n")
    script.chmod(0o755)
    return script


@promise("a hostile end of the old protocol writes nothing that was not asked for")
def hostile(world):
    for lines in (["C0644 2 ../evil", "x"], ["C0644 2 /tmp/evil-nacre", "x"], ["C0644 2 other", "x"], ["D0755 0 .."],
                  ["C0644 99999999999999999999 file"], ["T1 0"], ["E"], ["junk"], ["\\\\001" + "x" * 9000],
                  ["D0755 0 file", "D0755 0 ..", "C0644 1 evil", "x"]):
        folder = world.new_folder("victim")
        (folder / "in").mkdir()
        for flags in ([], ["-r"]):
            ran = run([world.ours("scp"), "-O", *flags, "-S", bad_server(world, *lines), "host:file", folder / "in"],
                      env=world.client_environment(), limit=30)
            check(ran.status != 0, f"{lines} passed", ran)
            left = {str(p.relative_to(folder)) for p in folder.rglob("*")}
            check(left <= {"in", "in/file"}, f"{lines} wrote {left}", ran)
            check(b"\x01" not in ran.err, "a control character", ran)
    check(not pathlib.Path("/tmp/evil-nacre").exists(), "a file in /tmp")
    for asked in (".", "..", "/", "~", "~user"):                  # folders
        for flags in ([], ["-r"]):
            folder = world.new_folder("victim")
            ran = run([world.ours("scp"), "-O", *flags, "-S", bad_server(world, "C0644 2 .bashrc", "x"), f"host:{asked}", folder],
                      env=world.client_environment(), limit=30)
            check(ran.status != 0 and not any(folder.iterdir()), f"{flags} {asked}: .bashrc was written", ran)


@promise("a file that the old protocol brings in part is a true beginning, and of several the last does not replace the others")
def broken_off(world):
    def fetch(*lines, target, then="cat >/dev/null"):
        script = world.new_file("half", "#!/bin/sh\n" + "".join(f"printf '%b' '{line}'\n" for line in lines) + then)
        script.chmod(0o755)
        return run([world.ours("scp"), "-O", "-S", script, "host:*", target], env=world.client_environment(), limit=30)
    target = world.new_file("target", "what was there before")
    ran = fetch("C0644 17 file\\n", "the be", target=target, then="head -c 2 >/dev/null")
    check(ran.status == 1 and b"lost connection" in ran.err, "a success", ran)
    check(target.read_bytes() == b"the be", "the end of what was there before is kept", target.read_text())
    target.unlink()
    ran = fetch("C0644 1 a\\n", "a\\0000", "C0644 1 b\\n", target=target, then="head -c 6 >/dev/null")
    check(ran.status == 1 and b"Not a directory" in ran.err and target.read_bytes() == b"a", "two in one", ran)


# An ssh that is an scp -f which takes each answer for what it is to.
STRICT_SOURCE = """#!/usr/bin/python3
import os, shutil
def answer():
    first = os.read(0, 1)
    while first == b'\\1' and os.read(0, 1) not in (b'\\n', b''): pass
    return first == b'\\0'
def say(record): os.write(1, record); return answer()
answer()
say(b'T1 0 1 0\\n') and say(b'D0755 0 folder\\n')
shutil.rmtree(r'FOLDER/folder')
say(b'E\\n')
if say(b'C0644 4 file\\n'): say(b'data\\0')
"""


@promise("the old protocol answers the end of a folder once, also where its times cannot be set: what follows comes")
def folder_without_times(world):
    target = world.new_folder("target")
    script = world.new_file("strict", STRICT_SOURCE.replace("FOLDER", str(target)))
    script.chmod(0o755)
    ran = run([world.ours("scp"), "-O", "-rp", "-S", script, "host:*", target], env=world.client_environment(), limit=30)
    check(ran.status == 1 and b"folder: set times: No such file" in ran.err, "what is said", ran)
    check((target / "file").exists() and (target / "file").read_bytes() == b"data", "the file behind the folder", ran)
