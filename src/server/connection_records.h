// PRIVILEGED: what a monitor has entered in the system's books, told to the listener as it happens.
//
// Should the monitor be killed, somebody must take it out again: the listener gives what is left to a
// fresh sshd-session, which closes the PAM session and the login records in its place.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "wire/fields.h"

namespace nacre {

// ---- monitor → listener ------------------------------------------------------------------

struct TerminalRecorded {
    static constexpr std::string_view name = "terminal-recorded";
    static constexpr MessageNumber number{3};
    std::string terminal;                                         // "/dev/pts/3"
    std::string user, host;
    std::uint32_t uid = 0, pid = 0;
    using fields = Fields<&TerminalRecorded::terminal, &TerminalRecorded::user, &TerminalRecorded::host,
                          &TerminalRecorded::uid, &TerminalRecorded::pid>;
};

struct TerminalForgotten {
    static constexpr std::string_view name = "terminal-forgotten";
    static constexpr MessageNumber number{4};
    std::string terminal;
    using fields = Fields<&TerminalForgotten::terminal>;
};

struct PamSessionOpened {
    static constexpr std::string_view name = "pam-session-opened";
    static constexpr MessageNumber number{5};
    std::string service, user, remote_host;
    std::string connection_info;                                  // SSH_CONNECTION's text
    using fields = Fields<&PamSessionOpened::service, &PamSessionOpened::user, &PamSessionOpened::remote_host,
                          &PamSessionOpened::connection_info>;
};

struct PamSessionClosed {
    static constexpr std::string_view name = "pam-session-closed";
    static constexpr MessageNumber number{6};
    using fields = Fields<>;
};

// ---- listener → a fresh sshd-session -----------------------------------------------------

struct CloseRecords {
    static constexpr std::string_view name = "close-records";
    static constexpr MessageNumber number{7};
    Repeated<PamSessionOpened> pam_sessions;                      // one at most
    Repeated<TerminalRecorded> terminals;
    using fields = Fields<&CloseRecords::pam_sessions, &CloseRecords::terminals>;
};

// The listener's account of one connection.
class OpenRecords {
public:
    static constexpr std::size_t most_terminals = 100;            // what is beyond is not mended
    static constexpr std::size_t longest_message = 1024;          // so that all of it fits one message

    OpenRecords() = default;
    explicit OpenRecords(CloseRecords open);                      // as to_close() gave them

    // Is it one of the four?  An error if it cannot be read.
    Result<bool> note(Bytes message);
    bool empty() const { return !pam_session_ && terminals_.empty(); }
    CloseRecords to_close() const;

private:
    std::optional<PamSessionOpened> pam_session_;
    std::map<std::string, TerminalRecorded> terminals_;           // by terminal
};

} // namespace nacre
