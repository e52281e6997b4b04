// Everything ssh_config(5) can set.  Defaults are here and only here.
//
// Strings are as written in the file: %-tokens, ${ENV} and ~ are expanded by whoever uses the
// value (expand.h), since most tokens are not known before the connection is.  An empty string or
// list means "not set" or "none", whichever the comment says.
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

struct ClientOptions {
    // Who and where.
    std::string host_name;                                        // empty: as typed
    std::string user;                                             // empty: the local user's name
    std::uint16_t port = 22;
    IpFamily address_family = IpFamily::any;
    std::string bind_address, bind_interface;                     // empty: the kernel chooses
    std::uint32_t connection_attempts = 1;
    std::optional<Seconds> connect_timeout;                       // nothing: the system's
    std::string proxy_command;                                    // empty: none
    std::string proxy_jump;                                       // empty: none
    bool proxy_use_fdpass = false;
    std::string tag;
    std::string refuse_connection;                                // a message: do not connect
    Canonicalize canonicalize_hostname = Canonicalize::no;
    std::vector<std::string> canonical_domains;
    bool canonicalize_fallback_local = true;
    std::uint32_t canonicalize_max_dots = 1;
    std::vector<PermittedCname> canonicalize_permitted_cnames;    // empty: none

    // Cryptography: the complete lists.
    std::string ciphers = default_algorithms(AlgorithmList::ciphers);
    std::string macs = default_algorithms(AlgorithmList::macs);
    std::string kex_algorithms = default_algorithms(AlgorithmList::kex_client);
    std::string host_key_algorithms = default_algorithms(AlgorithmList::signatures);
    std::string pubkey_accepted_algorithms = default_algorithms(AlgorithmList::signatures);
    std::string hostbased_accepted_algorithms = default_algorithms(AlgorithmList::signatures);
    std::string ca_signature_algorithms = default_algorithms(AlgorithmList::ca_signatures);
    bool certificates_without_principals = false;
    RekeyLimit rekey_limit;
    bool compression = false;
    std::uint32_t required_rsa_size = 1024;
    WarnWeak warn_weak_crypto = WarnWeak::yes;
    std::string version_addendum;                                 // empty: nothing is added

    // The server's identity.
    StrictHostKeys strict_host_key_checking = StrictHostKeys::ask;
    std::vector<std::string> user_known_hosts_file{"~/.ssh/known_hosts", "~/.ssh/known_hosts2"};
    std::vector<std::string> global_known_hosts_file{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"};
    std::string known_hosts_command;                              // empty: none
    std::vector<std::string> revoked_host_keys;                   // empty: none
    std::string host_key_alias;                                   // empty: the host's name
    bool check_host_ip = false;
    bool hash_known_hosts = false;
    std::string connection_memory = "yes";                        // yes: beside the first UserKnownHostsFile; no; or a path
    bool no_host_authentication_for_localhost = false;
    YesNoAsk update_host_keys = YesNoAsk::yes;
    YesNoAsk verify_host_key_dns = YesNoAsk::no;
    HashKind fingerprint_hash = HashKind::sha256;
    bool visual_host_key = false;

    // The user's identity.
    PubkeyUse pubkey_authentication = PubkeyUse::yes;
    bool password_authentication = true;
    bool kbd_interactive_authentication = true;
    std::string kbd_interactive_devices;
    bool hostbased_authentication = false;
    bool gssapi_authentication = false;
    bool gssapi_delegate_credentials = false;
    std::string gssapi_client_identity;                           // a principal; empty: whatever ticket there is
    std::string gssapi_server_identity;                           // a host name; empty: the server's
    bool gssapi_trust_dns = false;
    bool gssapi_key_exchange = false;
    bool gssapi_renewal_forces_rekey = false;
    std::string preferred_authentications;                        // empty: our order
    std::uint32_t number_of_password_prompts = 3;
    bool batch_mode = false;
    std::vector<std::string> identity_file;                       // empty: default_identity_files(); "none" is none
    std::vector<std::string> certificate_file;
    bool identities_only = false;
    std::string identity_agent;                                   // empty: SSH_AUTH_SOCK; or "none", a path, $VARIABLE
    AddKeysToAgent add_keys_to_agent;
    std::string pkcs11_provider;                                  // empty: none
    std::string security_key_provider = "$SSH_SK_PROVIDER";
    bool enable_ssh_keysign = false;

    // The session.
    SessionType session_type = SessionType::standard;
    RequestTty request_tty = RequestTty::automatic;
    std::string remote_command;                                   // empty: none
    bool permit_local_command = false;
    std::string local_command;
    std::vector<std::string> send_env;                            // patterns
    std::vector<Variable> set_env;
    bool stdin_null = false;
    bool fork_after_authentication = false;
    std::optional<char> escape_char = '~';                        // nothing: none
    bool enable_escape_commandline = false;
    KeystrokeTiming obscure_keystroke_timing;
    std::uint32_t server_alive_count_max = 3;
    Seconds server_alive_interval{0};                             // 0: never asks
    bool tcp_keep_alive = true;
    QualityOfService ip_qos;
    std::vector<ChannelTimeout> channel_timeout;

    // Forwarding.
    std::vector<Forward> local_forward, remote_forward, dynamic_forward;
    PermittedPlaces permit_remote_open;
    bool clear_all_forwardings = false;
    bool exit_on_forward_failure = false;
    bool gateway_ports = false;
    ForwardAgent forward_agent;
    bool forward_x11 = false;
    bool forward_x11_trusted = false;
    Seconds forward_x11_timeout{1200};
    std::string xauth_location = "/usr/bin/xauth";
    TunnelMode tunnel = TunnelMode::no;
    TunnelDevice tunnel_device;
    std::uint32_t stream_local_bind_mask = 0177;
    bool stream_local_bind_unlink = false;

    // Sharing a connection.
    ControlMaster control_master = ControlMaster::no;
    std::string control_path;                                     // empty: none
    ControlPersist control_persist;

    // What is said.
    LogLevel log_level = LogLevel::info;
    std::vector<std::string> log_verbose;                         // empty: none
    Facility syslog_facility = Facility::user;

    std::string ignore_unknown;                                   // a pattern list of keywords
};

// What IdentityFile is when it is not set, in the order in which they are tried.
const std::vector<std::string>& default_identity_files();

} // namespace nacre
