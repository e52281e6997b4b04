"""What sshd writes to its log: events as JSON, lines that fail2ban understands, and nothing that a stranger could forge."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess

from harness import Skip, check, children_of, connection_family, promise, run, wait_until

NEEDS = ("ssh", "sshd", "ssh-keygen")
FORGED = "Failed password for root from 6.6.6.6 port 22 ssh2"


def events(server, *names):
    """The objects in the log, which holds nothing else, or those of these events."""
    found = []
    for line in server.log().splitlines():
        event = json.loads(line)
        check(event["v"] == 1 and "time" in event and "event" in event, "not of the schema", line)
        found.append(event)
    return [event for event in found if not names or event["event"] in names]


def event(server, name, **fields):
    return wait_until(lambda: next((e for e in events(server, name)
                                    if all(e.get(key) == value for key, value in fields.items())), None),
                      f"{name} {fields}")


@contextlib.contextmanager
def json_sshd(world, *lines, **more):
    with world.sshd(lines=["LogFormat json", "LogLevel VERBOSE", *lines], **more) as sshd:
        yield sshd


@promise("FingerprintHash is the hash of every fingerprint in the log")
def other_hash(world):
    with json_sshd(world, "FingerprintHash md5") as sshd:
        world.ssh(sshd, "true").succeeded()
        check(event(sshd, "auth", result="accepted")["key_fingerprint"].startswith("MD5:"), "another hash", sshd.log())


@promise("LogFormat json tells a connection's story: who, from where, with what key, which algorithms, how many bytes")
def story(world):
    with json_sshd(world) as sshd:
        ran = world.ssh(sshd, "head -c 100000 /dev/zero; cat; exit 7", input=b"x" * 250)
        check(ran.status == 7, "a status", ran)
        end = event(sshd, "disconnect", logged_in=True)
        mine = [e for e in events(sshd) if e.get("connection") == end["connection"]]
        names = [e["event"] for e in mine if e["event"] != "message" and e.get("result") != "postponed"]
        check(names == ["connection", "keys", "auth", "session_open", "session_close", "disconnect"], "its events", names)
        by_name = {e["event"]: e for e in mine}
        keys, auth, close = by_name["keys"], by_name["auth"], by_name["session_close"]
        check(keys["first"] and keys["client_version"].startswith("SSH-2.0-") and keys["kex"] and keys["cipher_in"], "keys", keys)
        fingerprint = run([world.ours("ssh-keygen"), "-lf", world.key("ed25519")]).out.split()[1].decode()
        check(auth["result"] == "accepted" and auth["method"] == "publickey" and auth["key_type"] == "ED25519"
              and auth["key_fingerprint"] == fingerprint and auth["user"] == world.user and auth["user_valid"], "auth", auth)
        check(close["status"] == 7 and close["bytes_in"] == 250 and close["bytes_out"] == 100250, "close", close)
        check(end["reason"] == "disconnected_by_peer" and end["code"] == 11 and end["user"] == world.user
              and end["bytes_out"] > 100250 and end["bytes_in"] > 250 and "duration_ms" in end, "disconnect", end)
        check(all(e["source"] == "127.0.0.1" and e["local_port"] == sshd.port for e in mine), "both ends", mine)
        check("Starting session" not in sshd.log() and event(sshd, "listening"), "lines of text")


@promise("LogFormat json tells of certificates, of refusals and of forwardings")
def more_events(world):
    ca, key = world.key("ed25519", fresh=True), world.key("ed25519", fresh=True)
    run([world.ours("ssh-keygen"), "-q", "-s", ca, "-I", 'id "of" joe\n', "-z", "18446744073709551615", "-n", world.user,
         f"{key}.pub"]).succeeded()
    with json_sshd(world, f"TrustedUserCAKeys {ca}.pub", "PermitOpen none", "MaxAuthTries 2") as sshd:
        world.ssh(sshd, "true", key=key).succeeded()
        found = event(sshd, "auth", result="accepted")
        check(found["certificate_id"] == 'id "of" joe\n' and found["certificate_serial"] == "18446744073709551615"
              and found["ca_fingerprint"].startswith("SHA256:") and found["key_type"] == "ED25519-CERT", "certificate", found)
        world.ssh(sshd, flags=["-W", "127.0.0.1:9"])
        found = event(sshd, "forwarding", result="refused")
        check((found["act"], found["type"], found["host"], found["port"]) == ("connect", "tcp", "127.0.0.1", 9), "refused", found)
        world.ssh(sshd, "true", user="nobody-of-this-name")
        found = event(sshd, "user_refused")
        check(found["user"] == "nobody-of-this-name" and not found["exists"] and not found["user_valid"], "user", found)
        with socket.create_connection(("127.0.0.1", sshd.port)) as stream:
            stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while stream.recv(4096):
                pass
        event(sshd, "disconnect", reason="bad_version", logged_in=False)
    with json_sshd(world, "MaxStartups 1", "LoginGraceTime 5") as sshd:
        with socket.create_connection(("127.0.0.1", sshd.port)) as first:
            first.recv(100)
            with socket.create_connection(("127.0.0.1", sshd.port)) as second:
                check(second.recv(100) == b"Exceeded MaxStartups\r\n", "served")
            check(event(sshd, "refused")["reason"] == "max_startups", "why")
            check(event(sshd, "disconnect")["reason"] == "grace_exceeded", "the end")


@promise("of a client that resets its connection before anything is done with it the log names the address")
def reset_at_once(world):
    with world.sshd() as sshd:
        wait_until(lambda: list(children_of(sshd.process.pid).values()).count("sshd-net") == 2, "two that wait for a connection")
        os.kill(sshd.process.pid, signal.SIGSTOP)
        with socket.create_connection(("127.0.0.1", sshd.port), timeout=60) as stream:
            port = stream.getsockname()[1]
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.kill(sshd.process.pid, signal.SIGCONT)
        sshd.wait_for_log(rf"Connection from 127\.0\.0\.1 port {port} on 127\.0\.0\.1 port {sshd.port}")
        sshd.wait_for_log(rf"Connection (closed|reset) by 127\.0\.0\.1 port {port}")
        check("UNKNOWN" not in sshd.log(), "an address is not told", sshd.log())


@promise("each connection has exactly one end in the log, also of a process that was killed")
def one_end(world):
    world.need_isolation()
    with json_sshd(world, "LogLevel INFO") as sshd:
        for victim, reason in (("sshd-net", "network_process_died"), ("sshd-session", "monitor_died"),
                               ("sshd-user", "ended_by_monitor")):
            with contextlib.ExitStack() as stack:
                client = subprocess.Popen(world.ssh_command(sshd, "echo up; exec cat /dev/zero", key=world.key("ed25519")),
                                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                          env=world.client_environment())
                stack.callback(client.kill)
                check(client.stdout.readline() == b"up\n", "no session")
                session = next(pid for pid, name in children_of(sshd.process.pid).items()
                               if name == "sshd-session" and "sshd-user" in children_of(pid).values())   # not a spare
                family = connection_family(sshd, session)
                os.kill(next(pid for pid, name in family.items() if name == victim), signal.SIGKILL)
                client.wait(60)
            event(sshd, "disconnect", reason=reason)
        connections = {e["connection"] for e in events(sshd, "connection")}
        ends = [e["connection"] for e in events(sshd, "disconnect")]
        check(len(connections) == 3 and sorted(ends) == sorted(connections), "not one each", sshd.log())


@promise("a network process that dies is the reason also where the monitor hears first of something to tell it")
def died_unheard(world):
    world.need_isolation()
    with json_sshd(world) as sshd:
        client = subprocess.Popen(world.ssh_command(sshd, "echo up; exec sleep 1000", key=world.key("ed25519")),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env=world.client_environment())
        with contextlib.ExitStack() as stack:
            stack.callback(client.kill)
            check(client.stdout.readline() == b"up\n", "no session")
            session = next(pid for pid, name in children_of(sshd.process.pid).items()
                           if name == "sshd-session" and "sshd-user" in children_of(pid).values())       # not a spare
            family = {name: pid for pid, name in connection_family(sshd, session).items()}
            os.kill(session, signal.SIGSTOP)
            stack.callback(os.kill, session, signal.SIGCONT)
            os.kill(next(iter(children_of(family["sshd-user"]))), signal.SIGKILL)                            # its shell
            wait_until(lambda: not children_of(family["sshd-user"]), "the program's end heard")
            wait_until(lambda: "(sleeping)" in pathlib.Path(f"/proc/{family['sshd-user']}/status").read_text(), "told")
            os.kill(family["sshd-net"], signal.SIGKILL)
            client.wait(60)
        event(sshd, "disconnect", reason="network_process_died")


def says(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as stream:
        stream.sendall(data)
        stream.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while stream.recv(4096):
                pass


NAMES = (f"x\n{FORGED}\n", f"x\r\n{FORGED}", 'x","event":"auth","user":"root"}\n{"v":1,"event":"message"', "root from 6.6.6.6",
         "root from 6.6.6.6 port 22 ssh2", "\x1b[2J\x07", "root ", f"{FORGED}", "x" * 250)


def hostile_clients(world, sshd):
    """Each says the forged line in a place of its own."""
    try:
        import paramiko
    except ImportError:
        raise Skip("python3-paramiko is not installed") from None
    import logging
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    for name in NAMES:
        transport = paramiko.Transport(("127.0.0.1", sshd.port))
        transport.start_client(timeout=60)
        with contextlib.suppress(paramiko.SSHException, EOFError):
            transport.auth_password(name, f"{FORGED}\n")
        transport.close()
    says(sshd.port, f"SSH-2.0-x\x0b{FORGED}\r\n".encode())
    says(sshd.port, f"{FORGED}\r\n".encode() * 3)
    says(sshd.port, b"SSH-2.0-x\r\n" + b"\x00\x00\x00\x0c\x0a\x01" + b"\x00" * 10)


def packet(payload):
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)


def text_field(text):
    return len(text).to_bytes(4, "big") + text


@promise("nothing that a client sends makes a line of its own, or an event")
def forged(world):
    goodbye = packet(b"\x01" + (2).to_bytes(4, "big") + text_field(f"bye\n{FORGED}\n".encode()) + text_field(b""))
    for form in ("text", "json"):
        with world.sshd(lines=[f"LogFormat {form}", "LogLevel DEBUG3", "PasswordAuthentication yes"]) as sshd:
            hostile_clients(world, sshd)
            says(sshd.port, b"SSH-2.0-x\r\n" + goodbye)
            wait_until(lambda: "bye" in sshd.log(), "the farewell")
            lines = sshd.log_path.read_bytes().split(b"\n")
            check(all(0x20 <= byte <= 0x7e or byte == 9 for line in lines for byte in line), "bytes that are not text")
            check(not any(line.startswith(b"Failed password for root") for line in lines), "a forged line", sshd.log())
            if form == "json":
                check(not any(e.get("user") == "root" or e.get("source", "127.0.0.1") != "127.0.0.1" for e in events(sshd)),
                      "a forged event", sshd.log())


def matched(world, log, mode):
    """Addresses that fail2ban's filter for sshd finds in it, with how often."""
    stamped = world.new_file("auth.log", "".join(
        f"Nov 26 08:00:{n % 60:02} host sshd[{4000 + n}]: {line}\n" for n, line in enumerate(log.splitlines())))
    ran = run([world.peer("fail2ban-regex"), "--print-all-matched", stamped, f"sshd[mode={mode}]"],
              env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(world.client_home)})
    out = ran.out.decode()
    check("Lines:" in out, "fail2ban-regex", ran)
    raw = run([world.peer("fail2ban-regex"), "-o", "row", stamped, f"sshd[mode={mode}]"],
              env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(world.client_home)}).out.decode()
    return re.findall(r"\['?([0-9a-fA-F.:]+)'?,", raw) or re.findall(r"'ip4': '([0-9.]+)'", raw), raw


