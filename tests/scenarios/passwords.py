"""Passwords that have expired, and PAM's part in a login: questions, environment, groups, sessions."""
import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap
import time

import harness
from harness import PASSWORD, Skip, Terminal, check, free_port, promise, run, wait_until

NEW = "Tr0ubador and 3"
SHADOW = pathlib.Path("/etc/shadow")
SERVICE = pathlib.Path("/etc/pam.d/nacre-test")
PASSWORD_ONLY = ["BatchMode=no", "PubkeyAuthentication=no", "PreferredAuthentications=password"]
QUESTIONS_ONLY = ["BatchMode=no", "PubkeyAuthentication=no", "PreferredAuthentications=keyboard-interactive"]


@contextlib.contextmanager
def shadow_entry(world, days):
    """The throw-away user's line, with other fields behind the hash."""
    world.need_isolation()
    before = SHADOW.read_text()
    name, secret = re.search(rf"^({world.user}):([^:]*):", before, re.M).groups()
    SHADOW.write_text(re.sub(rf"^{name}:.*$", lambda _: f"{name}:{secret}:{days}", before, flags=re.M))
    try:
        yield
    finally:
        SHADOW.write_text(before)


def pam_service(world, text):
    world.need_isolation()
    SERVICE.write_text(textwrap.dedent(text))
    return "PAMServiceName nacre-test"


def answers(world, **by_word):
    """An askpass program that looks for words in the question."""
    environment = world.askpass("")
    cases = "".join(f"  *\"{word.replace('_', ' ')}\"*) echo '{answer}' ;;\n" for word, answer in by_word.items())
    script = pathlib.Path(environment["SSH_ASKPASS"])
    script.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{environment['ASKED']}'\ncase \"$1\" in\n{cases}esac\n")
    return environment


EXPIRED = "0:0:99999:7:::"
UNIX = """
    auth required pam_unix.so
    account required pam_unix.so
    password required pam_unix.so sha512
    session required pam_permit.so
    """


@promise("who has no password comes in where PermitEmptyPasswords says so, by AuthenticationMethods none, too")
def no_password(world):
    world.need_isolation()
    before = SHADOW.read_text()
    by_none, empty = "AuthenticationMethods none", "PermitEmptyPasswords yes"
    for secret, lines, status in (("", [by_none, empty], 0), ("", ["PubkeyAuthentication no", empty], 0),
                                  ("", [by_none], 255), ("", [by_none, empty, "PasswordAuthentication no"], 255),
                                  (None, [by_none, empty], 255)):
        for whose in ("nacre", "openssh"):
            try:
                if secret is not None:
                    SHADOW.write_text(re.sub(rf"^{world.user}:[^:]*:", f"{world.user}:{secret}:", before, flags=re.M))
                with world.sshd(whose, user_keys=[], lines=lines) as sshd:
                    ran = world.ssh(sshd, "echo in")
                    right = ran.status == status and ran.out == (b"in\n" if status == 0 else b"")
                    check(right, f"{whose}'s server: {secret} {lines}", ran)
            finally:
                SHADOW.write_text(before)


@promise("an expired password without PAM: the session is passwd's, on a terminal, and nothing else")
def expired(world):
    with shadow_entry(world, EXPIRED), world.sshd(user_keys=[world.key("ed25519")], lines=["PasswordAuthentication yes"]) as sshd:
        right = world.askpass(PASSWORD)
        ran = world.ssh(sshd, "echo in", env=right, options=PASSWORD_ONLY)
        check(ran.status == 1 and ran.out == b"", "a command ran", ran)
        check(b"WARNING: Your password has expired.\n" in ran.err and b"no TTY available" in ran.err, "not told why", ran)
        ran = world.ssh(sshd, "echo in", env=right, options=[*PASSWORD_ONLY, f"LocalForward={free_port()} 127.0.0.1:9"])
        command = world.ssh_command(sshd, options=[*PASSWORD_ONLY, "SessionType=default"], flags=["-W", "127.0.0.1:9"])
        ran = run(command, env=world.client_environment(**right))
        check(ran.status == 255 and b"administratively prohibited" in ran.err, "it forwards", ran)
        ran = world.ssh(sshd, "echo in").succeeded()
        check(ran.out == b"in\n", "a key needs no password, so nothing has expired", ran)


