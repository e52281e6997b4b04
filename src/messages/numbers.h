// Message numbers: the ranges that belong to each layer (RFC 4250 §4.1.2).
#pragma once

#include <cstdint>

#include "base/strong.h"

namespace nacre {

constexpr bool is_key_exchange_message(MessageNumber n) { return n.value >= 20 && n.value <= 49; }
constexpr bool is_kex_method_message(MessageNumber n) { return n.value >= 30 && n.value <= 49; }
constexpr bool is_auth_message(MessageNumber n) { return n.value >= 50 && n.value <= 79; }
constexpr bool is_connection_message(MessageNumber n) { return n.value >= 80 && n.value <= 127; }

} // namespace nacre
