"""Other people's SFTP clients against our sshd: each brings a tree up, lists, renames, fetches it back and deletes.

OpenSSH's own programs are in sftp_server.  The names are as odd as a client's way of being told them allows.
"""
import asyncio
import hashlib
import os
import pathlib
import pwd
import shlex
import shutil
import textwrap
import urllib.parse

from harness import Skip, check, promise, run

BIG = 24 << 20
PLAIN_NAMES = ("file", "two words", "quote'quote", "u\u0308mlaut \u00e9", "#hash", "per%20cent", "a&b;c", "-dash", "empty")
ODD_NAMES = (*PLAIN_NAMES, 'double"quote', "back\\slash", "new\nline", "star*[x]?", "bytes\udce9\udcff")


class Place:
    """A tree `up` to be brought to `there` and fetched into `back`, with a large file and small ones of odd names."""

    def __init__(self, world, names):
        self.names = names
        self.here, self.back = world.new_folder("here"), world.new_folder("back")
        self.there = world.new_folder("there")
        self.tree = self.here / "up"
        (self.tree / "inner dir").mkdir(parents=True)
        (self.tree / "big").write_bytes(os.urandom(BIG))
        for number, name in enumerate(names):
            for folder in (self.tree, self.tree / "inner dir"):
                (folder / name).write_bytes(b"" if name == "empty" else name.encode("utf-8", "surrogateescape") * number * 50)
        account = pwd.getpwnam(world.user)
        if os.getuid() == 0:
            os.chown(self.there, account.pw_uid, account.pw_gid)
        self.before = picture(self.tree)

    def check_up(self, evidence=None):
        check(picture(self.there / "up") == self.before, "what arrived differs", evidence,
              sorted(set(picture(self.there / "up").items()) ^ set(self.before.items()))[:6])

    def check_back(self, evidence=None, renamed=("big", "huge")):
        """After `renamed` was done over there, and the tree fetched into `back`."""
        expected = dict(self.before)
        expected[renamed[1]] = expected.pop(renamed[0])
        found = picture(self.back / "up")
        check(found == expected, "what came back differs", evidence, sorted(set(found.items()) ^ set(expected.items()))[:6])

    def check_gone(self, evidence=None):
        check(not any(self.there.iterdir()), "what was deleted is still there", evidence, list(self.there.iterdir()))


def picture(root):
    """Path -> checksum, or nothing for a directory."""
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            for path in root.rglob("*")}


def plain_key(world):
    """In PEM, which every client reads."""
    key = world.key("rsa", 3072)
    copy = world.new_file("key.pem", key.read_bytes())
    shutil.copy(f"{key}.pub", f"{copy}.pub")
    run([world.ours("ssh-keygen"), "-q", "-p", "-N", "", "-m", "PEM", "-f", copy]).succeeded()
    return copy


def ssh_line(world, sshd, program):
    """The command line of an ssh, up to what a client adds to it."""
    return [str(w) for w in (program, "-F", "none", "-i", world.key("ed25519"), *(f"-o{o}" for o in (
        "BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={sshd.known_hosts}", "GlobalKnownHostsFile=/dev/null")))]


def each_ssh(world):
    return (world.peer("ssh"), world.ours("ssh"))


@promise("sshfs: a mounted tree is used as any other")
def sshfs(world):
    world.need_isolation()
    program = world.peer("sshfs")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise Skip("there is no /dev/fuse")
    for ssh in each_ssh(world):
        place, mount = Place(world, ODD_NAMES), world.new_folder("mount")
        with world.sshd() as sshd:
            mounted = run([program, "-p", str(sshd.port), "-o", f"ssh_command={shlex.join(ssh_line(world, sshd, ssh))}",
                           f"{world.user}@127.0.0.1:{place.there}", mount], env=world.client_environment())
            if mounted.status != 0 and b"fuse" in mounted.err and b"permitted" in mounted.err:
                raise Skip("file systems in user space are not permitted here")
            mounted.succeeded()
            try:
                use_mount(place, mount)
            finally:
                run(["umount", mount]).succeeded()
        place.check_gone()


