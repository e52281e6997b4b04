#include "support/vectors.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/text.h"

namespace nacre::test {

const std::string& VectorCase::text(std::string_view name) const
{
    static const std::string none;
    auto found = values.find(name);
    if (found == values.end()) {
        ADD_FAILURE() << "the block at line " << line << " has no " << name;
        return none;
    }
    return found->second;
}

ByteVector VectorCase::bytes(std::string_view name) const
{
    auto bytes = from_hex(text(name));
    if (!bytes)
        ADD_FAILURE() << "the block at line " << line << ": " << name << " is not hexadecimal";
    return bytes.value_or(ByteVector{});
}

std::vector<VectorCase> read_vectors(std::string_view file)
{
    std::string path = std::string{NACRE_SOURCE_DIR "/tests/vectors/"} + std::string{file};
    std::ifstream in{path};
    EXPECT_TRUE(in) << path;

    std::vector<VectorCase> cases;
    VectorCase current;
    std::string section;
    int number = 0;
    auto finish = [&] {
        if (!current.values.empty()) {
            current.values.emplace("section", section);
            cases.push_back(std::move(current));
        }
        current = {};
    };
    for (std::string line; std::getline(in, line);) {
        ++number;
        auto text = trim(line);
        if (text.empty()) {
            finish();
        } else if (text.front() == '[' && text.back() == ']') {
            finish();
            section = text.substr(1, text.size() - 2);
        } else if (text.front() != '#') {
            auto equals = text.find('=');
            if (equals == std::string_view::npos) {
                ADD_FAILURE() << path << ':' << number << ": no '='";
                continue;
            }
            if (current.values.empty())
                current.line = number;
            current.values[std::string{trim(text.substr(0, equals))}] = trim(text.substr(equals + 1));
        }
    }
    finish();
    EXPECT_FALSE(cases.empty()) << path;
    return cases;
}

} // namespace nacre::test
