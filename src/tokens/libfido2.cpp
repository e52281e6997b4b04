// FIDO authenticators through libfido2: the provider "internal".
//
// libfido2 is linked into ssh-sk-helper only, and only if it was there when this was built.
#include "tokens/authenticator.h"

#if !defined(NACRE_LIBFIDO2)

namespace nacre::token {

Outcome<std::unique_ptr<Authenticator>> open_libfido2()
{
    return trouble(Trouble::unsupported,
                   "ssh-sk-helper was built without libfido2: name a library with SSH_SK_PROVIDER or SecurityKeyProvider");
}

} // namespace nacre::token

#else

#include <fido.h>
#include <fido/credman.h>
#include <fido/es256.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <thread>

#include "wire/reader.h"

namespace nacre::token {

namespace {

constexpr std::size_t most_devices = 64;
constexpr int wait_for_touch_ms = 60'000;
constexpr auto poll_pause = std::chrono::milliseconds{50};
constexpr std::size_t coordinate_size = 32;
constexpr std::size_t ed25519_size = 32;
constexpr std::size_t user_id_size = 32;

template <class T, void (*release)(T**)>
struct Release {
    void operator()(T* object) const { release(&object); }
};
template <class T, void (*release)(T**)>
using Held = std::unique_ptr<T, Release<T, release>>;

using Credential = Held<fido_cred_t, fido_cred_free>;
using AssertionObject = Held<fido_assert_t, fido_assert_free>;
using Applications = Held<fido_credman_rp_t, fido_credman_rp_free>;
using Credentials = Held<fido_credman_rk_t, fido_credman_rk_free>;

struct CloseDevice {
    void operator()(fido_dev_t* device) const
    {
        (void)fido_dev_close(device);
        fido_dev_free(&device);
    }
};
using Device = std::unique_ptr<fido_dev_t, CloseDevice>;

ByteVector copy(const unsigned char* bytes, std::size_t size) { return bytes ? ByteVector(bytes, bytes + size) : ByteVector{}; }

int algorithm_of(KeyKind kind) { return kind == KeyKind::sk_ed25519 ? COSE_EDDSA : COSE_ES256; }

std::unexpected<Failed> what_went_wrong(int code)
{
    switch (code) {
    case FIDO_ERR_UNSUPPORTED_OPTION:
    case FIDO_ERR_UNSUPPORTED_ALGORITHM: return trouble(Trouble::unsupported, "the token does not support this");
    case FIDO_ERR_PIN_REQUIRED:
    case FIDO_ERR_UNAUTHORIZED_PERM: return trouble(Trouble::pin_needed, "the token wants its PIN");
    case FIDO_ERR_PIN_INVALID: return trouble(Trouble::pin_needed, "that is not the token's PIN");
    case FIDO_ERR_PIN_BLOCKED: return trouble(Trouble::other, "the token's PIN is blocked");
    case FIDO_ERR_NO_CREDENTIALS: return trouble(Trouble::no_device, "the token does not have this key");
    case FIDO_ERR_ACTION_TIMEOUT:
    case FIDO_ERR_USER_ACTION_TIMEOUT: return trouble(Trouble::timed_out, "the token was not touched in time");
    default: return trouble(Trouble::other, fmt::format("the token failed: {}", fido_strerr(code)));
    }
}

Outcome<Device> open_device(const std::string& path)
{
    Device device{fido_dev_new()};
    if (!device)
        return trouble(Trouble::other, "out of memory");
    if (auto code = fido_dev_open(device.get(), path.c_str()); code != FIDO_OK)
        return trouble(Trouble::no_device, fmt::format("cannot open the token {}: {}", path, fido_strerr(code)));
    return device;
}

std::vector<Device> all_devices()
{
    auto* list = fido_dev_info_new(most_devices);
    std::size_t found = 0;
    std::vector<Device> devices;
    if (list && fido_dev_info_manifest(list, most_devices, &found) == FIDO_OK)
        for (std::size_t i = 0; i < found; ++i)
            if (auto device = open_device(fido_dev_info_path(fido_dev_info_ptr(list, i))))
                devices.push_back(std::move(*device));
    fido_dev_info_free(&list, most_devices);
    return devices;
}

// The one that a person touches.
Outcome<Device> touched_device(std::vector<Device> devices)
{
    std::erase_if(devices, [](auto& device) { return fido_dev_get_touch_begin(device.get()) != FIDO_OK; });
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{wait_for_touch_ms};
    while (!devices.empty() && std::chrono::steady_clock::now() < end) {
        for (auto& device : devices) {
            int touched = 0;
            if (fido_dev_get_touch_status(device.get(), &touched, 1) != FIDO_OK || !touched)
                continue;
            auto chosen = std::move(device);
            for (auto& other : devices)
                if (other)
                    (void)fido_dev_cancel(other.get());
            return chosen;
        }
        std::this_thread::sleep_for(poll_pause);
    }
    return trouble(Trouble::timed_out, "no token was touched in time");
}

// The one at that path, the only one, or the one that is touched.
Outcome<Device> chosen_device(const std::string& path)
{
    if (!path.empty())
        return open_device(path);
    auto devices = all_devices();
    if (devices.empty())
        return trouble(Trouble::no_device, "there is no FIDO token");
    if (devices.size() == 1)
        return std::move(devices.front());
    return touched_device(std::move(devices));
}

struct AssertionMade {
    int code;
    AssertionObject object;
};

// What is to be signed, and that the token shall wait for a touch, or not.
AssertionMade assertion_about(const AssertionOrder& order, bool touch)
{
    AssertionObject object{fido_assert_new()};
    auto* it = object.get();
    int code = it ? FIDO_OK : FIDO_ERR_INTERNAL;
    auto step = [&](auto&& action) { code = code == FIDO_OK ? action() : code; };
    step([&] { return fido_assert_set_clientdata(it, order.data.data(), order.data.size()); });
    step([&] { return fido_assert_set_rp(it, order.application.c_str()); });
    step([&] { return fido_assert_allow_cred(it, order.handle.data(), order.handle.size()); });
    step([&] { return fido_assert_set_up(it, touch ? FIDO_OPT_TRUE : FIDO_OPT_FALSE); });
    return {code, std::move(object)};
}

AssertionMade make_assertion(fido_dev_t* device, const AssertionOrder& order)
{
    auto [code, object] = assertion_about(order, (order.flags & sk_user_present) != 0);
    auto* it = object.get();
    // With a PIN there is verification anyway; a sensor for fingers has to be asked.
    if (code == FIDO_OK && (order.flags & sk_user_verified) && !order.pin)
        code = fido_dev_has_uv(device) ? fido_assert_set_uv(it, FIDO_OPT_TRUE) : FIDO_ERR_PIN_REQUIRED;
    if (code == FIDO_OK)
        code = fido_dev_get_assert(device, it, order.pin);
    return {code, std::move(object)};
}

// Whether a handle is this token's own, which it says without a touch; and without a PIN, of which another would count a
// wrong one.
int probe(fido_dev_t* device, const AssertionOrder& order)
{
    auto [code, object] = assertion_about(order, false);
    return code == FIDO_OK ? fido_dev_get_assert(device, object.get(), nullptr) : code;
}

Outcome<Device> device_with_key(const AssertionOrder& order)
{
    auto devices = all_devices();
    if (devices.empty())
        return trouble(Trouble::no_device, "there is no FIDO token");
    if (devices.size() == 1)
        return std::move(devices.front());
    Device reserved;                                              // wants its PIN before it looks for any key
    for (auto& device : devices) {
        auto code = probe(device.get(), order);
        if (code == FIDO_OK || code == FIDO_ERR_USER_PRESENCE_REQUIRED)
            return std::move(device);
        if (code == FIDO_ERR_PIN_REQUIRED && !reserved)
            reserved = std::move(device);
    }
    if (reserved)
        return reserved;
    return trouble(Trouble::no_device, "no token that is plugged in has this key");
}

// SEC 1 §2.3.3; libfido2 has the coordinates alone.
ByteVector point_of(const unsigned char* coordinates)
{
    ByteVector point{4};
    point.insert(point.end(), coordinates, coordinates + 2 * coordinate_size);
    return point;
}

std::optional<ByteVector> key_of(const fido_cred_t* credential, KeyKind kind)
{
    auto* bytes = fido_cred_pubkey_ptr(credential);
    auto wanted = kind == KeyKind::sk_ed25519 ? ed25519_size : 2 * coordinate_size;
    if (!bytes || fido_cred_pubkey_len(credential) != wanted)
        return std::nullopt;
    return kind == KeyKind::sk_ed25519 ? copy(bytes, wanted) : point_of(bytes);
}

// RFC 3279 §2.2.3: a sequence of two integers, each shorter than 128 bytes.
std::optional<std::pair<ByteVector, ByteVector>> numbers_of_der(Bytes der)
{
    Reader in{der};
    if (in.u8() != 0x30 || in.u8() != in.left())
        return std::nullopt;
    std::array<ByteVector, 2> numbers;
    for (auto& number : numbers) {
        if (in.u8() != 0x02)
            return std::nullopt;
        number = to_vector(in.take(in.u8()));
    }
    if (!in.ok() || in.left() > 0)
        return std::nullopt;
    return std::pair{std::move(numbers[0]), std::move(numbers[1])};
}

class LibFido2 final : public Authenticator {
public:
    LibFido2() { fido_init(0); }

