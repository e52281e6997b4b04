// chacha20-poly1305@openssh.com (draft-ietf-sshm-chacha20-poly1305).
//
// Of the 64 key bytes the first half encrypts the packet and makes the Poly1305 key (block 0;
// the packet begins with block 1), the second half encrypts the four length bytes.  The nonce is
// the sequence number; the tag covers the encrypted length and the encrypted packet.
#include <algorithm>
#include <array>

#include "base/contract.h"
#include "base/secret.h"
#include "crypto/byte_order.h"
#include "crypto/chacha20.h"
#include "crypto/poly1305.h"
#include "transport/ciphers/makers.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t block_size = ChaCha20::block_size;

// Up to this size, the key block and the packet are encrypted in one call, in a copy: the call costs more than the
// bytes do.
constexpr std::size_t small_packet = 1024 - block_size;

class Protection {
public:
    explicit Protection(Bytes key)
        : packet_(key.first(ChaCha20::key_size)), length_(key.subspan(ChaCha20::key_size))
    {
    }
    ~Protection() { wipe(work_); }
    Protection(Protection&&) noexcept = default;
    Protection& operator=(Protection&&) noexcept = default;

    void apply_to_length(SequenceNumber sequence, MutableBytes length)
    {
        // A whole block costs less than four bytes: the rest of a block would be kept for later.
        std::array<std::uint8_t, block_size> key_stream{};
        length_.seek(nonce_of(sequence), 0);
        length_.apply(key_stream);
        for (std::size_t i = 0; i < length_size; ++i)
            length[i] ^= key_stream[i];
    }

    void seal(SequenceNumber sequence, MutableBytes packet)
    {
        auto body = packet.subspan(length_size, packet.size() - length_size - Poly1305::tag_size);
        apply_to_length(sequence, packet.first(length_size));
        packet_.seek(nonce_of(sequence), 0);
        auto work = MutableBytes{work_};
        std::ranges::fill(work.first(block_size), std::uint8_t{0});
        if (body.size() <= small_packet) {
            auto copy = work.subspan(block_size, body.size());
            std::ranges::copy(body, copy.begin());
            packet_.apply(work.first(block_size + body.size()));
            std::ranges::copy(copy, body.begin());
        } else {
            packet_.apply(work.first(block_size));
            packet_.apply(body);
        }
        mac_.compute(work.first(Poly1305::key_size), packet.first(length_size + body.size()),
                     packet.last(Poly1305::tag_size));
    }

    Result<void> open(SequenceNumber sequence, MutableBytes packet)
    {
        auto body = packet.subspan(length_size, packet.size() - length_size - Poly1305::tag_size);
        auto copied = body.first(body.size() <= small_packet ? body.size() : 0);
        auto work = MutableBytes{work_}.first(block_size + copied.size());
        auto copy = work.subspan(block_size);
        std::ranges::fill(work.first(block_size), std::uint8_t{0});
        std::ranges::copy(copied, copy.begin());
        packet_.seek(nonce_of(sequence), 0);
        packet_.apply(work);

        std::array<std::uint8_t, Poly1305::tag_size> expected;
        mac_.compute(work.first(Poly1305::key_size), packet.first(length_size + body.size()), expected);
        if (!equal_in_constant_time(expected, packet.last(Poly1305::tag_size))) {
            wipe(copy);
            return peer_misbehaved("message authentication code incorrect", DisconnectReason::mac_error);
        }
        // The packet is as long as its length said, so there is nothing to decrypt for it.
        Writer::store_u32(packet.data(), static_cast<std::uint32_t>(body.size()));
        if (copied.empty())
            packet_.apply(body);
        std::ranges::copy(copy, copied.begin());
        wipe(copy);
        return {};
    }

private:
    Protection(ChaCha20 packet, ChaCha20 length) : packet_(std::move(packet)), length_(std::move(length)) {}

    static std::array<std::uint8_t, ChaCha20::nonce_size> nonce_of(SequenceNumber sequence)
    {
        return big_endian_bytes(sequence.value);
    }

    ChaCha20 packet_, length_;
    Poly1305 mac_;
    std::array<std::uint8_t, block_size + small_packet> work_;
};

class Sealer final : public PacketSealer {
public:
    explicit Sealer(Protection protection) : protection_(std::move(protection)) {}

    std::size_t alignment() const override { return 8; }
    bool length_is_encrypted() const override { return false; }
    std::size_t tag_size() const override { return Poly1305::tag_size; }
    void seal(PacketPosition at, MutableBytes packet) override { protection_.seal(at.sequence, packet); }

private:
    Protection protection_;
};

class Opener final : public PacketOpener {
public:
    explicit Opener(Protection protection) : protection_(std::move(protection)) {}

    std::size_t alignment() const override { return 8; }
    bool length_is_encrypted() const override { return false; }
    std::size_t tag_size() const override { return Poly1305::tag_size; }
    std::size_t header_size() const override { return length_size; }
    std::uint32_t length(PacketPosition at, Bytes header) override
    {
        std::array<std::uint8_t, length_size> clear;
        std::ranges::copy(header.first(length_size), clear.begin());
        protection_.apply_to_length(at.sequence, clear);
        return Reader{clear}.u32();
    }
    Result<void> open(PacketPosition at, MutableBytes packet) override
    {
        return protection_.open(at.sequence, packet);
    }

private:
    Protection protection_;
};

} // namespace

std::unique_ptr<PacketSealer> make_chacha20_poly1305_sealer(const Cipher& row, const Mac*, CipherKeys keys)
{
    NACRE_EXPECTS(keys.key.size() == row.key_size);
    return std::make_unique<Sealer>(Protection{keys.key});
}

std::unique_ptr<PacketOpener> make_chacha20_poly1305_opener(const Cipher& row, const Mac*, CipherKeys keys)
{
    NACRE_EXPECTS(keys.key.size() == row.key_size);
    return std::make_unique<Opener>(Protection{keys.key});
}

} // namespace nacre