def password_fails(world, sshd, user, times):
    ran = world.ssh(sshd, "true", user=user, options=["BatchMode=no", "PreferredAuthentications=password",
                                                     f"NumberOfPasswordPrompts={times}"], env=world.askpass("wrong"))
    check(ran.status == 255, "let in", ran)


@promise("fail2ban's filter for sshd finds the failures in our log, and the address they came from")
def fail2ban(world):
    world.need_isolation()
    world.peer("fail2ban-regex")
    with world.sshd(lines=["LogLevel INFO", "PasswordAuthentication yes", "MaxAuthTries 3"]) as sshd:
        def part(act, pattern):
            before = len(sshd.log())
            act()
            wait_until(lambda: re.search(pattern, sshd.log()[before:]), pattern)
            return sshd.log()[before:]

        wrong = part(lambda: password_fails(world, sshd, world.user, 1), r"Connection closed by|Disconnected from")
        unknown = part(lambda: password_fails(world, sshd, "nobody-of-this-name", 1), r"Connection closed by|Disconnected from")
        many = part(lambda: password_fails(world, sshd, world.user, 3), r"Disconnecting authenticating user")
        garbage = part(lambda: says(sshd.port, b"GET / HTTP/1.0\r\n\r\n"), "banner exchange")
        silent = part(lambda: socket.create_connection(("127.0.0.1", sshd.port)).close(), "Connection (closed|reset) by")
        kex = part(lambda: run([world.peer("ssh"), *world.ssh_command(sshd, "true", options=["KexAlgorithms=diffie-hellman-group1-sha1"])[1:]],
                               env=world.client_environment()), "Unable to negotiate")
        for mode, log, least in (("normal", wrong, 1), ("normal", unknown, 2), ("normal", many, 4), ("aggressive", wrong, 1),
                                 ("aggressive", garbage, 1), ("ddos", garbage, 1), ("aggressive", silent, 1),
                                 ("ddos", silent, 1), ("aggressive", kex, 1), ("extra", kex, 1)):
            found, raw = matched(world, log, mode)
            check(len(found) >= least and set(found) == {"127.0.0.1"}, f"{mode}: {found}", log, raw)
        found, raw = matched(world, part(lambda: world.ssh(sshd, "true").succeeded(), "Disconnected from user"), "normal")
        check(not found, "a good login is a failure", raw)


@promise("fail2ban bans nobody whom a client names")
def framed(world):
    world.peer("fail2ban-regex")
    with world.sshd(lines=["LogLevel VERBOSE", "PasswordAuthentication yes"]) as sshd:
        hostile_clients(world, sshd)
        wait_until(lambda: sshd.log().count("Failed password for invalid user") == len(NAMES), "all of them")
        for mode in ("normal", "aggressive"):
            found, raw = matched(world, sshd.log(), mode)
            check(found and set(found) == {"127.0.0.1"}, f"{mode}: {found}", raw)


@promise("LogLevel in a Match block goes for whom it matches, in the protocol's process, too")
def level_of_some(world):
    with world.sshd(lines=["LogLevel ERROR", f"Match User {world.user}", "LogLevel DEBUG1", "Match all", "LogLevel ERROR"]) as sshd:
        world.ssh(sshd, "true", user="nobody-of-this-name")
        check(sshd.log() == "", "it says more than errors", sshd.log())
        world.ssh(sshd, "true").succeeded()
        sshd.wait_for_log(rf"Accepted publickey for {world.user}")
        sshd.wait_for_log("debug1: server_input_channel_open")
