#include "transport/packet_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/contract.h"
#include "wire/reader.h"

namespace nacre {
namespace {

constexpr std::size_t smallest_read = 4 * 1024;
constexpr std::size_t largest_read = 512 * 1024;                  // about half of a core's second-level cache
constexpr unsigned quiet_reads_before_shrinking = 32;

} // namespace

MutableBytes PacketReader::space()
{
    if (wipe_)
        in_.wipe_consumed();
    std::size_t missing = 0;
    if (length_) {
        std::size_t whole = 4 + *length_ + (opener_ ? opener_->tag_size() : 0);
        missing = whole - std::min(whole, in_.size());
    }
    if (in_.empty() && in_.capacity() > 4 * read_size_)
        in_.release();
    offered_ = std::max(read_size_, missing);
    return in_.space(offered_).first(offered_);
}

void PacketReader::received(std::size_t count)
{
    NACRE_EXPECTS(count <= offered_);
    in_.filled(count);
    total_ += count;
    adapt(count);
}

// Reads grow while they are filled to the brim and shrink when the line has gone quiet, so that bulk costs few system
// calls and an idle connection little memory.
void PacketReader::adapt(std::size_t count)
{
    if (count == offered_) {
        read_size_ = std::min(read_size_ * 2, largest_read);
        quiet_reads_ = 0;
    } else if (count < read_size_ / 8 && read_size_ > smallest_read) {
        if (++quiet_reads_ >= quiet_reads_before_shrinking) {
            read_size_ = smallest_read;
            quiet_reads_ = 0;
        }
    }
}

Result<std::optional<IncomingPacket>> PacketReader::next()
{
    auto length = TRY(this->length());
    if (!length)
        return std::nullopt;
    std::size_t tag = opener_ ? opener_->tag_size() : 0;
    std::size_t whole = 4 + *length + tag;
    if (in_.size() < whole)
        return std::nullopt;

    auto payload = TRY(open(in_.data().first(whole), *length));
    in_.consume(whole);
    length_.reset();

    IncomingPacket packet{position_.sequence, payload};
    ++position_.sequence.value;
    ++position_.packet;
    position_.offset += *length + (opener_ && opener_->length_is_encrypted() ? 4 : 0);
    return packet;
}

Result<std::optional<std::uint32_t>> PacketReader::length()
{
    if (length_)
        return length_;
    std::size_t header = opener_ ? opener_->header_size() : 4;
    if (in_.size() < header)
        return std::nullopt;
    std::uint32_t length =
        opener_ ? opener_->length(position_, in_.data().first(header)) : Reader{in_.data()}.u32();

    std::size_t alignment = opener_ ? opener_->alignment() : 8;
    bool counts = opener_ ? opener_->length_is_encrypted() : true;
    if (length < 1 + 4 || length > largest_packet_)
        return peer_misbehaved(fmt::format("Bad packet length {}.", length));
    std::size_t covered = length + (counts ? 4 : 0);
    if (covered % alignment != 0)
        return peer_misbehaved(
            fmt::format("padding error: need {} block {} mod {}", covered, alignment, covered % alignment));
    length_ = length;
    return length_;
}

Result<Bytes> PacketReader::open(MutableBytes packet, std::uint32_t length)
{
    if (opener_)
        TRY(opener_->open(position_, packet));
    std::size_t padding = packet[4];
    if (padding < 4 || padding + 1 >= length)
        return peer_misbehaved(fmt::format("padding error: {} bytes of padding in a packet of {}", padding, length));
    Bytes payload = packet.subspan(5, length - padding - 1);
    if (!decompressor_)
        return payload;
    decompressed_.consume(decompressed_.size());
    TRY(decompressor_->decompress(payload, decompressed_));
    if (decompressed_.empty())
        return peer_misbehaved("an empty packet", DisconnectReason::compression_error);
    return Bytes{decompressed_.data()};
}

void PacketReader::take_keys(std::unique_ptr<PacketOpener> opener, bool reset_sequence)
{
    NACRE_EXPECTS(!length_);
    opener_ = std::move(opener);
    position_ = {.sequence = reset_sequence ? SequenceNumber{0} : position_.sequence};
}

} // namespace nacre
