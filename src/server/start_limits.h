// MaxStartups and PerSourceMaxStartups: how many connections may be under way that nobody has logged in on yet.
//
// Pure: the caller counts and brings the random number.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "config/server_options.h"

namespace nacre {

class StartLimits {
public:
    explicit StartLimits(const ServerOptions& options);

    enum class Verdict { welcome, too_many, too_many_of_this_source };
    // `dice`: any random number.
    Verdict judge(const std::string& address, std::uint32_t dice) const;

    void begun(const std::string& address);
    void over(const std::string& address);                        // logged in, or gone
    std::uint32_t under_way() const { return under_way_; }

private:
    std::string source_of(const std::string& address) const;      // the network that counts as one

    StartLimit limit_;
    std::optional<std::uint32_t> per_source_;
    NetBlockSize block_;
    std::uint32_t under_way_ = 0;
    std::map<std::string, std::uint32_t> by_source_;
};

} // namespace nacre
