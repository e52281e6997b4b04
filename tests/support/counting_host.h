// For tests of endpoints: a host that counts what it is told.
#pragma once

#include <cstddef>

#include "runtime/channel_endpoint.h"

namespace nacre::test {

struct CountingHost final : EndpointHost {
    std::size_t credit = 0;
    int calls = 0;                                                // of ready_to_give()
    void ready_to_give(ChannelId) override { ++calls; }
    void consumed(ChannelId, std::size_t count) override { credit += count; }
    void no_more_wanted(ChannelId) override {}
};

} // namespace nacre::test
