// The master's half of one conversation on the control socket: each request is a row of a table in mux_peer.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/mux/mux_channel.h"
#include "client/mux/mux_link.h"
#include "client/mux/mux_proxy.h"
#include "client/mux/mux_world.h"
#include "mux/messages.h"

namespace nacre {

class MuxPeer {
public:
    // `ended`: the conversation is over; called from the loop, destroy us then.
    MuxPeer(MuxWorld& world, Fd socket, std::function<void()> ended);
    ~MuxPeer();

    MuxChannel* channel() { return channel_.get(); }
    MuxProxy* proxy() { return proxy_.get(); }                    // in place of everything else
    void connection_ended();                                      // what it waits for will never come

private:
    struct Request;
    static const Request* find_request(std::uint32_t type);

    void input();
    Result<void> take(Bytes body);
    Result<void> greet(Bytes body);
    Result<void> new_session(Bytes body);
    Result<void> new_stdio_forward(Bytes body);
    Result<void> alive_check(Bytes body);
    Result<void> terminate(Bytes body);
    Result<void> open_forward(Bytes body);
    Result<void> close_forward(Bytes body);
    Result<void> stop_listening(Bytes body);
    Result<void> ask(Bytes body);
    Result<void> start_proxy(Bytes body);

    void start(std::uint32_t request, std::unique_ptr<MuxChannel> channel);
    void forward_answered(std::uint32_t request, bool wants_port, const Result<const ForwardRow*>& row);
    bool is_permitted(std::uint32_t request, std::string_view question);
    template <mux::MuxMessage M>
    void send(const M& message)
    {
        link_.send(mux::frame(message));
    }
    std::string host() const;

    MuxWorld& world_;
    std::function<void()> ended_;
    std::shared_ptr<bool> here_ = std::make_shared<bool>(true);   // answers may come when we are gone
    MuxLink link_;
    std::unique_ptr<MuxChannel> channel_;                         // at most one: a client that wants two connects twice
    std::function<void(std::vector<Fd>)> on_descriptors_;         // while some are awaited
    std::size_t awaited_ = 0;
    std::unique_ptr<MuxProxy> proxy_;
    bool greeted_ = false;
};

} // namespace nacre
