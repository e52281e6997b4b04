"""Command lines that make no sense: what ends with which status is OpenSSH's habit, and scripts know it."""
from harness import check, promise, run

NEEDS = ("ssh-agent", "ssh-add", "scp", "sftp")


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
    for letter in "Et":
        same_status(world, "ssh-add", [f"-{letter}", "nonsense"], b'"nonsense"', ["ssh-agent"])
