// Which hosts to ask, and under which names to print what they show.
//
//     host.example.org            192.0.2.0/24            192.0.2.7,host.example.org alias,other
//
// Networks are walked, never unfolded, so that their size costs time only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace nacre::keyscan {

struct Target {
    std::vector<std::string> candidates;                          // names or addresses, tried until one answers
    std::string names;                                            // to print, with commas
    bool of_network = false;                                      // nobody named this one
};

class Targets {
public:
    static constexpr unsigned most_host_bits = 24;                // of a network: sixteen million addresses
    static constexpr std::size_t most_lines = 1024 * 1024;

    // One word of the command line, or a line of a file; blank lines and comments are none.
    Result<void> add(std::string_view line);
    Result<void> add_file(std::string_view text);                 // an error names its line

    std::optional<Target> next();

private:
    struct Entry {
        Target target;
        std::optional<Network> network;                           // then `target` has only names, or nothing
    };
    std::vector<Entry> entries_;
    std::size_t next_ = 0;
    std::uint64_t offset_ = 0;                                    // into the network at next_
};

} // namespace nacre::keyscan
