"""ssh-keygen: keys go back and forth between OpenSSH and us, and both say the same of them."""
import os
import pathlib
import signal
import stat
import subprocess

from harness import (LIMIT, Terminal, add, agent, check, program, promise, run, run_with_late_fifo)

NEEDS = ("ssh-keygen", "ssh-agent", "ssh-add")
KINDS = [("ed25519", None), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521), ("rsa", 2048)]
FORMATS = ["RFC4716", "PKCS8", "PEM"]                             # RFC4716 stands for OpenSSH's own
CIPHERS = ["aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc",
           "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"]


def both(world):
    return world.ours("ssh-keygen"), world.peer("ssh-keygen")


def make(world, program, kind="ed25519", bits=None, passphrase="", *more):
    path = world.new_folder("key") / f"id_{kind}{bits or ''}"
    run([program, "-q", "-t", kind, *(["-b", str(bits)] if bits else []), "-N", passphrase, "-a", "2",
         "-C", f"made of {kind}", "-f", path, *more]).succeeded()
    return path


def public_of(program, path, passphrase):
    return run([program, "-y", "-P", passphrase, "-f", path]).succeeded().out.split()[:2]


@promise("every kind of key in every format, plain and encrypted, is read by the other program")
def formats(world):
    for writer, reader in (both(world), both(world)[::-1]):
        for kind, bits in KINDS:
            for form in FORMATS:
                for passphrase in ("", "pass phrase"):
                    path = make(world, writer, kind, bits, passphrase, "-m", form)
                    expected = path.with_name(path.name + ".pub").read_bytes().split()[:2]
                    path.with_name(path.name + ".pub").unlink()
                    check(public_of(reader, path, passphrase) == expected, f"{kind} {form} of {writer}")
                    if passphrase:
                        wrong = run([reader, "-y", "-P", "wrong", "-f", path])
                        check(wrong.status not in (0, None) and not wrong.out, "opened by a wrong passphrase", wrong)


@promise("a file that is mounted by itself, as in containers, is changed in its place")
def mounted_files(world):
    world.need_isolation()
    keygen, key = world.ours("ssh-keygen"), make(world, world.ours("ssh-keygen"))
    hosts = world.new_file("known_hosts", f"gone {world.public(key)}\nstays {world.public(key)}\n")
    before = public_of(keygen, key, "")
    for path in (key, hosts):
        run(["mount", "--bind", path, path]).succeeded()
    try:
        run([keygen, "-q", "-p", "-P", "", "-N", "pass phrase", "-f", key]).succeeded()
        run([keygen, "-R", "gone", "-f", hosts]).succeeded()
        check(public_of(keygen, key, "pass phrase") == before, "not the key that it was")
        check(stat.S_IMODE(key.stat().st_mode) == 0o600, "the mode is another")
        check(hosts.read_text() == f"stays {world.public(key)}\n", "not the right line", hosts.read_text())
        check(sorted(p.name for p in key.parent.iterdir()) == ["id_ed25519", "id_ed25519.pub"], "something stays")
    finally:
        for path in (key, hosts):
            run(["umount", path])


@promise("host keys that cannot be made are told of, stop no others, and are made whole by the next run")
def host_keys(world):
    prefix = world.new_folder("prefix")
    folder = prefix / "etc/ssh"
    folder.mkdir(parents=True)
    in_the_way = folder / "ssh_host_rsa_key.pub"
    in_the_way.mkdir()
    ran = run([world.ours("ssh-keygen"), "-A", "-f", prefix])
    check(ran.status == 255 and b"ssh_host_rsa_key.pub: " in ran.err, "not told of", ran)
    check((folder / "ssh_host_ed25519_key").is_file(), "one of another kind is missing", ran)
    check(not (folder / "ssh_host_rsa_key").exists(), "a key without its public half, which is never mended", ran)
    in_the_way.rmdir()
    run([world.ours("ssh-keygen"), "-A", "-f", prefix]).succeeded()
    for kind in ("rsa", "ecdsa", "ed25519"):
        key = folder / f"ssh_host_{kind}_key"
        written = key.with_name(key.name + ".pub").read_bytes().split()[:2]
        check(public_of(world.ours("ssh-keygen"), key, "") == written, f"{kind}: the halves are of two keys")


