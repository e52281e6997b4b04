// A server with rules of its own about who may come in: the owner by key, guests by password, players by an answer.
//
//     own_authentication PORT HOST_KEY_FILE OWNERS_PUBLIC_KEY_LINE
//     ssh -p PORT player@127.0.0.1
#include <nacre/runtime.h>

#include <cstdio>

using namespace nacre;

namespace {

ServerAnswers doorkeeper(Signer host_key, PublicKey owners_key)
{
    return {
        .host_keys = {std::move(host_key)},
        .key = [owners_key](std::string_view user, const PublicKey& key) { return user == "owner" && key == owners_key; },
        .password = [](std::string_view user, std::string_view password) {
            bool right = equal_in_constant_time(as_bytes(password), as_bytes("open sesame"));
            return right && user == "guest";
        },
        .questions = [](std::string_view) { return std::vector<Prompt>{{"How many sides has a die? ", true}}; },
        .replies = [](std::string_view user, auto replies) { return user == "player" && replies[0] == "6"; },
        .banner = "This is a private house.\n",
    };
}

bool greet(ServedProgram& program)
{
    program.write("Welcome, " + program.user() + ".\n");
    if (!program.command().empty())
        program.write_error("There is no \"" + printable(program.command()) + "\" here.\n");
    program.end(program.command().empty() ? 0 : 127);
    return true;
}

Result<void> serve(std::uint16_t port, const std::string& host_key_file, std::string_view owners_key_line)
{
    auto loop = TRY(EventLoop::create());
    auto host_key = TRY(signer_from_file(host_key_file));
    auto owners_key = TRY(PublicKey::from_line(owners_key_line));
    SshServer server{loop, {.answers = doorkeeper(host_key, owners_key), .start = greet}};
    auto address = TRY(server.listen({.host = "127.0.0.1", .port = port}));
    std::fprintf(stderr, "listening on %s\n", to_text(address).c_str());
    loop.run();
    return {};
}

} // namespace

int main(int count, char** words)
{
    auto port = count == 4 ? parse_number<std::uint16_t>(words[1]) : std::nullopt;
    if (!port) {
        std::fprintf(stderr, "usage: own_authentication PORT HOST_KEY_FILE OWNERS_PUBLIC_KEY_LINE\n");
        return 2;
    }
    auto served = serve(*port, words[2], words[3]);
    if (!served)
        std::fprintf(stderr, "own_authentication: %s\n", served.error().what.c_str());
    return served ? 0 : 1;
}
