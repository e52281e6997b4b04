#include "server/asked_ports.h"

#include <iterator>

namespace nacre {

std::uint32_t AskedPorts::name_of(std::string_view address, std::uint32_t port) const
{
    return chosen_.contains({std::string{address}, port}) ? 0 : port;
}

std::uint32_t AskedPorts::cancelled(std::string_view address, std::uint32_t named)
{
    std::pair first{std::string{address}, named};
    auto found = chosen_.lower_bound(first);
    auto is_here = [&](auto place) { return place != chosen_.end() && place->first == address; };
    bool is_clear = is_here(found) && (named == 0 ? !is_here(std::next(found)) : found->second == named);
    if (!is_clear)
        return named;
    auto port = found->second;
    chosen_.erase(found);
    return port;
}

} // namespace nacre
