#!/usr/bin/env python3
"""What `cmake --install` puts where, under names with a prefix: every program, its manual page, and what they find.

usage: check_installation.py BUILD_DIRECTORY PROGRAM...
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HIDDEN = {"sshd-session", "sshd-net", "sshd-user", "sftp-server", "ssh-keysign", "ssh-sk-helper", "ssh-pkcs11-helper"}
NO_MANUAL = {"sshd-session", "sshd-net", "sshd-user"}             # sshd(8) tells of them
SYSTEM = {"sshd"}                                                 # sbin


def main():
    build, programs = sys.argv[1], sys.argv[2:]
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        install(build, folder, "/usr")
        root = pathlib.Path(folder) / "usr"
        for program in programs:
            inner = root / "libexec/nacre" / program
            if not os.access(inner, os.X_OK):
                problems.append(f"{program} is not installed")
            if program not in HIDDEN:
                name = root / ("sbin" if program in SYSTEM else "bin") / f"try-{program}"
                if not name.is_symlink() or name.resolve() != inner.resolve():
                    problems.append(f"{name} does not lead to {program}")
            if program not in NO_MANUAL and not list((root / "share/man").glob(f"man?/try-{program}.?")):
                problems.append(f"{program} has no manual page")
        for page in ("ssh_config.5", "sshd_config.5"):
            if not (root / "share/man/man5" / f"try-{page}").is_file():
                problems.append(f"no {page}")
        problems += unordered_conflicts(root / "lib/systemd/system")
        if not (root / "libexec/nacre/ssh-keysign").stat().st_mode & 0o4000:
            problems.append("ssh-keysign is not set-user-ID")
        said = subprocess.run([root / "bin/try-ssh", "-V"], capture_output=True, text=True)
        if said.returncode != 0 or " Nacre_" not in said.stderr:
            problems.append(f"try-ssh -V: {said.stderr}")
        ran = subprocess.run([root / "sbin/try-sshd", "-t", "-f", root / "share/nacre/sshd_config", "-h", make_key(root, folder)],
                             capture_output=True, text=True)
        if ran.returncode != 0:
            problems.append(f"the configuration that is installed: {ran.stderr}")
        problems += faults_of_completion(root / "share")
        install(build, folder, "/opt/nacre", "--component", "client")
        if not (pathlib.Path(folder) / "opt/nacre/share/zsh/site-functions/_nacre_try-ssh").is_file():
            problems.append("zsh's completion does not follow the prefix")
    for problem in problems:
        print(problem)
    print(f"{len(programs)} programs installed, {len(problems)} problems")
    return 1 if problems or not programs else 0


def install(build, folder, prefix, *arguments):
    subprocess.run(["cmake", "--install", build, "--prefix", prefix, *arguments], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "DESTDIR": folder, "NACRE_PROGRAM_PREFIX": "try-"})


def faults_of_completion(share):
    """It is for the installed name and asks the installed program; zsh's is a function called as its file."""
    for path in ("bash-completion/completions/try-ssh", "zsh/vendor-completions/_nacre_try-ssh",
                 "fish/vendor_completions.d/try-ssh.fish"):
        text = (share / path).read_text()
        if "try-ssh" not in text or re.search(r"(?<!try-)ssh -Q", text) or "try-ssh -Q cipher" not in text:
            yield f"{path} is for another name"
    text = (share / "zsh/vendor-completions/_nacre_try-ssh").read_text()
    for line in ("#compdef try-ssh\n", "\n_nacre_try-ssh() {\n", "\nif [[ $funcstack[1] == _nacre_try-ssh ]]; then\n",
                 "\n    _nacre_try-ssh \"$@\"\n", "\n    compdef _nacre_try-ssh try-ssh\n"):
        if line not in text:
            yield f"zsh's completion has no line {line.strip()}"


def unordered_conflicts(folder):
    """Without an order, systemd starts a unit while the one that it replaces may still have the port."""
    units = list(folder.glob("nacre-*"))
    problems = [] if len(units) == 2 else [f"{folder} has {len(units)} units"]
    for unit in units:
        conflicts, after = (set(" ".join(re.findall(rf"^{key}=(.*)$", unit.read_text(), re.M)).split())
                            for key in ("Conflicts", "After"))
        problems += [f"{unit.name} is not ordered after {name}" for name in sorted(conflicts - after)]
    return problems


def make_key(root, folder):
    key = f"{folder}/host_key"
    subprocess.run([root / "bin/try-ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return key


if __name__ == "__main__":
    sys.exit(main())
