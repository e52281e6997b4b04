// The agent's clients: many sockets, one loop; requests in, answers out.
#pragma once

#include <list>
#include <memory>
#include <optional>

#include "agent/agent_server.h"
#include "base/buffer.h"
#include "base/log.h"
#include "os/event_loop.h"
#include "os/fd.h"
#include "tools/agent/confirmations.h"
#include "tools/agent/token_jobs.h"

namespace nacre::agent_tool {

// Goes on while the machine sleeps, so that lifetimes do.
TimePoint agent_now();

class Clients {
public:
    Clients(EventLoop& loop, Fd listener, agent::KeyStore& store, agent::ServerSettings settings, Log& log);
    ~Clients();

    void forget_keys();                                           // SIGUSR1

private:
    struct Client {
        Fd socket;
        Buffer received;
        Buffer to_send;
        agent::Bindings bindings{};
        std::unique_ptr<Watch> watch{};
        std::unique_ptr<Timer> later{};                           // a request waits for its time
        std::optional<Confirmations::Ticket> question{};          // … for a person
        std::optional<TokenJobs::Ticket> job{};                   // … for a token
        agent::Consent consent = agent::Consent::not_asked;       // of the request that waits for it
        bool wants_no_more = false;                               // has finished sending

        bool waits() const { return later || question || job; }
    };

    void accept();
    void on_ready(Client& client, Ready ready);
    bool receive(Client& client);                                 // false: the client is gone
    // False: no message can be found any more.  `from_token` is for the first request only.
    bool serve(Client& client, agent::Consent consent, const SecretBytes* from_token = nullptr);
    void take(Client& client, std::size_t request, agent::Outcome outcome);
    void answer(Client& client, std::size_t request, Bytes message);
    bool flush(Client& client);
    void settle(Client& client, bool goes_on);
    void drop(Client& client);
    void confirm(Client& client, const agent::ConfirmationNeeded& needed);
    void use_token(Client& client, agent::TokenNeeded needed);
    void schedule_tidying();
    TimePoint to_loop_time(TimePoint when) const;

    EventLoop& loop_;
    agent::KeyStore& store_;
    agent::AgentServer server_;
    Log& log_;
    Confirmations confirmations_;
    TokenJobs jobs_;
    std::size_t most_clients_;
    std::list<Client> clients_;
    Fd listener_;
    std::unique_ptr<Watch> listener_watch_;
    std::unique_ptr<Timer> accept_again_;
    std::unique_ptr<Timer> tidying_;
    TimePoint tidying_at_{};                                      // by agent_now()
};

} // namespace nacre::agent_tool
