// Watches a Client make its connection, and writes down what ssh --timeline shows.
//
// Most of it is seen by looking at the session after each event; what only the Client knows, it says.
#pragma once

#include <optional>
#include <string>

#include "client/connect.h"
#include "client/timeline.h"
#include "keys/public_key.h"
#include "session/client_session.h"

namespace nacre {

class TimelineObserver {
public:
    explicit TimelineObserver(std::string title) : timeline_(std::chrono::steady_clock::now(), std::move(title)) {}

    void connected(const ServerLink& server);                     // also for the second time
    void look(const ClientSession& session);
    void host_key(const PublicKey& key, std::string_view verdict);
    void note(std::string_view what, std::string detail);         // printable
    void note_once(std::string_view what, std::string_view detail);

    const Timeline& timeline() const { return timeline_; }

private:
    struct Moment {
        TimePoint when;
        Traffic traffic;
    };
    Moment now() const { return {std::chrono::steady_clock::now(), trips_.traffic()}; }
    void negotiated(const Agreed& agreed);
    void add(const Moment& moment, std::string_view what, std::string_view algorithm);

    Timeline timeline_;
    RoundTrips trips_;
    bool version_seen_ = false;
    std::optional<Moment> proposal_came_;
    bool keys_seen_ = false;
    std::size_t attempts_seen_ = 0;
    std::vector<std::string> noted_;
};

} // namespace nacre
