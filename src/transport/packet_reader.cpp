#include "transport/packet_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/contract.h"
#include "wire/reader.h"

namespace nacre {
namespace {

constexpr std::size_t smallest_read = 4 * 1024;
constexpr std::size_t largest_read = 256 * 1024;                  // more than that gains nothing and leaves the cache
constexpr unsigned quiet_reads_before_shrinking = 32;
constexpr std::size_t whole_of_bad_packet = PacketReader::largest_after_login;

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
    if (to_swallow_)
        return swallow();
    bool errors_tell = opener_ && opener_->errors_tell();
    auto length = this->length();
    if (!length && errors_tell) {
        to_swallow_ = whole_of_bad_packet;
        return swallow();
    }
    if (!length)
        return fail(std::move(length).error());
    if (!*length)
        return std::nullopt;
    std::size_t tag = opener_ ? opener_->tag_size() : 0;
    std::size_t whole = 4 + **length + tag;
    if (in_.size() < whole)
        return std::nullopt;

    if (opener_)
        if (auto opened = opener_->open(position_, in_.data().first(whole)); !opened) {
            if (!errors_tell)
                return fail(std::move(opened).error());
            to_swallow_ = whole_of_bad_packet;
            return swallow();
        }
    auto payload = TRY(payload_of(in_.data().first(whole), **length));
    in_.consume(whole);
    length_.reset();

    IncomingPacket packet{position_.sequence, payload};
    ++position_.sequence.value;
    ++position_.packet;
    position_.offset += **length + (opener_ && opener_->length_is_encrypted() ? 4 : 0);
    return packet;
}

// The bad packet and what follows, up to the size of the largest packet, so that neither the moment nor the words of
// our leaving depend on what the bad length decrypted to (CVE-2008-5161).
Result<std::optional<IncomingPacket>> PacketReader::swallow()
{
    length_.reset();
    std::size_t now = std::min(in_.size(), *to_swallow_);
    in_.consume(now);
    *to_swallow_ -= now;
    if (*to_swallow_ > 0)
        return std::nullopt;
    return peer_misbehaved("Corrupted MAC on input.", DisconnectReason::mac_error);
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

    std::size_t alignment = opener_ ? opener_->alignment() : bare_ ? 1 : 8;
    bool counts = opener_ ? opener_->length_is_encrypted() : true;
    if (length < (bare_ ? 1 + 1 : 1 + 4) || length > largest_packet_)
        return peer_misbehaved(fmt::format("Bad packet length {}.", length));
    std::size_t covered = length + (counts ? 4 : 0);
    if (covered % alignment != 0)
        return peer_misbehaved(
            fmt::format("padding error: need {} block {} mod {}", covered, alignment, covered % alignment));
    length_ = length;
    return length_;
}

Result<Bytes> PacketReader::payload_of(Bytes packet, std::uint32_t length)
{
    std::size_t padding = packet[4];
    if ((!bare_ && padding < 4) || padding + 1 >= length)
        return peer_misbehaved(fmt::format("padding error: {} bytes of padding in a packet of {}", padding, length));
    Bytes payload = packet.subspan(5, length - padding - 1);
    if (!decompressor_)
        return payload;
    decompressed_.consume(decompressed_.size());
    TRY(decompressor_->decompress(payload, decompressed_));
    compression_.plain += decompressed_.size();
    compression_.compressed += payload.size();
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
