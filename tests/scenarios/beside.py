"""The tools beside OpenSSH's: the same words, the same statuses and, where it is for programs, the same output."""
import os
import pathlib
import re
import shutil

from harness import Skip, agent, check, program, promise, run

SFTP_SERVER = pathlib.Path("/usr/lib/openssh/sftp-server")
SUITES = ("nacre", "openssh")


def compare(ours, theirs, what):
    check(ours.status == theirs.status, f"{what}: status {ours.status}, OpenSSH's {theirs.status}", ours)
    shown = [re.sub(rb"(?m)^Comment: .*\n", b"", ran.out) for ran in (ours, theirs)]   # of a format for keys: free text
    check(shown[0] == shown[1], f"{what}: another output than\n{theirs.out}", ours)


@promise("ssh-keygen: formats by their older names, -y with -e, every kind of fingerprint")
def keygen(world):
    world.peer("ssh-keygen")
    key = world.key("rsa", 2048)
    for words in (["-y", "-e"], ["-yef", key], ["-e", "-m", "SSH2", "-f", f"{key}.pub"], ["-y", "-e", "-m", "PEM", "-f", key],
                  *(["-l", "-E", kind, "-f", key] for kind in ("md5", "sha1", "sha384", "SHA512", "none")),
                  ["-p", "-c", "-f", key]):
        words = words if "-f" in words or words[0] == "-yef" else [*words, "-f", key]
        ours, theirs = (run([program(world, whose, "ssh-keygen"), *words], env=world.client_environment()) for whose in SUITES)
        compare(ours, theirs, " ".join(str(w) for w in words))


