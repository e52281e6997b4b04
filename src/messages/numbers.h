// Message numbers and names (RFC 4250 §4.1), and the ranges that belong to each layer.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/strong.h"

namespace nacre {

// "SSH_MSG_KEXINIT", or "message 77" is left to the caller when this is empty.
std::string_view message_name(MessageNumber number);

// RFC 4250 §4.1.2: which layer a number belongs to.
constexpr bool is_transport_message(MessageNumber n) { return n.value >= 1 && n.value <= 49; }
constexpr bool is_key_exchange_message(MessageNumber n) { return n.value >= 20 && n.value <= 49; }
constexpr bool is_kex_method_message(MessageNumber n) { return n.value >= 30 && n.value <= 49; }
constexpr bool is_auth_message(MessageNumber n) { return n.value >= 50 && n.value <= 79; }
constexpr bool is_connection_message(MessageNumber n) { return n.value >= 80 && n.value <= 127; }
constexpr bool is_local_extension(MessageNumber n) { return n.value >= 192; }

} // namespace nacre
