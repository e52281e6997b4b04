// A public key: a value, made once from its bytes, valid from then on.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "keys/key_types.h"

namespace nacre {

class PublicKey {
public:
    // RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4.  Checks everything: known type, point on the curve, RSA modulus of 1024
    // to 16384 bits and a public exponent below 2^32, no trailing bytes.  May be a certificate, of which only the form is
    // checked: whoever lets one in has parse_certificate() and evaluate() to ask (keys/certificate.h).
    static Result<PublicKey> from_blob(Bytes blob);
    // "ssh-ed25519 AAAA… comment" (the comment is ignored here), as in .pub files.
    static Result<PublicKey> from_line(std::string_view line);

    KeyKind kind() const { return type_->kind; }
    const KeyTypeRow& type() const { return *type_; }
    Bytes blob() const { return blob_; }
    std::uint32_t bits() const { return bits_; }                  // RSA modulus or curve size; 256 for Ed25519
    bool is_certificate() const { return type_->is_certificate(); }
    PublicKey plain() const;                                      // the key that a certificate is about; else the same
    std::string line(std::string_view comment = {}) const;        // one line, without its end

    // Checks `signature` (a signature blob: string algorithm, string bytes; RFC 4253 §6.6, 5656 §3.1.2, 8332) over
    // `data`.  Three names must agree: `algorithm` as negotiated or requested, the signature's label, this key's type.
    Result<void> verify(std::string_view algorithm, Bytes data, Bytes signature) const;

    friend bool operator==(const PublicKey& a, const PublicKey& b) { return same_bytes(a.blob_, b.blob_); }

private:
    friend class PrivateKey;
    PublicKey() = default;
    const KeyTypeRow* type_ = nullptr;
    ByteVector blob_;
    std::uint32_t bits_ = 0;
};

} // namespace nacre
