#include "client/forwarding/x11_forwarding.h"

#include <fmt/format.h>

#include "base/buffer.h"
#include "base/text.h"
#include "connection/channel_kinds.h"
#include "connection/x11_setup.h"
#include "runtime/fd_endpoint.h"

namespace nacre {
namespace {

// Holds the first bytes back until the cookie is known to be right, and puts the real one in its place.
class CookieCheck final : public ChannelEndpoint {
public:
    CookieCheck(std::unique_ptr<FdEndpoint> display, const X11Access& access, std::function<void()> on_refusal)
        : display_(std::move(display)), access_(access), on_refusal_(std::move(on_refusal))
    {
    }

    void attached(EndpointHost& host, ChannelId channel) override { display_->attached(host, channel); }
    void deliver(Stream stream, Bytes data) override
    {
        if (verdict_ == X11Verdict::accepted || stream != Stream::data)
            display_->deliver(stream, data);
        else if (verdict_ == X11Verdict::incomplete)
            first_bytes_.append(data);
    }
    void flush() override
    {
        if (verdict_ == X11Verdict::incomplete) {
            verdict_ = exchange_cookie(first_bytes_.data(), access_.protocol, access_.fake.bytes(), access_.real.bytes());
            if (verdict_ == X11Verdict::refused)
                on_refusal_();
            if (verdict_ != X11Verdict::accepted)
                return;
            display_->deliver(Stream::data, first_bytes_.data());
        }
        display_->flush();
        if (!first_bytes_.empty()) {
            first_bytes_.consume(first_bytes_.size());
            first_bytes_.release();
        }
    }
    void peer_finished() override                                 // after a flush(): what came has been judged
    {
        if (verdict_ == X11Verdict::accepted)
            display_->peer_finished();
        else if (verdict_ == X11Verdict::incomplete)
            on_refusal_();                                        // no cookie will come any more
    }
    Given collect(Stream stream, MutableBytes space) override { return display_->collect(stream, space); }
    bool delivered_all() const override { return display_->delivered_all(); }

private:
    std::unique_ptr<FdEndpoint> display_;
    const X11Access& access_;
    std::function<void()> on_refusal_;
    X11Verdict verdict_ = X11Verdict::incomplete;
    Buffer first_bytes_;                                          // bounded by the channel's window
};

} // namespace

X11Forwarding::X11Forwarding(EventLoop& loop, Connection& connection, ForwardedConnections& connections, X11Access access,
                             Log& log)
    : loop_(loop), connection_(connection), connections_(connections), access_(std::move(access)), log_(log)
{
    if (access_.lifetime)
        refuse_from_ = loop_.now() + *access_.lifetime;
}

void X11Forwarding::open(ChannelId channel, Bytes details)
{
    auto opened = decode<X11Channel>(details);
    if (!opened) {
        connection_.refuse(channel, OpenFailure::connect_failed, "malformed");
        return;
    }
    if (refuse_from_ && loop_.now() >= *refuse_from_) {
        log_.info("Rejected X11 connection after ForwardX11Timeout expired");
        connection_.refuse(channel, OpenFailure::administratively_prohibited, "the time for X11 connections is over");
        return;
    }
    auto what = fmt::format("x11 for {} port {}", printable(opened->originator_address), opened->originator_port);
    connections_.connect(channel, access_.display.target, std::move(what),
                         [this](ChannelId accepted, Fd socket) { join(accepted, std::move(socket)); });
}

void X11Forwarding::join(ChannelId channel, Fd socket)
{
    auto endpoint = std::make_unique<FdEndpoint>(loop_, std::move(socket));
    auto& display = *endpoint;
    auto check = std::make_unique<CookieCheck>(std::move(endpoint), access_, [this, channel] {
        log_.info("An X11 connection without the right cookie was rejected.");
        connection_.close(channel);
    });
    connections_.sockets().join(channel, std::move(check), display);
}

} // namespace nacre
