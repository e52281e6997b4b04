#include "server/penalties.h"

#include <algorithm>

#include "base/address.h"
#include "config/none.h"
#include "server/source_network.h"

namespace nacre {

Penalties::Penalties(const ServerOptions& options)
    : penalties_(options.per_source_penalties), block_(options.per_source_net_block_size),
      exempt_(options.per_source_penalty_exempt_list), ipv4_{penalties_.max_sources4, penalties_.overflow, {}, {}},
      ipv6_{penalties_.max_sources6, penalties_.overflow6, {}, {}}
{
}

std::optional<Penalties::Penalty> Penalties::connection_ended(const std::string& address, LoginEnd end, TimePoint now)
{
    auto row = std::ranges::find(penalty_rows, end, &PenaltyRow::end);
    if (!penalties_.on || row == penalty_rows.end() || is_exempt(address))
        return std::nullopt;
    auto penalty = penalties_.*row->time;
    if (penalty.count() == 0)
        return std::nullopt;
    auto& table = table_of(address);
    table.forget_what_is_over(now);
    auto source = source_network(address, block_);
    auto found = table.entries.find(source);
    if (found == table.entries.end() && table.is_full()) {
        if (table.overflow == SourcePenalties::Overflow::deny_all)
            return std::nullopt;                                               // nobody is served as it is
        table.erase(std::string{table.by_time.begin()->second});  // the one who is free soonest
    }
    Entry entry{now, row->words};
    if (found != table.entries.end()) {
        entry = found->second;
        entry.why = row->words;
        table.erase(source);
    }
    entry.until = std::min(entry.until + penalty, now + penalties_.max);
    entry.is_felt |= entry.until - now >= penalties_.min;
    table.by_time.emplace(entry.until, source);
    table.entries.emplace(source, entry);
    return Penalty{entry.why, entry.until - now, entry.is_felt};
}

std::optional<Penalties::Ban> Penalties::ban(const std::string& address, TimePoint now)
{
    if (!penalties_.on || is_exempt(address))
        return std::nullopt;
    auto& table = table_of(address);
    table.forget_what_is_over(now);
    auto found = table.entries.find(source_network(address, block_));
    if (found != table.entries.end() && found->second.is_felt)
        return Ban{found->second.why, found->second.until - now};
    if (table.is_full() && table.overflow == SourcePenalties::Overflow::deny_all)
        return Ban{"too many sources are penalised", {}};
    return std::nullopt;
}

std::vector<Penalties::Record> Penalties::all() const
{
    std::vector<Record> records;
    for (auto* table : {&ipv4_, &ipv6_})
        for (auto& [source, entry] : table->entries)
            if (auto row = std::ranges::find(penalty_rows, entry.why, &PenaltyRow::words); row != penalty_rows.end())
                records.push_back({source, row->end, entry.until, entry.is_felt});
    return records;
}

void Penalties::restore(const Record& record, TimePoint now)
{
    auto row = std::ranges::find(penalty_rows, record.cause, &PenaltyRow::end);
    auto& table = record.source.contains(':') ? ipv6_ : ipv4_;
    if (!penalties_.on || row == penalty_rows.end() || record.until <= now || table.is_full()
        || table.entries.contains(record.source))
        return;
    auto until = std::min(record.until, now + penalties_.max);
    table.by_time.emplace(until, record.source);
    table.entries.emplace(record.source, Entry{until, row->words, record.is_felt});
}

Penalties::Table& Penalties::table_of(const std::string& address)
{
    auto parsed = parse_address(address);
    bool is_ipv6 = parsed && without_mapping(*parsed).family == IpFamily::v6;
    return is_ipv6 ? ipv6_ : ipv4_;
}

bool Penalties::is_exempt(const std::string& address) const
{
    if (is_unset(exempt_))
        return false;
    auto match = match_address_list(address, exempt_);
    return match && *match == PatternMatch::yes;
}

void Penalties::Table::forget_what_is_over(TimePoint now)
{
    while (!by_time.empty() && by_time.begin()->first <= now) {
        entries.erase(by_time.begin()->second);
        by_time.erase(by_time.begin());
    }
}

void Penalties::Table::erase(const std::string& source)
{
    auto found = entries.find(source);
    if (found == entries.end())
        return;
    by_time.erase({found->second.until, source});
    entries.erase(found);
}

} // namespace nacre
