// What tokens do for the agent's clients, each in a helper process, while the agent goes on with the others.
//
// A FIDO token's job has a helper of its own.  A PKCS#11 library stays loaded in one, job after
// job, as long as there are keys of it.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/agent_server.h"
#include "base/log.h"
#include "os/event_loop.h"
#include "runtime/token_helper.h"
#include "tools/agent/confirmations.h"

namespace nacre::agent_tool {

class TokenJobs {
public:
    TokenJobs(EventLoop& loop, Confirmations& confirmations, Log& log);
    ~TokenJobs();

    using Ticket = std::uint64_t;
    // A helper's answer, or token::Failed.  `done` is called later, from the loop, unless cancel() comes first.
    using Done = std::function<void(SecretBytes answer)>;
    Ticket start(agent::TokenNeeded needed, Done done);
    void cancel(Ticket ticket);

    // Ends the helpers of libraries without keys and without jobs.
    void keep_libraries_of(const std::vector<agent::StoredKey>& keys);

private:
    static constexpr std::size_t most_fido_jobs = 8;              // at once; more wait for their turn

    struct FidoJob {
        Ticket ticket;
        agent::TokenNeeded needed;
        Done done;
        SecretBytes pin{};
        int attempts = 0;
        std::optional<TokenHelper> helper{};
        std::unique_ptr<Watch> watch{};
        std::optional<Confirmations::Ticket> question{};
        std::unique_ptr<Timer> soon{};
        Child notice{};                                           // shows that a touch is waited for

        bool has_begun() const { return helper || question || soon; }
    };
    struct LibraryJob {
        Ticket ticket;                                            // 0: cancelled, its answer is thrown away
        SecretBytes message;
        Done done;
    };
    struct Loaded {
        std::optional<TokenHelper> helper{};
        std::unique_ptr<Watch> watch{};
        std::unique_ptr<Timer> soon{};
        std::deque<LibraryJob> jobs{};                            // the first has been sent, if there is a watch
    };

    void begin_waiting_jobs();
    void run(FidoJob& job);
    void heard(FidoJob& job);
    void ask_pin(FidoJob& job);
    void finish(FidoJob& job, SecretBytes answer);
    void show_notice(FidoJob& job);
    void run_next(Loaded& library);
    void heard(Loaded& library);
    void finish_first(Loaded& library, SecretBytes answer);

    EventLoop& loop_;
    Confirmations& confirmations_;
    Log& log_;
    AskpassSettings askpass_;
    Ticket last_ticket_ = 0;
    std::list<FidoJob> fido_;
    std::map<std::string, Loaded> libraries_;
};

} // namespace nacre::agent_tool
