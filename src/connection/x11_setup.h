// The first bytes of an X11 connection (X Window System Protocol §8), in which the program shows its cookie.
//
// Programs at the server's end only know a cookie that we made up; the display gets the real one in its place.  Whoever
// does not know the false one does not get through.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace nacre {

enum class X11Verdict { incomplete, accepted, refused };

// `first_bytes`: all that has come so far.  Accepted: `real` stands there instead of `fake` now, which must be of the
// same size.  The decision never takes more bytes than 12, the protocol's name and the cookie need.
X11Verdict exchange_cookie(MutableBytes first_bytes, std::string_view protocol, Bytes fake, Bytes real);

} // namespace nacre
