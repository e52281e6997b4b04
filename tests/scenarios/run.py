#!/usr/bin/env python3
"""Runs scenarios: real programs, ours against ourselves and against other suites.

    run.py --bin DIR [--full] [--keep] [--no-isolation] [SCENARIO[:WORD] ...]

DIR holds our programs.  A scenario is a file of this folder without .py; WORD selects promises whose sentence holds
it.  As root everything happens in mount, network and process namespaces of its own, with a throw-away user in a private
/etc: nothing on the machine changes, and what is left running at the end is reported and dies; several scenarios have
namespaces each.  Otherwise the calling user logs in to himself, and what needs more is skipped; root does so only with
--no-isolation.  The status is 0 if no promise was broken, 77 if none could be tried.

NACRE_SKIPS in the environment names a file with a reason to skip in each line; for any other, a promise is broken.
"""
import argparse
import contextlib
import importlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import harness                                                     # noqa: E402

ISOLATED = "NACRE_SCENARIOS_ISOLATED"
USER_ID = 60123
NOTHING_RAN = 77
OUTCOMES = ("pass", "FAIL", "skip")
NOT_SCENARIOS = ("run", "harness", "pairs", "forwarding_peers", "name_server", "flight_peers", "tokens",
                 "round_trips")


def scenario_names():
    return sorted(p.stem for p in HERE.glob("*.py") if p.stem not in NOT_SCENARIOS)


UNSHARE = ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
SUMMARY = "{pass} promises kept, {FAIL} broken, {skip} skipped"
SUMMARY_LINE = re.compile(r"(\d+) promises kept, (\d+) broken, (\d+) skipped\n$")


def run_in_namespaces(options):
    """Starts this program again inside namespaces, for each scenario anew: each finds the machine as it is."""
    has_programs = all(map(shutil.which, ("unshare", "setpriv")))
    if not has_programs or subprocess.run([*UNSHARE, "true"], capture_output=True).returncode:
        print("Namespaces cannot be made here, so there would be no throw-away user, but root's own home and /etc: "
              "--no-isolation, if that may be.", file=sys.stderr)
        return NOTHING_RAN if may_be_skipped("namespaces cannot be made here") else 1
    flags = [f"--{name}" for name in ("full", "keep") if getattr(options, name)]
    count = dict.fromkeys(OUTCOMES, 0)
    for chosen in options.scenarios or scenario_names():
        command = ["setpriv", "--pdeathsig", "SIGKILL", *UNSHARE, sys.executable, __file__, "--bin", options.bin,
                   *flags, chosen]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="backslashreplace",
                              env={**os.environ, ISOLATED: "1"}) as child:
            summary = None
            for line in child.stdout:
                summary = SUMMARY_LINE.search(line)
                if not summary:
                    print(line, end="", flush=True)
        for outcome, number in zip(OUTCOMES, summary.groups() if summary else (0, 1, 0)):
            count[outcome] += int(number)
    return verdict(count)


def verdict(count):
    print(SUMMARY.format(**count))
    return 1 if count["FAIL"] else 0 if count["pass"] else NOTHING_RAN


def quietly(*command):
    subprocess.run(command, check=True, capture_output=True)


def prepare_machine():
    """Inside the namespaces: a private /run and /etc, a loopback network, and the user nacre."""
    quietly("mount", "--make-rprivate", "/")
    quietly("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    pathlib.Path("/run/sshd").mkdir(mode=0o755)
    base = pathlib.Path("/run/scenarios")
    for name in ("etc", "etc-work", "home", "tmp"):
        (base / name).mkdir(parents=True)
    try:
        quietly("mount", "-t", "overlay", "overlay", "-o",
                f"lowerdir=/etc,upperdir={base}/etc,workdir={base}/etc-work", "/etc")
    except subprocess.CalledProcessError:
        shutil.copytree("/etc", base / "etc", symlinks=True, dirs_exist_ok=True)
        quietly("mount", "--bind", str(base / "etc"), "/etc")
    if shutil.which("ip"):
        quietly("ip", "link", "set", "lo", "up")
    else:
        raise_loopback()
    home = base / "home" / "nacre"
    home.mkdir(mode=0o755)
    os.chown(home, USER_ID, USER_ID)
    secret = subprocess.run(["openssl", "passwd", "-6", harness.PASSWORD], check=True, capture_output=True,
                            text=True).stdout.strip()
    append("/etc/passwd", f"nacre:x:{USER_ID}:{USER_ID}:throw-away:{home}:/bin/sh\n")
    append("/etc/group", f"nacre:x:{USER_ID}:\n")
    append("/etc/shadow", f"nacre:{secret}:19000:0:99999:7:::\n")
    if "\nsshd:" not in pathlib.Path("/etc/passwd").read_text():
        append("/etc/passwd", "sshd:x:60124:65534::/run/sshd:/usr/sbin/nologin\n")
    tempfile.tempdir = str(base / "tmp")


def append(path, line):
    with open(path, "a") as file:
        file.write(line)


def raise_loopback():
    import fcntl
    import socket
    import struct
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))   # SIOCSIFFLAGS: up, running