@promise("nobody reading what is listed ends ssh-keygen, ssh-add and sftp as it ends others: by SIGPIPE, without a word")
def unread(world):
    hosts = world.new_file("known_hosts", f"host {world.public(world.key('ed25519'))}\n" * 2000)
    lists = world.new_file("lists", "ls -l /\n" * 50)
    with agent(world) as env:
        add(world, env, "-q", world.key("ed25519")).succeeded()
        for whose in ("nacre", "openssh"):
            for command in (["ssh-keygen", "-lf", str(hosts)], ["ssh-add", "-l"],
                            ["sftp", "-q", "-b", str(lists), "-D", str(world.ours("sftp-server"))]):
                reader, writer = os.pipe()
                os.close(reader)
                with os.fdopen(writer, "wb") as output:
                    ended = subprocess.run([str(program(world, whose, command[0])), *command[1:]], stdout=output,
                                           stderr=subprocess.PIPE, env=world.client_environment(**env), timeout=LIMIT)
                quietly = ended.returncode == -signal.SIGPIPE and not ended.stderr
                check(quietly, f"{whose} {command}: {ended.returncode}", ended.stderr)


@promise("what one encrypts with any cipher, the other decrypts")
def ciphers(world):
    for writer, reader in (both(world), both(world)[::-1]):
        for cipher in CIPHERS:
            path = make(world, writer, "ed25519", None, "secret", "-Z", cipher)
            expected = path.with_name(path.name + ".pub").read_bytes().split()[:2]
            check(public_of(reader, path, "secret") == expected, f"{cipher} of {writer}")


@promise("fingerprints, digests and pictures are OpenSSH's, of private and public keys, known_hosts and authorized_keys")
def fingerprints(world):
    ours, theirs = both(world)
    for kind, bits in KINDS:
        path = make(world, theirs, kind, bits)
        public = path.with_name(path.name + ".pub")
        line = public.read_text()
        no_comment = " ".join(line.split()[:2]) + "\n"
        # Without a comment of its own a key is told by the words before it; OpenSSH's mixes lines up without a first one.
        hosts = world.new_file("known_hosts", f"# a comment\nhost {line}host,other {no_comment}\n")
        authorized = world.new_file("authorized_keys", f'command="a b",no-pty {line}\npty {no_comment}')
        bare = world.new_file("bare", no_comment)
        for file in (path, public, hosts, authorized, bare):
            for options in (["-l"], ["-l", "-E", "md5"], ["-lv"], ["-B"], ["-l", "-E", "sha512"]):
                told = [run([program, *options, "-f", file]).succeeded() for program in (ours, theirs)]
                check(told[0].out == told[1].out, "they differ", *told)
        told = [run([program, "-l", "-f", "-"], input=line.encode()).succeeded() for program in (ours, theirs)]
        check(told[0].out == told[1].out, "they differ", *told)


@promise("files of any length are looked at, and lines as long as a certificate may be")
def long_files(world):
    ours, theirs = both(world)
    path, names = make(world, ours), ",".join(f"somebody-with-a-long-name-{i:03}.example.org" for i in range(250))
    run([ours, "-q", "-s", make(world, ours), "-I", "many", "-n", names, f"{path}.pub"]).succeeded()
    key, certificate = path.with_suffix(".pub").read_text(), pathlib.Path(f"{path}-cert.pub").read_text()
    check(len(certificate) > 10000, "the certificate is too short for this")
    filler = "# a comment of some length, as people write them\n" * 30000
    options = f'command="{"x" * 9000}",no-pty'
    for words, text in ((["-l"], f"{filler}{options} {key}host {key}"), (["-B"], filler + key), (["-l"], certificate),
                        (["-L"], filler + certificate)):
        file = world.new_file("long", text)
        told = [run([program, *words, "-f", file]).succeeded() for program in (ours, theirs)]
        check(told[0].out == told[1].out and told[0].out, f"{words}: they differ", *told)


