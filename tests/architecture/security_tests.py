#!/usr/bin/env python3
"""Holds SECURITY.md to the tests: each that is named there exists, and each fuzz target is named there and has a corpus.

And fuzz/hours.txt has a row for each of them."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def unit_tests():
    found = set()
    for folder in ("src", "tests"):
        for path in (ROOT / folder).rglob("*_test.cpp"):
            found.update(f"{suite}.{name}" for suite, name in
                         re.findall(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(), re.M))
    return found


def promises():
    """file -> the sentences of its promises"""
    return {path.stem: re.findall(r'^@promise\(\s*"(.*)"', path.read_text(), re.M)
            for path in (ROOT / "tests" / "scenarios").glob("*.py")}


def fuzz_targets():
    return {path.name.removesuffix("_fuzz.cpp") for path in (ROOT / "fuzz").glob("*_fuzz.cpp")}


def rows_of_hours():
    """(name, who, seconds) of each row of fuzz/hours.txt"""
    lines = (ROOT / "fuzz" / "hours.txt").read_text().splitlines()
    return [(row[0], row[1], int(row[2])) for row in (line.split() for line in lines if not line.startswith("#"))]


def wrong_hours(rows, targets):
    names = [name for name, _, _ in rows]
    wrong = [f"fuzz target {name} has no row" for name in sorted(targets - set(names))]
    wrong += [f"there is no fuzz target {name}" for name in sorted(set(names) - targets)]
    wrong += [f"{name}: nobody is called {who}" for name, who, _ in rows if who not in ("peer", "file", "process", "own")]
    if names != sorted(set(names)):
        wrong.append("the rows are not sorted, or one is there twice")
    return [f"fuzz/hours.txt: {line}" for line in wrong]


def main():
    text = (ROOT / "SECURITY.md").read_text()
    units, scenarios, targets = unit_tests(), promises(), fuzz_targets()
    wrong, named = [], set()
    for word in re.findall(r"`([^`]+)`", text):
        if match := re.fullmatch(r"fuzz (\w+)", word):
            named.add(match.group(1))
            if match.group(1) not in targets:
                wrong.append(f"there is no fuzz target {match.group(1)}")
        elif match := re.fullmatch(r"scenario (\w+): (.+)", word):
            sentences = scenarios.get(match.group(1), ())
            if not any(match.group(2) in sentence for sentence in sentences):
                wrong.append(f"no promise of tests/scenarios/{match.group(1)}.py says: {match.group(2)}")
        elif re.fullmatch(r"[A-Z]\w+\.[A-Z]\w+", word) and word not in units:
            wrong.append(f"there is no unit test {word}")
        elif re.fullmatch(r"tests/[\w/]+", word) and not (ROOT / word).exists():
            wrong.append(f"there is no {word}")
    wrong += [f"fuzz target {name} is not named" for name in sorted(targets - named)]
    wrong += [f"fuzz target {name} has no corpus" for name in sorted(targets)
              if not any((ROOT / "fuzz" / "corpus" / name).glob("*"))]
    rows = rows_of_hours()
    wrong = [f"SECURITY.md: {line}" for line in wrong] + wrong_hours(rows, targets)
    for line in wrong:
        print(line)
    strangers = [seconds for _, who, seconds in rows if who in ("peer", "file")]
    print(f"{sum(seconds >= 3600 for seconds in strangers)} of {len(strangers)} targets that strangers reach ran for an hour")
    print(f"{len(named)} fuzz targets, {len(units)} unit tests, {sum(map(len, scenarios.values()))} promises known")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
