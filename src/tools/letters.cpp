#include "tools/letters.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "os/print.h"

namespace nacre {

bool answers_help(int count, char* const* arguments, std::string_view usage)
{
    if (count != 2 || std::string_view{arguments[1]} != "--help")
        return false;
    write_text(stdout, usage);
    return true;
}

void tell_wrong_value(std::string_view program, const Error& error)
{
    say(stderr, "{}: {}\n", program.substr(program.rfind('/') + 1), error.what);
}

Result<HashKind> fingerprint_hash_named(std::string_view name)
{
    for (auto kind : {HashKind::md5, HashKind::sha1, HashKind::sha256, HashKind::sha384, HashKind::sha512})
        if (equal_ignoring_case(name, hash_name(kind)))
            return kind;
    return bad_input(fmt::format("Invalid hash algorithm \"{}\"", printable(name)));
}

Result<std::optional<Seconds>> parse_lifetime(std::string_view text)
{
    auto lifetime = parse_duration(text);
    if (!lifetime)
        return bad_input(fmt::format("Invalid lifetime \"{}\"", printable(text)));
    return *lifetime == Seconds{0} ? std::nullopt : lifetime;
}

} // namespace nacre
