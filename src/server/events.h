// What the server's log tells of, as values: a struct for each event.
//
// `fields` are the members of its JSON object; PROTOCOL.md, "The log of sshd", says what they mean, and a test that it
// names them all.  lines() are what LogFormat text writes, in the words that people and programs know from OpenSSH.
// Members hold what the peer sent as it was sent: rendering makes it harmless.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "keys/public_key.h"
#include "server/event_fields.h"

namespace nacre {

// The connection that an event belongs to.
struct EventContext {
    std::string connection;                                       // its number, of hexadecimal digits; no two have the same
    std::string source;
    std::uint16_t source_port = 0;
    std::string local;
    std::uint16_t local_port = 0;
    std::optional<std::string> user;                              // as the peer said
    bool user_may_exist = true;                                   // false: there is no such user, or he may not come in

    std::string peer() const;                                     // "192.0.2.1 port 4711"
    std::string user_words() const;                               // "joe", "invalid user joe"
    std::string described_peer(bool is_logged_in) const;          // "authenticating user joe 192.0.2.1 port 4711"
};

struct EventLine {
    LogLevel level;
    std::string text;
};
using EventLines = std::vector<EventLine>;

// The name of a user in a line: so much of it, and blanks as \\040, so that "root from 192.0.2.1" names no place.
inline constexpr std::size_t longest_shown_name = 100;
std::string shown_name(std::string_view name);

namespace events {

inline std::uint64_t milliseconds(Duration time)
{
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(time).count()));
}

struct Listening {
    static constexpr std::string_view name = "listening";
    static constexpr LogLevel level = LogLevel::info;
    std::string local{};
    std::uint16_t local_port = 0;
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"local", &Listening::local>, EventField<"local_port", &Listening::local_port>>;
};

struct Connection {
    static constexpr std::string_view name = "connection";
    static constexpr LogLevel level = LogLevel::info;
    std::string source_name{};                                    // UseDNS; empty: the address is all that is known
    std::string rdomain{};
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"source_name", &Connection::source_name>,
                               EventField<"rdomain", &Connection::rdomain>>;
};

enum class RefusedBy { max_startups, per_source_max_startups, penalty, hosts_access };
std::string_view name_of(RefusedBy reason);

struct Refused {
    static constexpr std::string_view name = "refused";
    RefusedBy reason{};
    std::string penalty{};                                        // what for, if it is one
    std::int64_t seconds = 0;                                     // that a penalty will still last; 0: nobody knows
    std::optional<std::uint32_t> under_way{};                     // connections without a login; nothing: nobody has asked
    LogLevel level = LogLevel::info;                              // of one of many: verbose
    std::string source_name{};                                    // of hosts_access: what libwrap calls it
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"reason", &Refused::reason>, EventField<"penalty", &Refused::penalty>,
                               EventField<"seconds", &Refused::seconds>, EventField<"under_way", &Refused::under_way>,
                               EventField<"source_name", &Refused::source_name>>;
};

enum class ThrottlingState { began, lasts, ended };
std::string_view name_of(ThrottlingState state);

// Connections past MaxStartups or PerSourceMaxStartups are being refused.
struct Throttling {
    static constexpr std::string_view name = "throttling";
    LogLevel level = LogLevel::error;
    ThrottlingState state{};
    std::int64_t seconds = 0;                                     // since it began
    std::uint64_t dropped = 0;                                    // connections, since then
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"state", &Throttling::state>, EventField<"seconds", &Throttling::seconds>,
                               EventField<"dropped", &Throttling::dropped>>;
};

// An address earned a penalty, or more of it.
struct Penalised {
    static constexpr std::string_view name = "penalty";
    static constexpr LogLevel level = LogLevel::info;
    std::string penalty{};                                        // what for
    std::int64_t seconds = 0;                                     // in all, from now on
    bool is_felt = false;                                         // false: below `min` still
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"penalty", &Penalised::penalty>, EventField<"seconds", &Penalised::seconds>,
                               EventField<"is_felt", &Penalised::is_felt>>;
};

