// Groups for group exchange out of an open moduli file (ModuliFile).
#pragma once

#include <optional>
#include <string>

#include "crypto/random.h"
#include "os/fd.h"
#include "transport/kex_method.h"

namespace nacre {

// The file is read when the first client asks, and kept: the process that asks may read descriptors and nothing more.
class ModuliFile final : public GroupSource {
public:
    ModuliFile(Fd file, Random& random) : file_(std::move(file)), random_(random) {}

    std::optional<Group> choose(std::uint32_t min_bits, std::uint32_t wanted_bits, std::uint32_t max_bits) override;

    static constexpr std::size_t largest = 4 * 1024 * 1024;       // what lies behind is not looked at

private:
    void read();

    Fd file_;                                                     // closed once it was read
    std::string text_;
    Random& random_;
};

} // namespace nacre
