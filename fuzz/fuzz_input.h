// Turns a fuzzer's bytes into a sequence of messages, and keeps the other side of a transport out of the way.
#pragma once

#include <cstdint>

#include "base/log.h"
#include "support/seeded_random.h"
#include "transport/transport.h"
#include "wire/reader.h"

namespace nacre::test {

// Runs f(message) for each "uint16 length, bytes" of the input, until f says no or the input ends.
template <class F>
void for_each_message(const std::uint8_t* data, std::size_t size, F f)
{
    Reader in{{data, size}};
    SequenceNumber sequence{3};
    while (in.left() > 2) {
        auto wanted = in.u16();
        auto payload = in.take(std::min<std::size_t>(wanted, in.left()));
        if (payload.empty() || !f(IncomingMessage{MessageNumber{payload[0]}, sequence, payload}))
            return;
        ++sequence.value;
    }
}

// A transport that has not met its peer: it keeps what is sent through it.
struct LonelyTransport {
    explicit LonelyTransport(Role role) : random(1), transport(role, TransportSettings{}, random, log, TimePoint{}) {}
    SeededRandom random;
    NoLog log;
    Transport transport;
};

} // namespace nacre::test