@promise("ssh-keygen -q makes the folder of keys in silence, and writes through a link to where nothing is yet")
def quiet_keygen(world):
    folder = world.home / ".ssh"
    for whose in SUITES:
        for flags, said in (["-q"], b""), ([], f"Created directory '{folder}'.".encode()):
            shutil.rmtree(folder, ignore_errors=True)
            ran = run(world.as_user(program(world, whose, "ssh-keygen"), *flags, "-t", "ed25519", "-N", "", "-f", folder / "k"))
            check(ran.status == 0 and ran.err.rstrip() == said and (ran.out != b"" or flags), f"{whose} {flags}", ran)
            check(folder.stat().st_mode & 0o777 == 0o700, f"{whose}: others may look into it")
        home = world.new_folder("home")
        (home / "link").symlink_to("volume")
        run([program(world, whose, "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", home / "link"]).succeeded()
        check((home / "link").is_symlink() and (home / "volume").is_file(), f"{whose}: the link is gone")


@promise("a signature by a key whose time is over is told to be so")
def expired_signer(world):
    key = world.key("ed25519")
    message = world.new_file("message", "text\n")
    signed = run([world.ours("ssh-keygen"), "-Y", "sign", "-f", key, "-n", "file"], message.read_bytes()).succeeded().out
    signature = world.new_file("sig", signed.decode())
    for option, said in (('valid-before="20210101"', b"2: key has expired"),
                         ('valid-after="20900101"', b"2: key is not yet valid")):
        signers = world.new_file("signers", f"# a comment\nb@x {option} {world.public(key)}\n")
        for words in (["verify", "-I", "b@x", "-n", "file"], ["find-principals"]):
            for whose in SUITES:
                ran = run([program(world, whose, "ssh-keygen"), "-Y", *words, "-f", signers, "-s", signature],
                          message.read_bytes())
                check(ran.status == 255 and said in ran.err, f"{whose} {words[0]}", ran)


@promise("ssh-add: what cannot both be meant is refused, and every kind of fingerprint is known")
def added(world):
    for whose in SUITES:
        with agent(world) as env:
            add = [program(world, whose, "ssh-add")]
            run([*add, "-q", world.key()], env=env).succeeded()
            for words in (["-lD"], ["-D", "-l"], ["-x", "-D"], ["-l", "-L"]):
                ran = run([*add, *words], env=env)
                check(ran.status == 255 and ran.out == b"", f"{whose} {words}", ran)
            for kind in ("sha1", "sha384", "SHA512", "md5"):
                ran = run([*add, "-l", "-E", kind], env=env).succeeded()
                check(ran.out.split()[1].startswith(kind.upper().encode() + b":"), f"{whose} -E {kind}", ran)


@promise("ssh-keyscan takes the old lists of types, and the names of what keys sign with")
def scanned(world):
    with world.sshd() as sshd:
        for types in ("rsa,dsa,ecdsa,ed25519", "ssh-dss,ssh-ed25519", "rsa-sha2-256,ed25519", "dsa,none"):
            ours, theirs = (run([program(world, whose, "ssh-keyscan"), "-t", types, "-p", str(sshd.port), "127.0.0.1"])
                            for whose in SUITES)
            compare(ours, theirs, types)


def sftp(world, whose, commands, folder, *flags):
    return run([program(world, whose, "sftp"), "-b", "-", *flags, "-D", str(SFTP_SERVER)], commands.encode(),
               world.client_environment(), cwd=folder)


@promise("sftp: words too many are left out, sizes and file systems look the same, a link in a list is what it leads to")
def listed(world):
    if not SFTP_SERVER.exists():
        raise Skip("OpenSSH's sftp-server is not installed")
    folder = world.new_folder("files")
    for size in (0, 999, 1000, 1024, 10239, 10240, 100000, 102348, 1048575, 1048576, 1073741823):
        with open(folder / f"f{size}", "wb") as file:
            file.truncate(size)
        os.utime(folder / f"f{size}", (1500000000, 1500000000))
    (folder / "a-link").symlink_to("f1000")
    for commands in (f"cd {folder}\nls -lh f*\n", f"cd {folder}\nls -l a-*\n", "df -hi /proc\n", "df /proc\n"):
        compare(*(sftp(world, whose, commands, folder) for whose in SUITES), commands)
    for column in (0, 4):                                         # what is in use changes meanwhile
        ours, theirs = (sftp(world, whose, "df -h /\n", folder).succeeded().out.splitlines()[-1].split() for whose in SUITES)
        check(ours[column] == theirs[column], "df -h", ours, theirs)
    for words in ("put f0 copy extra", f"cd {folder} extra", "mkdir made more", "rename copy moved extra", "chmod 600 moved x",
                  "get moved got extra", "ls -1 made x", "pwd x", "rmdir made x"):
        statuses = []
        for whose in SUITES:
            for leftover in ("copy", "moved", "got", "made"):
                path = folder / leftover
                path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
            prepared = "put f0 moved\n" if words.split()[0] in ("chmod", "get") else ""
            prepared += "put f0 copy\n" if words.startswith("rename") else ""
            prepared += "mkdir made\n" if words.split()[0] in ("ls", "rmdir") else ""
            statuses.append(sftp(world, whose, f"lcd {folder}\ncd {folder}\n{prepared}{words}\npwd\n", folder).status)
        check(statuses == [0, 0], f"{words}: {statuses}")


@promise("scp: a pattern makes the folder that is named for it, no user before @ is oneself, a target that is no folder is 255")
def copied(world):
    with world.sshd(sftp=SFTP_SERVER) as sshd:
        there = world.remote_folder("there")
        for name in ("a.txt", "b.txt"):
            (there / name).write_text(name)
        for whose in SUITES:
            here = world.new_folder("here")
            copy = world.copy_command("scp", sshd, program=program(world, whose, "scp"))
            remote = f"{world.user}@127.0.0.1:{there}"
            for target in ("new", "other/"):
                run([*copy, f"{remote}/*.txt", here / target if target == "new" else f"{here}/{target}"],
                    env=world.client_environment()).succeeded()
                check(sorted(os.listdir(here / target)) == ["a.txt", "b.txt"], f"{whose}: {target}")
            both = [here / "new" / name for name in ("a.txt", "b.txt")]
            for target in (f"{remote}/a.txt", f"{remote}/none/out"):
                ran = run([*copy, *both, target], env=world.client_environment())
                check(ran.status == 255, f"{whose}: several to {target}", ran)
            if whose == "nacre":
                ran = run([*copy, "-o", f"User={world.user}", f"@127.0.0.1:{there}/a.txt", here / "c"],
                          env=world.client_environment())
                check(ran.status == 0 and (here / "c").read_text() == "a.txt", "no user", ran)
            shutil.rmtree(here)


@promise("ssh-copy-id refuses a second -i, whose first would be forgotten")
def copy_id(world):
    keys = [f"{world.key('ed25519')}.pub", f"{world.key('ecdsa', 256)}.pub"]
    for words in (["-i", keys[0], "-i", keys[1]], [f"-i{keys[0]}", "-i", keys[1]]):
        for whose in SUITES:
            ran = run([program(world, whose, "ssh-copy-id"), "-n", *words, "nowhere.invalid"], env=world.client_environment())
            told = b"-i option must not be specified more than once" in ran.out + ran.err
            check(ran.status == 1 and told, f"{whose} {words}", ran)


@promise("ssh -- host: no word behind is an option, in either suite")
def behind_dashes(world):
    made = world.new_file("made")
    with world.sshd("openssh") as sshd:
        for whose in SUITES:
            line = world.ssh_command(sshd, key=world.key("ed25519"), program=world.client(whose))
            *flags, host = [str(word) for word in line]
            flags = [flag for flag in flags if flag != "--"]
            ran = run([*flags, "--", host, f"-oProxyCommand=touch {made}", "true"], env=world.client_environment())
            check(ran.status not in (0, 255) and not made.exists(), whose, ran)
            ran = run([*flags, "--", host, "echo", "-V"], env=world.client_environment()).succeeded()
            check(ran.out == b"-V\n", whose, ran)
