// For tests in keys/ and above only: a FIDO token in software, which signs what PROTOCOL.u2f says.
#pragma once

#include <string>

#include "crypto/sign.h"
#include "keys/private_key.h"
#include "keys/security_key.h"

namespace nacre::test {

class SoftToken {
public:
    explicit SoftToken(KeyKind kind, std::string application = "ssh:")
        : kind_(kind), application_(std::move(application)),
          secret_(is_ecdsa() ? ecdsa_generate(Curve::nistp256) : ed25519_private(ByteVector(ed25519_key_size, 7)))
    {
    }

    PublicKey public_key() const
    {
        auto half = is_ecdsa() ? ecdsa_point(secret_) : ed25519_public_half(secret_);
        return sk_public_key(kind_, half, application_).value();
    }
    PrivateKey private_key(std::uint8_t flags = sk_user_present) const
    {
        SecurityKey key{application_, flags, SecretBytes::copy_of(std::string_view{"handle"})};
        return PrivateKey::of_security_key(public_key(), key).value();
    }

    // Each signature counts.
    ByteVector sign(Bytes message, std::uint8_t flags = sk_user_present)
    {
        SkSignatureEnd end{flags, ++counter_};
        auto bytes = bytes_signed_by_token(application_, end, {}, message);
        if (!is_ecdsa())
            return sk_ed25519_signature(ed25519_sign(secret_, bytes), end);
        auto numbers = ecdsa_sign(secret_, HashKind::sha256, bytes).value();
        return sk_ecdsa_signature(numbers.r, numbers.s, end);
    }

    // What a browser makes of it: the message is the challenge inside of `client_data`.
    ByteVector sign_in_browser(std::string_view client_data, std::string_view origin, Bytes extensions = {},
                               std::uint8_t flags = sk_user_present)
    {
        SkSignatureEnd end{flags, ++counter_};
        auto bytes = bytes_signed_by_token(application_, end, extensions, as_bytes(client_data));
        auto numbers = ecdsa_sign(secret_, HashKind::sha256, bytes).value();
        ByteVector pair, blob;
        Writer{pair}.mpint(numbers.r).mpint(numbers.s);
        Writer{blob}
            .string(std::string_view{"webauthn-sk-ecdsa-sha2-nistp256@openssh.com"})
            .string(pair)
            .u8(end.flags)
            .u32(end.counter)
            .string(origin)
            .string(client_data)
            .string(extensions);
        return blob;
    }

private:
    bool is_ecdsa() const { return kind_ == KeyKind::sk_ecdsa_nistp256; }

    KeyKind kind_;
    std::string application_;
    EvpKey secret_;
    std::uint32_t counter_ = 0;
};

} // namespace nacre::test
