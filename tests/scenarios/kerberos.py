"""Logins by Kerberos (gssapi-with-mic), with a realm and a KDC of their own, in all pairs of ours and OpenSSH's."""
import contextlib
import os
import pathlib
import pwd
import socket
import subprocess
import textwrap

from harness import Server, check, free_port, promise, run, text_of, wait_until
from round_trips import Relay, Through, trips

REALM, HERE = "EXAMPLE.TEST", "here.example"
ON = ["GSSAPIAuthentication yes", "PasswordAuthentication no", "KbdInteractiveAuthentication no"]
ASK = ["GSSAPIAuthentication=yes"]
ONLY = [*ASK, "PreferredAuthentications=gssapi-with-mic"]
PAIRS = (("nacre", "nacre"), ("nacre", "openssh"), ("openssh", "nacre"))


class Realm:
    """A KDC on loopback, this machine's key in /etc/krb5.keytab (of the isolated machine), principals with tickets."""

    def __init__(self, world):
        world.need_isolation()
        self.world, self.folder, self.port = world, world.new_folder("realm"), free_port()
        for program in ("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "klist"):
            world.peer(program)
        pathlib.Path("/etc/hosts").write_text(f"127.0.0.1 {HERE} localhost\n")
        socket.sethostname(HERE)
        pathlib.Path("/etc/krb5.conf").write_text(textwrap.dedent(f"""\
            [libdefaults]
                default_realm = {REALM}
                dns_lookup_kdc = false
                dns_lookup_realm = false
                forwardable = true
            [realms]
                {REALM} = {{
                    kdc = 127.0.0.1:{self.port}
                }}
            [domain_realm]
                {HERE} = {REALM}
            """))
        profile = self.folder / "kdc.conf"
        profile.write_text(textwrap.dedent(f"""\
            [kdcdefaults]
                kdc_listen = 127.0.0.1:{self.port}
                kdc_tcp_listen = 127.0.0.1:{self.port}
            [realms]
                {REALM} = {{
                    database_name = {self.folder}/principal
                    key_stash_file = {self.folder}/stash
                    acl_file = {self.folder}/acl
                    supported_enctypes = aes256-cts-hmac-sha1-96:normal
                }}
            [logging]
                kdc = FILE:{self.folder}/kdc.log
            """))
        self.environment = world.client_environment(KRB5_KDC_PROFILE=str(profile))
        run([world.peer("kdb5_util"), "create", "-s", "-r", REALM, "-P", "master"], env=self.environment).succeeded()
        self.principals(f"addprinc -randkey host/{HERE}", "addprinc -pw secret nacre", "addprinc -pw secret other",
                        "addprinc -randkey host/elsewhere.example")
        self.keytab(pathlib.Path("/etc/krb5.keytab"), HERE)
        self.kdc = subprocess.Popen([world.peer("krb5kdc"), "-n"], env=self.environment, stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.caches = {}

    def principals(self, *commands):
        run([self.world.peer("kadmin.local"), "-r", REALM], "".join(c + "\n" for c in commands).encode(),
            env=self.environment).succeeded()

    def keytab(self, path, host):
        path.unlink(missing_ok=True)
        self.principals(f"ktadd -k {path} -norandkey host/{host}")
        return path

    def ticket(self, principal="nacre"):
        """The environment in which this principal has a ticket."""
        if principal not in self.caches:
            cache = self.world.new_file(f"tickets-{principal}")
            environment = self.world.client_environment(KRB5CCNAME=f"FILE:{cache}")
            wait_until(lambda: (self.folder / "kdc.log").exists() and "commencing operation" in
                       (self.folder / "kdc.log").read_text(), "the KDC begins")
            run([self.world.peer("kinit"), principal], b"secret\n", env=environment).succeeded()
            self.caches[principal] = cache
        return {"KRB5CCNAME": f"FILE:{self.caches[principal]}"}

    def put_home(self, name, text):
        account = pwd.getpwnam(self.world.user)
        path = pathlib.Path(account.pw_dir) / name
        path.write_text(text)
        os.chown(path, account.pw_uid, account.pw_gid)
        return path

    def ssh(self, server, *command, principal="nacre", whose="nacre", options=ONLY, **rest):
        env = self.ticket(principal) if principal else {"KRB5CCNAME": "FILE:/nonexistent"}
        return self.world.ssh(server, *(command or ("echo in",)), env=env, options=options,
                              program=self.world.client(whose), **rest)


@contextlib.contextmanager
def realm(world):
    hostname = socket.gethostname()
    made = Realm(world)
    try:
        yield made
    finally:
        made.kdc.terminate()
        made.kdc.wait()
        socket.sethostname(hostname)


def expect(ran, inside, what):
    if inside:
        check(ran.status == 0 and ran.out.startswith(b"in\n"), f"{what}: not in", ran)
    else:
        check(ran.status == 255 and ran.out == b"", f"{what}: in!", ran)


def left_tickets(world):
    return list(pathlib.Path("/tmp").glob(f"krb5cc_{pwd.getpwnam(world.user).pw_uid}_*"))


@promise("a ticket is enough for a login in all pairs of ours and OpenSSH's, and the log names its principal")
def pairs(world):
    with realm(world) as kerberos:
        for client, server in PAIRS:
            with world.sshd(server, lines=ON, user_keys=[]) as running:
                expect(kerberos.ssh(running, 'echo in; echo "[$KRB5CCNAME]"', whose=client), True, f"{client} to {server}")
                running.wait_for_log(rf"Accepted gssapi-with-mic for nacre from .* ssh2: nacre@{REALM}")


@promise("tickets are delegated where both sides want it, found by the session, and gone after it")
def delegation(world):
    show = 'echo in; klist -f -c "$KRB5CCNAME"; stat -c "%a %U" "${KRB5CCNAME#FILE:}"; echo "[$KRB5CCNAME]"'
    lend = [*ONLY, "GSSAPIDelegateCredentials=yes"]
    with realm(world) as kerberos:
        for client, server in PAIRS:
            with world.sshd(server, lines=ON, user_keys=[]) as running:
                ran = kerberos.ssh(running, show, whose=client, options=lend)
                expect(ran, True, f"{client} to {server}")
                check(f"krbtgt/{REALM}".encode() in ran.out and b"600 nacre\n" in ran.out, "no delegated ticket", ran)
                wait_until(lambda: not left_tickets(world), "the tickets are removed")
        with world.sshd(lines=ON, user_keys=[]) as running:
            for flags, options, lent in (([], ONLY, False), (["-K"], ONLY[1:], True), (["-k"], lend, False),
                                         (["-k"], ONLY, False)):
                ran = kerberos.ssh(running, show, options=options, flags=flags)
                expect(ran, True, f"with {flags}")
                check((b"krbtgt" in ran.out) == lent, f"{flags}: {lent}", ran)   # a flag wins over any -o
        with world.sshd(lines=[*ON, "GSSAPIDelegateCredentials no"], user_keys=[]) as running:
            check(b"[]" in kerberos.ssh(running, show, options=lend).out, "the server took what it does not want")
        with world.sshd(lines=[*ON, "GSSAPICleanupCredentials no"], user_keys=[]) as running:
            expect(kerberos.ssh(running, show, options=lend), True, "without cleaning up")
        left = left_tickets(world)
        check(len(left) == 1, "the tickets should have been left", left)
        left[0].unlink()


@promise("PAM's session has the delegated tickets, too, and the account is PAM's to refuse")
def with_pam(world):
    with realm(world) as kerberos:
        service = pathlib.Path("/etc/pam.d/nacre-test")
        service.write_text("auth required pam_permit.so\naccount required pam_permit.so\nsession required pam_exec.so "
                           "/bin/sh -c env>/run/pam-environment\nsession required pam_permit.so\n")
        lend = [*ONLY, "GSSAPIDelegateCredentials=yes"]
        with world.sshd(lines=[*ON, "PAMServiceName nacre-test"], user_keys=[], pam=True) as running:
            ran = kerberos.ssh(running, 'echo in; klist -c "$KRB5CCNAME"', options=lend)
            expect(ran, True, "with PAM")
            check(b"krbtgt" in ran.out, "no ticket in the session", ran)
            seen = pathlib.Path("/run/pam-environment").read_text()
            check("KRB5CCNAME=FILE:/tmp/krb5cc_" in seen, "PAM's modules do not see the tickets", seen)
            check(f"SSH_AUTH_INFO_0=gssapi-with-mic nacre@{REALM}" in seen, "PAM's modules do not see the method", seen)
            service.write_text("auth required pam_permit.so\naccount required pam_deny.so\nsession required pam_permit.so\n")
            expect(kerberos.ssh(running), False, "an account that PAM refuses")


@promise("another principal may come in only where .k5login says so, and names that do not exist are not told apart")
def authorization(world):
    with realm(world) as kerberos, world.sshd(lines=[*ON, "PubkeyAuthentication no"], user_keys=[]) as running:
        expect(kerberos.ssh(running, principal="other"), False, "a stranger's ticket")
        running.wait_for_log(rf"Kerberos principal other@{REALM} may not log in as nacre")
        running.wait_for_log(rf"Failed gssapi-with-mic for nacre from .*: other@{REALM}")
        login = kerberos.put_home(".k5login", f"other@{REALM}\n")
        expect(kerberos.ssh(running, principal="other"), True, "a stranger who is listed")
        expect(kerberos.ssh(running), False, "an owner who is not listed")
        login.unlink()
        refused = kerberos.ssh(running, principal="other", flags=["-vvv"])
        unknown = kerberos.ssh(running, user="nobody-here", flags=["-vvv"])
        running.wait_for_log("Failed gssapi-with-mic for invalid user nobody-here")

        def answers(ran):
            return [line for line in text_of(ran.err).splitlines() if "GSSAPI" in line or "can continue" in line]
        check(answers(refused) == answers(unknown), "a name that does not exist is answered differently", refused, unknown)


@promise("who has no ticket logs in by key, without a round trip more than with GSSAPIAuthentication off")
def without_ticket(world):
    with realm(world) as kerberos, world.sshd(lines=ON) as running, Relay(world, running.port) as relay:
        there = Through(world, relay, running)
        nothing = {"env": {"KRB5CCNAME": "FILE:/nonexistent"}, "best_of": 3}
        trips(world, there, **nothing)                            # so that the host is remembered
        off, _ = trips(world, there, **nothing)
        on, ran = trips(world, there, options=ASK, flags=["-v"], **nothing)
        check(on - off < 0.7, f"{on:.2f} round trips instead of {off:.2f}", ran)
        check(b"there is no Kerberos ticket" in ran.err, "the missing ticket is not mentioned", ran)
        # For this server there is no ticket, though there is one.
        ran = kerberos.ssh(running, options=[*ASK, "GSSAPIServerIdentity=nowhere.example"], flags=["-v"])
        expect(ran, True, "by key, without a ticket for the server")
        check(b"Authenticated" not in ran.err or b'using "publickey"' in ran.err, "not by key", ran)


@promise("AuthenticationMethods can ask for Kerberos and a key, and neither alone is enough")
def both(world):
    with realm(world) as kerberos, \
            world.sshd(lines=[*ON, "AuthenticationMethods gssapi-with-mic,publickey", "ExposeAuthInfo yes"]) as running:
        ran = kerberos.ssh(running, 'echo in; cat "$SSH_USER_AUTH"', options=ASK)
        expect(ran, True, "with both")
        lines = ran.out.splitlines()[1:]
        check(lines[0] == f"gssapi-with-mic nacre@{REALM}".encode() and lines[1].startswith(b"publickey "), "the proofs", ran)
        running.wait_for_log("Partial gssapi-with-mic for nacre")
        expect(kerberos.ssh(running), False, "with the ticket alone")
        expect(kerberos.ssh(running, principal=None, options=ASK), False, "with the key alone")


@promise("the server's key: of its own name only, or any; where there is none, the failure is not the client's")
def host_keys(world):
    with realm(world) as kerberos:
        elsewhere = kerberos.keytab(world.new_file("keytab"), "elsewhere.example")
        asks = [*ASK, "GSSAPIServerIdentity=elsewhere.example"]
        environment = {**os.environ, "KRB5_KTNAME": str(elsewhere)}
        for strict in ("yes", "no"):
            lines = [*ON, f"GSSAPIStrictAcceptorCheck {strict}", "MaxAuthTries 1"]
            with with_environment(world, lines, environment) as running:
                ran = kerberos.ssh(running, options=[*asks, "PreferredAuthentications=gssapi-with-mic"])
                expect(ran, strict == "no", f"a key of another name, strict {strict}")
                # One failure is allowed, and this one is not counted.
                expect(kerberos.ssh(running, options=asks), True, "by key, then")
                if strict == "yes":
                    running.wait_for_log("there is no key for this host, host@here.example")


def with_environment(world, lines, environment):
    """Our sshd, with an environment."""
    with world.sshd(lines=lines) as first:
        known_hosts, port = first.known_hosts, first.port
        command = first.process.args
    return Server(world, "sshd-nacre", command, port, known_hosts, env=environment)


@promise("the name of the server: as it is known, as GSSAPIServerIdentity says, or as the DNS says with GSSAPITrustDns")
def names(world):
    with realm(world) as kerberos, world.sshd(lines=ON, user_keys=[]) as running:
        config = pathlib.Path("/etc/krb5.conf")
        config.write_text(config.read_text().replace("forwardable", "rdns = false\n forwardable"))
        for client in ("nacre", "openssh"):
            expect(kerberos.ssh(running, whose=client), False, f"{client}, by the address")
            expect(kerberos.ssh(running, whose=client, options=[*ONLY, f"GSSAPIServerIdentity={HERE}"]), True, client)
            expect(kerberos.ssh(running, whose=client, options=[*ONLY, "GSSAPITrustDns=yes"]), True, f"{client}, DNS")
            identity = [*ONLY, f"GSSAPIServerIdentity={HERE}", "GSSAPIClientIdentity="]
            expect(kerberos.ssh(running, whose=client, options=[*identity[:-1], identity[-1] + f"nacre@{REALM}"]), True, client)
            expect(kerberos.ssh(running, whose=client, options=[*identity[:-1], identity[-1] + f"other@{REALM}"]), False,
                   client)
