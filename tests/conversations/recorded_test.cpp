// What foreign programs once said is understood as it was then (conversations/recorded, made by record.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>

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

// How many of the pieces are in the clear, at least in part: up to the one with NEWKEYS, RFC 4253 §7.3.
std::size_t pieces_in_the_clear(const Recording& recording)
{
    constexpr std::array<std::uint8_t, 6> newkeys{0, 0, 0, 12, 10, 21};   // before its padding
    auto has_it = [&](auto& piece) { return !std::ranges::search(piece, newkeys).empty(); };
    auto found = std::ranges::find_if(recording.heard, has_it);
    return static_cast<std::size_t>(found - recording.heard.begin()) + 1;
}

using Lines = std::vector<std::string>;

// What is heard if a byte of one of these pieces was another one.
Lines transcript_of_changed(Recording recording, std::size_t first, std::size_t end, SeededRandom& random)
{
    auto& piece = recording.heard[first + random.below(end - first)];
    piece[random.below(piece.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    auto side = make_side(recording);
    replay(*side, recording);
    return side->transcript();
}

// A byte that was changed on the way ends the conversation: nothing after it is believed.  So it is once there are
// keys: nobody vouches for the padding of what is in the clear.
TEST_P(Recorded, EndsAtAChangedByte)
{
    auto recording = Recording::read(GetParam());
    auto clear = pieces_in_the_clear(recording);
    ASSERT_LT(clear, recording.heard.size());
    SeededRandom random{1};
    for (int i = 0; i < 20; ++i) {
        auto said = transcript_of_changed(recording, clear, recording.heard.size(), random);
        EXPECT_NE(said, recording.transcript);
        if (!said.empty() && said.back().starts_with("ended: "))
            said.pop_back();
        ASSERT_LE(said.size(), recording.transcript.size());
        EXPECT_TRUE(std::ranges::equal(said, std::span{recording.transcript}.first(said.size())));
    }
}

// Before, it changes nothing, or what comes of it are no keys that both sides have.
TEST_P(Recorded, AgreesOnNothingByAChangedByteInTheClear)
{
    auto recording = Recording::read(GetParam());
    auto is_login = [](auto& line) { return line.starts_with("logged in"); };
    SeededRandom random{2};
    for (int i = 0; i < 20; ++i) {
        auto said = transcript_of_changed(recording, 0, pieces_in_the_clear(recording), random);
        EXPECT_TRUE(said == recording.transcript || std::ranges::none_of(said, is_login));
    }
}

INSTANTIATE_TEST_SUITE_P(Peers, Recorded, testing::ValuesIn(recordings()),
                         [](auto& parameter) { return parameter.param.stem().string(); });

} // namespace
} // namespace nacre::test
