#include <gtest/gtest.h>

#include "crypto/dh.h"
#include "messages/kex.h"
#include "support/seeded_random.h"
#include "transport/kex_method.h"

namespace nacre {
namespace {

const ByteVector host_key{1, 2, 3}, signature{4, 5};
const KexRow& row = *find_kex_method("diffie-hellman-group-exchange-sha256");

class OneGroup final : public GroupSource {
public:
    explicit OneGroup(Modp which) : which_(which) {}
    std::optional<Group> choose(std::uint32_t min, std::uint32_t wanted, std::uint32_t max) override
    {
        asked = {min, wanted, max};
        auto group = modp_group(which_);
        return Group{to_vector(group.generator), to_vector(group.prime)};
    }
    KexDhGexRequest asked{};

private:
    Modp which_;
};

const auto group14 = modp_group(Modp::group14);

struct Sides {
    test::SeededRandom random{1};
    OneGroup groups{Modp::group14};
    std::unique_ptr<ClientKex> client = row.make_client(row, {random, 3072});
    std::unique_ptr<ServerKex> server = row.make_server(row, {random, 0, &groups});
};

std::string error_of(const auto& result) { return result ? "no error" : result.error().what; }

TEST(GroupExchange, BothSidesAgree)
{
    Sides sides;
    auto request = sides.client->start();
    EXPECT_EQ(to_hex(request), "22" "00000800" "00000c00" "00002000");
    auto group = sides.server->receive(request);
    ASSERT_TRUE(group) << error_of(group);
    EXPECT_EQ(sides.groups.asked.n, 3072u);
    auto init = sides.client->receive(std::get<KexPayload>(*group));
    ASSERT_TRUE(init) << error_of(init);
    auto agreed = sides.server->receive(std::get<KexPayload>(*init));
    ASSERT_TRUE(agreed) << error_of(agreed);
    auto reply = sides.server->reply(host_key, signature);
    auto finished = sides.client->receive(reply);
    ASSERT_TRUE(finished) << error_of(finished);
    auto& of_client = std::get<KexReply>(*finished);
    auto& of_server = std::get<KexAgreement>(*agreed);
    EXPECT_EQ(of_client.host_key, host_key);
    EXPECT_TRUE(of_client.agreement.k == of_server.k);
    EXPECT_EQ(of_client.agreement.exchanged, of_server.exchanged);
    // RFC 4419 §3: min || n || max || p || g || e || f.
    EXPECT_TRUE(same_bytes(Bytes{of_server.exchanged}.first(12), Bytes{request}.subspan(1)));

    EXPECT_FALSE(sides.client->receive(reply)) << "a second reply";
    EXPECT_FALSE(sides.server->receive(std::get<KexPayload>(*init))) << "a second init";
}

TEST(GroupExchange, WithoutAFileTheServerHasGroupsOfItsOwn)
{
    test::SeededRandom random{2};
    std::pair<KexDhGexRequest, std::size_t> cases[] = {
        {{2048, 2048, 8192}, 2048}, {{2048, 3072, 8192}, 4096}, {{1024, 1024, 8192}, 2048}, {{1024, 8192, 16384}, 8192},
        {{2048, 3072, 3500}, 2048}, {{2048, 7680, 8192}, 8192}, {{4096, 4096, 4096}, 4096}};
    for (auto& [request, bits] : cases) {
        auto server = row.make_server(row, {random});
        auto answer = server->receive(encode(request));
        ASSERT_TRUE(answer) << error_of(answer);
        auto& payload = std::get<KexPayload>(*answer);
        EXPECT_EQ(bits_of(decode<KexDhGexGroup>(payload)->p.magnitude), bits);
    }
}

TEST(GroupExchange, TheServerUnderstandsTheOldRequest)
{
    Sides sides;
    auto answer = sides.server->receive(encode(KexDhGexRequestOld{1024}));
    ASSERT_TRUE(answer) << error_of(answer);
    EXPECT_EQ(sides.groups.asked.n, 2048u);
    auto agreed = sides.server->receive(encode(KexDhGexInit{Mpint{ByteVector(200, 7)}}));
    ASSERT_TRUE(agreed) << error_of(agreed);
    // Only the number that was sent is hashed.
    EXPECT_EQ(to_hex(Bytes{std::get<KexAgreement>(*agreed).exchanged}.first(8)), "00000400" "00000101");
}

TEST(GroupExchange, ImpossibleSizesAreRefused)
{
    KexDhGexRequest requests[] = {{3072, 2048, 8192}, {2048, 8192, 4096}, {0, 1024, 2047}, {8193, 9000, 10000},
                                  {0xffffffff, 0xffffffff, 0xffffffff}, {0, 0, 0}, {4096, 4096, 2048}};
    for (auto& request : requests) {
        Sides sides;
        EXPECT_FALSE(sides.server->receive(encode(request))) << request.min << ' ' << request.n << ' ' << request.max;
    }
}

ByteVector number(std::size_t bits, std::uint8_t last = 1)
{
    ByteVector bytes((bits + 7) / 8, 0x55);
    bytes[0] = static_cast<std::uint8_t>(1 << (bits - 1) % 8);
    bytes.back() = last;
    return bytes;
}

TEST(GroupExchange, TheClientRefusesBadGroups)
{
    auto refuses = [](const ByteVector& prime, const ByteVector& generator) {
        Sides sides;
        sides.client->start();
        auto answer = sides.client->receive(encode(KexDhGexGroup{Mpint{prime}, Mpint{generator}}));
        return !answer && answer.error().kind == ErrorKind::peer_misbehaved;
    };
    ByteVector two{2};
    EXPECT_FALSE(refuses(to_vector(group14.prime), two));
    EXPECT_TRUE(refuses(number(1024), two)) << "too small";
    EXPECT_TRUE(refuses(number(2047), two)) << "too small by a bit";
    EXPECT_TRUE(refuses(number(8193), two)) << "too large by a bit";
    EXPECT_TRUE(refuses(number(100'000), two)) << "far too large";
    EXPECT_TRUE(refuses(number(2048, 2), two)) << "even";
    EXPECT_TRUE(refuses({}, two));
    EXPECT_TRUE(refuses(to_vector(group14.prime), {}));
    EXPECT_TRUE(refuses(to_vector(group14.prime), {1}));
    EXPECT_TRUE(refuses(to_vector(group14.prime), to_vector(group14.prime)));
    auto prime_less_1 = to_vector(group14.prime);
    prime_less_1.back() -= 1;
    EXPECT_TRUE(refuses(to_vector(group14.prime), prime_less_1));
}

TEST(GroupExchange, SharesOutsideTheGroupAreRefused)
{
    auto prime_less_1 = to_vector(group14.prime);
    prime_less_1.back() -= 1;
    for (auto& share : {ByteVector{}, ByteVector{1}, prime_less_1, to_vector(group14.prime), number(4096)}) {
        Sides sides;
        auto group = sides.server->receive(sides.client->start());
        ASSERT_TRUE(sides.client->receive(std::get<KexPayload>(*group)));
        EXPECT_FALSE(sides.server->receive(encode(KexDhGexInit{Mpint{share}})));
        EXPECT_FALSE(sides.client->receive(encode(KexDhGexReply{host_key, Mpint{share}, signature})));
    }
}

TEST(GroupExchange, MessagesOutOfOrderAreRefused)
{
    Sides sides;
    auto request = sides.client->start();
    ByteVector some{0x12, 0x34};
    EXPECT_FALSE(sides.client->receive(encode(KexDhGexReply{host_key, Mpint{some}, signature})));
    EXPECT_FALSE(sides.client->receive({}));
    EXPECT_FALSE(sides.server->receive({}));
    EXPECT_FALSE(sides.server->receive(encode(KexDhGexInit{Mpint{some}})));
    EXPECT_FALSE(sides.server->receive(Bytes{request}.first(12)));
    auto group = sides.server->receive(request);
    ASSERT_TRUE(group);
    EXPECT_FALSE(sides.server->receive(request)) << "a second request";
    ASSERT_TRUE(sides.client->receive(std::get<KexPayload>(*group)));
    EXPECT_FALSE(sides.client->receive(std::get<KexPayload>(*group))) << "a second group";
}

} // namespace
} // namespace nacre
