// AES-CTR (RFC 4344 §4) with a MAC of its own, in either order.
//
// RFC 4253 §6.4: the MAC covers sequence number and unencrypted packet, and everything but
// the MAC is encrypted.  The -etm@openssh.com modes: the length stays in clear, and the MAC
// covers sequence number, length and encrypted packet, so nothing is decrypted before it is
// known to be genuine.
#include <algorithm>
#include <array>

#include "base/contract.h"
#include "crypto/aes.h"
#include "transport/ciphers/makers.h"
#include "transport/macs.h"
#include "wire/reader.h"

namespace nacre {

namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t largest_tag = 64;

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

    void seal(PacketPosition at, MutableBytes packet)
    {
        auto text = packet.first(packet.size() - tag_size);
        auto tag = packet.last(tag_size);
        if (!encrypt_then_mac)
            mac->compute(at.sequence, text, tag);
        cipher.apply(at.offset, encrypted_part(packet));
        if (encrypt_then_mac)
            mac->compute(at.sequence, text, tag);
    }

    std::uint32_t length(PacketPosition at, Bytes header)
    {
        auto clear = Reader{header}.u32();
        if (encrypt_then_mac)
            return clear;
        return clear ^ Reader{cipher.block(at.offset)}.u32();
    }

    Result<void> open(PacketPosition at, MutableBytes packet)
    {
        // RFC 4253 §6: whole blocks only; otherwise the next packet would begin inside one.
        if (encrypted_part(packet).size() % aes_block_size != 0)
            return peer_misbehaved("packet length is not a multiple of the block size");
        if (!encrypt_then_mac)
            cipher.apply(at.offset, encrypted_part(packet));
        std::array<std::uint8_t, largest_tag> expected;
        auto tag = MutableBytes{expected}.first(tag_size);
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

private:
    Protection protection_;
};

class Opener final : public PacketOpener {
public:
    explicit Opener(Protection protection) : protection_(std::move(protection)) {}

    std::size_t alignment() const override { return aes_block_size; }
    bool length_is_encrypted() const override { return !protection_.encrypt_then_mac; }
    std::size_t tag_size() const override { return protection_.tag_size; }
    std::size_t header_size() const override { return protection_.encrypt_then_mac ? length_size : aes_block_size; }
    std::uint32_t length(PacketPosition at, Bytes header) override { return protection_.length(at, header); }
    Result<void> open(PacketPosition at, MutableBytes packet) override { return protection_.open(at, packet); }

private:
    Protection protection_;
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
