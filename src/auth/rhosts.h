// hosts.equiv, shosts.equiv, .rhosts and .shosts: which users of which hosts come in without a key of their own (sshd(8)).
//
// Each line: a host, and perhaps a user; "-" in front of either refuses, "+@" and "-@" name a netgroup.  A lone "+",
// which once meant everybody, means nothing.  The first line that fits decides for its file.
#pragma once

#include <cstddef>
#include <string_view>

namespace nacre {

// Zero is "no".
enum class RhostsVerdict { no_line, refused, allowed };

class Netgroups {
public:
    virtual ~Netgroups() = default;
    virtual bool has_host(std::string_view group, std::string_view host) const = 0;
    virtual bool has_user(std::string_view group, std::string_view user) const = 0;
};

struct RhostsQuestion {
    std::string_view host;                                        // the client's, as this server calls it
    std::string_view address;
    std::string_view client_user;
    std::string_view server_user;                                 // whom a line without a user means
};

struct RhostsAnswer {
    RhostsVerdict verdict = RhostsVerdict::no_line;
    std::size_t line = 0;                                         // from 1: which decided
};

inline constexpr std::size_t longest_rhosts_line = 1022;          // bytes; longer ones are no lines

RhostsAnswer search_rhosts(std::string_view text, const RhostsQuestion& question, const Netgroups& netgroups);

} // namespace nacre
