// Finds packets in what arrived and opens them where they lie (RFC 4253 §6).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/buffer.h"
#include "base/result.h"
#include "transport/compressions.h"
#include "transport/packet_cipher.h"

namespace nacre {

struct IncomingPacket {
    SequenceNumber sequence;
    Bytes payload;                                                // at least one byte: the message number
};

class PacketReader {
public:
    MutableBytes space();                                         // ends the life of every payload handed out, but see decompresses()
    void received(std::size_t count);
    Buffer& raw() { return in_; }                                 // for the version line

    Result<std::optional<IncomingPacket>> next();

    void take_keys(std::unique_ptr<PacketOpener> opener, bool reset_sequence);
    void decompress_with(std::unique_ptr<Decompressor> decompressor) { decompressor_ = std::move(decompressor); }

    // Payloads are views into a buffer for one decompressed packet: each lasts until the next, whatever space() does.
    bool decompresses() const { return decompressor_ != nullptr; }
    const CompressionCount& compression() const { return compression_; }

    // The largest packet_length that is believed, and whether plaintext is wiped once it was looked at: small and yes
    // until the peer has proven who it is.
    void limit_packets_to(std::size_t bytes) { largest_packet_ = bytes; }
    void wipe_what_was_read(bool yes) { wipe_ = yes; }
    // Packets that need no padding and are a multiple of nothing: see Transport::Bare.
    void expect_bare_packets() { bare_ = true; }

    // Whether the next packet may still be incomplete.  False: as much waits here as the largest one has.
    bool lacks_bytes() const { return in_.size() < 4 + largest_packet_ + (opener_ ? opener_->tag_size() : 0); }

    std::uint64_t total_bytes() const { return total_; }
    const PacketPosition& position() const { return position_; }   // of the next packet

    static constexpr std::size_t largest_before_login = 64 * 1024;
    static constexpr std::size_t largest_after_login = 256 * 1024 + 64;

private:
    Result<std::optional<std::uint32_t>> length();
    Result<Bytes> payload_of(Bytes packet, std::uint32_t length);
    Result<std::optional<IncomingPacket>> swallow();
    void adapt(std::size_t count);

    Buffer in_;
    Buffer decompressed_;
    CompressionCount compression_;
    std::unique_ptr<PacketOpener> opener_;
    std::unique_ptr<Decompressor> decompressor_;
    PacketPosition position_;
    std::optional<std::uint32_t> length_;                         // of the packet at the front, once known
    // Set when a packet was bad under a cipher whose errors tell: that many bytes are read before anything is said.
    std::optional<std::size_t> to_swallow_;
    std::size_t largest_packet_ = largest_before_login;
    std::size_t read_size_ = 4 * 1024;
    std::size_t offered_ = 0;
    unsigned quiet_reads_ = 0;
    std::uint64_t total_ = 0;
    bool wipe_ = true;
    bool bare_ = false;
};

} // namespace nacre
