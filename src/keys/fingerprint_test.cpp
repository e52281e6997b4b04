#include "keys/fingerprint.h"

#include <fmt/format.h>

#include <map>
#include <sstream>

#include "support/key_files.h"

namespace nacre {

namespace {

// tests/keys/facts.vec: "Name = value" lines in blocks.
std::vector<std::map<std::string, std::string>> facts()
{
    std::vector<std::map<std::string, std::string>> all(1);
    std::istringstream in{test::read_key_file("facts.vec")};
    for (std::string line; std::getline(in, line);) {
        auto equals = line.find(" = ");
        if (equals != std::string::npos)
            all.back()[line.substr(0, equals)] = line.substr(equals + 3);
        else if (!all.back().empty())
            all.emplace_back();
    }
    all.pop_back();
    return all;
}

} // namespace

TEST(Fingerprint, AgreesWithOpenSsh)
{
    ASSERT_EQ(facts().size(), test::key_names.size());
    for (auto& fact : facts()) {
        auto key = test::public_key_named(fact.at("Name"));
        EXPECT_EQ(key.type().name, fact.at("Type"));
        EXPECT_EQ(std::to_string(key.bits()), fact.at("Bits"));
        EXPECT_EQ(fingerprint(key), fact.at("SHA256"));
        EXPECT_EQ(fingerprint(key, HashKind::md5), fact.at("MD5"));
        EXPECT_EQ(bubble_babble(key), fact.at("Babble"));
    }
}

TEST(RandomArt, AgreesWithOpenSsh)
{
    for (auto& fact : facts()) {
        std::string picture;
        for (int row = 1; row <= 11; ++row)
            picture += fact.at(fmt::format("Art{}", row)) + '\n';
        EXPECT_EQ(random_art(test::public_key_named(fact.at("Name"))) + '\n', picture);
    }
}

} // namespace nacre
