// What this run of ssh is to do: the command line and the configuration files made into one value.
//
// Names and texts are as the person wrote them until expand() or expand_path() is called; every
// use says which tokens its keyword takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "client/arguments.h"
#include "config/client_config.h"
#include "config/client_options.h"
#include "config/expand.h"
#include "config/none.h"
#include "config/provenance.h"
#include "config/sources.h"
#include "crypto/hash.h"

namespace nacre {

struct SessionPlan {
    enum class Kind { shell, command, subsystem, none } kind = Kind::shell;
    std::string command;                                          // or the subsystem's name
    bool wants_tty = false;
    bool tty_refused = false;                                     // wanted, but standard input is no terminal
    bool forwards_agent = false;
    bool others_may_follow = false;                               // or the server cannot be told that none will
    std::optional<Forward::End> stdio_forward{};                  // -W
    std::vector<int> inherited{};                                 // descriptors, closed when we go to the background

    bool has_channel() const { return kind != Kind::none || stdio_forward; }   // of its own, to stay for
};

class Configuration {
public:
    Configuration(ConfigSources& sources, ClientSituation situation, ClientOptions options, Provenance provenance,
                  std::optional<std::string> config_file = std::nullopt)
        : sources_(sources), situation_(std::move(situation)), options_(std::move(options)),
          provenance_(std::move(provenance)), config_file_(std::move(config_file))
    {
    }

    const ClientOptions& options() const { return options_; }
    const Provenance& provenance() const { return provenance_; }
    const ClientSituation& situation() const { return situation_; }
    const std::optional<std::string>& config_file() const { return config_file_; }   // -F

    const std::string& host() const { return options_.host_name; }   // to connect to
    const std::string& host_as_typed() const { return situation_.host; }
    // What the host is called in files and prompts.
    const std::string& host_alias() const { return options_.host_key_alias.empty() ? host() : options_.host_key_alias; }
    bool uses_proxy_command() const { return !is_unset(options_.proxy_command); }

    Result<std::string> expand(std::string_view text, std::string_view allowed) const;
    Result<std::string> expand(std::string_view text, std::string_view allowed, const Tokens& more) const;   // besides ours
    // The same, with ${ENV}.
    Result<std::string> expand_with_variables(std::string_view text, std::string_view allowed,
                                              const Tokens& more) const;
    Result<std::string> expand_file(std::string_view path) const;    // ~, ${ENV}, tokens::client
    Result<Forward> expand_paths(Forward forward) const;          // the same; hosts are as they are

private:
    Tokens tokens() const { return client_tokens(options_, situation_, situation_.host); }

    ConfigSources& sources_;
    ClientSituation situation_;
    ClientOptions options_;
    Provenance provenance_;
    std::optional<std::string> config_file_;
};

// Reads the files.  An error's sentence holds all complaints, one per line.
Result<Configuration> configure(const CommandLine& line, ConfigSources& sources, Log& log);

// The first line that we send, with VersionAddendum.
Result<std::string> own_version_line(const Configuration& configuration);

// What nothing is done with, not even -G: two commands, or a shell in the background.
Result<void> check_command(const Configuration& configuration);

// What the session will be, after check_command(); keywords and flags that exclude each other are an error.
Result<SessionPlan> plan_session(const Configuration& configuration, bool input_is_terminal);

// StdinNull; what goes to the background reads nothing either.
inline bool reads_no_input(const ClientOptions& options) { return options.stdin_null || options.fork_after_authentication; }

// The hosts of ProxyJump that are still to go through; empty where the host is the first of them itself (a rule for all
// hosts that holds for the jump host, too).
std::string jumps_to(const Configuration& configuration);

} // namespace nacre
