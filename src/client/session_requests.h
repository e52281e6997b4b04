// What a session asks of the server, and what it hears of its program: ssh's own session, or one of a master's client.
//
// Everything (terminal, environment, program) is asked for at once; the answers are matched in order.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "client/configuration.h"
#include "client/forwarding/x11_display.h"
#include "connection/connection.h"
#include "os/pty.h"
#include "runtime/connection_driver.h"

namespace nacre {

struct SessionWish {
    struct Terminal {
        std::string type{};
        WindowSize size{};
        ByteVector modes{};                                       // RFC 4254 §8
    };

    SessionPlan::Kind kind = SessionPlan::Kind::shell;
    std::string command{};                                        // or the subsystem's name
    bool agent = false;
    const X11Access* x11 = nullptr;
    std::optional<Terminal> terminal{};
    std::vector<Variable> environment{};
};

inline constexpr ChannelId no_channel{0xffffffff};

class SessionRequests {
public:
    // Asks for everything.
    SessionRequests(ConnectionDriver& driver, Connection& connection, Log& log, ChannelId channel, const SessionWish& wish);

    enum class Asked { x11, terminal, program };
    std::optional<Asked> answered();                              // what the answer is to that has come
    std::string refusal(Asked what) const;                        // where it is no: a sentence

    void tell_size(const WindowSize& size);
    const WindowSize& size_told() const { return size_told_; }
    void send_break();

    void hear(const Requested& event);                            // on this channel
    void closed() { channel_ = no_channel; }                      // the number may be used anew at once
    std::optional<int> status() const { return status_; }         // what the server said of the program's end

private:
    void ask_for_agent();
    void ask_for_x11(const X11Access& access);
    void ask_for_terminal(const SessionWish::Terminal& terminal);
    void send_environment(const std::vector<Variable>& environment);
    void ask_for_program(const SessionWish& wish);
    template <class Request>
    void ask(Asked what, const Request& request);

    ConnectionDriver& driver_;
    Connection& connection_;
    Log& log_;
    ChannelId channel_;
    std::string_view program_request_;                            // "exec", …
    std::deque<Asked> unanswered_;
    WindowSize size_told_;
    std::optional<int> status_;
};

} // namespace nacre
