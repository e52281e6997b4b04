#include "sftp/long_name.h"

#include <fmt/format.h>

#include <array>

#include "sftp/attributes.h"

namespace nacre::sftp {
namespace {

struct Kind {
    std::uint32_t bits;                                           // of st_mode
    char letter;
};

constexpr std::array kinds{
    Kind{mode_bits::regular, '-'}, Kind{mode_bits::directory, 'd'}, Kind{mode_bits::link, 'l'},
    Kind{0140000, 's'},                                           // socket
    Kind{0060000, 'b'}, Kind{0020000, 'c'},                       // devices
    Kind{0010000, 'p'},                                           // pipe
};

// "-rwxr-xr-x": where a special bit is set its letter stands for x, in capitals where x is not.
std::string mode_text(std::uint32_t mode)
{
    std::string text{"?rwxrwxrwx"};
    for (auto& [bits, letter] : kinds)
        if ((mode & mode_bits::kind) == bits)
            text[0] = letter;
    for (unsigned bit = 0; bit < 9; ++bit)
        if ((mode & (0400u >> bit)) == 0)
            text[bit + 1] = '-';
    auto special = [&](std::uint32_t bit, std::size_t at, char small) {
        if ((mode & bit) != 0)
            text[at] = text[at] == 'x' ? small : static_cast<char>(small - 'a' + 'A');
    };
    special(04000, 3, 's');
    special(02000, 6, 's');
    special(01000, 9, 't');
    return text;
}

} // namespace

std::string long_name(const ListedFile& file)
{
    return fmt::format("{:<11} {:>3} {:<8} {:<8} {:>8} {} {}", mode_text(file.mode), file.links, file.owner, file.group,
                       file.size, file.date, file.name);
}

} // namespace nacre::sftp
