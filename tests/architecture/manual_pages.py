#!/usr/bin/env python3
"""Holds the manual pages to the programs:

    manual_pages.py BIN_DIRECTORY

 * every program that people start has a page in man/;
 * every option letter that a program's usage shows is described in its page, not only listed in the SYNOPSIS;
 * every option of a line of authorized_keys, and every marker of known_hosts, is described in sshd.8.

Prints one line per finding.
"""
import pathlib
import re
import subprocess
import sys

MANUALS = pathlib.Path(__file__).resolve().parents[2] / "man"
PARTS_OF_SSHD = {"sshd-net", "sshd-session", "sshd-user"}         # described in sshd(8)
WITHOUT_OPTIONS = {"ssh-keysign", "ssh-pkcs11-helper", "ssh-sk-helper"}          # started by other programs only


def letters_in_usage(program):
    """Letters behind single dashes in what the program prints when it does not understand."""
    run = subprocess.run([program, "-?"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, timeout=60)
    return set("".join(re.findall(r"(?<![\w-])-(\w+)", run.stdout)))


def letters_described(page):
    description = page.partition(".Sh DESCRIPTION")[2]
    return set("".join(re.findall(r"\bFl (\w+)", description)))


def items_of_lines():
    """What the tables know for a line of authorized_keys and of known_hosts, as sshd.8 must have it behind an .It Cm."""
    keys = MANUALS.parent / "src/keys"
    text = (keys / "key_options.cpp").read_text()
    names = re.findall(r'^ +(?:Flag|Value)Option\{"([a-z0-9-]+)"', text, re.M) + re.findall(r'lower == "([a-z]+)"', text)
    names += [f"no-{name}" for name in re.findall(r'^ +FlagOption\{"([a-z0-9-]+)".*\btrue\}', text, re.M)]
    return names + re.findall(r'^ +MarkerRow\{"(@[a-z-]+)"', (keys / "known_hosts.cpp").read_text(), re.M)


def items_without_description():
    page = (MANUALS / "sshd.8").read_text()
    described = {word for line in re.findall(r"^\.It Cm (.*)$", page, re.M) for word in line.split()}
    names = items_of_lines()
    findings = [f"man/sshd.8: {name} is not described" for name in names if name not in described]
    return findings if len(names) > 20 else ["the tables of src/keys are not found"]


def main():
    findings, count = items_without_description(), 0
    for program in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        if program.name in PARTS_OF_SSHD:
            continue
        count += 1
        page = next((p for p in (MANUALS / f"{program.name}.{section}" for section in (1, 8)) if p.is_file()), None)
        if not page:
            findings.append(f"{program.name}: no page in man/")
        elif program.name not in WITHOUT_OPTIONS:
            shown = letters_in_usage(program)
            if not shown:
                findings.append(f"{program.name}: -? shows no options")
            for letter in sorted(shown - letters_described(page.read_text())):
                findings.append(f"man/{page.name}: -{letter} is not described")
    print("\n".join(findings + [f"{count} programs, {len(findings)} errors"]))
    return 1 if findings or not count else 0


if __name__ == "__main__":
    sys.exit(main())
