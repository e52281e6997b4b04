// Reads tests/vectors/NAME.vec: blocks of "Name = value" lines, separated by blank lines.  `#` begins a comment
// line; a line "[section]" applies to the blocks below it (as key "section").
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace nacre::test {

struct VectorCase {
    std::map<std::string, std::string, std::less<>> values;
    int line = 0;                                                 // where the block begins, for messages

    const std::string& text(std::string_view name) const;         // fails the test when missing
    ByteVector bytes(std::string_view name) const;                // hexadecimal
    bool has(std::string_view name) const { return values.contains(name); }
};

std::vector<VectorCase> read_vectors(std::string_view file);      // fails the test when missing or empty

} // namespace nacre::test
