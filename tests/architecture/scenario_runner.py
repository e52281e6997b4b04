#!/usr/bin/env python3
"""What the scenarios' runner makes of what cannot be tried, and that each allowed reason is ever given."""
import argparse
import contextlib
import io
import os
import pathlib
import re
import sys
import tempfile

SCENARIOS = pathlib.Path(__file__).resolve().parents[1] / "scenarios"
ALLOWED = SCENARIOS / "may_be_skipped.txt"
sys.dont_write_bytecode = True
sys.path.insert(0, str(SCENARIOS))
import harness                                                     # noqa: E402
import run                                                         # noqa: E402


def outcome_of(reason, allowed):
    """Of a promise that is skipped for this reason, where the file `allowed` says what may be (None: everything)."""
    def function(world):
        world.remote_folders.append(world.folder / "there")
        raise harness.Skip(reason)
    function.sentence = "cannot be tried"
    os.environ.pop("NACRE_SKIPS", None)
    if allowed:
        os.environ["NACRE_SKIPS"] = str(allowed)
    options = argparse.Namespace(bin="/nonexistent", build="/nonexistent", full=False, keep=False)
    with contextlib.redirect_stdout(io.StringIO()):
        return run.run_promise(function, options, isolated=False)


def status_without_namespaces(allowed):
    os.environ.pop("NACRE_SKIPS", None)
    if allowed:
        os.environ["NACRE_SKIPS"] = str(allowed)
    path = os.environ["PATH"]
    os.environ["PATH"] = "/nonexistent"
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            return run.run_in_namespaces(argparse.Namespace(bin="/nonexistent", full=False, keep=False, scenarios=[]))
    finally:
        os.environ["PATH"] = path


def main():
    wrong = []
    with tempfile.NamedTemporaryFile("w") as allowed:
        allowed.write("# a comment\n\nneeds a capability\n")
        allowed.flush()
        cases = (("needs a capability of the kernel", allowed.name, "skip"), ("no tmux", allowed.name, "FAIL"),
                 ("a comment", allowed.name, "FAIL"), ("no tmux", None, "skip"))
        for reason, path, expected in cases:
            got = outcome_of(reason, path)
            if got != expected:
                wrong.append(f"{reason!r} counts as {got} instead of {expected}")
        for path, expected in ((None, run.NOTHING_RAN), (allowed.name, 1)):
            got = status_without_namespaces(path)
            if got != expected:
                wrong.append(f"without namespaces it ends with {got} instead of {expected}")
    given = " ".join(text for path in SCENARIOS.glob("*.py")
                     for text in re.findall(r'(?:raise Skip|need_plain_programs)\(f?"(.*)"\)', path.read_text()))
    wrong += [f"{ALLOWED.name}: no promise is skipped for {line!r}" for line in ALLOWED.read_text().splitlines()
              if not line.startswith("#") and line not in given]
    for line in wrong:
        print(line)
    print(f"{len(wrong)} errors")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
