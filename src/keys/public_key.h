// A public key: a value, made once from its bytes, valid from then on.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "keys/key_types.h"

namespace nacre {

// What a FIDO token must have made sure of before it signed (the flags of its signature).  Other keys fulfil all demands.
struct TokenDemands {
    bool touch = true;                                            // somebody was there
    bool verification = false;                                    // it was the owner: PIN or finger
};
// Where a signature is wanted and not a person: of hosts, of authorities, under messages.
inline constexpr TokenDemands no_token_demands{false, false};

class PublicKey {                                                 // a key, or a certificate, to check signatures with
public:
    // RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4; of tokens: OpenSSH's PROTOCOL.u2f.  Checks everything: known type, point on the curve, RSA modulus of 1024
    // to 16384 bits and a public exponent below 2^32, no trailing bytes.  May be a certificate, of which only the form is
    // checked: whoever lets one in has parse_certificate() and evaluate() to ask (keys/certificate.h).
    static Result<PublicKey> from_blob(Bytes blob);
    // "ssh-ed25519 AAAA… comment" (the comment is ignored here), as in .pub files.  An error is bad_input, or incompatible: an
    // RSA key of a size that is not used.
    static Result<PublicKey> from_line(std::string_view line);

    KeyKind kind() const { return type_->kind; }                  // what the blob begins with
    const KeyTypeRow& type() const { return *type_; }             // its row in the table of key types
    Bytes blob() const { return blob_; }                          // as on the wire
    std::uint32_t bits() const { return bits_; }                  // RSA modulus or curve size; 256 for the others
    bool is_certificate() const { return type_->is_certificate(); }   // not a plain key
    PublicKey plain() const;                                      // the key that a certificate is about; else the same
    std::string line(std::string_view comment = {}) const;        // one line, without its end

    // Of keys in FIDO tokens: what they were made for, usually "ssh:".  Empty for others.
    std::string application() const;

    // Checks `signature` (a signature blob: string algorithm, string bytes; RFC 4253 §6.6, 5656 §3.1.2, 8332) over
    // `data`.  Three names must agree: `algorithm` as negotiated or requested, the signature's label, this key's type.
    // A good signature that does not meet the demands is not_permitted; a bad one is the peer's misbehaviour.
    Result<void> verify(std::string_view algorithm, Bytes data, Bytes signature, TokenDemands demands) const;

    // What to verify() such a signature by.  OpenSSH's clients from 7.2 to 7.7 name the oldest algorithm of RSA certificates
    // and sign by a newer one, a stronger hash: whoever takes the oldest may take that.  Else `algorithm`, as it is.
    std::string_view algorithm_of(std::string_view algorithm, Bytes signature) const;

    friend bool operator==(const PublicKey& a, const PublicKey& b) { return same_bytes(a.blob_, b.blob_); }

private:
    friend class PrivateKey;
    PublicKey() = default;
    const KeyTypeRow* type_ = nullptr;
    ByteVector blob_;
    std::uint32_t bits_ = 0;
};

} // namespace nacre
