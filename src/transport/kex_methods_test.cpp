#include <gtest/gtest.h>

#include <algorithm>

#include "base/table.h"
#include "messages/kex.h"
#include "support/seeded_random.h"
#include "transport/kex_method.h"

namespace nacre {
namespace {

const ByteVector host_key{1, 2, 3}, signature{4, 5};

bool is_group_exchange(const KexRow& row) { return row.name.contains("group-exchange"); }

bool is_finite_field(const KexRow& row) { return row.name.starts_with("diffie-hellman-group") && !is_group_exchange(row); }

// Those that are done when the server has answered; group exchange has its own tests.
std::vector<KexRow> one_round_methods()
{
    std::vector<KexRow> rows;
    for (auto& row : kex_methods())
        if (!is_group_exchange(row))
            rows.push_back(row);
    return rows;
}

// The share in an init message made by hand.
ByteVector init_with(const KexRow& row, Bytes share)
{
    return is_finite_field(row) ? encode(KexdhInit{Mpint{share}}) : encode(KexEcdhInit{share});
}

ByteVector reply_with(const KexRow& row, Bytes share)
{
    return is_finite_field(row) ? encode(KexdhReply{host_key, Mpint{share}, signature})
                                : encode(KexEcdhReply{host_key, share, signature});
}

// Shares that no honest peer sends.
std::vector<ByteVector> hostile_shares(const KexRow& row)
{
    std::vector<ByteVector> shares{{}, {0}, {1}, ByteVector(31, 9), ByteVector(33, 9), ByteVector(20'000, 0xff)};
    if (row.name.starts_with("curve25519")) {
        shares.push_back(ByteVector(32));
        auto one = ByteVector(32);
        one[0] = 1;
        shares.push_back(one);
    }
    if (row.name.starts_with("ecdh"))
        for (std::size_t size : {65u, 97u, 133u}) {
            auto point = ByteVector(size, 0x11);
            point[0] = 4;
            shares.push_back(point);
            shares.push_back(ByteVector(size));
        }
    if (is_finite_field(row)) {
        shares.resize(3);                                         // 9…9 is an honest number
        shares.push_back(ByteVector(1024, 0xff));
        shares.push_back(ByteVector(20'000, 0xff));
    }
    return shares;
}

void expect_refused(const Error& error)
{
    EXPECT_EQ(error.kind, ErrorKind::peer_misbehaved);
    EXPECT_EQ(error.reason, DisconnectReason::key_exchange_failed) << error.what;
}

TEST(KexMethods, BothSidesAgree)
{
    test::SeededRandom random{1};
    for (auto& row : one_round_methods()) {
        SCOPED_TRACE(row.name);
        auto client = row.make_client(row, {random});
        auto server = row.make_server(row, {random});
        auto received = server->receive(client->start());
        ASSERT_TRUE(received) << received.error().what;
        auto& of_server = std::get<KexAgreement>(*received);
        auto finished = client->receive(server->reply(host_key, signature));
        ASSERT_TRUE(finished) << finished.error().what;
        auto& reply = std::get<KexReply>(*finished);
        EXPECT_EQ(reply.host_key, host_key);
        EXPECT_EQ(reply.signature, signature);
        EXPECT_TRUE(reply.agreement.k == of_server.k);
        EXPECT_EQ(reply.agreement.exchanged, of_server.exchanged);
    }
}

TEST(KexMethods, TheSecretIsAnMpintOrForHybridsAStringAndTheSharesAreHashedAsSent)
{
    test::SeededRandom random{2};
    for (auto& row : one_round_methods()) {
        SCOPED_TRACE(row.name);
        auto client = row.make_client(row, {random});
        auto server = row.make_server(row, {random});
        auto init = client->start();
        auto received = server->receive(init);
        auto& agreement = std::get<KexAgreement>(*received);
        Reader k{agreement.k.bytes()};
        if (row.post_quantum) {
            EXPECT_EQ(k.string().size(), hash_size(row.hash));
        } else {
            EXPECT_FALSE(k.mpint().empty());
        }
        EXPECT_TRUE(k.finish("K"));
        // The client's share, encoded, is all of its message but the number.
        EXPECT_TRUE(same_bytes(Bytes{init}.subspan(1), Bytes{agreement.exchanged}.first(init.size() - 1)));
    }
}

TEST(KexMethods, HostileSharesAreRefused)
{
    test::SeededRandom random{3};
    for (auto& row : one_round_methods()) {
        SCOPED_TRACE(row.name);
        for (auto& share : hostile_shares(row)) {
            auto server = row.make_server(row, {random});
            auto received = server->receive(init_with(row, share));
            ASSERT_FALSE(received) << to_hex(share).substr(0, 200);
            expect_refused(received.error());
        }
        auto client = row.make_client(row, {random});
        client->start();
        for (auto& share : hostile_shares(row)) {
            auto received = client->receive(reply_with(row, share));
            ASSERT_FALSE(received) << to_hex(share).substr(0, 200);
            expect_refused(received.error());
        }
    }
}

// The share of a good message, at its place in the payload.
MutableBytes share_in(ByteVector& payload, std::size_t before) { return MutableBytes{payload}.subspan(1 + before + 4); }

TEST(KexMethods, EachHalfOfAHybridIsChecked)
{
    test::SeededRandom random{6};
    for (auto& row : kex_methods()) {
        if (!row.post_quantum)
            continue;
        SCOPED_TRACE(row.name);
        auto client = row.make_client(row, {random});
        const auto init = client->start();
        std::size_t classical = row.name.contains("x25519") ? 32 : row.name.contains("nistp256") ? 65 : 97;
        auto expect_server_refuses = [&](const ByteVector& payload) {
            auto received = row.make_server(row, {random})->receive(payload);
            ASSERT_FALSE(received);
            expect_refused(received.error());
        };
        auto without_classical = init;                            // all-zero: of low order, or no point
        std::ranges::fill(share_in(without_classical, 0).last(classical), 0);
        expect_server_refuses(without_classical);
        if (classical != 32) {
            auto off_curve = init;
            share_in(off_curve, 0).back() ^= 1;
            expect_server_refuses(off_curve);
        }
        if (row.name.starts_with("mlkem")) {                      // FIPS 203 §7.2: numbers of 4095
            auto not_reduced = init;
            std::ranges::fill(share_in(not_reduced, 0).first(3), 0xff);
            expect_server_refuses(not_reduced);
        }
        auto server = row.make_server(row, {random});
        ASSERT_TRUE(server->receive(init));
        auto reply = server->reply(host_key, signature);
        auto zero = reply;
        std::size_t signature_field = 4 + signature.size();
        auto server_share = share_in(zero, 4 + host_key.size());
        std::ranges::fill(server_share.first(server_share.size() - signature_field).last(classical), 0);
        auto received = client->receive(zero);
        ASSERT_FALSE(received);
        expect_refused(received.error());
        // A changed ciphertext is no error: the secrets differ, and the host's signature will not fit.
        auto changed = reply;
        share_in(changed, 4 + host_key.size())[5] ^= 1;
        EXPECT_TRUE(client->receive(changed));
    }
}

TEST(KexMethods, OtherMessagesAreRefused)
{
    test::SeededRandom random{4};
    for (auto& row : one_round_methods()) {
        SCOPED_TRACE(row.name);
        auto client = row.make_client(row, {random});
        auto server = row.make_server(row, {random});
        auto init = client->start();
        EXPECT_FALSE(client->receive(init));
        EXPECT_FALSE(client->receive({}));
        EXPECT_FALSE(server->receive({}));
        EXPECT_FALSE(server->receive(ByteVector{34, 0, 0, 8, 0}));
        auto longer = init;
        longer.push_back(0);
        EXPECT_FALSE(server->receive(longer));
        EXPECT_FALSE(server->receive(Bytes{init}.first(init.size() - 1)));

        EXPECT_TRUE(server->receive(init));
        EXPECT_FALSE(server->receive(init)) << "a second init";
        auto reply = server->reply(host_key, signature);
        EXPECT_TRUE(client->receive(reply));
        EXPECT_FALSE(client->receive(reply)) << "a second reply";
    }
}

TEST(KexMethods, NegativeNumbersAreRefused)
{
    test::SeededRandom random{5};
    auto& row = *find_kex_method("diffie-hellman-group14-sha256");
    EXPECT_FALSE(row.make_server(row, {random})->receive(ByteVector{30, 0, 0, 0, 1, 0x80}));
}

TEST(KexMethods, AreInOrderOfPreference)
{
    // OpenSSH 10.5's.
    std::string by_server =
        "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,mlkem1024nistp384-sha384,"
        "mlkem768nistp256-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
        "ecdh-sha2-nistp384,ecdh-sha2-nistp521";
    EXPECT_EQ(names_of(kex_methods(), offered_by_server), by_server);
    EXPECT_EQ(names_of(kex_methods(), offered_by_client),
              by_server + ",diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,"
                          "diffie-hellman-group18-sha512,diffie-hellman-group14-sha256");
    for (auto& row : kex_methods()) {
        EXPECT_EQ(row.post_quantum, row.name.contains("mlkem") || row.name.contains("sntrup"));
        if (row.hash == HashKind::sha1) {
            EXPECT_EQ(row.offer, KexOffer::when_named);
        }
    }
}

} // namespace
} // namespace nacre
