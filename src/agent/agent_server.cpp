#include "agent/agent_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "keys/fingerprint.h"

namespace nacre::agent {

namespace {

Outcome success() { return Answer{encode(Success{})}; }

std::string fingerprint_of(Bytes blob, HashKind hash)
{
    auto key = PublicKey::from_blob(blob);
    return key ? fingerprint(*key, hash) : "unknown";
}

} // namespace

ByteVector refusal() { return encode(Failure{}); }

enum class WhenLocked { refused, allowed };

struct AgentServer::Row {
    MessageNumber number;
    std::string_view name;
    WhenLocked when_locked;
    Handled (AgentServer::*handle)(Bytes request, const Context& context);
};

// A locked agent shows no keys, but goes on noting where connections lead: else they would look local once unlocked.
constexpr AgentServer::Row AgentServer::rows[] = {
    {RequestIdentities::number, RequestIdentities::name, WhenLocked::allowed, &AgentServer::list},
    {SignRequest::number, SignRequest::name, WhenLocked::refused, &AgentServer::sign},
    {AddIdentity::number, AddIdentity::name, WhenLocked::refused, &AgentServer::add},
    {RemoveIdentity::number, RemoveIdentity::name, WhenLocked::refused, &AgentServer::remove},
    {RemoveAllIdentities::number, RemoveAllIdentities::name, WhenLocked::refused, &AgentServer::remove_all},
    {AddSmartcardKey::number, AddSmartcardKey::name, WhenLocked::refused, &AgentServer::add_provider},
    {RemoveSmartcardKey::number, RemoveSmartcardKey::name, WhenLocked::refused, &AgentServer::remove_provider},
    {Lock::number, Lock::name, WhenLocked::refused, &AgentServer::lock},
    {Unlock::number, Unlock::name, WhenLocked::allowed, &AgentServer::unlock},
    {AddIdConstrained::number, AddIdConstrained::name, WhenLocked::refused, &AgentServer::add_constrained},
    {AddSmartcardKeyConstrained::number, AddSmartcardKeyConstrained::name, WhenLocked::refused,
     &AgentServer::add_provider_constrained},
    {Extension::number, Extension::name, WhenLocked::allowed, &AgentServer::extension},
};

Outcome AgentServer::handle(Bytes request, Bindings& bindings, TimePoint now, Consent consent,
                            std::optional<Bytes> from_token)
{
    store_.tidy(now);
    auto number = Reader{request}.u8();
    auto row = std::ranges::find(rows, MessageNumber{number}, &Row::number);
    if (row == std::end(rows)) {
        log_.debug1("unknown request {}", number);
        return Answer{refusal()};
    }
    if (store_.is_locked() && row->when_locked == WhenLocked::refused) {
        log_.debug1("{}: the agent is locked", row->name);
        return Answer{refusal()};
    }
    auto handled = (this->*row->handle)(request, {bindings, now, consent, from_token});
    if (!handled) {
        log_.error("{}: {}", row->name, handled.error().what);
        return Answer{refusal()};
    }
    log_.debug2("{}", row->name);
    return std::move(*handled);
}

AgentServer::Handled AgentServer::list(Bytes request, const Context& context)
{
    TRY(decode<RequestIdentities>(request));
    IdentitiesAnswer answer;
    if (!store_.is_locked())
        for (auto& key : store_.keys())
            if (context.bindings.shows(key.destinations))
                answer.identities.items.push_back({key.blob, key.comment});
    return Answer{encode(answer)};
}

AgentServer::Handled AgentServer::sign(Bytes request, const Context& context)
{
    auto wanted = TRY(decode<SignRequest>(request));
    auto* key = store_.find(wanted.key);
    if (!key)
        return not_permitted("no such key");
    if ((wanted.flags & ~known_sign_flags) != 0)                  // RFC 9987: not another signature than was asked for
        return not_permitted(fmt::format("unknown flags {:#x}", wanted.flags));
    TRY(context.bindings.allows_signing(key->destinations, wanted.key, wanted.data));
    if (key->confirm && context.consent != Consent::given)
        return ConfirmationNeeded{key->comment, fingerprint_of(key->blob, settings_.fingerprint_hash)};
    if (key->in_pkcs11_token())
        return sign_in_pkcs11_token(*key, wanted, context);
    auto* secret = TRY(store_.open(*key, context.now));
    if (secret->public_key().type().is_of_token())
        return sign_in_fido_token(*key, wanted.data, context);
    auto signature = TRY(secret->sign(signing_algorithm(secret->public_key(), wanted.flags), wanted.data));
    return Answer{encode(SignResponse{signature})};
}

AgentServer::Handled AgentServer::add(Bytes request, const Context& context)
{
    Reader in{request.subspan(1)};
    auto offered = TRY(read_offered_key(in));
    TRY(in.finish(AddIdentity::name));
    return keep(std::move(offered), {}, context);
}

AgentServer::Handled AgentServer::add_constrained(Bytes request, const Context& context)
{
    Reader in{request.subspan(1)};
    auto offered = TRY(read_offered_key(in));
    auto constraints = TRY(read_constraints(in));
    return keep(std::move(offered), std::move(constraints), context);
}

// Who adds a certificate asks for the time until its end, which knows nothing of ours: what it signs with stays no longer
// than the key that came before it, or without that, than a key would.
std::optional<Seconds> AgentServer::limit_of_certificate(const OfferedKey& offered, TimePoint now)
{
    auto& key = offered.key.public_key();
    if (same_bytes(offered.blob, key.blob()))
        return std::nullopt;
    auto* alone = store_.find(key.blob());
    if (!alone)
        return settings_.default_lifetime;
    if (!alone->dies_at)
        return std::nullopt;
    return std::max(std::chrono::ceil<Seconds>(*alone->dies_at - now), Seconds{1});
}

AgentServer::Handled AgentServer::keep(OfferedKey offered, Constraints constraints, const Context& context)
{
    // Whoever may not see a key may not change it either.
    if (auto* known = store_.find(offered.blob); known && !context.bindings.shows(known->destinations))
        return not_permitted("the key is there, and not for this client");
    if (!constraints.lifetime || *constraints.lifetime == Seconds{0})
        constraints.lifetime = settings_.default_lifetime;
    if (auto limit = limit_of_certificate(offered, context.now))
        constraints.lifetime = std::min(constraints.lifetime.value_or(*limit), *limit);
    bool of_token = offered.key.public_key().type().is_of_token();
    if (of_token != !constraints.sk_provider.empty())
        return not_permitted(of_token ? "a key in a FIDO token needs a library for it" : "the key is in no FIDO token");
    if (!constraints.certificates.empty())
        return not_permitted("certificates can be associated with the keys of PKCS#11 tokens only");
    if (of_token)
        constraints.sk_provider = TRY(admitted_from(context, constraints.sk_provider));
    TRY(store_.add(std::move(offered), std::move(constraints), context.now));
    return success();
}

AgentServer::Handled AgentServer::remove(Bytes request, const Context& context)
{
    auto wanted = TRY(decode<RemoveIdentity>(request));
    auto* key = store_.find(wanted.key);
    if (!key || !context.bindings.shows(key->destinations))
        return not_permitted("no such key");
    store_.remove(wanted.key);
    return success();
}

AgentServer::Handled AgentServer::remove_all(Bytes request, const Context&)
{
    TRY(decode<RemoveAllIdentities>(request));
    store_.remove_all();
    return success();
}

AgentServer::Handled AgentServer::lock(Bytes request, const Context&)
{
    auto wanted = TRY(decode<Lock>(request));
    if (wanted.passphrase.text.empty())                           // nobody typed it: a script without a terminal did
        return not_permitted("an empty passphrase locks nothing");
    if (!store_.lock(wanted.passphrase.text))
        return not_permitted("already locked");
    return success();
}

AgentServer::Handled AgentServer::unlock(Bytes request, const Context& context)
{
    auto wanted = TRY(decode<Unlock>(request));
    if (store_.is_locked() && context.now < store_.next_attempt())
        return Later{store_.next_attempt()};
    if (!store_.unlock(wanted.passphrase.text, context.now))
        return not_permitted("not locked, or not with this passphrase");
    return success();
}

AgentServer::Handled AgentServer::extension(Bytes request, const Context& context)
{
    auto wanted = TRY(decode<Extension>(request));
    if (wanted.extension == SessionBind::name) {
        auto bound = bind(wanted.contents.bytes, context);
        if (bound)
            return bound;
        log_.error("{}: {}", SessionBind::name, bound.error().what);
        return Answer{encode(ExtensionFailure{})};
    }
    if (wanted.extension == query_extension) {
        ByteVector names;
        Writer{names}.string(SessionBind::name);
        return Answer{encode(ExtensionResponse{query_extension, {names}})};
    }
    log_.debug1("unknown extension \"{}\"", printable(wanted.extension.substr(0, 64)));
    return Answer{refusal()};                                     // §3.8: not EXTENSION_FAILURE, that is for known ones
}

AgentServer::Handled AgentServer::bind(Bytes contents, const Context& context)
{
    auto request = decode<SessionBind>(contents);
    if (!request) {
        (void)context.bindings.bind(SessionBind{});               // leaves the mark of an attempt
        return fail(std::move(request.error()));
    }
    TRY(context.bindings.bind(*request));
    return success();
}

} // namespace nacre::agent
