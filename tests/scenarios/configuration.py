"""Configuration files: explained, looked over, and read as OpenSSH reads them."""
import json
import pathlib
import re
import shlex

from harness import check, promise, run

NEEDS = ("ssh", "sshd", "ssh-keygen")


def explained(world, program, *arguments):
    ran = run([program, *arguments], env=world.client_environment()).succeeded()
    return ran, {e["keyword"].lower(): e for e in json.loads(
        run([program, *arguments, "--json"], env=world.client_environment()).succeeded().out)}


@promise("ports may be names of services, in every place that takes one")
def service_names(world):
    for words in (["-p", "ssh"], ["-o", "Port=ssh"], ["-L", "1080:h:http"], ["-L", "socks:h:1"], ["-R", "8080:h:https"], ["-D", "socks"],
                  ["-J", "h:ssh"]):
        ours, theirs = (run([program, "-F", "none", "-G", *words, "host"]) for program in (world.ours("ssh"), world.peer("ssh")))
        pick = lambda ran: sorted(line for line in ran.out.splitlines() if line.split()[0] in
                                  (b"port", b"localforward", b"remoteforward", b"dynamicforward", b"proxyjump"))
        check(ours.succeeded() and theirs.succeeded() and pick(ours) == pick(theirs), f"{words}", ours, theirs)
    lines = "Port ssh\nListenAddress 127.0.0.1:ssh\nPermitOpen h:http\nPermitListen ssh\n"
    config = world.new_file("sshd_config", f"HostKey {world.key('ed25519')}\n{lines}")
    shown = run([world.ours("sshd"), "-T", "-f", config]).succeeded().out.lower()
    for line in (b"port 22\n", b"listenaddress 127.0.0.1:22\n", b"permitopen h:80\n"):
        check(line in shown, f"{line} is missing", shown.decode())


@promise("sshd -f none reads no file: the line that the README gives to a server of one's own says everything")
def server_without_a_file(world):
    readme = pathlib.Path(__file__).parents[2].joinpath("README.md").read_text()
    line = re.search(r"^ *\$\(command -v sshd\) (.*)$", readme, re.M).group(1)
    words = shlex.split(line.replace("~/.ssh/nacre_host_key", str(world.key("ed25519"))))
    check(words[words.index("-f") + 1] == "none", "the README's server reads a file", line)
    shown = run([world.ours("sshd"), "-T", *words]).succeeded().out.lower()
    for line in (b"port 2222\n", b"usepam no\n", b"pidfile none\n", b"subsystem sftp internal-sftp\n"):
        check(line in shown, f"{line} is missing", shown.decode())


@promise("ssh -G --explain names the line that set each value, and those that came too late; OpenSSH can read it")
def explain_client(world):
    config = world.new_file("config", "Host web\n  Port 2200\nHost *\n  Port 2201\n  User joe\nUser late\n")
    text, values = explained(world, world.ours("ssh"), "-G", "--explain", "-F", config, "-o", "Compression=yes", "web")
    check(values["port"]["values"] == ["2200"] and values["port"]["set_by"][0]["line"] == 2, "Port", text)
    check(values["port"]["shadowed"][0]["line"] == 4 and values["port"]["shadowed"][0]["text"] == "2201", "shadow", text)
    check(values["user"]["shadowed"][0]["line"] == 6, "User", text)
    check(values["compression"]["set_by"][0]["file"] == "command-line", "-o", text)
    check(values["batchmode"]["default"] is True, "default", text)
    check(f"# {config} line 2, Host web".encode() in text.out and b"# not " in text.out, "the text", text)
    # What the older one does not know by name is no difference in reading.
    again = world.new_file("again", b"\n".join(l for l in text.out.splitlines() if b"mlkem" not in l))
    theirs = run([world.peer("ssh"), "-G", "-F", again, "-o", "IgnoreUnknown=*", "web"]).succeeded()
    check(b"\nport 2200\n" in theirs.out and b"\nuser joe\n" in theirs.out, "OpenSSH reads it differently", theirs)


