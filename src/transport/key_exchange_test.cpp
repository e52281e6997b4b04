#include "transport/key_exchange.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "keys/private_key.h"
#include "messages/kex.h"
#include "support/seeded_random.h"
#include "wire/writer.h"

namespace nacre {
namespace {

// One side of an exchange, whose packets are in clear.
struct Side {
    Side(Role role, TransportSettings with, ConnectionIdentity known)
        : settings(std::move(with)), identity(std::move(known)), random(role == Role::client ? 1 : 2), out(random),
          exchange(role, settings, identity, in, out, random, log)
    {
    }

    // What the other side has sent; at most one question comes of it.
    Result<std::optional<KeyExchange::Event>> take(PacketWriter& from)
    {
        auto sent = from.to_transmit();
        auto space = in.space();
        if (space.size() < sent.size())
            return bad_input("more than a test needs");
        std::ranges::copy(sent, space.begin());
        in.received(sent.size());
        from.transmitted(sent.size());
        for (;;) {
            auto packet = TRY(in.next());
            if (!packet)
                return std::nullopt;
            auto event = TRY(exchange.receive(*packet));
            if (event)
                return event;
        }
    }

    TransportSettings settings;
    ConnectionIdentity identity;
    test::SeededRandom random;
    NoLog log;
    PacketReader in;
    PacketWriter out;
    KeyExchange exchange;
};

ConnectionIdentity with_server(std::string_view version)
{
    ConnectionIdentity identity;
    identity.client_version = "SSH-2.0-a";
    identity.server_version = version;
    return identity;
}

TransportSettings with_kex(std::string kex)
{
    TransportSettings settings;
    settings.proposal.kex_methods = std::move(kex);
    return settings;
}

TEST(KeyExchange, AnotherHostKeyLaterIsNotTheConnectionsHostKey)
{
    auto first = PrivateKey::generate(KeyKind::ed25519, 0).value();
    auto second = PrivateKey::generate(KeyKind::ecdsa_nistp256, 0).value();
    auto settings = with_kex("curve25519-sha256");
    settings.host_keys = {to_vector(first.public_key().blob()), to_vector(second.public_key().blob())};
    settings.proposal.host_key_algorithms = "ecdsa-sha2-nistp256";
    for (bool is_first : {true, false}) {
        auto known = with_server("SSH-2.0-b");
        Side client{Role::client, settings, known};               // which would refuse the key if it knew another
        if (!is_first) {
            known.session_id = {1};
            known.host_key = to_vector(first.public_key().blob());
        }
        Side server{Role::server, settings, known};
        client.exchange.start();
        server.exchange.start();
        ASSERT_TRUE(client.take(server.out));
        auto question = server.take(client.out);
        ASSERT_TRUE(question && *question && std::holds_alternative<SignatureQuestion>(**question));
        auto& asked = std::get<SignatureQuestion>(**question);
        EXPECT_TRUE(same_bytes(asked.host_key, second.public_key().blob()));
        ASSERT_TRUE(server.exchange.answer_signature(second.sign(asked.algorithm, asked.data).value()));
        EXPECT_TRUE(same_bytes(server.identity.host_key, (is_first ? second : first).public_key().blob()));
    }
}

std::uint32_t bits_asked_of(std::string_view server)
{
    auto settings = with_kex("diffie-hellman-group-exchange-sha256");
    settings.proposal.ciphers = "aes256-ctr";
    Side client{Role::client, settings, with_server(server)};
    test::SeededRandom random{3};
    PacketWriter from_server{random};
    from_server.send(Bytes{make_kex_init(settings.proposal, Role::server, FirstKex::yes, GuessFollows::no, random)});
    client.exchange.start();
    EXPECT_TRUE(client.take(from_server));
    Side listener{Role::server, settings, {}};
    std::uint32_t bits = 0;
    auto sent = client.out.to_transmit();
    std::ranges::copy(sent, listener.in.space().begin());
    listener.in.received(sent.size());
    for (auto packet = listener.in.next(); packet && *packet; packet = listener.in.next())
        if (auto request = decode<KexDhGexRequest>((*packet)->payload))
            bits = request->n;
    return bits;
}

TEST(KeyExchange, GroupsAreAsLargeAsTheServerCanBear)
{
    EXPECT_EQ(bits_asked_of("SSH-2.0-OpenSSH_9.2p1"), 8192u);
    EXPECT_EQ(bits_asked_of("SSH-2.0-Cisco-1.25"), 4096u);
}

TEST(KeyExchange, OfOldCurve25519AllBytesOfTheSecretCount)
{
    auto encoded = [](std::size_t zeros, std::uint8_t front) {
        ByteVector magnitude(32, 0x55);
        std::fill_n(magnitude.begin(), zeros, std::uint8_t{0});
        magnitude[zeros] = front;
        ByteVector mpint;
        Writer{mpint}.mpint(magnitude);
        return to_hex(with_zeros_kept(SecretBytes::copy_of(mpint)).bytes());
    };
    auto rest = [](std::size_t bytes) {
        std::string text;
        for (std::size_t i = 0; i < bytes; ++i)
            text += "55";
        return text;
    };
    EXPECT_EQ(encoded(0, 0x7f), "00000020" "7f" + rest(31));
    EXPECT_EQ(encoded(0, 0x80), "00000021" "0080" + rest(31));
    EXPECT_EQ(encoded(1, 0x7f), "00000020" "007f" + rest(30));
    EXPECT_EQ(encoded(1, 0x80), "00000020" "0080" + rest(30));
    EXPECT_EQ(encoded(3, 0x80), "00000020" "00000080" + rest(28));
}

} // namespace
} // namespace nacre
