#include "wire/fields.h"

#include <gtest/gtest.h>

namespace nacre {
namespace {

struct Everything {
    static constexpr std::string_view name = "EVERYTHING";
    static constexpr MessageNumber number{200};
    bool flag = false;
    std::uint8_t byte = 0;
    std::uint32_t word = 0;
    std::uint64_t wide = 0;
    ChannelId channel;
    std::string_view text;
    Bytes bytes;
    SecretText secret;
    Mpint integer;
    Repeated<std::string> many;
    std::array<std::uint8_t, 4> cookie{};
    Rest rest;
    using fields = Fields<&Everything::flag, &Everything::byte, &Everything::word, &Everything::wide, &Everything::channel,
                          &Everything::text, &Everything::bytes, &Everything::secret, &Everything::integer,
                          &Everything::many, &Everything::cookie, &Everything::rest>;
};

struct Many {
    static constexpr std::string_view name = "many";
    Repeated<std::string> items;
    using fields = Fields<&Many::items>;
};

struct Pair {
    static constexpr std::string_view name = "pair";
    std::string_view first;
    std::uint32_t second = 0;
    using fields = Fields<&Pair::first, &Pair::second>;
};

ByteVector sample_magnitude() { return {0x80, 0x01}; }

Everything sample(const ByteVector& magnitude)
{
    Everything message;
    message.flag = true;
    message.byte = 7;
    message.word = 0x01020304;
    message.wide = 0x0102030405060708;
    message.channel = {9};
    message.text = "text\n";
    message.bytes = as_bytes("bytes");
    message.secret = {"hidden"};
    message.integer = {magnitude};
    message.many.items = {"a", "", "c"};
    message.cookie = {1, 2, 3, 4};
    message.rest = {as_bytes("rest")};
    return message;
}

TEST(Fields, EncodeAsTheRfcWritesThem)
{
    // RFC 4251 §5: an mpint with the top bit set gets a zero in front.
    auto magnitude = sample_magnitude();
    EXPECT_EQ(to_hex(encode(sample(magnitude))),
              "c8" "01" "07" "01020304" "0102030405060708" "00000009" "00000005" "746578740a" "00000005" "6279746573"
              "00000006" "68696464656e" "00000003" "008001" "00000003" "00000001" "61" "00000000" "00000001" "63"
              "01020304" "72657374");
}

TEST(Fields, DecodeIsTheInverse)
{
    auto magnitude = sample_magnitude();
    auto bytes = encode(sample(magnitude));
    auto message = decode<Everything>(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(encode(*message), bytes);
    EXPECT_EQ(message->many.items, (std::vector<std::string>{"a", "", "c"}));
    EXPECT_EQ(to_hex(message->integer.magnitude), "8001");
}

TEST(Fields, EveryTruncationIsRefused)
{
    auto bytes = encode(Pair{"abc", 5});
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode<Pair>(Bytes{bytes}.first(size))) << size;
    bytes.push_back(0);
    auto longer = decode<Pair>(bytes);
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().kind, ErrorKind::peer_misbehaved);
    EXPECT_NE(longer.error().what.find("too many"), std::string::npos);
}

TEST(Fields, AWrongNumberIsRefused)
{
    auto magnitude = sample_magnitude();
    auto bytes = encode(sample(magnitude));
    bytes[0] = 199;
    EXPECT_FALSE(decode<Everything>(bytes));
}

TEST(Fields, AHugeCountReservesNothing)
{
    auto bytes = from_hex("ffffffff00000000").value();
    EXPECT_FALSE(decode<Many>(bytes));
}

TEST(Reader, NegativeIntegersAreRefused)
{
    auto bytes = from_hex("0000000180").value();
    Reader in{bytes};
    in.mpint();
    EXPECT_FALSE(in.ok());
}

TEST(Reader, FailureIsSticky)
{
    auto bytes = from_hex("0000000561").value();
    Reader in{bytes};
    EXPECT_TRUE(in.string().empty());
    EXPECT_EQ(in.u8(), 0);
    EXPECT_FALSE(in.finish("it"));
}

} // namespace
} // namespace nacre
