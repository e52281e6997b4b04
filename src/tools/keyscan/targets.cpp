#include "tools/keyscan/targets.h"

#include <fmt/format.h>

#include "base/text.h"

namespace nacre::keyscan {

namespace {

constexpr std::string_view blanks = " \t";

unsigned host_bits(const Network& network)
{
    return (network.address.family == IpFamily::v4 ? 32u : 128u) - network.prefix;
}

// The address that many behind the network's first.  Host bits are clear, so nothing carries out of them.
std::string nth_address(const Network& network, std::uint64_t offset)
{
    auto address = network.address;
    std::size_t last = (address.family == IpFamily::v4 ? 4u : 16u) - 1;
    for (std::size_t i = 0; i < sizeof offset && i <= last; ++i)
        address.bytes[last - i] = static_cast<std::uint8_t>(address.bytes[last - i] | (offset >> (8 * i) & 0xff));
    return to_text(address);
}

} // namespace

Result<void> Targets::add(std::string_view line)
{
    line = trim(line.substr(0, line.find('#')));
    if (line.empty())
        return {};
    if (entries_.size() >= most_lines)
        return bad_input(fmt::format("more than {} hosts", most_lines));
    auto hosts = line.substr(0, line.find_first_of(blanks));
    auto names = trim(line.substr(hosts.size()));
    names = names.substr(0, names.find_first_of(blanks));
    Entry entry;
    entry.target.names = names;
    if (hosts.contains('/')) {
        entry.network = TRY(parse_network(hosts));
        if (entry.network && host_bits(*entry.network) > most_host_bits)
            return bad_input(fmt::format("{} has more than 2^{} addresses", printable(hosts), most_host_bits));
    }
    if (!entry.network) {
        for (auto host : split(hosts, ','))
            if (!host.empty())
                entry.target.candidates.emplace_back(host);
        if (names.empty())
            entry.target.names = hosts;
    }
    entries_.push_back(std::move(entry));
    return {};
}

Result<void> Targets::add_file(std::string_view text)
{
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto end = text.find('\n');
        if (auto added = add(text.substr(0, end)); !added)
            return fail(in_context(fmt::format("line {}", number), added.error()));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return {};
}

std::optional<Target> Targets::next()
{
    if (next_ == entries_.size())
        return std::nullopt;
    auto& entry = entries_[next_];
    if (!entry.network)
        return entries_[next_++].target;
    auto address = nth_address(*entry.network, offset_);
    Target target{{address}, entry.target.names.empty() ? address : entry.target.names, true};
    if (++offset_ >> host_bits(*entry.network) != 0) {
        offset_ = 0;
        ++next_;
    }
    return target;
}

} // namespace nacre::keyscan
