// What foreign programs once said is understood as it was then (conversations/recorded, made by record.py).
#include <gtest/gtest.h>

#include "one_side.h"
#include "support/seeded_random.h"

namespace nacre::test {
namespace {

std::vector<std::filesystem::path> recordings()
{
    std::vector<std::filesystem::path> files;
    for (auto& entry : std::filesystem::directory_iterator{NACRE_SOURCE_DIR "/tests/conversations/recorded"})
        if (entry.path().extension() == ".conversation")
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

class Recorded : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Recorded, MeansWhatItMeant)
{
    auto recording = Recording::read(GetParam());
    ASSERT_FALSE(recording.heard.empty() || recording.transcript.empty());
    auto side = make_side(recording);
    replay(*side, recording);
    EXPECT_EQ(side->transcript(), recording.transcript);
}

// A byte that was changed on the way ends the conversation: nothing after it is believed.
TEST_P(Recorded, EndsAtAChangedByte)
{
    auto recording = Recording::read(GetParam());
    SeededRandom random{1};
    for (int i = 0; i < 20; ++i) {
        auto changed = recording;
        auto& piece = changed.heard[1 + random.below(changed.heard.size() - 1)];
        piece[random.below(piece.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
        auto side = make_side(changed);
        replay(*side, changed);
        EXPECT_LE(side->transcript().size(), recording.transcript.size() + 1);
    }
}

INSTANTIATE_TEST_SUITE_P(Peers, Recorded, testing::ValuesIn(recordings()),
                         [](auto& parameter) { return parameter.param.stem().string(); });

} // namespace
} // namespace nacre::test
