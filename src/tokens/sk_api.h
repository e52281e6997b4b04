// The interface of FIDO middleware libraries, version 10: sk_api_version, sk_enroll, sk_sign, sk_load_resident_keys.
//
// OpenSSH's PROTOCOL.u2f describes it ("Using hardware tokens: middleware").  What a library
// returns it has allocated with malloc(); we free it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nacre::sk_api {

inline constexpr std::uint32_t version = 0x000a0000;
inline constexpr std::uint32_t version_mask = 0xffff0000;         // minor versions add, major ones change

inline constexpr std::uint32_t ecdsa = 0;
inline constexpr std::uint32_t ed25519 = 1;

inline constexpr int error_unsupported = -2;
inline constexpr int error_pin_required = -3;
inline constexpr int error_device_not_found = -4;
inline constexpr int error_credential_exists = -5;

struct EnrollResponse {
    std::uint8_t flags;
    std::uint8_t* public_key;
    std::size_t public_key_size;
    std::uint8_t* key_handle;
    std::size_t key_handle_size;
    std::uint8_t* signature;
    std::size_t signature_size;
    std::uint8_t* attestation_certificate;
    std::size_t attestation_certificate_size;
    std::uint8_t* authenticator_data;
    std::size_t authenticator_data_size;
};

struct SignResponse {
    std::uint8_t flags;
    std::uint32_t counter;
    std::uint8_t* r;
    std::size_t r_size;
    std::uint8_t* s;
    std::size_t s_size;
};

struct ResidentKey {
    std::uint32_t algorithm;
    std::size_t slot;
    char* application;
    EnrollResponse key;
    std::uint8_t flags;
    std::uint8_t* user_id;
    std::size_t user_id_size;
};

struct Option {
    const char* name;
    const char* value;
    std::uint8_t required;
};

using Version = std::uint32_t (*)();
using Enroll = int (*)(std::uint32_t algorithm, const std::uint8_t* challenge, std::size_t challenge_size,
                       const char* application, std::uint8_t flags, const char* pin, Option** options,
                       EnrollResponse** response);
using Sign = int (*)(std::uint32_t algorithm, const std::uint8_t* data, std::size_t data_size, const char* application,
                     const std::uint8_t* key_handle, std::size_t key_handle_size, std::uint8_t flags, const char* pin,
                     Option** options, SignResponse** response);
using LoadResidentKeys = int (*)(const char* pin, Option** options, ResidentKey*** keys, std::size_t* count);

} // namespace nacre::sk_api
