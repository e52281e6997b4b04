// Messages behind their length (uint32), as agents, SFTP, control sockets and our helpers send them.
//
// A kind of them says which lengths can be.  The transport's packets have readers of their own (transport/).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre {

inline constexpr std::size_t frame_header_size = 4;               // bytes

struct FrameKind {                                                // what may be in front of such a message
    std::string_view message;                                     // what one is, for errors: "an agent message"
    std::size_t least;                                            // bytes after the length
    std::size_t most;

    // What the length at the front of `header` says; peer_misbehaved where it can be no message's.
    Result<std::size_t> length(Bytes header) const;
};

// The first whole message at the front of `received`, without its length; nothing while some of it is missing.  An
// error means that no further message can be found.
Result<std::optional<Bytes>> next_frame(Bytes received, const FrameKind& kind);

// Fills in the length at the front of a frame that is whole but for that.
void set_frame_length(MutableBytes frame);

} // namespace nacre
