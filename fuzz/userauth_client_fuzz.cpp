// A hostile server's answers to our login.
#include "auth/client_auth.h"
#include "framed_input.h"
#include "fuzz_input.h"

using namespace nacre;

namespace {

constexpr auto* first_key = "AAAAC3NzaC1lZDI1NTE5AAAAIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
constexpr auto* second_key = "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

ByteVector blob(const char* base64) { return *from_base64(base64); }

Result<std::optional<ClientAuthEvent>> answer(ClientAuth& auth, const ClientAuthEvent& event, std::size_t choice)
{
    if (std::holds_alternative<KeyNeeded>(event))
        return auth.answer_key(choice % 2 == 0 ? std::optional{blob(second_key)} : std::nullopt);
    if (std::holds_alternative<SignatureNeeded>(event) || std::holds_alternative<HostSignatureNeeded>(event))
        return auth.answer_signature(choice % 2 == 0 ? std::optional{to_vector(as_bytes("signature"))} : std::nullopt);
    if (std::holds_alternative<PasswordNeeded>(event))
        return auth.answer_password(SecretBytes::copy_of("password"));
    if (std::holds_alternative<NewPasswordNeeded>(event))
        return auth.answer_new_password(SecretBytes::copy_of("old"), SecretBytes::copy_of("new"));
    if (auto* needed = std::get_if<PromptsNeeded>(&event)) {
        std::vector<SecretBytes> answers(needed->prompts.size());
        return auth.answer_prompts(std::move(answers));
    }
    if (std::holds_alternative<GssapiTokenNeeded>(event))
        return auth.answer_gssapi_token({static_cast<GssapiStep::State>(choice % 3), to_vector(as_bytes("token"))});
    if (std::holds_alternative<GssapiMicNeeded>(event))
        return auth.answer_gssapi_mic(choice % 5 == 0 ? std::nullopt : std::optional{to_vector(as_bytes("mic"))});
    return std::nullopt;
}

} // namespace

const test::Framing test::framing{0, 0, 2};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    test::LonelyTransport lonely{Role::client};
    auto key = blob(first_key);
    bool hurried = size > 0 && data[0] % 2 == 0;
    ClientAuthSettings settings{.user = "user",
                                .preferred_methods = hurried
                                                         ? "publickey,password"
                                                         : "gssapi-with-mic,hostbased,publickey,keyboard-interactive,password",
                                .pubkey_algorithms = "ssh-ed25519",
                                .keys = {}};
    settings.hostbased = {{{key, "host"}}, "ssh-ed25519", "here.", "user"};
    settings.keys = {{key, "one", false}, {key, "two", true, false, hurried}, {{}, "three"}};
    settings.has_ticket = size % 2 == 0;
    settings.haste.allowed = settings.haste.remembered = hurried;
    ClientAuth auth{lonely.transport, std::move(settings), lonely.log};
    if (auto begun = auth.start(); begun && *begun)
        (void)answer(auth, **begun, size);
    test::for_each_message(data, size, [&](const IncomingMessage& message) {
        if (message.number == UserauthSuccess::number)
            return false;                                         // needs a transport with keys
        if (auth.asks())
            return false;
        auto step = auth.receive(message);
        while (step && *step)
            step = answer(auth, **step, message.payload.size());
        return step.has_value();
    });
    return 0;
}