@promise("on a terminal the expired password is changed, and opens the door at the next login")
def changed_on_terminal(world):
    with shadow_entry(world, EXPIRED), world.sshd(user_keys=[], lines=["PasswordAuthentication yes"]) as sshd:
        command = world.ssh_command(sshd, options=PASSWORD_ONLY, flags=["-t"])
        wrapped = ["env", "-i", *(f"{k}={v}" for k, v in world.client_environment(**world.askpass(PASSWORD)).items()), *command]
        with Terminal(world, wrapped) as terminal:
            terminal.wait_for(r"WARNING: Your password has expired\.")
            terminal.wait_for(r"Current password:")
            terminal.line(PASSWORD)
            terminal.wait_for(r"New password:")
            terminal.line(NEW)
            terminal.wait_for(r"Retype new password:")
            terminal.line(NEW)
            terminal.wait_for(r"\[ended: 0\]")
        ran = world.ssh(sshd, "echo in", env=world.askpass(NEW), options=PASSWORD_ONLY).succeeded()
        check(ran.out == b"in\n", "the new password does not do", ran)


@promise("with PAM, keyboard-interactive has the expired password changed before the login succeeds")
def changed_in_conversation(world):
    service = pam_service(world, UNIX)
    for client in ("nacre", "openssh"):
        with shadow_entry(world, EXPIRED), world.sshd(user_keys=[], pam=True, lines=[service]) as sshd:
            said = answers(world, Current=PASSWORD, Retype=NEW, New=NEW, Password=PASSWORD)
            ran = world.ssh(sshd, "echo in", env=said, options=QUESTIONS_ONLY, program=world.client(client)).succeeded()
            check(ran.out == b"in\n", "not in", ran)
            ran = world.ssh(sshd, "echo in", env=world.askpass(NEW), options=QUESTIONS_ONLY).succeeded()
            check(ran.out == b"in\n", "the new password does not do", ran)


@promise("who gives up in the middle of the change is not in, and keeps the old password")
def change_abandoned(world):
    service = pam_service(world, UNIX)
    with shadow_entry(world, EXPIRED), world.sshd(user_keys=[], pam=True, lines=[service]) as sshd:
        before = SHADOW.read_text()
        said = answers(world, Current=PASSWORD, Retype="another", New=NEW, Password=PASSWORD)
        ran = world.ssh(sshd, "echo in", env=said, options=[*QUESTIONS_ONLY, "NumberOfPasswordPrompts=1"])
        check(ran.status == 255 and ran.out == b"", "in!", ran)
        check(b"required to change your password immediately" in ran.err, "not told why a new one is wanted", ran)
        check(SHADOW.read_text() == before, "the shadow file has changed")


@promise("with PAM, who came by a password or a key that is not asked for changes it on the terminal first")
def expired_with_pam(world):
    service = pam_service(world, UNIX)
    with shadow_entry(world, EXPIRED), world.sshd(pam=True, lines=[service, "PasswordAuthentication yes"]) as sshd:
        for rest in (dict(env=world.askpass(PASSWORD), options=PASSWORD_ONLY), {}):
            ran = world.ssh(sshd, "echo in", **rest)
            check(ran.status == 1 and ran.out == b"" and b"Your password has expired" in ran.err, "a command ran", ran)


