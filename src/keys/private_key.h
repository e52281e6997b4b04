// A private key: signs, can be written to a file, never leaves otherwise.
//
// That of a FIDO token is only the token's name for it; see keys/security_key.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "keys/public_key.h"
#include "keys/security_key.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

class PrivateKey {
public:
    static Result<PrivateKey> generate(KeyKind kind, std::uint32_t bits);   // bits: RSA only, 1024 to 16384

    // The body of openssh-key-v1 and of the agent's "add" (draft-ietf-sshm-ssh-agent §3.2): key type and fields, comment excluded.
    // Checks that the halves belong together.
    static Result<PrivateKey> read_fields(Reader& in);
    void write_fields(Writer out) const;                          // the opposite: secrets in the open

    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    ~PrivateKey();

    const PublicKey& public_key() const;                          // the half that everybody may know

    // Keys in FIDO tokens: how the token knows them; sign() cannot be used with those.  Nothing for other keys.
    std::optional<SecurityKey> security_key() const;
    // For a key whose private half a token holds.
    static Result<PrivateKey> of_security_key(const PublicKey& public_key, const SecurityKey& key);

    // A signature blob (string algorithm, string bytes).  `algorithm` must fit the key.  RSA results are verified before
    // they leave (fault attacks).
    Result<ByteVector> sign(std::string_view algorithm, Bytes data) const;

private:
    friend struct PrivateKeyAccess;                               // the file formats, in keys/
    struct State;
    explicit PrivateKey(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace nacre
