#include "transport/packet_writer.h"

#include <algorithm>
#include <cstring>

#include "base/contract.h"

namespace nacre {
namespace {

constexpr std::size_t head_size = 5;                              // packet_length, padding_length
constexpr std::size_t most_padding = 4 + 32;
constexpr std::size_t most_tag = 64;
constexpr std::size_t smallest_bare_packet = 5;                   // as packet_length says; OpenSSH takes none that is smaller
constexpr std::size_t idle_memory = 32 * 1024;                    // an emptied buffer that has used more is given back

} // namespace

void PacketWriter::append_line(std::string_view line)
{
    out_.append(as_bytes(line));
    out_.append(as_bytes("\r\n"));
}

MutableBytes PacketWriter::begin_packet(std::size_t largest)
{
    if (compressor_) {
        uncompressed_.consume(uncompressed_.size());
        return uncompressed_.space(largest).first(largest);
    }
    return out_.space(head_size + largest + most_padding + most_tag).subspan(head_size, largest);
}

void PacketWriter::end_packet(std::size_t payload_size)
{
    NACRE_EXPECTS(payload_size > 0);
    if (!compressor_) {
        auto sizes = layout(payload_size);
        auto packet = out_.space(sizes.total).first(sizes.total);
        finish(packet, payload_size, sizes);
        return;
    }
    uncompressed_.filled(payload_size);
    Buffer compressed;
    compressor_->compress(uncompressed_.data(), compressed);
    compression_.plain += payload_size;
    compression_.compressed += compressed.size();
    auto sizes = layout(compressed.size());
    auto packet = out_.space(sizes.total).first(sizes.total);
    std::memcpy(packet.subspan(head_size).data(), compressed.data().data(), compressed.size());
    finish(packet, compressed.size(), sizes);
}

void PacketWriter::send(Bytes payload)
{
    std::memcpy(begin_packet(payload.size()).data(), payload.data(), payload.size());
    end_packet(payload.size());
}

// "the length of the concatenation of 'packet_length', 'padding_length', 'payload', and 'random padding' MUST be a
// multiple of the cipher block size or 8, whichever is larger.  … There MUST be at least four bytes of padding"
// (RFC 4253 §6).  Where the length field is not encrypted with the rest it does not count.
PacketWriter::Layout PacketWriter::layout(std::size_t payload_size) const
{
    if (bare_) {
        std::size_t padding = smallest_bare_packet - std::min(smallest_bare_packet, 1 + payload_size);
        return {.padding = padding, .total = head_size + payload_size + padding};
    }
    std::size_t alignment = sealer_ ? sealer_->alignment() : 8;
    std::size_t tag = sealer_ ? sealer_->tag_size() : 0;
    bool count_length = sealer_ ? sealer_->length_is_encrypted() : true;
    std::size_t covered = payload_size + 1 + (count_length ? 4 : 0);
    std::size_t padding = alignment - covered % alignment;
    if (padding < 4)
        padding += alignment;
    return {.padding = padding, .total = head_size + payload_size + padding + tag};
}

void PacketWriter::finish(MutableBytes packet, std::size_t payload_size, Layout sizes)
{
    auto length = static_cast<std::uint32_t>(1 + payload_size + sizes.padding);
    Writer::store_u32(packet.data(), length);
    packet[4] = static_cast<std::uint8_t>(sizes.padding);
    random_.fill(packet.subspan(head_size + payload_size, sizes.padding));

    if (sealer_)
        pending_.push_back({transmitted_ + out_.size(), sizes.total, position_});
    out_.filled(sizes.total);
    ++position_.sequence.value;
    ++position_.packet;
    position_.offset += length + (sealer_ && sealer_->length_is_encrypted() ? 4 : 0);
}

void PacketWriter::take_keys(std::unique_ptr<PacketSealer> sealer, bool reset_sequence)
{
    seal_pending();
    sealer_ = std::move(sealer);
    position_ = {.sequence = reset_sequence ? SequenceNumber{0} : position_.sequence};
}

void PacketWriter::seal_pending()
{
    for (auto& packet : pending_)
        sealer_->seal(packet.position, out_.data().subspan(packet.at - transmitted_, packet.size));
    pending_.clear();
}

Bytes PacketWriter::to_transmit()
{
    seal_pending();
    return out_.data();
}

void PacketWriter::transmitted(std::size_t count)
{
    out_.consume(count);
    transmitted_ += count;
    if (out_.empty() && out_.touched() > idle_memory && count < idle_memory / 4)
        out_.release();                                           // the burst is over
}

} // namespace nacre
