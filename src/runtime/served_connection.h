// One client of an SshServer: its session, and the programs on its channels.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection/own_global_requests.h"
#include "crypto/random.h"
#include "runtime/connection_driver.h"
#include "runtime/keepalive.h"
#include "runtime/ssh_server.h"
#include "session/server_session.h"

namespace nacre {

std::string name_of(const ServedClient& client);                  // for the log

class ServedConnection final : private ConnectionDriver::Owner {
public:
    // Without `answers` those of the server's settings count.
    ServedConnection(SshServer& server, Fd socket, ServedClient client, std::optional<ServerAnswers> answers, Log& log);
    ~ServedConnection() override;

    void start() { driver_.start(); }
    void hang_up(Error why);                                      // from the loop: whoever asks for it may be called by us
    bool is_over() const { return driver_.is_over(); }
    bool is_leaving() const { return hang_up_ || is_over(); }
    const ServedClient& client() const { return client_; }
    ServedPeer& peer() { return peer_; }

private:
    void watch_for_life();
    Result<void> drain() noexcept override;                       // calls answers and programs, which must not throw
    void ended(const Error& why) noexcept override;
    Result<void> on(const Authenticated& event);
    Result<void> on(const PeerLeft& event);
    Result<void> on(const OpenRequested& event);
    Result<void> on(const Opened& event);
    Result<void> on(const OpenRefused& event);
    Result<void> on(const Requested& event);
    Result<void> on(const RequestAnswered& event);
    Result<void> on(const PeerFinished& event);
    Result<void> on(const Closed& event);
    Result<void> on(const GlobalRequested& event);
    Result<void> on(const GlobalAnswered& event);
    Result<void> on(const EndpointEvent auto& event)
    {
        if (!driver_.handle(event) && !offer(event))
            driver_.handle_or_drop(event);
        return {};
    }
    Result<void> on(const auto&) { return {}; }                   // nothing that concerns us
    void drop(ChannelId channel);                                 // with its endpoint, if it has one
    bool offer(const ConnectionEvent& event);                     // to on_event

    // The requests of a session (RFC 4254 §6); the answer is whether we did it.
    struct Row;
    static const Row* find_request(std::string_view name);        // null: no such request
    Result<bool> on_variable(ServedProgram& program, Bytes details);
    Result<bool> on_terminal(ServedProgram& program, Bytes details);
    Result<bool> on_shell(ServedProgram& program, Bytes details);
    Result<bool> on_command(ServedProgram& program, Bytes details);
    Result<bool> on_subsystem(ServedProgram& program, Bytes details);
    Result<bool> on_signal(ServedProgram& program, Bytes details);
    Result<bool> on_window_change(ServedProgram& program, Bytes details);
    bool begin(ServedProgram& program, ServedProgram::Kind kind, std::string_view command);
    void finish(ChannelId channel);
    static void is_gone(ServedProgram& program);

    SshServer& server_;
    ServedClient client_;
    std::optional<ServerAnswers> own_answers_;
    const ServerAnswers& answers_;
    Log& log_;
    SystemRandom random_;
    ServerSession session_;
    ServerAnswerer answerer_;
    ConnectionDriver driver_;
    ForwardedSockets sockets_;
    ServedPeer peer_;
    OwnGlobalRequests globals_;                                   // whether somebody is there
    std::map<std::uint32_t, std::unique_ptr<ServedProgram>> programs_;   // by channel
    std::vector<std::unique_ptr<ChannelEndpoint>> gone_;          // of closed channels, until the next round
    std::unique_ptr<Timer> soon_;
    std::unique_ptr<Timer> grace_;
    std::unique_ptr<Timer> hang_up_;
    std::optional<Keepalive> keepalive_;
};

} // namespace nacre
