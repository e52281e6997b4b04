#include "client/keystroke_pacer.h"

#include "base/bytes.h"
#include "messages/transport.h"

namespace nacre {
namespace {

// More than this is no typing.
constexpr std::size_t most_typed = 64;                            // bytes of input at one beat
constexpr std::size_t most_waiting = 256;                         // bytes that the socket does not take

// As long as the message that carries one key: a byte, two numbers of four bytes, one key.
constexpr std::string_view meaningless = "PING!";

} // namespace

class KeystrokePacer::OfEndpoint final : public FdEndpoint::Pace {
public:
    OfEndpoint(KeystrokePacer& pacer, FdEndpoint& endpoint) : pacer_(pacer), endpoint_(endpoint) {}
    ~OfEndpoint() override { pacer_.waiting_.erase(&endpoint_); }

    bool may_leave() override { return pacer_.typed(endpoint_); }
    void left(std::size_t bytes) override { pacer_.sent(bytes); }

private:
    KeystrokePacer& pacer_;
    FdEndpoint& endpoint_;
};

void KeystrokePacer::pace(FdEndpoint& endpoint) { endpoint.pace_source(std::make_unique<OfEndpoint>(*this, endpoint)); }

bool KeystrokePacer::typed(FdEndpoint& endpoint)
{
    if (!transport_.may_send_data() || transport_.waiting() > most_waiting) {
        stop("the line is busy");
        return true;
    }
    if (!clock_.pressed(loop_.now())) {
        waiting_.insert(&endpoint);
        return false;
    }
    chaff_ = 0;
    set_timer();
    return true;
}

void KeystrokePacer::sent(std::size_t bytes)
{
    if (bytes > most_typed)
        stop("more than typing");
}

void KeystrokePacer::beat()
{
    auto done = std::move(timer_);
    if (!transport_.may_send_data() || transport_.waiting() > most_waiting) {
        stop("the line is busy");
        return;
    }
    auto before = transport_.bytes_sent();
    auto beat = clock_.beat(loop_.now());
    if (beat == KeystrokeClock::Beat::keystrokes)
        release_all();
    // Keys may have been swallowed as an escape, or the channel's window be shut: the beat goes on.
    bool silent = beat != KeystrokeClock::Beat::none && transport_.bytes_sent() == before;
    if (silent && clock_.next() && transport_.may_send_data()) {
        transport_.send(Ping{as_bytes(meaningless)});
        ++chaff_;
        transmit_();
    }
    if (!clock_.next() && !timer_)
        log_.debug3("obscuring keystroke timing: nothing typed any more ({} packets of chaff)", chaff_);
    set_timer();
}

void KeystrokePacer::set_timer()
{
    timer_.reset();
    if (auto next = clock_.next())
        timer_ = loop_.at(*next, [this] { beat(); });
}

void KeystrokePacer::stop(std::string_view why)
{
    if (clock_.next())
        log_.debug3("obscuring keystroke timing: stopped, {} ({} packets of chaff)", why, chaff_);
    clock_.stop();
    timer_.reset();
    release_all();
}

void KeystrokePacer::release_all()
{
    while (!waiting_.empty())                                     // others may go by what one triggers
        waiting_.extract(waiting_.begin()).value()->release();
}

} // namespace nacre
