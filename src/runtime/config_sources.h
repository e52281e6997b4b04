// ConfigSources of the real system: files, passwd, the environment, interfaces, the user's shell.
#pragma once

#include "config/sources.h"

namespace nacre {

class SystemConfigSources final : public ConfigSources {
public:
    Result<std::optional<ConfigFile>> read(const std::string& path) override;
    std::vector<std::string> glob(const std::string& pattern) override;
    std::optional<std::string> environment(const std::string& name) override;
    // Our own home is passwd's, as OpenSSH's is: HOME does not count.
    std::optional<std::string> home_of(const std::string& user) override;
    std::string directory() override;
    std::uint32_t own_uid() override;
    std::vector<Address> interface_addresses() override;
    Result<bool> run(const std::string& command) override;

private:
    std::optional<std::string> own_home_;                         // once it was looked up, which may be far away
};

} // namespace nacre
