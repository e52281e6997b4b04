// Everything that is forwarded through one connection: what the configuration asks for, and what is added and cancelled
// while it runs (~C, a control master's clients).
//
// The kinds of channel that the server may open are a table in forwarding.cpp; each is accepted only if we asked for it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/agent_forwarding.h"
#include "client/client_log.h"
#include "client/configuration.h"
#include "client/forwarding/forward_commands.h"
#include "client/forwarding/forward_table.h"
#include "client/forwarding/forwarded_connections.h"
#include "client/forwarding/local_listener.h"
#include "client/forwarding/remote_forwards.h"
#include "client/forwarding/socks_handshakes.h"
#include "client/forwarding/tunnel_forwarding.h"
#include "client/forwarding/x11_forwarding.h"
#include "client/global_questions.h"

namespace nacre {

class Forwarding {
public:
    Forwarding(EventLoop& loop, ConnectionDriver& driver, Connection& connection, GlobalQuestions& questions,
               const Configuration& configuration, ClientLog& log);

    // What the configuration asks for, right after the login; requests to the server are only queued.  An error: something
    // could not be had, and ExitOnForwardFailure says that this is the end.
    Result<void> start();
    // Instead: what was asked for is refused, or ends the connection (ExitOnForwardFailure).
    Result<void> start_none(std::string_view why);
    void forward_agent(std::string socket, const SessionBinding& binding);
    void forward_x11(X11Access access);
    void expect_asked_ports() { table_.expect_asked_ports(); }    // PeerHabits::names_asked_port
    void assume_agreement() { remotes_.assume_agreement(); }      // before start()
    const X11Access* x11() const { return x11_ ? &x11_->access() : nullptr; }
    std::string tunnel_interface() const { return tunnel_ ? tunnel_->interface() : "NONE"; }

    // ---- at run time

    // The row if it is in force, or why not; at once for what listens here, after the server's answer for what listens
    // there.
    using OnAdded = std::function<void(Result<const ForwardRow*> row)>;
    void add(ForwardKind kind, const Forward& forward, OnAdded on_added);
    // By the listening end, or as a whole; connections that exist go on.
    Result<void> cancel(ForwardKind kind, const Forward::End& place) { return end(table_.find_listening(kind, place)); }
    Result<void> cancel(ForwardKind kind, const Forward& forward) { return end(table_.find_same(kind, forward)); }
    const ForwardTable& table() const { return table_; }
    void stop_listening();                                        // cancels all of them
    void close_copies();                                          // in the half of a fork that does not go on with them

    bool is_settled() const { return remotes_.unanswered() == 0; }
    // Called whenever the last unanswered request to the server is answered.
    std::function<void()> on_settled;

    std::size_t connections() const;
    std::vector<std::string> describe_connections() const;        // printable, a line each

    // ---- events

    bool open(const OpenRequested& event);                        // false: nothing that we asked for
    bool on(const Opened& event);                                 // these: false if not ours
    Result<bool> on(const OpenRefused& event);
    void on(const PeerFinished& event);
    bool on(const Closed& event);

private:
    struct ServedKind;
    static const ServedKind* served_kind(std::string_view name);

    Result<void> start_listed(ForwardKind kind, const std::vector<Forward>& forwards);
    Result<void> start_tunnel();
    void tell_wish(const ForwardRow& row);
    void tell_failure(const ForwardRow& row, const Error& why);   // to listen
    Result<void> listen(const ForwardRow& row);
    Result<void> end(const ForwardRow* row);                      // null: there is none
    void accepted(std::uint32_t id, Fd socket, const SocketAddress& from);
    Result<void> answered(Result<const ForwardRow*> row, bool decides, const OnAdded& on_added);
    void tell_port(const ForwardRow& row);

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    const Configuration& configuration_;
    const ClientOptions& options_;
    ClientLog& log_;

    ForwardTable table_;
    ForwardedConnections connections_;
    SocksHandshakes socks_handshakes_;
    std::map<std::uint32_t, std::unique_ptr<LocalListener>> listeners_;   // by the row's id
    RemoteForwards remotes_;
    std::optional<X11Forwarding> x11_;
    std::optional<AgentForwarding> agent_;
    std::optional<TunnelForwarding> tunnel_;
};

} // namespace nacre
