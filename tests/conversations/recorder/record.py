#!/usr/bin/python3
"""Makes conversations/recorded anew: our core against the foreign programs that are installed.

usage: record.py RECORD_CONVERSATION [NAME...]

A recording is made where a row below names a new peer, or where what we say first (KEXINIT) changed on purpose.
"""
import os, pathlib, signal, subprocess, sys, tempfile, textwrap, time, socket

HERE = pathlib.Path(__file__).resolve().parent
KEYS = HERE.parent.parent / "keys"
RECORDED = HERE.parent / "recorded"
PORT = 22990
DATA = bytes((i * 11 + i // 253) % 256 for i in range(12000))


def version(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).splitlines()[0]


def asyncssh_client(home):
    return ["/usr/bin/python3", "-c", textwrap.dedent(f"""
        import asyncio, asyncssh, sys
        async def main():
            async with asyncssh.connect("127.0.0.1", {PORT}, username="someone", password="secret", client_keys=None,
                                        known_hosts=None, agent_path=None, config=None) as c:
                r = await c.run("cat", input=sys.stdin.buffer.read(), encoding=None)
        asyncio.run(main())""")]


def paramiko_client(home):
    return ["/usr/bin/python3", "-c", textwrap.dedent(f"""
        import paramiko, sys
        c = paramiko.SSHClient(); c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        c.connect("127.0.0.1", {PORT}, username="someone", password="secret", allow_agent=False, look_for_keys=False)
        i, o, e = c.exec_command("cat"); i.write(sys.stdin.buffer.read()); i.channel.shutdown_write()
        o.read(); o.channel.recv_exit_status(); c.close()""")]


def openssh_client(*options):
    def command(home):
        return ["/usr/bin/ssh", "-F", "/dev/null", "-p", str(PORT), "-i", home / "key", "-o", "IdentitiesOnly=yes", "-o",
                "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={home}/known", *options, "someone@127.0.0.1", "cat"]
    return command


def dropbear_client(home):
    subprocess.run(["dropbearconvert", "openssh", "dropbear", home / "key", home / "dropbear"], check=True, capture_output=True)
    return ["/usr/bin/dbclient", "-y", "-p", str(PORT), "-i", home / "dropbear", "someone@127.0.0.1", "cat"]


def putty_client(home):
    public = subprocess.run(["ssh-keygen", "-lf", KEYS / "ed25519.pub"], capture_output=True, text=True).stdout.split()[1]
    return ["/usr/bin/plink", "-batch", "-ssh", "-P", str(PORT), "-pw", "secret", "-hostkey", public, "someone@127.0.0.1", "cat"]


def openssh_server(home):
    (home / "sshd_config").write_text(textwrap.dedent(f"""
        Port {PORT}
        ListenAddress 127.0.0.1
        HostKey {home}/host
        AuthorizedKeysFile {home}/authorized_keys
        StrictModes no
        UsePAM no
        PidFile none
        PermitRootLogin yes
        RekeyLimit 16K"""))
    os.makedirs("/run/sshd", exist_ok=True)
    return ["/usr/sbin/sshd", "-D", "-f", home / "sshd_config"]


def asyncssh_server(home):
    return ["/usr/bin/python3", "-c", textwrap.dedent(f"""
        import asyncio, asyncssh
        async def handle(p):
            p.stdout.write(await p.stdin.read()); p.exit(7)
        async def main():
            await asyncssh.listen("127.0.0.1", {PORT}, server_host_keys=["{home}/host"], encoding=None,
                                  authorized_client_keys="{home}/authorized_keys", process_factory=handle)
            await asyncio.Event().wait()
        asyncio.run(main())""")]


OPENSSH, DROPBEAR, PUTTY = version("ssh", "-V"), version("dropbear", "-V"), version("plink", "-V")
ASYNCSSH = "AsyncSSH " + version("/usr/bin/python3", "-c", "import asyncssh; print(asyncssh.__version__)")
PARAMIKO = "Paramiko " + version("/usr/bin/python3", "-c", "import paramiko; print(paramiko.__version__)")

# name: the peer, our role, its command, our lists of algorithms
ROWS = {
    "openssh_client": (OPENSSH, "server", openssh_client(), {}),
    "openssh_client_rekeys": (OPENSSH, "server", openssh_client("-o", "RekeyLimit=4K"), {"CIPHERS": "aes256-ctr", "KEX": "ecdh-sha2-nistp256,ext-info-s"}),
    "openssh_client_compresses": (OPENSSH, "server", openssh_client("-C"), {"CIPHERS": "aes128-gcm@openssh.com", "COMPRESSIONS": "zlib@openssh.com,none"}),
    "dropbear_client": (DROPBEAR, "server", dropbear_client, {}),
    "putty_client": (PUTTY, "server", putty_client, {}),
    "asyncssh_client": (ASYNCSSH, "server", asyncssh_client, {}),
    "paramiko_client": (PARAMIKO, "server", paramiko_client, {}),
    "openssh_server": (OPENSSH, "client", openssh_server, {}),
    "openssh_server_group14": (OPENSSH, "client", openssh_server, {"CIPHERS": "aes128-ctr", "MACS": "hmac-sha1", "KEX": "diffie-hellman-group14-sha256"}),
    "asyncssh_server": (ASYNCSSH, "client", asyncssh_server, {}),
}


def prepare(home):
    for name, source in (("key", "ed25519"), ("host", "ecdsa256"), ("authorized_keys", "ed25519.pub")):
        (home / name).write_bytes((KEYS / source).read_bytes())
        (home / name).chmod(0o600)


def wait_for_port():
    for _ in range(600):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", PORT)) == 0:
                return
        time.sleep(0.05)
    sys.exit("the server does not listen")


def make(record, name):
    peer, role, command, lists = ROWS[name]
    target = RECORDED / f"{name}.conversation"
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        prepare(home)
        ours = [record, role, str(PORT), os.environ.get("USER", "root"), peer, target]
        environment = dict(os.environ, **lists)
        if role == "server":
            us = subprocess.Popen(ours, env=environment, stdout=subprocess.PIPE)
            us.stdout.readline()
            them = subprocess.run(command(home), input=DATA, capture_output=True, timeout=60)
            us.wait(timeout=60)
            print(name, "exit", them.returncode, "same data" if them.stdout == DATA else them.stderr.decode()[-300:])
        else:
            them = subprocess.Popen(command(home), stderr=subprocess.DEVNULL)
            try:
                wait_for_port()
                subprocess.run(ours, env=environment, timeout=60, check=True)
            finally:
                them.send_signal(signal.SIGTERM)
                them.wait(timeout=20)
            print(name, target.read_text().splitlines()[-1])


def main():
    record, names = sys.argv[1], sys.argv[2:] or list(ROWS)
    RECORDED.mkdir(exist_ok=True)
    for name in names:
        make(record, name)


if __name__ == "__main__":
    main()
