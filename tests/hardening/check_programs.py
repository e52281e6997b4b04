#!/usr/bin/env python3
"""Every program is hardened: position independent, full RELRO, no executable stack, no RPATH, nothing writable and
executable.  In a release build libcrypto and libstdc++ are inside (start-up time, see cmake/compiler.cmake).

    check_programs.py [--static] PROGRAM...
"""
import os
import re
import subprocess
import sys


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
    if "__stack_chk_fail" not in readelf("--dyn-syms", path):
        faults.append("is built without a stack protector")
    if static:
        faults += [f"needs {name} at run time" for name in needed if re.match(r"lib(crypto|stdc\+\+|fmt)\b", name)]
    return faults


def main(arguments):
    static = "--static" in arguments
    programs = [a for a in arguments if a != "--static"]
    failed = False
    for path in programs:
        for fault in faults_of(path, static):
            failed = True
            print(f"{path} {fault}")
    print(f"{len(programs)} programs checked")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