// A key exchange is over; what sshd-net, which hears the peer, says of it.
struct KeysExchanged {
    static constexpr std::string_view name = "keys";
    static constexpr LogLevel level = LogLevel::info;
    bool first = false;                                           // else keys were renewed
    std::string client_version{};                                 // of the first
    std::string kex{}, host_key_algorithm{};
    std::string cipher_in{}, mac_in{}, compression_in{};          // from the client
    std::string cipher_out{}, mac_out{}, compression_out{};
    EventLines lines(const EventContext& context) const;
    using fields =
        EventFields<EventField<"first", &KeysExchanged::first>, EventField<"client_version", &KeysExchanged::client_version>,
                    EventField<"kex", &KeysExchanged::kex>,
                    EventField<"host_key_algorithm", &KeysExchanged::host_key_algorithm>,
                    EventField<"cipher_in", &KeysExchanged::cipher_in>, EventField<"mac_in", &KeysExchanged::mac_in>,
                    EventField<"compression_in", &KeysExchanged::compression_in>,
                    EventField<"cipher_out", &KeysExchanged::cipher_out>, EventField<"mac_out", &KeysExchanged::mac_out>,
                    EventField<"compression_out", &KeysExchanged::compression_out>>;
};

// Who wants to log in cannot.  He is not told.
struct UserRefused {
    static constexpr std::string_view name = "user_refused";
    static constexpr LogLevel level = LogLevel::info;
    bool exists = false;
    std::string reason{};                                         // where he exists
    std::string account{}, source_name{};                         // for the line; the source where it may be the reason
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"exists", &UserRefused::exists>, EventField<"reason", &UserRefused::reason>>;
};

enum class AuthResult { accepted, partial, failed, postponed };
std::string_view name_of(AuthResult result);

struct Authentication {
    static constexpr std::string_view name = "auth";
    LogLevel level = LogLevel::info;
    AuthResult result{};
    std::string method{};
    std::uint32_t failures = 0;                                   // so far
    std::string key_type{}, key_fingerprint{};                    // of the key, if it is one that we can read
    std::optional<std::string> certificate_id{};                  // these four: if it is a certificate
    std::string certificate_serial{};                             // a text: numbers of JSON end at 2^53 for many
    std::string ca_type{}, ca_fingerprint{};
    std::optional<std::string> principal{};                       // of Kerberos, once it is proven
    std::optional<std::string> client_user{}, client_host{};      // of a host-based login, as the client says

    void key_is(const PublicKey& key, HashKind fingerprint_hash);
    EventLines lines(const EventContext& context) const;
    using fields =
        EventFields<EventField<"result", &Authentication::result>, EventField<"method", &Authentication::method>,
                    EventField<"failures", &Authentication::failures>, EventField<"key_type", &Authentication::key_type>,
                    EventField<"key_fingerprint", &Authentication::key_fingerprint>,
                    EventField<"certificate_id", &Authentication::certificate_id>,
                    EventField<"certificate_serial", &Authentication::certificate_serial>,
                    EventField<"ca_type", &Authentication::ca_type>,
                    EventField<"ca_fingerprint", &Authentication::ca_fingerprint>,
                    EventField<"principal", &Authentication::principal>,
                    EventField<"client_user", &Authentication::client_user>,
                    EventField<"client_host", &Authentication::client_host>>;
};

struct AttemptsExceeded {
    static constexpr std::string_view name = "auth_limit";
    static constexpr LogLevel level = LogLevel::error;
    std::uint32_t failures = 0;
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"failures", &AttemptsExceeded::failures>>;
};

struct SessionOpened {
    static constexpr std::string_view name = "session_open";
    static constexpr LogLevel level = LogLevel::info;
    std::uint32_t session = 0;
    std::string kind{};                                           // shell, command, subsystem
    bool forced = false;                                          // by the configuration or the key
    std::string_view forced_by{};                                 // of a forced one: "config", "key-option", "login"
    std::string command{};                                        // or the subsystem's name
    std::string terminal{};                                       // "pts/3"
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"session", &SessionOpened::session>, EventField<"kind", &SessionOpened::kind>,
                               EventField<"forced", &SessionOpened::forced>, EventField<"command", &SessionOpened::command>,
                               EventField<"terminal", &SessionOpened::terminal>>;
};

