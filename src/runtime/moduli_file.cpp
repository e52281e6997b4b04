#include "runtime/moduli_file.h"

#include <unistd.h>

#include <cerrno>

#include "keys/moduli.h"

namespace nacre {

void ModuliFile::read()
{
    constexpr std::size_t piece = 64 * 1024;
    std::size_t have = 0;
    while (have < largest) {
        text_.resize(have + piece);
        auto count = ::read(file_.number(), &text_[have], piece);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        have += static_cast<std::size_t>(count);
    }
    text_.resize(have);
    file_.close();
}

std::optional<Group> ModuliFile::choose(std::uint32_t min_bits, std::uint32_t wanted_bits, std::uint32_t max_bits)
{
    if (file_.is_open())
        read();
    auto modulus = choose_modulus(text_, min_bits, wanted_bits, max_bits, random_);
    if (!modulus)
        return std::nullopt;
    return Group{std::move(modulus->generator), std::move(modulus->prime)};
}

} // namespace nacre
