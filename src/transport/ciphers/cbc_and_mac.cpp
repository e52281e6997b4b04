// CBC (RFC 4253 §6.3) with a MAC of its own, for old devices that are named in the configuration.
//
// Packets chain: each begins with the last block of the one before, so they are sealed and opened
// in order and there are no clones.  Where the length is encrypted too, an attacker who watches how
// we fail can learn plaintext (CVE-2008-5161); errors_tell() asks the reader to hide that.
#include <array>

#include "base/contract.h"
#include "crypto/cbc.h"
#include "transport/ciphers/makers.h"
#include "transport/macs.h"
#include "wire/reader.h"

namespace nacre {

namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t largest_tag = 64;
constexpr std::size_t largest_block = 16;

struct Protection {
    CbcChain chain;
    std::unique_ptr<MacFunction> mac;
    std::size_t tag_size;
    bool encrypt_then_mac;

    MutableBytes encrypted_part(MutableBytes packet) const
    {
        std::size_t begin = encrypt_then_mac ? length_size : 0;
        return packet.subspan(begin, packet.size() - begin - tag_size);
    }

    bool has_right_tag(SequenceNumber sequence, Bytes packet)
    {
        std::array<std::uint8_t, largest_tag> expected;
        auto tag = MutableBytes{expected}.first(tag_size);
        mac->compute(sequence, packet.first(packet.size() - tag_size), tag);
        return equal_in_constant_time(tag, packet.last(tag_size));
    }
};

Failure corrupted() { return peer_misbehaved("Corrupted MAC on input.", DisconnectReason::mac_error); }

class Sealer final : public PacketSealer {
public:
    explicit Sealer(Protection protection) : protection_(std::move(protection)) {}

    std::size_t alignment() const override { return protection_.chain.block_size(); }
    bool length_is_encrypted() const override { return !protection_.encrypt_then_mac; }
    std::size_t tag_size() const override { return protection_.tag_size; }
    void seal(PacketPosition at, MutableBytes packet) override
    {
        auto text = packet.first(packet.size() - protection_.tag_size);
        auto tag = packet.last(protection_.tag_size);
        if (!protection_.encrypt_then_mac)
            protection_.mac->compute(at.sequence, text, tag);
        protection_.chain.apply(protection_.encrypted_part(packet));
        if (protection_.encrypt_then_mac)
            protection_.mac->compute(at.sequence, text, tag);
    }

private:
    Protection protection_;
};

class Opener final : public PacketOpener {
public:
    explicit Opener(Protection protection) : protection_(std::move(protection)) {}

    std::size_t alignment() const override { return protection_.chain.block_size(); }
    bool length_is_encrypted() const override { return !protection_.encrypt_then_mac; }
    std::size_t tag_size() const override { return protection_.tag_size; }
    std::size_t header_size() const override
    {
        return protection_.encrypt_then_mac ? length_size : protection_.chain.block_size();
    }
    std::uint32_t length(PacketPosition, Bytes header) override
    {
        if (protection_.encrypt_then_mac)
            return Reader{header}.u32();
        std::array<std::uint8_t, largest_block> block;
        auto first = MutableBytes{block}.first(header.size());
        std::copy(header.begin(), header.end(), first.begin());
        protection_.chain.look(first);
        return Reader{first}.u32();
    }
    Result<void> open(PacketPosition at, MutableBytes packet) override
    {
        auto encrypted = protection_.encrypted_part(packet);
        if (encrypted.size() % protection_.chain.block_size() != 0)
            return corrupted();
        if (protection_.encrypt_then_mac) {
            if (!protection_.has_right_tag(at.sequence, packet))
                return corrupted();
            protection_.chain.apply(encrypted);
            return {};
        }
        // The chain moves on only if the packet is genuine; its next link is overwritten by then.
        std::array<std::uint8_t, largest_block> link;
        auto last = encrypted.last(protection_.chain.block_size());
        std::copy(last.begin(), last.end(), link.begin());
        protection_.chain.look(encrypted);
        if (!protection_.has_right_tag(at.sequence, packet))
            return corrupted();
        protection_.chain.go_on_after(Bytes{link}.first(last.size()));
        return {};
    }
    bool errors_tell() const override { return !protection_.encrypt_then_mac; }

private:
    Protection protection_;
};

CbcCipher kind_of(const Cipher& row)
{
    if (row.block_size == 8)
        return CbcCipher::des_ede3;
    return row.key_size == 16 ? CbcCipher::aes128 : row.key_size == 24 ? CbcCipher::aes192 : CbcCipher::aes256;
}

Protection protection_of(const Cipher& row, const Mac* mac, CipherKeys keys, CbcChain::Direction direction)
{
    NACRE_EXPECTS(mac != nullptr && mac->tag_size <= largest_tag);
    return {CbcChain{kind_of(row), direction, keys.key, keys.iv}, mac->make(*mac, keys.mac_key), mac->tag_size,
            mac->encrypt_then_mac};
}

} // namespace

std::unique_ptr<PacketSealer> make_cbc_and_mac_sealer(const Cipher& row, const Mac* mac, CipherKeys keys)
{
    return std::make_unique<Sealer>(protection_of(row, mac, keys, CbcChain::Direction::encrypt));
}

std::unique_ptr<PacketOpener> make_cbc_and_mac_opener(const Cipher& row, const Mac* mac, CipherKeys keys)
{
    return std::make_unique<Opener>(protection_of(row, mac, keys, CbcChain::Direction::decrypt));
}

} // namespace nacre
