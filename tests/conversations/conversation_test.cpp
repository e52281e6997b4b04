// Whole conversations between our client and our server, under thousands of seeds.
#include <gtest/gtest.h>

#include "base/text.h"
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "pair.h"
#include "wire/name_list.h"

namespace nacre::test {
namespace {

PairOptions only(std::string Proposal::*list, std::string_view name)
{
    PairOptions options;
    options.client_proposal.*list = name;
    options.server_proposal.*list = name;
    return options;
}

TEST(Login, SucceedsHoweverTheBytesAreCut)
{
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        PairOptions options;
        options.largest_piece = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 37 : 100'000;
        options.guess = seed % 2 == 0;
        Pair pair{seed, options};
        pair.run_until_idle();
        ASSERT_TRUE(pair.logged_in()) << "seed " << seed << ' ' << why(pair);
    }
}

TEST(Login, TriesItsKeysOneAfterTheOther)
{
    PairOptions options;
    options.authorized_tries = 4;
    Pair pair{7, options};
    pair.run_until_idle();
    EXPECT_TRUE(pair.logged_in()) << why(pair);
}

TEST(Login, EndsWithTheServersLimitOfFailures)
{
    PairOptions options;
    options.authorized_tries = 7;
    Pair pair{7, options};
    pair.run_until_idle();
    EXPECT_FALSE(pair.logged_in());
    ASSERT_TRUE(pair.server_error);
    EXPECT_EQ(pair.server_error->what, "Too many authentication failures");
}

TEST(Login, ByATicketSucceedsHoweverTheBytesAreCut)
{
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        PairOptions options;
        options.has_ticket = true;
        options.largest_piece = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 37 : 100'000;
        Pair pair{seed, options};
        pair.run_until_idle();
        ASSERT_TRUE(pair.logged_in()) << "seed " << seed << ' ' << why(pair);
        ASSERT_EQ(pair.logged_in_by, "gssapi-with-mic");
    }
}

TEST(Login, TheProofOfATicketIsWorthNothingInAnotherSession)
{
    PairOptions options;
    options.has_ticket = true;
    Pair first{1, options};
    first.run_until_idle();
    ASSERT_EQ(first.mic.size(), 32u);
    options.stolen_mic = first.mic;
    Pair second{2, options};
    second.run_until_idle();
    EXPECT_TRUE(second.logged_in()) << why(second);
    EXPECT_EQ(second.logged_in_by, "publickey");
}

TEST(Negotiation, EndsWithTheirListWhenNothingIsCommon)
{
    PairOptions options;
    options.client_proposal.ciphers = "aes128-ctr";
    options.server_proposal.ciphers = "aes256-ctr";
    Pair pair{1, options};
    pair.run_until_idle();
    ASSERT_TRUE(pair.client_error);
    EXPECT_EQ(pair.client_error->kind, ErrorKind::incompatible);
    EXPECT_TRUE(pair.client_error->what.ends_with("Their offer: aes256-ctr")) << pair.client_error->what;
}

TEST(Negotiation, AGuessThatTheServerPrefersCountsThoughItIsNotOurFirst)
{
    auto options = in_a_hurry();
    options.client_proposal.kex_methods = "mlkem768x25519-sha256,curve25519-sha256,ecdh-sha2-nistp256";
    options.server_proposal.kex_methods = "curve25519-sha256,ecdh-sha2-nistp256";
    options.guessed_kex = "curve25519-sha256";
    Pair pair{3, options};
    pair.one_round_trip();
    pair.one_round_trip();
    EXPECT_EQ(pair.requests_at_server, std::vector<std::string>{"exec"}) << why(pair);
    EXPECT_EQ(pair.client.transport().peer_kex_methods(), "curve25519-sha256,ecdh-sha2-nistp256");
}

TEST(Negotiation, AGuessChangesNothingThatOurOrderLeadsTo)
{
    auto options = in_a_hurry();
    options.client_proposal.kex_methods = "mlkem768x25519-sha256,curve25519-sha256,ecdh-sha2-nistp256";
    options.guessed_kex = "curve25519-sha256";
    for (auto* server : {"mlkem768x25519-sha256,curve25519-sha256", "curve25519-sha256,mlkem768x25519-sha256"}) {
        options.server_proposal.kex_methods = server;
        Pair pair{3, options};
        pair.run_until_idle();
        ASSERT_TRUE(pair.client_error) << server;
        EXPECT_TRUE(pair.client.transport().guess_misled()) << pair.client_error->what;
        EXPECT_FALSE(pair.logged_in());
    }
    options.server_proposal.kex_methods = "ecdh-sha2-nistp256";       // no longer takes what it took
    Pair pair{3, options};
    pair.run_until_idle();
    EXPECT_TRUE(pair.logged_in()) << why(pair);
}

