// Runs one command on many servers at once, in one thread, and prints what each has said as soon as it has ended there.
//
//     many_hosts USER KEY_FILE KNOWN_HOSTS_FILE COMMAND HOST[:PORT]...
//
// Ends with 0 if the command has succeeded everywhere.
#include <nacre/runtime.h>

#include <algorithm>
#include <iostream>

using namespace nacre;

namespace {
struct Host {
    std::string name{};
    std::uint16_t port = 22;
    std::unique_ptr<SshConnector> connector{};                    // gives up when it is destroyed
    std::unique_ptr<SshClient> client{};                          // hangs up when it is destroyed
    bool has_succeeded = false;
};

void report(Host& host, const Result<ProgramOutput>& output)
{
    host.has_succeeded = output && output->end.status == 0;
    auto how = output ? "status " + std::to_string(output->end.exit_status()) : output.error().what;
    std::cout << "== " << printable(host.name) << " port " << host.port << ": " << how << '\n';
    if (output) {
        std::cout << as_text(output->out);
        std::cerr << as_text(output->err);
    }
    host.client.reset();
}

void begin(Host& host, EventLoop& loop, ClientAnswers answers, const std::string& command)
{
    SshClientSettings settings{.host = host.name, .port = host.port, .answers = std::move(answers)};
    auto go_on = [&host, &command](Result<std::unique_ptr<SshClient>> client) {
        if (!client)
            return report(host, fail(client.error()));
        host.client = *std::move(client);
        host.client->capture(command, [&host](const Result<ProgramOutput>& output) { report(host, output); });
    };
    host.connector = std::make_unique<SshConnector>(loop, std::move(settings), go_on);
}

Result<bool> run(const std::string& user, const std::string& key_file, const std::string& known_hosts,
                 const std::string& command, std::vector<Host> named)
{
    auto loop = TRY(EventLoop::create());
    auto hosts = std::move(named);                                // which must go before the loop
    auto key = TRY(signer_from_file(key_file));
    for (auto& host : hosts) {
        auto known = TRY(known_host_in_file(known_hosts, host.name, host.port));
        begin(host, loop, {.user = user, .host = known, .keys = {key}}, command);
    }
    loop.run();                                                   // until nothing is left to wait for
    return std::ranges::all_of(hosts, &Host::has_succeeded);
}

} // namespace

int main(int count, char** words)
{
    std::vector<Host> hosts;
    for (int i = 5; i < count; ++i) {
        std::string_view word{words[i]};
        auto colon = std::min(word.rfind(':'), word.size());      // of an address of version 6, too: ::1:22
        auto port = parse_number<std::uint16_t>(colon == word.size() ? "22" : word.substr(colon + 1));
        hosts.push_back({.name = std::string{word.substr(0, colon)}, .port = port.value_or(0)});
    }
    if (hosts.empty()) {
        std::cerr << "usage: many_hosts USER KEY_FILE KNOWN_HOSTS_FILE COMMAND HOST[:PORT]...\n";
        return 2;
    }
    auto done = run(words[1], words[2], words[3], words[4], std::move(hosts));
    if (!done)
        std::cerr << "many_hosts: " << done.error().what << '\n';
    return done == true ? 0 : 1;
}
