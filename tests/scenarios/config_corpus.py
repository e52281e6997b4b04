"""Configurations as people write them (tests/config_corpus) mean the same to us and to OpenSSH.

`ssh -G` for each host that a file names in its "# hosts:" line, `sshd -T` for each connection of its "# test:" lines.
Compared are the keywords that OpenSSH prints; where we differ on purpose, a row below says why.
"""
import pathlib
import re
import shlex

from harness import check, promise, run

NEEDS = ("ssh", "sshd", "ssh-keygen")
CORPUS = pathlib.Path(__file__).resolve().parent.parent / "config_corpus"
ALGORITHMS = ("kexalgorithms", "ciphers", "macs", "hostkeyalgorithms", "pubkeyacceptedalgorithms",
              "hostbasedacceptedalgorithms", "casignaturealgorithms")


def is_set(keyword, text):
    return re.search(rf"^\s*\"?{keyword}\b", text, re.M | re.I) is not None


def words(values):
    """What a value says, whether or not it is quoted, on one line or on several."""
    split = []
    for value in values:
        try:
            split += shlex.split(value)
        except ValueError:
            split += value.split()
    return " ".join(split)


# keyword: (why we differ, whether this difference is that one)
DIFFERENCES = {
    "ipqos": ("the default is OpenSSH 10's", lambda theirs, ours, text: ours == ["ef cs0"]),
    "identityfile": ("the defaults are OpenSSH 10's, without DSA and XMSS",
                     lambda theirs, ours, text: "~/.ssh/id_xmss" in theirs),
    "securitykeyprovider": ("the default is OpenSSH 10's", lambda theirs, ours, text: ours == ["$SSH_SK_PROVIDER"]),
    "forwardx11trusted": ("Debian's default is yes, OpenSSH's is no",
                          lambda theirs, ours, text: not is_set("forwardx11trusted", text)),
    "syslogfacility": ("OpenSSH obeys it even in blocks that do not match",
                       lambda theirs, ours, text: ours == ["USER"] and "Host" in text),
    "dynamicforward": ("OpenSSH shows a forwarding to a socket as one to SOCKS too",
                       lambda theirs, ours, text: ours is None and ".sock" in text),
    "escapechar": ("OpenSSH escapes the caret", lambda theirs, ours, text: theirs[0].lstrip("\\") == ours[0]),
    "permitrootlogin": ("OpenSSH 10's word", lambda theirs, ours, text: ours == ["prohibit-password"]),
    **{k: ("Debian's patch, not OpenSSH's", lambda theirs, ours, text: ours is None) for k in (
        "gssapikeyexchange", "gssapikexalgorithms", "gssapitrustdns", "gssapirenewalforcesrekey",
        "gssapistorecredentialsonrekey", "gssapiserveridentity", "gssapiclientidentity")},
}


def same_algorithms(keyword, theirs, ours, text, known):
    """Defaults differ from version to version.  Lists that the file gives whole are the same, as far as both have the
    names, and names that it adds or takes away are in both or in neither."""
    a, b = theirs[0].split(","), ours[0].split(",")
    values = re.findall(rf"^\s*{keyword}[ =]+(\S+)", text, re.M | re.I)
    for value in values:
        if value[0] not in "+-^" and set(value.split(",")) >= set(a):
            return [n for n in a if n in known[1][keyword]] == [n for n in b if n in known[0][keyword]]
    named = {n for v in values if v[0] in "+^" for n in v[1:].split(",")}
    return all((n in a) == (n in b) for n in named if n in known[0][keyword] and n in known[1][keyword])


def dump(program, *arguments):
    ran = run([program, *arguments])
    values = {}
    for line in ran.out.decode().splitlines():
        if not line.startswith(" "):
            keyword, _, value = line.partition(" ")
            values.setdefault(keyword.lower(), []).append(value)
    return ran, values


