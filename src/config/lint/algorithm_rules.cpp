#include "config/lint/algorithm_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/pattern.h"
#include "base/text.h"
#include "config/algorithm_lists.h"
#include "wire/name_list.h"

namespace nacre::lint {

namespace {

struct ListKeyword {
    std::string_view name;
    AlgorithmList list;
};

constexpr std::array list_keywords{
    ListKeyword{"CASignatureAlgorithms", AlgorithmList::ca_signatures},
    ListKeyword{"Ciphers", AlgorithmList::ciphers},
    ListKeyword{"HostKeyAlgorithms", AlgorithmList::signatures},
    ListKeyword{"HostbasedAcceptedAlgorithms", AlgorithmList::signatures},
    ListKeyword{"KexAlgorithms", AlgorithmList::kex_client},
    ListKeyword{"MACs", AlgorithmList::macs},
    ListKeyword{"PubkeyAcceptedAlgorithms", AlgorithmList::signatures},
};

struct Weakness {
    std::string_view pattern;
    std::string_view why;
};

constexpr std::array weaknesses{                                  // the first that matches is told
    Weakness{"arcfour*", "RC4 is broken"},
    Weakness{"blowfish-*", "64-bit blocks repeat within gigabytes"},
    Weakness{"cast128-*", "64-bit blocks repeat within gigabytes"},
    Weakness{"3des-*", "64-bit blocks repeat within gigabytes"},
    Weakness{"*-cbc*", "CBC lets attackers guess parts of the text"},
    Weakness{"hmac-md5*", "MD5 is broken"},
    Weakness{"hmac-ripemd160*", "nobody looks at RIPEMD-160 any more"},
    Weakness{"hmac-sha1-96*", "the tag is short and its hash is SHA-1"},
    Weakness{"diffie-hellman-group1-*", "1024-bit groups can be broken"},
    Weakness{"*-sha1", "signatures of the exchange with SHA-1 can be forged at a price"},
    Weakness{"ssh-dss*", "1024-bit DSA can be broken"},
    Weakness{"ssh-rsa*", "RSA signatures with SHA-1 can be forged at a price"},
};

bool is_post_quantum(std::string_view name) { return name.starts_with("mlkem") || name.starts_with("sntrup"); }

bool names_any(std::string_view pattern, std::string_view known)
{
    return std::ranges::any_of(split(known, ','), [&](auto name) { return matches_pattern(name, pattern); });
}

// `written`: names and patterns, with commas between.
void check_here(std::string_view written, AlgorithmList list, const Origin& origin, Findings& findings)
{
    auto known = known_algorithms(list);
    for (auto name : split(written, ','))
        if (!name.empty() && !names_any(name, known))
            findings.add(rule::algorithm_not_here, origin,
                         fmt::format("{} is not part of this version and will not be offered", printable(name)));
}

} // namespace

void check_algorithms(const DocumentLine& line, Findings& findings)
{
    auto row = std::ranges::find(list_keywords, line.keyword.name, &ListKeyword::name);
    if (row == list_keywords.end() || line.words.empty())
        return;
    std::string_view change = line.words.front();
    auto list = edit_algorithms(row->list, change);
    if (!list)
        return;                                                   // a bad value, which was told
    bool edits = change.starts_with('+') || change.starts_with('^') || change.starts_with('-');
    if (!change.starts_with('-'))
        check_here(change.substr(edits ? 1 : 0), row->list, line.origin, findings);
    auto defaults = default_algorithms(row->list);
    auto names = split(*list, ',');
    for (auto name : names) {
        auto weak = std::ranges::find_if(weaknesses, [&](auto& each) { return matches_pattern(name, each.pattern); });
        if (weak != weaknesses.end() && !list_contains(defaults, name))
            findings.add(rule::weak_algorithm, line.origin, fmt::format("{}: {}", printable(name), weak->why));
    }
    if (row->list == AlgorithmList::kex_client && std::ranges::none_of(names, is_post_quantum))
        findings.add(rule::no_post_quantum, line.origin,
                     "none of these key exchanges protects against a later quantum computer; mlkem768x25519-sha256 does");
}

} // namespace nacre::lint
