// What sshd-net and the monitor say to each other besides authentication and sessions.
//
// Together with auth/auth_questions.h, session_questions.h and forwarding_questions.h this is the whole protocol
// across the fence.  Numbers: 1–19 and 30–59 come from sshd-net, 20–29 and 60–89 from the monitor.
// NetworkZygote has the other end of both, too, and says one thing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/fields.h"

namespace nacre {

// All that sshd-net may allocate until somebody has logged in; the kernel holds it to that, and what would need more ends
// that connection.  It lifts the limit itself after the login: windows may grow to 64 MiB a channel.
inline constexpr std::uint64_t memory_before_login = 16 * 1024 * 1024;

// ---- monitor → the zygote of sshd-net ----------------------------------------------------

// The first message: everything that the protocol needs to know of the configuration.
struct NetworkSettings {
    static constexpr std::string_view name = "network-settings";
    static constexpr MessageNumber number{60};
    std::string version_line;
    std::string kex_methods, host_key_algorithms, ciphers, macs, compressions;
    std::uint64_t rekey_bytes = 0;
    std::uint32_t rekey_seconds = 0;
    std::uint32_t required_rsa_bits = 1024;
    Repeated<ByteVector> host_keys;                               // public blobs
    std::string server_sig_algs;
    std::uint8_t log_level = 0;
    bool tells_of_keys = false;                                   // KeysExchanged is wanted
    std::string empty_directory;                                  // chroot there; empty: do not
    bool changes_identity = false;
    std::uint32_t uid = 0, gid = 0;
    std::string out_of_memory_score;                              // of a copy; empty: as it is
    using fields =
        Fields<&NetworkSettings::version_line, &NetworkSettings::kex_methods, &NetworkSettings::host_key_algorithms,
               &NetworkSettings::ciphers, &NetworkSettings::macs, &NetworkSettings::compressions,
               &NetworkSettings::rekey_bytes, &NetworkSettings::rekey_seconds, &NetworkSettings::required_rsa_bits,
               &NetworkSettings::host_keys, &NetworkSettings::server_sig_algs, &NetworkSettings::log_level,
               &NetworkSettings::tells_of_keys, &NetworkSettings::empty_directory, &NetworkSettings::changes_identity,
               &NetworkSettings::uid, &NetworkSettings::gid, &NetworkSettings::out_of_memory_score>;
};

// One more sshd-net.  With its end of what joins it to its monitor, the monitor's pidfd, and, where clients may ask for a
// group, the moduli file.
struct MakeNetworkProcess {
    static constexpr std::string_view name = "make-network-process";
    static constexpr MessageNumber number{77};
    using fields = Fields<>;
};

// ---- monitor → sshd-net ------------------------------------------------------------------

// With one descriptor (a socket) or two (to read from, to write to).
struct BeginConnection {
    static constexpr std::string_view name = "begin-connection";
    static constexpr MessageNumber number{61};
    using fields = Fields<>;
};

struct ExchangeSigned {
    static constexpr std::string_view name = "exchange-signed";
    static constexpr MessageNumber number{62};
    Bytes signature;
    using fields = Fields<&ExchangeSigned::signature>;
};

struct ChannelTimeoutTerm {
    std::string type;                                             // a pattern, or "global"
    std::uint32_t seconds = 0;
    using fields = Fields<&ChannelTimeoutTerm::type, &ChannelTimeoutTerm::seconds>;
};

// What the user's own rules change; before the verdict that lets him in.
struct LoginTerms {
    static constexpr std::string_view name = "login-terms";
    static constexpr MessageNumber number{63};
    std::uint32_t alive_seconds = 0;                              // ClientAliveInterval; 0: never asks
    std::uint32_t alive_most = 3;                                 // ClientAliveCountMax; 0: never ends
    std::uint32_t unused_seconds = 0;                             // UnusedConnectionTimeout; 0: none
    Repeated<ChannelTimeoutTerm> channel_timeouts;                // ChannelTimeout
    static constexpr std::uint32_t no_class = UINT32_MAX;
    std::uint32_t interactive_class = no_class;                   // IPQoS; no_class: as the kernel likes
    std::uint32_t bulk_class = no_class;
    std::uint64_t rekey_bytes = 0;                                // RekeyLimit; 0: as the cipher needs
    std::uint32_t rekey_seconds = 0;                              // 0: never
    std::uint8_t log_level = 0;                                   // LogLevel, which may be another one for some
    using fields = Fields<&LoginTerms::alive_seconds, &LoginTerms::alive_most, &LoginTerms::unused_seconds,
                          &LoginTerms::channel_timeouts, &LoginTerms::interactive_class, &LoginTerms::bulk_class,
                          &LoginTerms::rekey_bytes, &LoginTerms::rekey_seconds, &LoginTerms::log_level>;
};

struct HostKeysProven {
    static constexpr std::string_view name = "host-keys-proven";
    static constexpr MessageNumber number{76};
    std::uint32_t ticket = 0;
    Repeated<ByteVector> signatures;                              // in the order of the keys; none: one was not ours
    using fields = Fields<&HostKeysProven::ticket, &HostKeysProven::signatures>;
};

// Shown to the peer before the verdict on its login (RFC 4252 §5.4).
struct LoginNotice {
    static constexpr std::string_view name = "login-notice";
    static constexpr MessageNumber number{65};
    std::string_view text;
    using fields = Fields<&LoginNotice::text>;
};

struct EndConnection {
    static constexpr std::string_view name = "end-connection";
    static constexpr MessageNumber number{64};
    std::uint32_t reason = 0;
    std::string_view text;
    using fields = Fields<&EndConnection::reason, &EndConnection::text>;
};

// ---- sshd-net → monitor ------------------------------------------------------------------

// → ExchangeSigned.  The first one's hash is the session's identifier (RFC 4253 §7.2).
struct SignExchange {
    static constexpr std::string_view name = "sign-exchange";
    static constexpr MessageNumber number{30};
    std::string_view algorithm;
    Bytes host_key;
    Bytes hash;
    using fields = Fields<&SignExchange::algorithm, &SignExchange::host_key, &SignExchange::hash>;
};

// The cage is shut; what of it could not be had (without root) is named.
struct Confined {
    static constexpr std::string_view name = "confined";
    static constexpr MessageNumber number{31};
    std::string_view achieved;
    std::string_view not_done;
    using fields = Fields<&Confined::achieved, &Confined::not_done>;
};

struct LogLine {
    static constexpr std::string_view name = "log-line";
    static constexpr MessageNumber number{32};
    std::uint8_t level = 0;
    std::string_view text;
    using fields = Fields<&LogLine::level, &LogLine::text>;
};

// What a key exchange agreed on, and with whom: for the log and for client_habits.h, and believed no further.
struct KeysAgreed {
    static constexpr std::string_view name = "keys-agreed";
    static constexpr MessageNumber number{34};
    bool first = false;
    std::string_view client_version;
    std::string_view kex, host_key_algorithm;
    std::string_view cipher_in, mac_in, compression_in;           // from the client; no MAC where the cipher authenticates
    std::string_view cipher_out, mac_out, compression_out;
    using fields = Fields<&KeysAgreed::first, &KeysAgreed::client_version, &KeysAgreed::kex, &KeysAgreed::host_key_algorithm,
                          &KeysAgreed::cipher_in, &KeysAgreed::mac_in, &KeysAgreed::compression_in, &KeysAgreed::cipher_out,
                          &KeysAgreed::mac_out, &KeysAgreed::compression_out>;
};

// Of the host keys themselves, for a client that knows this host by others (hostkeys-prove-00).  → HostKeysProven
struct ProveHostKeys {
    static constexpr std::string_view name = "prove-host-keys";
    static constexpr MessageNumber number{58};
    std::uint32_t ticket = 0;
    Repeated<ByteVector> keys;                                    // public blobs
    using fields = Fields<&ProveHostKeys::ticket, &ProveHostKeys::keys>;
};

enum class Ending : std::uint8_t {
    closed_by_peer,                                               // without a word
    reset_by_peer,
    disconnected_by_peer,                                         // SSH_MSG_DISCONNECT
    no_common_algorithm,
    bad_version,
    went_silent,                                                  // ClientAlive
    unused,                                                       // UnusedConnectionTimeout
    by_us,                                                        // a rule or a request of ours
    protocol_error,
};

struct Farewell {
    static constexpr std::string_view name = "farewell";
    static constexpr MessageNumber number{33};
    Ending ending = Ending::closed_by_peer;
    std::uint32_t reason = 0;
    std::string_view text;                                        // the peer's as it was sent
    std::uint64_t bytes_in = 0, bytes_out = 0;                    // on the wire
    using fields = Fields<&Farewell::ending, &Farewell::reason, &Farewell::text, &Farewell::bytes_in, &Farewell::bytes_out>;
};

// ---- the zygote of sshd-net → monitor ----------------------------------------------------

// The last message: this sshd-net is no more.
struct NetworkEnded {
    static constexpr std::string_view name = "network-ended";
    static constexpr MessageNumber number{59};
    std::uint32_t code = 0;                                       // its exit status, where
    std::uint32_t signal = 0;                                     // no signal has ended it
    bool overdue = false;                                         // the zygote's, since it stayed behind its monitor
    using fields = Fields<&NetworkEnded::code, &NetworkEnded::signal, &NetworkEnded::overdue>;
};

} // namespace nacre
