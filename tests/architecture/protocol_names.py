#!/usr/bin/env python3
"""Holds PROTOCOL.md to the code: each name with an @ that the programs speak stands there.

A name may stand by a pattern of the page: with `*-etm@openssh.com` there, `hmac-sha1-etm` is enough, and with
`*-cert-v01@openssh.com` the key type.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = re.compile(r'"([A-Za-z0-9-]+@[A-Za-z0-9.-]+)"')


def names():
    """name -> a file that has it"""
    found = {}
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix in (".h", ".cpp") and not path.name.endswith("_test.cpp"):
            code = re.sub(r"(^|\s)//.*", "", path.read_text())
            found.update((name, path.relative_to(ROOT)) for name in NAME.findall(code))
    return found


def stands(word, text):
    return re.search(rf"(?<![\w@.-]){re.escape(word)}(?![\w@-])", text)


def is_described(name, text):
    if stands(name, text):
        return True
    for suffix in re.findall(r"`\*(-[^`]+)`", text):
        if name.endswith(suffix):
            stem, domain = name.removesuffix(suffix), name[name.index("@"):]
            return any(stands(word, text) for word in (name.removesuffix(domain), stem, stem + domain))
    return False


def main():
    text = (ROOT / "PROTOCOL.md").read_text()
    found = names()
    missing = [f"PROTOCOL.md: nothing about {name} ({path})" for name, path in sorted(found.items())
               if not is_described(name, text)]
    for line in missing:
        print(line)
    print(f"{len(found)} names, {len(missing)} of them not described")
    return 1 if missing or not found else 0


if __name__ == "__main__":
    sys.exit(main())
