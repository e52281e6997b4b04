#include "keys/krl.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "crypto/hash.h"
#include "keys/private_key.h"
#include "support/key_files.h"
#include "support/seeded_random.h"
#include "wire/writer.h"

namespace nacre {

namespace {

using test::public_key_named;
using test::read_key_file;

Krl list_in(const std::string& file)
{
    auto bytes = read_key_file(file);
    return Krl::read(as_bytes(bytes)).value();
}

PublicKey certificate_of(const std::string& file) { return PublicKey::from_line(read_key_file(file)).value(); }

} // namespace

TEST(Krl, ReadsEveryWayInWhichOpenSshNamesCertificates)
{
    for (std::string file : {"krl.certificates", "krl.any"}) {
        auto list = list_in(file);
        ASSERT_EQ(list.authorities().size(), 1u);
        auto& revoked = list.authorities().begin()->second;
        for (std::uint64_t serial : {1u, 5u, 12u, 20u, 30u, 32u, 34u, 1000u, 1000000u})
            EXPECT_TRUE(revoked.serials.contains(serial)) << serial;
        for (std::uint64_t serial : {0u, 2u, 4u, 21u, 29u, 31u, 33u, 35u, 999u, 1000001u})
            EXPECT_FALSE(revoked.serials.contains(serial)) << serial;
        EXPECT_TRUE(list.revokes(certificate_of("rsa.user")));
        EXPECT_FALSE(list.revokes(certificate_of("ed25519.user")));
    }
    EXPECT_EQ(list_in("krl.certificates").version, 3u);
    // rsa.host has serial number 7, of another authority.
    EXPECT_FALSE(list_in("krl.certificates").revokes(certificate_of("rsa.host")));
    EXPECT_TRUE(list_in("krl.any").revokes(certificate_of("rsa.host")));
}

TEST(Krl, RevokesKeysWithAllTheirCertificates)
{
    auto list = list_in("krl.keys");
    EXPECT_TRUE(list.revokes(public_key_named("ed25519")));
    EXPECT_TRUE(list.revokes(certificate_of("ed25519.user")));
    EXPECT_FALSE(list.revokes(public_key_named("rsa")));
    auto hashes = list_in("krl.hashes");
    EXPECT_TRUE(hashes.revokes(public_key_named("ed25519")));
    EXPECT_TRUE(hashes.revokes(public_key_named("rsa")));
    // rsa signed this one.
    EXPECT_TRUE(hashes.revokes(certificate_of("ecdsa256.host")));
    EXPECT_FALSE(hashes.revokes(certificate_of("ecdsa256.user")));
}

TEST(Krl, IsTheSameAfterWritingAndReading)
{
    for (std::string file : {"krl.certificates", "krl.any", "krl.keys", "krl.hashes"}) {
        auto list = list_in(file);
        auto again = Krl::read(list.write(5).value()).value();
        EXPECT_EQ(again.generated, 5u);
        EXPECT_EQ(again.keys(), list.keys());
        EXPECT_EQ(again.sha1(), list.sha1());
        EXPECT_EQ(again.sha256(), list.sha256());
        ASSERT_EQ(again.authorities().size(), list.authorities().size());
        for (auto& [blob, revoked] : list.authorities()) {
            EXPECT_EQ(again.authorities().at(blob).serials.ranges(), revoked.serials.ranges());
            EXPECT_EQ(again.authorities().at(blob).key_ids, revoked.key_ids);
        }
    }
}

TEST(Krl, SerialRangesNeverForgetOrInvent)
{
    test::SeededRandom random{3};
    SerialRanges ranges;
    std::map<std::uint64_t, bool> expected;
    for (int i = 0; i < 200; ++i) {
        auto first = random.below(1000);
        auto last = first + random.below(8);
        ranges.add(first, last);
        for (auto n = first; n <= last; ++n)
            expected[n] = true;
    }
    for (std::uint64_t n = 0; n < 1100; ++n)
        EXPECT_EQ(ranges.contains(n), expected[n]) << n;
    ranges.add(~0ull, ~0ull);
    ranges.add(5, ~0ull - 1);
    EXPECT_TRUE(ranges.contains(~0ull));
}

TEST(Krl, RefusesWhatItDoesNotUnderstand)
{
    auto good = read_key_file("krl.certificates");
    for (std::size_t size = 0; size < good.size(); ++size) {
        auto list = Krl::read(as_bytes(std::string_view{good}.substr(0, size)));
        // The sections are optional: a list may end after its header.
        EXPECT_FALSE(list && size != 44) << size;
    }
    auto with_section = [&](std::uint8_t type, std::string_view content) {
        auto bytes = to_vector(as_bytes(good));
        Writer{bytes}.u8(type).string(content);
        return Krl::read(bytes).has_value();
    };
    EXPECT_FALSE(with_section(99, ""));
    EXPECT_FALSE(with_section(4, ""));
    EXPECT_FALSE(with_section(3, std::string_view{"\0\0\0\1x", 5}));
    EXPECT_FALSE(with_section(255, std::string_view{"\0\0\0\1x\1\0\0\0\0", 10}));
    EXPECT_TRUE(with_section(255, std::string_view{"\0\0\0\1x\0\0\0\0\0", 10}));
}

namespace {

ByteVector section(std::uint8_t type, Bytes content)
{
    ByteVector bytes;
    Writer{bytes}.u8(type).string(content);
    return bytes;
}

ByteVector string_of(Bytes content)
{
    ByteVector bytes;
    Writer{bytes}.string(content);
    return bytes;
}

Result<Krl> list_with(const ByteVector& section)
{
    auto bytes = Krl{}.write(1).value();
    bytes.insert(bytes.end(), section.begin(), section.end());
    return Krl::read(bytes);
}

// PROTOCOL.krl, "Certificate sections": a part of one, about certificates of any authority.
Result<Krl> list_with_part(std::uint8_t part, std::string_view hexadecimal)
{
    ByteVector content;
    Writer{content}.string("").string("").raw(section(part, *from_hex(hexadecimal)));
    return list_with(section(1, content));
}

} // namespace

TEST(Krl, ExplicitKeysMustBeKeys)
{
    auto key = public_key_named("ed25519");
    auto with = [](Bytes blob) { return list_with(section(2, string_of(blob))); };
    EXPECT_TRUE(with(key.blob()).value().revokes(key));
    // A certificate stands for its key, as in a list of lines.
    EXPECT_TRUE(with(certificate_of("ed25519.user").blob()).value().revokes(key));
    auto damaged = to_vector(key.blob());
    damaged.push_back(0);
    EXPECT_FALSE(with(damaged));
    damaged.resize(damaged.size() - 2);
    EXPECT_FALSE(with(damaged));
    EXPECT_FALSE(with(ByteVector{}));
    EXPECT_FALSE(with(*from_hex("00000000")));
    EXPECT_FALSE(with(as_bytes("junk")));
    EXPECT_FALSE(list_with(section(2, as_bytes(std::string_view{"\0\0\0\7", 4}))));
    // Keys that let nobody in here: they stay for others, also when the list is written again.
    auto old = *from_hex("000000077373682d647373" "0000000101");
    auto short_rsa = *from_hex("000000077373682d727361" "00000003010001" "0000000900ffffffffffffffff");
    for (auto& blob : {old, short_rsa})
        EXPECT_TRUE(Krl::read(with(blob).value().write(2).value()).value().keys().contains(blob));
}

TEST(Krl, DigestsMayStandInAnyOrderAndTwice)
{
    auto first = public_key_named("ed25519"), second = public_key_named("rsa");
    for (auto [type, kind] : {std::pair{std::uint8_t{3}, HashKind::sha1}, std::pair{std::uint8_t{5}, HashKind::sha256}}) {
        auto one = string_of(hash_of(kind, first.blob())), two = string_of(hash_of(kind, second.blob()));
        for (auto* order : {&one, &two}) {
            auto content = *order;
            for (auto& more : {two, one, *order})
                content.insert(content.end(), more.begin(), more.end());
            auto list = list_with(section(type, content));
            ASSERT_TRUE(list) << list.error().what;
            EXPECT_EQ(list->sha1().size() + list->sha256().size(), 2u);
            EXPECT_TRUE(list->revokes(first) && list->revokes(second));
        }
        one.pop_back();
        EXPECT_FALSE(list_with(section(type, one)));
    }
}

TEST(Krl, PartsAboutCertificatesAreReadWholeOrNotAtAll)
{
    struct Case {
        std::uint8_t part;
        std::string_view content;
        bool good;
    };
    std::vector<Case> cases{
        {0x20, "0000000000000009" "0000000000000005" "0000000000000009", true},    // in any order
        {0x20, "0000000000000000", false},                        // zero: not numbered
        {0x20, "00000000000005", false},
        {0x21, "0000000000000005" "0000000000000009", true},
        {0x21, "0000000000000009" "0000000000000005", false},
        {0x21, "0000000000000000" "0000000000000005", false},
        {0x21, "0000000000000005" "0000000000000009" "00", false},
        {0x22, "0000000000000005" "0000000111", true},            // bits 0 and 4
        {0x22, "0000000000000000" "0000000120", true},
        {0x22, "0000000000000000" "0000000103", false},
        {0x22, "0000000000000005" "0000000191", false},           // a negative number
        {0x22, "ffffffffffffffff" "0000000103", false},
        {0x23, "00000001" "61", true},
        {0x23, "00000002" "61", false},
        {0x39, "0000000178" "00" "00000000", true},
        {0x39, "0000000178" "01" "00000000", false},              // critical
        {0x24, "", false},
    };
    for (auto& row : cases) {
        auto list = list_with_part(row.part, row.content);
        EXPECT_EQ(list.has_value(), row.good) << int{row.part} << " " << row.content;
        if (list && row.part < 0x23) {
            EXPECT_TRUE(list->authorities().at({}).serials.contains(5)) << int{row.part};
        }
    }
    auto bitmap = [](std::size_t bytes) { return "0000000000000005" "00" + to_hex(std::array{std::uint8_t(bytes >> 16),
                      std::uint8_t(bytes >> 8), std::uint8_t(bytes)}) + "01" + std::string(2 * (bytes - 1), '0'); };
    EXPECT_TRUE(list_with_part(0x22, bitmap(1024 * 1024)));
    EXPECT_FALSE(list_with_part(0x22, bitmap(1024 * 1024 + 1)));
    // An authority that is a certificate, or no key.
    for (auto& blob : {to_vector(certificate_of("ed25519.user").blob()), to_vector(as_bytes("junk"))}) {
        ByteVector content;
        Writer{content}.string(blob).string("");
        EXPECT_FALSE(list_with(section(1, content)));
    }
}

TEST(Krl, PlainListsNameKeysAndAuthorities)
{
    auto key = public_key_named("ed25519");
    auto certificate = certificate_of("ed25519.user");
    auto revoked = [](const std::string& text, const PublicKey& of) { return is_revoked_by(as_bytes(text), of).value(); };
    EXPECT_TRUE(revoked("# comment\n\n" + key.line("comment"), key));
    EXPECT_TRUE(revoked(key.line(), certificate));
    EXPECT_TRUE(revoked(public_key_named("ca").line(), certificate));
    EXPECT_TRUE(revoked(certificate.line(), certificate));
    EXPECT_TRUE(revoked(certificate.line(), key));                // else another certificate would open the door again
    auto short_key = "ssh-rsa " + to_base64(*from_hex("000000077373682d727361" "00000003010001" "0000000900ffffffffffffffff"));
    EXPECT_TRUE(revoked(short_key + "\n" + key.line(), key));
    EXPECT_FALSE(revoked(short_key, key));
    EXPECT_FALSE(revoked("", key));
    EXPECT_FALSE(is_revoked_by(as_bytes("nonsense\n"), key));
    // A strong key in an improper form is not taken for one that is too short: nobody knows whom it was to keep out.
    for (std::size_t zeros : {0u, 2u}) {
        ByteVector modulus(zeros, 0), blob;
        modulus.insert(modulus.end(), 384, 0xc3);
        Writer{blob}.string("ssh-rsa").string(Bytes{*from_hex("010001")}).string(Bytes{modulus});
        EXPECT_FALSE(is_revoked_by(as_bytes("ssh-rsa " + to_base64(blob) + "\n"), key)) << zeros;
    }
}

} // namespace nacre
