// Builds packets where they leave (RFC 4253 §6), and seals them in batches.
//
// A packet's place in the output is reserved before its payload is known, so bulk data is
// read from its descriptor straight into the packet.  Sealing waits until the caller asks
// for the bytes: one pass over many packets.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/buffer.h"
#include "crypto/random.h"
#include "transport/compressions.h"
#include "transport/packet_cipher.h"
#include "wire/fields.h"

namespace nacre {

class PacketWriter {
public:
    explicit PacketWriter(Random& random) : random_(random) {}

    void append_line(std::string_view line);                      // the version line: no packet, no protection

    // Room for one payload of up to `largest` bytes, lying where the packet will be; then end_packet() with the true
    // size, or nothing: a packet that was begun and not ended does not exist.
    MutableBytes begin_packet(std::size_t largest);
    void end_packet(std::size_t payload_size);

    void send(Bytes payload);
    template <Message M>
    void send(const M& message)
    {
        scratch_.consume(scratch_.size());
        encode(Writer{scratch_}, message);
        send(Bytes{scratch_.data()});
    }

    // Everything from here on is protected by `sealer` (what came before, by the keys before).
    void take_keys(std::unique_ptr<PacketSealer> sealer, bool reset_sequence);
    void compress_with(std::unique_ptr<Compressor> compressor) { compressor_ = std::move(compressor); }
    void write_bare_packets() { bare_ = true; }                   // see Transport::Bare

    Bytes to_transmit();                                          // seals what is pending
    void transmitted(std::size_t count);
    std::size_t waiting() const { return out_.size(); }           // bytes not transmitted yet

    std::uint64_t total_bytes() const { return transmitted_ + out_.size(); }
    const CompressionCount& compression() const { return compression_; }
    const PacketPosition& position() const { return position_; }   // of the next packet

private:
    struct Pending {
        std::uint64_t at;                                         // counted from the first byte ever written
        std::size_t size;
        PacketPosition position;
    };
    struct Layout {
        std::size_t padding, total;                               // total: with length field and tag
    };
    Layout layout(std::size_t payload_size) const;
    void finish(MutableBytes packet, std::size_t payload_size, Layout sizes);
    void seal_pending();

    Random& random_;
    Buffer out_;
    Buffer scratch_;                                              // encoding, and payloads to be compressed
    std::vector<Pending> pending_;
    std::unique_ptr<PacketSealer> sealer_;
    std::unique_ptr<Compressor> compressor_;
    PacketPosition position_;
    std::uint64_t transmitted_ = 0;
    Buffer uncompressed_;
    CompressionCount compression_;
    bool bare_ = false;
};

} // namespace nacre