    Outcome<Enrollment> enroll(const EnrollmentOrder& order) override
    {
        auto device = chosen_device(order.device);
        if (!device)
            return std::unexpected{std::move(device.error())};
        if ((order.flags & sk_resident) && !(order.flags & sk_replace_resident) && order.pin)
            if (has_resident_key(device->get(), order))
                return trouble(Trouble::key_exists, "the token has a key for this application and user already");
        Credential credential{fido_cred_new()};
        if (auto code = make_credential(device->get(), credential.get(), order); code != FIDO_OK)
            return what_went_wrong(code);
        auto key = key_of(credential.get(), order.kind);
        if (!key)
            return trouble(Trouble::other, "the token made a key of another kind");
        auto* it = credential.get();
        return Enrollment{
            .key = std::move(*key),
            .flags = order.flags,
            .handle = copy(fido_cred_id_ptr(it), fido_cred_id_len(it)),
            .attestation_certificate = copy(fido_cred_x5c_ptr(it), fido_cred_x5c_len(it)),
            .enrollment_signature = copy(fido_cred_sig_ptr(it), fido_cred_sig_len(it)),
            .authenticator_data = copy(fido_cred_authdata_ptr(it), fido_cred_authdata_len(it)),
        };
    }

    Outcome<Assertion> sign(const AssertionOrder& order) override
    {
        // A key that wants verification is hidden until then, and a PIN is for one token: the person says which.
        bool by_touch = order.pin || (order.flags & sk_user_verified);
        auto device = by_touch ? chosen_device({}) : device_with_key(order);
        if (!device)
            return std::unexpected{std::move(device.error())};
        auto [code, object] = make_assertion(device->get(), order);
        if (code != FIDO_OK)
            return what_went_wrong(code);
        auto* it = object.get();
        SkSignatureEnd end{fido_assert_flags(it, 0), fido_assert_sigcount(it, 0)};
        auto bytes = copy(fido_assert_sig_ptr(it, 0), fido_assert_sig_len(it, 0));
        if (order.kind == KeyKind::sk_ed25519)
            return Assertion{end, std::move(bytes), {}};
        auto numbers = numbers_of_der(bytes);
        if (!numbers)
            return trouble(Trouble::other, "the token's signature is malformed");
        return Assertion{end, std::move(numbers->first), std::move(numbers->second)};
    }

