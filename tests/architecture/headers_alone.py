#!/usr/bin/env python3
"""Compiles every header that no .cpp of its own includes first, alone.  Part of `make check`.

    headers_alone.py [COMPILER]
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"


def compile_alone(compiler, header):
    # -include, since #pragma once in the main file is a warning.
    command = [compiler, "-std=c++23", "-Wall", "-Wextra", "-fsyntax-only", "-I", str(SOURCE),
               "-x", "c++", "-include", str(header), os.devnull]
    return header, subprocess.run(command, capture_output=True, text=True)


def main():
    compiler = sys.argv[1] if len(sys.argv) > 1 else "c++"
    headers = [h for h in sorted(SOURCE.rglob("*.h")) if not h.with_suffix(".cpp").is_file()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, result in pool.map(lambda h: compile_alone(compiler, h), headers):
            if result.returncode or result.stderr:
                failed += 1
                print(f"{header.relative_to(SOURCE)} does not compile alone:\n{result.stderr}")
    print(f"{len(headers)} headers compiled alone, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
