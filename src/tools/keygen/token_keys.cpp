#include "tools/keygen/token_keys.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>

#include "base/text.h"
#include "crypto/random.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "runtime/token_helper.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"

namespace nacre::keygen {

namespace {

constexpr std::size_t challenge_size = 32;
constexpr std::size_t longest_challenge = 64 * 1024;
constexpr std::string_view attestation_magic = "ssh-sk-attest-v01";

struct Order {
    TokenEnrollment enrollment;
    std::string attestation_file;                                 // empty: not wanted
};

struct FlagRow {
    std::string_view name;
    std::uint8_t flag;
    bool set;
};

constexpr std::array flags{
    FlagRow{"no-touch-required", sk_user_present, false}, FlagRow{"touch-required", sk_user_present, true},
    FlagRow{"no-verify-required", sk_user_verified, false}, FlagRow{"verify-required", sk_user_verified, true},
    FlagRow{"resident", sk_resident, true},
};

const FlagRow* find_flag(std::string_view name)
{
    for (auto& row : flags)
        if (equal_ignoring_case(row.name, name))
            return &row;
    return nullptr;
}

void apply(std::uint8_t& value, const FlagRow& row)
{
    value = static_cast<std::uint8_t>(row.set ? value | row.flag : value & ~row.flag);
}

Result<void> set_application(Order& order, std::string_view value)
{
    if (!value.starts_with(default_application))
        return bad_input("the application of a token's key must begin with \"ssh:\"");
    order.enrollment.application = value;
    return {};
}

Result<void> set_challenge(Order& order, std::string_view file)
{
    order.enrollment.challenge = TRY(read_file(std::string{file}, longest_challenge, FifoWriter::awaited));
    if (order.enrollment.challenge.empty())
        return bad_input(fmt::format("the challenge in {} is empty", printable(file)));
    return {};
}

struct ValueRow {
    std::string_view name;
    Result<void> (*apply)(Order& order, std::string_view value);
};

template <auto member>
Result<void> keep(Order& order, std::string_view value)
{
    order.enrollment.*member = value;
    return {};
}

constexpr std::array values{
    ValueRow{"application", set_application},
    ValueRow{"challenge", set_challenge},
    ValueRow{"device", keep<&TokenEnrollment::device>},
    ValueRow{"user", keep<&TokenEnrollment::user>},
    ValueRow{"write-attestation",
             [](Order& order, std::string_view value) -> Result<void> {
                 order.attestation_file = value;
                 return {};
             }},
};

Result<void> apply_option(Order& order, std::string_view option)
{
    if (auto* row = find_flag(option)) {
        apply(order.enrollment.flags, *row);
        return {};
    }
    auto equals = option.find('=');
    for (auto& row : values)
        if (equals != std::string_view::npos && equal_ignoring_case(row.name, option.substr(0, equals)))
            return row.apply(order, option.substr(equals + 1));
    return bad_input(fmt::format("option \"{}\" is unknown or not supported for keys in FIDO tokens", printable(option)));
}

Result<Order> read_order(const Settings& settings, KeyKind kind)
{
    Order order;
    order.enrollment.kind = kind;
    order.enrollment.provider = TRY(token_provider(settings));
    for (auto& option : settings.options)
        TRY(apply_option(order, option));
    if (order.enrollment.challenge.empty()) {
        SystemRandom random;
        order.enrollment.challenge.resize(challenge_size);
        random.fill(order.enrollment.challenge);
    }
    return order;
}

bool may_replace(const TokenEnrollment& order)
{
    say("A resident key scoped to '{}' with user id '{}' already exists.\n", order.application,
        order.user.empty() ? "null" : printable(order.user));
    auto answer = ask_line("Overwrite key in token (y/n)? ");
    return answer && (answer->starts_with('y') || answer->starts_with('Y'));
}

Result<EnrolledKey> enroll(TokenEnrollment order, bool quiet)
{
    SecretBytes pin;
    if (!quiet)
        say("You may need to touch your authenticator to authorize key generation.\n");
    for (int attempt = 0;; ++attempt) {
        flush_text(stdout);
        auto made = enroll_in_token(order, pin.text());
        if (made)
            return made;
        bool exists = made.error().kind == ErrorKind::incompatible && !(order.flags & sk_replace_resident);
        if (exists) {
            if (!may_replace(order))
                return made;
            order.flags = static_cast<std::uint8_t>(order.flags | sk_replace_resident);
            continue;
        }
        if (made.error().kind != ErrorKind::not_permitted || attempt == pin_attempts)
            return made;
        pin = TRY(ask_passphrase("Enter PIN for authenticator: "));
        if (pin.empty())
            return made;
        if (!quiet)
            say("You may need to touch your authenticator again to authorize key generation.\n");
    }
}

// PROTOCOL.u2f, "SSH U2F enrollment attestation".
ByteVector attestation_of(const EnrolledKey& made)
{
    ByteVector bytes;
    if (made.attestation_certificate.empty() && made.enrollment_signature.empty())
        return bytes;
    Writer{bytes}
        .string(attestation_magic)
        .string(made.attestation_certificate)
        .string(made.enrollment_signature)
        .string(made.authenticator_data)
        .u32(0)
        .string(std::string_view{});
    return bytes;
}

} // namespace

TokenPerson person_at_token()
{
    return {.ask_pin = [](const std::string& prompt) -> std::optional<SecretBytes> {
                auto pin = ask_passphrase(prompt);
                return pin && !pin->empty() ? std::optional{std::move(*pin)} : std::nullopt;
            },
            .tell = [](const std::string& line) { say(stderr, "{}\n", line); }};
}

Result<std::string> token_provider(const Settings& settings)
{
    auto provider = security_key_provider(settings.token_library.value_or(""));
    if (!provider)
        return bad_input("there is no library for FIDO tokens");
    return std::move(*provider);
}

Result<NewKey> make_token_key(const Settings& settings, KeyKind kind)
{
    auto order = TRY(read_order(settings, kind));
    auto made = enroll(order.enrollment, settings.quiet);
    if (!made)
        return fail(in_context("Key enrollment failed", std::move(made.error())));
    std::optional<Attestation> attestation;
    if (!order.attestation_file.empty())
        attestation = Attestation{order.attestation_file, attestation_of(*made)};
    return NewKey{std::move(made->key), std::move(attestation)};
}

Result<void> save_attestation(const Attestation& attestation)
{
    if (attestation.content.empty()) {
        say(stderr, "Warning: the token attests nothing, {} was not written\n", attestation.file);
        return {};
    }
    TRY(replace_public_file(attestation.file, attestation.content));
    say("Your FIDO attestation certificate has been saved in {}\n", attestation.file);
    return {};
}

Result<PrivateKey> with_changed_demands(const PrivateKey& key, std::span<const std::string> options)
{
    auto details = key.security_key();
    if (!details)
        return bad_input("-O changes keys in FIDO tokens only");
    for (auto& option : options) {
        auto* row = find_flag(option);
        if (!row || row->flag == sk_resident)
            return bad_input(fmt::format("option \"{}\" cannot be changed", printable(option)));
        apply(details->flags, *row);
    }
    return PrivateKey::of_security_key(key.public_key(), *details);
}

} // namespace nacre::keygen