    Outcome<std::vector<ResidentKey>> resident_keys(const std::string& path, const char* pin) override
    {
        auto device = chosen_device(path);
        if (!device)
            return std::unexpected{std::move(device.error())};
        if (!pin)
            return trouble(Trouble::pin_needed, "the token wants its PIN");
        Applications applications{fido_credman_rp_new()};
        if (auto code = fido_credman_get_dev_rp(device->get(), applications.get(), pin); code != FIDO_OK)
            return what_went_wrong(code);
        std::vector<ResidentKey> keys;
        for (std::size_t i = 0; i < fido_credman_rp_count(applications.get()); ++i) {
            auto* name = fido_credman_rp_id(applications.get(), i);
            if (!name || !std::string_view{name}.starts_with(default_application))
                continue;
            Credentials credentials{fido_credman_rk_new()};
            auto code = fido_credman_get_dev_rk(device->get(), name, credentials.get(), pin);
            if (code != FIDO_OK && code != FIDO_ERR_NO_CREDENTIALS)
                return what_went_wrong(code);
            for (std::size_t k = 0; k < fido_credman_rk_count(credentials.get()) && keys.size() < most_keys; ++k)
                add_resident(keys, name, fido_credman_rk(credentials.get(), k));
        }
        return keys;
    }

private:
    // A resident key is kept under its application and this; the same user's next one would replace it.
    static std::array<std::uint8_t, user_id_size> user_id(const EnrollmentOrder& order)
    {
        std::array<std::uint8_t, user_id_size> id{};
        std::copy_n(order.user.begin(), std::min(order.user.size(), id.size()), id.begin());
        return id;
    }

