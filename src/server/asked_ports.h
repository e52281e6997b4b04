// Remote forwardings to a port of the server's choice, for clients that go on naming the port they asked for, 0.
//
// Where an address has two of them, 0 means neither: nobody could tell which.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace nacre {

class AskedPorts {
public:
    void chosen(std::string_view address, std::uint32_t port) { chosen_.emplace(address, port); }
    // What the client calls the port that somebody came to.
    std::uint32_t name_of(std::string_view address, std::uint32_t port) const;
    // The port whose forwarding the client cancels; forgotten with that.
    std::uint32_t cancelled(std::string_view address, std::uint32_t named);

private:
    std::set<std::pair<std::string, std::uint32_t>> chosen_;      // as many as the monitor lets listen
};

} // namespace nacre