ODD_VALUES = r"""User "joe smith"
IdentityFile "/keys/my key"
IdentityFile "#key"
IdentityFile '/keys/with "quotes"'
IdentityFile "/keys/it's"
IdentityFile /keys/back\slash
CertificateFile "/keys/my key-cert.pub"
UserKnownHostsFile "/kh/one two" /kh/three "/kh/q\"uote" =kh "#kh"
ControlPath "/tmp/a path/%r@%h"
ProxyCommand nc "a  b" %h %p # not a comment
RemoteCommand echo "two  words" 'x' \
KnownHostsCommand /bin/keys "a b" %H "#"
SetEnv "FOO=a b" BAR= "BAZ=q\"q" "D=#"
SendEnv "LC *"
LocalForward "/tmp/so ck" "/tmp/an other"
DynamicForward [::1]:1080
IdentityAgent "/tmp/agent sock"
XAuthLocation "/usr/bin/x auth"
RevokedHostKeys "/r one"
HostKeyAlias "=an alias"
EscapeChar "#"
"""


@promise("what ssh -G writes means the same when it is read again, whatever is in the values, to us and to OpenSSH")
def written_and_read(world):
    config = world.new_file("config", ODD_VALUES)
    ours, theirs = world.ours("ssh"), world.peer("ssh")
    def shown(program, file):
        ran = run([program, "-G", "-o", "IgnoreUnknown=*", "-F", file, "odd"], env=world.client_environment())
        return ran.succeeded().out
    written = shown(ours, config)
    check(b'/keys/my key' in written and shown(ours, world.new_file("again", written)) == written, "we read it differently", written)
    # The lists of algorithms and a few defaults are each program's own.
    kept = b"\n".join(line for line in written.splitlines() if not line.split()[0].endswith((b"algorithms", b"ciphers", b"macs")))
    pick = lambda text: sorted(line for line in text.splitlines() if line.split()[0] in
                               {line.split()[0].lower().encode() for line in ODD_VALUES.splitlines()})
    first, again = pick(shown(theirs, config)), pick(shown(theirs, world.new_file("again", kept)))
    check(len(first) > 20 and first == again, "OpenSSH reads it differently", first, again)


@promise("sshd -T --explain says what a Match has replaced")
def explain_server(world):
    config = world.new_file("config", f"HostKey {world.key()}\nBanner /a\nMaxAuthTries 3\nMatch User joe\n  Banner /b\n")
    text, values = explained(world, world.ours("sshd"), "-T", "--explain", "-f", config, "-C", "user=joe,host=h,addr=::1")
    check(values["banner"]["values"] == ["/b"] and values["banner"]["set_by"][0]["condition"] == "Match User joe",
          "Banner", text)
    check(values["banner"]["shadowed"][0]["line"] == 2 and values["maxauthtries"]["set_by"][0]["line"] == 3, "global", text)


@promise("--lint tells mistakes by file and line, as text and as JSON, with a status for scripts")
def lint(world):
    for program, option, text, rule, status in (
            ("ssh", "-F", "Host a\n  Prot 22\n", "unknown-keyword", 2),
            ("ssh", "-F", "Host *\n  Port 22\nHost a\n  Port 23\n", "never-takes-effect", 1),
            ("ssh", "-F", "Host a\n  Port 22\n", None, 0),
            ("sshd", "-f", "PermitRootLogin yes\n", "root-password", 1),
            ("sshd", "-f", "Match User x\n  Port 22\n", "global-in-match", 2),
            ("sshd", "-f", "PermitRootLogin no\n", None, 0)):
        config = world.new_file("config", text)
        words = [program, "--lint", option, config] + (["-h", str(world.key())] if program == "sshd" else [])
        ran = run([world.ours(words[0]), *words[1:]])
        as_json = run([world.ours(words[0]), "--json", *words[1:]])
        check(ran.status == as_json.status == status, f"status of {text!r}", ran, as_json)
        found = json.loads(as_json.out)["findings"]
        check([f["rule"] for f in found] == ([rule] if rule else []), f"{text!r}", as_json)
        check(bool(ran.out) == bool(rule) and (not rule or f"[{rule}]" in ran.out.decode()), "text", ran)
        check(all(f["file"] == str(config) for f in found), "file", as_json)


