#!/usr/bin/env python3
"""fuzz/run.sh with targets that are two lines of shell: what is a finding, what is none, and what that does to the hours."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROW = "{:16} peer         1000          5000  2026-01-01\n"
CASES = [                                                         # the target's status, run.sh's, what becomes of its row
    (0, 0, "more"),
    (77, 1, "nothing"),
    (126, 1, "the same"),
    (127, 1, "the same"),
    (137, 1, "the same"),
]


def run(folder, *arguments):
    ran = subprocess.run(["sh", folder / "fuzz/run.sh", "-b", folder / "targets", "-s", "1", *arguments],
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return ran.returncode, (folder / "fuzz/hours.txt").read_text(), ran.stdout + ran.stderr


def prepare(folder, status):
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "fuzz/corpus").mkdir(parents=True)
    (folder / "targets").mkdir()
    shutil.copy(ROOT / "fuzz/run.sh", folder / "fuzz/run.sh")
    (folder / "fuzz/hours.txt").write_text("# rows\n" + ROW.format("some"))
    target = folder / "targets/some_fuzz"
    target.write_text(f"#!/bin/sh\nsleep 1\necho stat::number_of_executed_units: 7\nexit {status}\n")
    target.chmod(0o755)


def faults_of(folder):
    for status, expected, row in CASES:
        prepare(folder, status)
        ended, hours, said = run(folder, "-t", "3", "some")
        executions = int(hours.splitlines()[1].split()[3])
        became = {5000: "the same", 0: "nothing"}.get(executions, "more")
        if (ended, became) != (expected, row) or len(hours.splitlines()) != 2:
            yield f"a target that ends with {status}: status {ended}, its row is {became}: {said}{hours}"
        if run(folder, "some")[0] != expected:
            yield f"a target that ends with {status}, once: another status than {expected}"
    prepare(folder, 0)
    for arguments in (["-t", "1", "some", "misspelt"], ["misspelt"]):
        ended, hours, said = run(folder, *arguments)
        if ended != 2 or "misspelt" in hours or "misspelt" not in said:
            yield f"a target that is not there: status {ended}: {said}{hours}"


def main():
    with tempfile.TemporaryDirectory() as folder:
        faults = list(faults_of(pathlib.Path(folder) / "tree"))
    print("\n".join([*faults, f"{len(CASES)} ways to end, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