@promise("whose password expires soon is told before the login; whose account has expired is not in")
def warnings(world):
    today = int(subprocess.run(["date", "+%s"], capture_output=True, check=True).stdout) // 86400
    with world.sshd(lines=["PasswordAuthentication yes"]) as sshd:
        with shadow_entry(world, f"{today - 88}:0:90:7:::"):
            ran = world.ssh(sshd, "echo in", env=world.askpass(PASSWORD), options=PASSWORD_ONLY).succeeded()
            check(b"Your password will expire in 2 days." in ran.err, "not told", ran)
        for last_day in (today - 1, 0):                            # 0: `chage -E 0`, by which accounts are closed
            with shadow_entry(world, f"{today}:0:90:7::{last_day}:"):
                ran = world.ssh(sshd, "echo in", env=world.askpass(PASSWORD), options=PASSWORD_ONLY)
                check(ran.status == 255 and ran.out == b"" and b"Permission denied" in ran.err,
                      "in, or told that the account is real", ran)
                told = rf"User {world.user} not allowed because account has expired"
                wait_until(lambda: len(re.findall(told, sshd.log())) == (1 if last_day else 2), f"{told}, {last_day}")


SERVER = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
import asyncssh

class Server(asyncssh.SSHServer):
    known = {"nacre": sys.argv[3]}
    def password_auth_supported(self): return True
    def begin_auth(self, username): return True
    def validate_password(self, username, password):
        if password == sys.argv[3]:
            raise asyncssh.PasswordChangeRequired("It has expired")
        return False
    def change_password(self, username, old, new):
        return old == sys.argv[3] and new == sys.argv[4]

async def main():
    await asyncssh.create_server(Server, "127.0.0.1", int(sys.argv[1]), server_host_keys=[sys.argv[2]],
                                 process_factory=lambda p: (p.stdout.write("in\\n"), p.exit(0)))
    await asyncio.Event().wait()