@promise("sshd --lint says no, by line, to whatever sshd -t refuses to start with")
def lint_says_what_a_test_refuses(world):
    open_key = world.new_file("open_key", world.key().read_bytes())
    open_key.chmod(0o644)
    for number, line, said in ((2, "AuthorizedKeysCommand /bin/true", "AuthorizedKeysCommandUser"),
                               (2, "AuthorizedPrincipalsCommand /bin/true", "AuthorizedPrincipalsCommandUser"),
                               (2, "AuthenticationMethods hostbased", "AuthenticationMethods"),
                               (2, "ListenAddress nowhere.invalid", "nowhere.invalid"), (2, "ListenAddress [::1", "ListenAddress"),
                               (3, "AddressFamily inet6\nListenAddress 127.0.0.1", "127.0.0.1"), (2, "Subsystem sftp", "Subsystem"),
                               (2, "Banner ~no-such-user/x", "no-such-user"), (1, open_key, "too open")):
        text = f"HostKey {line}\n" if number == 1 else f"HostKey {world.key()}\n{line}\n"
        config = world.new_file("refused_config", text)
        tested = run([world.ours("sshd"), "-t", "-f", config])
        linted = run([world.ours("sshd"), "--lint", "-f", config])
        check(tested.status in (1, 255) and said in tested.err.decode(), f"-t: {text!r}", tested)
        check(linted.status == 2, f"--lint: {text!r}", linted)
        check(any(found.startswith(f"{config}:{number}: ") and said in found for found in linted.out.decode().splitlines()),
              f"--lint: {text!r}", linted)


@promise("-G refuses two commands, and a shell in the background, as OpenSSH's does; -N goes with a RemoteCommand")
def commands_in_a_dump(world):
    config = world.new_file("config", "Host both\n RemoteCommand uptime\nHost behind\n ForkAfterAuthentication yes\n")
    for status, *words in ((0, "both"), (255, "both", "date"), (0, "-N", "both"), (0, "-W", "there:1", "both"),
                           (255, "-N", "both", "date"), (255, "behind"), (0, "behind", "date"), (0, "-N", "behind"),
                           (0, "-f", "both"), (255, "-s", "plain"), (0, "-s", "plain", "sftp"), (0, "-N", "plain", "date")):
        for program in (world.ours("ssh"), world.peer("ssh")):
            ran = run([program, "-F", config, "-G", *words], env=world.client_environment())
            check(ran.status == status, f"{program} {words}", ran)


@promise("OpenSSH's letters mean what they mean in OpenSSH: long options stand for themselves only")
def long_options(world):
    ran = run([world.ours("ssh"), "--explode", "host"])
    check(ran.status == 255 and b"unknown option" in ran.err, "unknown long option", ran)
    ran = run([world.ours("sshd"), "--explode"])
    check(ran.status == 1 and b"unknown option" in ran.err, "unknown long option", ran)
    # Letters that OpenSSH's sshd has and makes nothing of, or nothing that there is here; -u0 is in many a SSHD_OPTS.
    run([world.ours("sshd"), "-u0", "-b", "1024", "-k", "10", "-Q", "-t", "-f", world.new_file("config", ""), "-h",
         world.key()]).succeeded()
    ran = run([world.ours("ssh"), "-F", "none", "-G", "--", "host"]).succeeded()
    check(b"host host\n" in ran.out, "-- ends options", ran)


@promise("completion: the shells take the scripts, and complete options, keywords, queries and hosts")
def completion(world):
    for program in ("ssh", "sshd"):
        for shell in ("bash", "zsh", "fish"):
            script = run([world.ours(program), "--completion", shell], env=world.client_environment()).succeeded()
            path = world.new_file(f"completion.{shell}", script.out)
            if shell == "bash" or any((p / shell).exists() for p in map(type(world.bin), ("/usr/bin", "/bin"))):
                run([shell, "-n", path]).succeeded()
    check(run([world.ours("ssh"), "--completion=tcsh"]).status == 255, "a shell that is not known")

    folder = world.client_home / ".ssh"
    folder.mkdir(exist_ok=True)
    # A shell that completes expands words, commands in them too: what others wrote into these files must not run.
    marker = world.new_folder("completion") / "ran"
    command = f"touch${{IFS}}{marker}"
    (folder / "config").write_text(f"Host alpha al_2 -al al* !alright `{command}` al$({command})\nHost beta # alas\n")
    (folder / "known_hosts").write_text("alps.example.org,[x]:22 ssh-ed25519 AAAA\n|1|a|b ssh-ed25519 AAAA\n"
                                        f"$({command}) ssh-ed25519 AAAA\n")
    try:
        def complete(*typed):
            script = world.new_file("ask", f"""source <(ssh --completion bash)
compopt() {{ :; }}
COMP_WORDS=({' '.join(f"'{w}'" for w in typed)}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_nacre_ssh; printf '%s\\n' "${{COMPREPLY[@]}}"
""")
            environment = world.client_environment()
            environment["PATH"] = f"{world.bin}:{environment['PATH']}"
            return run(["bash", script], env=environment).succeeded().out.decode().split()
        check(complete("ssh", "-o", "StrictH") == ["StrictHostKeyChecking="], "a keyword", complete("ssh", "-o", "StrictH"))
        check(complete("ssh", "--li") == ["--lint"], "a long option")
        check(complete("ssh", "al") == ["alpha", "al_2", "alps.example.org"], "hosts", str(complete("ssh", "al")))
        check(complete("ssh", "joe@al") == ["joe@alpha", "joe@al_2", "joe@alps.example.org"], "hosts behind a user")
        complete("ssh", "")
        check(not marker.exists(), "a name of a file ran as a command", str(marker))
        check("kex" in complete("ssh", "-Q", "ke"), "queries")
        check("aes256-ctr" in complete("ssh", "-c", "aes"), "ciphers")
    finally:
        (folder / "config").unlink()
        (folder / "known_hosts").unlink()


