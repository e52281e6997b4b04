#include "keys/krl.h"

#include <gtest/gtest.h>

#include <map>

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
