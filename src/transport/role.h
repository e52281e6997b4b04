// Which end of a connection one is.
#pragma once

namespace nacre {

enum class Role { client, server };                               // who has connected, and to whom

} // namespace nacre