struct SessionClosed {
    static constexpr std::string_view name = "session_close";
    static constexpr LogLevel level = LogLevel::info;
    std::uint32_t session = 0;
    std::optional<std::uint32_t> status{};                        // neither: it had not ended
    std::optional<std::string> signal{};
    std::optional<std::uint64_t> bytes_in{}, bytes_out{};         // unknown where the connection ended first
    std::uint64_t milliseconds = 0;
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"session", &SessionClosed::session>, EventField<"status", &SessionClosed::status>,
                               EventField<"signal", &SessionClosed::signal>, EventField<"bytes_in", &SessionClosed::bytes_in>,
                               EventField<"bytes_out", &SessionClosed::bytes_out>,
                               EventField<"duration_ms", &SessionClosed::milliseconds>>;
};

struct SessionRefused {
    static constexpr std::string_view name = "session_refused";
    static constexpr LogLevel level = LogLevel::info;
    std::uint32_t session = 0;
    std::string reason{};
    EventLines lines(const EventContext& context) const;
    using fields = EventFields<EventField<"session", &SessionRefused::session>, EventField<"reason", &SessionRefused::reason>>;
};

enum class ForwardingAct { connect, listen, arrival };            // the last: somebody came to where we listen
enum class ForwardingResult { opened, refused, failed };
std::string_view name_of(ForwardingAct act);
std::string_view name_of(ForwardingResult result);

struct Forwarded {
    static constexpr std::string_view name = "forwarding";
    ForwardingAct act{};
    ForwardingResult result{};
    LogLevel level = LogLevel::verbose;                           // what was refused is told at info
    std::string type{};                                           // tcp, unix, tun, x11, agent
    std::string host{};                                           // where to, or where it listens
    std::optional<std::uint32_t> port{};
    std::string path{};
    std::string originator{};                                     // as the client says; of an arrival, as the kernel does
    std::optional<std::uint32_t> originator_port{};
    std::string reason{};                                         // of a failure
    EventLines lines(const EventContext& context) const;
    using fields =
        EventFields<EventField<"act", &Forwarded::act>, EventField<"result", &Forwarded::result>,
                    EventField<"type", &Forwarded::type>, EventField<"host", &Forwarded::host>,
                    EventField<"port", &Forwarded::port>, EventField<"path", &Forwarded::path>,
                    EventField<"originator", &Forwarded::originator>,
                    EventField<"originator_port", &Forwarded::originator_port>, EventField<"reason", &Forwarded::reason>>;
};

// Why a connection ended: sshd-net's reasons, and those of the others.
enum class DisconnectCause {
    closed_by_peer,
    reset_by_peer,
    disconnected_by_peer,
    no_common_algorithm,
    bad_version,
    went_silent,
    unused,
    by_us,
    protocol_error,
    grace_exceeded,                                               // LoginGraceTime
    ended_by_monitor,                                             // a rule broken, or a process of ours missing
    network_process_died,
    monitor_died,
    terminated,                                                   // by a signal to sshd-session
};
std::string_view name_of(DisconnectCause cause);

// Exactly one for each connection.
struct Disconnected {
    static constexpr std::string_view name = "disconnect";
    LogLevel level = LogLevel::info;
    DisconnectCause cause{};
    bool is_logged_in = false;
    std::optional<std::uint32_t> code{};                          // RFC 4253 §11.1, where the peer gave one
    std::string text{};                                           // the peer's words, or ours
    std::optional<std::uint64_t> bytes_in{}, bytes_out{};         // on the wire
    std::uint64_t milliseconds = 0;
    std::optional<int> process{};                                 // of the sshd-session, where sshd tells it
    EventLines lines(const EventContext& context) const;
    using fields =
        EventFields<EventField<"reason", &Disconnected::cause>, EventField<"logged_in", &Disconnected::is_logged_in>,
                    EventField<"code", &Disconnected::code>, EventField<"text", &Disconnected::text>,
                    EventField<"bytes_in", &Disconnected::bytes_in>, EventField<"bytes_out", &Disconnected::bytes_out>,
                    EventField<"duration_ms", &Disconnected::milliseconds>,
                    EventField<"session_pid", &Disconnected::process>>;
};

// Every one, for those who want to know of all.
using All = std::tuple<Listening, Connection, Refused, Throttling, Penalised, KeysExchanged, UserRefused, Authentication,
                       AttemptsExceeded, SessionOpened, SessionClosed, SessionRefused, Forwarded, Disconnected>;

} // namespace events
} // namespace nacre
