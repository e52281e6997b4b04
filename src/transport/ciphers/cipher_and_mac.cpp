// AES-CTR (RFC 4344 §4) with a MAC of its own, in either order.
//
// RFC 4253 §6.4: the MAC covers sequence number and unencrypted packet, and everything but
// the MAC is encrypted.  The -etm@openssh.com modes: the length stays in clear, and the MAC
// covers sequence number, length and encrypted packet, so nothing is decrypted before it is
// known to be genuine.
#include <algorithm>
#include <array>
#include <optional>

#include "base/contract.h"
#include "crypto/aes.h"
#include "transport/ciphers/makers.h"
#include "transport/macs.h"
#include "wire/reader.h"

namespace nacre {

namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t largest_tag = 64;

using Tag = std::array<std::uint8_t, largest_tag>;

struct Protection {
    AesCtr cipher;
    std::unique_ptr<MacFunction> mac;
    std::size_t tag_size;
    bool encrypt_then_mac;

    MutableBytes encrypted_part(MutableBytes packet) const
    {
        std::size_t begin = encrypt_then_mac ? length_size : 0;
        return packet.subspan(begin, packet.size() - begin - tag_size);
    }

    MacFunction::Job mac_job(PacketPosition at, MutableBytes packet) const
    {
        return {at.sequence, packet.first(packet.size() - tag_size), packet.last(tag_size)};
    }

    void seal(PacketPosition at, MutableBytes packet)
    {
        auto [sequence, text, tag] = mac_job(at, packet);
        if (!encrypt_then_mac)
            mac->compute(sequence, text, tag);
        cipher.apply(at.offset, encrypted_part(packet));
        if (encrypt_then_mac)
            mac->compute(sequence, text, tag);
    }

    void seal_two(PacketSealer::Job first, PacketSealer::Job second)
    {
        auto one = mac_job(first.at, first.packet), other = mac_job(second.at, second.packet);
        if (!encrypt_then_mac)
            mac->compute_two(one, other);
        cipher.apply(first.at.offset, encrypted_part(first.packet));
        cipher.apply(second.at.offset, encrypted_part(second.packet));
        if (encrypt_then_mac)
            mac->compute_two(one, other);
    }

    std::uint32_t length(PacketPosition at, Bytes header)
    {
        auto clear = Reader{header}.u32();
        if (encrypt_then_mac)
            return clear;
        return clear ^ Reader{cipher.block(at.offset)}.u32();
    }

    // `known`: what the tag must be, where that was computed ahead.
    Result<void> open(PacketPosition at, MutableBytes packet, const std::optional<Tag>& known)
    {
        // RFC 4253 §6: whole blocks only; otherwise the next packet would begin inside one.
        if (encrypted_part(packet).size() % aes_block_size != 0)
            return peer_misbehaved("packet length is not a multiple of the block size");
        if (!encrypt_then_mac)
            cipher.apply(at.offset, encrypted_part(packet));
        auto expected = known.value_or(Tag{});
        auto tag = MutableBytes{expected}.first(tag_size);
        if (!known)
            mac->compute(at.sequence, packet.first(packet.size() - tag_size), tag);
        if (!equal_in_constant_time(tag, packet.last(tag_size)))
            return peer_misbehaved("Corrupted MAC on input.", DisconnectReason::mac_error);
        if (encrypt_then_mac)
            cipher.apply(at.offset, encrypted_part(packet));
        return {};
    }
};

class Sealer final : public PacketSealer {
public:
    explicit Sealer(Protection protection) : protection_(std::move(protection)) {}

