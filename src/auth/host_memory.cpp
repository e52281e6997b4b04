#include "auth/host_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "keys/known_hosts.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

constexpr std::size_t longest_word = 1024;                        // a name with its hash is far shorter
constexpr std::string_view heading =
    "# What ssh knows of servers to connect to them in fewer steps; see ConnectionMemory in ssh_config(5).\n";

std::string who(std::string_view user, std::string_view keys) { return fmt::format("{}@{}", user, keys); }

// Files of our own making have no patterns, so a name that was hashed is the only thing that could match.
bool hash_matches(std::string_view hashed, std::string_view name)
{
    KnownHostsLine line;
    line.hosts = hashed;
    return line.is_hashed() && line.matches(name);
}

bool read_number(std::uint32_t& number, std::string_view text)
{
    auto read = parse_number<std::uint32_t>(text);
    number = read.value_or(number);
    return read.has_value();
}

bool read_login(HostMemory& memory, std::string_view text)
{
    constexpr std::string_view quiet = ",quiet";
    bool is_quiet = text.ends_with(quiet);
    if (is_quiet)
        text.remove_suffix(quiet.size());
    if (!text.starts_with('|') || memory.logins.size() >= HostMemory::most_logins)
        return false;
    memory.logins.push_back({std::string{text}, is_quiet});
    return true;
}

// A line's words: NAME=VALUE, or a flag that says what is not as usual.
struct Word {
    std::string_view name;
    bool (*read)(HostMemory&, std::string_view value);
};
constexpr std::array words{
    Word{"kex", [](HostMemory& m, std::string_view value) { return !(m.kex_methods = value).empty(); }},
    Word{"host-key", [](HostMemory& m, std::string_view value) { return !(m.first_host_key_algorithm = value).empty(); }},
    Word{"channel", [](HostMemory& m, std::string_view value) { return read_number(m.first_channel, value); }},
    Word{"login", read_login},
};
struct Flag {
    std::string_view name;
    bool HostMemory::*member;
    bool value;
};
constexpr std::array flags{
    Flag{"ext-info", &HostMemory::sends_ext_info, true},
    Flag{"more", &HostMemory::key_sufficed, false},
    Flag{"slowly", &HostMemory::takes_haste, false},
    Flag{"other-key", &HostMemory::first_key_serves, false},
};

bool read_word(HostMemory& memory, std::string_view word)
{
    auto equals = word.find('=');
    auto name = word.substr(0, equals);
    if (equals == std::string_view::npos) {
        auto flag = std::ranges::find(flags, name, &Flag::name);
        if (flag == flags.end())
            return false;
        memory.*flag->member = flag->value;
        return true;
    }
    auto row = std::ranges::find(words, name, &Word::name);
    return row != words.end() && word.size() <= longest_word && row->read(memory, word.substr(equals + 1));
}

// A name of an algorithm that we have; of others nothing follows, and they are a stranger's words.
std::string known_kex(std::string_view list) { return list.empty() ? "-" : known_kex_methods(list); }
std::string_view known_signature(std::string_view name) { return find_signature_algorithm(name) ? name : "-"; }

std::string line_of(std::string_view host, const HostMemory& memory)
{
    auto line = fmt::format("{} kex={} host-key={} channel={}", host, known_kex(memory.kex_methods),
                            known_signature(memory.first_host_key_algorithm), memory.first_channel);
    for (auto& flag : flags)
        if (memory.*flag.member == flag.value)
            line += fmt::format(" {}", flag.name);
    for (auto& login : memory.logins)
        line += fmt::format(" login={}{}", login.who, login.quiet ? ",quiet" : "");
    return line + "\n";
}

bool is_plain(std::string_view word)
{
    return !word.empty() && std::ranges::all_of(word, [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

// A name that would not survive as a word of a line is hashed in any case.
bool may_be_written(std::string_view name) { return is_plain(name) && name.front() != '#' && name.front() != '|'; }

} // namespace

const HostMemory::Login* HostMemory::login_of(std::string_view user, std::string_view keys) const
{
    auto name = who(user, keys);
    auto found = std::ranges::find_if(logins, [&](auto& login) { return hash_matches(login.who, name); });
    return found == logins.end() ? nullptr : &*found;
}

bool HostMemory::remember_login(std::string_view user, std::string_view keys, bool quiet, Random& random)
{
    auto* known = login_of(user, keys);
    if (known && known == logins.data() && known->quiet == quiet)
        return false;
    forget_login(user, keys);
    logins.insert(logins.begin(), {hash_host_name(who(user, keys), random), quiet});
    if (logins.size() > most_logins)
        logins.pop_back();
    return true;
}

void HostMemory::forget_login(std::string_view user, std::string_view keys)
{
    if (auto* known = login_of(user, keys))
        logins.erase(logins.begin() + (known - logins.data()));
}

bool ConnectionMemory::Entry::is_of(std::string_view name) const { return host == name || hash_matches(host, name); }

ConnectionMemory ConnectionMemory::parse(std::string_view text, Log& log)
{
    ConnectionMemory memory;
    if (text.size() > largest_file) {
        log.debug1("connection memory: {} bytes are too many to be true", text.size());
        return memory;
    }
    std::size_t number = 0;
    for (auto line : split(text, '\n')) {
        ++number;
        if (line.empty() || line.starts_with('#'))
            continue;
        Entry entry;
        auto parts = split(line, ' ');
        entry.host = parts.front();
        bool sound = is_plain(entry.host) && parts.size() > 1 && memory.entries_.size() < most_hosts &&
                     std::all_of(parts.begin() + 1, parts.end(), [&](auto word) { return read_word(entry.memory, word); });
        if (sound)
            memory.entries_.push_back(std::move(entry));
        else
            log.debug1("connection memory: line {} is ignored", number);
    }
    return memory;
}

std::string ConnectionMemory::text() const
{
    std::string text{heading};
    for (auto& entry : entries_)
        text += line_of(entry.host, entry.memory);
    return text;
}

const HostMemory* ConnectionMemory::find(std::string_view host) const
{
    auto found = std::ranges::find_if(entries_, [&](auto& entry) { return entry.is_of(host); });
    return found == entries_.end() ? nullptr : &found->memory;
}

void ConnectionMemory::remember(std::string_view host, HostMemory memory, bool hashed, Random& random)
{
    std::erase_if(entries_, [&](auto& entry) { return entry.is_of(host); });
    if (entries_.size() >= most_hosts)
        entries_.erase(entries_.begin());
    entries_.push_back({hashed || !may_be_written(host) ? hash_host_name(host, random) : std::string{host}, std::move(memory)});
}

std::string_view kex_to_guess(std::string_view ours, const HostMemory& memory)
{
    auto theirs = first_of(memory.kex_methods);
    // A group's size depends on the ciphers (RFC 4419 §3).
    bool needs_more = theirs.starts_with("diffie-hellman-group-exchange-");
    bool is_agreed = !theirs.empty() && first_common(ours, memory.kex_methods) == theirs;
    return memory.takes_haste && is_agreed && !needs_more ? theirs : std::string_view{};
}

} // namespace nacre
