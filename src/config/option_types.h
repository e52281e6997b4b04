// The types of configuration values that are more than a number, a string or a yes/no.
//
// Values only: comparable, copyable, no behaviour.  How each is spelled in a file is in spelling.h.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"

namespace nacre {

enum class YesNoAsk { no, yes, ask };
enum class Facility { daemon, user, auth, authpriv, local0, local1, local2, local3, local4, local5, local6, local7 };

// Client.
enum class StrictHostKeys { no, yes, ask, accept_new };
enum class RequestTty { automatic, no, yes, force };
enum class SessionType { standard, none, subsystem };
enum class ControlMaster { no, yes, ask, automatic, automatic_ask };
enum class Canonicalize { no, yes, always };
enum class PubkeyUse { no, yes, unbound, host_bound };
enum class WarnWeak { no, yes, no_pq_kex };
enum class TunnelMode { no, point_to_point, ethernet };

// Server.
enum class PermitRoot { no, yes, prohibit_password, forced_commands_only };
enum class IgnoreRhosts { no, yes, shosts_only };
enum class GatewayPorts { no, yes, client_specified };
enum class ForwardingAllowed { no, yes, local, remote };
enum class ServerCompression { no, yes };                         // "delayed" is yes
enum class LogFormat : std::uint8_t { text, json };
enum class PermitTunnel { no, yes, point_to_point, ethernet };    // yes: both kinds

struct RekeyLimit {
    std::uint64_t bytes = 0;                                      // 0: what the cipher asks for
    Seconds time{0};                                              // 0: no limit
    friend bool operator==(const RekeyLimit&, const RekeyLimit&) = default;
};

// IP_TOS values; nothing is "none": the kernel's own.
struct QualityOfService {
    std::optional<int> interactive = 0xb8;                        // ef
    std::optional<int> bulk = 0x00;                               // cs0
    friend bool operator==(const QualityOfService&, const QualityOfService&) = default;
};

struct TunnelDevice {
    std::optional<std::uint32_t> local, remote;                   // nothing is "any"
    friend bool operator==(const TunnelDevice&, const TunnelDevice&) = default;
};

// ForwardAgent: off, the agent of SSH_AUTH_SOCK, or the socket of that path or $VARIABLE.
struct ForwardAgent {
    bool on = false;
    std::string socket;
    friend bool operator==(const ForwardAgent&, const ForwardAgent&) = default;
};

struct AddKeysToAgent {
    enum class When { no, yes, ask, confirm } when = When::no;
    Seconds lifetime{0};                                          // 0: for ever
    friend bool operator==(const AddKeysToAgent&, const AddKeysToAgent&) = default;
};

struct ControlPersist {
    bool on = false;
    Seconds idle{0};                                              // 0: for ever
    friend bool operator==(const ControlPersist&, const ControlPersist&) = default;
};

struct KeystrokeTiming {
    bool on = true;
    std::uint32_t interval_ms = 20;
    friend bool operator==(const KeystrokeTiming&, const KeystrokeTiming&) = default;
};

// LocalForward, RemoteForward, DynamicForward.
struct Forward {
    struct End {
        std::optional<std::string> host;                          // listening: nothing is "as GatewayPorts says"
        std::uint16_t port = 0;
        std::string path;                                         // a Unix socket, if not empty
        friend bool operator==(const End&, const End&) = default;
    };
    End listen;
    std::optional<End> connect;                                   // nothing: SOCKS
    friend bool operator==(const Forward&, const Forward&) = default;
};

// CanonicalizePermittedCNAMEs: names that match `source` may be aliases of names that match `target`.
struct PermittedCname {
    std::string source, target;                                   // pattern lists
    friend bool operator==(const PermittedCname&, const PermittedCname&) = default;
};

struct ChannelTimeout {
    std::string type;                                             // a pattern, or "global"
    Seconds idle{0};
    std::string written{};                                        // "5m", for whoever is shown it
    friend bool operator==(const ChannelTimeout&, const ChannelTimeout&) = default;
};

// NAME=VALUE of SetEnv.
struct Variable {
    std::string name, value;
    friend bool operator==(const Variable&, const Variable&) = default;
};

// HOST:PORT of PermitOpen, PermitListen, PermitRemoteOpen.
struct PermittedPlace {
    std::string host;                                             // a pattern where the keyword allows one
    std::optional<std::uint16_t> port;                            // nothing is "*"
    friend bool operator==(const PermittedPlace&, const PermittedPlace&) = default;
};
struct PermittedPlaces {
    bool any = true;
    std::vector<PermittedPlace> only;                           // if not any; empty is "none"
    friend bool operator==(const PermittedPlaces&, const PermittedPlaces&) = default;
};

struct ListenAddress {
    std::string host;                                             // numeric or a name, without brackets
    std::optional<std::uint16_t> port;                            // nothing: each Port
    std::string rdomain;
    friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

struct Subsystem {
    std::string name, command;
    friend bool operator==(const Subsystem&, const Subsystem&) = default;
};

// MaxStartups start:rate:full.
struct StartLimit {
    std::uint32_t begin = 10, rate = 30, full = 100;
    friend bool operator==(const StartLimit&, const StartLimit&) = default;
};

struct NetBlockSize {
    std::uint32_t ipv4 = 32, ipv6 = 128;
    friend bool operator==(const NetBlockSize&, const NetBlockSize&) = default;
};

// PermitUserEnvironment: no, yes, or a pattern list of names.
struct UserEnvironment {
    bool on = false;
    std::string names;                                            // empty: all
    friend bool operator==(const UserEnvironment&, const UserEnvironment&) = default;
};

struct PubkeyAuthOptions {
    bool touch_required = false, verify_required = false;
    friend bool operator==(const PubkeyAuthOptions&, const PubkeyAuthOptions&) = default;
};

// PerSourcePenalties; a penalty of 0 is off.
struct SourcePenalties {
    using Time = std::chrono::milliseconds;
    enum class Overflow { permissive, deny_all };
    bool on = true;
    Time crash{90'000}, authfail{5'000}, noauth{1'000}, invaliduser{5'000}, grace_exceeded{10'000},
        refuseconnection{10'000};
    Time max{600'000}, min{15'000};
    std::uint32_t max_sources4 = 65536, max_sources6 = 65536;
    Overflow overflow = Overflow::permissive, overflow6 = Overflow::permissive;

    // Which of them a file has set: each keeps its first value, over several lines.  Not part of the value.
    struct Given {
        std::uint32_t bits = 0;
        friend bool operator==(const Given&, const Given&) { return true; }
    } given;
    friend bool operator==(const SourcePenalties&, const SourcePenalties&) = default;
};

} // namespace nacre
