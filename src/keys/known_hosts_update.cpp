#include "keys/known_hosts_update.h"

#include <algorithm>

#include "base/text.h"

namespace nacre {
namespace {

bool is_for(const KnownHostsLine& line, std::span<const std::string> names)
{
    return std::ranges::any_of(names, [&](auto& name) { return line.matches(name); });
}

// "host", "host,address" or a hash of one of them.
bool is_for_these_alone(const KnownHostsLine& line, std::span<const std::string> names)
{
    if (line.is_hashed())
        return true;
    return std::ranges::all_of(split(line.hosts, ','), [&](auto part) {
        return std::ranges::any_of(names, [&](auto& name) { return equal_ignoring_case(part, name); });
    });
}

bool contains(std::span<const PublicKey> keys, const PublicKey& key) { return std::ranges::find(keys, key) != keys.end(); }

template <class Visit>
void for_each_entry(std::string_view text, Visit visit)
{
    while (!text.empty()) {
        auto end = text.find('\n');
        auto whole = text.substr(0, end == std::string_view::npos ? text.size() : end + 1);
        auto parsed = parse_known_hosts_line(trim(whole));
        visit(whole, parsed && *parsed ? &**parsed : nullptr);
        text.remove_prefix(whole.size());
    }
}

} // namespace

HostKeyChanges compare_host_keys(std::span<const std::string> texts, std::span<const std::string> names,
                                 std::span<const PublicKey> shown)
{
    HostKeyChanges changes;
    std::vector<PublicKey> recorded;
    auto look_at = [&](std::string_view, const KnownHostsLine* line) {
        if (!line || !changes.obstacle.empty())
            return;
        bool ours = is_for(*line, names);
        if (ours && (line->marker != HostMarker::none || !is_for_these_alone(*line, names))) {
            changes.obstacle = "a line for this host has a marker, a wildcard or other names";
            return;
        }
        auto key = line->key();
        if (!key)
            return;
        if (!ours && line->marker == HostMarker::none && contains(shown, *key))
            changes.obstacle = "one of the keys is recorded under another name, too";
        else if (ours && contains(shown, *key))
            recorded.push_back(std::move(*key));
        else if (ours && !contains(changes.stale, *key))
            changes.stale.push_back(std::move(*key));
    };
    for (auto& text : texts)
        for_each_entry(text, look_at);
    for (auto& key : shown)
        if (!contains(recorded, key) && !contains(changes.fresh, key))
            changes.fresh.push_back(key);
    return changes;
}

std::string without_host_keys(std::string_view text, std::span<const std::string> names, std::span<const PublicKey> keys)
{
    std::string kept;
    for_each_entry(text, [&](std::string_view whole, const KnownHostsLine* line) {
        if (line && line->marker == HostMarker::none && is_for(*line, names)) {
            auto key = line->key();
            if (key && contains(keys, *key))
                return;
        }
        kept += whole;
    });
    return kept;
}

} // namespace nacre
