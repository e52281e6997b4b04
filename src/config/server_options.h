// Everything sshd_config(5) can set, as it applies to one connection.  Defaults are here and only here.
//
// Strings are as written in the file; %-tokens are expanded by whoever uses the value (expand.h).
// An empty string or list means "none" unless the comment says otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/time.h"
#include "config/algorithm_lists.h"
#include "config/option_types.h"
#include "crypto/hash.h"

namespace nacre {

struct ServerOptions {
    // The listener.
    std::vector<std::uint16_t> port;                              // empty: 22; see addresses_to_listen_on()
    std::vector<ListenAddress> listen_address;                    // empty: every address
    IpFamily address_family = IpFamily::any;
    std::string pid_file = "/run/sshd.pid";                       // empty: none
    Seconds login_grace_time{120};                                // 0: no limit
    StartLimit max_startups;
    std::optional<std::uint32_t> per_source_max_startups;         // nothing: no limit
    NetBlockSize per_source_net_block_size;
    SourcePenalties per_source_penalties;
    std::string per_source_penalty_exempt_list;
    std::vector<std::string> host_key;                            // empty: default_host_keys()
    std::vector<std::string> host_certificate;
    std::string host_key_agent;
    std::string sshd_session_path, sshd_auth_path;                // accepted and ignored: ours are found otherwise

    // Cryptography: the complete lists.
    std::string ciphers = default_algorithms(AlgorithmList::ciphers);
    std::string macs = default_algorithms(AlgorithmList::macs);
    std::string kex_algorithms = default_algorithms(AlgorithmList::kex_server);
    std::string host_key_algorithms = default_algorithms(AlgorithmList::signatures);
    std::string pubkey_accepted_algorithms = default_algorithms(AlgorithmList::signatures);
    std::string hostbased_accepted_algorithms = default_algorithms(AlgorithmList::signatures);
    std::string ca_signature_algorithms = default_algorithms(AlgorithmList::ca_signatures);
    bool certificates_without_principals = false;
    RekeyLimit rekey_limit;
    ServerCompression compression = ServerCompression::yes;
    std::uint32_t required_rsa_size = 1024;
    std::string moduli_file = "/etc/ssh/moduli";
    std::string version_addendum;                                 // empty: nothing is added

    // Who may log in.
    std::vector<std::string> allow_users, deny_users, allow_groups, deny_groups;   // patterns
    PermitRoot permit_root_login = PermitRoot::prohibit_password;
    bool refuse_connection = false;
    std::uint32_t max_auth_tries = 6;

    // How they prove it.
    std::vector<std::string> authentication_methods;              // empty: any; each a comma list
    bool pubkey_authentication = true;
    bool password_authentication = true;
    bool kbd_interactive_authentication = true;
    bool permit_empty_passwords = false;
    bool hostbased_authentication = false;
    bool hostbased_uses_name_from_packet_only = false;
    IgnoreRhosts ignore_rhosts = IgnoreRhosts::yes;
    bool ignore_user_known_hosts = false;
    bool gssapi_authentication = false;
    bool gssapi_cleanup_credentials = true;
    bool gssapi_delegate_credentials = true;
    bool gssapi_strict_acceptor_check = true;
    bool gssapi_key_exchange = false;
    bool gssapi_store_credentials_on_rekey = false;
    bool kerberos_authentication = false;
    bool kerberos_or_local_passwd = true;
    bool kerberos_ticket_cleanup = true;
    bool kerberos_get_afs_token = false;
    bool use_pam = false;
    std::string pam_service_name = "sshd";
    std::vector<std::string> authorized_keys_file{".ssh/authorized_keys", ".ssh/authorized_keys2"};   // empty: none
    std::string authorized_keys_command, authorized_keys_command_user;
    std::string authorized_principals_file;
    std::string authorized_principals_command, authorized_principals_command_user;
    std::string trusted_user_ca_keys;
    std::vector<std::string> revoked_keys;
    PubkeyAuthOptions pubkey_auth_options;
    std::string security_key_provider = "internal";
    bool strict_modes = true;
    bool expose_auth_info = false;
    HashKind fingerprint_hash = HashKind::sha256;

    // The session.
    std::string banner;                                           // a path; empty: none
    std::string force_command;                                    // empty: none
    std::string chroot_directory;                                 // empty: none
    std::vector<Subsystem> subsystem;
    std::uint32_t max_sessions = 10;
    std::vector<std::string> accept_env;                          // patterns
    std::vector<Variable> set_env;
    UserEnvironment permit_user_environment;
    bool permit_user_rc = true;
    bool permit_tty = true;
    bool print_motd = true;
    bool print_last_log = true;
    Seconds client_alive_interval{0};                             // 0: never asks
    std::uint32_t client_alive_count_max = 3;                     // 0: never ends a connection
    bool tcp_keep_alive = true;
    QualityOfService ip_qos;
    bool use_dns = false;
    std::string rdomain;
    std::vector<ChannelTimeout> channel_timeout;
    Seconds unused_connection_timeout{0};                         // 0: none

    // Forwarding.
    bool disable_forwarding = false;
    ForwardingAllowed allow_tcp_forwarding = ForwardingAllowed::yes;
    ForwardingAllowed allow_stream_local_forwarding = ForwardingAllowed::yes;
    bool allow_agent_forwarding = true;
    PermittedPlaces permit_open, permit_listen;
    GatewayPorts gateway_ports = GatewayPorts::no;
    PermitTunnel permit_tunnel = PermitTunnel::no;
    bool x11_forwarding = false;
    std::uint32_t x11_display_offset = 10;
    bool x11_use_localhost = true;
    std::string xauth_location = "/usr/bin/xauth";
    std::uint32_t stream_local_bind_mask = 0177;
    bool stream_local_bind_unlink = false;

    // What is said.
    LogLevel log_level = LogLevel::info;
    std::vector<std::string> log_verbose;
    LogFormat log_format = LogFormat::text;
    Facility syslog_facility = Facility::auth;
};

// What HostKey is when it is not set; those that are missing are skipped silently.
const std::vector<std::string>& default_host_keys();

// Each address with each port that applies to it, in the order of the file, filtered by AddressFamily.
struct ListenPoint {
    std::string host;                                             // "::" and "0.0.0.0" for every address
    std::uint16_t port;
    std::string rdomain;
    friend bool operator==(const ListenPoint&, const ListenPoint&) = default;
};
std::vector<ListenPoint> addresses_to_listen_on(const ServerOptions& options);

} // namespace nacre