asyncio.run(main())
"""


@promise("our client changes a password where a server demands it (RFC 4252 §8)")
def change_request(world):
    if run([sys.executable, "-W", "ignore", "-c", "import asyncssh"]).status != 0:
        raise Skip("asyncssh is not installed")
    key, port = world.key("ed25519"), free_port()
    script = world.new_file("server.py", SERVER)
    with harness.Server(world, "asyncssh", [sys.executable, script, port, key, PASSWORD, NEW], port,
                        world.known_hosts(port, [key])) as server:
        said = answers(world, old_password=PASSWORD, Retype=NEW, new_password=NEW, password=PASSWORD)
        ran = world.ssh(server, "x", env=said, options=PASSWORD_ONLY).succeeded()
        check(ran.out == b"in\n" and b"It has expired" in ran.err, "not in", ran)
        said = answers(world, old_password="wrong", Retype=NEW, new_password=NEW, password=PASSWORD)
        ran = world.ssh(server, "x", env=said, options=[*PASSWORD_ONLY, "NumberOfPasswordPrompts=1"])
        check(ran.status == 255 and ran.out == b"", "in with a wrong old password", ran)
        said = answers(world, old_password=PASSWORD, Retype="another", new_password=NEW, password=PASSWORD)
        ran = world.ssh(server, "x", env=said, options=[*PASSWORD_ONLY, "NumberOfPasswordPrompts=1"])
        check(ran.status == 255 and b"Mismatch" in ran.err, "in with two different new ones", ran)


# ---- PAM -----------------------------------------------------------------------------

@promise("PAM's modules give the session variables and groups, and are told how the user proved himself")
def pam_gives(world):
    told = world.new_file("told", "")
    script = world.new_file("tell", f"#!/bin/sh\nenv >>'{told}'\n")
    script.chmod(0o755)
    variables = world.new_file("variables", "FROM_PAM DEFAULT=a-value\nFROM_PAM_TOO DEFAULT=@{HOME}/x\n")
    pathlib.Path("/etc/security/group.conf").write_text("nacre-test;*;nacre;Al0000-2400;games\n")
    service = pam_service(world, f"""
        auth required pam_unix.so
        auth optional pam_group.so
        account required pam_exec.so {script}
        session required pam_exec.so {script}
        session required pam_env.so conffile={variables} readenv=0
        """)
    with world.sshd(pam=True, lines=[service, "AcceptEnv FROM_PAM"]) as sshd:
        ran = world.ssh(sshd, "echo $FROM_PAM $FROM_PAM_TOO; id -Gn", options=["SetEnv=FROM_PAM=mine"]).succeeded()
        lines = ran.out.decode().splitlines()
        check(lines[0] == f"a-value {world.home}/x", "the variables are not PAM's", ran)
        check("games" in lines[1].split(), "the group is missing", ran)
    wait_until(lambda: "PAM_TYPE=close_session" in told.read_text(), "the session is closed")
    text = told.read_text()
    for wanted in ("PAM_TYPE=account", "PAM_TYPE=open_session", "PAM_SERVICE=nacre-test",
                   "PAM_USER=nacre", "PAM_RHOST=127.0.0.1", "PAM_TTY=ssh", "SSH_AUTH_INFO_0=publickey ssh-ed25519",
                   "SSH_CONNECTION=127.0.0.1 "):
        check(wanted in text, f"modules do not see {wanted}", text)


@promise("several questions of several modules are asked one after the other, with what they have to say")
def several(world):
    greeting = world.new_file("greeting", "Welcome, stranger\n")
    greeting.chmod(0o644)
    service = pam_service(world, f"""
        auth optional pam_echo.so file={greeting}
        auth required pam_unix.so
        auth required pam_exec.so expose_authtok quiet /bin/true
        auth required pam_userdb.so db=/nowhere
        account required pam_permit.so
        session required pam_permit.so
        """)
    with world.sshd(user_keys=[], pam=True, lines=[service]) as sshd:
        said = world.askpass(PASSWORD)
        ran = world.ssh(sshd, "echo in", env=said, options=[*QUESTIONS_ONLY, "NumberOfPasswordPrompts=1"])
        check(ran.status == 255, "a module that refuses was not heard", ran)
        check(b"Welcome, stranger" in ran.err, "its text was not shown", ran)


@promise("what a module says before it asks is shown line by line, in its own letters, with who says it in front")
def several_lines(world):
    text = world.new_file("text", "first\nsecond é\n")
    text.chmod(0o644)
    service = pam_service(world, f"""
        auth optional pam_echo.so file={text}
        auth required pam_unix.so
        account required pam_permit.so
        session required pam_permit.so
        """)
    with world.sshd(user_keys=[], pam=True, lines=[service]) as sshd:
        ran = world.ssh(sshd, "echo in", env=world.askpass(PASSWORD), options=QUESTIONS_ONLY).succeeded()
        who = f"({world.user}@127.0.0.1)"
        check(f"{who} first\n{who} second é\n".encode() in ran.err, "not shown so", ran)


@promise("a wrong answer is refused at once, however long it took to type: the time that hides who exists counts from there")
def slow_answers(world):
    service = pam_service(world, """
        auth required pam_unix.so nodelay
        account required pam_permit.so
        session required pam_permit.so
        """)

    def refused_after(user):
        said = world.askpass("")
        script, typed = pathlib.Path(said["SSH_ASKPASS"]), pathlib.Path(said["ASKED"])
        script.write_text(f"#!/bin/sh\nsleep 6\ndate +%s.%N >'{typed}'\necho wrong\n")
        ran = world.ssh(sshd, "echo in", env=said, options=[*QUESTIONS_ONLY, "NumberOfPasswordPrompts=1"], user=user)
        over = time.time()
        check(ran.status == 255 and b"Permission denied" in ran.err, f"{user}: not refused", ran)
        return over - float(typed.read_text())

    # How much is added depends on the name.
    users = [world.user, *(f"nobody-{n}" for n in range(4))]
    with world.sshd(user_keys=[], pam=True, lines=[service]) as sshd, concurrent.futures.ThreadPoolExecutor() as pool:
        for user, seconds in zip(users, pool.map(refused_after, users)):
            check(seconds < 2, f"{user}: refused {seconds:.1f} s after the answer")


@promise("who abandons one module's question is asked none of the next module's, and goes on to his key")
def abandoned(world):
    service = pam_service(world, """
        auth required pam_unix.so nodelay
        auth required pam_unix.so nodelay
        account required pam_permit.so
        session required pam_permit.so
        """)
    said = world.askpass("")
    pathlib.Path(said["SSH_ASKPASS"]).write_text(f"#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{said['ASKED']}'\nexit 1\n")
    with world.sshd(pam=True, lines=[service]) as sshd:
        ran = world.ssh(sshd, "echo in", env=said, options=["BatchMode=no",
                        "PreferredAuthentications=keyboard-interactive,publickey"]).succeeded()
        check(ran.out == b"in\n", "not in", ran)
        asked = pathlib.Path(said["ASKED"]).read_text()
        check(len(asked.splitlines()) == 1, "not asked once", asked)


@promise("who logs in by a key has a session also where PAM has no credentials for him")
def no_credentials(world):
    service = pam_service(world, """
        auth required pam_debug.so cred=cred_unavail
        auth required pam_deny.so
        account required pam_permit.so
        session required pam_permit.so
        """)
    with world.sshd(pam=True, lines=[service]) as sshd:
        ran = world.ssh(sshd, "echo in").succeeded()
        check(ran.out == b"in\n", "not in", ran)
        ran = world.ssh(sshd, input=b"exit\n", flags=["-tt"])
        check(b"cred=cred_unavail" in ran.out, "what the module said is lost", ran)


@promise("a session that PAM does not open runs nothing and forwards nothing; what it says is shown")
def no_session(world):
    reason = world.new_file("reason", "Not on a Thursday\n")
    reason.chmod(0o644)
    service = pam_service(world, f"""
        auth required pam_unix.so
        account required pam_permit.so
        session optional pam_echo.so file={reason}
        session required pam_deny.so
        """)
    with world.sshd(pam=True, lines=[service]) as sshd:
        ran = world.ssh(sshd, "echo in")
        check(ran.status == 254 and ran.out == b"", "something ran", ran)
        check(b"Not on a Thursday" in ran.err, "the reason was not shown", ran)
        ran = world.ssh(sshd, flags=["-W", "127.0.0.1:9"])
        check(ran.status == 255 and b"administratively prohibited" in ran.err, "it forwards", ran)


@promise("an account that PAM refuses is told why, whatever it proved")
def no_account(world):
    reason = world.new_file("reason", "Closed for repairs\n")
    reason.chmod(0o644)
    service = pam_service(world, f"""
        auth required pam_unix.so
        account optional pam_echo.so file={reason}
        account required pam_deny.so
        session required pam_permit.so
        """)
    with world.sshd(pam=True, lines=[service]) as sshd:
        ran = world.ssh(sshd, "echo in")
        check(ran.status == 255 and ran.out == b"" and b"Closed for repairs" in ran.err, "not told", ran)


@promise("PAM's session is closed whoever dies first")
def closed(world):
    told = world.new_file("told", "")
    script = world.new_file("tell", f"#!/bin/sh\necho $PAM_TYPE >>'{told}'\n")
    script.chmod(0o755)
    service = pam_service(world, f"""
        auth required pam_unix.so
        account required pam_permit.so
        session required pam_exec.so {script}
        """)
    with world.sshd(pam=True, lines=[service]) as sshd:
        for name, number in (("ssh", signal.SIGKILL), ("sshd-net", signal.SIGKILL), ("sshd-user", signal.SIGKILL),
                             ("sshd-session", signal.SIGTERM), ("sshd-session", signal.SIGHUP)):
            told.write_text("")
            client = subprocess.Popen([str(c) for c in world.ssh_command(sshd, "echo in; cat", key=world.key("ed25519"))],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=world.client_environment())
            check(client.stdout.readline() == b"in\n", "not in")
            victim = client.pid
            if name != "ssh":
                victim = serving(sshd, name)
            os.kill(victim, number)
            client.wait(20)
            wait_until(lambda: told.read_text().split() == ["open_session", "close_session"], f"{name} {number}: closed", 20)


def serving(sshd, name):
    """The process of that name whose connection has a user's process."""
    children = harness.children_of(sshd.process.pid)
    sessions = [p for p, n in children.items() if n == "sshd-session" and "sshd-user" in harness.children_of(p).values()]
    check(len(sessions) == 1, "not one connection", children)
    if name == "sshd-session":
        return sessions[0]
    return next(p for p, n in harness.connection_family(sshd, sessions[0]).items() if n == name)


