"""What OpenSSH 10.5's suite asks of configuration files and command lines beyond that of 9.2: forms that must be understood,
as ssh -G and sshd -T show them.  The table is in tests/regress/README.md."""
from harness import check, promise, run

NEEDS = ("ssh", "sshd", "ssh-keygen")


def dump(world, *arguments, env=None):
    """keyword -> values of ssh -G."""
    ran = run([world.ours("ssh"), "-G", *arguments], env=world.client_environment(**(env or {}))).succeeded()
    return pairs(ran.out)


def pairs(text):
    found = {}
    for line in text.decode().splitlines():
        keyword, _, value = line.partition(" ")
        found.setdefault(keyword, []).append(value)
    return found


def server_dump(world, text, *arguments):
    config = world.new_file("sshd_config", f"HostKey {world.key('ed25519')}\n{text}")
    return pairs(run([world.ours("sshd"), "-T", "-f", config, *arguments]).succeeded().out)


def expect(what, got, wanted):
    check(got == wanted, f"{what}: {got}, not {wanted}")


@promise("test-exec: the names of OpenSSH's own programs are accepted, PerSourcePenalties can be switched off")
def set_up(world):
    shown = server_dump(world, "SshdSessionPath /usr/lib/openssh/sshd-session\nSshdAuthPath /usr/lib/openssh/sshd-auth\n"
                               "PerSourcePenalties no\nModuliFile '/etc/ssh/moduli'\n")
    expect("PerSourcePenalties", shown["persourcepenalties"], ["no"])
    check(all(keyword == keyword.lower() for keyword in shown), "keywords are not in lower case", list(shown))


@promise("sshcfgparse: the command line replaces options of two values, and the first user of a command line counts")
def command_line(world):
    config = world.new_file("config", "Host *\n  IPQoS ef cs1\n  TunnelDevice 1:2\n  User fromfile\n")
    expect("ipqos", dump(world, "-F", config, "-oIPQoS=af11 af12", "host")["ipqos"], ["af11 af12"])
    expect("ipqos", dump(world, "-F", config, "-oIPQoS=af11", "host")["ipqos"], ["af11 af11"])
    expect("tunneldevice", dump(world, "-F", config, "-oTunnelDevice=7:any", "host")["tunneldevice"], ["7:any"])
    for arguments, user in ((["-oUser=a", "-l", "b", "c@host"], "a"), (["-l", "b", "-oUser=a", "c@host"], "b"),
                            (["c@host", "-l", "b"], "c"), (["host", "-l", "b"], "b"), (["host"], "fromfile")):
        expect(f"{arguments}", dump(world, "-F", config, *arguments)["user"], [user])


@promise("cfginclude: comments behind a line, Match with =, with !, Include with variables and tokens")
def includes(world):
    folder = world.new_folder("include")
    (folder / "host-target").write_text("Port 1111 # of this host\n")
    (folder / "var").write_text("Compression yes\n")
    text = (f"Match host=target # a comment\n  User equals # another\nMatch user=nobody !host=target\n  User never\n"
            f"Match all\nInclude {folder}/host-%h # by name\nInclude ${{WHERE}}/var\nServerAliveInterval 7 # seconds\n")
    shown = dump(world, "-F", world.new_file("config", text), "target", env={"WHERE": str(folder)})
    for keyword, value in (("user", "equals"), ("port", "1111"), ("compression", "yes"), ("serveraliveinterval", "7")):
        expect(keyword, shown[keyword], [value])
    negated = world.new_file("config", "Match !user somebody\n  Port 2222\nMatch user=somebody\n  Port 3333\n")
    expect("!user", dump(world, "-F", negated, "me@host")["port"], ["2222"])
    expect("user=", dump(world, "-F", negated, "somebody@host")["port"], ["3333"])


