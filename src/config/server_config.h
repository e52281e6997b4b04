// sshd_config(5): read once, evaluated for each connection.
//
//     auto reading = read_server_config(sources, "/etc/ssh/sshd_config", options);
//     if (!reading.diagnostics.ok()) …                  // print all of them
//     reading.config.global()                            // what the listener obeys
//     auto bytes = reading.config.serialise();           // for the process of one connection, which does
//     auto config = ServerConfig::deserialise(bytes);    //   without the file
//     auto options = config->resolve(context);           // once the user is known
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "config/explain.h"
#include "config/provenance.h"
#include "config/server_options.h"
#include "config/sources.h"

namespace nacre {

// What the criteria of Match are compared with.  Nothing or empty: not known, and matches nothing.
struct ServerMatchContext {
    std::optional<std::string> user{};
    bool user_exists = true;                                      // false: Match invalid-user applies
    std::vector<std::string> groups{};
    std::optional<std::string> host{};                             // the client's name, or its address
    std::optional<std::string> address{}, local_address{};        // numeric
    std::optional<std::uint16_t> local_port{};
    std::optional<std::string> rdomain{};
    std::string version{};
    bool is_described = false;                                    // by -C, where Match LocalPort must hear of a port
};

// `sshd -C`: "user=a,addr=1.2.3.4,invalid-user", possibly several times.  The caller looks up the groups.
Result<ServerMatchContext> parse_connection_test(std::span<const std::string> specifications);

class ServerConfig {
public:
    // One line of a file as read, or the edge of an Include that stands there.
    struct Line {
        enum class Kind : std::uint8_t { directive, enter_include, leave_include } kind = Kind::directive;
        std::uint32_t number = 0;
        std::uint32_t file = 0;                                   // index into files
        std::string text;
    };

    const ServerOptions& global() const { return global_; }       // without any Match
    const Provenance& provenance() const { return provenance_; }  // of global()

    struct Resolved {
        ServerOptions options;
        Provenance provenance;
    };
    Result<Resolved> explain(const ServerMatchContext& context) const;
    Result<ServerOptions> resolve(const ServerMatchContext& context) const;

    // In global(), instead of what was read: names as the resolver knows them.
    void listen_at(std::vector<ListenAddress> addresses) { global_.listen_address = std::move(addresses); }

    ByteVector serialise() const;
    static Result<ServerConfig> deserialise(Bytes bytes);

private:
    friend class ServerConfigReader;
    std::vector<std::string> files_;
    std::vector<Line> lines_;
    ServerOptions global_;
    Provenance provenance_;
};

struct ServerConfigReading {
    // Whose errors there are: those of the command line come first, and so does the file that it names and nobody can read.
    enum class Blame { nobody, files, command_line };

    ServerConfig config;
    Diagnostics diagnostics;
    Blame blame = Blame::nobody;
};

// `options`: the -o arguments, which win over the file.  `ports`: those of -p; with any, no Port of an option or of the file
// counts.
ServerConfigReading read_server_config(ConfigSources& sources, const std::string& path,
                                       std::span<const std::string> options, std::span<const std::string> ports = {});

// `sshd -T`: one "keyword value" per line, readable as a configuration file.
std::string dump_server_options(const ServerOptions& options);
// `sshd -T --explain`: the same, with the reasons (explain.h).
std::string explain_server_options(const ServerOptions& options, const Provenance& provenance, Rendering rendering);

} // namespace nacre
