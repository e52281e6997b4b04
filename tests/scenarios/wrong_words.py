"""Command lines that make no sense: what ends with which status is OpenSSH's habit, and scripts know it."""
from harness import check, promise, run

NEEDS = ("ssh", "ssh-agent", "ssh-add", "scp", "sftp", "sshd")


def same_status(world, name, words, told, before=()):
    ours, theirs = (run([*(program(word) for word in before), program(name), *words]) for program in (world.ours, world.peer))
    check(ours.status == theirs.status, f"{name} {words}: another status than OpenSSH's", ours, theirs)
    check(told in ours.err, f"{name} {words}: it does not say what is wrong", ours)


@promise("values that no tool understands: the status is OpenSSH's, and the value is told")
def values(world):
    for name, letters in (("ssh-agent", "EOt"), ("scp", "PXl"), ("sftp", "BRXl")):
        for letter in letters:
            same_status(world, name, [f"-{letter}", "nonsense", "/dev/null", "host:"], b'"nonsense"')
    for option in ("buffer=nonsense", "nrequests=nonsense"):
        same_status(world, "scp", ["-X", option, "/dev/null", "host:"], b'"nonsense"')
    for letter in "EMmt":
        same_status(world, "ssh-add", [f"-{letter}", "nonsense"], b'"nonsense"', ["ssh-agent"])


@promise("sshd's: the status is OpenSSH's, and the sentence speaks of the command line, not of a line that nobody finds")
def server(world):
    key = world.key("ed25519")
    rest = ["-f", "none", "-h", key]
    for words, told in (
            (["-t", "-f", "/nowhere"], b"/nowhere: No such file"), (["-t", *rest, "-o", "Nonsense=1"], b"command line: "),
            (["-t", *rest, "-p", "nonsense"], b'command line: Port: "nonsense"'), (["-t", *rest, "-p", "0"], b"Port"),
            (["-t", *rest, "-g", "nonsense"], b"command line: LoginGraceTime: "), (["-t", *rest, "-o", "Match"], b"command line: "),
            (["-t", *rest, "-o", "Port 22 33"], b"command line: Port: "), (["-t", "-f", world.new_file("x", "Nonsense 1\n")], b"line 1"),
            (["-T", *rest, "-C", "user"], b"user=VALUE"), (["-T", *rest, "-C", "rdomain"], b"rdomain=VALUE"),
            (["-T", *rest, "-C", "nonsense=1"], b"nonsense=1"), (["-T", *rest, "-C", "lport=x"], b"'x'"),
            (["-t", *rest, "-C", "user=root"], b"-T"), (["-t", *rest, "more"], b"more")):
        same_status(world, "sshd", words, told)


@promise("blocks and further files cannot be given by -o: OpenSSH refuses them too, and the option's place is told")
def structure(world):
    for option in ("Match=User x", "Match=host x", "Match=all", "Include=/nowhere", "Host=x"):
        keyword = option.partition("=")[0].encode()
        told = b"command line: " + keyword + b" is for files only"
        same_status(world, "ssh", ["-F", "none", "-G", "-o", option, "host"], told)
        if keyword == b"Host":
            continue
        ran = [run([program("sshd"), "-t", "-f", "none", "-h", world.key("ed25519"), "-o", option])
               for program in (world.ours, world.peer)]
        check(all(each.status != 0 for each in ran), f"sshd -o {option} is taken", *ran)
        check(told in ran[0].err, f"sshd -o {option}", ran[0])


@promise("a configuration that could not be written whole is a failure, and told")
def full_disk(world):
    key = world.key("ed25519")
    for words in (["ssh", "-F", "none", "-G", "host"], ["sshd", "-f", "none", "-h", key, "-T"], ["sshd", "-f", "none", "-G"],
                  ["sshd", "--completion", "bash"], ["sshd", "--help"], ["ssh", "--completion", "bash"]):
        ran = run(["sh", "-c", 'exec "$0" "$@" >/dev/full', world.ours(words[0]), *words[1:]])
        check(ran.status == 255 and b"standard output: No space left" in ran.err, f"{words}", ran)


@promise("of a connection by -C Match LocalPort must know the port, as OpenSSH has it; what else is not said matches nothing")
def described_connections(world):
    inner = world.new_file("inner", "Match LocalPort 22\nBanner /x\n")
    missing = b"'Match LocalPort' in configuration but 'lport' not in connection test specification."
    def both(block, test):
        config = world.new_file("described", f"HostKey {world.key('ed25519')}\nMatch {block}\nBanner /x\n")
        ours, theirs = (run([program("sshd"), "-T", "-f", config, "-C", test]) for program in (world.ours, world.peer))
        banners = [[line for line in ran.out.lower().splitlines() if line.startswith(b"banner")] for ran in (ours, theirs)]
        check(ours.status == theirs.status and banners[0] == banners[1], f"{block!r}, -C {test}", ours, theirs)
        return ours, theirs
    for block, test in (("LocalPort 22", "user=a"), ("LocalPort 22", "lport=0,user=a"), ("LocalPort 22", ""),
                        ("User b LocalPort 22", "user=a"), ("LocalPort 22 User b", "user=a"),
                        ("User b\nMatch LocalPort 22", "user=a")):
        for ran in both(block, test):
            check(ran.status == 255 and missing in ran.err, f"{block!r}, -C {test}", ran)
    for block, test in (("LocalPort 22", "lport=22"), ("LocalPort 22", "lport=23"), (f"User b\nInclude {inner}", "user=a"),
                        ("User b", "host=a"), ("Group b", "host=a"), ("Host b", "user=a"), ("Address ::1", "user=a"),
                        ("LocalAddress ::1", "user=a"), ("RDomain b", "user=a")):
        check(both(block, test)[0].status == 0, f"{block!r}, -C {test}")
