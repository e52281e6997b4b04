// What Client does for others: it becomes the master of its connection, and with ControlPersist lets it outlive us.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "client/client.h"
#include "os/process.h"

namespace nacre {

void Client::begin_sharing()
{
    if (shared_.path.empty())
        return;
    MuxWorld world{.loop = loop_,
                   .driver = *driver_,
                   .connection = session_->connection(),
                   .questions = *questions_,
                   .forwarding = *forwarding_,
                   .configuration = configuration_,
                   .log = log_,
                   .forwards_agent = plan_.forwards_agent,
                   .pacer = pacer_ ? &*pacer_ : nullptr};
    mux_.emplace(std::move(world), MuxMaster::Callbacks{.terminate = [this] { finish(left_to_client_ ? 0 : failure_status); },
                                                        .rekey = [this] { session_->transport().rekey(); },
                                                        .connection_info = [this] { return connection_info(); },
                                                        .changed = [this] { look_whether_done(); },
                                                        .idle = [this] { finish(0); },
                                                        .stopped = [this] { nobody_can_join(); }});
    auto listening = mux_->listen(shared_.path);
    shared_.starting.reset();
    if (!listening) {
        if (listening.error().os_error == EEXIST)
            log_.error("ControlSocket {} already exists, disabling multiplexing", printable(shared_.path));
        else
            log_.error("The connection cannot be shared: {}", listening.error().what);
        mux_.reset();
        return;
    }
    plan_.others_may_follow = true;
    if (options_.control_persist.on)
        leave_session_to_a_client();
}

// Without a session of its own (-N) a master that nobody can join is there for those who have: it ends with the last.
void Client::nobody_can_join()
{
    if (plan_.kind == SessionPlan::Kind::none && !plan_.stdio_forward && !left_to_client_)
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
    mux_->forget_listener();
    driver_->close_copies();
    auto status = run_through_master(shared_.path, configuration_, *left_to_client_, log_);
    if (!status)
        log_.error("{}", status.error().what);
    exit_now(status ? *status : failure_status);
}

std::size_t Client::others() const { return forwarding_->connections() + (mux_ ? mux_->clients() : 0); }

std::vector<std::string> Client::connection_info() const
{
    auto& transport = const_cast<ClientSession&>(*session_).transport();
    std::vector<std::string> lines{fmt::format("connection to {}, {}", host_shown(), remote_id()),
                                   fmt::format("user {}", printable(options_.user)),
                                   fmt::format("server {}", printable(transport.peer_version())),
                                   fmt::format("process {}", ::getpid())};
    if (auto* agreed = transport.agreed())
        lines.push_back(fmt::format("key exchange {}, host key {}, ciphers {} out and {} in",
                                    agreed->kex ? agreed->kex->name : "?", printable(agreed->host_key_algorithm),
                                    agreed->client_to_server.cipher->name, agreed->server_to_client.cipher->name));
    lines.push_back(fmt::format("{} bytes sent, {} received", transport.bytes_sent(), transport.bytes_received()));
    return lines;
}

} // namespace nacre
