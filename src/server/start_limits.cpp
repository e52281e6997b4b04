#include "server/start_limits.h"

#include "server/source_network.h"

namespace nacre {

StartLimits::StartLimits(const ServerOptions& options)
    : limit_(options.max_startups), per_source_(options.per_source_max_startups), block_(options.per_source_net_block_size)
{
}

// From `begin` on a share of `rate` per cent is refused, rising to all of them at `full`.
StartLimits::Verdict StartLimits::judge(const std::string& address, std::uint32_t dice) const
{
    if (per_source_)
        if (auto found = by_source_.find(source_of(address)); found != by_source_.end() && found->second >= *per_source_)
            return Verdict::too_many_of_this_source;
    if (under_way_ < limit_.begin)
        return Verdict::welcome;
    if (under_way_ >= limit_.full || limit_.rate >= 100)
        return Verdict::too_many;
    auto share = limit_.rate + (100 - limit_.rate) * (under_way_ - limit_.begin) / (limit_.full - limit_.begin);
    return dice % 100 < share ? Verdict::too_many : Verdict::welcome;
}

void StartLimits::begun(const std::string& address)
{
    ++under_way_;
    ++by_source_[source_of(address)];
}

void StartLimits::over(const std::string& address)
{
    --under_way_;
    auto found = by_source_.find(source_of(address));
    if (found != by_source_.end() && --found->second == 0)
        by_source_.erase(found);
}

std::string StartLimits::source_of(const std::string& address) const { return source_network(address, block_); }

} // namespace nacre
