#!/usr/bin/env python3
"""Every function that a header declares is used by code that is no test: what only its tests use is dead.

What the library offers to others is used by its examples, or is a line of OFFERED.  Prints one line per finding.
"""
import collections
import pathlib
import re
import sys

from check_source import without_comments_and_strings

ROOT = pathlib.Path(__file__).resolve().parents[2]
# For vectors and tools of the tests, or for programs of others that have no example.
OFFERED = {"connect_over", "from_private", "signers_of_agent", "stop_copy"}
NAME = re.compile(r"\b[a-z_]\w+\b")
DECLARATION = re.compile(r"^[ \w:<>,&*\[\]]*[\w>&*\]] +[&*]?([a-z_]\w+)\([^{}]*$")


def is_test(path):
    return path.stem.endswith("_test")


def main():
    files = [p for folder in ("src", "examples") for p in sorted((ROOT / folder).rglob("*"))
             if p.suffix in (".h", ".cpp") and not is_test(p)]
    code = {path: without_comments_and_strings(path.read_text()) for path in files}
    times = collections.Counter(name for text in code.values() for name in NAME.findall(text))
    errors = []
    for path in files:
        if path.suffix != ".h":
            continue
        own = code.get(path.with_suffix(".cpp"), "")
        for number, line in enumerate(code[path].splitlines(), 1):
            match = DECLARATION.match(line)
            if not match or match.group(1) in OFFERED:
                continue
            name = match.group(1)
            defined = len(re.findall(rf"^\S[^{{\n]*\b{name}\(", own, re.M))
            if times[name] <= 1 + defined and ("return" not in line.split()):
                errors.append(f"{path.relative_to(ROOT)}:{number}: {name}() is used by tests at most")
    print(*errors, f"{len(files)} files, {len(errors)} errors", sep="\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