@promise("public keys leave and enter as RFC 4716, PKCS8 and PEM, as they do with OpenSSH")
def conversions(world):
    ours, theirs = both(world)
    for kind, bits in KINDS:
        path = make(world, theirs, kind, bits)
        public = path.with_name(path.name + ".pub")
        for form in FORMATS:
            if kind == "ed25519" and form != "RFC4716":
                continue
            exported = [run([program, "-e", "-m", form, "-f", file]).succeeded()
                        for program in (ours, theirs) for file in (public, path)]
            bodies = [[line for line in one.out.splitlines() if not line.startswith(b"Comment")] for one in exported]
            check(all(body == bodies[0] for body in bodies), f"{kind} {form}", *exported)
            file = world.new_file("exported", exported[0].out.decode())
            if form == "PEM" and kind == "ecdsa":                 # written by OpenSSH, but not read again
                continue
            imported = [run([program, "-i", "-m", form, "-f", file]).succeeded().out for program in (ours, theirs)]
            check(imported[0] == imported[1] and imported[0].split() == public.read_bytes().split()[:2], "import differs")


@promise("the certified key of a certificate leaves as PKCS8 and PEM, as with OpenSSH")
def certified_key_leaves(world):
    ours, theirs = both(world)
    for kind, bits in (("rsa", 2048), ("ecdsa", 256)):
        path, ca = make(world, theirs, kind, bits), make(world, theirs, "ed25519", None)
        run([theirs, "-q", "-s", ca, "-I", "id", "-n", "joe", f"{path}.pub"]).succeeded()
        for form in ("PKCS8", "PEM"):
            told = [run([program, "-e", "-m", form, "-f", f"{path}-cert.pub"]).succeeded().out for program in (ours, theirs)]
            check(told[0] == told[1], f"{kind} {form}", *told)


@promise("SSHFP records are OpenSSH's")
def records(world):
    ours, theirs = both(world)
    for kind, bits in KINDS:
        public = make(world, theirs, kind, bits).with_suffix(".pub")
        for options in ([], ["-g"]):
            told = [run([program, "-r", "host.example", *options, "-f", public]).succeeded()
                    for program in (ours, theirs)]
            check(told[0].out == told[1].out, "they differ", *told)
        # Older programs do not know this one.
        one = [run([ours, "-r", "host.example", f"-Ohashalg={name}", "-f", public]).succeeded().out
               for name in ("sha1", "sha256")]
        check(b"".join(one) == run([ours, "-r", "host.example", "-f", public]).out, "hashalg")


@promise("a key is its owner's alone, and one that is there is not overwritten unasked")
def careful(world):
    ours, _ = both(world)
    path = make(world, ours)
    public = path.with_name(path.name + ".pub")
    check(stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(public.stat().st_mode) == 0o644, "modes")
    before = path.read_bytes()
    for answer in (b"", b"n\n", b"\n"):
        ran = run([ours, "-q", "-N", "", "-f", path], input=answer)
        check(ran.status == 1 and path.read_bytes() == before, "overwritten", ran)
    run([ours, "-q", "-N", "", "-f", path], input=b"y\n").succeeded()
    check(path.read_bytes() != before, "not overwritten when asked to")
    path.chmod(0o640)
    ran = run([ours, "-y", "-f", path])
    check(ran.status != 0 and b"permissions" in ran.err and not ran.out, "a readable key was used", ran)


@promise("passphrase and comment change; a wrong passphrase leaves the file alone")
def changes(world):
    ours, theirs = both(world)
    for kind, bits in KINDS:
        path = make(world, ours, kind, bits, "one")
        line = path.with_name(path.name + ".pub").read_bytes()
        before = path.read_bytes()
        ran = run([ours, "-p", "-P", "wrong", "-N", "two", "-f", path])
        check(ran.status != 0 and path.read_bytes() == before, "changed", ran)
        run([ours, "-p", "-P", "one", "-N", "two", "-a", "2", "-f", path]).succeeded()
        check(run([theirs, "-y", "-P", "two", "-f", path]).succeeded().out == line, "another key, or comment")
        run([ours, "-c", "-P", "two", "-C", "new words", "-f", path]).succeeded()
        changed = run([theirs, "-y", "-P", "two", "-f", path]).succeeded().out
        check(changed.endswith(b" new words\n") and path.with_name(path.name + ".pub").read_bytes() == changed, "comment")