@promise("servcfginclude, cfgmatch: comments behind lines, Match with blanks and with =, an included file's Match ends with it")
def server_blocks(world):
    inner = world.new_file("inner", "Match Host=inside # a comment\n  Banner /inside\n")
    text = (f"Include {inner} # of the house\nBanner /main # everybody's\nMatch User=joe Address=10.0.0.0/8 # with equals\n  PermitTTY no\n"
            "Match user ann address 10.0.0.0/8\n  PermitTTY no # with blanks\n")
    for who, where, banner, tty in (("joe", "10.1.1.1", "/main", "no"), ("ann", "10.1.1.1", "/main", "no"), ("joe", "192.0.2.1", "/main", "yes"),
                                    ("tom", "10.1.1.1", "/main", "yes")):
        shown = server_dump(world, text, "-C", f"user={who},host=outside,addr={where}")
        expect(f"{who} {where}", (shown["banner"], shown["permittty"]), ([banner], [tty]))
    expect("inside", server_dump(world, text, "-C", "user=tom,host=inside,addr=192.0.2.1")["banner"], ["/inside"])
    shown = server_dump(world, "Match User joe\n  Subsystem sftp /for/joe\n", "-C", "user=joe,host=h,addr=192.0.2.1")
    expect("subsystem", shown["subsystem"], ["sftp /for/joe"])


@promise("rekey: RekeyLimit with every suffix, in capitals and not, beyond four gigabytes")
def rekey_limits(world):
    for size, number in (("16", 16), ("1k", 1024), ("1K", 1024), ("1m", 1 << 20), ("1M", 1 << 20), ("1g", 1 << 30), ("4G", 4 << 30), ("8G", 8 << 30)):
        for time, seconds in (("1", 1), ("1m", 60), ("1M", 60), ("1h", 3600), ("1H", 3600), ("1d", 86400), ("1D", 86400), ("1w", 604800), ("1W", 604800)):
            expect(f"{size} {time}", dump(world, "-F", "none", f"-oRekeyLimit={size} {time}", "host")["rekeylimit"], [f"{number} {seconds}"])
            expect(f"{size} {time}", server_dump(world, f"RekeyLimit {size} {time}\n")["rekeylimit"], [f"{number} {seconds}"])


@promise("percent: tokens and variables in SetEnv and in a file's User, and never in a user name of the command line")
def tokens(world):
    config = world.new_file("config", 'Host *\n  User %L-u\n  SetEnv NAME=%h-%p-${WHERE}\n  Port 2200\n')
    shown = dump(world, "-F", config, "host", env={"WHERE": "here"})
    check(shown["user"][0].endswith("-u") and "%" not in shown["user"][0], "User is not expanded", shown["user"])
    expect("setenv", shown["setenv"], ["NAME=host-2200-here"])
    expect("user@", dump(world, "-F", "none", "a%h@host")["user"], ["a%h"])
    expect("-l", dump(world, "-F", "none", "-l", "a%h", "host")["user"], ["a%h"])
    for name in ("${FOO}", "a\nb", "a\x01b"):
        for arguments in ([f"{name}@host"], ["-l", name, "host"]):
            ran = run([world.ours("ssh"), "-F", "none", "-G", *arguments], env=world.client_environment(FOO="x"))
            check(ran.status == 255, f"{arguments} is accepted", ran)


@promise("multiplex, forcecommand, agent: options behind the host's name, joined letters")
def letters(world):
    with world.sshd() as sshd:
        log = world.new_file("log")
        line = world.ssh_command(sshd, key=world.key("ed25519"))
        for words in ([*line, "-E", log, "-vn"], [line[0], "-E", log, *line[1:], "-vn"]):
            log.write_bytes(b"")
            ran = run([*words, "echo", "in"], env=world.client_environment()).succeeded()
            check(ran.out == b"in\n" and not ran.err and log.read_bytes(), "options behind the host", ran)
        ran = run([line[0], "-qF", *line[2:], "echo", "in"], env=world.client_environment()).succeeded()
        check(ran.out == b"in\n" and not ran.err, "-qF", ran)


@promise("keygen-sshfp: two exact lines for an Ed25519 key, one of a kind of hash with -O hashalg")
def sshfp(world):
    key = world.key("ed25519")
    lines = run([world.ours("ssh-keygen"), "-r", "test", "-f", f"{key}.pub"]).succeeded().out.decode().splitlines()
    theirs = run([world.peer("ssh-keygen"), "-r", "test", "-f", f"{key}.pub"]).succeeded().out.decode().splitlines()
    check(lines == theirs and len(lines) == 2 and all(line.startswith("test IN SSHFP 4 ") for line in lines), "other lines", lines)
    for name, number in (("sha1", 1), ("sha256", 2)):
        one = run([world.ours("ssh-keygen"), f"-Ohashalg={name}", "-r", "test", "-f", f"{key}.pub"]).succeeded().out.decode().splitlines()
        expect(name, one, [line for line in lines if line.split()[4] == str(number)])
