#include "session/client_answers.h"

#include <utility>

#include "auth/methods.h"
#include "base/table.h"
#include "base/text.h"
#include "session/event.h"

namespace nacre {
namespace {

std::string plain_algorithms()
{
    return names_of(signature_algorithms(), [](auto& row) { return row.offered && !row.is_certificate(); });
}

bool accepts(const HostCheck& check, Bytes host_key)
{
    auto key = PublicKey::from_blob(host_key);
    return key && check.accepts && check.accepts(*key);
}

std::optional<ByteVector> sign(const ClientAnswers& answers, const SignatureNeeded& question)
{
    auto& signer = answers.keys.at(question.key);
    if (!signer.sign)
        return std::nullopt;
    auto signature = signer.sign(question.algorithm, question.data);
    if (!signature)
        return std::nullopt;
    return *std::move(signature);
}

std::optional<std::vector<SecretBytes>> reply(const ClientAnswers& answers, const PromptsNeeded& asked)
{
    if (answers.prompts)
        return answers.prompts(asked);
    std::vector<SecretBytes> replies;
    if (asked.prompts.empty())
        return replies;                                           // the server only had something to say
    if (!answers.password || asked.prompts.size() != 1 || asked.prompts.front().echo)
        return std::nullopt;
    auto password = answers.password(0);
    if (!password)
        return std::nullopt;
    replies.push_back(std::move(*password));
    return replies;
}

} // namespace

TransportSettings client_transport(const ClientAnswers& answers, TransportSettings from)
{
    from.proposal.host_key_algorithms = answers.host.algorithms.empty() ? plain_algorithms() : answers.host.algorithms;
    return from;
}

ClientAuthSettings login_settings(const ClientAnswers& answers)
{
    std::vector<std::string> methods;
    if (!answers.keys.empty())
        methods.emplace_back(method::publickey);
    if (answers.prompts || answers.password)
        methods.emplace_back(method::keyboard_interactive);
    if (answers.password)
        methods.emplace_back(method::password);
    ClientAuthSettings settings{.user = answers.user,
                                .preferred_methods = join(methods, ","),
                                .pubkey_algorithms = names_of(signature_algorithms(), [](auto& row) { return row.offered; }),
                                .keys = {}};
    for (auto& signer : answers.keys)
        settings.keys.push_back(
            {.blob = to_vector(signer.key.blob()), .name = signer.name, .signs_freely = signer.signs_freely});
    return settings;
}

bool answer(ClientSession& session, const ClientSessionEvent& event, const ClientAnswers& answers)
{
    return std::visit(Overloaded{
                          [&](const HostKeyQuestion& question) {
                              session.answer(accepts(answers.host, question.host_key) ? HostKeyVerdict::accept
                                                                                      : HostKeyVerdict::reject);
                              return true;
                          },
                          [&](const KeyNeeded&) {                // every key of the table is known
                              session.answer_key(std::nullopt);
                              return true;
                          },
                          [&](const SignatureNeeded& question) {
                              session.answer_signature(sign(answers, question));
                              return true;
                          },
                          [&](const HostSignatureNeeded&) {
                              session.answer_signature(std::nullopt);
                              return true;
                          },
                          [&](const PasswordNeeded& question) {
                              session.answer_password(answers.password ? answers.password(question.attempt) : std::nullopt);
                              return true;
                          },
                          [&](const NewPasswordNeeded&) {         // to change it is a person's business
                              session.answer_new_password(std::nullopt, SecretBytes{});
                              return true;
                          },
                          [&](const PromptsNeeded& question) {
                              session.answer_prompts(reply(answers, question));
                              return true;
                          },
                          [&](const BannerShown& shown) {
                              if (answers.banner)
                                  answers.banner(shown.text);
                              return true;
                          },
                          [](const auto&) { return false; },
                      },
                      event);
}

} // namespace nacre
