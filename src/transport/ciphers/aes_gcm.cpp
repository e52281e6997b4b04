// aes128-gcm@openssh.com and aes256-gcm@openssh.com: RFC 5647 with the negotiation of an
// ordinary cipher (the MAC list is ignored).
//
// RFC 5647 §7.1: the nonce is 4 fixed bytes and an invocation counter of 8 bytes that begins
// where the key exchange says and counts packets.  §7.3: the length is sent in clear and is
// the associated data.
#include <algorithm>
#include <array>

#include "base/contract.h"
#include "base/secret.h"
#include "crypto/aes.h"
#include "crypto/byte_order.h"
#include "transport/ciphers/makers.h"
#include "wire/reader.h"

namespace nacre {

namespace {

constexpr std::size_t length_size = 4;

class NonceCounter {
public:
    explicit NonceCounter(Bytes iv)
    {
        Reader in{iv};
        fixed_ = in.u32();
        first_invocation_ = in.u64();
    }
    // The nonce of a packet, followed by four zeros.
    AesBlock at(std::uint64_t packet) const
    {
        std::uint64_t invocation = first_invocation_ + packet;    // modulo 2^64, as the RFC's counter
        return big_endian_bytes(std::uint64_t{fixed_} << 32 | invocation >> 32, invocation << 32);
    }

private:
    std::uint32_t fixed_;
    std::uint64_t first_invocation_;
};

// A packet taken apart.
struct Parts {
    MutableBytes length, body, tag;

    explicit Parts(MutableBytes packet)
        : length(packet.first(length_size)),
          body(packet.subspan(length_size, packet.size() - length_size - AesGcm::tag_size)),
          tag(packet.last(AesGcm::tag_size))
    {
    }
};

class Sealer final : public PacketSealer {
public:
    Sealer(AesGcm gcm, NonceCounter nonce) : gcm_(std::move(gcm)), nonce_(nonce) {}

    std::size_t alignment() const override { return aes_block_size; }
    bool length_is_encrypted() const override { return false; }
    std::size_t tag_size() const override { return AesGcm::tag_size; }
    void seal(PacketPosition at, MutableBytes packet) override
    {
        Parts parts{packet};
        auto nonce = nonce_.at(at.packet);
        gcm_.seal(Bytes{nonce}.first(AesGcm::nonce_size), parts.length, parts.body, parts.tag);
    }

private:
    AesGcm gcm_;
    NonceCounter nonce_;
};

class Opener final : public PacketOpener {
public:
    Opener(AesGcm gcm, NonceCounter nonce) : gcm_(std::move(gcm)), nonce_(nonce) {}

    std::size_t alignment() const override { return aes_block_size; }
    bool length_is_encrypted() const override { return false; }
    std::size_t tag_size() const override { return AesGcm::tag_size; }
    std::size_t header_size() const override { return length_size; }
    std::uint32_t length(PacketPosition, Bytes header) override { return Reader{header}.u32(); }
    Result<void> open(PacketPosition at, MutableBytes packet) override
    {
        Parts parts{packet};
        auto nonce = nonce_.at(at.packet);
        if (!gcm_.open(Bytes{nonce}.first(AesGcm::nonce_size), parts.length, parts.body, parts.tag))
            return peer_misbehaved("message authentication code incorrect", DisconnectReason::mac_error);
        return {};
    }

private:
    AesGcm gcm_;
    NonceCounter nonce_;
};

} // namespace

std::unique_ptr<PacketSealer> make_aes_gcm_sealer(const Cipher& row, const Mac*, CipherKeys keys)
{
    NACRE_EXPECTS(keys.key.size() == row.key_size && keys.iv.size() == row.iv_size);
    return std::make_unique<Sealer>(AesGcm{keys.key}, NonceCounter{keys.iv});
}

std::unique_ptr<PacketOpener> make_aes_gcm_opener(const Cipher& row, const Mac*, CipherKeys keys)
{
    NACRE_EXPECTS(keys.key.size() == row.key_size && keys.iv.size() == row.iv_size);
    return std::make_unique<Opener>(AesGcm{keys.key}, NonceCounter{keys.iv});
}

} // namespace nacre
