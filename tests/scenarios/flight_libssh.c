/* The smallest server with libssh, for flight_table.py: keys from a file, perhaps a password or a second key, a command
   run by popen().  libssh-server PORT HOST_KEY AUTHORIZED one|password|keys PASSWORD HANG_UP(0|1) */
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <libssh/callbacks.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *authorized, *factors, *password;
static ssh_channel channel;
static char command[4096], proven[8192];
static int logged_in, wanted, hangs_up;

static int refuse(ssh_session s)
{
    if (hangs_up)
        ssh_disconnect(s);
    return SSH_AUTH_DENIED;
}

static int is_authorized(const char *mine)
{
    char line[8192], blob[8192];
    int found = 0;
    FILE *file = fopen(authorized, "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%*s %8191s", blob) == 1 && strcmp(blob, mine) == 0)
            found = 1;
    fclose(file);
    return found;
}

static int on_key(ssh_session s, const char *user, struct ssh_key_struct *key, char state, void *data)
{
    char *mine = NULL;
    (void)user, (void)data;
    if (ssh_pki_export_pubkey_base64(key, &mine) != SSH_OK || !is_authorized(mine) || strcmp(mine, proven) == 0)
        return refuse(s);
    if (state != SSH_PUBLICKEY_STATE_VALID)
        return SSH_AUTH_SUCCESS;                      /* it may sign */
    if (strcmp(factors, "one") != 0 && !proven[0]) {
        snprintf(proven, sizeof proven, "%s", mine);
        if (strcmp(factors, "password") == 0)
            ssh_set_auth_methods(s, SSH_AUTH_METHOD_PASSWORD);
        return SSH_AUTH_PARTIAL;
    }
    logged_in = 1;
    return SSH_AUTH_SUCCESS;
}

static int on_password(ssh_session s, const char *user, const char *given, void *data)
{
    (void)user, (void)data;
    if (!*password || strcmp(given, password) != 0 || (strcmp(factors, "password") == 0 && !proven[0]))
        return refuse(s);
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
    int offers_password = *password && strcmp(factors, "password") != 0;
    calls.auth_pubkey_function = on_key;
    calls.auth_password_function = on_password;
    calls.channel_open_request_session_function = on_open;
    ssh_callbacks_init(&calls);
    ssh_set_server_callbacks(session, &calls);
    ssh_set_auth_methods(session, SSH_AUTH_METHOD_PUBLICKEY | (offers_password ? SSH_AUTH_METHOD_PASSWORD : 0));
    if (ssh_handle_key_exchange(session) != SSH_OK)
        return;
    ssh_event loop = ssh_event_new();
    ssh_event_add_session(loop, session);
    while (!wanted)
        if (ssh_event_dopoll(loop, 20000) == SSH_ERROR || !ssh_is_connected(session))
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
    unsigned port;
    ssh_bind listener = ssh_bind_new();
    if (argc != 7)
        return 2;
    port = (unsigned)atoi(argv[1]);
    authorized = argv[3];
    factors = argv[4];
    password = argv[5];
    hangs_up = atoi(argv[6]);
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
