// PRIVILEGED: runs in sshd-session as root.  Forwardings: what is allowed is decided here, sshd-user does it.
//
// The bounds of forwarding_limits are kept whatever the other two processes say; descriptors pass
// through from sshd-user to sshd-net.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "messages/connection.h"
#include "server/event_log.h"
#include "server/forwarding_policy.h"
#include "server/forwarding_questions.h"
#include "server/privileged/user_link.h"
#include "server/user_forwarding_orders.h"

namespace nacre {

class Forwardings {
public:
    Forwardings(Login& login, MessageSocket& network, UserLink& user, EventLog& log)
        : login_(login), network_(network), user_(user), log_(log),
          policy_(login.options(), login.key_options())
    {
    }

    // From sshd-net.
    Result<void> on(const AskTcp& question);
    Result<void> on(const AskUnix& question);
    Result<void> on(const AskTunnel& question);
    Result<void> on(const AskTcpListener& question);
    Result<void> on(const AskUnixListener& question);
    Result<void> on(const CancelTcpListener& question);
    Result<void> on(const CancelUnixListener& question);
    Result<void> on(const AskDisplay& question);
    Result<void> on(const AskAgent& question);
    Result<void> on(const ArrivalSettled& news);
    Result<void> session_is_gone(std::uint32_t session);          // its display goes with it

    // From sshd-user.
    Result<void> on(const Connected& news, const std::vector<Fd>& fds);
    Result<void> on(const Listening& news);
    Result<void> on(const Arrived& news, const std::vector<Fd>& fds);

    // What the program of a session is to be told.
    void add_to(RunProgram& order, std::uint32_t session) const;

private:
    struct Listener {
        ListenerKind kind{};
        std::string address;                                      // as the client asked; a path
        std::uint32_t port = 0;
        bool listens = false;
        std::vector<std::uint32_t> tickets;                       // to be answered once it listens
        std::size_t arriving = 0;
    };
    struct Display {
        std::uint32_t listener = 0;
        std::string protocol, cookie;
    };

    struct Wanted {
        std::uint32_t channel = 0;
        events::Forwarded event;                                  // told once its result is known
    };

    template <Message Order>
    Result<void> connect(std::uint32_t channel, events::Forwarded event, Order order);
    void tell(events::Forwarded event, events::ForwardingResult result, std::string reason = {});
    template <Message Order>
    Result<void> listen(Listener listener, Order order);
    Result<void> refuse(std::uint32_t channel, OpenFailure reason, std::string_view text);
    Result<void> answer(std::uint32_t ticket, bool granted, std::uint32_t port = 0);
    Result<void> cancel(std::uint32_t ticket, ListenerKind kind, std::string_view address, std::uint32_t port);
    Result<void> stop(std::map<std::uint32_t, Listener>::iterator listener);

    Login& login_;
    MessageSocket& network_;
    UserLink& user_;
    EventLog& log_;
    ForwardingPolicy policy_;
    std::map<std::uint32_t, Wanted> connecting_;                  // by our number
    std::map<std::uint32_t, Listener> listeners_;                 // by our number
    std::map<std::uint32_t, Display> displays_;                   // by session
    std::uint32_t agent_listener_ = 0;                            // one for all sessions; 0: none
    std::set<std::uint32_t> agent_sessions_;
    std::size_t arriving_ = 0;                                    // also at listeners that are gone
    std::uint32_t next_id_ = 1;                                   // never used twice
};

} // namespace nacre
