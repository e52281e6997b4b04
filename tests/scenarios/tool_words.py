"""What tools read: sentences of ssh's that other programs look for are an interface.  Each row is a phrase, as OpenSSH's
own programs say it in the same situation, and who looks for it; what stands around it is everybody's own."""
import contextlib
import pathlib
import re
import socket
import struct
import threading

from harness import add, agent, check, free_port, promise, run

NUMBER, ADDRESS = r"\d+", r"127\.0\.0\.1"


@contextlib.contextmanager
def port_that(deals):
    """A port on which each connection is dealt with by a function, and then closed."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                with listener.accept()[0] as connection, contextlib.suppress(OSError):
                    deals(connection)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def hears_and_hangs_up(connection):
    connection.recv(1)
    while connection.recv(4096):                                   # or the end would be a reset
        connection.settimeout(0.2)


def resets(connection):
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stays_silent(connection):
    while connection.recv(4096):
        pass


def lines_of(ran):
    return ran.err.decode(errors="replace").replace("\r\n", "\n")


def check_phrases(world, situation, phrases, ran):
    text = lines_of(ran)
    missing = [phrase for phrase in phrases if not re.search(phrase, text, re.M)]
    check(not missing, f"{situation} does not say {missing}", ran)


def both(world):
    return (world.peer("ssh"), world.ours("ssh"))


@promise("a login told step by step: connection, keys, method, session, end (autossh, VS Code, GNOME, Lima)")
def steps(world):
    with world.sshd() as sshd:
        port, key, stranger = sshd.port, world.key("ed25519"), world.key("ed25519", fresh=True)
        config = world.new_file("config", f"Host *\n  UserKnownHostsFile {sshd.known_hosts}\n")
        for program in both(world):
            ran = world.ssh(sshd, "echo", "in", program=program, key=stranger, flags=["-v", "-i", key, "-F", config],
                            options=["LogLevel=DEBUG1"])
            check_phrases(world, program, (
                rf"^debug1: Reading configuration data {config}$",
                rf"^debug1: Connecting to {ADDRESS} \[{ADDRESS}\] port {port}\.$",
                r"^debug1: Connection established\.$",
                r"^debug1: Local version string SSH-2\.0-",
                r"^debug1: Remote protocol version 2\.0, remote software version \S",
                rf"^debug1: Authenticating to {ADDRESS}:{port} as '{world.user}'$",
                r"^debug1: SSH2_MSG_KEXINIT sent$", r"^debug1: SSH2_MSG_KEXINIT received$",
                r"^debug1: kex: algorithm: \S+$", r"^debug1: kex: host key algorithm: ssh-ed25519$",
                r"^debug1: kex: server->client cipher: \S+ MAC: \S+ compression: none$",
                r"^debug1: kex: client->server cipher: \S+ MAC: \S+ compression: none$",
                r"^debug1: Server host key: ssh-ed25519 SHA256:\S+$",
                rf"^debug1: Host '\[{ADDRESS}\]:{port}' is known and matches the ED25519 host key\.$",
                rf"^debug1: Found key in {sshd.known_hosts}:1$",
                r"^debug1: SSH2_MSG_NEWKEYS received$", r"^debug1: SSH2_MSG_SERVICE_ACCEPT received$",
                r"^debug1: Authentications that can continue: publickey",
                r"^debug1: Next authentication method: publickey$",
                rf"^debug1: Offering public key: {stranger} ED25519 SHA256:\S+",
                rf"^debug1: Offering public key: {key} ED25519 SHA256:\S+",
                rf"^Authenticated to {ADDRESS} \(\[{ADDRESS}\]:{port}\) using \"publickey\"\.$",
                r"^debug1: Entering interactive session\.$", r"^debug1: Sending command: echo in$",
                r"^debug1: client_input_channel_req: channel 0 rtype exit-status reply 0$",
                r"^Transferred: sent \d+, received \d+ bytes, in \d+\.\d seconds$",
                r"^debug1: Exit status 0$"), ran)


@promise("forwardings: that they stand, that they cannot, and that a connection finds nobody (sshuttle, VS Code, Sequel Ace, TRAMP)")
def forwardings(world):
    with world.sshd() as sshd, socket.create_server(("127.0.0.1", 0)) as taken:
        busy = taken.getsockname()[1]
        for program in both(world):
            local, dynamic, remote = free_port(), free_port(), free_port()
            say = dict(program=program, options=["LogLevel=DEBUG1"])
            ran = world.ssh(sshd, "true", flags=["-L", f"{local}:localhost:80", "-D", f"{dynamic}",
                                                 "-R", f"{remote}:localhost:81", "-R", "0:localhost:82"], **say)
            check_phrases(world, program, (
                rf"^debug1: Local connections to LOCALHOST:{local} forwarded to remote address localhost:80$",
                rf"^debug1: Local connections to LOCALHOST:{dynamic} forwarded to remote address socks:0$",
                rf"^debug1: Local forwarding listening on {ADDRESS} port {local}\.$",
                rf"^debug1: Remote connections from LOCALHOST:{remote} forwarded to local address localhost:81$",
                rf"^debug1: remote forward success for: listen {remote}, connect localhost:81$",
                r"^Allocated port \d+ for remote forward to localhost:82$",
                r"^debug1: forwarding_success: all expected forwarding replies received$"), ran)
            ran = world.ssh(sshd, "true", flags=["-R", f"127.0.0.1:{busy}:localhost:81"], **say)
            check_phrases(world, program, (
                rf"^debug1: remote forward failure for: listen {ADDRESS}:{busy}, connect localhost:81$",
                rf"^Warning: remote port forwarding failed for listen port {busy}$"), ran.succeeded())
            ran = world.ssh(sshd, "true", program=program, options=["ExitOnForwardFailure=yes"],
                            flags=["-R", f"127.0.0.1:{busy}:localhost:81"])
            check_phrases(world, program, (rf"^Error: remote port forwarding failed for listen port {busy}$",), ran)
            for flags in (["-L", f"127.0.0.1:{busy}:localhost:80"], ["-D", f"127.0.0.1:{busy}"]):
                ran = world.ssh(sshd, "true", program=program, flags=flags)
                check_phrases(world, program, (
                    rf"^bind \[{ADDRESS}\]:{busy}: Address already in use$",
                    rf"^channel_setup_fwd_listener_tcpip: cannot listen to port: {busy}\b",
                    r"^Could not request local forwarding\.$"), ran.succeeded())
            ran = world.ssh(sshd, program=program, flags=["-W", f"127.0.0.1:{free_port()}"])
            check_phrases(world, program, (r"^channel 0: open failed: connect failed: Connection refused$",
                                           r"^stdio forwarding failed$"), ran)


@promise("a server that cannot be reached, hangs up, resets or is silent (Ansible, Lima, dstack, libvirt)")
def unreachable(world):
    for program in both(world):
        def to(port, *flags, host="127.0.0.1"):
            return run([program, "-F", "none", "-p", port, "-oBatchMode=yes", "-oUserKnownHostsFile=none",
                        "-oGlobalKnownHostsFile=none", *flags, f"{world.user}@{host}", "true"], env=world.client_environment())
        port = free_port()
        check_phrases(world, program, (rf"^ssh: connect to host {ADDRESS} port {port}: Connection refused$",), to(port))
        check_phrases(world, program, (r"^ssh: Could not resolve hostname no\.such\.invalid: \S",),
                      to(port, host="no.such.invalid"))
        with port_that(hears_and_hangs_up) as port:
            check_phrases(world, program, (r"^kex_exchange_identification: Connection closed by remote host$",
                                           rf"^Connection closed by {ADDRESS} port {port}$"), to(port))
        with port_that(resets) as port:
            check_phrases(world, program, (r"^kex_exchange_identification: read: Connection reset by peer$",
                                           rf"^Connection reset by {ADDRESS} port {port}$"), to(port))
        with port_that(stays_silent) as port:
            check_phrases(world, program, (r"^Connection timed out during banner exchange$",
                                           rf"^Connection to {ADDRESS} port {port} timed out$"),
                          to(port, "-oConnectTimeout=1"))
        check_phrases(world, program, (r"^kex_exchange_identification: Connection closed by remote host$",
                                       r"^Connection closed by UNKNOWN port 65535$"), to(22, "-oProxyCommand=head -c1"))
        check_phrases(world, program, (r"^debug1: Executing proxy command: exec true$",), to(22, "-v", "-oProxyCommand=true"))


@promise("a login that is refused says why in the known words (Mercurial, Ansible, git's wrappers, Terraform)")
def refused(world):
    with world.sshd() as sshd:
        stranger = world.key("ed25519", fresh=True)
        readable = world.new_file("key-readable", world.key("ed25519").read_bytes())
        readable.chmod(0o644)
        nothing = world.new_file("known_hosts", "")
        rows = (
            (dict(key=stranger), (rf"^{world.user}@{ADDRESS}: Permission denied \(publickey", )),
            (dict(key=readable), (r"^Permissions 0644 for '\S+' are too open", r"^Load key \"\S+\": bad permissions$")),
            (dict(key="/no/such/key"), (r"^Warning: Identity file /no/such/key not accessible: No such file or directory\.$",)),
            (dict(options=[f"UserKnownHostsFile={nothing}"]),
             (rf"^No ED25519 host key is known for \[{ADDRESS}\]:{sshd.port} and you have requested strict checking\.$",
              r"^Host key verification failed\.$")),
            (dict(options=["HostKeyAlgorithms=ecdsa-sha2-nistp256"]),
             (rf"^Unable to negotiate with {ADDRESS} port {sshd.port}: no matching host key type found\. "
              r"Their offer: ssh-ed25519",)),
            (dict(options=["Nonsense=1"]), (r"(?i)Bad configuration option: nonsense",)),
        )
        for program in both(world):
            for how, phrases in rows:
                ran = world.ssh(sshd, "true", program=program, **how)
                check(ran.status == 255, "not refused", ran)
                check_phrases(world, program, phrases, ran)


@promise("a session that gets no terminal, no subsystem, or loses its master (TRAMP, Ansible, sftp's wrappers)")
def sessions(world):
    with world.sshd(sftp=None) as sshd:
        for program in both(world):
            ran = world.ssh(sshd, "sftp", program=program, flags=["-s"])
            check_phrases(world, program, (r"^subsystem request failed on channel 0$",), ran)
            ran = world.ssh(sshd, program=program, flags=["-t"])
            check_phrases(world, program, (r"^Pseudo-terminal will not be allocated because stdin is not a terminal\.$",), ran)
            path = world.new_file("control")
            ran = world.ssh(sshd, program=program, flags=["-O", "check", "-S", path])
            check_phrases(world, program, (rf"^Control socket connect\({path}\): No such file or directory$",), ran)
            world.ssh(sshd, program=program, flags=["-M", "-N", "-f", "-S", path, "-oExitOnForwardFailure=yes"]).succeeded()
            rows = (("check", r"^Master running \(pid=\d+\)$"), ("stop", r"^Stop listening request sent\.$"))
            for command, phrase in rows:
                check_phrases(world, program, (phrase,), world.ssh(sshd, program=program, flags=["-O", command, "-S", path]))


@promise("who one is must be known (containers)")
def nobody(world):
    world.need_isolation()
    for name in ("ssh", "ssh-add", "ssh-keygen"):
        for program in (world.peer(name), world.ours(name)):
            ran = run(["setpriv", "--reuid=54321", "--clear-groups", program, *(["host"] if name == "ssh" else [])],
                      env=world.client_environment(SSH_AUTH_SOCK="/none"))
            if name == "ssh-keygen":
                check_phrases(world, program, (r"No user exists for uid 54321",), ran)
            if name == "ssh":
                check_phrases(world, program, (r"^No user exists for uid 54321$",), ran)


@promise("ssh-add tells of keys and their places (keychain, CI agents)")
def added(world):
    key = world.key("ed25519")
    text = pathlib.Path(key).read_bytes()
    for whose in ("openssh", "nacre"):
        with agent(world, whose) as env:
            def tool(*arguments, input=b""):
                program = world.ours("ssh-add") if whose == "nacre" else world.peer("ssh-add")
                return run([program, *arguments], input, world.client_environment(**env))
            check_phrases(world, whose, (r"^Identity added: \(stdin\) \(ed25519\)$",), tool("-", input=text))
            check_phrases(world, whose, (rf"^Identity added: {key} \(ed25519\)$",), tool(key))
            check_phrases(world, whose, (rf"^Identity removed: {key} ED25519 \(ed25519\)$",), tool("-d", key))
            check_phrases(world, whose, (r"^All identities removed\.$",), tool("-D"))
            check(tool("-l").out == b"The agent has no identities.\n", f"{whose}: an empty agent", tool("-l"))
            check_phrases(world, whose, (r"^Error loading key \"\(stdin\)\": ",), tool("-", input=b"nonsense\n"))
            check_phrases(world, whose, (r"^/no/key: No such file or directory$",), tool("/no/key"))
