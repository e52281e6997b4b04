#include "server/question_table.h"

#include <gtest/gtest.h>

#include "auth/auth_questions.h"
#include "server/network_messages.h"
#include "server/session_questions.h"

namespace nacre {
namespace {

TEST(QuestionTable, KnowsEveryQuestionOnce)
{
    for (unsigned number = 0; number < 256; ++number) {
        MessageNumber wanted{static_cast<std::uint8_t>(number)};
        bool is_question = (number >= 1 && number <= 11) || (number >= 30 && number <= 34) || (number >= 40 && number <= 59);
        EXPECT_EQ(find_question(wanted) != nullptr, is_question) << number;
    }
}

TEST(QuestionTable, RefusesWhatIsNotInIt)
{
    QuestionCounts counts;
    for (auto number : {0, 12, 20, 22, 35, 60, 70, 255})
        EXPECT_FALSE(counts.admit({static_cast<std::uint8_t>(number)}, Phase::logged_in)) << number;
}

TEST(QuestionTable, TheUserIsNamedOnce)
{
    QuestionCounts counts;
    EXPECT_TRUE(counts.admit(WhoIs::number, Phase::nobody));
    EXPECT_FALSE(counts.admit(WhoIs::number, Phase::authenticating));
    EXPECT_FALSE(counts.admit(WhoIs::number, Phase::nobody));
}

TEST(QuestionTable, NoMethodBeforeAUserAndNoneAfterTheLogin)
{
    for (auto number : {TryNone::number, MayUseKey::number, CheckSignature::number, CheckPassword::number,
                        StartPrompts::number, AnswerPrompts::number, StartGssapi::number, StepGssapi::number,
                        CheckMic::number}) {
        QuestionCounts counts;
        EXPECT_FALSE(counts.admit(number, Phase::nobody));
        EXPECT_FALSE(counts.admit(number, Phase::logged_in));
        EXPECT_TRUE(counts.admit(number, Phase::authenticating));
    }
}

TEST(QuestionTable, QuestionsOfALoginAreThoseOfItsMethods)
{
    for (unsigned number = 0; number < 256; ++number)
        EXPECT_EQ(is_of_login({static_cast<std::uint8_t>(number)}), number >= 2 && number <= 11) << number;
}

TEST(QuestionTable, NoSessionAndNoForwardingBeforeTheLogin)
{
    for (std::uint8_t number = 40; number <= 58; ++number) {
        QuestionCounts counts;
        EXPECT_FALSE(counts.admit({number}, Phase::nobody));
        EXPECT_FALSE(counts.admit({number}, Phase::authenticating));
        EXPECT_TRUE(counts.admit({number}, Phase::logged_in));
    }
}

TEST(QuestionTable, AttemptsAreCounted)
{
    QuestionCounts counts;
    int admitted = 0;
    while (admitted < 10000 && counts.admit(CheckPassword::number, Phase::authenticating))
        ++admitted;
    EXPECT_EQ(admitted, 128);
}

} // namespace
} // namespace nacre
