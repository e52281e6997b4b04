// What sftp and scp say to ssh.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/destination.h"

namespace nacre {

// The ssh that lies beside this program, else the first in PATH.
std::string own_ssh();

struct SshCommand {
    std::string program{};                                        // -S; empty: own_ssh()
    std::vector<std::string> options{};                           // passed on, in their order

    void add(char letter) { options.push_back({'-', letter}); }
    void add(char letter, std::string_view value)
    {
        add(letter);
        options.emplace_back(value);
    }
    void set(std::string_view keyword_and_value) { add('o', keyword_and_value); }   // "BatchMode=yes"

    // … -p PORT -l USER [-s] -- HOST COMMAND
    enum class Runs { command, subsystem };
    std::vector<std::string> words(const Destination& place, std::string_view command, Runs runs) const;
    // The same for a further channel of that connection (ssh --join), which needs nothing of what leads to a host.  Empty:
    // this ssh is not ours, and may not know how.
    std::vector<std::string> lane_words(const Destination& place, std::string_view command, Runs runs) const;
};

// "/path/sftp-server -el debug3", as -D takes it: words between blanks, no quoting.
std::vector<std::string> direct_command(std::string_view text);

Result<std::uint64_t> parse_limit(std::string_view kilobits);     // -l: Kbit/s → bytes per second
Result<std::uint32_t> parse_block_size(std::string_view text);    // -B, -X buffer=: "32768", "64K"
Result<std::uint32_t> parse_request_count(std::string_view text); // -R, -X nrequests=

// -X: "nrequests=N" or "buffer=N".
struct SftpTuning {
    std::optional<std::uint32_t> block_size{};
    std::optional<std::uint32_t> requests{};
    Result<void> set(std::string_view option);
    // Where a rate is limited, no more is under way than takes about a second: else ^C would wait for the rest.
    void suit_limit(std::uint64_t bytes_per_second);
};

} // namespace nacre
