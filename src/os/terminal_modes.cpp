// RFC 4254 §8 and RFC 8160: which opcode is which bit or character of a termios.
#include <termios.h>

#include <array>

#include "os/terminal.h"

namespace nacre {
namespace {

using Opcode = std::uint8_t;

struct Character {
    Opcode opcode;
    std::size_t index;
};

struct Flag {
    Opcode opcode;
    tcflag_t termios::*field;
    tcflag_t bits;
};

struct Speed {
    std::uint32_t bits_per_second;
    speed_t code;
};

// What Linux lacks (11 VDSUSP, 15 VFLUSH, 17 VSTATUS) is not sent and passed over when received.
constexpr std::array characters{
    Character{1, VINTR},   Character{2, VQUIT},     Character{3, VERASE},  Character{4, VKILL},
    Character{5, VEOF},    Character{6, VEOL},      Character{7, VEOL2},   Character{8, VSTART},
    Character{9, VSTOP},   Character{10, VSUSP},    Character{12, VREPRINT}, Character{13, VWERASE},
    Character{14, VLNEXT}, Character{16, VSWTC},    Character{18, VDISCARD},
};

constexpr std::array flags{
    Flag{30, &termios::c_iflag, IGNPAR},  Flag{31, &termios::c_iflag, PARMRK},  Flag{32, &termios::c_iflag, INPCK},
    Flag{33, &termios::c_iflag, ISTRIP},  Flag{34, &termios::c_iflag, INLCR},   Flag{35, &termios::c_iflag, IGNCR},
    Flag{36, &termios::c_iflag, ICRNL},   Flag{37, &termios::c_iflag, IUCLC},   Flag{38, &termios::c_iflag, IXON},
    Flag{39, &termios::c_iflag, IXANY},   Flag{40, &termios::c_iflag, IXOFF},   Flag{41, &termios::c_iflag, IMAXBEL},
    Flag{42, &termios::c_iflag, IUTF8},   // RFC 8160
    Flag{50, &termios::c_lflag, ISIG},    Flag{51, &termios::c_lflag, ICANON},  Flag{52, &termios::c_lflag, XCASE},
    Flag{53, &termios::c_lflag, ECHO},    Flag{54, &termios::c_lflag, ECHOE},   Flag{55, &termios::c_lflag, ECHOK},
    Flag{56, &termios::c_lflag, ECHONL},  Flag{57, &termios::c_lflag, NOFLSH},  Flag{58, &termios::c_lflag, TOSTOP},
    Flag{59, &termios::c_lflag, IEXTEN},  Flag{60, &termios::c_lflag, ECHOCTL}, Flag{61, &termios::c_lflag, ECHOKE},
    Flag{62, &termios::c_lflag, PENDIN},  Flag{70, &termios::c_oflag, OPOST},   Flag{71, &termios::c_oflag, OLCUC},
    Flag{72, &termios::c_oflag, ONLCR},   Flag{73, &termios::c_oflag, OCRNL},   Flag{74, &termios::c_oflag, ONOCR},
    Flag{75, &termios::c_oflag, ONLRET},  Flag{92, &termios::c_cflag, PARENB},  Flag{93, &termios::c_cflag, PARODD},
};

// CS7 and CS8 are values of one field, not bits.
constexpr Opcode seven_bits = 90;
constexpr Opcode eight_bits = 91;
constexpr Opcode input_speed = 128;
constexpr Opcode output_speed = 129;

constexpr std::array speeds{
    Speed{0, B0},             Speed{50, B50},           Speed{75, B75},           Speed{110, B110},
    Speed{134, B134},         Speed{150, B150},         Speed{200, B200},         Speed{300, B300},
    Speed{600, B600},         Speed{1200, B1200},       Speed{1800, B1800},       Speed{2400, B2400},
    Speed{4800, B4800},       Speed{9600, B9600},       Speed{19200, B19200},     Speed{38400, B38400},
    Speed{57600, B57600},     Speed{115200, B115200},   Speed{230400, B230400},   Speed{460800, B460800},
    Speed{500000, B500000},   Speed{576000, B576000},   Speed{921600, B921600},   Speed{1000000, B1000000},
    Speed{1152000, B1152000}, Speed{1500000, B1500000}, Speed{2000000, B2000000}, Speed{2500000, B2500000},
    Speed{3000000, B3000000}, Speed{3500000, B3500000}, Speed{4000000, B4000000},
};

// "255 if none"; here a character that is switched off is 0.
constexpr std::uint32_t no_character = 255;
constexpr cc_t disabled = 0;

std::uint32_t to_number(speed_t code)
{
    for (auto& row : speeds)
        if (row.code == code)
            return row.bits_per_second;
    return 9600;
}

void apply_speed(termios& settings, Opcode opcode, std::uint32_t value)
{
    for (auto& row : speeds) {
        if (row.bits_per_second != value)
            continue;
        if (opcode == input_speed)
            ::cfsetispeed(&settings, row.code);
        else
            ::cfsetospeed(&settings, row.code);
        return;
    }
}

void apply_size(termios& settings, tcflag_t size)
{
    settings.c_cflag = (settings.c_cflag & ~static_cast<tcflag_t>(CSIZE)) | size;
}

void apply_one(termios& settings, Opcode opcode, std::uint32_t value)
{
    for (auto& row : characters)
        if (row.opcode == opcode && value <= 255)
            settings.c_cc[row.index] = value == no_character ? disabled : static_cast<cc_t>(value);
    for (auto& row : flags) {
        if (row.opcode != opcode)
            continue;
        auto& field = settings.*row.field;
        field = value != 0 ? field | row.bits : field & ~row.bits;
    }
    if (opcode == input_speed || opcode == output_speed)
        apply_speed(settings, opcode, value);
}

} // namespace

TerminalModeValues terminal_modes(const ::termios& settings)
{
    TerminalModeValues modes;
    modes.emplace_back(output_speed, to_number(::cfgetospeed(&settings)));
    modes.emplace_back(input_speed, to_number(::cfgetispeed(&settings)));
    for (auto& row : characters) {
        auto character = settings.c_cc[row.index];
        modes.emplace_back(row.opcode, character == disabled ? no_character : character);
    }
    for (auto& row : flags)
        modes.emplace_back(row.opcode, (settings.*row.field & row.bits) != 0 ? 1 : 0);
    auto size = settings.c_cflag & CSIZE;
    modes.emplace_back(seven_bits, size == CS7 ? 1 : 0);
    modes.emplace_back(eight_bits, size == CS8 ? 1 : 0);
    return modes;
}

void apply_terminal_modes(::termios& settings, std::span<const std::pair<std::uint8_t, std::uint32_t>> modes)
{
    bool eight = false;
    bool seven = false;
    for (auto& [opcode, value] : modes) {
        seven = seven || (opcode == seven_bits && value != 0);
        eight = eight || (opcode == eight_bits && value != 0);
        apply_one(settings, opcode, value);
    }
    // Peers that test bits say both for eight.
    if (eight)
        apply_size(settings, CS8);
    else if (seven)
        apply_size(settings, CS7);
}

} // namespace nacre
