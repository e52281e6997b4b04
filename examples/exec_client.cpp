// Runs one command on a server, between our own input and output, and ends with its status.
//
//     exec_client USER HOST PORT KEY_FILE KNOWN_HOSTS_FILE COMMAND
//
// The host's key must be among the known hosts.  The key file logs in; else a password is asked for.
#include <nacre/runtime.h>

#include <cstdio>

using namespace nacre;

namespace {

struct Arguments {
    std::string user, host;
    std::uint16_t port;
    std::string key_file, known_hosts, command;
};

Result<int> run(const Arguments& arguments)
{
    auto loop = TRY(EventLoop::create());
    auto key = TRY(signer_from_file(arguments.key_file));
    auto host = TRY(known_host_in_file(arguments.known_hosts, arguments.host, arguments.port));
    auto ask_for_password = [](unsigned attempt) -> std::optional<SecretBytes> {
        auto typed = read_passphrase(attempt == 0 ? "Password: " : "Once more: ");
        return typed ? std::move(*typed) : std::nullopt;
    };

    auto client = TRY(SshClient::connect(loop, {
        .host = arguments.host,
        .port = arguments.port,
        .answers = {.user = arguments.user, .host = host, .keys = {key}, .password = ask_for_password},
    }));
    auto streams = TRY(standard_streams());
    auto end = TRY(client->run(arguments.command, std::move(streams)));
    return end.exit_status();
}

} // namespace

int main(int count, char** words)
{
    auto port = count == 7 ? parse_number<std::uint16_t>(words[3]) : std::nullopt;
    if (!port) {
        std::fprintf(stderr, "usage: exec_client USER HOST PORT KEY_FILE KNOWN_HOSTS_FILE COMMAND\n");
        return 2;
    }
    auto status = run({words[1], words[2], *port, words[4], words[5], words[6]});
    if (!status)
        std::fprintf(stderr, "exec_client: %s\n", status.error().what.c_str());
    return status.value_or(255);
}