@promise("a FIFO or a pipe that is named for a key or a list is written to, and stays what it is")
def in_place(world):
    ours, theirs = both(world)
    folder = world.new_folder("fifos")
    paths = [folder / "key", folder / "key.pub"]
    for path in paths:
        os.mkfifo(path, 0o600)
    readers = [os.open(path, os.O_RDONLY | os.O_NONBLOCK) for path in paths]
    try:
        ran = run([ours, "-q", "-t", "ed25519", "-N", "", "-C", "by a pipe", "-f", paths[0]], input=b"y\n").succeeded()
        private, public = (os.read(reader, 65536) for reader in readers)
    finally:
        for reader in readers:
            os.close(reader)
    check(all(path.is_fifo() for path in paths), "a FIFO became a file", ran)
    key = world.new_file("key", private)
    check(public_of(theirs, key, "") == public.split()[:2], "another key", private, public)
    public_file = world.new_file("key.pub", public)
    revoked = run(["sh", "-c", f"'{ours}' -q -k -f /dev/stdout '{public_file}' | cat"]).succeeded().out
    told = run([theirs, "-Q", "-f", world.new_file("revoked", revoked), public_file])
    check(told.status == 1 and b"REVOKED" in told.out, "no list came by the pipe", told)


@promise("a key of which only the .pub is there is known by its name: an agent signs with it, it is certified and told")
def only_public(world):
    ours, theirs = both(world)
    key, user, message = make(world, ours), make(world, ours, "ecdsa", 256), world.new_file("message", "text")
    with agent(world) as socket:
        add(world, socket, key).succeeded()
        key.unlink()
        user.unlink()
        env = world.client_environment(**socket)
        for program in (ours, theirs):
            run([program, "-q", "-Y", "sign", "-f", key, "-n", "file", message], env=env, input=b"y\n").succeeded()
            run([theirs, "-Y", "check-novalidate", "-n", "file", "-s", f"{message}.sig"], input=b"text").succeeded()
        for words in (["-Us", key, "-I", "by the agent", f"{user}.pub"],
                      ["-Us", f"{key}.pub", "-I", "by its name", user]):
            run([ours, "-q", *words], env=env).succeeded()
            told = run([theirs, "-L", "-f", f"{user}-cert.pub"]).succeeded().out
            check(words[3].encode() in told, "another certificate", told)
    revoked = world.new_file("revoked")
    run([ours, "-q", "-k", "-f", revoked, f"{user}.pub"]).succeeded()
    for program in (ours, theirs):
        told = run([program, "-Q", "-f", revoked, user])
        check(told.status == 1 and b"REVOKED" in told.out, "-Q", told)
    told = [run([ours, "-r", "host.example", "-f", file]).succeeded().out for file in (user, f"{user}.pub")]
    check(told[0] == told[1] and told[0], "-r", *told)
    ran = run([ours, "-Y", "sign", "-f", key.with_name("missing"), "-n", "file", message],
              env=world.client_environment())
    check(ran.status == 255 and b"missing: No such file" in ran.err, "a key that is not there at all", ran)


@promise("what is signed may come by a FIFO whose writer is late")
def signs_a_fifo(world):
    ours, theirs = both(world)
    key, fifo = make(world, ours), world.new_folder("fifo") / "message"
    run_with_late_fifo([ours, "-q", "-Y", "sign", "-f", key, "-n", "file", fifo], fifo, b"text").succeeded()
    run([theirs, "-Y", "check-novalidate", "-n", "file", "-s", f"{fifo}.sig"], input=b"text").succeeded()


@promise("hosts are found, hashed and removed as OpenSSH does it")
def hosts(world):
    ours, theirs = both(world)
    key = make(world, ours).with_suffix(".pub").read_text()
    text = (f"# comment\na {key}b,c,192.0.2.1 {key}\n@revoked a {key}*.d,!x.d {key}[a]:2222 {key}"
            f"@cert-authority *.e {key}UPPER {key}")
    file = world.new_file("known_hosts", text)
    for host in ("a", "b", "c", "y.d", "x.d", "[a]:2222", "z.e", "upper", "Upper", "192.0.2.1", "nobody", "*.d"):
        for options in ([], ["-q"], ["-l"]):
            told = [run([program, "-f", file, *options, "-F", host]) for program in (ours, theirs)]
            check(told[0].out.split() == told[1].out.split() and told[0].status == told[1].status, "they differ", *told)
    for host in ("a", "c", "y.d", "z.e", "[a]:2222", "nobody", "upper"):
        copies = [world.new_file(f"copy-{i}", text) for i in range(2)]
        for program, copy in zip((ours, theirs), copies):
            run([program, "-f", copy, "-R", host]).succeeded()
        check(copies[0].read_text() == copies[1].read_text(), f"-R {host} differs")
    run([ours, "-H", "-f", file]).succeeded()
    check(file.with_name(file.name + ".old").read_text() == text, "the old file was not kept")
    for host in ("a", "b", "c", "y.d", "[a]:2222", "z.e", "upper", "nobody"):
        told = [run([program, "-f", file, "-F", host]) for program in (ours, theirs)]
        check(told[0].out.split() == told[1].out.split() and told[0].status == told[1].status, "they differ", *told)
        check((told[0].status == 0) == (host != "nobody"), "not found hashed", *told)


