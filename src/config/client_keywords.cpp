#include "config/client_keywords.h"

#include <array>

#include "config/spelling.h"

namespace nacre {
namespace {

using O = ClientOptions;
using enum Support;

constexpr auto bare(std::string_view name, Support support, std::string_view description)
{
    return bare_keyword<O>(name, support, description);
}

// One row per keyword, sorted.
// clang-format off
constexpr std::array rows{
    keyword<&O::add_keys_to_agent>("AddKeysToAgent", obeyed, "keys that were used are added to the agent"),
    keyword<&O::address_family>("AddressFamily", obeyed, "IPv4, IPv6 or both"),
    bare("AFSTokenPassing", unsupported, "of protocol version 1"),
    keyword<&O::certificates_without_principals>("AllowCertificatesWithoutPrincipals", ours, "certificates that name nobody are good for everybody, as before OpenSSH 10.3"),
    keyword<&O::batch_mode>("BatchMode", obeyed, "never ask the user anything"),
    keyword<&O::bind_address>("BindAddress", obeyed, "local address to connect from"),
    keyword<&O::bind_interface>("BindInterface", obeyed, "local interface to connect from"),
    keyword<&O::canonical_domains, WordsOrNone>("CanonicalDomains", obeyed, "domains in which to look for a short name"),
    keyword<&O::canonicalize_fallback_local>("CanonicalizeFallbackLocal", obeyed, "try the name as it is if no domain has it"),
    keyword<&O::canonicalize_hostname>("CanonicalizeHostname", obeyed, "complete short names before the configuration is applied"),
    keyword<&O::canonicalize_max_dots>("CanonicalizeMaxDots", obeyed, "names with more dots are complete already"),
    keyword<&O::canonicalize_permitted_cnames>("CanonicalizePermittedCNAMEs", obeyed, "aliases that may be followed"),
    keyword<&O::ca_signature_algorithms, Algorithms<AlgorithmList::ca_signatures>>("CASignatureAlgorithms", obeyed, "algorithms with which certificates may be signed"),
    keyword<&O::certificate_file, OneEach>("CertificateFile", obeyed, "certificate to offer with its key"),
    keyword<&O::channel_timeout>("ChannelTimeout", obeyed, "idle time after which channels are closed"),
    keyword<&O::check_host_ip>("CheckHostIP", obeyed, "look up the server's key under its address too"),
    bare("Cipher", deprecated, "of protocol version 1"),
    keyword<&O::ciphers, Algorithms<AlgorithmList::ciphers>>("Ciphers", obeyed, "ciphers, in order of preference"),
    keyword<&O::clear_all_forwardings>("ClearAllForwardings", obeyed, "forget all forwardings of files and command line"),
    keyword<&O::compression>("Compression", obeyed, "compress what is sent"),
    bare("CompressionLevel", unsupported, "of protocol version 1"),
    keyword<&O::connection_attempts>("ConnectionAttempts", obeyed, "tries, one per second, before giving up"),
    keyword<&O::connection_memory>("ConnectionMemory", obeyed, "remember how servers are reached in fewer steps"),
    keyword<&O::connect_timeout>("ConnectTimeout", obeyed, "time for connecting and the first handshake"),
    keyword<&O::control_master>("ControlMaster", obeyed, "share one connection among several sessions"),
    keyword<&O::control_path, OptionalWord>("ControlPath", obeyed, "socket through which a connection is shared"),
    keyword<&O::control_persist>("ControlPersist", obeyed, "how long a shared connection outlives its sessions"),
    keyword<&O::dynamic_forward, Forwards<ForwardKind::dynamic>>("DynamicForward", obeyed, "local port that serves SOCKS"),
    keyword<&O::enable_escape_commandline>("EnableEscapeCommandline", obeyed, "the command line behind ~C"),
    keyword<&O::enable_ssh_keysign>("EnableSSHKeysign", obeyed, "use ssh-keysign for host-based logins"),
    keyword<&O::escape_char>("EscapeChar", obeyed, "first character of escape commands"),
    keyword<&O::exit_on_forward_failure>("ExitOnForwardFailure", obeyed, "give up if a forwarding cannot be set up"),
    bare("FallBackToRsh", deprecated, "rsh is gone"),
    keyword<&O::fingerprint_hash>("FingerprintHash", obeyed, "hash with which keys are shown"),
    keyword<&O::fork_after_authentication>("ForkAfterAuthentication", obeyed, "go to the background after login (-f)"),
    keyword<&O::forward_agent>("ForwardAgent", obeyed, "let the server use the agent"),
    keyword<&O::forward_x11>("ForwardX11", obeyed, "let the server use the display"),
    keyword<&O::forward_x11_timeout, NoneIsUsual>("ForwardX11Timeout", obeyed, "after this no new untrusted X11 connections"),
    keyword<&O::forward_x11_trusted>("ForwardX11Trusted", obeyed, "remote X11 clients may do everything"),
    keyword<&O::gateway_ports>("GatewayPorts", obeyed, "others may connect to forwarded local ports"),
    keyword<&O::global_known_hosts_file, WordsOrNone>("GlobalKnownHostsFile", obeyed, "keys of hosts, kept by the administrator"),
    bare("GlobalKnownHostsFile2", deprecated, "GlobalKnownHostsFile takes several files"),
    keyword<&O::gssapi_authentication>("GSSAPIAuthentication", obeyed, "log in with Kerberos"),
    keyword<&O::gssapi_client_identity>("GSSAPIClientIdentity", ours, "Kerberos principal to log in as"),
    keyword<&O::gssapi_delegate_credentials>("GSSAPIDelegateCredentials", obeyed, "hand Kerberos tickets to the server"),
    bare("GSSAPIKexAlgorithms", ignored, "Debian's key exchange with Kerberos is not offered"),
    unprinted(keyword<&O::gssapi_key_exchange>("GSSAPIKeyExchange", unsupported, "not supported: the server is known by its host key, the login may be by Kerberos all the same")),
    unprinted(keyword<&O::gssapi_renewal_forces_rekey>("GSSAPIRenewalForcesRekey", unsupported, "not supported: it belongs to the key exchange with Kerberos")),
    keyword<&O::gssapi_server_identity>("GSSAPIServerIdentity", ours, "name by which Kerberos knows the server"),
    keyword<&O::gssapi_trust_dns>("GSSAPITrustDns", ours, "believe the DNS about the name by which Kerberos knows the server"),
    keyword<&O::hash_known_hosts>("HashKnownHosts", obeyed, "hide the names of hosts that are learnt"),
    bare("Host", structure, "what follows holds for hosts of these names"),
    keyword<&O::hostbased_accepted_algorithms, Algorithms<AlgorithmList::signatures>>("HostbasedAcceptedAlgorithms", obeyed, "signatures for host-based logins"),
    keyword<&O::hostbased_authentication>("HostbasedAuthentication", obeyed, "log in on the word of this machine"),
    keyword<&O::host_key_algorithms, Algorithms<AlgorithmList::signatures>>("HostKeyAlgorithms", obeyed, "signatures of the server, in order of preference"),
    keyword<&O::host_key_alias>("HostKeyAlias", obeyed, "name under which the server's key is looked up"),
    keyword<&O::host_name>("HostName", obeyed, "real name or address to connect to"),
    keyword<&O::identities_only>("IdentitiesOnly", obeyed, "offer configured keys only, not all of the agent's"),
    keyword<&O::identity_agent>("IdentityAgent", obeyed, "socket of the agent"),
    keyword<&O::identity_file, OneEach>("IdentityFile", obeyed, "private key to log in with"),
    keyword<&O::ignore_unknown>("IgnoreUnknown", obeyed, "unknown keywords that are no errors"),
    bare("Include", structure, "other files to read here"),
    keyword<&O::ip_qos>("IPQoS", obeyed, "DSCP of interactive and of bulk connections"),
    keyword<&O::kbd_interactive_authentication>("KbdInteractiveAuthentication", obeyed, "log in by answering questions"),
    keyword<&O::kbd_interactive_devices>("KbdInteractiveDevices", obeyed, "kinds of questions to ask for"),
    bare("KerberosAuthentication", unsupported, "of protocol version 1"),
    bare("KerberosTgtPassing", unsupported, "of protocol version 1"),
    keyword<&O::kex_algorithms, Algorithms<AlgorithmList::kex_client>>("KexAlgorithms", obeyed, "key exchanges, in order of preference"),
    keyword<&O::known_hosts_command, Command>("KnownHostsCommand", obeyed, "command that prints keys of hosts"),
    keyword<&O::local_command, Command>("LocalCommand", obeyed, "command to run here after login"),
    keyword<&O::local_forward, Forwards<ForwardKind::local>>("LocalForward", obeyed, "local port that leads to a place behind the server"),
    keyword<&O::log_level>("LogLevel", obeyed, "how much is said"),
    keyword<&O::log_verbose, WordsOrNone>("LogVerbose", unsupported, "not supported: its patterns name places in the source of OpenSSH; use LogLevel"),
    keyword<&O::macs, Algorithms<AlgorithmList::macs>>("MACs", obeyed, "message authentication codes, in order of preference"),
    bare("Match", structure, "what follows holds if all of these are true"),
    keyword<&O::no_host_authentication_for_localhost>("NoHostAuthenticationForLocalhost", obeyed, "do not check keys of this machine"),
    keyword<&O::number_of_password_prompts>("NumberOfPasswordPrompts", obeyed, "how often a password is asked for"),
    keyword<&O::obscure_keystroke_timing>("ObscureKeystrokeTiming", obeyed, "hide when keys are pressed"),
    keyword<&O::password_authentication>("PasswordAuthentication", obeyed, "log in with a password"),
    keyword<&O::permit_local_command>("PermitLocalCommand", obeyed, "allow LocalCommand and ~!"),
    keyword<&O::permit_remote_open>("PermitRemoteOpen", obeyed, "where a remote SOCKS forwarding may lead"),
    keyword<&O::pkcs11_provider, OptionalWord>("PKCS11Provider", obeyed, "library of a smart card"),
    keyword<&O::port>("Port", obeyed, "port of the server"),
    keyword<&O::preferred_authentications>("PreferredAuthentications", obeyed, "order in which ways to log in are tried"),
    bare("Protocol", ignored, "there is only version 2"),
    keyword<&O::proxy_command, Command>("ProxyCommand", obeyed, "command whose input and output are the connection"),
    keyword<&O::proxy_jump, Jumps>("ProxyJump", obeyed, "hosts to go through"),
    keyword<&O::proxy_use_fdpass>("ProxyUseFdpass", obeyed, "ProxyCommand hands back a connected socket"),
    keyword<&O::pubkey_accepted_algorithms, Algorithms<AlgorithmList::signatures>>("PubkeyAcceptedAlgorithms", obeyed, "signatures with which to log in"),
    keyword<&O::pubkey_authentication>("PubkeyAuthentication", obeyed, "log in with a key"),
    keyword<&O::refuse_connection, OptionalWord>("RefuseConnection", obeyed, "do not connect, print this"),
    keyword<&O::rekey_limit>("RekeyLimit", obeyed, "data and time after which keys are renewed"),
    keyword<&O::remote_command, Command>("RemoteCommand", obeyed, "command to run on the server"),
    keyword<&O::remote_forward, Forwards<ForwardKind::remote>>("RemoteForward", obeyed, "port of the server that leads to a place behind this machine"),
    keyword<&O::request_tty>("RequestTTY", obeyed, "ask for a terminal"),
    keyword<&O::required_rsa_size>("RequiredRSASize", obeyed, "smallest RSA key that is good enough"),
    keyword<&O::revoked_host_keys, WordsOrNone>("RevokedHostKeys", obeyed, "files of keys that are good no more"),
    bare("RhostsAuthentication", deprecated, "of protocol version 1"),
    bare("RhostsRSAAuthentication", unsupported, "of protocol version 1"),
    bare("RSAAuthentication", unsupported, "of protocol version 1"),
    keyword<&O::security_key_provider>("SecurityKeyProvider", obeyed, "library for FIDO tokens"),
    keyword<&O::send_env, VariablePatterns>("SendEnv", obeyed, "variables of the environment to send"),
    keyword<&O::server_alive_count_max>("ServerAliveCountMax", obeyed, "unanswered questions after which the connection is given up"),
    keyword<&O::server_alive_interval, NoneIsUsual>("ServerAliveInterval", obeyed, "silence after which the server is asked whether it lives"),
    keyword<&O::session_type>("SessionType", obeyed, "shell or command, subsystem, or nothing at all"),
    keyword<&O::set_env>("SetEnv", obeyed, "variables to set on the server"),
    keyword<&O::stdin_null>("StdinNull", obeyed, "read nothing from standard input (-n)"),
    keyword<&O::stream_local_bind_mask, Octal>("StreamLocalBindMask", obeyed, "mode bits that forwarded sockets do not get"),
    keyword<&O::stream_local_bind_unlink>("StreamLocalBindUnlink", obeyed, "remove a socket that is in the way"),
    keyword<&O::strict_host_key_checking>("StrictHostKeyChecking", obeyed, "what to do about unknown keys of hosts"),
    keyword<&O::syslog_facility>("SyslogFacility", obeyed, "facility of the system log"),
    keyword<&O::tag>("Tag", obeyed, "a word for Match tagged"),
    keyword<&O::tcp_keep_alive>("TCPKeepAlive", obeyed, "let the kernel notice dead connections"),
    keyword<&O::tunnel>("Tunnel", obeyed, "forward a network interface"),
    keyword<&O::tunnel_device>("TunnelDevice", obeyed, "numbers of the tunnel's interfaces"),
    keyword<&O::update_host_keys>("UpdateHostKeys", obeyed, "learn further keys of a trusted server"),
    bare("UseBlacklistedKeys", deprecated, "Debian: there is no list of the weak keys of 2008"),
    bare("UsePrivilegedPort", deprecated, "was for rhosts"),
    keyword<&O::user>("User", obeyed, "name to log in as"),
    keyword<&O::user_known_hosts_file, WordsOrNone>("UserKnownHostsFile", obeyed, "keys of hosts, learnt by the user"),
    bare("UserKnownHostsFile2", deprecated, "UserKnownHostsFile takes several files"),
    bare("UseRoaming", deprecated, "never was in use"),
    bare("UseRsh", deprecated, "rsh is gone"),
    keyword<&O::verify_host_key_dns>("VerifyHostKeyDNS", obeyed, "look for fingerprints in the DNS"),
    keyword<&O::version_addendum, Command>("VersionAddendum", obeyed, "text to add to the first line that is sent"),
    keyword<&O::visual_host_key>("VisualHostKey", obeyed, "draw the server's key"),
    keyword<&O::warn_weak_crypto>("WarnWeakCrypto", obeyed, "say it when the connection could be recorded and broken later"),
    keyword<&O::xauth_location>("XAuthLocation", obeyed, "path of xauth"),
};

constexpr std::array aliases{
    KeywordAlias{"ChallengeResponseAuthentication", "KbdInteractiveAuthentication"},
    KeywordAlias{"DSAAuthentication", "PubkeyAuthentication"},
    KeywordAlias{"HostbasedKeyTypes", "HostbasedAcceptedAlgorithms"},
    KeywordAlias{"IdentityFile2", "IdentityFile"},
    KeywordAlias{"KeepAlive", "TCPKeepAlive"},
    KeywordAlias{"ProtocolKeepAlives", "ServerAliveInterval"},   // Debian's
    KeywordAlias{"PubkeyAcceptedKeyTypes", "PubkeyAcceptedAlgorithms"},
    KeywordAlias{"SetupTimeOut", "ServerAliveInterval"},         // Debian's
    KeywordAlias{"SkeyAuthentication", "KbdInteractiveAuthentication"},
    KeywordAlias{"SmartcardDevice", "PKCS11Provider"},
    KeywordAlias{"TISAuthentication", "KbdInteractiveAuthentication"},
};
// clang-format on

static_assert(sorted_ignoring_case(rows));
static_assert(sorted_ignoring_case(aliases));

constexpr KeywordTable<O> table{rows, aliases};

} // namespace

const KeywordTable<ClientOptions>& client_keywords() { return table; }

} // namespace nacre
