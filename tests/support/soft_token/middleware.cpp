// A FIDO authenticator in software, as a middleware library for ssh-sk-helper (src/tokens/sk_api.h).
//
// Keys are real; hardware is not.  The environment says how it behaves:
//   SOFT_TOKEN_FOLDER    where it keeps resident keys and counts its signatures
//   SOFT_TOKEN_PIN       the PIN that verification, and everything about resident keys, needs
//   SOFT_TOKEN_TROUBLE   "no-device", "unsupported", "untouched" (signs without a touch), "wrong" (signs something else)
#include "tokens/sk_api.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

using namespace nacre::sk_api;

namespace {

using Text = std::vector<std::uint8_t>;

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const
    {
        release(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

constexpr int general_error = -1;
constexpr std::uint8_t user_present = 0x01;
constexpr std::uint8_t user_verified = 0x04;
constexpr std::uint8_t force = 0x10;
constexpr std::uint8_t resident = 0x20;

std::string variable(const char* name)
{
    auto* value = std::getenv(name);
    return value ? value : "";
}

std::uint8_t* allocated(const Text& bytes, std::size_t& size)
{
    auto* memory = static_cast<std::uint8_t*>(std::malloc(bytes.size() + 1));
    std::memcpy(memory, bytes.data(), bytes.size());
    size = bytes.size();
    return memory;
}

std::string hex(const Text& bytes)
{
    std::string text;
    for (auto byte : bytes)
        for (int digit : {byte >> 4, byte & 15})
            text += "0123456789abcdef"[digit];
    return text;
}

Text from_hex(const std::string& text)
{
    Text bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
    return bytes;
}

// Nothing, or what to answer instead.
int trouble(std::uint8_t flags, const char* pin)
{
    auto kind = variable("SOFT_TOKEN_TROUBLE");
    if (kind == "no-device")
        return error_device_not_found;
    if (kind == "unsupported")
        return error_unsupported;
    auto right = variable("SOFT_TOKEN_PIN");
    bool needed = (flags & (user_verified | resident)) != 0;
    return needed && !right.empty() && (!pin || right != pin) ? error_pin_required : 0;
}

// A key's handle is its private half: what a real token would have encrypted.
Key key_of(std::uint32_t algorithm, const Text& handle)
{
    if (algorithm == ed25519)
        return Key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, handle.data(), handle.size())};
    const unsigned char* at = handle.data();
    return Key{d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(handle.size()))};
}

Key new_key(std::uint32_t algorithm)
{
    return Key{algorithm == ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519") : EVP_EC_gen("P-256")};
}

Text handle_of(std::uint32_t algorithm, const Key& key)
{
    Text handle(1024);
    if (algorithm == ed25519) {
        auto size = handle.size();
        EVP_PKEY_get_raw_private_key(key.get(), handle.data(), &size);
        handle.resize(size);
        return handle;
    }
    auto* at = handle.data();
    handle.resize(static_cast<std::size_t>(i2d_PrivateKey(key.get(), &at)));
    return handle;
}

Text public_half(std::uint32_t algorithm, const Key& key)
{
    Text half(256);
    auto size = half.size();
    if (algorithm == ed25519)
        EVP_PKEY_get_raw_public_key(key.get(), half.data(), &size);
    else
        EVP_PKEY_get_octet_string_param(key.get(), "pub", half.data(), half.size(), &size);
    half.resize(size);
    return half;
}

Text signature_of(std::uint32_t algorithm, const Key& key, const Text& message)
{
    std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
    Text signature(256);
    auto size = signature.size();
    auto* hash = algorithm == ed25519 ? nullptr : EVP_sha256();
    if (EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1)
        size = 0;
    signature.resize(size);
    return signature;
}

Text number(const BIGNUM* value)
{
    Text bytes(static_cast<std::size_t>(BN_num_bytes(value)));
    BN_bn2bin(value, bytes.data());
    return bytes;
}

std::string state_file(const char* name) { return variable("SOFT_TOKEN_FOLDER") + "/" + name; }

std::uint32_t next_count()
{
    if (variable("SOFT_TOKEN_FOLDER").empty())
        return 1;
    std::uint32_t count = 0;
    std::ifstream{state_file("counter")} >> count;
    std::ofstream{state_file("counter")} << ++count;
    return count;
}

std::string option(Option** options, const char* name)
{
    for (; options && *options; ++options)
        if (std::strcmp((*options)->name, name) == 0)
            return (*options)->value;
    return {};
}

// One line for each: algorithm, flags, application, user ("-": none), handle.
struct Kept {
    std::uint32_t algorithm = 0;
    unsigned flags = 0;
    std::string application, user, handle;
};

std::vector<Kept> kept_keys()
{
    std::vector<Kept> keys;
    std::ifstream in{state_file("resident")};
    for (Kept one; in >> one.algorithm >> one.flags >> one.application >> one.user >> one.handle;)
        keys.push_back(one);
    return keys;
}

int keep(const Kept& key, bool replace)
{
    auto keys = kept_keys();
    for (auto& one : keys)
        if (one.application == key.application && one.user == key.user && !replace)
            return error_credential_exists;
    std::erase_if(keys, [&](auto& one) { return one.application == key.application && one.user == key.user; });
    keys.push_back(key);
    std::ofstream out{state_file("resident")};
    for (auto& one : keys)
        out << one.algorithm << ' ' << one.flags << ' ' << one.application << ' ' << one.user << ' ' << one.handle << '\n';
    return 0;
}

void append(Text& text, const std::uint8_t* bytes, std::size_t size) { text.insert(text.end(), bytes, bytes + size); }

void append_hash(Text& text, const void* bytes, std::size_t size)
{
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(static_cast<const std::uint8_t*>(bytes), size, digest.data());
    append(text, digest.data(), digest.size());
}

void fill(EnrollResponse& response, std::uint32_t algorithm, const Text& handle, std::uint8_t flags)
{
    auto key = key_of(algorithm, handle);
    response.flags = flags;
    response.public_key = allocated(public_half(algorithm, key), response.public_key_size);
    response.key_handle = allocated(handle, response.key_handle_size);
}

template <class T>
T* zeroed()
{
    return static_cast<T*>(std::calloc(1, sizeof(T)));
}

} // namespace

