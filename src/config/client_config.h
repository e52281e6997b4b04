// ssh_config(5): from the command line and files to ClientOptions.
//
//     ClientConfigReader reader{sources, situation};
//     reader.option("Port=2222");                      // -o and friends first: the first value wins
//     reader.read_files(std::nullopt);                 // or -F's argument
//     if (reader.wants_final_pass()) { … canonicalize …; reader.final_pass(canonical_name); }
//     if (!reader.diagnostics().ok()) …
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/client_options.h"
#include "config/expand.h"
#include "config/explain.h"
#include "config/provenance.h"
#include "config/sources.h"

namespace nacre {

// What Match and the %-tokens of Include and Match exec may ask about.
struct ClientSituation {
    std::string host;                                             // as typed, without user and port
    std::string command;                                          // to be run remotely, from the command line
    std::string local_user;                                       // %u
    std::string local_host;                                       // %l, with domain
    std::string home;                                             // %d
    std::uint32_t uid = 0;                                        // %i
    std::string version;                                          // Match version
    bool subsystem = false;                                       // -s
};

class ClientConfigReader {
public:
    ClientConfigReader(ConfigSources& sources, ClientSituation situation);
    ~ClientConfigReader();

    // One -o: "Keyword=value" or "Keyword value", with quotes as in a file.
    void option(std::string_view text);
    // A value from another flag, taken as it is: set("User", "joe") for -l joe.
    void set(std::string_view keyword, std::string_view value);

    // ~/.ssh/config and /etc/ssh/ssh_config; or only `file` (-F), which must exist unless it is "none".
    void read_files(const std::optional<std::string>& file);
    // One file.  Unless it is `named`, a missing one is none, and one that cannot be read is a warning: it is a
    // habit to look there.  The user's own are refused if others may write them.
    enum class FileRole { user, system, named };
    void read_file(const std::string& path, FileRole role);

    // Whether a Match final was seen, or CanonicalizeHostname asks for a second look.
    bool wants_final_pass() const;
    // Reads the same files again with `canonical` and `final` true.  Values that are set stay.
    void final_pass(std::string_view canonical_host);

    const ClientOptions& options() const;
    const Provenance& provenance() const;                         // provenance().is_set("HostKeyAlgorithms")
    const Diagnostics& diagnostics() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// `ssh -G`: one "keyword value" per line, readable as a configuration file.  The caller has filled in host_name, user
// and identity_file first where they are empty (see with_defaults).
std::string dump_client_options(const ClientOptions& options, std::string_view host);

// `ssh -G --explain`: the same, with the reasons (explain.h).
std::string explain_client_options(const ClientOptions& options, const Provenance& provenance, std::string_view host,
                                   Rendering rendering);

// HostName with its %h, or `host` where it is not set; in lower case.
std::string real_host(const ClientOptions& options, std::string_view host);
// What the tokens of tokens::client stand for; `host` is the name as typed, or its canonical form.
Tokens client_tokens(const ClientOptions& options, const ClientSituation& situation, std::string_view host);

// What is empty but has a computed default: the host as typed (or HostName expanded), the local user, identity files.
// UpdateHostKeys, unless set, is off where the user's known_hosts are not the usual ones or the DNS is believed.
// ServerAliveInterval, unless set, is five minutes with BatchMode, as Debian's OpenSSH has it: nobody is there to notice
// that a server is gone.
ClientOptions with_defaults(ClientOptions options, const ClientSituation& situation, const Provenance& provenance = {});

// User and the values of SetEnv, on which others depend, with tokens and variables replaced for good.  After
// with_defaults().  A user who was typed (-l, user@host) is a name and nothing else.
enum class UserIs { typed, configured };
Result<void> expand_names(ClientOptions& options, const ClientSituation& situation, ConfigSources& sources, UserIs user);

// For `ssh -G`: with tokens, variables and ~ replaced in the values in which they are known before the connection is.
Result<ClientOptions> expanded(ClientOptions options, const ClientSituation& situation, ConfigSources& sources);

} // namespace nacre
