// How a connection goes once it is logged in: the beat of keystrokes, the class of packets, the end of idle channels.
#include <utility>

#include "client/client.h"

namespace nacre {

// Only a server that answers pings takes packets without a meaning.
void Client::obscure_keystrokes()
{
    auto& timing = options_.obscure_keystroke_timing;
    if (!timing.on)
        return;
    if (!session_->transport().peer_answers_pings()) {
        log_.debug1("ObscureKeystrokeTiming: the server did not offer ping@openssh.com");
        return;
    }
    pacer_.emplace(loop_, session_->transport(), random_, std::chrono::milliseconds{timing.interval_ms}, log_,
                   [this] { driver_->advance(); });
}

// It was connected with the class that its own session wants; others come and go.  Behind a proxy it is the proxy's.
void Client::choose_traffic_class()
{
    auto interactive = session_->connection().is_interactive();
    if (!peer_ || !interactive || *interactive == std::exchange(is_interactive_, *interactive))
        return;
    auto& classes = options_.ip_qos;
    if (auto wanted = is_interactive_ ? classes.interactive : classes.bulk)
        driver_->set_traffic_class(*wanted);
}

void Client::watch_idle_channels()
{
    if (options_.channel_timeout.empty())
        return;
    channel_timeouts_.emplace(loop_, *driver_, [this](ChannelId channel, const std::string& kind) {
        log_.info("Closing channel {} ({}): nothing moved for as long as ChannelTimeout allows", channel.value, kind);
        if (mux_ && mux_->abandon(channel, "nothing moved for as long as ChannelTimeout allows"))
            return;
        bool ours = terminal_session_ && terminal_session_->runs_in(channel);
        session_->connection().close(channel);
        driver_->advance();
        if (ours && !driver_->is_over())
            session_ended(failure_status);                        // OpenSSH's server answers only when the program ends
    });
    channel_timeouts_->set_rules(options_.channel_timeout);
    driver_->on_attached = [this](ChannelId channel) {
        channel_timeouts_->attached(channel, timeout_name_of(session_->connection().kind(channel)));
    };
}

} // namespace nacre