def use_mount(place, mount):
    run(["cp", "-r", place.tree, mount]).succeeded()
    place.check_up()
    check(set(os.listdir(mount / "up")) == {*place.names, "big", "inner dir"}, "the listing", os.listdir(mount / "up"))
    (mount / "up" / "big").rename(mount / "up" / "huge")
    with open(mount / "up" / "file", "r+b") as file:              # somewhere in the middle, and shorter
        file.seek(100)
        file.write(b"between")
        file.truncate(120)
    check((place.there / "up" / "file").stat().st_size == 120, "truncated")
    (mount / "up" / "file").write_bytes((place.tree / "file").read_bytes())
    os.symlink("file", mount / "up" / "link")
    os.link(mount / "up" / "huge", mount / "up" / "second")
    check(os.readlink(place.there / "up" / "link") == "file" and (place.there / "up" / "huge").stat().st_nlink == 2, "links")
    (mount / "up" / "link").unlink()
    (mount / "up" / "second").unlink()
    os.utime(mount / "up" / "huge", (1_100_000_000, 1_000_000_000))
    os.chmod(mount / "up" / "huge", 0o640)
    facts = (place.there / "up" / "huge").stat()
    check(facts.st_mtime == 1_000_000_000 and facts.st_mode & 0o777 == 0o640, "time and mode", facts)
    check(os.statvfs(mount).f_blocks > 0, "the size of the file system")
    run(["cp", "-r", mount / "up", place.back]).succeeded()
    place.check_back()
    run(["rm", "-r", mount / "up"]).succeeded()


@promise("rclone copies, checks, lists, moves and purges")
def rclone(world):
    program, key = world.peer("rclone"), plain_key(world)
    place = Place(world, PLAIN_NAMES)
    with world.sshd(user_keys=[world.key("rsa", 3072)]) as sshd:
        def do(*words):
            return run([program, *words, "--config", "/dev/null", "--sftp-host", "127.0.0.1", "--sftp-port", str(sshd.port),
                        "--sftp-user", world.user, "--sftp-key-file", key, "--sftp-known-hosts-file", sshd.known_hosts,
                        "--retries", "1"], env=world.client_environment()).succeeded()

        remote = f":sftp:{place.there}/up"
        do("copy", place.tree, remote)
        place.check_up()
        do("check", place.tree, remote, "--download")
        listed = do("lsf", remote).out.decode().splitlines()
        check(set(listed) == {*place.names, "big", "inner dir/"}, "the listing", listed)
        do("moveto", f"{remote}/big", f"{remote}/huge")
        do("copy", remote, place.back / "up")
        place.check_back()
        do("deletefile", f"{remote}/huge")
        check(not (place.there / "up" / "huge").exists(), "deletefile")
        do("purge", remote)
    place.check_gone()


