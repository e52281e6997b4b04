// What clients of a shared connection and its master say to each other (OpenSSH's PROTOCOL.mux, version 4), as field lists.
//
// Every message travels behind its length (uint32) and begins with its type (uint32).  Booleans are uint32 here.  Views
// point into the bytes they were decoded from.  Descriptors follow some requests outside of the framing, each with a
// byte of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/fields.h"
#include "wire/frame.h"

namespace nacre::mux {

inline constexpr std::uint32_t protocol_version = 4;
inline constexpr std::size_t message_limit = 512 * 1024;          // bytes after the length; environments are long
inline constexpr FrameKind frames{"a message of the control socket", 4, message_limit};

inline std::uint32_t type_of(Bytes body) { return Reader{body}.u32(); }   // 0, which nobody uses, where there is none

template <class T>
concept MuxMessage = Declared<T> && requires {
    { T::type } -> std::convertible_to<std::uint32_t>;
};

// With its length: ready to be sent.
template <MuxMessage M>
ByteVector frame(const M& message)
{
    ByteVector bytes;
    Writer{bytes}.u32(0).u32(M::type);
    encode(Writer{bytes}, message);
    set_frame_length(bytes);
    return bytes;
}

// Rejects another type, missing bytes and trailing bytes.
template <MuxMessage M>
Result<M> read(Bytes body)
{
    Reader in{body};
    if (in.u32() != M::type)
        return peer_misbehaved(std::string{M::name} + " expected");
    auto message = decode_part<M>(in);
    TRY(in.finish(M::name));
    return message;
}

// Both sides, first of all.  Extensions are pairs of strings, a name and a value, to the end.
struct Hello {
    static constexpr std::string_view name = "MUX_MSG_HELLO";
    static constexpr std::uint32_t type = 0x00000001;
    std::uint32_t version = protocol_version;
    Rest extensions{};
    using fields = Fields<&Hello::version, &Hello::extensions>;
};

// ---- requests --------------------------------------------------------------------------

// Then three descriptors: standard input, output and error.
struct NewSession {
    static constexpr std::string_view name = "MUX_C_NEW_SESSION";
    static constexpr std::uint32_t type = 0x10000002;
    static constexpr std::uint32_t no_escape = 0xffffffff;
    static constexpr std::size_t descriptors = 3;
    std::uint32_t request = 0;
    std::string_view reserved{};
    std::uint32_t wants_tty = 0;
    std::uint32_t wants_x11 = 0;
    std::uint32_t wants_agent = 0;
    std::uint32_t is_subsystem = 0;
    std::uint32_t escape = no_escape;
    std::string_view term{};
    std::string_view command{};                                     // empty: a shell
    Rest environment{};                                             // strings NAME=value
    using fields = Fields<&NewSession::request, &NewSession::reserved, &NewSession::wants_tty, &NewSession::wants_x11,
                          &NewSession::wants_agent, &NewSession::is_subsystem, &NewSession::escape, &NewSession::term,
                          &NewSession::command, &NewSession::environment>;
};

// Then two descriptors: what is read and what is written.
struct NewStdioForward {
    static constexpr std::string_view name = "MUX_C_NEW_STDIO_FWD";
    static constexpr std::uint32_t type = 0x10000008;
    static constexpr std::size_t descriptors = 2;
    std::uint32_t request = 0;
    std::string_view reserved{};
    std::string_view host{};                                        // or a path, see unix_port
    std::uint32_t port = 0;
    using fields =
        Fields<&NewStdioForward::request, &NewStdioForward::reserved, &NewStdioForward::host, &NewStdioForward::port>;
};

// Requests that consist of their number alone.
template <std::uint32_t Type>
struct Bare {
    static constexpr std::string_view name = "MUX_C";
    static constexpr std::uint32_t type = Type;
    std::uint32_t request = 0;
    using fields = Fields<&Bare::request>;
};
using AliveCheck = Bare<0x10000004>;
using Terminate = Bare<0x10000005>;
using StopListening = Bare<0x10000009>;
using StartProxy = Bare<0x1000000f>;

enum class ForwardType : std::uint32_t { local = 1, remote = 2, dynamic = 3 };
inline constexpr std::uint32_t unix_port = 0xfffffffe;            // the host is the path of a socket
inline constexpr std::string_view socks_host = "socks";           // with port 0: whoever connects says where to

struct OpenForward {
    static constexpr std::string_view name = "MUX_C_OPEN_FWD";
    static constexpr std::uint32_t type = 0x10000006;
    std::uint32_t request = 0;
    ForwardType kind{};                                           // any number on the wire: check it
    std::string_view listen_host{};
    std::uint32_t listen_port = 0;
    std::string_view connect_host{};
    std::uint32_t connect_port = 0;
    using fields = Fields<&OpenForward::request, &OpenForward::kind, &OpenForward::listen_host,
                          &OpenForward::listen_port, &OpenForward::connect_host, &OpenForward::connect_port>;
};
struct CloseForward {
    static constexpr std::string_view name = "MUX_C_CLOSE_FWD";
    static constexpr std::uint32_t type = 0x10000007;
    std::uint32_t request = 0;
    ForwardType kind{};
    std::string_view listen_host{};
    std::uint32_t listen_port = 0;
    std::string_view connect_host{};
    std::uint32_t connect_port = 0;
    using fields = Fields<&CloseForward::request, &CloseForward::kind, &CloseForward::listen_host,
                          &CloseForward::listen_port, &CloseForward::connect_host, &CloseForward::connect_port>;
};

// Our own: a question by name, answered in lines for a person (PROTOCOL.md).
struct Ask {
    static constexpr std::string_view name = "MUX_C_NACRE_ASK";
    static constexpr std::uint32_t type = 0x4e630001;
    std::uint32_t request = 0;
    std::string_view question{};                                    // "conninfo", "channels"
    using fields = Fields<&Ask::request, &Ask::question>;
};

// ---- answers ---------------------------------------------------------------------------

struct Done {
    static constexpr std::string_view name = "MUX_S_OK";
    static constexpr std::uint32_t type = 0x80000001;
    std::uint32_t request = 0;
    using fields = Fields<&Done::request>;
};
struct PermissionDenied {
    static constexpr std::string_view name = "MUX_S_PERMISSION_DENIED";
    static constexpr std::uint32_t type = 0x80000002;
    std::uint32_t request = 0;
    std::string_view reason{};
    using fields = Fields<&PermissionDenied::request, &PermissionDenied::reason>;
};
struct Failed {
    static constexpr std::string_view name = "MUX_S_FAILURE";
    static constexpr std::uint32_t type = 0x80000003;
    std::uint32_t request = 0;
    std::string_view reason{};
    using fields = Fields<&Failed::request, &Failed::reason>;
};
struct SessionExited {
    static constexpr std::string_view name = "MUX_S_EXIT_MESSAGE";
    static constexpr std::uint32_t type = 0x80000004;
    std::uint32_t session = 0;
    std::uint32_t status = 0;
    using fields = Fields<&SessionExited::session, &SessionExited::status>;
};
struct Alive {
    static constexpr std::string_view name = "MUX_S_ALIVE";
    static constexpr std::uint32_t type = 0x80000005;
    std::uint32_t request = 0;
    std::uint32_t pid = 0;
    using fields = Fields<&Alive::request, &Alive::pid>;
};
struct SessionOpened {
    static constexpr std::string_view name = "MUX_S_SESSION_OPENED";
    static constexpr std::uint32_t type = 0x80000006;
    std::uint32_t request = 0;
    std::uint32_t session = 0;
    using fields = Fields<&SessionOpened::request, &SessionOpened::session>;
};
struct RemotePort {
    static constexpr std::string_view name = "MUX_S_REMOTE_PORT";
    static constexpr std::uint32_t type = 0x80000007;
    std::uint32_t request = 0;
    std::uint32_t port = 0;
    using fields = Fields<&RemotePort::request, &RemotePort::port>;
};
struct TtyFailed {
    static constexpr std::string_view name = "MUX_S_TTY_ALLOC_FAIL";
    static constexpr std::uint32_t type = 0x80000008;
    std::uint32_t session = 0;
    using fields = Fields<&TtyFailed::session>;
};
struct ProxyStarted {
    static constexpr std::string_view name = "MUX_S_PROXY";
    static constexpr std::uint32_t type = 0x8000000f;
    std::uint32_t request = 0;
    using fields = Fields<&ProxyStarted::request>;
};
struct Answer {
    static constexpr std::string_view name = "MUX_S_NACRE_ANSWER";
    static constexpr std::uint32_t type = 0xce630001;
    std::uint32_t request = 0;
    std::string_view question{};
    std::string_view lines{};
    using fields = Fields<&Answer::request, &Answer::question, &Answer::lines>;
};

} // namespace nacre::mux
