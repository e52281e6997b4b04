// Users' and groups' names by number, as `ls -l` shows them; asked once each.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace nacre::sftp {

class AccountNames {
public:
    const std::string& user(std::uint32_t id);                    // empty: it has no name
    const std::string& group(std::uint32_t id);

private:
    static constexpr std::size_t most = 4096;                     // of each; then asked anew

    std::unordered_map<std::uint32_t, std::string> users_;
    std::unordered_map<std::uint32_t, std::string> groups_;
};

} // namespace nacre::sftp
