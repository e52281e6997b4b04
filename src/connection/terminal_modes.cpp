#include "connection/terminal_modes.h"

#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {
namespace {

constexpr std::uint8_t end_of_modes = 0;                          // TTY_OP_END
constexpr std::uint8_t first_undefined = 160;

} // namespace

TerminalModes decode_terminal_modes(Bytes encoded)
{
    TerminalModes modes;
    Reader in{encoded};
    while (in.left() > 0) {
        auto opcode = in.u8();
        if (opcode == end_of_modes || opcode >= first_undefined)
            break;
        auto value = in.u32();
        if (!in.ok())
            break;
        if (modes.size() < first_undefined)
            modes.emplace_back(opcode, value);
    }
    return modes;
}

ByteVector encode_terminal_modes(const TerminalModes& modes)
{
    ByteVector encoded;
    Writer out{encoded};
    for (auto [opcode, value] : modes)
        out.u8(opcode).u32(value);
    out.u8(end_of_modes);
    return encoded;
}

} // namespace nacre