    std::size_t alignment() const override { return aes_block_size; }
    bool length_is_encrypted() const override { return !protection_.encrypt_then_mac; }
    std::size_t tag_size() const override { return protection_.tag_size; }
    void seal(PacketPosition at, MutableBytes packet) override { protection_.seal(at, packet); }
    void seal_two(Job first, Job second) override { protection_.seal_two(first, second); }

private:
    Protection protection_;
};

// What the tags of two packets must be, before these have their turn.
class TagsAhead {
public:
    // Whether packets are there is for the clear lengths to say, which nobody has checked: only what has arrived is touched.
    void compute(Protection& protection, SequenceNumber sequence, Bytes arrived)
    {
        auto* known = find(sequence);
        auto first = whole_packet(arrived, protection.tag_size);
        auto second = whole_packet(arrived.subspan(first.size()), protection.tag_size);
        if (known || first.empty() || second.empty())
            return;
        SequenceNumber next{sequence.value + 1};
        entries_ = {Entry{sequence, first.size(), {}}, Entry{next, second.size(), {}}};
        auto job = [&](Entry& entry, Bytes packet) {
            return MacFunction::Job{entry.sequence, packet.first(packet.size() - protection.tag_size),
                                    MutableBytes{entry.tag}.first(protection.tag_size)};
        };
        protection.mac->compute_two(job(entries_[0], first), job(entries_[1], second));
    }

    // Of a packet of that size; once.
    std::optional<Tag> take(SequenceNumber sequence, std::size_t packet_size)
    {
        auto* entry = find(sequence);
        if (!entry || entry->packet_size != packet_size)
            return std::nullopt;
        entry->packet_size = 0;
        return entry->tag;
    }

private:
    struct Entry {
        SequenceNumber sequence{};
        std::size_t packet_size = 0;                              // 0: nothing is known
        Tag tag{};
    };
    Entry* find(SequenceNumber sequence)
    {
        auto is_it = [&](const Entry& entry) { return entry.packet_size != 0 && entry.sequence == sequence; };
        auto found = std::ranges::find_if(entries_, is_it);
        return found == entries_.end() ? nullptr : &*found;
    }
    // The packet at the beginning; empty: not all of it is there.
    static Bytes whole_packet(Bytes arrived, std::size_t tag_size)
    {
        if (arrived.size() < length_size)
            return {};
        std::size_t length = Reader{arrived}.u32(), around = length_size + tag_size;
        return arrived.size() >= around && length <= arrived.size() - around ? arrived.first(length + around) : Bytes{};
    }

    std::array<Entry, 2> entries_{};
};

class Opener final : public PacketOpener {
public:
    explicit Opener(Protection protection) : protection_(std::move(protection)) {}

    std::size_t alignment() const override { return aes_block_size; }
    bool length_is_encrypted() const override { return !protection_.encrypt_then_mac; }
    std::size_t tag_size() const override { return protection_.tag_size; }
    std::size_t header_size() const override { return protection_.encrypt_then_mac ? length_size : aes_block_size; }
    std::uint32_t length(PacketPosition at, Bytes header) override { return protection_.length(at, header); }
    void look_ahead(PacketPosition at, Bytes arrived) override
    {
        if (protection_.encrypt_then_mac && protection_.mac->gains_from_two())
            ahead_.compute(protection_, at.sequence, arrived);
    }
    Result<void> open(PacketPosition at, MutableBytes packet) override
    {
        return protection_.open(at, packet, ahead_.take(at.sequence, packet.size()));
    }

private:
    Protection protection_;
    TagsAhead ahead_;
};

Protection protection_of(const Cipher& row, const Mac* mac, CipherKeys keys)
{
    NACRE_EXPECTS(mac != nullptr && mac->tag_size <= largest_tag);
    NACRE_EXPECTS(keys.key.size() == row.key_size && keys.iv.size() == row.iv_size);
    return {AesCtr{keys.key, keys.iv}, mac->make(*mac, keys.mac_key), mac->tag_size, mac->encrypt_then_mac};
}

} // namespace

std::unique_ptr<PacketSealer> make_cipher_and_mac_sealer(const Cipher& row, const Mac* mac, CipherKeys keys)
{
    return std::make_unique<Sealer>(protection_of(row, mac, keys));
}

std::unique_ptr<PacketOpener> make_cipher_and_mac_opener(const Cipher& row, const Mac* mac, CipherKeys keys)
{
    return std::make_unique<Opener>(protection_of(row, mac, keys));
}

} // namespace nacre
