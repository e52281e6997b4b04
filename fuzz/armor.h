// Files of base64 between two lines: behind the encoding a fuzzer sees nothing, so it may also give what is inside.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace nacre::test {

// An input that begins with `magic`, as such a file's inside does, in a file of that kind; any other as it is.
inline std::string armored(Bytes input, std::string_view magic, std::string_view kind)
{
    if (!as_text(input).starts_with(magic))
        return std::string{as_text(input)};
    auto lines = to_base64(input);
    for (std::size_t end = 70; end < lines.size(); end += 71)
        lines.insert(end, 1, '\n');
    return fmt::format("-----BEGIN {0}-----\n{1}\n-----END {0}-----\n", kind, lines);
}

} // namespace nacre::test
