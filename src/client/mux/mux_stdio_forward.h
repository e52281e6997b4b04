// -W through a shared connection: two of the client's descriptors are a connection to a place behind the server.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "client/forwarding/stdio_forward.h"
#include "client/mux/mux_channel.h"
#include "client/mux/mux_world.h"

namespace nacre {

class MuxStdioForward final : public MuxChannel {
public:
    struct Callbacks {
        std::function<void(std::uint32_t channel)> opened;
        std::function<void(std::string why)> refused;             // nothing follows
        std::function<void(std::string why)> failed;              // not everything went its way; over() follows
        std::function<void()> over;                               // closed, and everything delivered
    };

    // `streams`: what is read, what is written.
    MuxStdioForward(MuxWorld& world, Forward::End to, std::vector<Fd> streams, Callbacks callbacks);

    Result<void> open() override;
    void close() override;
    void abandon(std::string_view why, StatusHeard heard) override;
    bool delivers() const override { return forward_.delivers(); }
    std::string describe() const override;
    void on_opened() override;
    void on_refused(std::string_view why) override;
    void on_request(const Requested& event) override;
    void on_closed() override;

private:
    void over();

    MuxWorld& world_;
    Forward::End to_;
    std::vector<Fd> given_;
    Callbacks callbacks_;
    StdioForward forward_;
    std::string failure_;                                         // why not everything went its way
};

} // namespace nacre
