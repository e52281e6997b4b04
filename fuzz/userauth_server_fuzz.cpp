// A client that wants in: requests of every method, with a server that always says no or asks on.
#include "auth/server_auth.h"
#include "framed_input.h"
#include "fuzz_input.h"

using namespace nacre;

namespace {

AuthAnswer answer_to(const AuthQuestion& question, std::size_t choice)
{
    constexpr std::string_view methods = "publickey,password,keyboard-interactive,hostbased,gssapi-with-mic";
    if (std::holds_alternative<WhoIs>(question))
        return Welcome{methods, "banner", 6, {}};
    if (std::holds_alternative<MayUseKey>(question))
        return KeyVerdict{choice % 2 == 0};
    bool prompts = std::holds_alternative<StartPrompts>(question) || std::holds_alternative<AnswerPrompts>(question);
    if (prompts && choice % 3 != 0)
        return Prompts{"title", "instruction", {{{"Password: ", false}, {"Code: ", true}}}};
    if (std::holds_alternative<StartGssapi>(question) && choice % 7 != 0)
        return GssapiReady{};
    if (std::holds_alternative<StepGssapi>(question))
        return GssapiToken{static_cast<GssapiState>(choice % 3), choice % 2 == 0 ? as_bytes("token") : Bytes{}};
    return Verdict{choice % 5 == 0 ? AuthOutcome::partial : AuthOutcome::failure, methods};
}

} // namespace

const test::Framing test::framing{0, 0, 2};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    test::LonelyTransport lonely{Role::server};
    ServerAuth auth{lonely.transport, lonely.log};
    test::for_each_message(data, size, [&](const IncomingMessage& message) {
        auto step = auth.receive(message);
        while (step && *step && std::holds_alternative<AuthQuestion>(**step))
            step = auth.answer(answer_to(std::get<AuthQuestion>(**step), message.payload.size()));
        return step.has_value();
    });
    return 0;
}
