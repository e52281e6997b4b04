#!/usr/bin/env python3
"""scripts/setup.sh understands Debian's tools in whatever language the machine speaks."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SETUP = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "setup.sh"
APT_CACHE = """#!/bin/sh
[ "$LC_ALL" = C ] && word=Candidate || word=Installationskandidat
printf 'a:\\n  %s: 1.0\\n' "$word"
"""


def main():
    function = re.search(r"^has_candidate\(\).*$", SETUP.read_text(), re.M).group()
    with tempfile.TemporaryDirectory() as folder:
        stub = pathlib.Path(folder) / "apt-cache"
        stub.write_text(APT_CACHE)
        stub.chmod(0o755)
        environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"}
        found = subprocess.run(["sh", "-c", f"{function}\nhas_candidate a"], env=environment, check=False).returncode == 0
    print("a package is found" if found else "a package that is there is not found where apt-cache speaks German")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
