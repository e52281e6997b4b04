#include "runtime/security_keys.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/none.h"
#include "keys/fingerprint.h"
#include "os/environment.h"
#include "runtime/token_helper.h"

namespace nacre {

namespace {

Result<PrivateKey> private_key_of(Bytes blob, std::uint8_t flags, Bytes handle)
{
    auto key = TRY(PublicKey::from_blob(blob));
    if (handle.size() > longest_key_handle)
        return bad_input("the token's name for the key is too long");
    return PrivateKey::of_security_key(key, {key.application(), flags, SecretBytes::copy_of(handle)});
}

Result<ByteVector> sign_once(const PublicKey& key, const SecurityKey& details, const std::string& provider, Bytes data,
                             std::string_view pin)
{
    auto helper = TRY(TokenHelper::start(HelperKind::security_key));
    token::SkSign request{.provider = provider,
                          .key = key.blob(),
                          .flags = details.flags,
                          .handle = details.handle.bytes(),
                          .data = data,
                          .pin = {pin}};
    auto answer = TRY(helper.exchange(request));
    auto made = TRY(read_token_answer<token::Signed>(answer.bytes()));
    TRY(key.verify(key.type().name, data, made.signature, no_token_demands));
    return to_vector(made.signature);
}

} // namespace

std::optional<std::string> security_key_provider(std::string_view configured)
{
    if (configured.empty() || configured == "$SSH_SK_PROVIDER") {
        auto named = environment_variable("SSH_SK_PROVIDER").value_or("");
        return named.empty() ? std::string{token::internal_provider} : named;
    }
    std::string provider{configured};
    if (provider.starts_with('$'))
        provider = environment_variable(provider.substr(1)).value_or("");
    if (is_unset(provider))
        return std::nullopt;
    return provider;
}

Result<ByteVector> sign_in_token(const PrivateKey& key, const std::string& provider, std::string_view name, Bytes data,
                                 const TokenPerson& person)
{
    auto details = key.security_key();
    if (!details)
        return bad_input("not a key of a FIDO token");
    auto& public_key = key.public_key();
    bool touch = details->flags & sk_user_present;
    SecretBytes pin;
    for (int attempt = 0;; ++attempt) {
        if (touch)
            person.tell(fmt::format("Confirm user presence for key {} {}", public_key.type().short_name,
                                    fingerprint(public_key)));
        auto signature = sign_once(public_key, *details, provider, data, pin.text());
        if (signature && touch)
            person.tell("User presence confirmed");
        if (signature || signature.error().kind != ErrorKind::not_permitted || attempt == pin_attempts)
            return signature;
        auto answer = person.ask_pin(fmt::format("Enter PIN for {} key {}: ", public_key.type().short_name, name));
        if (!answer || answer->empty())
            return signature;
        pin = std::move(*answer);
    }
}

Result<ByteVector> sign_anywhere(const PrivateKey& key, std::string_view algorithm, Bytes data,
                                 std::string_view configured_provider, std::string_view name, const TokenPerson& person)
{
    if (!key.public_key().type().is_of_token())
        return key.sign(algorithm, data);
    auto provider = security_key_provider(configured_provider);
    if (!provider)
        return bad_input("the key is in a FIDO token, and there is no SecurityKeyProvider");
    return sign_in_token(key, *provider, name, data, person);
}

Result<EnrolledKey> enroll_in_token(const TokenEnrollment& order, std::string_view pin)
{
    auto helper = TRY(TokenHelper::start(HelperKind::security_key));
    token::SkEnroll request{.provider = order.provider,
                            .device = order.device,
                            .key_type = std::string{key_type(order.kind).name},
                            .application = order.application,
                            .user = order.user,
                            .flags = order.flags,
                            .challenge = order.challenge,
                            .pin = {pin}};
    auto answer = TRY(helper.exchange(request));
    auto made = TRY(read_token_answer<token::SkEnrolled>(answer.bytes()));
    auto key = TRY(private_key_of(made.key, made.flags, made.handle));
    if (key.public_key().kind() != order.kind || key.public_key().application() != order.application)
        return bad_input("the token made another key than it was asked for");
    return EnrolledKey{std::move(key), to_vector(made.attestation_certificate), to_vector(made.enrollment_signature),
                       to_vector(made.authenticator_data)};
}

Result<std::vector<ResidentKeyFound>> resident_keys(const std::string& provider, const std::string& device,
                                                    std::string_view pin)
{
    auto helper = TRY(TokenHelper::start(HelperKind::security_key));
    auto answer = TRY(helper.exchange(token::SkListResident{provider, device, {pin}}));
    auto found = TRY(read_token_answer<token::SkResidentKeys>(answer.bytes()));
    std::vector<ResidentKeyFound> keys;
    for (auto& one : found.keys.items) {
        auto key = TRY(private_key_of(one.key, one.flags, one.handle));
        keys.push_back({std::move(key), to_vector(one.user)});
    }
    return keys;
}

} // namespace nacre
