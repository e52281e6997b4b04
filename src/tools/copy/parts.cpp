#include "tools/copy/parts.h"

#include <algorithm>

#include "base/contract.h"

namespace nacre {

namespace {

constexpr std::uint64_t unit = std::uint64_t{1} << 20;

std::uint64_t quotient_rounded_up(std::uint64_t number, std::uint64_t by) { return (number + by - 1) / by; }

} // namespace

// As many rounds as the bound makes necessary, and all of them alike.
Parts::Parts(std::uint64_t begin, std::uint64_t end, std::size_t ways) : frontier_(begin), next_(begin), end_(end)
{
    auto rounds = std::max<std::uint64_t>(1, quotient_rounded_up(end - begin, most * ways));
    part_size_ = std::max(unit, quotient_rounded_up(quotient_rounded_up(end - begin, rounds * ways), unit) * unit);
}

const Parts::Part* Parts::give(std::size_t way)
{
    if (next_ == end_)
        return nullptr;
    parts_.push_back({.begin = next_, .end = std::min(end_, next_ + part_size_), .way = way});
    next_ = parts_.back().end;
    return &parts_.back();
}

void Parts::first_is_in_place()
{
    NACRE_EXPECTS(!parts_.empty());
    frontier_ = parts_.front().end;
    parts_.pop_front();
}

} // namespace nacre
