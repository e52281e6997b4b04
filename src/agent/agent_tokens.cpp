// The agent's keys that are in tokens: what is asked of a helper, and what its answer leads to.
#include <fmt/format.h>

#include <algorithm>

#include "agent/agent_server.h"
#include "agent/token_messages.h"
#include "base/pattern.h"
#include "base/text.h"
#include "keys/fingerprint.h"

namespace nacre::agent {

namespace {

constexpr std::string_view signed_message_magic = "SSHSIG";       // PROTOCOL.sshsig

template <Message M>
Result<M> read_helper(Bytes answer)
{
    if (Reader{answer}.u8() != token::Failed::number.value)
        return decode<M>(answer);
    auto failed = TRY(decode<token::Failed>(answer));
    return not_permitted(std::move(failed.text));
}

SecretBytes secret_message(ByteVector encoded)
{
    auto message = SecretBytes::copy_of(encoded);
    wipe(encoded);
    return message;
}

// Something that only SSH would have signed: a login with this very key, or a message under a namespace.
bool is_of_ssh(Bytes data, Bytes key)
{
    if (parse_login_claim(data, key))
        return true;
    Reader in{data};
    if (as_text(in.take(signed_message_magic.size())) != signed_message_magic)
        return false;
    auto purpose = in.text();
    in.string();                                                  // reserved
    in.text();                                                    // hash
    in.string();
    return in.finish("signed message").has_value() && !purpose.empty();
}

} // namespace

SecretBytes with_pin(const SecretBytes& message, std::string_view pin)
{
    Buffer whole;
    Writer{whole}.raw(message.bytes()).string(pin);
    auto result = SecretBytes::copy_of(whole.data());
    wipe(whole.data());
    return result;
}

Result<std::string> AgentServer::admitted(std::string_view provider) const
{
    if (!settings_.providers)
        return not_permitted("keys on tokens are not supported");
    return settings_.providers->admit(provider);
}

Result<std::string> AgentServer::admitted_from(const Context& context, std::string_view provider) const
{
    bool is_library = provider != token::internal_provider;
    if (is_library && context.bindings.is_remote() && !settings_.remote_clients_add_providers)
        return not_permitted("a library for tokens cannot be added from another host");
    return admitted(provider);
}

AgentServer::Handled AgentServer::sign_in_fido_token(StoredKey& key, Bytes data, const Context& context)
{
    if (context.from_token) {
        auto made = TRY(read_helper<token::Signed>(*context.from_token));
        return Answer{encode(SignResponse{made.signature})};
    }
    auto* secret = TRY(store_.open(key, context.now));
    auto& public_key = secret->public_key();
    auto details = secret->security_key();
    if (!details)
        return not_permitted("the key's private half is damaged");
    bool is_free = settings_.free_applications.empty() ||
                   matches_pattern_list(details->application, settings_.free_applications) == PatternMatch::yes;
    if (!is_free && !is_of_ssh(data, key.blob))
        return not_permitted("a key for web sites signs nothing but SSH's own messages");
    token::SkSign request{.provider = key.provider,
                          .key = public_key.blob(),
                          .flags = details->flags,
                          .handle = details->handle.bytes(),
                          .data = data,
                          .pin = {}};
    auto message = secret_message(encode(request));
    message.truncate(message.size() - sizeof(std::uint32_t));     // the PIN's length
    auto name = fmt::format("{} {}", public_key.type().short_name, fingerprint(public_key, settings_.fingerprint_hash));
    bool touch = details->flags & sk_user_present;
    return TokenNeeded{.where = TokenNeeded::Where::fido,
                       .provider = key.provider,
                       .message = std::move(message),
                       .notice = touch ? "Confirm user presence for key " + name : std::string{},
                       .pin_prompt = fmt::format("Enter PIN for key {} {}: ", name, printable(key.comment))};
}

AgentServer::Handled AgentServer::sign_in_pkcs11_token(const StoredKey& key, const SignRequest& wanted,
                                                       const Context& context)
{
    if (context.from_token) {
        auto made = TRY(read_helper<token::Signed>(*context.from_token));
        return Answer{encode(SignResponse{made.signature})};
    }
    auto shown = TRY(PublicKey::from_blob(key.blob));
    auto plain = shown.plain();
    token::Pkcs11Sign request{plain.blob(), std::string{signing_algorithm(plain, wanted.flags)}, wanted.data};
    return TokenNeeded{.where = TokenNeeded::Where::pkcs11,
                       .provider = key.provider,
                       .message = secret_message(encode(request)),
                       .notice = {},
                       .pin_prompt = {}};
}

AgentServer::Handled AgentServer::add_provider(Bytes request, const Context& context)
{
    auto wanted = TRY(decode<AddSmartcardKey>(request));
    return load_provider(wanted.provider, wanted.pin.text, {}, context);
}

AgentServer::Handled AgentServer::add_provider_constrained(Bytes request, const Context& context)
{
    auto wanted = TRY(decode<AddSmartcardKeyConstrained>(request));
    Reader in{wanted.constraints.bytes};
    auto constraints = TRY(read_constraints(in));
    if (!constraints.sk_provider.empty())
        return not_permitted("a FIDO library for the keys of a PKCS#11 token");
    return load_provider(wanted.provider, wanted.pin.text, std::move(constraints), context);
}

AgentServer::Handled AgentServer::load_provider(std::string_view provider, std::string_view pin, Constraints constraints,
                                                const Context& context)
{
    auto path = TRY(admitted_from(context, provider));
    if (!context.from_token)
        return TokenNeeded{.where = TokenNeeded::Where::pkcs11,
                           .provider = path,
                           .message = secret_message(encode(token::Pkcs11Load{.provider = path, .log_in = true, .pin = {pin}})),
                           .notice = {},
                           .pin_prompt = {}};
    auto loaded = TRY(read_helper<token::Pkcs11Keys>(*context.from_token));
    if (!constraints.lifetime || *constraints.lifetime == Seconds{0})
        constraints.lifetime = settings_.default_lifetime;
    std::size_t kept = 0;
    for (auto& one : loaded.keys.items) {
        auto key = TRY(PublicKey::from_blob(one.key));
        auto comment = one.label.empty() ? path : one.label;
        if (!constraints.certificates_only) {
            TRY(store_.add_token_key(one.key, comment, path, constraints, context.now));
            ++kept;
        }
        for (auto& certificate : constraints.certificates)
            if (certificate.plain() == key) {
                TRY(store_.add_token_key(certificate.blob(), comment, path, constraints, context.now));
                ++kept;
            }
    }
    if (kept == 0)
        return not_permitted(fmt::format("{} has no keys", path));
    return Answer{encode(Success{})};
}

AgentServer::Handled AgentServer::remove_provider(Bytes request, const Context&)
{
    auto wanted = TRY(decode<RemoveSmartcardKey>(request));
    auto path = TRY(admitted(wanted.provider));
    if (!store_.remove_token_keys(path))
        return not_permitted("there are no keys of this library");
    return Answer{encode(Success{})};
}

} // namespace nacre::agent
