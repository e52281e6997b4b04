// A session that a client of the master started: the client's descriptors at this end, a program at the other.
//
// As for the master's own session, all requests leave together once the channel is open; at once, if there is a spare one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "client/escapes.h"
#include "client/forwarding/x11_display.h"
#include "client/keystroke_pacer.h"
#include "client/mux/mux_channel.h"
#include "connection/connection.h"
#include "os/event_loop.h"
#include "os/pty.h"
#include "runtime/connection_driver.h"
#include "runtime/fd_endpoint.h"

namespace nacre {

// What the client asked for; owned copies, since it is used when the channel is open.
struct MuxSessionWish {
    bool tty = false;
    bool agent = false;
    const X11Access* x11 = nullptr;
    KeystrokePacer* pacer = nullptr;                              // ObscureKeystrokeTiming
    bool is_subsystem = false;
    std::optional<char> escape{};
    std::string term{};
    std::string command{};
    std::vector<std::string> environment{};                        // NAME=value
    static constexpr std::size_t most_variables = 4096;
};

class MuxSession final : public MuxChannel {
public:
    struct Callbacks {
        std::function<void(std::uint32_t session)> opened;
        std::function<void(std::string why)> refused;             // nothing follows
        std::function<void(std::uint32_t session)> tty_refused;
        std::function<void(std::uint32_t session, int status)> exited;
        std::function<void()> over;                               // closed, and all output delivered
        std::function<void()> rekey;                              // ~R
        std::function<std::vector<std::string>()> connections;    // ~#
        std::function<std::vector<std::string>()> connection_info;   // ~I
        std::function<std::string(int by)> change_level;          // ~v, ~V: the new one's name
        std::function<std::optional<ChannelId>()> take_spare;     // a session that is open already
    };

    // `streams`: standard input, output and error.
    MuxSession(EventLoop& loop, ConnectionDriver& driver, Connection& connection, Log& log, MuxSessionWish wish,
               std::vector<Fd> streams, Callbacks callbacks);

    Result<void> open() override;
    void close() override;
    void abandon(std::string_view why, StatusHeard heard) override;
    void window_changed() override;
    std::string describe() const override;
    void on_opened() override;
    void on_refused(std::string_view why) override;
    void on_request(const Requested& event) override;
    void on_answer(bool success) override;
    void on_closed() override;

private:
    enum class Ask { x11, terminal, program };

    WindowSize size() const;                                      // of the client's terminal
    void ask_for_terminal();
    void ask_for_program();
    void typed_command(EscapeCommand command);
    void obey_commands();
    void obey(EscapeCommand command);
    void show(std::string_view text);
    void stream_failed(std::string_view which, const Error& why);
    void over();

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    Log& log_;
    MuxSessionWish wish_;
    std::vector<Fd> given_;                                       // as passed: for modes, size and messages
    Callbacks callbacks_;

    IndependentFd voice_;                                         // lines of ours to its standard error
    WindowSize size_told_;
    bool has_tty_ = false;
    bool tty_refused_ = false;
    std::optional<int> status_;                                   // told at the end: OpenSSH's client takes no second one
    bool stream_has_failed_ = false;
    EndpointFds streams_;
    std::optional<Escapes> escapes_;
    std::deque<Ask> unanswered_;
    std::vector<EscapeCommand> commands_;                         // typed, not obeyed yet
    std::unique_ptr<Timer> soon_;
    std::unique_ptr<Timer> end_;                                  // of a session whose output goes nowhere
};

} // namespace nacre