@promise("nobody learns from PAM who exists: unknown and refused users hear and wait the same")
def who_exists(world):
    told = world.new_file("told", "")
    script = world.new_file("tell", f"#!/bin/sh\nread -r word; echo \"$PAM_USER=$word\" >>'{told}'\nexit 1\n")
    script.chmod(0o755)
    service = pam_service(world, f"""
        auth required pam_exec.so expose_authtok quiet {script}
        account required pam_permit.so
        session required pam_permit.so
        """)
    with world.sshd(user_keys=[], pam=True, lines=[service, "DenyUsers daemon", "PermitRootLogin prohibit-password",
                                                   "PasswordAuthentication yes"]) as sshd:
        heard = set()
        for user in (world.user, "daemon", "root", "no-such-user"):
            for options in (PASSWORD_ONLY, QUESTIONS_ONLY):
                said = world.askpass(PASSWORD)
                ran = world.ssh(sshd, "true", user=user, env=said, options=[*options, "NumberOfPasswordPrompts=1"])
                check(ran.status == 255, f"{user} is in", ran)
                text = (ran.err + pathlib.Path(said["ASKED"]).read_bytes()).replace(user.encode(), b"X")
                heard.add((options[2], text))
        check(len(heard) == 2, "they hear different things", "\n".join(map(str, heard)))
        lines = told.read_bytes()
        check(lines.count(f"={PASSWORD}".encode()) == 2 and lines.count(f"{world.user}={PASSWORD}".encode()) == 2,
              "a password reached PAM for somebody who cannot come in by it", lines)


