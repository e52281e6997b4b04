// A whole message of SFTP, as a client or a server would have sent it.
#pragma once

#include "sftp/frames.h"

namespace nacre::sftp {

template <Declared T>
void append_frame(Buffer& out, const T& message)
{
    FrameWriter frame{out};
    encode(frame.write(), message);
    frame.finish();
}

} // namespace nacre::sftp
