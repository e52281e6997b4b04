#include "keys/known_hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/pattern.h"
#include "base/table.h"
#include "base/text.h"
#include "crypto/hmac.h"
#include "keys/armor.h"
#include "wire/reader.h"

namespace nacre {

namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view hash_prefix = "|1|";                   // the only kind of hash there is
constexpr std::size_t salt_size = 20;

struct MarkerRow {
    std::string_view name;
    HostMarker marker;
};

constexpr std::array markers{
    MarkerRow{"@cert-authority", HostMarker::cert_authority},
    MarkerRow{"@revoked", HostMarker::revoked},
};

bool matches_hashed(std::string_view hosts, std::string_view name)
{
    if (!hosts.starts_with(hash_prefix))
        return false;
    auto parts = split(hosts.substr(hash_prefix.size()), '|');
    if (parts.size() != 2)
        return false;
    auto salt = from_base64(parts[0]);
    auto hash = from_base64(parts[1]);
    return salt && hash && same_bytes(hmac_of(HashKind::sha1, *salt, as_bytes(name)), *hash);
}

// Calls visit(number, line) for every line.
template <class Visit>
void each_line(std::string_view text, Visit visit)
{
    for (std::size_t number = 1; !text.empty(); ++number)
        visit(number, take_line(text));
}

// … and only with lines that can be split.
template <class Visit>
void each_entry(std::string_view text, Visit visit)
{
    each_line(text, [&](std::size_t number, std::string_view line) {
        auto entry = parse_known_hosts_line(line);
        if (entry && *entry)
            visit(number, **entry);
    });
}

bool matches_any(const KnownHostsLine& line, std::span<const std::string> names)
{
    return std::ranges::any_of(names, [&](auto& name) { return line.matches(name); });
}

// Calls edit(number, raw line, entry or nothing) for every line, or fails at the first unreadable one.  Keys need not be
// right: who removes a broken line names its host.
template <class Edit>
Result<void> each_line_to_edit(std::string_view text, Edit edit)
{
    std::optional<Error> error;
    each_line(text, [&](std::size_t number, std::string_view raw) {
        if (error)
            return;
        auto entry = parse_known_hosts_line(raw);
        if (!entry)
            error = in_context(fmt::format("line {}", number), entry.error());
        else
            edit(number, raw, *entry);
    });
    if (error)
        return fail(std::move(*error));
    return {};
}

} // namespace

bool KnownHostsLine::matches(std::string_view name) const
{
    if (is_hashed())
        return matches_hashed(hosts, name);
    return matches_pattern_list(name, hosts, Case::ignored) == PatternMatch::yes;
}

Result<PublicKey> KnownHostsLine::key() const
{
    return PublicKey::from_line(fmt::format("{} {}", key_type, key_base64));
}

Result<void> KnownHostsLine::check_key() const
{
    if (find_key_type(key_type)) {
        TRY(key());
        return {};
    }
    auto blob = from_base64(key_base64);
    if (!blob || Reader{*blob}.text() != key_type)
        return bad_input("not a public key");
    return {};
}

Result<std::optional<KnownHostsLine>> parse_known_hosts_line(std::string_view line)
{
    line = trim(line);
    if (line.empty() || line.starts_with('#'))
        return std::optional<KnownHostsLine>{};
    KnownHostsLine entry;
    if (line.starts_with('@')) {
        auto* row = find_by_name(markers, take_word(line, blanks));
        if (!row)
            return bad_input("unknown marker");
        entry.marker = row->marker;
    }
    entry.hosts = take_word(line, blanks);
    entry.key_type = take_word(line, blanks);
    entry.key_base64 = take_word(line, blanks);
    entry.comment = trim(line);
    if (entry.key_base64.empty())
        return bad_input("not a host name and a key");
    return std::optional{entry};
}

std::string host_name_in_file(std::string_view host, std::uint16_t port)
{
    auto name = to_lower(host);
    return port == 22 ? name : fmt::format("[{}]:{}", name, port);
}

void KnownHosts::add(std::string file_name, std::string text)
{
    files_.push_back({std::move(file_name), std::move(text)});
}

std::vector<KnownHostsMatch> KnownHosts::lookup(std::span<const std::string> names) const
{
    std::vector<KnownHostsMatch> matches;
    for (auto& file : files_)
        each_entry(file.text, [&](std::size_t number, const KnownHostsLine& line) {
            if (!matches_any(line, names))
                return;
            if (auto key = line.key())
                matches.push_back({{file.name, number}, line.marker, std::string{line.hosts}, std::move(*key)});
        });
    return matches;
}

