// How things fail: Result<T>, and Error, sorted by who is to blame.
//
// An Error carries one short sentence for the person who will read it, the reason to put
// into SSH_MSG_DISCONNECT if a connection ends because of it, and nothing that is secret.
#pragma once

#include <version>

#ifndef __cpp_lib_expected
#error "Nacre needs C++23 and its library: -std=c++23 with GCC 12, Clang 19 or later"
#define NACRE_NEEDS <C++23>                                       // there is no such header, so the compiler stops
#include NACRE_NEEDS
#endif

#include <concepts>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <type_traits>
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

// A value, or why there is none: a std::expected that nobody may drop without a word.
//
// What it is made from and what it has are those of std::expected, but for and_then() and or_else(), whose function returns
// a Result.  Who does not care what has become of a call says so: (void)call();
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
    using Expected = std::expected<T, Error>;

public:
    using Expected::Expected;
    Result() = default;                                           // T's default value; of Result<void>: done
    // Of what a function of the standard library has made.
    template <class From>
        requires std::same_as<std::remove_cvref_t<From>, Expected>
    Result(From&& from) : Expected(std::forward<From>(from))
    {
    }

    // What `next` makes of the value, or the error there is.
    template <class Next>
    auto and_then(Next&& next) const&
    {
        return after(*this, std::forward<Next>(next));
    }
    // The same of a value that is no longer needed here.
    template <class Next>
    auto and_then(Next&& next) &&
    {
        return after(std::move(*this), std::forward<Next>(next));
    }
    // The value there is, or what `instead` makes of the error.
    template <class Instead>
    Result or_else(Instead&& instead) const&
    {
        return *this ? *this : std::forward<Instead>(instead)(this->error());
    }
    // The same of a result that is no longer needed here.
    template <class Instead>
    Result or_else(Instead&& instead) &&
    {
        return *this ? std::move(*this) : std::forward<Instead>(instead)(std::move(*this).error());
    }

private:
    template <class Self, class Next>
    static auto after(Self&& self, Next&& next)
    {
        if constexpr (std::is_void_v<T>) {
            using Then = std::invoke_result_t<Next>;
            return self ? std::forward<Next>(next)() : Then{std::unexpect, std::forward<Self>(self).error()};
        } else {
            using Then = std::invoke_result_t<Next, decltype(*std::forward<Self>(self))>;
            return self ? std::forward<Next>(next)(*std::forward<Self>(self))
                        : Then{std::unexpect, std::forward<Self>(self).error()};
        }
    }
};

// Errors do not compare.
template <class T>
bool operator==(const Result<T>&, const Result<T>&) = delete;

// Is there a value, and is it this one?
template <class T, class U>
    requires requires(const T& value, const U& other) { { value == other } -> std::convertible_to<bool>; }
bool operator==(const Result<T>& result, const U& other)
{
    return result && *result == other;
}

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
#define TRY(expression) NACRE_TRY_COUNTED(__COUNTER__, expression)

// Each has a name of its own, so that one within another shadows nothing.
#define NACRE_TRY_COUNTED(count, expression) NACRE_TRY_NAMED(count, expression)
#define NACRE_TRY_NAMED(count, expression)                                                                            \
    __extension__({                                                                                                   \
        auto nacre_try_##count = (expression);                                                                        \
        if (!nacre_try_##count) [[unlikely]]                                                                          \
            return ::nacre::fail(std::move(nacre_try_##count).error());                                               \
        ::nacre::detail::unwrap(std::move(nacre_try_##count));                                                        \
    })

namespace detail {
template <class T>
T unwrap(std::expected<T, Error>&& result)
{
    return std::move(*result);
}
inline void unwrap(std::expected<void, Error>&&) {}
} // namespace detail

} // namespace nacre