@promise("at a terminal it asks for the file and twice for the passphrase")
def terminal(world):
    ours, theirs = both(world)
    path = world.new_folder("asked") / "id"
    with Terminal(world, [ours, "-a", "2", "-C", "asked"]) as screen:
        screen.wait_for(r"Enter file in which to save the key \(.*/\.ssh/id_ed25519\):")
        screen.line(str(path))
        screen.wait_for(r"\(empty for no passphrase\):")
        screen.line("one")
        screen.wait_for(r"Enter same passphrase again:")
        screen.line("two")
        for prompt in (r"\(empty for no passphrase\):", "Enter same passphrase again:"):
            screen.wait_for(rf"(?s)do not match.*{prompt}")       # what is typed before the prompt is thrown away
            screen.line("three")
        screen.wait_for(r"\[SHA256\]")
        screen.wait_for(r"\[ended: 0\]")
        check("three" not in screen.screen(), "the passphrase was shown", screen.screen())
    check(public_of(theirs, path, "three") == path.with_suffix(".pub").read_bytes().split()[:2], "another key")


@promise("without a terminal passphrases come from standard input, line by line; an input that ends where one was meant makes no key")
def from_input(world):
    ours, theirs = both(world)
    alone, env = ["setsid", "-w", ours, "-a", "2"], world.client_environment()
    path = world.new_folder("piped") / "id"
    public = path.with_name("id.pub")

    def say(*lines, words=()):
        return run([*alone, *words], "".join(line + "\n" for line in lines).encode(), env)
    for lines in ((), ("",)):
        say(*lines, words=["-q", "-f", path]).succeeded()
        check(run([theirs, "-y", "-P", "", "-f", path], env=env).status == 0, f"{lines}: a key without a passphrase")
        path.unlink(), public.unlink()
    for lines in (("one",), ("one", "two")):
        ran = say(*lines, words=["-q", "-f", path])
        check(ran.status != 0 and not path.exists() and b"nobody answered" in ran.err, "a key for want of an answer", ran)
    say(str(path), "one", "two", "secret", "secret", words=["-C", "piped"]).succeeded()
    check(run([theirs, "-y", "-P", "", "-f", path], env=env).status != 0, "the key has no passphrase")
    check(public_of(theirs, path, "secret") == public.read_bytes().split()[:2], "another passphrase")
    before = path.read_bytes()
    for lines in ((), ("wrong", "other", "other"), ("secret",), ("secret", "other")):
        ran = say(*lines, words=["-p", "-f", path])
        check(ran.status != 0 and path.read_bytes() == before, f"{lines}: changed", ran)
    say("secret", "other", "other", words=["-p", "-f", path]).succeeded()
    say("other", "new words", words=["-c", "-f", path]).succeeded()
    told = say("other", words=["-y", "-f", path]).succeeded().out
    check(told == public.read_bytes() and told.endswith(b" new words\n"), "-y or -c", told)
    say("other", "", "", words=["-p", "-f", path]).succeeded()
    check(public_of(theirs, path, "") == told.split()[:2], "an empty line is an empty passphrase")


@promise("a program asks where standard input is no terminal, though there is one behind; the terminal, where it is not there")
def by_program(world):
    key = make(world, world.ours("ssh-keygen"), "ed25519", None, "secret")
    asks = world.askpass("secret")
    del asks["SSH_ASKPASS_REQUIRE"]
    with agent(world) as socket:
        for words in ([world.ours("ssh-keygen"), "-y", "-f", key], [world.ours("ssh-add"), key]):
            for more, asked in ((asks, False), ({"DISPLAY": asks["DISPLAY"]}, True)):
                if asked and pathlib.Path("/usr/bin/ssh-askpass").exists():
                    continue
                env = [f"{name}={value}" for name, value in {**socket, **more}.items()]
                with Terminal(world, ["env", *env, "sh", "-c", 'exec "$@" </dev/null', "sh", *words]) as screen:
                    if asked:
                        screen.wait_for("Enter passphrase")
                        screen.line("secret")
                    screen.wait_for(r"\[ended: 0\]")
        check(pathlib.Path(asks["ASKED"]).read_text().count("Enter passphrase") == 2, "the program was not asked")