    static bool has_resident_key(fido_dev_t* device, const EnrollmentOrder& order)
    {
        Credentials credentials{fido_credman_rk_new()};
        if (fido_credman_get_dev_rk(device, order.application.c_str(), credentials.get(), order.pin) != FIDO_OK)
            return false;
        auto wanted = user_id(order);
        for (std::size_t i = 0; i < fido_credman_rk_count(credentials.get()); ++i) {
            auto* one = fido_credman_rk(credentials.get(), i);
            auto id = copy(fido_cred_user_id_ptr(one), fido_cred_user_id_len(one));
            if (same_bytes(id, wanted))
                return true;
        }
        return false;
    }

    static int make_credential(fido_dev_t* device, fido_cred_t* it, const EnrollmentOrder& order)
    {
        auto id = user_id(order);
        auto* user = order.user.empty() ? "openssh" : order.user.c_str();
        int code = it ? FIDO_OK : FIDO_ERR_INTERNAL;
        auto step = [&](auto&& action) { code = code == FIDO_OK ? action() : code; };
        bool resident = (order.flags & sk_resident) != 0;
        step([&] { return fido_cred_set_type(it, algorithm_of(order.kind)); });
        step([&] { return fido_cred_set_clientdata(it, order.challenge.data(), order.challenge.size()); });
        step([&] { return fido_cred_set_rk(it, resident ? FIDO_OPT_TRUE : FIDO_OPT_OMIT); });
        step([&] { return fido_cred_set_user(it, id.data(), id.size(), user, user, nullptr); });
        step([&] { return fido_cred_set_rp(it, order.application.c_str(), nullptr); });
        if (order.flags & (sk_resident | sk_user_verified)) {
            bool protects = fido_dev_supports_cred_prot(device);
            bool verified = (order.flags & sk_user_verified) != 0;
            if (!protects && verified)
                return FIDO_ERR_UNSUPPORTED_OPTION;
            if (protects)
                step([&] {
                    return fido_cred_set_prot(it, verified ? FIDO_CRED_PROT_UV_REQUIRED
                                                           : FIDO_CRED_PROT_UV_OPTIONAL_WITH_ID);
                });
        }
        step([&] { return fido_dev_make_cred(device, it, order.pin); });
        // With an attestation certificate, or signed by the new key itself.
        step([&] { return fido_cred_x5c_ptr(it) ? fido_cred_verify(it) : fido_cred_verify_self(it); });
        return code;
    }

    static void add_resident(std::vector<ResidentKey>& keys, const char* application, const fido_cred_t* credential)
    {
        auto type = fido_cred_type(credential);
        if (type != COSE_EDDSA && type != COSE_ES256)
            return;
        auto kind = type == COSE_EDDSA ? KeyKind::sk_ed25519 : KeyKind::sk_ecdsa_nistp256;
        auto key = key_of(credential, kind);
        if (!key)
            return;
        auto flags = static_cast<std::uint8_t>(sk_user_present | sk_resident);
        if (fido_cred_prot(credential) == FIDO_CRED_PROT_UV_REQUIRED)
            flags = static_cast<std::uint8_t>(flags | sk_user_verified);
        Enrollment enrollment{.key = std::move(*key),
                              .flags = flags,
                              .handle = copy(fido_cred_id_ptr(credential), fido_cred_id_len(credential)),
                              .attestation_certificate = {},
                              .enrollment_signature = {},
                              .authenticator_data = {}};
        keys.push_back({kind, application, std::move(enrollment),
                        copy(fido_cred_user_id_ptr(credential), fido_cred_user_id_len(credential))});
    }
};

} // namespace

Outcome<std::unique_ptr<Authenticator>> open_libfido2() { return std::make_unique<LibFido2>(); }

} // namespace nacre::token

#endif