HostKeyJudgement KnownHosts::judge(std::span<const std::string> names, const PublicKey& key) const
{
    std::vector<KnownHostsPlace> revoked;
    std::vector<KnownHostsPlace> same;
    std::vector<KnownHostsPlace> other;
    for (auto& match : lookup(names)) {
        bool is_same = match.key == key;
        if (match.marker == HostMarker::revoked && match.key.plain() == key.plain())
            revoked.push_back(match.place);
        if (match.marker != HostMarker::none)
            continue;
        if (is_same)
            same.push_back(match.place);
        else                                                      // of whatever type: an impostor has the choice
            other.push_back(match.place);
    }
    if (!revoked.empty())
        return {HostKeyStatus::revoked, std::move(revoked)};
    if (!same.empty())
        return {HostKeyStatus::known, std::move(same)};
    if (!other.empty())
        return {HostKeyStatus::changed, std::move(other)};
    return {HostKeyStatus::unknown, {}};
}

HostKeyJudgement KnownHosts::judge_authority(std::span<const std::string> names, const PublicKey& key,
                                             const PublicKey& authority) const
{
    std::vector<KnownHostsPlace> revoked;
    std::vector<KnownHostsPlace> vouching;
    for (auto& match : lookup(names)) {
        if (match.marker == HostMarker::revoked && (match.key == authority || match.key.plain() == key.plain()))
            revoked.push_back(match.place);
        if (match.marker == HostMarker::cert_authority && match.key == authority)
            vouching.push_back(match.place);
    }
    if (!revoked.empty())
        return {HostKeyStatus::revoked, std::move(revoked)};
    if (!vouching.empty())
        return {HostKeyStatus::known, std::move(vouching)};
    return {HostKeyStatus::unknown, {}};
}

bool KnownHosts::has_authority(std::span<const std::string> names) const
{
    return std::ranges::any_of(lookup(names), [](auto& match) { return match.marker == HostMarker::cert_authority; });
}

std::vector<KeyKind> KnownHosts::kinds_for(std::span<const std::string> names) const
{
    std::vector<KeyKind> kinds;
    for (auto& match : lookup(names))
        if (match.marker == HostMarker::none && std::ranges::find(kinds, match.key.kind()) == kinds.end())
            kinds.push_back(match.key.kind());
    return kinds;
}

std::vector<KnownHostsMatch> KnownHosts::places_of(const PublicKey& key) const
{
    auto base64 = to_base64(key.blob());
    std::vector<KnownHostsMatch> places;
    for (auto& file : files_)
        each_entry(file.text, [&](std::size_t number, const KnownHostsLine& line) {
            if (line.marker == HostMarker::none && line.key_base64 == base64 && line.key_type == key.type().name)
                places.push_back({{file.name, number}, line.marker, std::string{line.hosts}, key});
        });
    return places;
}

std::vector<KnownHostsProblem> KnownHosts::problems() const
{
    std::vector<KnownHostsProblem> problems;
    for (auto& file : files_)
        each_line(file.text, [&](std::size_t number, std::string_view raw) {
            auto entry = parse_known_hosts_line(raw);
            auto key = entry && *entry ? (*entry)->check_key() : Result<void>{};
            if (!entry || !key)
                problems.push_back({{file.name, number}, entry ? key.error().what : entry.error().what});
        });
    return problems;
}

std::string hash_host_name(std::string_view name, Random& random)
{
    auto salt = random.bytes<salt_size>();
    return fmt::format(
        "{}{}|{}", hash_prefix, to_base64(salt), to_base64(hmac_of(HashKind::sha1, salt, as_bytes(name))));
}

std::string known_hosts_line(std::string_view hosts, const PublicKey& key, std::string_view comment)
{
    return fmt::format("{} {}\n", hosts, key.line(comment));
}

Result<KnownHostsEdit> hash_known_hosts(std::string_view text, Random& random)
{
    KnownHostsEdit edit;
    auto keep = [&](std::string_view raw) { edit.text.append(raw).append("\n"); };
    TRY(each_line_to_edit(text, [&](std::size_t number, std::string_view raw, const auto& line) {
        if (!line || line->is_hashed() || line->marker != HostMarker::none)
            return keep(raw);
        if (line->hosts.find_first_of("*?!") != std::string_view::npos) {
            edit.wildcards.push_back(number);
            return keep(raw);
        }
        auto comment = line->comment.empty() ? "" : fmt::format(" {}", line->comment);
        for (auto name : split(line->hosts, ',')) {
            keep(fmt::format(
                "{} {} {}{}", hash_host_name(to_lower(name), random), line->key_type, line->key_base64, comment));
            ++edit.changed;
        }
        edit.lines.push_back(number);
    }));
    return edit;
}

Result<KnownHostsEdit> remove_known_host(std::string_view text, std::string_view name)
{
    KnownHostsEdit edit;
    TRY(each_line_to_edit(text, [&](std::size_t number, std::string_view raw, const auto& line) {
        if (line && line->marker == HostMarker::none && line->matches(name)) {
            ++edit.changed;
            edit.lines.push_back(number);
            return;
        }
        edit.text.append(raw).append("\n");
    }));
    return edit;
}

} // namespace nacre