@promise("files that are damaged anywhere are refused in words, never by a signal")
def damage(world):
    ours, _ = both(world)
    for form in FORMATS:
        whole = make(world, ours, "ecdsa", 256, "", "-m", form).read_bytes()
        for at in range(0, len(whole), 29):
            for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1:]):
                file = world.new_file("damaged")
                file.write_bytes(damaged)
                file.chmod(0o600)
                for options in (["-y"], ["-l"], ["-e"]):
                    ran = run([ours, *options, "-P", "", "-f", file])
                    check(ran.status in (0, 1, 255), "ended by a signal", ran)


@promise("habits of scripts: any case, umask, -, hosts with keys of other times, no certificates of certificates")
def habits(world):
    ours, theirs = both(world)
    upper = make(world, ours, "RSA", 2048)
    check(b"ssh-rsa" in upper.with_name(upper.name + ".pub").read_bytes(), "-t RSA")
    hosts = world.new_file("hosts", "old ssh-dss AAAAB3NzaC1kc3MAAAA= very old\n")
    for program in both(world):
        check(b"ssh-dss" in run([program, "-F", "old", "-f", hosts]).out, "-F of a key that is unknown here")
    folder = world.new_folder("umask")
    key, authority, message = folder / "id", world.key("ed25519", fresh=True), folder / "message"
    message.write_bytes(b"text")
    script = f"""umask 077; cd '{folder}' && '{ours}' -q -t ed25519 -N '' -f id && '{ours}' -q -s '{authority}' -I me -n me id.pub &&
        '{ours}' -q -Y sign -f id -n file message && '{ours}' -q -k -f revoked id.pub && cp -p id.pub more.pub"""
    run(["sh", "-c", script]).succeeded()
    for name in ("id", "id.pub", "id-cert.pub", "message.sig", "revoked"):
        check(stat.S_IMODE((folder / name).stat().st_mode) == 0o600, f"{name}: not as the umask says")
    signed = run([ours, "-Y", "sign", "-f", key, "-n", "file", "-"], input=b"text").succeeded().out
    run([theirs, "-Y", "check-novalidate", "-n", "file", "-s", world.new_file("signature", signed)], input=b"text").succeeded()
    for program in both(world):
        run([program, "-Y", "sign", "-O", "HashAlg=sha256", "-f", key, "-n", "file"], input=b"text").succeeded()
        told = run([program, "-Y", "check-novalidate", "-n", "file", "-s", folder / "message.sig", "-O", "Print-Pubkey",
                    "-O", "Verify-Time=20200101"], input=b"text").succeeded()
        check((folder / "id.pub").read_bytes().split()[1] in told.out, "names of options in capitals", told)
    run([ours, "-r", "host", "-O", "HashAlg=sha256", "-f", folder / "id.pub"]).succeeded()
    line = (folder / "id.pub").read_text()
    for signers, names in ((f'me namespaces="file" {line}', b"me\n"), (f"me namespaces=file {line}", b""), (f",me {line}", b"")):
        file = world.new_file("signers", signers)
        found = run([ours, "-Y", "find-principals", "-f", file, "-s", folder / "message.sig"])
        check(found.out == names, f"{signers}: who signed", found)
        held = run([ours, "-Y", "verify", "-f", file, "-I", "me", "-n", "file", "-s", folder / "message.sig"], input=b"text")
        check(held.status == (0 if names else 255), f"{signers}", held)
    files = sorted(folder.iterdir())
    ran = run([ours, "-q", "-s", authority, "-I", "me", "-n", "me", folder / "more.pub", folder / "id-cert.pub"])
    check(ran.status == 255 and b"certificate already" in ran.err and files == sorted(folder.iterdir()), "certified again", ran)
    run([ours, "-q", "-s", authority, "-I", "me", "-n", "me", "-O", "CLEAR", "-O", "Force-Command=Ls", folder / "more.pub"]).succeeded()
    check(b"force-command Ls" in run([ours, "-L", "-f", folder / "more-cert.pub"]).out, "options in capitals")
    pem = make(world, ours, "ecdsa", 256, "", "-m", "PEM")
    run([ours, "-c", "-C", "new words", "-f", pem]).succeeded()
    check(b"OPENSSH PRIVATE KEY" in pem.read_bytes() and b"new words" in run([ours, "-l", "-f", pem]).out, "-c of a PEM file")


