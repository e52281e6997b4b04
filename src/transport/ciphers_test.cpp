#include "transport/ciphers.h"

#include <gtest/gtest.h>

#include "base/table.h"
#include "support/repeated.h"
#include "support/seeded_random.h"
#include "support/vectors.h"
#include "transport/macs.h"
#include "transport/packet_reader.h"
#include "wire/writer.h"

namespace nacre {
namespace {

// One way to protect packets: a cipher, and a MAC where it needs one.
struct Suite {
    const Cipher* cipher;
    const Mac* mac;

    std::string name() const
    {
        return std::string{cipher->name} + (mac ? " " + std::string{mac->name} : std::string{});
    }
};

bool chains(const Suite& suite) { return suite.cipher->name.ends_with("-cbc"); }

std::vector<Suite> all_suites()
{
    std::vector<Suite> suites;
    for (auto& cipher : ciphers()) {
        if (cipher.authenticates) {
            suites.push_back({&cipher, nullptr});
            continue;
        }
        for (auto& mac : macs())
            suites.push_back({&cipher, &mac});
    }
    return suites;
}

struct Pair {
    std::unique_ptr<PacketSealer> sealer;
    std::unique_ptr<PacketOpener> opener;
};

Pair make_pair(Suite suite, test::SeededRandom& random)
{
    ByteVector key(suite.cipher->key_size), iv(suite.cipher->iv_size), mac_key(suite.mac ? suite.mac->key_size : 0);
    random.fill(key);
    random.fill(iv);
    random.fill(mac_key);
    CipherKeys keys{key, iv, mac_key};
    return {suite.cipher->make_sealer(*suite.cipher, suite.mac, keys),
            suite.cipher->make_opener(*suite.cipher, suite.mac, keys)};
}

// A packet in clear, with room for the tag, as RFC 4253 §6 builds it.
ByteVector new_packet(const PacketSealer& sealer, std::size_t payload_size, test::SeededRandom& random)
{
    std::size_t encrypted = 1 + payload_size + (sealer.length_is_encrypted() ? 4 : 0);
    std::size_t padding = sealer.alignment() - encrypted % sealer.alignment();
    if (padding < 4)
        padding += sealer.alignment();
    ByteVector packet(4 + 1 + payload_size + padding + sealer.tag_size());
    random.fill(MutableBytes{packet}.first(packet.size() - sealer.tag_size()));
    Writer::store_u32(packet.data(), static_cast<std::uint32_t>(1 + payload_size + padding));
    packet[4] = static_cast<std::uint8_t>(padding);
    return packet;
}

Bytes without_tag(Bytes packet, std::size_t tag_size) { return packet.first(packet.size() - tag_size); }

std::uint64_t encrypted_bytes(const PacketSealer& sealer, Bytes packet)
{
    return packet.size() - sealer.tag_size() - (sealer.length_is_encrypted() ? 0 : 4);
}

struct Sealed {
    PacketPosition at;
    ByteVector clear, sealed;
};

std::vector<Sealed> seal_many(PacketSealer& sealer, int count, test::SeededRandom& random)
{
    std::vector<Sealed> packets;
    PacketPosition at{SequenceNumber{0xfffffffe}};                // wraps on the way
    for (int i = 0; i < count; ++i) {
        auto clear = new_packet(sealer, random.one_in(4) ? 33'000 : random.below(1500), random);
        auto sealed = clear;
        sealer.seal(at, sealed);
        auto size = encrypted_bytes(sealer, clear);
        packets.push_back({at, std::move(clear), std::move(sealed)});
        at = {SequenceNumber{at.sequence.value + 1}, at.packet + 1, at.offset + size};
    }
    return packets;
}

void expect_opens(PacketOpener& opener, const Sealed& packet)
{
    auto bytes = packet.sealed;
    auto header = Bytes{bytes}.first(opener.header_size());
    auto length = opener.length(packet.at, header);
    EXPECT_EQ(4 + length + opener.tag_size(), bytes.size());
    EXPECT_EQ(opener.length(packet.at, header), length) << "asked again";
    ASSERT_TRUE(opener.open(packet.at, bytes));
    EXPECT_TRUE(same_bytes(without_tag(bytes, opener.tag_size()), without_tag(packet.clear, opener.tag_size())));
}

TEST(Ciphers, AgreeWithIndependentlySealedPackets)
{
    for (auto& vector : test::read_vectors("packets.vec")) {
        SCOPED_TRACE(vector.line);
        auto* cipher = find_cipher(vector.text("section"));
        auto* mac = vector.has("Mac") ? find_mac(vector.text("Mac")) : nullptr;
        ASSERT_TRUE(cipher && (mac || cipher->authenticates));
        auto key = vector.bytes("Key"), iv = vector.bytes("Iv");
        auto mac_key = mac ? vector.bytes("MacKey") : ByteVector{};
        CipherKeys keys{key, iv, mac_key};
        PacketPosition at{SequenceNumber{static_cast<std::uint32_t>(test::number(vector, "Sequence"))},
                          test::number(vector, "Packet"), test::number(vector, "Offset")};

        auto sealer = cipher->make_sealer(*cipher, mac, keys);
        Sealed packet{at, vector.bytes("Clear"), vector.bytes("Sealed")};
        packet.clear.resize(packet.clear.size() + sealer->tag_size());
        auto bytes = packet.clear;
        sealer->seal(at, bytes);
        EXPECT_EQ(to_hex(bytes), to_hex(packet.sealed));
        expect_opens(*cipher->make_opener(*cipher, mac, keys), packet);
    }
}

TEST(Ciphers, WhatIsSealedOpensInOrder)
{
    test::SeededRandom random{1};
    for (auto suite : all_suites()) {
        SCOPED_TRACE(suite.name());
        auto [sealer, opener] = make_pair(suite, random);
        for (auto& packet : seal_many(*sealer, 12, random)) {
            EXPECT_FALSE(same_bytes(Bytes{packet.clear}.subspan(4), Bytes{packet.sealed}.subspan(4)));
            expect_opens(*opener, packet);
        }
    }
}

TEST(Ciphers, PacketsMayComeInAnyOrderUnlessTheyChain)
{
    test::SeededRandom random{2};
    for (auto suite : all_suites()) {
        SCOPED_TRACE(suite.name());
        if (chains(suite))
            continue;
        auto [sealer, opener] = make_pair(suite, random);
        auto packets = seal_many(*sealer, 12, random);
        for (int i = 0; i < 24; ++i) {
            auto& packet = packets[random.below(packets.size())];
            auto sealed = packet.clear;
            sealer->seal(packet.at, sealed);
            EXPECT_EQ(sealed, packet.sealed);
            expect_opens(*opener, packet);
        }
    }
}

TEST(Ciphers, OneChangedBitIsRefused)
{
    test::SeededRandom random{3};
    for (auto suite : all_suites()) {
        SCOPED_TRACE(suite.name());
        auto [sealer, opener] = make_pair(suite, random);
        for (std::size_t payload_size : {20u, 1200u}) {
            auto clear = new_packet(*sealer, payload_size, random);
            auto sealed = clear;
            sealer->seal({}, sealed);
            std::size_t step = payload_size < 100 ? 1 : 101;
            for (std::size_t bit = 0; bit < 8 * sealed.size(); bit += step) {
                auto changed = sealed;
                changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
                auto result = opener->open({}, changed);
                ASSERT_FALSE(result) << bit;
                EXPECT_EQ(result.error().kind, ErrorKind::peer_misbehaved);
                EXPECT_EQ(result.error().reason, DisconnectReason::mac_error);
                EXPECT_EQ(result.error().what, suite.mac ? "Corrupted MAC on input."
                                                         : "message authentication code incorrect");
            }
            expect_opens(*opener, {{}, clear, sealed});
        }
    }
}

TEST(Ciphers, AnotherPositionIsRefused)
{
    test::SeededRandom random{4};
    for (auto suite : all_suites()) {
        SCOPED_TRACE(suite.name());
        auto [sealer, opener] = make_pair(suite, random);
        auto sealed = new_packet(*sealer, 100, random);
        sealer->seal({}, sealed);
        EXPECT_FALSE(opener->open({SequenceNumber{1}, 1, 128}, sealed));
    }
}

TEST(Ciphers, LengthsThatSplitABlockAreRefused)
{
    test::SeededRandom random{5};
    for (auto suite : all_suites()) {
        if (suite.cipher->authenticates)
            continue;
        SCOPED_TRACE(suite.name());
        auto [sealer, opener] = make_pair(suite, random);
        ByteVector packet(4 + 33 + suite.mac->tag_size);
        if (!chains(suite))                                       // a chain takes whole blocks only
            sealer->seal({}, packet);
        EXPECT_FALSE(opener->open({}, packet));
    }
}

// What a reader says once `sealed` and then `more` bytes of rubbish have arrived.
std::optional<Error> told_after(Suite suite, Bytes sealed, std::size_t more)
{
    test::SeededRandom random{6};
    PacketReader reader;
    reader.take_keys(make_pair(suite, random).opener, false);
    std::size_t done = 0;
    while (done < sealed.size() + more) {
        auto space = reader.space();
        auto count = std::min(space.size(), sealed.size() + more - done);
        for (std::size_t i = 0; i < count; ++i)
            space[i] = done + i < sealed.size() ? sealed[done + i] : static_cast<std::uint8_t>(random.next());
        reader.received(count);
        done += count;
        if (auto packet = reader.next(); !packet)
            return packet.error();
    }
    return std::nullopt;
}

TEST(Ciphers, ABadLengthAndABadTagUnderCbcLookAlike)
{
    for (auto suite : all_suites()) {
        if (!suite.cipher->name.ends_with("-cbc") || suite.mac->encrypt_then_mac)
            continue;
        SCOPED_TRACE(suite.name());
        test::SeededRandom random{6};
        auto sealer = make_pair(suite, random).sealer;
        auto good = new_packet(*sealer, 100, random);
        sealer->seal({}, good);
        for (std::size_t at : {std::size_t{0}, std::size_t{3}, std::size_t{40}, good.size() - 1}) {
            auto bad = good;
            bad[at] ^= 0x5a;
            constexpr auto most = PacketReader::largest_after_login;
            EXPECT_FALSE(told_after(suite, bad, most - bad.size() - 1)) << at;
            auto error = told_after(suite, bad, most - bad.size());
            ASSERT_TRUE(error) << at;
            EXPECT_EQ(error->what, "Corrupted MAC on input.");
        }
    }
}

TEST(Ciphers, DefaultsAreInTheOrderUsersKnow)
{
    auto by_default = [](auto& row) { return row.offered == Offered::by_default; };
    EXPECT_EQ(names_of(ciphers(), by_default),
              "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,"
              "aes128-ctr,aes192-ctr,aes256-ctr");
    EXPECT_EQ(names_of(macs(), by_default),
              "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,"
              "hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,"
              "hmac-sha2-256,hmac-sha2-512,hmac-sha1");
    EXPECT_EQ(find_cipher("none"), nullptr);
    EXPECT_EQ(find_mac(""), nullptr);
}

} // namespace
} // namespace nacre
