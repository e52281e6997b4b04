#include "sftp/frames.h"

#include <fmt/format.h>

#include "base/contract.h"

namespace nacre::sftp {

Result<std::optional<Bytes>> next_frame(Bytes received)
{
    Reader in{received};
    auto length = in.u32();
    if (!in.ok())
        return std::optional<Bytes>{};
    if (length == 0 || length > most_frame)
        return peer_misbehaved(fmt::format("a message of {} bytes", length));
    auto message = in.take(length);
    if (!in.ok())
        return std::optional<Bytes>{};
    return std::optional<Bytes>{message};
}

void FrameWriter::finish()
{
    NACRE_EXPECTS(size() <= most_frame);
    Writer::store_u32(&out_.data()[start_], static_cast<std::uint32_t>(size()));
    finished_ = true;
}

} // namespace nacre::sftp
