// What follows from the options and the situation: names, tokens, defaults that are computed, the dump.
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "config/client_config.h"
#include "config/client_keywords.h"
#include "config/destination.h"
#include "config/none.h"
#include "crypto/hash.h"

namespace nacre {

const std::vector<std::string>& default_identity_files()
{
    static const std::vector<std::string> files{"~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk",
                                                "~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk",
                                                "~/.ssh/id_mldsa44_ed25519"};
    return files;
}

std::string real_host(const ClientOptions& options, std::string_view host)
{
    if (options.host_name.empty())
        return to_lower(host);
    Tokens values;
    values.set('h', std::string{host});
    return to_lower(expand_tokens(options.host_name, values, tokens::host_name).value_or(options.host_name));
}

Tokens client_tokens(const ClientOptions& options, const ClientSituation& situation, std::string_view host)
{
    auto remote_host = real_host(options, host);
    auto remote_user = options.user.empty() ? situation.local_user : options.user;
    auto port = fmt::format("{}", options.port);
    std::string jump;
    if (!is_unset(options.proxy_jump))
        if (auto hop = parse_hop(split(options.proxy_jump, ',').back()))
            jump = hop->host;
    auto connection = situation.local_host + remote_host + port + remote_user + jump;
    auto& local = situation.local_host;
    Tokens values;
    values.set('C', to_hex(hash_of(HashKind::sha1, as_bytes(connection))))
        .set('d', situation.home)
        .set('h', remote_host)
        .set('i', fmt::format("{}", situation.uid))
        .set('j', jump)
        .set('k', options.host_key_alias.empty() ? situation.host : options.host_key_alias)
        .set('L', local.substr(0, local.find('.')))
        .set('l', local)
        .set('n', situation.host)
        .set('p', port)
        .set('r', remote_user)
        .set('u', situation.local_user);
    return values;
}

namespace {

constexpr Seconds batch_alive_interval{300};

bool has_usual_known_hosts(const ClientOptions& options)
{
    static const ClientOptions usual;
    auto& files = options.user_known_hosts_file;
    return files == usual.user_known_hosts_file || (files.size() == 1 && files == std::vector{usual.user_known_hosts_file[0]});
}

} // namespace

ClientOptions with_defaults(ClientOptions options, const ClientSituation& situation, const Provenance& provenance)
{
    options.host_name = real_host(options, situation.host);
    options.host_key_alias = to_lower(options.host_key_alias);    // as all names of hosts in files
    if (options.user.empty())
        options.user = situation.local_user;
    if (options.identity_file.empty())
        options.identity_file = default_identity_files();
    bool update = has_usual_known_hosts(options) && options.verify_host_key_dns == YesNoAsk::no;
    if (!provenance.is_set("UpdateHostKeys") && !update)
        options.update_host_keys = YesNoAsk::no;
    if (!provenance.is_set("ServerAliveInterval") && options.batch_mode)
        options.server_alive_interval = batch_alive_interval;
    return options;
}

Result<void> expand_names(ClientOptions& options, const ClientSituation& situation, ConfigSources& sources, UserIs user)
{
    if (user == UserIs::configured && options.user != situation.local_user) {
        auto values = client_tokens(options, situation, situation.host);
        auto name = TRY(expand_value(options.user, values, tokens::user, sources));
        if (name != options.user)
            TRY(check_user_name(name));
        options.user = std::move(name);
    }
    auto values = client_tokens(options, situation, situation.host);
    for (auto& variable : options.set_env)
        variable.value = TRY(expand_value(variable.value, values, tokens::client, sources));
    return {};
}

Result<ClientOptions> expanded(ClientOptions options, const ClientSituation& situation, ConfigSources& sources)
{
    auto values = client_tokens(options, situation, situation.host);
    auto path = [&](std::string& text) -> Result<void> {
        text = TRY(expand_path(text, values, tokens::client, sources));
        return {};
    };
    // Unix sockets of forwards: no ~, as in OpenSSH.
    auto end = [&](std::string& text) -> Result<void> {
        if (!text.empty() && !text.starts_with('~'))
            TRY(path(text));
        return {};
    };
    options.remote_command = TRY(expand_tokens(options.remote_command, values, tokens::client));
    for (auto* text : {&options.control_path, &options.identity_agent, &options.forward_agent.socket})
        TRY(path(*text));
    for (auto* files : {&options.user_known_hosts_file, &options.revoked_host_keys})
        for (auto& file : *files)
            TRY(path(file));
    for (auto* forwards : {&options.local_forward, &options.remote_forward})
        for (auto& forward : *forwards) {
            TRY(end(forward.listen.path));
            if (forward.connect)
                TRY(end(forward.connect->path));
        }
    return options;
}

std::string dump_client_options(const ClientOptions& options, std::string_view host)
{
    return fmt::format("host {}\n", host) + print_all(client_keywords(), options);
}

std::string explain_client_options(const ClientOptions& options, const Provenance& provenance, std::string_view host,
                                   Rendering rendering)
{
    auto explanations = explain(client_keywords(), options, provenance);
    return rendering == Rendering::json ? to_json(explanations) : fmt::format("host {}\n", host) + to_text(explanations);
}

} // namespace nacre