TEST(Negotiation, AWrongGuessCostsNothing)
{
    PairOptions options;
    options.guess = true;
    options.client_proposal.kex_methods = "ecdh-sha2-nistp256,curve25519-sha256";
    options.server_proposal.kex_methods = "curve25519-sha256,ecdh-sha2-nistp256";
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Pair pair{seed, options};
        pair.run_until_idle();
        ASSERT_TRUE(pair.logged_in()) << "seed " << seed << ' ' << why(pair);
    }
}

void transfers_both_ways(PairOptions options, std::uint64_t seed, std::size_t size)
{
    Pair pair{seed, options};
    pair.echo = true;
    pair.run_until_idle();
    ASSERT_TRUE(pair.logged_in()) << why(pair);
    auto channel = pair.open_session();
    ASSERT_TRUE(pair.client.connection().is_open(channel));
    auto data = pattern(size);
    pair.client_sends(channel, data);
    pair.finish_after_sending(channel);
    pair.run_until_idle();
    ASSERT_FALSE(pair.client_error || pair.server_error) << "seed " << seed << ' ' << why(pair);
    ASSERT_EQ(pair.at_server[0].data, data) << "seed " << seed;
    ASSERT_EQ(pair.at_client[channel.value].data, data) << "seed " << seed;
    EXPECT_TRUE(pair.at_server[0].finished);
    EXPECT_TRUE(pair.at_client[channel.value].finished);
}

TEST(Transfer, EveryKeyExchange)
{
    for (auto& row : kex_methods())
        transfers_both_ways(only(&Proposal::kex_methods, row.name), 3, 1000);
}

TEST(Transfer, EveryCipher)
{
    for (auto& row : ciphers())
        for (std::uint64_t seed = 0; seed < 10; ++seed)
            transfers_both_ways(only(&Proposal::ciphers, row.name), seed, 100'000);
}

TEST(Transfer, EveryMacWithCtr)
{
    for (auto& row : macs()) {
        auto options = only(&Proposal::macs, row.name);
        options.client_proposal.ciphers = options.server_proposal.ciphers = "aes128-ctr";
        for (std::uint64_t seed = 0; seed < 5; ++seed)
            transfers_both_ways(options, seed, 50'000);
    }
}

TEST(Transfer, Compressed)
{
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        auto options = only(&Proposal::compressions, "zlib@openssh.com");
        options.client_rekey.bytes = seed % 2 == 0 ? 20'000 : 0;
        transfers_both_ways(options, seed, 100'000);
    }
}

TEST(Window, DownToOneByteLosesNothing)
{
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        PairOptions options;
        options.server_limits = {.window = static_cast<std::uint32_t>(1 + seed % 5), .largest_packet = 32 * 1024};
        transfers_both_ways(options, seed, 300);
    }
}

TEST(Window, SmallPacketsAreRespected)
{
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        PairOptions options;
        options.server_limits = {.window = 1000, .largest_packet = 100};
        transfers_both_ways(options, seed, 5000);
    }
}

