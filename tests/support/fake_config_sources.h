// ConfigSources out of a table.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/pattern.h"
#include "config/sources.h"

namespace nacre::test {

class FakeConfigSources final : public ConfigSources {
public:
    std::map<std::string, ConfigFile> files;
    std::map<std::string, Error> unreadable;                      // files that are there, and why not
    std::map<std::string, std::string> variables;
    std::string working_directory;
    std::vector<Address> addresses;
    std::map<std::string, bool> verdicts;                         // of commands; others fail
    std::vector<std::string> commands_run;

    void add(const std::string& path, std::string text) { files[path] = {std::move(text), 1000, 0644}; }

    Result<std::optional<ConfigFile>> read(const std::string& path) override
    {
        if (auto failing = unreadable.find(path); failing != unreadable.end())
            return fail(failing->second);
        auto found = files.find(path);
        return found == files.end() ? std::nullopt : std::optional{found->second};
    }
    // "*" matches "/" as well: good enough here.
    std::vector<std::string> glob(const std::string& pattern) override
    {
        std::vector<std::string> paths;
        for (auto& [path, file] : files)
            if (matches_pattern(path, pattern))
                paths.push_back(path);
        return paths;
    }
    std::optional<std::string> environment(const std::string& name) override
    {
        auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional{found->second};
    }
    std::optional<std::string> home_of(const std::string& user) override
    {
        if (user.empty() || user == "joe")
            return "/home/joe";
        return user == "root" ? std::optional<std::string>{"/root"} : std::nullopt;
    }
    std::string directory() override { return working_directory; }
    std::uint32_t own_uid() override { return 1000; }
    std::vector<Address> interface_addresses() override { return addresses; }
    Result<bool> run(const std::string& command) override
    {
        commands_run.push_back(command);
        return verdicts.contains(command) && verdicts[command];
    }
};

} // namespace nacre::test
