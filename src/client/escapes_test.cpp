#include "client/escapes.h"

#include <gtest/gtest.h>

#include <vector>

namespace nacre {
namespace {

class EscapesTest : public testing::Test {
protected:
    // What is left of these pieces of typing.
    std::string typed(const std::vector<std::string>& pieces)
    {
        std::string sent;
        for (auto& piece : pieces) {
            ByteVector space(piece.begin(), piece.end());
            space.push_back(0xee);                                // the room for one more
            auto kept = escapes_.filter(space, piece.size());
            EXPECT_LE(kept, space.size());
            sent.append(as_text(Bytes{space}.first(kept)));
        }
        return sent;
    }

    std::vector<EscapeCommand> commands_;
    Escapes escapes_{'~', [this](EscapeCommand command) { commands_.push_back(command); }};
};

using Commands = std::vector<EscapeCommand>;

TEST_F(EscapesTest, AreSeenAtTheBeginningOfALineOnly)
{
    EXPECT_EQ(typed({"a~.\r~."}), "a~.\r");
    EXPECT_EQ(commands_, Commands{EscapeCommand::disconnect});
}

TEST_F(EscapesTest, AreSeenInThePiecesOfATypist)
{
    EXPECT_EQ(typed({"~", "?", "\r", "~", "R"}), "\r");
    EXPECT_EQ(commands_, (Commands{EscapeCommand::help, EscapeCommand::rekey}));
}

TEST_F(EscapesTest, SendTheCharacterItselfWhenDoubled)
{
    EXPECT_EQ(typed({"~~."}), "~.");
    EXPECT_EQ(typed({"\r", "~", "~", "."}), "\r~.");
    EXPECT_TRUE(commands_.empty());
}

TEST_F(EscapesTest, AreTextWhereTheyMeanNothing)
{
    EXPECT_EQ(typed({"~x\r", "~", "/file"}), "~x\r~/file");
    EXPECT_TRUE(commands_.empty());
}

TEST_F(EscapesTest, MayFollowOneAnother)
{
    EXPECT_EQ(typed({"~v~v", "~V"}), "");
    EXPECT_EQ(commands_, (Commands{EscapeCommand::louder, EscapeCommand::louder, EscapeCommand::quieter}));
}

TEST_F(EscapesTest, ListThemselves)
{
    auto help = escapes_.help();
    EXPECT_NE(help.find("\r\nSupported escape sequences:\r\n"), std::string::npos);
    EXPECT_NE(help.find("~^Z"), std::string::npos);
    EXPECT_EQ(help.find("~C"), std::string::npos) << "where the command line is switched off";
    escapes_.take_lines([](char) { return true; });
    EXPECT_NE(escapes_.help().find("~C   - add or cancel forwardings"), std::string::npos);
}

TEST_F(EscapesTest, GiveTheLineBehindCToItsReader)
{
    std::string line;
    escapes_.take_lines([&](char typed) {
        line += typed;
        return typed != '\r';
    });
    EXPECT_EQ(typed({"~CL 1:a:2\rls", "\n~C?", "\r"}), "ls\n");
    EXPECT_EQ(line, "L 1:a:2\r?\r");
}

} // namespace
} // namespace nacre
