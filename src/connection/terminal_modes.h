// Encoded terminal modes (RFC 4254 §8): a list of opcode and value, on the wire a string.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace nacre {

using TerminalModes = std::vector<std::pair<std::uint8_t, std::uint32_t>>;   // opcode and value

// Opcodes 1–159 have a uint32 argument; 160–255 "are not yet defined, and cause parsing to stop"; 0 ends the list.
TerminalModes decode_terminal_modes(Bytes encoded);
ByteVector encode_terminal_modes(const TerminalModes& modes);     // for PtyRequest::modes

} // namespace nacre
