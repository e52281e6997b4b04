#!/usr/bin/env python3
"""Holds SECURITY.md to the tests: each that is named there exists, and each fuzz target is named there and has a corpus."""
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
    for line in wrong:
        print(f"SECURITY.md: {line}")
    print(f"{len(named)} fuzz targets, {len(units)} unit tests, {sum(map(len, scenarios.values()))} promises known")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
