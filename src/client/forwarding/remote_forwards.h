// Remote forwardings: the server is asked to listen, and opens a channel for each connection it takes in.
//
// All requests leave without waiting for answers.  A channel is accepted only where the table has a row for it, and only
// once its place here is connected.
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "client/forwarding/forward_table.h"
#include "client/forwarding/forwarded_connections.h"
#include "client/forwarding/remote_socks.h"
#include "client/global_questions.h"
#include "config/client_options.h"
#include "connection/channel_kinds.h"

namespace nacre {

class RemoteForwards {
public:
    RemoteForwards(EventLoop& loop, ConnectionDriver& driver, Connection& connection, GlobalQuestions& questions,
                   ForwardTable& table, ForwardedConnections& connections, const ClientOptions& options, Log& log)
        : loop_(loop), driver_(driver), connection_(connection), questions_(questions), table_(table),
          connections_(connections), options_(options), log_(log)
    {
    }

    // The answer: the row is active, or was removed and the error says why (not_permitted; bad_input if it was cancelled
    // before the server had answered).  An error of its own ends the connection.
    using OnAnswer = std::function<Result<void>(Result<const ForwardRow*> row)>;
    void ask(const ForwardRow& row, OnAnswer on_answer);
    void cancel(const ForwardRow& row);                           // the row is removed by the caller

    std::size_t unanswered() const { return unanswered_; }

    // A request counts as granted until the answer says otherwise: OpenSSH's master does not pass the server's answers on
    // to clients in proxy mode.
    void assume_agreement() { assumes_agreement_ = true; }

    void open_tcpip(ChannelId channel, Bytes details);            // forwarded-tcpip
    void open_streamlocal(ChannelId channel, Bytes details);      // forwarded-streamlocal@openssh.com

private:
    Result<void> answered(std::uint32_t id, const GlobalAnswered& event, const OnAnswer& on_answer);
    Result<void> answered_too_late(const Forward::End& listen, const GlobalAnswered& event, const OnAnswer& on_answer);
    void serve(ChannelId channel, const ForwardRow* row, std::string what);
    void serve_socks(ChannelId channel, std::string what);
    void socks_decided(ChannelId channel, RemoteSocks& socks, const SocksStep& step);
    void socks_connected(ChannelId channel, Result<Fd> made);

    EventLoop& loop_;
    ConnectionDriver& driver_;
    Connection& connection_;
    GlobalQuestions& questions_;
    ForwardTable& table_;
    ForwardedConnections& connections_;
    const ClientOptions& options_;
    Log& log_;
    std::size_t unanswered_ = 0;
    bool assumes_agreement_ = false;
};

// PermitRemoteOpen: whether a remote dynamic forwarding may lead there.
bool is_permitted(const PermittedPlaces& places, std::string_view host, std::uint16_t port);

} // namespace nacre
