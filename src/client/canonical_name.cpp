#include "client/canonical_name.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/pattern.h"
#include "base/text.h"
#include "client/direct_connection.h"
#include "config/none.h"
#include "os/background_resolve.h"

namespace nacre {
namespace {

class Canonicalizer {
public:
    Canonicalizer(const ClientOptions& options, const LookUp& look_up, Log& log)
        : options_(options), look_up_(look_up), log_(log)
    {
    }

    Result<std::string> run() const
    {
        auto& host = options_.host_name;
        auto wanted = options_.canonicalize_hostname;
        bool direct = is_unset(options_.proxy_command) && is_unset(options_.proxy_jump);
        if (host.empty() || (!direct && wanted != Canonicalize::always))
            return host;
        if (wanted != Canonicalize::no) {
            auto found = TRY(in_domains());
            if (found)
                return *found;
        }
        // No domain has it: the name as it is may still be an alias.
        if (options_.canonicalize_permitted_cnames.empty())
            return host;
        auto resolved = look_up_(host);
        return resolved ? followed(host, resolved->canonical_name) : host;
    }

private:
    Result<std::optional<std::string>> in_domains() const
    {
        auto& host = options_.host_name;
        if (host.ends_with('.')) {
            if (auto resolved = look_up_(host))
                return followed(host.substr(0, host.size() - 1), resolved->canonical_name);
            return not_found();
        }
        if (std::ranges::count(host, '.') > static_cast<std::ptrdiff_t>(options_.canonicalize_max_dots))
            return std::nullopt;
        for (auto& domain : options_.canonical_domains) {
            if (is_none(domain))
                break;
            auto full = fmt::format("{}.{}", host, domain);
            if (auto resolved = look_up_(full + "."))             // with a dot at its end the search list has no say
                return followed(full, resolved->canonical_name);
        }
        return not_found();
    }

    Result<std::optional<std::string>> not_found() const
    {
        if (!options_.canonicalize_fallback_local)
            return bad_input(fmt::format("ssh: Could not resolve host \"{}\"", printable(options_.host_name)));
        log_.debug2("host {} not found in any suffix", printable(options_.host_name));
        return std::nullopt;
    }

    std::string followed(const std::string& name, std::string_view alias_of) const
    {
        auto target = to_lower(alias_of.ends_with('.') ? alias_of.substr(0, alias_of.size() - 1) : alias_of);
        for (auto& rule : options_.canonicalize_permitted_cnames) {
            if (target.empty() || target == name)
                break;
            if (matches_pattern_list(name, rule.source, Case::ignored) == PatternMatch::yes &&
                matches_pattern_list(target, rule.target, Case::ignored) == PatternMatch::yes) {
                log_.verbose("Canonicalized DNS aliased hostname \"{}\" => \"{}\"", printable(name), printable(target));
                return target;
            }
        }
        log_.debug1("Canonicalized hostname \"{}\" => \"{}\"", printable(options_.host_name), printable(name));
        return name;
    }

    const ClientOptions& options_;
    const LookUp& look_up_;
    Log& log_;
};

} // namespace

LookUp system_look_up(const ClientOptions& options)
{
    auto family = options.address_family;
    return [family, patience = patience_of(options)](const std::string& host) {
        return resolve_within(patience, {.host = host, .family = family, .want_canonical_name = true});
    };
}

Result<std::string> canonical_name(const ClientOptions& options, const LookUp& look_up, Log& log)
{
    // Also "127.1", which is an address, and has a usual form.
    if (auto address = resolve({.host = options.host_name, .numeric_only = true}); address && !options.host_name.empty())
        return address->addresses.front().host;
    return Canonicalizer{options, look_up, log}.run();
}

} // namespace nacre
