#include "runtime/channel_timeouts.h"

#include <algorithm>
#include <array>

#include "base/pattern.h"
#include "base/table.h"
#include "connection/channel_kinds.h"

namespace nacre {
namespace {

constexpr std::string_view all_together = "global";               // matched by no pattern

// Most kinds are called what they are called in CHANNEL_OPEN.
struct OtherName {
    std::string_view name, shown;
};
constexpr std::array other_names{
    OtherName{AgentChannel::name, "agent-connection"},
    OtherName{StandardAgentChannel::name, "agent-connection"},
    OtherName{TunnelChannel::name, "tun-connection"},
    OtherName{X11Channel::name, "x11-connection"},
};

Seconds global_timeout(const std::vector<ChannelTimeout>& rules)
{
    auto found = std::ranges::find(rules, all_together, &ChannelTimeout::type);
    return found == rules.end() ? Seconds{0} : found->idle;
}

} // namespace

std::string timeout_name_of(std::string_view kind)
{
    auto* other = find_by_name(other_names, kind);
    return std::string{other ? other->shown : kind};
}

// A rule for sessions is one for each kind of session.
Seconds timeout_of_kind(const std::vector<ChannelTimeout>& rules, std::string_view kind)
{
    auto family = kind.substr(0, kind.find(':'));
    auto found = std::ranges::find_if(rules, [&](auto& rule) {
        return rule.type != all_together && (matches_pattern(kind, rule.type) || matches_pattern(family, rule.type));
    });
    return found == rules.end() ? Seconds{0} : found->idle;
}

void ChannelTimeouts::attached(ChannelId channel, std::string kind)
{
    auto idle = timeout_of_kind(rules_, kind);
    if (idle == Seconds{0} && global_timeout(rules_) == Seconds{0})
        return;
    watched_[channel.value] = {std::move(kind), idle};
    look();
}

void ChannelTimeouts::closed(ChannelId channel)
{
    watched_.erase(channel.value);
    if (watched_.empty())
        timer_.reset();
}

TimePoint ChannelTimeouts::last_active(std::uint32_t channel) const
{
    return driver_.last_active({channel}).value_or(loop_.now());
}

std::vector<std::uint32_t> ChannelTimeouts::overdue(TimePoint now) const
{
    std::vector<std::uint32_t> channels;
    TimePoint any_active{};
    for (auto& [channel, watched] : watched_) {
        auto active = last_active(channel);
        any_active = std::max(any_active, active);
        if (watched.idle > Seconds{0} && active + watched.idle <= now)
            channels.push_back(channel);
    }
    auto global = global_timeout(rules_);
    if (global > Seconds{0} && any_active + global <= now) {
        channels.clear();
        for (auto& [channel, watched] : watched_)
            channels.push_back(channel);
    }
    return channels;
}

void ChannelTimeouts::look()
{
    for (auto channel : overdue(loop_.now())) {
        auto found = watched_.extract(channel);
        if (!found.empty())
            on_timeout_({channel}, found.mapped().kind);
    }
    if (watched_.empty()) {
        timer_.reset();
        return;
    }
    auto next = TimePoint::max();
    TimePoint any_active{};
    for (auto& [channel, watched] : watched_) {
        auto active = last_active(channel);
        any_active = std::max(any_active, active);
        if (watched.idle > Seconds{0})
            next = std::min<TimePoint>(next, active + watched.idle);
    }
    if (auto global = global_timeout(rules_); global > Seconds{0})
        next = std::min<TimePoint>(next, any_active + global);
    timer_ = loop_.at(next, [this] { look(); });
}

} // namespace nacre
