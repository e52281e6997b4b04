// What Client does for others: it becomes the master of its connection, and with ControlPersist lets it outlive us.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "client/client.h"
#include "os/process.h"
#include "transport/peer_habits.h"

namespace nacre {

// One channel to a server whose windows grow is as good as several.
bool Client::shares_for_nobody()
{
    bool windows_grow = has_habit(session_->transport().peer_version(), &PeerHabits::windows_grow);
    if (!shared_.path.empty() || is_proxied() || windows_grow)
        served_.close();
    return shared_.path.empty() && !served_;
}

Result<void> Client::begin_sharing()
{
    if (shares_for_nobody())
        return {};
    MuxWorld world{.loop = loop_,
                   .driver = *driver_,
                   .connection = session_->connection(),
                   .questions = *questions_,
                   .forwarding = *forwarding_,
                   .configuration = configuration_,
                   .log = log_,
                   .forwards_agent = plan_.forwards_agent,
                   .pacer = pacer_ ? &*pacer_ : nullptr,
                   .spare = SpareSession{session_->connection()},
                   .terminate = [this] { finish(is_in_background_ ? 0 : failure_status); },
                   .rekey = [this] { session_->transport().rekey(); },
                   .connection_info = [this] { return connection_info(); }};
    if (shared_.path.empty() || !may_open_ahead())
        world.spare.give_up();
    mux_.emplace(std::move(world), MuxMaster::Callbacks{.changed = [this] { look_whether_done(); },
                                                        .idle = [this] { finish(0); },
                                                        .stopped = [this] { nobody_can_join(); }});
    if (shared_.path.empty()) {
        mux_->take_from(std::exchange(served_, {}));
        return {};
    }
    auto listening = mux_->listen(shared_.path);
    shared_.starting.reset();
    if (!listening) {
        mux_.reset();
        auto& why = listening.error();
        if (why.os_error == EEXIST)
            log_.error("ControlSocket {} already exists, disabling multiplexing", printable(shared_.path));
        else if (auto what = in_context("The connection cannot be shared", why); plan_.has_channel())
            log_.error("{}", what.what);
        else                                                      // nobody could end it, or reach it; so OpenSSH's, too
            return fail(std::move(what));
        return {};
    }
    plan_.others_may_follow = true;
    if (options_.control_persist.on)
        leave_session_to_a_client();
    return {};
}

bool Client::may_open_ahead() const
{
    return flights_->allows_haste() && has_habit(session_->transport().peer_version(), &PeerHabits::lets_sessions_wait);
}

// Without a session of its own (-N) a master that nobody can join is there for those who have: it ends with the last.
void Client::nobody_can_join()
{
    if (!plan_.has_channel() && !left_to_client_)
        session_ended(0);
}

void Client::leave_session_to_a_client()
{
    left_to_client_ = plan_;
    plan_.kind = SessionPlan::Kind::none;
    plan_.stdio_forward.reset();
}

// Nothing of the connection is touched here: it belongs to the child.
void Client::go_on_as_client()
{
    forwarding_->close_copies();
    mux_->forget_listener();
    driver_->close_copies();
    if (proxy_errors_)
        proxy_errors_->close_copies();
    auto status = run_through_master(shared_.path, configuration_, *left_to_client_, log_);
    if (!status)
        log_.error("{}", status.error().what);
    exit_now(status ? *status : failure_status);
}

std::size_t Client::others() const { return forwarding_->connections() + (mux_ ? mux_->clients() : 0); }

std::string Client::both_ends() const
{
    auto here = peer_ && driver_ ? local_address(driver_->incoming()) : Result<SocketAddress>{bad_input("no socket")};
    return here && peer_ ? fmt::format("{}:{} -> {}:{}", here->host, here->port, peer_->host, peer_->port)
                         : fmt::format("through a program -> {}:{}", printable(configuration_.host()), options_.port);
}

// Each line begins with a word that OpenSSH's has, where that has such a line: scripts look for it.
std::vector<std::string> Client::connection_info() const
{
    auto& transport = session_->transport();
    std::vector<std::string> lines{
        fmt::format("Connection of {}@{}, process {}", printable(options_.user), host_shown(), ::getpid()),
        fmt::format("  connection {}", both_ends()), fmt::format("  server {}", printable(transport.peer_version()))};
    auto add = [&](std::string_view what, std::string_view out, std::string_view in) {
        lines.push_back(out == in ? fmt::format("  {} {}", what, out) : fmt::format("  {} {} out, {} in", what, out, in));
    };
    auto* agreed = transport.agreed();
    if (agreed) {
        auto &out = agreed->client_to_server, &in = agreed->server_to_client;
        lines.push_back(fmt::format("  kexalgorithm {}", agreed->kex ? agreed->kex->name : "none"));
        lines.push_back(fmt::format("  hostkeyalgorithm {}", printable(agreed->host_key_algorithm)));
        add("cipher", out.cipher->name, in.cipher->name);
        add("mac", out.mac_name(), in.mac_name());
        add("compression", out.compression->name, in.compression->name);
    }
    lines.push_back(fmt::format("  traffic {} bytes out, {} in", transport.bytes_sent(), transport.bytes_received()));
    auto &sent = transport.compressed_sent(), &received = transport.compressed_received();
    if (sent.plain + received.plain > 0)
        lines.push_back(fmt::format("  compressed {} bytes out to {}, {} in from {}", sent.plain, sent.compressed,
                                    received.plain, received.compressed));
    return lines;
}

} // namespace nacre
