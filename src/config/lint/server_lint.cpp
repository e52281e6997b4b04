// sshd_config: where its files are, and which of its values are dangerous.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "auth/methods.h"
#include "base/text.h"
#include "config/lint/audit.h"
#include "config/lint/lint.h"
#include "config/none.h"
#include "config/server_contradictions.h"
#include "config/server_keywords.h"
#include "config/server_match.h"
#include "config/server_methods.h"
#include "config/whole_paths.h"

namespace nacre::lint {

namespace {

class ServerDialect final : public TableDialect<ServerOptions> {
public:
    explicit ServerDialect(ConfigSources& sources) : TableDialect(server_keywords()), sources_(sources) {}

    Side side() const override { return Side::server; }
    Result<bool> check(std::size_t index, Arguments arguments) override
    {
        auto words = arguments;
        if (auto paths = server_keywords().rows[index].paths; paths != Paths::as_written)
            if (auto all = words.all())                           // of none the keyword itself complains
                TRY(whole_paths(*all, paths, sources_));
        return TableDialect::check(index, std::move(arguments));
    }
    Result<std::vector<Criterion>> criteria(std::span<const std::string> words) const override
    {
        return server_criteria(words);
    }
    std::optional<std::string> include_pattern(std::string_view word, bool) override
    {
        return word.starts_with('/') ? std::string{word} : fmt::format("/etc/ssh/{}", word);
    }

private:
    ConfigSources& sources_;
};

bool asks_for_a_password(std::string_view name)
{
    return without_device(name) == method::password || without_device(name) == method::keyboard_interactive;
}

// Whether who knows a password needs nothing else.
bool passwords_suffice(const ServerOptions& o)
{
    auto works = [&](std::string_view name) {
        return asks_for_a_password(name) && is_enabled(o, without_device(name));
    };
    auto& lists = o.authentication_methods;
    if (lists.empty())
        return works(method::password) || works(method::keyboard_interactive);
    return std::ranges::any_of(lists, [&](auto& list) { return std::ranges::all_of(split(list, ','), works); });
}

bool nobody_gets_in(const ServerOptions& o)
{
    return std::ranges::none_of(server_methods(), [&](auto& row) { return row.is_enabled(o); });
}

bool sftp_can_forward(const ServerOptions& o)
{
    bool forwards = o.allow_tcp_forwarding != ForwardingAllowed::no;   // without it, no sockets either
    return o.force_command.starts_with("internal-sftp") && forwards && !o.disable_forwarding;
}

bool keys_in_shared_place(const ServerOptions& o)
{
    return std::ranges::any_of(o.authorized_keys_file, [](auto& file) {
        return file.starts_with("/tmp/") || file.starts_with("/var/tmp/") || file.starts_with("/dev/shm/");
    });
}

bool is_group_list(const std::vector<std::string>& words)
{
    return std::ranges::any_of(words, [](auto& word) { return word.starts_with('!') || word.contains(','); });
}

// "%h" alone may stand for one that begins with a slash, as does a home's "~".
bool has_relative_root(const ServerOptions& o)
{
    auto& root = o.chroot_directory;
    return !is_unset(root) && !root.starts_with('/') && !root.starts_with("%h") && !root.starts_with('~');
}

constexpr std::string_view group_list_words =
    "each word is one pattern: one with a comma or an exclamation mark fits no group, and so neither lets in nor denies";
constexpr std::uint32_t many_tries = 20;

using Row = OptionRule<ServerOptions>;

constexpr std::array rules{
    Row{&rule::root_password,
        {"PermitRootLogin", "PasswordAuthentication", "KbdInteractiveAuthentication", "AuthenticationMethods"},
        [](const ServerOptions& o) { return o.permit_root_login == PermitRoot::yes && passwords_suffice(o); },
        "root may log in with a password, which strangers try all day; prohibit-password leaves keys"},
    Row{&rule::empty_passwords, {"PermitEmptyPasswords"},
        [](const ServerOptions& o) { return o.permit_empty_passwords && o.password_authentication; },
        "whoever knows the name of an account without a password is in"},
    Row{&rule::no_way_in, {"PubkeyAuthentication", "PasswordAuthentication", "KbdInteractiveAuthentication", "UsePAM"},
        nobody_gets_in,
        "keys, passwords and everything else are switched off (questions need UsePAM): nobody can log in"},
    Row{&rule::no_strict_modes, {"StrictModes"}, [](const ServerOptions& o) { return !o.strict_modes; },
        "authorized_keys files that others can write are believed"},
    Row{&rule::user_environment, {"PermitUserEnvironment"},
        [](const ServerOptions& o) { return o.permit_user_environment.on && o.permit_user_environment.names.empty(); },
        "variables such as LD_PRELOAD let users get around a forced command; name the few that are needed"},
    Row{&rule::sftp_forwards, {"ForceCommand"}, sftp_can_forward,
        "who is held to sftp can still forward ports and sockets: add DisableForwarding yes"},
    Row{&rule::x11_for_all, {"X11UseLocalhost", "X11Forwarding"},
        [](const ServerOptions& o) { return o.x11_forwarding && !o.x11_use_localhost; },
        "forwarded displays listen on every address of this machine"},
    Row{&rule::no_grace_limit, {"LoginGraceTime"}, [](const ServerOptions& o) { return o.login_grace_time == Seconds{0}; },
        "connections that never log in stay until MaxStartups shuts everybody out"},
    Row{&rule::many_auth_tries, {"MaxAuthTries"}, [](const ServerOptions& o) { return o.max_auth_tries > many_tries; },
        "so many tries per connection help only those who guess"},
    Row{&rule::command_as_root, {"AuthorizedKeysCommandUser"},
        [](const ServerOptions& o) { return o.authorized_keys_command_user == "root" && !o.authorized_keys_command.empty(); },
        "a program that reads what strangers send runs as root; give it a user of its own"},
    Row{&rule::command_as_root, {"AuthorizedPrincipalsCommandUser"},
        [](const ServerOptions& o) {
            return o.authorized_principals_command_user == "root" && !o.authorized_principals_command.empty();
        },
        "a program that reads what strangers send runs as root; give it a user of its own"},
    Row{&rule::keys_in_shared_place, {"AuthorizedKeysFile"}, keys_in_shared_place,
        "anybody on this machine can put keys there for others"},
    Row{&rule::group_list, {"AllowGroups"}, [](const ServerOptions& o) { return is_group_list(o.allow_groups); },
        group_list_words},
    Row{&rule::group_list, {"DenyGroups"}, [](const ServerOptions& o) { return is_group_list(o.deny_groups); },
        group_list_words},
    Row{&rule::small_rsa_keys, {"RequiredRSASize"}, [](const ServerOptions& o) { return o.required_rsa_size < 2048; },
        "RSA keys below 2048 bits can be broken"},
    Row{&rule::relative_root, {"ChrootDirectory"}, has_relative_root,
        "ChrootDirectory has to begin with a slash (or with %h or ~): as it is, nobody can log in"},
    Row{&rule::nothing_logged, {"LogLevel"}, [](const ServerOptions& o) { return o.log_level < LogLevel::info; },
        "logins and failures are not logged; VERBOSE also tells which key was used"},
};

std::vector<Row> all_rows()
{
    std::vector<Row> rows{rules.begin(), rules.end()};
    for (auto& each : server_contradictions())
        rows.push_back({&rule::contradiction, each.keywords, each.holds, each.what});
    return rows;
}

} // namespace

Findings lint_server(ConfigSources& sources, const std::string& file)
{
    Findings findings;
    ServerDialect dialect{sources};
    DocumentReader reader{sources, dialect, findings};
    if (!is_none(file))
        reader.read({.path = file, .must_be_private = true});
    return apply_rules<ServerOptions>(server_keywords(), all_rows(), dialect, reader.take(), sources, std::move(findings));
}

} // namespace nacre::lint
