// A FIDO authenticator behind a library that speaks the interface of sk_api.h.
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "tokens/authenticator.h"
#include "tokens/library.h"
#include "tokens/sk_api.h"

namespace nacre::token {

namespace {

struct FreeMemory {
    void operator()(void* memory) const { std::free(memory); }
};
template <class T>
using Malloced = std::unique_ptr<T, FreeMemory>;

// What a library allocated, taken over: wiped, since handles and keys may be secrets, and freed.
ByteVector take(std::uint8_t* bytes, std::size_t size)
{
    if (!bytes)
        return {};
    ByteVector taken(bytes, bytes + size);
    wipe({bytes, size});
    std::free(bytes);
    return taken;
}

Enrollment take(sk_api::EnrollResponse& response)
{
    return {.key = take(response.public_key, response.public_key_size),
            .flags = response.flags,
            .handle = take(response.key_handle, response.key_handle_size),
            .attestation_certificate = take(response.attestation_certificate, response.attestation_certificate_size),
            .enrollment_signature = take(response.signature, response.signature_size),
            .authenticator_data = take(response.authenticator_data, response.authenticator_data_size)};
}

std::uint32_t algorithm_of(KeyKind kind) { return kind == KeyKind::sk_ed25519 ? sk_api::ed25519 : sk_api::ecdsa; }

std::unexpected<Failed> what_went_wrong(int code)
{
    switch (code) {
    case sk_api::error_unsupported: return trouble(Trouble::unsupported, "the token does not support this");
    case sk_api::error_pin_required: return trouble(Trouble::pin_needed, "the token wants its PIN");
    case sk_api::error_device_not_found: return trouble(Trouble::no_device, "device not found");
    case sk_api::error_credential_exists: return trouble(Trouble::key_exists, "the token has such a key already");
    default: return trouble(Trouble::other, fmt::format("the middleware failed (code {})", code));
    }
}

// The interface's list of options: pointers, the last one null.
class Options {
public:
    void add(const char* name, const std::string& value)
    {
        if (value.empty())
            return;
        options_[count_] = {name, value.c_str(), 0};
        pointers_[count_] = &options_[count_];
        ++count_;
    }
    sk_api::Option** list() { return count_ ? pointers_.data() : nullptr; }

private:
    static constexpr std::size_t most = 2;                        // device, user
    std::size_t count_ = 0;
    std::array<sk_api::Option, most> options_{};
    std::array<sk_api::Option*, most + 1> pointers_{};
};

class Middleware final : public Authenticator {
public:
    explicit Middleware(Library library)
        : library_(std::move(library)), enroll_(library_.find<sk_api::Enroll>("sk_enroll")),
          sign_(library_.find<sk_api::Sign>("sk_sign")),
          load_(library_.find<sk_api::LoadResidentKeys>("sk_load_resident_keys"))
    {
    }
    bool is_complete() const { return enroll_ && sign_ && load_; }

    Outcome<Enrollment> enroll(const EnrollmentOrder& order) override
    {
        Options options;
        options.add("device", order.device);
        options.add("user", order.user);
        sk_api::EnrollResponse* raw = nullptr;
        auto code = enroll_(algorithm_of(order.kind), order.challenge.data(), order.challenge.size(),
                            order.application.c_str(), order.flags, order.pin, options.list(), &raw);
        Malloced<sk_api::EnrollResponse> response{raw};
        if (code != 0 || !response)
            return what_went_wrong(code);
        return take(*response);
    }

    Outcome<Assertion> sign(const AssertionOrder& order) override
    {
        sk_api::SignResponse* raw = nullptr;
        auto code = sign_(algorithm_of(order.kind), order.data.data(), order.data.size(), order.application.c_str(),
                          order.handle.data(), order.handle.size(), order.flags, order.pin, nullptr, &raw);
        Malloced<sk_api::SignResponse> response{raw};
        if (code != 0 || !response)
            return what_went_wrong(code);
        return Assertion{{response->flags, response->counter},
                         take(response->r, response->r_size),
                         take(response->s, response->s_size)};
    }

    Outcome<std::vector<ResidentKey>> resident_keys(const std::string& device, const char* pin) override
    {
        Options options;
        options.add("device", device);
        sk_api::ResidentKey** raw = nullptr;
        std::size_t count = 0;
        auto code = load_(pin, options.list(), &raw, &count);
        Malloced<sk_api::ResidentKey*> list{raw};
        if (code != 0)
            return what_went_wrong(code);
        std::vector<ResidentKey> keys;
        for (std::size_t i = 0; i < count; ++i) {
            Malloced<sk_api::ResidentKey> key{raw[i]};
            Malloced<char> application{key->application};
            auto kind = key->algorithm == sk_api::ed25519 ? KeyKind::sk_ed25519 : KeyKind::sk_ecdsa_nistp256;
            auto enrollment = take(key->key);
            enrollment.flags = key->flags;
            auto user = take(key->user_id, key->user_id_size);
            if (key->algorithm <= sk_api::ed25519 && application && keys.size() < most_keys)
                keys.push_back({kind, application.get(), std::move(enrollment), std::move(user)});
        }
        return keys;
    }

private:
    Library library_;
    sk_api::Enroll enroll_;
    sk_api::Sign sign_;
    sk_api::LoadResidentKeys load_;
};

} // namespace

Outcome<std::unique_ptr<Authenticator>> open_middleware(const std::string& path)
{
    auto library = Library::open(path, "sk_api_version");
    if (!library)
        return trouble(Trouble::other, std::move(library.error().what));
    auto version = library->find<sk_api::Version>("sk_api_version")();
    if ((version & sk_api::version_mask) != sk_api::version)
        return trouble(Trouble::unsupported, fmt::format("{} speaks version {:#010x} of the interface, not {:#010x}", path,
                                                         version, sk_api::version));
    auto middleware = std::make_unique<Middleware>(std::move(*library));
    if (!middleware->is_complete())
        return trouble(Trouble::other, fmt::format("{} lacks a function of the interface", path));
    return middleware;
}

Outcome<std::unique_ptr<Authenticator>> open_authenticator(const std::string& provider)
{
    return provider == internal_provider ? open_libfido2() : open_middleware(provider);
}

} // namespace nacre::token