def compare(text, ran, theirs, ours, known):
    differences = []
    for keyword, value in theirs.items():
        mine = ours.get(keyword)
        if keyword in ALGORITHMS and mine:
            same = same_algorithms(keyword, value, mine, text, known)
        else:
            same = mine is not None and (value == mine or words(value) == words(mine))
        if not same and not (keyword in DIFFERENCES and DIFFERENCES[keyword][1](value, mine, text)):
            differences.append(f"{keyword}: OpenSSH {value}, we {mine}")
    check(not differences, "read differently:\n" + "\n".join(differences), *ran)


def known_names(world):
    """What each of the two has, by keyword: OpenSSH, we."""
    queries = {"kexalgorithms": "kex", "ciphers": "cipher", "macs": "mac"}
    return [{k: world.names(program, queries.get(k, "key-sig")) for k in ALGORITHMS}
            for program in (world.peer("ssh"), world.ours("ssh"))]


def readable_by_openssh(out, theirs):
    """Our dump without what 9.2 cannot know: keywords and algorithms of later versions."""
    lines = []
    for line in out.decode().splitlines():
        keyword, _, value = line.partition(" ")
        if keyword in theirs and keyword not in ALGORITHMS:
            lines.append(line)
    return "\n".join(lines) + "\n"


@promise("ssh -G says of every file and host what OpenSSH's says")
def clients(world):
    known, files = known_names(world), sorted((CORPUS / "ssh").glob("*.conf"))
    check(len(files) >= 20, "the corpus is gone")
    for path in files:
        text = path.read_text()
        for host in re.search(r"^# hosts: (.*)", text, re.M)[1].split():
            arguments = ["-G", "-F", path, host]
            first, theirs = dump(world.peer("ssh"), *arguments)
            second, ours = dump(world.ours("ssh"), *arguments)
            check(first.status == second.status == 0, f"{path.name} {host}", first, second)
            compare(text, (first, second), theirs, ours, known)


@promise("sshd -T says of every file and connection what OpenSSH's says")
def servers(world):
    known, key = known_names(world), world.key()
    files = sorted((CORPUS / "sshd").glob("*.conf"))
    check(len(files) >= 15, "the corpus is gone")
    for path in files:
        text = path.read_text()
        tests = re.findall(r"^# test: (.*)", text, re.M)
        # OpenSSH wants lport where a Match asks for it, also of no connection at all, which for us has no port.
        for test in tests + ([] if "LocalPort" in text else [None]):
            arguments = ["-T", "-f", path, "-h", key, *(["-C", test] if test else [])]
            first, theirs = dump(world.peer("sshd"), *arguments)
            second, ours = dump(world.ours("sshd"), *arguments)
            check(first.status == second.status == 0, f"{path.name} {test}", first, second)
            compare(text, (first, second), theirs, ours, known)


@promise("OpenSSH reads our dumps back to the same values, and so do we")
def read_back(world):
    known = known_names(world)
    for path in sorted((CORPUS / "ssh").glob("*.conf")):
        text = path.read_text()
        for host in re.search(r"^# hosts: (.*)", text, re.M)[1].split():
            original, ours = dump(world.ours("ssh"), "-G", "-F", path, host)
            again, same = dump(world.ours("ssh"), "-G", "-F", world.new_file("again", original.out), host)
            check(again.out == original.out, f"{path.name} {host}: our own dump", original, again)
            _, theirs = dump(world.peer("ssh"), "-G", "-F", path, host)
            back = world.new_file("back", readable_by_openssh(original.out, theirs))
            read, values = dump(world.peer("ssh"), "-G", "-F", back, host)
            check(read.status == 0, f"{path.name} {host}: OpenSSH cannot read our dump", read)
            compare(back.read_text(), (read, original), values, ours, known)
    key = world.key()
    for path in sorted((CORPUS / "sshd").glob("*.conf")):
        original, ours = dump(world.ours("sshd"), "-T", "-f", path, "-h", key)
        again, same = dump(world.ours("sshd"), "-T", "-f", world.new_file("again", original.out))
        check(again.out == original.out, f"{path.name}: our own dump", original, again)
