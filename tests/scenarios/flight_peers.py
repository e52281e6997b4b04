"""Servers of other suites for flights.py: asyncssh, paramiko, libssh and tinyssh, each with habits on demand.

    flight_peers.py LIBRARY --port N --host-key FILE --authorized FILE [--password WORD] [--factors 2]
                    [--first-channel N] [--hang-up]
"""
import argparse
import asyncio
import pathlib
import socket
import subprocess
import sys
import threading


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=["asyncssh", "paramiko", "tinyssh"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host-key", required=True, help="tinyssh: its folder of keys")
    parser.add_argument("--authorized", type=pathlib.Path)
    parser.add_argument("--password", help="is enough")
    parser.add_argument("--factors", type=int, default=1, help="2: the password as well")
    parser.add_argument("--first-channel", type=int, default=0)
    parser.add_argument("--hang-up", action="store_true", help="after the first failure")
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
            self.transport, self.key_given = transport, False

        def get_allowed_auths(self, username):
            return "password" if self.key_given else "publickey,password" if a.password else "publickey"

        def failed(self):
            if a.hang_up:
                self.transport.close()
            return paramiko.AUTH_FAILED

        def check_auth_none(self, username):
            return paramiko.AUTH_FAILED

        def check_auth_publickey(self, username, key):
            if not is_authorized(a.authorized, key.get_base64()):
                return self.failed()
            if a.factors == 1:
                return paramiko.AUTH_SUCCESSFUL
            self.key_given = True
            return paramiko.AUTH_PARTIALLY_SUCCESSFUL

        def check_auth_password(self, username, password):
            enough = a.factors == 1 or self.key_given
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


# The smallest server with libssh: keys from a file, a command run by popen().
LIBSSH = r"""
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <libssh/callbacks.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *authorized;
static ssh_channel channel;
static char command[4096];
static int logged_in, wanted;

static int on_key(ssh_session s, const char *user, struct ssh_key_struct *key, char state, void *data)
{
    char line[8192], blob[8192], *mine = NULL;
    int found = 0;
    FILE *file = fopen(authorized, "r");
    (void)s, (void)user, (void)data;
    if (ssh_pki_export_pubkey_base64(key, &mine) != SSH_OK || !file)
        return SSH_AUTH_DENIED;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%*s %8191s", blob) == 1 && strcmp(blob, mine) == 0)
            found = 1;
    fclose(file);
    if (!found)
        return SSH_AUTH_DENIED;
    if (state == SSH_PUBLICKEY_STATE_VALID)
        logged_in = 1;
    return SSH_AUTH_SUCCESS;
}
static int on_exec(ssh_session s, ssh_channel c, const char *text, void *data)
{
    (void)s, (void)c, (void)data;
    snprintf(command, sizeof command, "%s", text);
    wanted = 1;
    return SSH_OK;
}
static struct ssh_channel_callbacks_struct channel_calls = {.channel_exec_request_function = on_exec};
static ssh_channel on_open(ssh_session s, void *data)
{
    (void)data;
    if (!logged_in || channel)
        return NULL;
    channel = ssh_channel_new(s);
    ssh_callbacks_init(&channel_calls);
    ssh_set_channel_callbacks(channel, &channel_calls);
    return channel;
}
static void serve(ssh_session session)
{
    static struct ssh_server_callbacks_struct calls;
    calls.auth_pubkey_function = on_key;
    calls.channel_open_request_session_function = on_open;
    ssh_callbacks_init(&calls);
    ssh_set_server_callbacks(session, &calls);
    ssh_set_auth_methods(session, SSH_AUTH_METHOD_PUBLICKEY);
    if (ssh_handle_key_exchange(session) != SSH_OK)
        return;
    ssh_event loop = ssh_event_new();
    ssh_event_add_session(loop, session);
    while (!wanted)
        if (ssh_event_dopoll(loop, 20000) == SSH_ERROR)
            return;
    char buffer[4096];
    size_t count;
    FILE *program = popen(command, "r");
    while ((count = fread(buffer, 1, sizeof buffer, program)) > 0)
        ssh_channel_write(channel, buffer, (uint32_t)count);
    ssh_channel_request_send_exit_status(channel, WEXITSTATUS(pclose(program)));
    ssh_channel_send_eof(channel);
    ssh_channel_close(channel);
    while (ssh_event_dopoll(loop, 20000) != SSH_ERROR && ssh_is_connected(session)) {
    }
}
int main(int argc, char **argv)
{
    unsigned port = (unsigned)atoi(argv[1]);
    ssh_bind listener = ssh_bind_new();
    (void)argc;
    authorized = argv[3];
    signal(SIGCHLD, SIG_DFL);
    ssh_bind_options_set(listener, SSH_BIND_OPTIONS_BINDADDR, "127.0.0.1");
    ssh_bind_options_set(listener, SSH_BIND_OPTIONS_BINDPORT, &port);
    ssh_bind_options_set(listener, SSH_BIND_OPTIONS_HOSTKEY, argv[2]);
    if (ssh_bind_listen(listener) != SSH_OK)
        return 1;
    for (;;) {
        ssh_session session = ssh_new();
        if (ssh_bind_accept(listener, session) != SSH_OK)
            continue;
        if (fork() == 0) {
            serve(session);
            _exit(0);
        }
        ssh_free(session);
    }
}
"""
