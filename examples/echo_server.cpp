// A server that says back what it hears, to everybody.
//
//     echo_server PORT HOST_KEY_FILE
//     echo hello | ssh -p PORT 127.0.0.1
#include <nacre/runtime.h>

#include <cstdio>

using namespace nacre;

namespace {

bool echo(ServedProgram& program)
{
    program.on_data = [&program](Bytes data) { program.write(data); };
    program.on_end = [&program] { program.end(0); };
    return true;
}

Result<void> serve(std::uint16_t port, const std::string& host_key_file)
{
    auto loop = TRY(EventLoop::create());
    auto host_key = TRY(signer_from_file(host_key_file));
    SshServer server{loop, {
        .answers = {.host_keys = {host_key}, .nothing = [](std::string_view) { return true; }},
        .start = echo,
    }};
    auto address = TRY(server.listen({.host = "127.0.0.1", .port = port}));
    std::fprintf(stderr, "listening on %s\n", to_text(address).c_str());
    loop.run();
    return {};
}

} // namespace

int main(int count, char** words)
{
    auto port = count == 3 ? parse_number<std::uint16_t>(words[1]) : std::nullopt;
    if (!port) {
        std::fprintf(stderr, "usage: echo_server PORT HOST_KEY_FILE\n");
        return 2;
    }
    auto served = serve(*port, words[2]);
    if (!served)
        std::fprintf(stderr, "echo_server: %s\n", served.error().what.c_str());
    return served ? 0 : 1;
}
