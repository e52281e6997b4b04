#include "config/provenance.h"

#include <fmt/format.h>

namespace nacre {

std::string place(const Origin& origin) { return fmt::format("{} line {}", origin.file, origin.line); }

const std::vector<Origin>& Provenance::of(std::string_view keyword) const
{
    static const std::vector<Origin> nowhere;
    auto found = origins_.find(keyword);
    return found == origins_.end() ? nowhere : found->second;
}

} // namespace nacre
