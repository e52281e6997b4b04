#include "tools/scp/old_stream.h"

#include <algorithm>
#include <thread>

#include "scp/records.h"

namespace nacre::scp_tool {

namespace {

constexpr std::size_t block = std::size_t{256} << 10;

Failure lost() { return peer_misbehaved("lost connection", DisconnectReason::connection_lost); }

} // namespace

void OldStream::pace(std::size_t bytes)
{
    if (bytes_per_second_ == 0)
        return;
    auto now = std::chrono::steady_clock::now();
    allowed_ = std::max(allowed_, now) + std::chrono::nanoseconds{bytes * 1'000'000'000 / bytes_per_second_};
    std::this_thread::sleep_until(allowed_);
}

Result<void> OldStream::write(Bytes bytes)
{
    auto step = bytes_per_second_ == 0 ? block : std::max<std::size_t>(bytes_per_second_ / 8, 1);
    while (!bytes.empty()) {
        auto piece = bytes.first(std::min(bytes.size(), step));
        if (!write_all(out_, piece))
            return lost();
        pace(piece.size());
        bytes = bytes.subspan(piece.size());
    }
    return {};
}

Result<bool> OldStream::fill()
{
    if (taken_ < buffer_.size())
        return true;
    buffer_.resize(block);
    taken_ = 0;
    auto io = read_some(in_, buffer_);
    buffer_.resize(io && !io->end ? io->bytes : 0);
    return !buffer_.empty();
}

Result<std::optional<std::uint8_t>> OldStream::byte()
{
    bool more = TRY(fill());
    if (!more)
        return std::optional<std::uint8_t>{};
    return std::optional{buffer_[taken_++]};
}

Result<std::string> OldStream::line()
{
    std::string line;
    for (;;) {
        auto next = TRY(byte());
        if (!next)
            return lost();
        if (*next == '\n')
            return line;
        if (line.size() >= scp::longest_line)
            return peer_misbehaved("protocol error: a line without an end");
        line += static_cast<char>(*next);
    }
}

Result<std::size_t> OldStream::some(MutableBytes space)
{
    if (taken_ == buffer_.size() && space.size() >= block) {      // straight to where it belongs
        auto io = TRY(read_some(in_, space));
        if (io.end)
            return lost();
        pace(io.bytes);
        return io.bytes;
    }
    bool more = TRY(fill());
    if (!more)
        return lost();
    auto count = std::min(space.size(), buffer_.size() - taken_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(taken_), count, space.begin());
    taken_ += count;
    pace(count);
    return count;
}

Result<OldStream::Reply> OldStream::reply()
{
    auto first = TRY(byte());
    if (!first)
        return lost();
    if (*first == 0)
        return Reply{.accepted = true};
    auto rest = TRY(line());
    bool known = *first == 1 || *first == 2;
    return Reply{.accepted = false, .ends = *first != 1, .complaint = known ? rest : static_cast<char>(*first) + rest};
}

} // namespace nacre::scp_tool
