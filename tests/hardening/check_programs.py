#!/usr/bin/env python3
"""Every program is hardened: position independent, full RELRO, no executable stack, no RPATH, nothing writable and
executable.  In a release build libcrypto and libstdc++ are inside (start-up time, see cmake/compiler.cmake), and libcrypto
is started in our programs' own way (src/programs/libcrypto_start.cpp).

What leaves no sure trace in a program with libraries inside (stack protector, _FORTIFY_SOURCE, CET, zeroed variables,
assertions) is looked for in the commands that compile the sources.

    check_programs.py [--static] COMPILE_COMMANDS SOURCE_DIRECTORY PROGRAM...
"""
import json
import os
import platform
import re
import shlex
import subprocess
import sys

# A flag, and what would take it back behind it.
FLAGS = {
    "-fPIC": r"-fno-pic|-fno-PIC|-fno-pie|-no-pie",
    "-fstack-protector-strong": r"-f(no-)?stack-protector(-explicit)?",
    "-D_FORTIFY_SOURCE=2": r"-U_FORTIFY_SOURCE|-D_FORTIFY_SOURCE(=[01])?|-O0",
    "-D_GLIBCXX_ASSERTIONS": r"-U_GLIBCXX_ASSERTIONS",
    "-ftrivial-auto-var-init=zero": r"-ftrivial-auto-var-init=(?!zero).*",
    "-O2": r"-O[01]?",                                            # without which _FORTIFY_SOURCE does nothing
}
if platform.machine() in ("x86_64", "i686"):
    FLAGS["-fcf-protection"] = r"-fcf-protection=(?!full).*"


def readelf(option, path):
    return subprocess.run(["readelf", "-W", option, path], check=True, capture_output=True, text=True,
                          env=dict(os.environ, LC_ALL="C")).stdout


def faults_of(path, static):
    header, segments, dynamic = readelf("-h", path), readelf("-l", path), readelf("-d", path)
    stack = re.search(r"GNU_STACK.*", segments)
    needed = re.findall(r"\(NEEDED\).*\[(.*?)\]", dynamic)
    faults = []
    if not re.search(r"Type:\s+DYN", header):
        faults.append("is not position independent")
    if "GNU_RELRO" not in segments:
        faults.append("has no RELRO segment")
    if not re.search(r"\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*NOW", dynamic):
        faults.append("binds symbols lazily, which leaves the table of addresses writable")
    if not stack or "E" in stack.group().split()[-2]:
        faults.append("has an executable stack")
    if re.search(r"LOAD.* RWE ", segments):
        faults.append("has a segment that is writable and executable")
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        faults.append("has a library search path of its own")
    if static:
        faults += [f"needs {name} at run time" for name in needed if re.match(r"lib(crypto|stdc\+\+|fmt)\b", name)]
    if not re.search(r" FILE .* libcrypto_start\.cpp$", readelf("-s", path), re.M):
        faults.append("starts libcrypto as programs of others do")
    return faults


def missing_flags(words):
    for flag, taken_back in FLAGS.items():
        last = max((at for at, word in enumerate(words) if word == flag), default=None)
        if last is None or any(re.fullmatch(taken_back, word) for word in words[last:]):
            yield flag


def faults_of_compilation(commands, source):
    """Of the programs' own sources.  None at all would mean that this looks in the wrong place."""
    entries = [e for e in json.load(open(commands, encoding="utf-8"))
               if e["file"].startswith(f"{source}/src/") and not e["file"].endswith("_test.cpp")]
    faults = [] if entries else [f"{commands} compiles nothing of {source}/src"]
    for entry in entries:
        words = shlex.split(entry["command"]) if "command" in entry else entry["arguments"]
        faults += [f"{entry['file']} is compiled without {flag}" for flag in missing_flags(words)]
    return faults


def main(arguments):
    static = "--static" in arguments
    commands, source, *programs = (a for a in arguments if a != "--static")
    faults = faults_of_compilation(commands, source)
    for path in programs:
        faults += [f"{path} {fault}" for fault in faults_of(path, static)]
    print("\n".join([*faults[:40], f"{len(programs)} programs checked, {len(faults)} faults"]))
    return 1 if faults or not programs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