@promise("a connection that a quantum computer could open later is warned of, once, unless one does not want to hear it")
def weak_key_exchange(world):
    with world.sshd("nacre", lines=["RekeyLimit 32K"]) as server:
        classic = "KexAlgorithms=curve25519-sha256"
        ran = world.ssh(server, "head -c 300000 /dev/zero", options=[classic]).succeeded()
        check(len(ran.out) == 300000 and ran.err.count(b"quantum") == 1, "one warning", ran)
        for quiet in ("WarnWeakCrypto=no", "WarnWeakCrypto=no-pq-kex"):
            check(b"quantum" not in world.ssh(server, "true", options=[classic, quiet]).succeeded().err, quiet)
        check(b"quantum" not in world.ssh(server, "true").succeeded().err, "a warning of the usual key exchange")


@promise("hostile files end in an error, in bounded time and memory")
def hostile(world):
    folder, many = world.new_folder("hostile"), 100_000 if world.full else 20_000
    files = {
        "long-line": b"Port 22\nUser " + b"x" * (1 << 20) + b"\n",
        "nul": b"Port 22\nUser a\0b\n",
        "loop": f"Include {folder}/loop\n".encode(),
        "pair": f"Include {folder}/riap\n".encode(),
        "riap": f"Include {folder}/pair\n".encode(),
        "unknown": b"".join(b"Bogus%d x\n" % i for i in range(many)),
        "identities": b"".join(b"IdentityFile ~/k%d\n" % i for i in range(many)),
        "quotes": b'User "' * 10_000 + b"\n",
        "many": b"".join(b"Host h%d\n  IdentityFile ~/k%d\n  Port 22\n" % (i, i) for i in range(many)),
        "binary": bytes(range(256)) * 4096,
        "match": b"Match " + b"user a " * 5_000 + b"\n",
    }
    for i in range(40):
        (folder / f"deep{i}").write_text(f"Include {folder}/deep{i + 1}\n")
    files["deep0"] = (folder / "deep0").read_bytes()
    # Each includes the next twice: 2^40 files, if nobody counts.
    for i in range(40):
        (folder / f"wide{i}").write_text(f"Include {folder}/wide{i + 1} {folder}/wide{i + 1}\n")
    files["wide0"] = (folder / "wide0").read_bytes()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    for path in folder.iterdir():
        path.chmod(0o600)
    # A sanitizer reserves terabytes of shadow.
    kilobytes = "unlimited" if world.is_sanitized else 1_000_000
    for name in files:
        path = folder / name
        for arguments in (["ssh", "-G", "-F", path, "host"], ["sshd", "-t", "-f", path, "-h", world.key()],
                          ["ssh", "--lint", "-F", path], ["sshd", "--lint", "-f", path]):
            ran = run(["sh", "-c", f"ulimit -v {kilobytes}; exec timeout 60 \"$@\"", "sh", world.ours(arguments[0]), *arguments[1:]],
                      env=world.client_environment())
            fine = name == "match" or (name, arguments[0]) == ("many", "ssh")
            check(ran.status in (1, 2, 255) or (fine and ran.status == 0), f"{name}: {arguments}", ran)
            check(len(ran.err) < 200_000, f"{name}: {len(ran.err)} bytes of complaints", str(arguments))
