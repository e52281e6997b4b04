// The outside, as the configuration needs it: files, names, the environment, a command's verdict.
//
// runtime/config_sources.h asks the system; tests answer from a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace nacre {

struct ConfigFile {
    std::string text;
    std::uint32_t owner = 0;                                      // uid
    std::uint32_t mode = 0;                                       // permission bits, without 020 if no other is in the group
};

class ConfigSources {
public:
    static constexpr std::size_t max_file_size = 16 * 1024 * 1024;

    virtual ~ConfigSources() = default;

    // Nothing if there is no such file; an error, without its name, if it is larger than max_file_size or (then of kind
    // `system`) cannot be read.
    virtual Result<std::optional<ConfigFile>> read(const std::string& path) = 0;
    virtual std::vector<std::string> glob(const std::string& pattern) = 0;     // sorted; empty if nothing matches
    virtual std::optional<std::string> environment(const std::string& name) = 0;
    virtual std::optional<std::string> home_of(const std::string& user) = 0;   // "": the caller's own
    virtual std::string directory() = 0;                          // where relative paths begin; "": not known
    virtual std::uint32_t own_uid() = 0;
    virtual std::vector<Address> interface_addresses() = 0;       // of interfaces that are up
    virtual Result<bool> run(const std::string& command) = 0;     // by the user's shell; whether it exited with 0
};

} // namespace nacre
