#include "sftp/frames.h"

#include "base/contract.h"

namespace nacre::sftp {

void FrameWriter::finish()
{
    NACRE_EXPECTS(fits());
    set_frame_length(out_.data().subspan(start_));
    finished_ = true;
}

} // namespace nacre::sftp
