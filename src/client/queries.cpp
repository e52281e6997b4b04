#include "client/queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/table.h"
#include "base/text.h"
#include "config/algorithm_lists.h"
#include "keys/key_types.h"
#include "transport/ciphers.h"
#include "transport/compressions.h"
#include "transport/kex_method.h"

namespace nacre {
namespace {

constexpr auto every = [](auto&) { return true; };

std::string lines(std::string names)                              // a name-list
{
    std::ranges::replace(names, ',', '\n');
    if (!names.empty())
        names += '\n';
    return names;
}

template <AlgorithmList list>
std::string known()
{
    return lines(known_algorithms(list));
}

struct Query {
    std::string_view name;                                        // compared without regard to case
    bool is_keyword;                                              // of the configuration: not listed by "help"
    std::string (*answer)();
};

std::string help();

constexpr std::array queries{
    Query{"cipher", false, [] { return lines(names_of(ciphers(), every)); }},
    Query{"cipher-auth", false,
          [] { return lines(names_of(ciphers(), [](auto& cipher) { return cipher.authenticates; })); }},
    Query{"compression", false, [] { return lines(names_of(compressions(), every)); }},
    Query{"kex", false, [] { return lines(names_of(kex_methods(), every)); }},
    Query{"kex-gss", false, [] { return std::string{}; }},        // none is offered
    Query{"key", false, [] { return lines(names_of(key_types(), every)); }},
    Query{"key-cert", false, [] { return lines(names_of(key_types(), [](auto& type) { return type.listed && type.is_certificate(); })); }},
    Query{"key-plain", false, [] { return lines(names_of(key_types(), [](auto& type) { return type.listed && !type.is_certificate(); })); }},
    Query{"key-sig", false, [] { return lines(names_of(signature_algorithms(), [](auto& row) { return row.listed; })); }},
    Query{"mac", false, known<AlgorithmList::macs>},
    Query{"protocol-version", false, [] { return std::string{"2\n"}; }},
    Query{"sig", false, known<AlgorithmList::ca_signatures>},
    Query{"help", false, help},
    Query{"CASignatureAlgorithms", true, known<AlgorithmList::ca_signatures>},
    Query{"Ciphers", true, known<AlgorithmList::ciphers>},
    Query{"HostbasedAcceptedAlgorithms", true, known<AlgorithmList::signatures>},
    Query{"HostbasedAcceptedKeyTypes", true, known<AlgorithmList::signatures>},
    Query{"HostbasedKeyTypes", true, known<AlgorithmList::signatures>},
    Query{"HostKeyAlgorithms", true, known<AlgorithmList::signatures>},
    Query{"KexAlgorithms", true, known<AlgorithmList::kex_client>},
    Query{"MACs", true, known<AlgorithmList::macs>},
    Query{"PubkeyAcceptedAlgorithms", true, known<AlgorithmList::signatures>},
    Query{"PubkeyAcceptedKeyTypes", true, known<AlgorithmList::signatures>},
};

std::string help()
{
    return lines(names_of(queries, [](auto& query) { return !query.is_keyword && query.name != "help"; }));
}

} // namespace

std::vector<std::string_view> query_names()
{
    std::vector<std::string_view> names;
    for (auto& row : queries)
        names.push_back(row.name);
    return names;
}

Result<std::string> answer_query(std::string_view query)
{
    for (auto& row : queries)
        if (equal_ignoring_case(row.name, query))
            return row.answer();
    return bad_input(fmt::format("Unsupported query \"{}\"", printable(query)));
}

} // namespace nacre
