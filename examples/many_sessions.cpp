// A thousand clients and a thousand servers in one thread, without a socket: the core does no I/O, so we carry the bytes.
//
//     many_sessions [COUNT]
// Each client logs in with a key and has the server say hello; all of them at once.
#include <nacre/core.h>

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>

using namespace nacre;

namespace {
struct Conversation {
    Conversation(const ClientAnswers& user, const ServerAnswers& host, Random& random, Log& log, TimePoint now)
        : client(client_transport(user), random, log, now), server(server_transport(host), random, log, now), doorkeeper(host)
    { client.log_in_as(login_settings(user)); }
    ClientSession client;
    ServerSession server;
    ServerAnswerer doorkeeper;
    std::optional<ChannelId> program{};                           // the server's end of it
    std::string_view to_say = "hello";
    std::string heard{};
};

Result<void> advance(Conversation& talk, const ClientAnswers& user)
{
    TRY(drain(talk.client, user, Overloaded{
        [&](const LoggedIn&) { talk.client.connection().open(SessionChannel{}); },
        [&](const Opened& event) { talk.client.connection().request(event.channel, ShellRequest{}, WantReply::no); },
        [&](const DataArrived& event) { talk.heard += as_text(event.data); },
        [](const auto&) {},
    }));
    TRY(drain(talk.server, talk.doorkeeper, Overloaded{
        [&](const OpenRequested& event) { talk.server.connection().accept(event.channel); },
        [&](const Requested& event) { talk.program = event.channel; },
        [](const auto&) {},
    }));
    if (talk.program)                                             // takes nothing while keys are changing, for example
        talk.to_say.remove_prefix(talk.server.connection().write(*talk.program, Stream::data, as_bytes(talk.to_say)));
    carry(talk.client.transport(), talk.server.transport());
    carry(talk.server.transport(), talk.client.transport());
    return {};
}

Result<void> run(std::size_t count)
{
    auto host_key = TRY(PrivateKey::generate(KeyKind::ed25519, 0));
    auto users_key = TRY(PrivateKey::generate(KeyKind::ed25519, 0));
    ServerAnswers host{.host_keys = {signer_of(std::move(host_key))}, .key = [](auto, auto&) { return true; }};
    ClientAnswers user{.user = "me", .host = {[](auto&) { return true; }}, .keys = {signer_of(std::move(users_key))}};
    SystemRandom random;
    NoLog log;
    std::deque<Conversation> talks;
    auto began = std::chrono::steady_clock::now();
    auto memory = mallinfo2().uordblks;
    while (talks.size() < count)
        talks.emplace_back(user, host, random, log, began);
    while (std::ranges::any_of(talks, [](auto& talk) { return talk.heard != "hello"; }))
        for (auto& talk : talks)
            TRY(advance(talk, user));
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("%zu sessions in %.2f s, %.0f a second, %zu KiB each\n", count, took.count(),
                static_cast<double>(count) / took.count(), (mallinfo2().uordblks - memory) / count / 1024);
    return {};
}

} // namespace

int main(int count, char** words)
{
    auto done = run(count == 2 ? parse_number<std::size_t>(words[1]).value_or(1) : 1000);
    if (!done)
        std::fprintf(stderr, "many_sessions: %s\n", done.error().what.c_str());
    return done ? 0 : 1;
}