extern "C" {

std::uint32_t sk_api_version() { return version; }

int sk_enroll(std::uint32_t algorithm, const std::uint8_t* challenge, std::size_t challenge_size, const char* application,
              std::uint8_t flags, const char* pin, Option** options, EnrollResponse** response)
{
    if (auto code = trouble(flags, pin))
        return code;
    auto key = new_key(algorithm);
    if (!key)
        return general_error;
    auto handle = handle_of(algorithm, key);
    auto user = option(options, "user");
    if (flags & resident)
        if (auto code = keep({algorithm, flags & ~std::uint32_t{force}, application, user.empty() ? "-" : user, hex(handle)},
                             (flags & force) != 0))
            return code;
    auto* made = zeroed<EnrollResponse>();
    fill(*made, algorithm, handle, static_cast<std::uint8_t>(flags & ~force));
    // An attestation that nobody checks, except that it is about the challenge.
    made->attestation_certificate =
        allocated({challenge, challenge + challenge_size}, made->attestation_certificate_size);
    made->signature = allocated(signature_of(algorithm, key, {challenge, challenge + challenge_size}), made->signature_size);
    *response = made;
    return 0;
}

int sk_sign(std::uint32_t algorithm, const std::uint8_t* data, std::size_t data_size, const char* application,
            const std::uint8_t* key_handle, std::size_t key_handle_size, std::uint8_t flags, const char* pin, Option**,
            SignResponse** response)
{
    if (auto code = trouble(flags, pin))
        return code;
    auto key = key_of(algorithm, {key_handle, key_handle + key_handle_size});
    if (!key)
        return error_device_not_found;
    auto* made = zeroed<SignResponse>();
    auto kind = variable("SOFT_TOKEN_TROUBLE");
    made->flags = kind == "untouched" ? 0 : static_cast<std::uint8_t>(flags & (user_present | user_verified));
    made->counter = next_count();
    Text message;
    append_hash(message, application, std::strlen(application));
    message.push_back(made->flags);
    for (int shift : {24, 16, 8, 0})
        message.push_back(static_cast<std::uint8_t>(made->counter >> shift));
    append_hash(message, data, kind == "wrong" ? 0 : data_size);
    auto signature = signature_of(algorithm, key, message);
    if (algorithm == ed25519) {
        made->r = allocated(signature, made->r_size);
    } else {
        const unsigned char* at = signature.data();
        std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>> pair{
            d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size()))};
        if (pair) {
            made->r = allocated(number(ECDSA_SIG_get0_r(pair.get())), made->r_size);
            made->s = allocated(number(ECDSA_SIG_get0_s(pair.get())), made->s_size);
        }
    }
    *response = made;
    return 0;
}

int sk_load_resident_keys(const char* pin, Option**, ResidentKey*** keys, std::size_t* count)
{
    if (auto code = trouble(resident, pin))
        return code;
    auto kept = kept_keys();
    *keys = static_cast<ResidentKey**>(std::calloc(kept.size() + 1, sizeof(ResidentKey*)));
    *count = kept.size();
    for (std::size_t i = 0; i < kept.size(); ++i) {
        auto* one = zeroed<ResidentKey>();
        one->algorithm = kept[i].algorithm;
        one->application = ::strdup(kept[i].application.c_str());
        one->flags = static_cast<std::uint8_t>(kept[i].flags);
        fill(one->key, one->algorithm, from_hex(kept[i].handle), one->flags);
        auto user = kept[i].user == "-" ? std::string{} : kept[i].user;
        one->user_id = allocated({user.begin(), user.end()}, one->user_id_size);
        (*keys)[i] = one;
    }
    return 0;
}

} // extern "C"