TEST(Window, IsWidenedAtOnce)
{
    PairOptions options;
    options.server_limits = {.window = 1000, .largest_packet = 100'000};
    Pair pair{3, options};
    pair.run_until_idle();
    auto channel = pair.open_session();
    auto& sender = pair.client.connection();
    pair.server.connection().widen(ChannelId{0}, 50'000);
    pair.run_until_idle();
    pair.server.connection().widen(ChannelId{0}, 20'000);         // it never shrinks
    pair.run_until_idle();
    EXPECT_EQ(sender.write(channel, Stream::data, pattern(100'000)), 50'000u);
    pair.run_until_idle();
    EXPECT_FALSE(pair.client_error || pair.server_error) << why(pair);
}

TEST(Rekey, InTheMiddleOfATransferLosesNothing)
{
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        PairOptions options;
        options.largest_piece = 300 + seed % 7 * 1500;
        options.client_rekey.bytes = 1 + seed % 11 * 1000;
        options.server_rekey.bytes = seed % 2 == 0 ? 0 : 1 + seed % 13 * 700;
        transfers_both_ways(options, seed, 10'000);
    }
}

TEST(Rekey, HappensAndKeepsTheSessionId)
{
    PairOptions options;
    options.client_rekey.bytes = 10'000;
    Pair pair{5, options};
    pair.run_until_idle();
    auto session_id = to_vector(pair.client.transport().session_id());
    auto channel = pair.open_session();
    pair.client_sends(channel, pattern(100'000));
    pair.run_until_idle();
    EXPECT_GE(pair.client_key_changes, 5u);
    EXPECT_EQ(pair.client_key_changes, pair.server_key_changes);
    EXPECT_TRUE(same_bytes(pair.client.transport().session_id(), session_id));
    EXPECT_TRUE(same_bytes(pair.server.transport().session_id(), session_id));
}

// What waits for the new keys leaves before what is said as soon as they are there, compressed anew like it.
TEST(Rekey, NothingOvertakesWhatHasWaitedForTheKeys)
{
    for (auto compression : {"none", "zlib@openssh.com"}) {
        PairOptions options;
        options.client_proposal.compressions = options.server_proposal.compressions = compression;
        Pair pair{7, options};
        pair.run_until_idle();
        auto channel = pair.open_session();
        auto& server = pair.server.connection();
        pair.before_exchange_is_signed = [&] { server.request(ChannelId{0}, "first", {}, WantReply::no); };
        pair.after_exchange_is_signed = [&] {
            server.request(ChannelId{0}, "second", {}, WantReply::no);
            EXPECT_EQ(server.write(ChannelId{0}, Stream::data, as_bytes("x")), 0u);
        };
        pair.client.transport().rekey();
        pair.run_until_idle();
        EXPECT_EQ(pair.server_key_changes, 2u);
        EXPECT_EQ(pair.requests_at_client, (std::vector<std::string>{"first", "second"})) << compression << ' ' << why(pair);
        EXPECT_TRUE(pair.client.connection().is_open(channel));
        EXPECT_FALSE(pair.client_error || pair.server_error) << compression << ' ' << why(pair);
    }
}

TEST(Rekey, BothSidesAtOnce)
{
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Pair pair{seed};
        pair.run_until_idle();
        auto channel = pair.open_session();
        pair.client_sends(channel, pattern(5000));
        pair.client.transport().rekey();
        pair.server.transport().rekey();
        pair.run_until_idle();
        ASSERT_FALSE(pair.client_error || pair.server_error) << "seed " << seed << ' ' << why(pair);
        ASSERT_EQ(pair.at_server[0].data, pattern(5000));
        ASSERT_EQ(pair.client_key_changes, 2u);
    }
}

TEST(Rekey, ByTime)
{
    PairOptions options;
    options.client_rekey.interval = Seconds{10};
    Pair pair{5, options};
    pair.run_until_idle();
    auto deadline = pair.client.transport().deadline();
    ASSERT_TRUE(deadline);
    pair.client.transport().time_passed(*deadline);
    pair.run_until_idle();
    EXPECT_EQ(pair.client_key_changes, 2u);
    EXPECT_FALSE(pair.client.transport().deadline()) << "nothing was sent under the new keys yet";
}

TEST(Channels, SeveralAtOnceKeepTheirBytesApart)
{
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Pair pair{seed};
        pair.run_until_idle();
        std::vector<ChannelId> channels;
        for (int i = 0; i < 5; ++i)
            channels.push_back(pair.open_session());
        for (auto channel : channels)
            pair.client_sends(channel, pattern(1000 * (channel.value + 1)));
        pair.run_until_idle();
        for (auto channel : channels)
            ASSERT_EQ(pair.at_server[channel.value].data, pattern(1000 * (channel.value + 1))) << "seed " << seed;
    }
}

TEST(Channels, ARefusalSaysWhyAndFreesTheNumber)
{
    Pair pair{1};
    pair.run_until_idle();
    auto refused = pair.client.connection().open(DirectTcpip{"nowhere", 1, "here", 2});
    pair.run_until_idle();
    EXPECT_EQ(pair.refusals, std::vector<std::string>{"no such kind"});
    EXPECT_FALSE(pair.client.connection().exists(refused));
    EXPECT_EQ(pair.open_session(), refused);
}

TEST(Channels, CloseReachesBothSides)
{
    Pair pair{1};
    pair.run_until_idle();
    auto channel = pair.open_session();
    pair.client.connection().close(channel);
    pair.run_until_idle();
    EXPECT_TRUE(pair.at_client[channel.value].closed);
    EXPECT_TRUE(pair.at_server[0].closed);
    EXPECT_EQ(pair.client.connection().channel_count(), 0u);
    EXPECT_EQ(pair.server.connection().channel_count(), 0u);
}

TEST(Channels, ACloseIsHeldUntilItIsAnswered)
{
    Pair pair{14};
    pair.run_until_idle();
    auto channel = pair.open_session();
    auto& server = pair.server.connection();
    server.hold_close({0});
    pair.client.connection().close(channel);
    pair.run_until_idle();
    EXPECT_TRUE(pair.at_server[0].finished && server.is_closed_by_peer({0}));
    EXPECT_FALSE(pair.at_server[0].closed || pair.at_client[channel.value].closed);
    EXPECT_EQ(server.write({0}, Stream::data, as_bytes("nobody takes it")), 0u);

    server.close({0});
    EXPECT_TRUE(server.exists({0}));                              // the number is nobody else's yet
    EXPECT_NE(server.open(SessionChannel{}).value, 0u);
    pair.run_until_idle();
    EXPECT_TRUE(pair.at_server[0].closed && pair.at_client[channel.value].closed);
    EXPECT_FALSE(server.exists({0}));
    EXPECT_FALSE(pair.client_error || pair.server_error);
}

TEST(Channels, RequestsArriveInOrder)
{
    Pair pair{1};
    pair.run_until_idle();
    auto channel = pair.open_session();
    auto& connection = pair.client.connection();
    connection.request(channel, EnvRequest{"A", "1"}, WantReply::no);
    connection.request(channel, ExecRequest{"true"}, WantReply::yes);
    pair.run_until_idle();
    EXPECT_EQ(pair.requests_at_server, (std::vector<std::string>{"env", "exec"}));
}

// A server announces what it accepts from everybody, and may accept more from some.
TEST(Conversation, AKeyWithOneAlgorithmIsTriedWhateverTheServerAnnounces)
{
    PairOptions options;
    options.server_sig_algs = "rsa-sha2-512";
    Pair pair{1, options};
    pair.run_until_idle();
    EXPECT_TRUE(pair.logged_in());
}

// A server that announces nothing may know nothing but SHA-1, and somebody who allows it has such a server.
TEST(Conversation, AnRsaKeySignsWithSha1WhereItIsAllowedAndNothingIsAnnounced)
{
    auto key = PrivateKey::generate(KeyKind::rsa, 2048).value();
    auto algorithm_with = [&](const char* announced, const char* allowed) {
        PairOptions options;
        options.user_key = &key;
        options.server_sig_algs = options.users_sig_algs = announced;
        options.pubkey_algorithms = allowed;
        Pair pair{1, options};
        pair.run_until_idle();
        return pair.signed_by;
    };
    EXPECT_EQ(algorithm_with("", "rsa-sha2-512,rsa-sha2-256,ssh-rsa"), "ssh-rsa");
    EXPECT_EQ(algorithm_with("", "rsa-sha2-512,rsa-sha2-256"), "rsa-sha2-512");
    EXPECT_EQ(algorithm_with("rsa-sha2-256,ssh-rsa", "rsa-sha2-512,rsa-sha2-256,ssh-rsa"), "rsa-sha2-256");
}

// ext-info-in-auth@openssh.com
TEST(Conversation, TheServerTellsAUserWhatIsAcceptedFromHim)
{
    PairOptions options;
    options.users_sig_algs = "rsa-sha2-512,ssh-ed25519";
    Pair pair{1, options};
    pair.run_until_idle();
    EXPECT_TRUE(pair.logged_in());
    EXPECT_EQ(pair.client.transport().server_sig_algs(), "rsa-sha2-512,ssh-ed25519");
}

} // namespace
} // namespace nacre::test
