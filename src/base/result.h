// How things fail: Result<T>, and Error, sorted by who is to blame.
//
// An Error carries one short sentence for the person who will read it, the reason to put
// into SSH_MSG_DISCONNECT if a connection ends because of it, and nothing that is secret.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace nacre {

// RFC 4253 §11.1 and the IANA registry.
enum class DisconnectReason : std::uint32_t {
    host_not_allowed_to_connect = 1,
    protocol_error = 2,
    key_exchange_failed = 3,
    mac_error = 5,
    compression_error = 6,
    service_not_available = 7,
    protocol_version_not_supported = 8,
    host_key_not_verifiable = 9,
    connection_lost = 10,
    by_application = 11,
    too_many_connections = 12,
    auth_cancelled_by_user = 13,
    no_more_auth_methods_available = 14,
    illegal_user_name = 15,
};

enum class ErrorKind {                                            // who is to blame
    peer_misbehaved,   // the bytes break the protocol
    incompatible,      // both sides are right and cannot agree
    not_permitted,     // a rule, a permission or a verdict says no
    bad_input,         // a file, an argument or a person's answer is wrong
    system,            // the machine: disk, network, memory
};

struct Error {                                                    // what went wrong, for people and for the peer
    ErrorKind kind = ErrorKind::system;
    std::string what;                                             // a sentence without a full stop
    DisconnectReason reason = DisconnectReason::protocol_error;
    int os_error = 0;                                             // errno where kind is system, else 0
};

template <class T>
using Result = std::expected<T, Error>;                           // a value, or why there is none

using Failure = std::unexpected<Error>;                           // what a failing function returns

inline Failure fail(Error error) { return Failure{std::move(error)}; }   // an error that is there already
// The peer broke the protocol.
inline Failure peer_misbehaved(std::string what, DisconnectReason reason = DisconnectReason::protocol_error)
{
    return Failure{Error{ErrorKind::peer_misbehaved, std::move(what), reason, 0}};
}
// Nobody is to blame.
inline Failure incompatible(std::string what, DisconnectReason reason = DisconnectReason::key_exchange_failed)
{
    return Failure{Error{ErrorKind::incompatible, std::move(what), reason, 0}};
}
// A rule says no.
inline Failure not_permitted(std::string what, DisconnectReason reason = DisconnectReason::by_application)
{
    return Failure{Error{ErrorKind::not_permitted, std::move(what), reason, 0}};
}

inline Failure bad_input(std::string what)                        // an argument or a file is wrong
{
    return Failure{Error{ErrorKind::bad_input, std::move(what), DisconnectReason::by_application, 0}};
}

inline Failure system_failure(std::string what, int os_error = 0)   // with errno, if there is one
{
    return Failure{Error{ErrorKind::system, std::move(what), DisconnectReason::by_application, os_error}};
}

// Puts "context: " before the sentence: the file, the line, the peer.
inline Error in_context(std::string_view context, Error error)
{
    error.what.insert(0, ": ").insert(0, context);
    return error;
}

// TRY(expression) is the value of a Result, or returns its error to our caller.  Use it only
// as a whole initialiser or a whole statement: inside a braced list GCC 12 forgets to destroy
// what was already built.
#define TRY(expression)                                                                                               \
    __extension__({                                                                                                   \
        auto nacre_try_result = (expression);                                                                         \
        if (!nacre_try_result) [[unlikely]]                                                                           \
            return ::nacre::fail(std::move(nacre_try_result).error());                                                \
        ::nacre::detail::unwrap(std::move(nacre_try_result));                                                         \
    })

namespace detail {
template <class T>
T unwrap(Result<T>&& result)
{
    return std::move(*result);
}
inline void unwrap(Result<void>&&) {}
} // namespace detail

} // namespace nacre
