#include "tokens/sk_helper.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "base/text.h"
#include "os/print.h"
#include "tokens/authenticator.h"
#include "tokens/helper_channel.h"

namespace nacre {

namespace {

using namespace token;

// What a library takes: ended by NUL, wiped afterwards.  An empty PIN is none.
class Pin {
public:
    explicit Pin(std::string_view text) : bytes_(text.size() + 1)
    {
        std::ranges::copy(as_bytes(text), bytes_.bytes().begin());
    }
    const char* pointer() const
    {
        return bytes_.size() > 1 ? reinterpret_cast<const char*>(bytes_.bytes().data()) : nullptr;
    }

private:
    SecretBytes bytes_;
};

Result<void> answer_failure(Failed failed)
{
    failed.text = printable(failed.text);
    return answer_with(failed);
}

Result<void> refuse(const Error& error) { return answer_failure({Trouble::other, error.what}); }

// The blob, if it is a signature at all: not every library and token that says so has signed.
Result<ByteVector> checked_signature(const PublicKey& key, Bytes data, const Assertion& assertion)
{
    auto blob = key.kind() == KeyKind::sk_ed25519 ? sk_ed25519_signature(assertion.r, assertion.end)
                                                  : sk_ecdsa_signature(assertion.r, assertion.s, assertion.end);
    if (!key.verify(key.type().name, data, blob, no_token_demands))
        return bad_input("the token's signature does not fit its key: is this the right token?");
    return blob;
}

Result<void> sign(Bytes message)
{
    auto request = TRY(decode<SkSign>(message));
    auto key = PublicKey::from_blob(request.key);
    if (!key)
        return refuse(key.error());
    if (!key->type().is_of_token() || key->is_certificate())
        return answer_failure({Trouble::unsupported, "not a key of a FIDO token"});
    auto authenticator = open_authenticator(request.provider);
    if (!authenticator)
        return answer_failure(std::move(authenticator.error()));
    Pin pin{request.pin.text};
    auto flags = static_cast<std::uint8_t>(request.flags & (sk_user_present | sk_user_verified));
    auto assertion = (*authenticator)
                         ->sign({.kind = key->kind(),
                                 .application = key->application(),
                                 .flags = flags,
                                 .handle = request.handle,
                                 .data = request.data,
                                 .pin = pin.pointer()});
    if (!assertion)
        return answer_failure(std::move(assertion.error()));
    auto signature = checked_signature(*key, request.data, *assertion);
    return signature ? answer_with(Signed{*signature}) : refuse(signature.error());
}

Result<void> enroll(Bytes message)
{
    auto request = TRY(decode<SkEnroll>(message));
    auto* type = find_key_type(request.key_type);
    if (!type || !type->is_of_token() || type->is_certificate())
        return answer_failure({Trouble::unsupported, "not a kind of key that FIDO tokens have"});
    if (request.application.empty() || request.application.contains('\0'))
        return answer_failure({Trouble::unsupported, "a token's key needs an application"});
    auto authenticator = open_authenticator(request.provider);
    if (!authenticator)
        return answer_failure(std::move(authenticator.error()));
    Pin pin{request.pin.text};
    auto made = (*authenticator)
                    ->enroll({.kind = type->kind,
                              .application = request.application,
                              .device = request.device,
                              .user = request.user,
                              .flags = request.flags,
                              .challenge = request.challenge,
                              .pin = pin.pointer()});
    if (!made)
        return answer_failure(std::move(made.error()));
    auto key = sk_public_key(type->kind, made->key, request.application);
    if (!key)
        return refuse(key.error());
    return answer_with(SkEnrolled{key->blob(), made->flags, made->handle, made->attestation_certificate,
                                  made->enrollment_signature, made->authenticator_data});
}

Result<void> list_resident(Bytes message)
{
    auto request = TRY(decode<SkListResident>(message));
    auto authenticator = open_authenticator(request.provider);
    if (!authenticator)
        return answer_failure(std::move(authenticator.error()));
    Pin pin{request.pin.text};
    auto found = (*authenticator)->resident_keys(request.device, pin.pointer());
    if (!found)
        return answer_failure(std::move(found.error()));
    std::vector<PublicKey> keys;
    SkResidentKeys answer;
    keys.reserve(found->size());
    for (auto& one : *found) {
        auto key = sk_public_key(one.kind, one.enrollment.key, one.application);
        // Other websites' passkeys are none of our business.
        if (!key || !one.application.starts_with(default_application))
            continue;
        keys.push_back(std::move(*key));
        answer.keys.items.push_back({keys.back().blob(), one.enrollment.flags, one.enrollment.handle, one.user});
    }
    return answer_with(answer);
}

struct RequestRow {
    MessageNumber number;
    Result<void> (*handle)(Bytes message);
};

constexpr std::array requests{
    RequestRow{SkSign::number, sign},
    RequestRow{SkEnroll::number, enroll},
    RequestRow{SkListResident::number, list_resident},
};

Result<void> serve()
{
    TRY(prepare_helper());
    auto request = TRY(read_request());
    if (!request)
        return {};
    MessageNumber number{Reader{request->bytes()}.u8()};
    auto row = std::ranges::find(requests, number, &RequestRow::number);
    if (row == requests.end())
        return answer_failure({Trouble::unsupported, "an unknown request"});
    return row->handle(request->bytes());
}

} // namespace

int run_sk_helper(int count, char**)
{
    if (count > 1) {
        say(stderr, "ssh-sk-helper is started by ssh, ssh-agent and ssh-keygen; see ssh-sk-helper(8)\n");
        return 1;
    }
    auto served = serve();
    if (!served)
        say(stderr, "ssh-sk-helper: {}\n", served.error().what);
    return served ? 0 : 1;
}

} // namespace nacre
