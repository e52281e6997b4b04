#include "config/server_keywords.h"

#include <array>

#include "config/spelling.h"

namespace nacre {
namespace {

using O = ServerOptions;
using enum Support;
constexpr auto match = Where::anywhere;
constexpr auto global = Where::outside_match;

constexpr auto bare(std::string_view name, Support support, std::string_view description)
{
    return bare_keyword<O>(name, support, description);
}

// One row per keyword, sorted; `match` where the keyword may stand inside a Match block.
// clang-format off
constexpr std::array rows{
    keyword<&O::accept_env, VariableNames>("AcceptEnv", obeyed, match, "variables that clients may set"),
    keyword<&O::address_family>("AddressFamily", obeyed, global, "IPv4, IPv6 or both"),
    bare("AFSTokenPassing", deprecated, "of protocol version 1"),
    keyword<&O::allow_agent_forwarding>("AllowAgentForwarding", obeyed, match, "clients may lend their agent"),
    keyword<&O::certificates_without_principals>("AllowCertificatesWithoutPrincipals", ours, match, "certificates that name nobody are good for everybody, as before OpenSSH 10.3"),
    keyword<&O::allow_groups, EachWord>("AllowGroups", obeyed, match, "only members of these groups may log in"),
    keyword<&O::allow_stream_local_forwarding>("AllowStreamLocalForwarding", obeyed, match, "forwarding of Unix sockets"),
    keyword<&O::allow_tcp_forwarding>("AllowTcpForwarding", obeyed, match, "forwarding of TCP ports"),
    keyword<&O::allow_users, UserPatterns>("AllowUsers", obeyed, match, "only these users may log in"),
    keyword<&O::authentication_methods, LoginMethods>("AuthenticationMethods", obeyed, match, "combinations of proofs that are needed"),
    keyword<&O::authorized_keys_command, ProgramOrNone>("AuthorizedKeysCommand", obeyed, match, "program that prints a user's keys"),
    keyword<&O::authorized_keys_command_user, WordOrNone>("AuthorizedKeysCommandUser", obeyed, match, "user who runs it"),
    keyword<&O::authorized_keys_file, PathsFromHome<WordsOrNone>>("AuthorizedKeysFile", obeyed, match, "files of the keys that let a user in"),
    bare("AuthorizedKeysFile2", deprecated, "AuthorizedKeysFile takes several files"),
    keyword<&O::authorized_principals_command, ProgramOrNone>("AuthorizedPrincipalsCommand", obeyed, match, "program that prints names accepted in certificates"),
    keyword<&O::authorized_principals_command_user, WordOrNone>("AuthorizedPrincipalsCommandUser", obeyed, match, "user who runs it"),
    keyword<&O::authorized_principals_file, PathsFromHome<WordOrNone>>("AuthorizedPrincipalsFile", obeyed, match, "file of names accepted in certificates"),
    keyword<&O::banner, WholePaths<WordOrNone>>("Banner", obeyed, match, "file that is shown before login"),
    keyword<&O::ca_signature_algorithms, Algorithms<AlgorithmList::ca_signatures>>("CASignatureAlgorithms", obeyed, match, "algorithms with which certificates may be signed"),
    keyword<&O::channel_timeout>("ChannelTimeout", obeyed, match, "idle time after which channels are closed"),
    bare("CheckMail", deprecated, "the shell does that"),
    keyword<&O::chroot_directory, WordOrNone>("ChrootDirectory", obeyed, match, "directory that users cannot leave"),
    keyword<&O::ciphers, Algorithms<AlgorithmList::ciphers>>("Ciphers", obeyed, global, "ciphers that are accepted"),
    keyword<&O::client_alive_count_max>("ClientAliveCountMax", obeyed, match, "unanswered questions after which a connection is ended"),
    keyword<&O::client_alive_interval>("ClientAliveInterval", obeyed, match, "silence after which a client is asked whether it lives"),
    keyword<&O::compression>("Compression", obeyed, global, "compression after login"),
    bare("DebianBanner", ignored, "Debian: name the package in the first line"),
    keyword<&O::deny_groups, EachWord>("DenyGroups", obeyed, match, "members of these groups may not log in"),
    keyword<&O::deny_users, UserPatterns>("DenyUsers", obeyed, match, "these users may not log in"),
    keyword<&O::disable_forwarding>("DisableForwarding", obeyed, match, "no forwarding of any kind"),
    keyword<&O::expose_auth_info>("ExposeAuthInfo", obeyed, match, "tell the session how the user logged in"),
    keyword<&O::fingerprint_hash>("FingerprintHash", obeyed, global, "hash with which keys are logged"),
    keyword<&O::force_command, CommandOrNone>("ForceCommand", obeyed, match, "runs instead of whatever the client asks for"),
    keyword<&O::gateway_ports>("GatewayPorts", obeyed, match, "others may connect to forwarded ports"),
    keyword<&O::gssapi_authentication>("GSSAPIAuthentication", obeyed, match, "login with Kerberos"),
    keyword<&O::gssapi_cleanup_credentials>("GSSAPICleanupCredentials", obeyed, global, "destroy tickets at logout"),
    keyword<&O::gssapi_delegate_credentials>("GSSAPIDelegateCredentials", obeyed, global, "keep tickets that clients lend for the session"),
    bare("GSSAPIKexAlgorithms", ignored, "Debian's key exchange with Kerberos is not offered"),
    unprinted(keyword<&O::gssapi_key_exchange>("GSSAPIKeyExchange", unsupported, global, "not supported: clients know this host by its key, and may log in by Kerberos all the same")),
    unprinted(keyword<&O::gssapi_store_credentials_on_rekey>("GSSAPIStoreCredentialsOnRekey", unsupported, global, "not supported: it belongs to the key exchange with Kerberos")),
    keyword<&O::gssapi_strict_acceptor_check>("GSSAPIStrictAcceptorCheck", obeyed, global, "only this host's own Kerberos name"),
    bare("GSSAPIUseSessionCredCache", unsupported, "of early patches for Kerberos: each session has a cache of its own"),
    bare("GSSUseSessionCCache", unsupported, "of early patches for Kerberos: each session has a cache of its own"),
    keyword<&O::hostbased_accepted_algorithms, Algorithms<AlgorithmList::signatures>>("HostbasedAcceptedAlgorithms", obeyed, match, "signatures for host-based logins"),
    keyword<&O::hostbased_authentication>("HostbasedAuthentication", obeyed, match, "login on the word of the client's machine"),
    keyword<&O::hostbased_uses_name_from_packet_only>("HostbasedUsesNameFromPacketOnly", obeyed, match, "believe the name that the client's machine gives"),
    keyword<&O::host_certificate, WholePaths<OneEach>>("HostCertificate", obeyed, global, "certificate of a host key"),
    keyword<&O::host_key, WholePaths<OneEach>>("HostKey", obeyed, global, "private key of this host"),
    keyword<&O::host_key_agent, WholePaths<WordOrNone>>("HostKeyAgent", obeyed, global, "agent that holds the host keys"),
    keyword<&O::host_key_algorithms, Algorithms<AlgorithmList::signatures>>("HostKeyAlgorithms", obeyed, global, "signatures that are offered"),
    keyword<&O::ignore_rhosts>("IgnoreRhosts", obeyed, match, "ignore the users' own lists of trusted hosts"),
    keyword<&O::ignore_user_known_hosts>("IgnoreUserKnownHosts", obeyed, global, "ignore the users' known_hosts"),
    bare("Include", structure, "other files to read here"),
    keyword<&O::ip_qos>("IPQoS", obeyed, match, "DSCP of interactive and of bulk connections"),
    keyword<&O::kbd_interactive_authentication>("KbdInteractiveAuthentication", obeyed, match, "login by answering questions"),
    keyword<&O::kerberos_authentication>("KerberosAuthentication", unsupported, match, "not supported: PAM with pam_krb5 checks passwords with Kerberos"),
    keyword<&O::kerberos_get_afs_token>("KerberosGetAFSToken", unsupported, global, "not supported: PAM with pam_afs_session fetches AFS tokens"),
    keyword<&O::kerberos_or_local_passwd>("KerberosOrLocalPasswd", unsupported, global, "not supported: the order of PAM's modules decides"),
    bare("KerberosTgtPassing", deprecated, "of protocol version 1"),
    keyword<&O::kerberos_ticket_cleanup>("KerberosTicketCleanup", unsupported, global, "not supported: pam_krb5 destroys its tickets at logout"),
    keyword<&O::kex_algorithms, Algorithms<AlgorithmList::kex_server>>("KexAlgorithms", obeyed, global, "key exchanges that are accepted"),
    bare("KeyRegenerationInterval", deprecated, "of protocol version 1"),
    keyword<&O::listen_address>("ListenAddress", obeyed, global, "address to listen on"),
    keyword<&O::log_format>("LogFormat", ours, global, "lines for people, or one JSON object a line"),
    keyword<&O::login_grace_time>("LoginGraceTime", obeyed, global, "time within which a user must log in"),
    keyword<&O::log_level>("LogLevel", obeyed, match, "how much is said"),
    keyword<&O::log_verbose, WordsOrNone>("LogVerbose", unsupported, match, "not supported: its patterns name places in the source of OpenSSH; use LogLevel"),
    keyword<&O::macs, Algorithms<AlgorithmList::macs>>("MACs", obeyed, global, "message authentication codes that are accepted"),
    bare("Match", structure, "what follows holds for connections of this kind"),
    keyword<&O::max_auth_tries>("MaxAuthTries", obeyed, match, "failures after which a connection is ended"),
    keyword<&O::max_sessions>("MaxSessions", obeyed, match, "sessions per connection"),
    keyword<&O::max_startups>("MaxStartups", obeyed, global, "connections that have not logged in yet"),
    keyword<&O::moduli_file, WholePaths<Spelling<std::string>>>("ModuliFile", obeyed, global, "groups for group exchange"),
    bare("PAMAuthenticationViaKbdInt", deprecated, "see KbdInteractiveAuthentication and UsePAM"),
    keyword<&O::pam_service_name>("PAMServiceName", obeyed, match, "name of the PAM stack"),
    keyword<&O::password_authentication>("PasswordAuthentication", obeyed, match, "login with a password"),
    bare("PermitBlacklistedKeys", deprecated, "Debian: there is no list of the weak keys of 2008"),
    keyword<&O::permit_empty_passwords>("PermitEmptyPasswords", obeyed, match, "accept empty passwords"),
    keyword<&O::permit_listen, ListenPermissions>("PermitListen", obeyed, match, "where remote forwardings may listen"),
    keyword<&O::permit_open>("PermitOpen", obeyed, match, "where forwardings may lead"),
    keyword<&O::permit_root_login>("PermitRootLogin", obeyed, match, "how root may log in"),
    keyword<&O::permit_tty>("PermitTTY", obeyed, match, "terminals"),
    keyword<&O::permit_tunnel>("PermitTunnel", obeyed, match, "forwarding of network interfaces"),
    keyword<&O::permit_user_environment>("PermitUserEnvironment", obeyed, global, "users may set variables in their files"),
    keyword<&O::permit_user_rc>("PermitUserRC", obeyed, match, "run ~/.ssh/rc"),
    keyword<&O::per_source_max_startups>("PerSourceMaxStartups", obeyed, global, "connections from one place that have not logged in yet"),
    keyword<&O::per_source_net_block_size>("PerSourceNetBlockSize", obeyed, global, "what counts as one place"),
    keyword<&O::per_source_penalties>("PerSourcePenalties", obeyed, global, "shut out places that misbehave"),
    keyword<&O::per_source_penalty_exempt_list, AddressListOrNone>("PerSourcePenaltyExemptList", obeyed, global, "places that are never shut out"),
    keyword<&O::pid_file, WholePaths<WordOrNone>>("PidFile", obeyed, global, "file for the listener's process number"),
    keyword<&O::port, Ports>("Port", obeyed, global, "port to listen on"),
    keyword<&O::print_last_log>("PrintLastLog", obeyed, global, "show the time of the last login"),
    keyword<&O::print_motd>("PrintMotd", obeyed, global, "show /etc/motd"),
    bare("Protocol", ignored, "there is only version 2"),
    keyword<&O::pubkey_accepted_algorithms, Algorithms<AlgorithmList::signatures>>("PubkeyAcceptedAlgorithms", obeyed, match, "signatures that let a user in"),
    keyword<&O::pubkey_authentication>("PubkeyAuthentication", obeyed, match, "login with a key"),
    keyword<&O::pubkey_auth_options>("PubkeyAuthOptions", obeyed, match, "what FIDO tokens must prove"),
    keyword<&O::rdomain, WordOrNone>("RDomain", unsupported, match, "routing domain of sessions"),
    keyword<&O::refuse_connection>("RefuseConnection", obeyed, match, "end the connection after authentication began"),
    keyword<&O::rekey_limit>("RekeyLimit", obeyed, match, "data and time after which keys are renewed"),
    keyword<&O::required_rsa_size>("RequiredRSASize", obeyed, match, "smallest RSA key that is good enough"),
    bare("ReverseMappingCheck", deprecated, "see UseDNS"),
    keyword<&O::revoked_keys, WholePaths<WordsOrNone>>("RevokedKeys", obeyed, match, "files of keys that are good no more"),
    bare("RhostsAuthentication", deprecated, "of protocol version 1"),
    bare("RhostsRSAAuthentication", deprecated, "of protocol version 1"),
    bare("RSAAuthentication", deprecated, "of protocol version 1"),
    keyword<&O::security_key_provider, WholePaths<Spelling<std::string>>>("SecurityKeyProvider", obeyed, global, "library for FIDO tokens"),
    bare("ServerKeyBits", deprecated, "of protocol version 1"),
    keyword<&O::set_env>("SetEnv", obeyed, match, "variables to set for sessions"),
    keyword<&O::sshd_auth_path, OptionalWord>("SshdAuthPath", ignored, global, "names one of OpenSSH's own programs"),
    keyword<&O::sshd_session_path, OptionalWord>("SshdSessionPath", ignored, global, "names one of OpenSSH's own programs"),
    keyword<&O::stream_local_bind_mask, Octal>("StreamLocalBindMask", obeyed, match, "mode bits that forwarded sockets do not get"),
    keyword<&O::stream_local_bind_unlink>("StreamLocalBindUnlink", obeyed, match, "remove a socket that is in the way"),
    keyword<&O::strict_modes>("StrictModes", obeyed, global, "insist on safe owners and modes of users' files"),
    keyword<&O::subsystem>("Subsystem", obeyed, match, "program behind a name, such as sftp"),
    keyword<&O::syslog_facility>("SyslogFacility", obeyed, global, "facility of the system log"),
    keyword<&O::tcp_keep_alive>("TCPKeepAlive", obeyed, global, "let the kernel notice dead connections"),
    keyword<&O::trusted_user_ca_keys, WholePaths<WordOrNone>>("TrustedUserCAKeys", obeyed, match, "keys that may sign certificates of users"),
    keyword<&O::unused_connection_timeout, NoneIsZero>("UnusedConnectionTimeout", obeyed, match, "end connections without channels after this"),
    keyword<&O::use_dns>("UseDNS", obeyed, global, "look up names of clients"),
    bare("UseLogin", deprecated, "sessions never go through login(1)"),
    keyword<&O::use_pam>("UsePAM", obeyed, global, "ask PAM"),
    bare("UsePrivilegeSeparation", deprecated, "it is always on"),
    bare("VerifyReverseMapping", deprecated, "see UseDNS"),
    keyword<&O::version_addendum, CommandOrNone>("VersionAddendum", obeyed, global, "text to add to the first line that is sent"),
    keyword<&O::x11_display_offset>("X11DisplayOffset", obeyed, match, "first number of forwarded displays"),
    keyword<&O::x11_forwarding>("X11Forwarding", obeyed, match, "clients may lend their display"),
    keyword<&O::x11_use_localhost>("X11UseLocalhost", obeyed, match, "forwarded displays listen on the loopback only"),
    keyword<&O::xauth_location, WholePaths<WordOrNone>>("XAuthLocation", obeyed, global, "path of xauth"),
};

constexpr std::array aliases{
    KeywordAlias{"ChallengeResponseAuthentication", "KbdInteractiveAuthentication"},
    KeywordAlias{"DSAAuthentication", "PubkeyAuthentication"},
    KeywordAlias{"GSSAPICleanupCreds", "GSSAPICleanupCredentials"},
    KeywordAlias{"HostbasedAcceptedKeyTypes", "HostbasedAcceptedAlgorithms"},
    KeywordAlias{"HostDSAKey", "HostKey"},
    KeywordAlias{"KeepAlive", "TCPKeepAlive"},
    KeywordAlias{"PubkeyAcceptedKeyTypes", "PubkeyAcceptedAlgorithms"},
    KeywordAlias{"SKeyAuthentication", "KbdInteractiveAuthentication"},
};
// clang-format on

static_assert(sorted_ignoring_case(rows));
static_assert(sorted_ignoring_case(aliases));

constexpr KeywordTable<O> table{rows, aliases};

} // namespace

const KeywordTable<ServerOptions>& server_keywords() { return table; }

} // namespace nacre
