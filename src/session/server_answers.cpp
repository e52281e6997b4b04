#include "session/server_answers.h"

#include <algorithm>
#include <utility>

#include "auth/methods.h"
#include "auth/publickey.h"
#include "base/table.h"
#include "base/text.h"

namespace nacre {
namespace {

std::string accepted_algorithms()
{
    return names_of(signature_algorithms(), [](auto& row) { return row.offered && !row.is_certificate(); });
}

std::string offered_methods(const ServerAnswers& answers)
{
    std::vector<std::string> methods;
    if (answers.key)
        methods.emplace_back(method::publickey);
    if (answers.questions && answers.replies)
        methods.emplace_back(method::keyboard_interactive);
    if (answers.password)
        methods.emplace_back(method::password);
    return join(methods, ",");
}

// Of these algorithms, those that we have a key for.
std::string with_a_key(std::string_view algorithms, const std::vector<Signer>& host_keys)
{
    std::vector<std::string> names;
    for (auto name : split(algorithms, ',')) {
        auto* row = find_signature_algorithm(name);
        if (row && std::ranges::any_of(host_keys, [&](auto& signer) { return signer.key.kind() == row->kind; }))
            names.emplace_back(name);
    }
    return join(names, ",");
}

} // namespace

TransportSettings server_transport(const ServerAnswers& answers, TransportSettings from)
{
    from.host_keys.clear();
    for (auto& signer : answers.host_keys)
        from.host_keys.push_back(to_vector(signer.key.blob()));
    from.proposal.host_key_algorithms = with_a_key(from.proposal.host_key_algorithms, answers.host_keys);
    from.server_sig_algs = signature_labels(accepted_algorithms());
    return from;
}

Result<bool> ServerAnswerer::answer(ServerSession& session, const ServerSessionEvent& event)
{
    if (auto* question = std::get_if<SignatureQuestion>(&event)) {
        TRY(sign(session, *question));
        return true;
    }
    auto* question = std::get_if<AuthQuestion>(&event);
    if (!question)
        return false;
    transport_ = &session.transport();
    session.answer(std::visit([this](const auto& q) { return on(q); }, *question));
    return true;
}

Result<void> ServerAnswerer::sign(ServerSession& session, const SignatureQuestion& question)
{
    for (auto& signer : answers_.host_keys) {
        if (!signer.sign || !same_bytes(signer.key.blob(), question.host_key))
            continue;
        auto signature = TRY(signer.sign(question.algorithm, question.data));
        session.answer_signature(signature);
        return {};
    }
    return bad_input("no private half for a host key that was offered");
}

AuthAnswer ServerAnswerer::verdict(bool passed, std::string_view method)
{
    if (passed)
        method_ = method;
    return Verdict{.outcome = passed ? AuthOutcome::success : AuthOutcome::failure, .methods = methods_};
}

AuthAnswer ServerAnswerer::on(const WhoIs& question)
{
    user_ = question.user;
    service_ = question.service;
    methods_ = offered_methods(answers_);
    signature_algorithms_ = signature_labels(accepted_algorithms());
    return Welcome{.methods = methods_,
                   .banner = answers_.banner,
                   .most_failures = answers_.most_failures,
                   .server_sig_algs = signature_algorithms_};
}

AuthAnswer ServerAnswerer::on(const TryNone&)
{
    return verdict(answers_.nothing && answers_.nothing(user_), method::none);
}

std::optional<PublicKey> ServerAnswerer::usable_key(std::string_view algorithm, Bytes blob) const
{
    auto* row = find_signature_algorithm(algorithm);
    if (!answers_.key || !row || !row->offered || row->is_certificate())
        return std::nullopt;
    auto key = PublicKey::from_blob(blob);
    if (!key || key->kind() != row->kind || !answers_.key(user_, *key))
        return std::nullopt;
    return *std::move(key);
}

AuthAnswer ServerAnswerer::on(const MayUseKey& question)
{
    return KeyVerdict{usable_key(question.algorithm, question.key).has_value()};
}

// The signed bytes are built from our own record of session, user and service.
AuthAnswer ServerAnswerer::on(const CheckSignature& question)
{
    auto key = usable_key(question.algorithm, question.key);
    if (!key || transport_->session_id().empty())
        return verdict(false);
    auto bytes = signed_bytes({.session_id = transport_->session_id(),
                               .user = user_,
                               .service = service_,
                               .method = question.method,
                               .algorithm = question.algorithm,
                               .key = question.key,
                               .host_key = transport_->host_key()});
    if (!key->verify(question.algorithm, bytes, question.signature, TokenDemands{}))
        return verdict(false);
    key_ = std::move(key);
    return verdict(true, method::publickey);
}

AuthAnswer ServerAnswerer::on(const CheckPassword& question)
{
    bool right = answers_.password && !question.change && answers_.password(user_, question.password.text);
    return verdict(right, method::password);
}

AuthAnswer ServerAnswerer::on(const StartPrompts&)
{
    if (!answers_.questions || !answers_.replies)
        return verdict(false);
    asked_ = answers_.questions(user_);
    return Prompts{.title = {}, .instruction = {}, .prompts = {asked_}};
}

AuthAnswer ServerAnswerer::on(const AnswerPrompts& question)
{
    std::vector<std::string_view> replies;
    for (auto& reply : question.answers.items)
        replies.push_back(reply.text);
    bool right = answers_.replies && replies.size() == asked_.size() && answers_.replies(user_, replies);
    return verdict(right, method::keyboard_interactive);
}

AuthAnswer ServerAnswerer::on(const CheckHostbased&) { return verdict(false); }
AuthAnswer ServerAnswerer::on(const StartGssapi&) { return verdict(false); }
AuthAnswer ServerAnswerer::on(const StepGssapi&) { return verdict(false); }
AuthAnswer ServerAnswerer::on(const CheckMic&) { return verdict(false); }

} // namespace nacre
