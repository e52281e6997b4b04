// The client's forwardings: what is made ready with the session, and what a host of doubtful identity does not get.
#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "client/agents.h"
#include "client/client.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "os/unix_socket.h"
#include "transport/peer_habits.h"

namespace nacre {

// Nothing is asked for yet.  All requests leave together, with the one for the session.
Result<void> Client::prepare_forwarding()
{
    if (forwarding_)
        return {};
    questions_.emplace(session_->connection());
    forwarding_.emplace(loop_, *driver_, session_->connection(), *questions_, configuration_, log_);
    forwarding_->on_settled = [this] {
        if (!std::exchange(goes_to_background_, false))
            return;
        if (auto gone = go_to_background(); !gone)
            stay_in_front(gone.error());
    };
    if (is_proxied())
        forwarding_->assume_agreement();
    if (has_habit(session_->transport().peer_version(), &PeerHabits::names_asked_port))
        forwarding_->expect_asked_ports();
    TRY(forward_agent());
    if (x11_access_ && !may_forward())
        log_.error("X11 forwarding is switched off: the host's key has changed.");
    else if (x11_access_)
        forwarding_->forward_x11(std::move(*x11_access_));
    return {};
}

Result<void> Client::forward_agent()
{
    if (!options_.forward_agent.on || !binding_)
        return {};
    if (!may_forward()) {
        log_.error("Agent forwarding is switched off: the host's key has changed.");
        return {};
    }
    auto socket = agent_to_forward(configuration_, log_);
    if (!socket) {
        log_.debug1("ForwardAgent: there is no agent");
        return {};
    }
    if (auto there = file_facts(*socket); !there && !options_.forward_agent.socket.empty()) {
        auto sentence = fmt::format("Cannot forward agent socket path \"{}\": {}", printable(*socket),
                                    os_error_text(there.error().os_error));
        if (options_.exit_on_forward_failure)
            return not_permitted(std::move(sentence));
        log_.error("{}", sentence);
        return {};
    }
    if (options_.forward_agent.socket.empty() && !is_listened_to(*socket)) {
        log_.debug1("ForwardAgent: no agent listens at {}", printable(*socket));   // the host over there may have one
        return {};
    }
    forwarding_->forward_agent(std::move(*socket), *binding_);
    plan_.forwards_agent = true;
    return {};
}

} // namespace nacre
