#include "config/provenance.h"

#include <fmt/format.h>

#include <algorithm>

namespace nacre {
namespace {

constexpr std::size_t most_complaints = 200;                      // of each kind, and origins of a keyword: nobody reads more

bool add_once(std::vector<std::string>& list, std::string text)
{
    if (std::ranges::find(list, text) != list.end())
        return false;
    if (list.size() < most_complaints)
        list.push_back(std::move(text));
    return true;
}

} // namespace

bool Diagnostics::is_full() const { return errors.size() >= most_complaints; }

void Diagnostics::error(std::string text)
{
    if (add_once(errors, std::move(text)))
        ++error_count;
}
void Diagnostics::warning(std::string text) { add_once(warnings, std::move(text)); }
void Diagnostics::note(std::string text) { add_once(notes, std::move(text)); }

std::string place(const Origin& origin)
{
    return origin.is_command_line() ? "command line" : fmt::format("{} line {}", origin.file, origin.line);
}

std::string place_of_unknown(const Origin& origin)
{
    return origin.is_command_line() ? place(origin) : fmt::format("{}: line {}", origin.file, origin.line);
}

void Provenance::add_once(Places& places, std::string_view keyword, Origin origin)
{
    auto found = places.find(keyword);
    auto& origins = found == places.end() ? places[std::string{keyword}] : found->second;
    if (origins.size() < most_complaints && std::ranges::find(origins, origin) == origins.end())
        origins.push_back(std::move(origin));
}

const std::vector<Origin>& Provenance::find(const Places& places, std::string_view keyword)
{
    static const std::vector<Origin> nowhere;
    auto found = places.find(keyword);
    return found == places.end() ? nowhere : found->second;
}

void Provenance::add(std::string_view keyword, Origin origin) { add_once(origins_, keyword, std::move(origin)); }
const std::vector<Origin>& Provenance::of(std::string_view keyword) const { return find(origins_, keyword); }
const std::vector<Origin>& Provenance::lost(std::string_view keyword) const { return find(lost_, keyword); }

void Provenance::lose(std::string_view keyword, Origin origin)
{
    if (std::ranges::find(of(keyword), origin) == of(keyword).end())
        add_once(lost_, keyword, std::move(origin));
}

} // namespace nacre