FLOODER = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
import asyncssh

send = asyncssh.connection.SSHConnection.send_packet

def flooding(connection, kind, *fields, **rest):
    send(connection, kind, *fields, **rest)
    if kind == asyncssh.constants.MSG_USERAUTH_REQUEST and b"password" in b"".join(fields):
        for _ in range(1400):
            send(connection, asyncssh.constants.MSG_IGNORE, asyncssh.packet.String(bytes(30000)))

async def main():
    asyncssh.connection.SSHConnection.send_packet = flooding
    try:
        async with asyncssh.connect("127.0.0.1", int(sys.argv[1]), username=sys.argv[2], password="wrong", config=None,
                                    known_hosts=None, client_keys=None, agent_path=None, preferred_auth=["password"]):
            print("in")
    except asyncssh.PermissionDenied:
        print("refused")
asyncio.run(main())
"""


@promise("what a stranger sends behind a password that PAM takes its time to judge waits, and he hears the answer")
def flood_behind_a_password(world):
    if run([sys.executable, "-W", "ignore", "-c", "import asyncssh"]).status != 0:
        raise Skip("asyncssh is not installed")
    slow = world.new_file("slow", "#!/bin/sh\nsleep 3\nexit 1\n")
    slow.chmod(0o755)
    service = pam_service(world, f"""
        auth required pam_exec.so quiet {slow}
        account required pam_permit.so
        session required pam_permit.so
        """)
    script = world.new_file("flooder.py", FLOODER)
    with world.sshd(user_keys=[], pam=True, lines=[service, "PasswordAuthentication yes"]) as sshd:
        ran = run([sys.executable, script, str(sshd.port), world.user])
        check(ran.out == b"refused\n", "another answer", ran, sshd.log()[-2000:])


@promise("a module that wants no more tries ends the asking")
def no_more_tries(world):
    service = pam_service(world, """
        auth required pam_debug.so auth=maxtries
        account required pam_permit.so
        session required pam_permit.so
        """)
    with world.sshd(user_keys=[], pam=True, lines=[service, "PasswordAuthentication yes"]) as sshd:
        ran = world.ssh(sshd, "true", env=world.askpass(PASSWORD), options=PASSWORD_ONLY)
        check(ran.status == 255 and b"Permission denied (publickey)." in ran.err, "it goes on asking", ran)
