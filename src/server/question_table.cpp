#include "server/question_table.h"

#include <fmt/format.h>

#include <array>
#include <variant>

#include "auth/auth_questions.h"
#include "base/distinct.h"
#include "server/forwarding_questions.h"
#include "server/network_messages.h"
#include "server/session_questions.h"

namespace nacre {
namespace {

constexpr auto nobody = static_cast<std::uint8_t>(Phase::nobody);
constexpr auto authenticating = static_cast<std::uint8_t>(Phase::authenticating);
constexpr auto logged_in = static_cast<std::uint8_t>(Phase::logged_in);
constexpr std::uint8_t always = nobody | authenticating | logged_in;

template <class M>
constexpr QuestionRow row(std::uint8_t phases, std::uint32_t most)
{
    return {M::number, M::name, phases, most};
}

constexpr std::array questions{
    row<WhoIs>(nobody, 1),
    row<TryNone>(authenticating, 1),
    row<MayUseKey>(authenticating, 512),
    row<CheckSignature>(authenticating, 128),
    row<CheckHostbased>(authenticating, 128),
    row<CheckPassword>(authenticating, 128),
    row<StartPrompts>(authenticating, 128),
    row<AnswerPrompts>(authenticating, 1024),
    row<StartGssapi>(authenticating, 128),
    row<StepGssapi>(authenticating, 512),
    row<CheckMic>(authenticating, 128),
    row<SignExchange>(always, 0),
    row<Confined>(nobody, 1),
    row<LogLine>(always, 0),
    row<KeysAgreed>(always, 0),
    row<Farewell>(always, 1),
    row<NetworkEnded>(always, 1),
    row<OpenSession>(logged_in, 0),
    row<AskTerminal>(logged_in, 0),
    row<AskVariable>(logged_in, 0),
    row<AskProgram>(logged_in, 0),
    row<WindowChanged>(logged_in, 0),
    row<AskSignal>(logged_in, 0),
    row<AskBreak>(logged_in, 0),
    row<SessionGone>(logged_in, 0),
    row<AskTcp>(logged_in, 0),
    row<AskUnix>(logged_in, 0),
    row<AskTunnel>(logged_in, 0),
    row<AskTcpListener>(logged_in, 0),
    row<AskUnixListener>(logged_in, 0),
    row<CancelTcpListener>(logged_in, 0),
    row<CancelUnixListener>(logged_in, 0),
    row<AskDisplay>(logged_in, 0),
    row<AskAgent>(logged_in, 0),
    row<ArrivalSettled>(logged_in, 0),
    row<ProveHostKeys>(logged_in, 64),
};
// A question that is added to the protocol must be added here too.
static_assert(std::variant_size_v<AuthQuestion> == 11);
static_assert(all_differ(questions, &QuestionRow::number));

} // namespace

const QuestionRow* find_question(MessageNumber number)
{
    for (auto& question : questions)
        if (question.number == number)
            return &question;
    return nullptr;
}

bool is_of_login(MessageNumber number)
{
    auto* question = find_question(number);
    return question && question->phases == authenticating;
}

Result<void> QuestionCounts::admit(MessageNumber number, Phase phase)
{
    auto* question = find_question(number);
    if (!question)
        return peer_misbehaved(fmt::format("monitor: unsupported request: {}", number.value));
    if ((question->phases & static_cast<std::uint8_t>(phase)) == 0)
        return peer_misbehaved(fmt::format("monitor: {} is not permitted now", question->name));
    auto& count = asked_[number.value];
    if (question->most != 0 && ++count > question->most)
        return peer_misbehaved(fmt::format("monitor: {} was asked too often", question->name));
    return {};
}

} // namespace nacre