@promise("lftp mirrors both ways and continues")
def lftp(world):
    program = world.peer("lftp")
    for ssh in each_ssh(world):
        place = Place(world, PLAIN_NAMES)
        with world.sshd() as sshd:
            place.back.joinpath("partly").write_bytes((place.tree / "big").read_bytes()[:BIG // 3])
            script = textwrap.dedent(f"""
                set cmd:fail-exit yes
                set net:max-retries 2
                set sftp:connect-program "{' '.join(ssh_line(world, sshd, ssh))} -a -x"
                open -u {world.user}, -p {sshd.port} sftp://127.0.0.1
                cd {place.there}
                mirror -R --parallel=3 {place.tree} up
                cls -1 up
                mv up/big up/huge
                mirror --parallel=3 up {place.back}/up
                get -c up/huge -o {place.back}/partly
                rm up/huge
                rm -r up
                """)
            ran = run([program, "-f", world.new_file("script", script)], env=world.client_environment()).succeeded()
            for name in (*place.names, "big", "inner dir"):
                check(name.encode() in ran.out, f"{name} is not listed", ran)
            place.check_back(ran)
            check((place.back / "partly").read_bytes() == (place.tree / "big").read_bytes(), "get -c", ran)
        place.check_gone()


@promise("curl (libssh2) uploads, downloads a range, lists, and changes by quotes")
def curl(world):
    program, key = world.peer("curl"), world.key("ed25519")
    if b"sftp" not in run([program, "--version"]).out:
        raise Skip("this curl does not know sftp")
    place = Place(world, ODD_NAMES)
    with world.sshd() as sshd:
        def do(path, *words, name=""):
            url = f"sftp://127.0.0.1:{sshd.port}{urllib.parse.quote(os.fsencode(path))}{name}"
            return run([program, "-sSg", "--insecure", "-u", f"{world.user}:", "--key", key, "--pubkey", f"{key}.pub", *words,
                        url], env=world.client_environment()).succeeded()

        up = place.there / "up"
        for path in sorted(p for p in place.tree.rglob("*") if p.is_file()):
            do(up / path.relative_to(place.tree), "--ftp-create-dirs", "-T", path)
        place.check_up()
        listed = do(up, name="/").out
        check(b"two words" in listed and b"big" in listed, "the listing", listed)
        do(place.there, "-Q", f'rename "{up}/big" "{up}/huge"', name="/")
        check(do(up / "huge", "-r", "1000000-1999999").out == (place.tree / "big").read_bytes()[1_000_000:2_000_000], "a range")
        (place.back / "up" / "inner dir").mkdir(parents=True)
        for path in (p for p in up.rglob("*") if p.is_file()):
            do(path, "-o", place.back / "up" / path.relative_to(up))
        place.check_back()
        partly = world.new_file("partly", (place.tree / "big").read_bytes()[:BIG // 2])
        do(up / "huge", "-C", "-", "-o", partly)
        check(partly.read_bytes() == (place.tree / "big").read_bytes(), "curl -C -")
        do(place.there, "-Q", f'rm "{up}/huge"', "-Q", f'mkdir "{up}/made"', "-Q", f'chmod 700 "{up}/made"', name="/")
        check(not (up / "huge").exists() and (up / "made").stat().st_mode & 0o777 == 0o700, "quotes")


@promise("PuTTY's psftp: trees both ways, names as they are")
def psftp(world):
    ppk = world.new_file("key.ppk")
    run([world.peer("puttygen"), world.key("ed25519"), "-O", "private", "-o", ppk]).succeeded()
    place = Place(world, ODD_NAMES)
    with world.sshd() as sshd:
        fingerprint = run([world.ours("ssh-keygen"), "-l", "-f", f"{world.key('ed25519')}.pub"]).succeeded()

        def do(*commands):
            script = world.new_file("batch", "\n".join(commands) + "\n")
            return run([world.peer("psftp"), "-batch", "-P", str(sshd.port), "-i", ppk, "-noagent", "-hostkey",
                        fingerprint.out.decode().split()[1], "-b", script, f"{world.user}@127.0.0.1"],
                       env=world.client_environment()).succeeded()

        ran = do(f"cd {place.there}", f"lcd {place.here}", "put -r up", "ls up", "mv up/big up/huge")
        check(b"two words" in ran.out, "the listing", ran)
        do(f"cd {place.there}", f"lcd {place.back}", "get -r up")
        place.check_back()
        do(f"cd {place.there}/up", "del huge", 'del "two words"', "cd ..", "mkdir made", "rmdir made")
        check(not (place.there / "up" / "huge").exists() and not (place.there / "up" / "two words").exists(), "del")


@promise("PuTTY's pscp goes on with scp's old protocol on the same channel where there is no subsystem for files")
def pscp(world):
    ppk = world.new_file("key.ppk")
    run([world.peer("puttygen"), world.key("ed25519"), "-O", "private", "-o", ppk]).succeeded()
    world.peer("scp")                                             # at the other end
    file, there = world.new_file("file", os.urandom(100_000)), world.remote_folder("pscp")
    with world.sshd(sftp=None) as sshd:
        fingerprint = run([world.ours("ssh-keygen"), "-l", "-f", f"{world.key('ed25519')}.pub"]).succeeded()
        run([world.peer("pscp"), "-batch", "-P", str(sshd.port), "-i", ppk, "-noagent", "-hostkey",
             fingerprint.out.decode().split()[1], file, f"{world.user}@127.0.0.1:{there}/copy"],
            env=world.client_environment()).succeeded()
        check((there / "copy").read_bytes() == file.read_bytes(), "what arrived differs")
        sshd.wait_for_log("subsystem request for sftp by user .* failed, subsystem not found")


@promise("paramiko: pipelined writes, read-ahead, and every call of its client")
def paramiko_client(world):
    try:
        import paramiko
    except ImportError as missing:
        raise Skip("paramiko is not installed") from missing
    place = Place(world, ODD_NAMES)
    with world.sshd() as sshd, paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect("127.0.0.1", sshd.port, world.user, key_filename=str(world.key("ed25519")), allow_agent=False,
                       look_for_keys=False)
        with client.open_sftp() as files:
            use_paramiko(place, files)
            check(files.normalize(".") == str(world.home), "the home directory")
    place.check_gone()


def use_paramiko(place, files):
    def remote(path, root):
        return os.fsencode(place.there / "up" / path.relative_to(root))

    files.mkdir(f"{place.there}/up")
    for path in sorted(place.tree.rglob("*")):
        if path.is_dir():
            files.mkdir(remote(path, place.tree))
        else:
            with files.open(remote(path, place.tree), "wb") as file:
                file.set_pipelined(True)
                file.write(path.read_bytes())
    place.check_up()
    files.posix_rename(f"{place.there}/up/big", f"{place.there}/up/huge")
    (place.back / "up" / "inner dir").mkdir(parents=True)
    for path in (p for p in (place.there / "up").rglob("*") if p.is_file()):
        with files.open(remote(path, place.there / "up"), "rb") as file:
            file.prefetch()
            (place.back / "up" / path.relative_to(place.there / "up")).write_bytes(file.read())
    place.check_back()
    with files.open(f"{place.there}/up/huge", "r+b") as file:
        file.truncate(1000)
        file.utime((1, 2))
        file.chmod(0o600)
        check(file.stat().st_size == 1000 and file.stat().st_mtime == 2, "facts of an open file")
        check(list(file.readv([(0, 10), (990, 10)])) == [file_slice(place, 0, 10), file_slice(place, 990, 10)], "readv")
    files.symlink("huge", f"{place.there}/up/link")
    check(files.readlink(f"{place.there}/up/link") == "huge", "readlink")
    check(files.lstat(f"{place.there}/up/link").st_mode & 0o170000 == 0o120000, "lstat")
    for path in sorted((place.there / "up").rglob("*"), reverse=True):
        (files.rmdir if path.is_dir() and not path.is_symlink() else files.remove)(os.fsencode(path))
    files.rmdir(f"{place.there}/up")


def file_slice(place, offset, length):
    return (place.tree / "big").read_bytes()[offset:offset + length]


@promise("asyncssh: trees both ways, at once, and its extensions")
def asyncssh_client(world):
    try:
        import asyncssh
    except ImportError as missing:
        raise Skip("asyncssh is not installed") from missing
    place = Place(world, ODD_NAMES)

    async def talk(port):
        async with asyncssh.connect("127.0.0.1", port, username=world.user, client_keys=[str(world.key("ed25519"))],
                                    known_hosts=None, agent_path=None, config=None) as connection:
            async with connection.start_sftp_client() as files:
                there = os.fsencode(place.there)
                await files.put(os.fsencode(place.tree), there, recurse=True, preserve=True)
                place.check_up()
                names = {os.fsdecode(name) for name in await files.listdir(there + b"/up")}
                check(names == {*place.names, "big", "inner dir", ".", ".."}, "the listing", names)
                await files.posix_rename(there + b"/up/big", there + b"/up/huge")
                await files.get(there + b"/up", os.fsencode(place.back), recurse=True)
                place.check_back()
                await files.link(there + b"/up/huge", there + b"/up/second")
                check((await files.statvfs(there)).blocks > 0, "statvfs")
                await files.symlink(b"huge", there + b"/up/link")
                check(os.readlink(place.there / "up" / "link") == "huge", "symlink")
                async with files.open(there + b"/up/second", "rb+") as file:
                    await file.truncate(77)
                    await file.fsync()
                check(await files.getsize(there + b"/up/huge") == 77, "truncate through another link")
                await files.rmtree(there + b"/up")

    with world.sshd() as sshd:
        asyncio.run(talk(sshd.port))
    place.check_gone()


# Puts argv[3] to argv[4]/f, reads it back into argv[5], lists argv[4], renames and removes.
LIBSSH = r"""
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static sftp_session files;
static void need(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "%s: sftp error %d\n", what, files ? sftp_get_error(files) : -1);
    exit(1);
}
static void copy(FILE *from, sftp_file to)
{
    static char block[32000];
    size_t got;
    while ((got = fread(block, 1, sizeof block, from)) > 0)
        need(sftp_write(to, block, got) == (ssize_t)got, "write");
}
static void read_back(sftp_file from, FILE *to)
{
    static char block[32000];
    enum { ahead = 16 };
    int ids[ahead], first = 0, count = 0, got;
    for (; count < ahead; ++count)
        ids[count] = sftp_async_read_begin(from, sizeof block);
    while ((got = sftp_async_read(from, block, sizeof block, ids[first])) > 0) {
        fwrite(block, 1, got, to);
        ids[first] = sftp_async_read_begin(from, sizeof block);
        first = (first + 1) % ahead;
    }
    need(got == 0, "read");
}
int main(int argc, char **argv)
{
    char path[1000], other[1000];
    unsigned port = atoi(argv[1]);
    int off = 0, found = 0;
    ssh_key key;
    ssh_session session = ssh_new();
    ssh_options_set(session, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(session, SSH_OPTIONS_PORT, &port);
    ssh_options_set(session, SSH_OPTIONS_USER, argv[2]);
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &off);
    need(argc == 7 && ssh_connect(session) == SSH_OK, "connect");
    need(ssh_pki_import_privkey_file(argv[6], NULL, NULL, NULL, &key) == SSH_OK, "key");
    need(ssh_userauth_publickey(session, NULL, key) == SSH_AUTH_SUCCESS, "login");
    files = sftp_new(session);
    need(files && sftp_init(files) == SSH_OK, "sftp");
    snprintf(path, sizeof path, "%s/f \"\n\351*", argv[4]);
    snprintf(other, sizeof other, "%s/other", argv[4]);

    FILE *local = fopen(argv[3], "rb");
    sftp_file file = sftp_open(files, path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    need(local && file != NULL, "open to write");
    copy(local, file);
    need(sftp_fsync(file) == SSH_OK && sftp_close(file) == SSH_OK, "close");
    fclose(local);

    sftp_dir folder = sftp_opendir(files, argv[4]);
    need(folder != NULL, "opendir");
    for (sftp_attributes entry; (entry = sftp_readdir(files, folder)) != NULL; sftp_attributes_free(entry))
        found += !strcmp(entry->name, strrchr(path, '/') + 1) && (entry->permissions & 0777) == 0640;
    need(found == 1 && sftp_dir_eof(folder) && sftp_closedir(folder) == SSH_OK, "the listing");

    need(sftp_rename(files, path, other) == SSH_OK, "rename");
    local = fopen(argv[5], "wb");
    file = sftp_open(files, other, O_RDONLY, 0);
    need(local && file != NULL, "open to read");
    read_back(file, local);
    sftp_attributes facts = sftp_fstat(file);
    need(facts != NULL && facts->size == (uint64_t)ftell(local), "fstat");
    fclose(local);
    sftp_close(file);
    sftp_statvfs_t space = sftp_statvfs(files, argv[4]);
    need(space != NULL && space->f_blocks > 0, "statvfs");
    need(sftp_symlink(files, "other", path) == SSH_OK, "symlink");
    char *target = sftp_readlink(files, path);
    need(target != NULL && !strcmp(target, "other"), "readlink");
    need(sftp_unlink(files, path) == SSH_OK && sftp_unlink(files, other) == SSH_OK, "unlink");
    need(sftp_open(files, other, O_RDONLY, 0) == NULL && sftp_get_error(files) == SSH_FX_NO_SUCH_FILE, "no such file");
    need(sftp_mkdir(files, other, 0755) == SSH_OK && sftp_rmdir(files, other) == SSH_OK, "mkdir");
    sftp_free(files);
    ssh_disconnect(session);
    return 0;
}
"""


@promise("libssh: a program of its own writes, reads ahead, lists, renames and deletes")
def libssh(world):
    source, program = world.new_file("peer.c", LIBSSH), world.new_file("peer")
    if not pathlib.Path("/usr/include/libssh/sftp.h").exists():
        raise Skip("libssh-dev is not installed")
    run([world.peer("cc"), "-o", program, source, "-lssh"]).succeeded()
    place = Place(world, ODD_NAMES)
    with world.sshd() as sshd:
        run([program, str(sshd.port), world.user, place.tree / "big", place.there, place.back / "big", world.key("ed25519")],
            env=world.client_environment()).succeeded()
    check((place.back / "big").read_bytes() == (place.tree / "big").read_bytes(), "what came back differs")
    place.check_gone()
