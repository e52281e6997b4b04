// After the keys: one side has logged in by the rules and now sends whatever it likes to the other, encrypted and intact;
// or bytes are changed on the way, at any time.
//
// The input is a run of blows, "uint8 what, uint16 length, bytes"; between them the conversation goes on by itself.
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "conversations/pair.h"
#include "framed_input.h"
#include "wire/reader.h"

using namespace nacre;

namespace {

enum class Blow : std::uint8_t { client_says, server_says, client_rekeys, server_rekeys, session, garble, count };

test::PairOptions cheap_options()
{
    test::PairOptions options;
    for (auto* proposal : {&options.client_proposal, &options.server_proposal})
        proposal->kex_methods = "curve25519-sha256";
    return options;
}

// Bytes on the way from the client, changed by what the input says.
void garble(test::Pair& pair, Bytes with)
{
    auto waiting = pair.client.transport().to_transmit();
    auto space = pair.server.transport().receive_space();
    auto count = std::min(waiting.size(), space.size());
    for (std::size_t i = 0; i < count; ++i)
        space[i] = static_cast<std::uint8_t>(waiting[i] ^ (i < with.size() ? with[i] : 0));
    pair.server.transport().received(count);
    pair.client.transport().transmitted(count);
}

void strike(test::Pair& pair, Blow blow, Bytes bytes)
{
    switch (blow) {
    case Blow::client_says:
        if (!bytes.empty() && pair.client.transport().agreed())
            pair.client.transport().send_payload(bytes);
        break;
    case Blow::server_says:
        if (!bytes.empty() && pair.server.transport().agreed())
            pair.server.transport().send_payload(bytes);
        break;
    case Blow::client_rekeys: pair.client.transport().rekey(); break;
    case Blow::server_rekeys: pair.server.transport().rekey(); break;
    case Blow::session:
        if (pair.logged_in())
            pair.client.connection().request(pair.client.connection().open(SessionChannel{}), ExecRequest{"x"}, WantReply::yes);
        break;
    default: garble(pair, bytes);
    }
}

} // namespace

const test::Framing test::framing{1, 1, 2};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 1 || size > 16384)
        return 0;
    Reader in{{data, size}};
    auto begin = in.u8();
    test::Pair pair{begin, cheap_options()};
    if (begin & 1)
        pair.run_until_idle();
    for (int blows = 0; in.left() > 3 && blows < 64; ++blows) {
        auto what = static_cast<Blow>(in.u8() % static_cast<std::uint8_t>(Blow::count));
        auto length = std::min<std::size_t>(in.u16(), in.left());
        strike(pair, what, in.take(length));
        pair.run_until_idle();
        if (pair.client_error && pair.server_error)
            break;
    }
    return 0;
}
