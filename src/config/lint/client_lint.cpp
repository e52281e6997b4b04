// ssh_config: where its files are, and which of its values are dangerous.
#include <fmt/format.h>

#include <algorithm>

#include "config/client_config.h"
#include "config/client_keywords.h"
#include "config/client_match.h"
#include "config/lint/audit.h"
#include "config/lint/lint.h"
#include "config/none.h"

namespace nacre::lint {

namespace {

class ClientDialect final : public TableDialect<ClientOptions> {
public:
    explicit ClientDialect(ConfigSources& sources) : TableDialect(client_keywords()), sources_(sources) {}

    Side side() const override { return Side::client; }
    Result<std::vector<Criterion>> criteria(std::span<const std::string> words) const override
    {
        return client_criteria(words);
    }
    std::optional<std::string> include_pattern(std::string_view word, bool system_file) override
    {
        if (word.find_first_of("%$") != std::string_view::npos)
            return std::nullopt;
        auto path = word.starts_with('/') || word.starts_with('~')
                        ? std::string{word}
                        : fmt::format("{}{}", system_file ? "/etc/ssh/" : "~/.ssh/", word);
        auto expanded = expand_home(path, sources_);
        return expanded ? std::optional{*expanded} : std::nullopt;
    }

private:
    ConfigSources& sources_;
};

bool only_null(const std::vector<std::string>& files)
{
    return std::ranges::all_of(files, [](auto& file) { return file == "/dev/null"; });
}

bool shares_control_path(const ClientOptions& options)
{
    auto& path = options.control_path;
    auto tells = [&](std::string_view token) { return path.contains(token); };
    return options.control_master != ControlMaster::no && !is_unset(path) && !tells("%C") &&
           !((tells("%h") || tells("%n") || tells("%k")) && tells("%r"));
}

using Row = OptionRule<ClientOptions>;

constexpr std::array rules{
    Row{&rule::hosts_not_checked, {"StrictHostKeyChecking"},
        [](const ClientOptions& o) { return o.strict_host_key_checking == StrictHostKeys::no; },
        "new and changed keys of hosts are accepted without a question; accept-new takes new ones only"},
    Row{&rule::nothing_remembered, {"UserKnownHostsFile"},
        [](const ClientOptions& o) { return only_null(o.user_known_hosts_file); },
        "keys of hosts are forgotten at once, so that another machine in a host's place is never noticed"},
    Row{&rule::agent_for_all, {"ForwardAgent"}, [](const ClientOptions& o) { return o.forward_agent.on; },
        "whoever is root on any host that you log in to can use your keys; say this of chosen hosts, or use ProxyJump", true},
    Row{&rule::display_for_all, {"ForwardX11Trusted", "ForwardX11"},
        [](const ClientOptions& o) { return o.forward_x11 && o.forward_x11_trusted; },
        "whoever is root on any host that you log in to can read the keyboard; say this of chosen hosts", true},
    Row{&rule::tickets_for_all, {"GSSAPIDelegateCredentials"},
        [](const ClientOptions& o) { return o.gssapi_authentication && o.gssapi_delegate_credentials; },
        "any host that you log in to can act as you in the Kerberos realm; say this of chosen hosts", true},
    Row{&rule::shared_control_path, {"ControlPath", "ControlMaster"}, shares_control_path,
        "connections to different hosts or users would share this socket; %C tells them apart"},
    Row{&rule::socket_in_shared_place, {"ControlPath"},
        [](const ClientOptions& o) { return o.control_path.starts_with("/tmp/") || o.control_path.starts_with("/var/tmp/"); },
        "others can put a socket of their own there; use a folder of yours, such as ~/.ssh"},
    Row{&rule::local_command_for_all, {"PermitLocalCommand"}, [](const ClientOptions& o) { return o.permit_local_command; },
        "LocalCommand and ~! run commands here; say this of the hosts that need it", true},
    Row{&rule::small_rsa_keys, {"RequiredRSASize"}, [](const ClientOptions& o) { return o.required_rsa_size < 2048; },
        "RSA keys below 2048 bits can be broken"},
};

} // namespace

Findings lint_client(ConfigSources& sources, const std::optional<std::string>& file)
{
    Findings findings;
    ClientDialect dialect{sources};
    DocumentReader reader{sources, dialect, findings};
    if (file) {
        if (!is_none(*file))
            reader.read({.path = *file});
    } else {
        if (auto user = expand_home("~/.ssh/config", sources))
            reader.read({.path = *user, .may_be_missing = true, .must_be_private = true});
        reader.read({.path = "/etc/ssh/ssh_config", .system = true, .may_be_missing = true, .must_be_private = true});
    }
    return apply_rules<ClientOptions>(client_keywords(), rules, dialect, reader.take(), sources, std::move(findings));
}

} // namespace nacre::lint
