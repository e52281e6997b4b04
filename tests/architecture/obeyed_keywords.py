#!/usr/bin/env python3
"""A keyword whose row says "obeyed" is read by somebody: its option is named outside of the tables and their checks.

Reads the source text; prints one line per row that promises what nothing does.
"""
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"
ROW = re.compile(r'keyword<&O::(\w+)[^(]*\("(\w+)",\s*(?:obeyed|ours)\b')
# Where an option is named without being obeyed; and who obeys nothing of the other side's.
TABLES = re.compile(r"config/(client|server)_(keywords|options|defaults)\.|config/lint/|_test\.cpp$")
OTHERS = {"client": ("server/",), "server": ("client/", "tools/")}


def main():
    texts = {path.relative_to(SOURCE).as_posix(): path.read_text() for path in SOURCE.rglob("*")
             if path.suffix in (".cpp", ".h")}
    readers = {name: text for name, text in texts.items() if not TABLES.search(name)}
    broken = rows = 0
    for side, others in OTHERS.items():
        for option, keyword in ROW.findall(texts[f"config/{side}_keywords.cpp"]):
            rows += 1
            named = re.compile(rf"(\.|->|::){option}\b")
            if not any(named.search(text) for name, text in readers.items() if not name.startswith(others)):
                print(f"src/config/{side}_keywords.cpp: {keyword} is said to be obeyed, but nothing reads {option}")
                broken += 1
    print(f"{rows} keywords obeyed, {broken} promises broken")
    return 1 if broken or rows == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