def copied_programs(directory):
    """The programs where the throw-away user can reach them, wherever the checkout lies."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nacre-programs."))
    folder.chmod(0o755)
    directory = pathlib.Path(directory)
    libraries = (directory.parent / "tests").glob("*.so")         # what the tests have programs load
    examples = directory.parent / "examples"
    for program in [*directory.iterdir(), *libraries, *(examples.iterdir() if examples.is_dir() else [])]:
        if program.is_file():
            shutil.copy(program, folder)
    return folder


def left_running():
    mine = {os.getpid(), 1}
    return {pid: name for pid, name in harness.children_of(1).items() if pid not in mine}


def end_leftovers():
    for pid in left_running():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def may_be_skipped(reason):
    """Everything may, unless NACRE_SKIPS says what."""
    path = os.environ.get("NACRE_SKIPS")
    if not path:
        return True
    lines = (line.split("#")[0].strip() for line in pathlib.Path(path).read_text().splitlines())
    return any(line and line in reason for line in lines)


def run_promise(function, options, isolated):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nacre-scenario."))
    folder.chmod(0o755)
    world = harness.World(options.bin, folder, isolated, options.full, options.build)
    started = time.monotonic()
    try:
        function(world)
        outcome, reason = "pass", ""
    except harness.Skip as skip:
        outcome, reason = ("skip" if may_be_skipped(str(skip)) else "FAIL"), f"skipped: {skip}"
    except Exception as error:                                     # a broken promise must not hide the others
        outcome = "FAIL"
        reason = str(error) if isinstance(error, harness.Broken) else traceback.format_exc()
    print(f"{outcome}  {function.sentence}  ({time.monotonic() - started:.1f} s)"
          + (": " + reason.removeprefix("skipped: ") if outcome == "skip" else ""), flush=True)
    if outcome == "FAIL":
        print("    " + reason.replace("\n", "\n    "))
        world.show_logs()
    world.close()
    if outcome == "pass" and world.sanitizer_reports():
        outcome = "FAIL"
        print(f"FAIL  {function.sentence}: a sanitizer found something", *world.sanitizer_reports(), sep="\n    ", flush=True)
    if isolated and outcome == "pass":
        try:
            harness.wait_until(lambda: not left_running(), "all processes end", 20)
        except harness.Broken:
            outcome = "FAIL"
            print(f"FAIL  {function.sentence}: these processes stay behind: {left_running()}", flush=True)
    if isolated and outcome == "FAIL":
        end_leftovers()                                            # for which the next promise would be blamed
    if options.keep:
        print(f"    kept: {folder}")
    else:
        for path in (folder, *world.remote_folders):
            shutil.rmtree(path, ignore_errors=True)
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--full", action="store_true", help="every combination instead of a pairwise choice")
    parser.add_argument("--keep", action="store_true", help="keep the temporary folders")
    parser.add_argument("--no-isolation", action="store_true")
    parser.add_argument("scenarios", nargs="*")
    options = parser.parse_args()
    if os.getuid() == 0 and not options.no_isolation and ISOLATED not in os.environ:
        return run_in_namespaces(options)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:             # by nohup, or a shell's "&": not for what is tested
            signal.signal(number, lambda *_: None)                 # which is the default again in a program that is executed
    options.build = pathlib.Path(options.bin).resolve().parent
    isolated = os.environ.pop(ISOLATED, None) is not None
    if isolated:
        prepare_machine()
        options.bin = copied_programs(options.bin)
    count = dict.fromkeys(OUTCOMES, 0)
    for chosen in options.scenarios or scenario_names():
        name, _, word = chosen.partition(":")
        harness.PROMISES.clear()
        sys.modules.pop(name, None)
        module = importlib.import_module(name)
        print(f"== {name}", flush=True)
        missing = [p for p in getattr(module, "NEEDS", harness.OUR_PROGRAMS)
                   if not os.access(pathlib.Path(options.bin) / p, os.X_OK)]
        if missing:
            reason = f"no {', '.join(missing)} in {options.bin}"
            outcome = "skip" if may_be_skipped(reason) else "FAIL"
            print(f"{outcome}  all of it: {reason}")
            count[outcome] += 1
            continue
        for function in list(harness.PROMISES):
            if word in function.sentence:
                count[run_promise(function, options, isolated)] += 1
    return verdict(count)


if __name__ == "__main__":
    sys.exit(main())
