// sshd-net's half of session channels (RFC 4254 §6): requests become questions, answers become descriptors.
//
// Nothing is decided here.  What matters is order: replies leave in the order of the requests, what the client sends
// and asks before its program runs is kept, and the exit status follows the last byte.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "runtime/channel_timeouts.h"
#include "runtime/connection_driver.h"
#include "runtime/fd_endpoint.h"
#include "server/forwarding_questions.h"
#include "server/held_requests.h"
#include "server/message_socket.h"
#include "server/session_questions.h"

namespace nacre {

class SessionChannels {
public:
    SessionChannels(EventLoop& loop, MessageSocket& monitor, Connection& connection, ConnectionDriver& driver,
                    ChannelTimeouts& timeouts, Log& log)
        : loop_(loop), monitor_(monitor), connection_(connection), driver_(driver), timeouts_(timeouts), log_(log)
    {
    }

    // From the peer.
    Result<void> opened_by_peer(ChannelId channel);
    Result<void> on(const Requested& request);
    void on(const DataArrived& data);                             // while no program runs yet
    void on(const PeerFinished& finished);
    void closed_by_peer(ChannelId channel);                       // while its program still runs
    void on(const Closed& closed);
    // The client asked for its agent by the RFC's name last, and takes channels of that kind.
    bool has_standard_agent() const { return has_standard_agent_; }
    std::size_t waiting() const;                                  // open, and nothing was started in them yet

    // From the monitor.
    Result<void> on(const SessionAnswer& answer);
    Result<void> on(const ProgramRunning& running, std::vector<Fd> fds);
    Result<void> on(const ProgramEnded& ended);
    Result<void> on(const ForwardAnswer& answer);                 // of a display or the agent

private:
    struct Reply {
        bool wanted = false;
        std::optional<bool> outcome;                              // nothing: the monitor has not answered
        std::uint32_t ticket = 0;                                 // of an answer that comes out of order
        std::optional<bool> standard_agent{};                     // it asks for an agent: by the RFC's name?
    };
    struct Ending {
        std::uint32_t status = 0;
        std::string signal;
        bool core_dumped = false;
    };
    struct Session {
        std::uint32_t id = 0;                                     // towards the monitor
        bool accepted = false;
        ProgramState program{};
        HeldRequests held;                                        // while it starts: the monitor has not said yet whether it runs
        bool told_of_left_out = false;                            // requests, in the log
        bool terminal = false;
        std::string kind = "session";                             // for ChannelTimeout, once a program was asked for
        std::deque<Reply> replies;
        Buffer early_data;                                        // from the peer, before the program runs
        std::uint64_t early_bytes = 0;                            // what there was of it
        bool early_end = false;
        FdEndpoint* endpoint = nullptr;                           // while attached
        bool sources_finished = false;
        std::uint64_t collected = 0, collected_before = 0;        // bytes, to see whether a terminal has become quiet
        Ending ending;                                            // once the program has ended
        std::unique_ptr<Timer> review;
    };
    struct Row;
    static const Row* find_request(std::string_view name);        // null: no such request

    Result<void> on_terminal(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_variable(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_shell(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_command(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_subsystem(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_window_change(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_signal(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_break(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_display(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_agent(ChannelId channel, Session& session, const Requested& request);
    Result<void> on_end_of_write(ChannelId channel, Session& session, const Requested& request);

    Result<void> handle(Session& session, const Requested& request);
    Result<void> hand_on(ChannelId channel, Session& session);
    template <Message M>
    Result<void> ask(Session& session, const Requested& request, const M& question);
    Result<void> ask_for_program(ChannelId channel, Session& session, const Requested& request, ProgramKind kind,
                                 std::string_view command);
    Result<void> refuse(ChannelId channel, Session& session, const Requested& request);
    void answer_in_order(ChannelId channel, Session& session);
    std::uint32_t expect_out_of_order(Session& session, const Requested& request);
    std::optional<ChannelId> channel_of(std::uint32_t id) const;
    static std::deque<Reply>::iterator oldest_open(Session& session);   // that the monitor answers in order
    Result<Session*> session_asked(std::optional<ChannelId> channel);
    void forget(std::uint32_t channel);
    void expect_another_program(ChannelId channel, Session& session);
    void attach(ChannelId channel, Session& session, std::vector<Fd> fds);
    void review_soon(ChannelId channel, Session& session, Duration after);
    void review(ChannelId channel);
    void finish(ChannelId channel, Session& session);

    EventLoop& loop_;
    MessageSocket& monitor_;
    Connection& connection_;
    ConnectionDriver& driver_;
    ChannelTimeouts& timeouts_;
    Log& log_;
    std::map<std::uint32_t, Session> channels_;
    // Numbers of channels come back, and answers to the last one's questions may still be on their way then.
    std::map<std::uint32_t, std::uint32_t> channel_by_id_;
    std::uint32_t next_id_ = 0;                                   // never used twice
    std::uint32_t next_ticket_ = 1;
    bool has_standard_agent_ = false;
};

} // namespace nacre
