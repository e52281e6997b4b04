"""Not a scenario: servers of other suites for flight_table.py, each with habits on demand; libssh's is flight_libssh.c.

    flight_peers.py LIBRARY --port N --host-key FILE --authorized FILE [--authority FILE] [--password WORD]
                    [--factors one|password|keys] [--first-channel N] [--hang-up] [--forwards]
"""
import argparse
import asyncio
import pathlib
import socket
import subprocess
import sys
import threading

# What our client says, at its second level of debugging.
TOGETHER, DROPPED, AGAIN = "the session is asked for together", "has dropped the request", "connecting again, step by step"


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=["asyncssh", "paramiko", "tinyssh"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host-key", required=True, help="tinyssh: its folder of keys")
    parser.add_argument("--authorized", type=pathlib.Path)
    parser.add_argument("--authority", type=pathlib.Path, help="whose certificates count")
    parser.add_argument("--password", help="is enough")
    parser.add_argument("--factors", choices=["one", "password", "keys"], default="one", help="needed besides a key: nothing, the "
                        "password, another key")
    parser.add_argument("--first-channel", type=int, default=0)
    parser.add_argument("--hang-up", action="store_true", help="after the first failure")
    parser.add_argument("--forwards", action="store_true", help="listens for clients")
    return parser.parse_args()


def is_authorized(path, blob):
    """Read anew each time, as servers do."""
    return any(line.split()[1] == blob for line in path.read_text().splitlines() if line.strip())


def execute(command):
    return subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True)


def serve_paramiko(a):
    import paramiko

    class Gate(paramiko.ServerInterface):
        def __init__(self, transport):
            self.transport, self.proven, self.shown = transport, set(), None

        # Called with each refusal and each partial success; only behind the latter is there a key that was good.
        def get_allowed_auths(self, username):
            self.proven |= {self.shown} - {None}
            self.shown = None
            if self.proven:
                return "password" if a.factors == "password" else "publickey"
            return "publickey,password" if a.password and a.factors != "password" else "publickey"

        def failed(self):
            self.shown = None
            if a.hang_up:
                self.transport.close()
            return paramiko.AUTH_FAILED

        def check_auth_none(self, username):
            self.shown = None
            return paramiko.AUTH_FAILED

        def check_auth_publickey(self, username, key):
            blob = key.get_base64()
            if not is_authorized(a.authorized, blob) or blob in self.proven:
                return self.failed()
            if a.factors == "one" or (a.factors == "keys" and self.proven):
                return paramiko.AUTH_SUCCESSFUL
            self.shown = blob
            return paramiko.AUTH_PARTIALLY_SUCCESSFUL

        def check_auth_password(self, username, password):
            enough = a.factors == "one" or (a.factors == "password" and self.proven)
            return paramiko.AUTH_SUCCESSFUL if enough and password == a.password else self.failed()

        def check_channel_request(self, kind, number):
            return paramiko.OPEN_SUCCEEDED

        def check_channel_exec_request(self, channel, command):
            def run():
                ran = execute(command)
                channel.sendall(ran.stdout)
                channel.sendall_stderr(ran.stderr)
                channel.send_exit_status(ran.returncode)
                channel.close()
            threading.Thread(target=run, daemon=True).start()
            return True

    def serve(connection):
        transport = paramiko.Transport(connection)
        transport._channel_counter = a.first_channel
        transport.add_server_key(paramiko.Ed25519Key(filename=a.host_key))
        try:
            transport.start_server(server=Gate(transport))
        except (paramiko.SSHException, EOFError):
            transport.close()

    listener = socket.create_server(("127.0.0.1", a.port))
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def serve_asyncssh(a):
    import asyncssh

    class Gate(asyncssh.SSHServer):
        def connection_made(self, connection):
            self.connection = connection
            connection._next_recv_chan = a.first_channel

        def begin_auth(self, username):
            return True

        def public_key_auth_supported(self):
            return True

        def password_auth_supported(self):
            return bool(a.password)

        def judge(self, good):
            if not good and a.hang_up:
                self.connection.abort()
            return good

        async def validate_public_key(self, username, key):
            return self.judge(is_authorized(a.authorized, key.export_public_key().split()[1].decode()))

        def validate_ca_key(self, username, key):
            return is_authorized(a.authority, key.export_public_key().split()[1].decode())

        def server_requested(self, listen_host, listen_port):
            return a.forwards

        async def validate_password(self, username, password):
            return self.judge(password == a.password)

    async def answer(process):
        ran = await asyncio.to_thread(execute, process.command)
        process.stdout.write(ran.stdout.decode())
        process.exit(ran.returncode)

    async def main():
        await asyncssh.create_server(Gate, "127.0.0.1", a.port, server_host_keys=[a.host_key], process_factory=answer)
        await asyncio.Event().wait()

    asyncio.run(main())


def serve_tinyssh(a):
    listener = socket.create_server(("127.0.0.1", a.port))
    while True:
        connection = listener.accept()[0]
        subprocess.Popen(["tinysshd", "-v", a.host_key], stdin=connection, stdout=connection)
        connection.close()


if __name__ == "__main__":
    given = arguments()
    sys.exit({"paramiko": serve_paramiko, "asyncssh": serve_asyncssh, "tinyssh": serve_tinyssh}[given.library](given))
