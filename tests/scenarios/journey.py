"""A newcomer's journey (tests/journey/run.sh), on a machine of its own as far as namespaces make one."""
import os
import pathlib
import pwd
import subprocess

from harness import PASSWORD, check, promise, run

NAME, USER_ID = "newcomer", 60125
SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "journey" / "run.sh"


def newcomer(world):
    """Somebody with a password, a home, and the right to use sudo."""
    home = world.home.parent / NAME
    home.mkdir(mode=0o755)
    os.chown(home, USER_ID, USER_ID)
    secret = run(["openssl", "passwd", "-6", PASSWORD]).succeeded().out.decode().strip()
    for path, line in (("/etc/passwd", f"{NAME}:x:{USER_ID}:{USER_ID}:throw-away:{home}:/bin/bash\n"),
                       ("/etc/group", f"{NAME}:x:{USER_ID}:\n"), ("/etc/shadow", f"{NAME}:{secret}:19000:0:99999:7:::\n"),
                       (f"/etc/sudoers.d/{NAME}", f"{NAME} ALL=(ALL) NOPASSWD: ALL\n")):
        with open(path, "a") as file:
            file.write(line)
    return pwd.getpwnam(NAME)


@promise("a newcomer installs, logs in, jumps, forwards, copies, pushes, signs, replaces sshd, revokes, reads the log and lints")
def journey(world):
    world.need_isolation()
    for program in ("sudo", "git", "rsync", "ansible-playbook", "curl", "sshd"):
        world.peer(program)
    person = newcomer(world)
    script = world.new_file("run.sh", SCRIPT.read_bytes())        # the checkout may be out of others' reach
    script.chmod(0o755)
    using = ["--build", world.build] if (world.build / "cmake_install.cmake").exists() else ["--bin", world.bin]
    words = ["setpriv", f"--reuid={USER_ID}", f"--regid={USER_ID}", "--init-groups", "sh", script, *using]
    environment = world.client_environment(HOME=person.pw_dir, USER=NAME, LOGNAME=NAME, JOURNEY_PASSWORD=PASSWORD)
    went = subprocess.run([str(word) for word in words], env=environment, cwd=person.pw_dir, stdin=subprocess.DEVNULL,
                          timeout=300)
    check(went.returncode == 0, "the journey ended early")
