// The programs that talk to hardware for us, each a process behind a socket: ssh-sk-helper, ssh-pkcs11-helper.
//
// Found by the environment (SSH_SK_HELPER, SSH_PKCS11_HELPER), beside our own program, or where
// an installation has them.  A helper ends with us, and sooner if its TokenHelper does.
#pragma once

#include <string>

#include "agent/token_messages.h"
#include "base/result.h"
#include "base/secret.h"
#include "os/fd.h"
#include "os/process.h"

namespace nacre {

inline constexpr int pin_attempts = 3;                            // a person may mistype; tokens lock themselves after some more

enum class HelperKind { security_key, pkcs11 };

class TokenHelper {
public:
    static Result<TokenHelper> start(HelperKind kind);
    TokenHelper(TokenHelper&& other) noexcept : TokenHelper({}, {}) { *this = std::move(other); }
    TokenHelper& operator=(TokenHelper&&) noexcept;
    ~TokenHelper() { stop(); }

    // Waits as long as the token and the person at it do.  The answer: a whole message.
    template <Message M>
    Result<SecretBytes> exchange(const M& request)
    {
        auto bytes = SecretBytes::copy_of(encode(request));
        return exchange_bytes(bytes);
    }

    // For those who have an event loop: what exchange() does in two steps.
    Result<void> send(Bytes request);
    Result<SecretBytes> receive();
    int descriptor() const { return socket_.number(); }

private:
    TokenHelper(Fd socket, Child child) : socket_(std::move(socket)), child_(std::move(child)) {}
    Result<SecretBytes> exchange_bytes(const SecretBytes& request);
    void stop();

    Fd socket_;
    Child child_;
};

// A PIN that is missing or wrong: not_permitted.  A resident key that is there already: incompatible.
inline ErrorKind kind_of_trouble(token::Trouble trouble)
{
    if (trouble == token::Trouble::pin_needed)
        return ErrorKind::not_permitted;
    return trouble == token::Trouble::key_exists ? ErrorKind::incompatible : ErrorKind::bad_input;
}

// `answer` as M, or what the helper says went wrong.
template <Message M>
Result<M> read_token_answer(Bytes answer)
{
    if (Reader{answer}.u8() != token::Failed::number.value)
        return decode<M>(answer);
    auto failed = TRY(decode<token::Failed>(answer));
    return fail(Error{kind_of_trouble(failed.trouble), std::move(failed.text), DisconnectReason::by_application, 0});
}

} // namespace nacre
