// A session that a client of the master started: the client's descriptors at this end, a program at the other.
//
// What it asks for leaves once the channel is open; at once, if there is a spare one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/escapes.h"
#include "client/mux/mux_channel.h"
#include "client/mux/mux_world.h"
#include "client/session_requests.h"
#include "os/event_loop.h"
#include "os/pty.h"
#include "runtime/fd_endpoint.h"

namespace nacre {

// What the client asked for; owned copies, since it is used when the channel is open.
struct MuxSessionWish {
    SessionWish session{};                                        // of its terminal the type: the rest is asked when it is used
    std::optional<char> escape{};
};

class MuxSession final : public MuxChannel {
public:
    struct Callbacks {
        std::function<void(std::uint32_t session)> opened;
        std::function<void(std::string why)> refused;             // nothing follows
        std::function<void(std::uint32_t session)> tty_refused;
        std::function<void(std::uint32_t session, int status)> exited;
        std::function<void()> over;                               // closed, and all output delivered
    };

    // `streams`: standard input, output and error.
    MuxSession(MuxWorld& world, MuxSessionWish wish, std::vector<Fd> streams, Callbacks callbacks);

    Result<void> open() override;
    void close() override;
    void abandon(std::string_view why, StatusHeard heard) override;
    bool delivers() const override { return last_ && !is_over_; }
    void window_changed() override;
    std::string describe() const override;
    void on_opened() override;
    void on_refused(std::string_view why) override;
    void on_request(const Requested& event) override;
    void on_answer(bool success) override;
    void on_closed() override;

private:
    WindowSize size() const;                                      // of the client's terminal
    void ask_for_everything();
    void typed_command(EscapeCommand command);
    void obey_commands();
    void obey(EscapeCommand command);
    void show(std::string_view text);
    void stream_failed(std::string_view which, const Error& why);
    void over();

    MuxWorld& world_;
    MuxSessionWish wish_;
    std::vector<Fd> given_;                                       // as passed: for modes, size and messages
    Callbacks callbacks_;

    IndependentFd voice_;                                         // lines of ours to its standard error
    std::optional<SessionRequests> requests_;                     // once everything is asked for
    bool has_tty_ = false;
    bool tty_refused_ = false;
    bool has_failed_ = false;                                     // not everything arrived, whatever the program says
    EndpointFds streams_;
    std::unique_ptr<ChannelEndpoint> last_;                       // still delivers, though the channel is closed
    std::optional<Escapes> escapes_;
    std::vector<EscapeCommand> commands_;                         // typed, not obeyed yet
    std::unique_ptr<Timer> soon_;
    std::unique_ptr<Timer> end_;                                  // of a session whose output goes nowhere
};

} // namespace nacre