@promise("what is no certificate, not there at all or asked wrongly is told by OpenSSH's exit status, and in a sentence")
def exit_statuses(world):
    key = make(world, world.ours("ssh-keygen"))
    public = key.with_name(key.name + ".pub")
    other, empty, folder = world.new_file("other", "no key\n"), world.new_file("empty", ""), world.new_folder("folder")
    missing, nowhere = key.with_name("missing"), folder / "none" / "key"
    run([world.ours("ssh-keygen"), "-q", "-Y", "sign", "-f", key, "-n", "file", other]).succeeded()
    signature = other.with_name(other.name + ".sig")
    for words, word in (
            (["-L", "-f", public], b"certificate"), (["-L", "-f", key], b""), (["-L", "-f", other], b""),
            (["-L", "-f", empty], b"certificate"), (["-L", "-f", missing], b"missing"), (["-L", "-f", folder], b"directory"),
            (["-l", "-f", other], b"other"), (["-l", "-f", folder], b"directory"), (["-y", "-f", missing], b"missing"),
            (["-F", "host", "-f", missing], b"missing"), (["-F", "host", "-f", public], b""),
            (["-F", "host", "-f", folder], b"directory"),
            (["-R", "host", "-f", other], b"other: line 1: "), (["-H", "-f", other], b"other: line 1: "),
            # Nobody answers.
            (["-l"], b"no file was named"), (["-L"], b"no file was named"), (["-y"], b"no file was named"),
            (["-p"], b"no file was named"), (["-e"], b"no file was named"), (["-i"], b"no file was named"),
            (["-N", ""], b"no file was named"), (["-c", "-f", key], b"no comment was given"),
            # Not saved: the file's own name is told, not that of a temporary one.
            (["-N", "", "-f", nowhere], b"none/key: No such file"),
            # Called wrongly.
            (["-l", "-f", key, "more"], b'"more"'), (["-p", "-c", "-f", key], b"-p and -c"), (["more"], b'"more"'),
            (["-s", key, "-I", "me"], b"no key to be signed"), (["-s", key, "-I", "me", "-n", "", public], b"principals"),
            (["-Y", "nonsense"], b"match-principals"), (["-Y", "sign"], b"(-n)"), (["-Y", "sign", "-f", key], b"(-n)"),
            (["-Y", "sign", "-n", "file"], b"(-f)"), (["-Y", "verify"], b"(-n)"), (["-Y", "verify", "-n", "file"], b"(-s)"),
            (["-Y", "verify", "-n", "file", "-s", signature], b"(-f)"),
            (["-Y", "verify", "-n", "file", "-s", signature, "-I", "me"], b"(-f)"),
            (["-Y", "verify", "-n", "file", "-s", signature, "-f", empty], b"(-I)"),
            (["-Y", "find-principals", "-f", empty], b"(-s)"), (["-Y", "find-principals", "-s", signature], b"(-f)"),
            (["-Y", "match-principals", "-f", empty], b"(-I)"), (["-Y", "match-principals", "-I", "me"], b"(-f)"),
            (["-Y", "check-novalidate", "-n", "file"], b"(-s)"), (["-Y", "check-novalidate", "-s", signature], b"(-n)")):
        ours, theirs = (run([program, *words], input=b"") for program in both(world))
        check(ours.status == theirs.status and ours.status != 0, f"{words}", ours, theirs)
        check(word in ours.err, f"{words}: {word} was not told", ours)
    full = ["sh", "-c", "ulimit -f 0; trap '' XFSZ; exec \"$@\"", "sh"]
    ours, theirs = (run([*full, program, "-q", "-N", "", "-f", folder / "no-room"]) for program in both(world))
    check(ours.status == theirs.status == 1 and b"no-room: " in ours.err, "a file that has no room", ours, theirs)
