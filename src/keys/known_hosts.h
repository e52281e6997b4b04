// known_hosts files: which key belongs to which host (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
//
// A line is split first and matched by host name; its key is decoded only then, so that long
// files cost little.  Text in, answers out: reading and writing files is for others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/random.h"
#include "keys/public_key.h"

namespace nacre {

inline constexpr std::size_t known_hosts_limit = 64 * 1024 * 1024;   // bytes; longer files are refused

enum class HostMarker { none, cert_authority, revoked };          // what the line says of its key

// One line, as views into it.
struct KnownHostsLine {
    HostMarker marker = HostMarker::none;
    std::string_view hosts;                                       // patterns with commas, or one hashed name
    std::string_view key_type;
    std::string_view key_base64;
    std::string_view comment;

    bool is_hashed() const { return hosts.starts_with('|'); }     // the host's name cannot be read
    bool matches(std::string_view name) const;                    // a name as made by host_name_in_file()
    Result<PublicKey> key() const;                                // decoded, and checked
    // Like key(), but content with types that we do not know: for editing files that others read too.
    Result<void> check_key() const;
};

// Nothing for blank lines and comments.  Checks the form of the line, not yet its key.
Result<std::optional<KnownHostsLine>> parse_known_hosts_line(std::string_view line);

// The way files spell a host: lower case, "name" for port 22, else "[name]:port".
std::string host_name_in_file(std::string_view host, std::uint16_t port = 22);

struct KnownHostsPlace {                                          // where something is recorded
    std::string file;
    std::size_t line = 0;                                         // from 1
};

struct KnownHostsMatch {                                          // a line that is about the host
    KnownHostsPlace place;
    HostMarker marker;
    std::string hosts;                                            // as written
    PublicKey key;
};

struct KnownHostsProblem {                                        // a line that cannot be read
    KnownHostsPlace place;
    std::string what;
};

// Zero rejects.
enum class HostKeyStatus {
    revoked,                                                      // marked so for this host
    changed,                                                      // another key is recorded, of whatever type
    unknown,                                                      // none is recorded
    known,
};

struct HostKeyJudgement {                                         // what the files say of a key
    HostKeyStatus status = HostKeyStatus::revoked;
    std::vector<KnownHostsPlace> places;                          // the lines that decided
};

// The files of a client, or of a server's host-based authentication, in their order.
class KnownHosts {
public:
    void add(std::string file_name, std::string text);            // a file more; the name is for messages

    // Lines for any of these names (as made by host_name_in_file; several for a host and its address).
    std::vector<KnownHostsMatch> lookup(std::span<const std::string> names) const;

    // Plain keys only: certificate authorities have no part in it, revocations have.
    HostKeyJudgement judge(std::span<const std::string> names, const PublicKey& key) const;

    // Of a host's certificate: `known` if a line for the host has its authority marked @cert-authority, `revoked` if one
    // revokes the key or the authority, else `unknown`.  What the certificate itself says is not looked at.
    HostKeyJudgement judge_authority(std::span<const std::string> names, const PublicKey& key,
                                     const PublicKey& authority) const;
    bool has_authority(std::span<const std::string> names) const;   // a line marked @cert-authority

    // Kinds of plain keys recorded for the host, each once; orders the host key algorithms that we offer.
    std::vector<KeyKind> kinds_for(std::span<const std::string> names) const;

    // Every place where this key is recorded unrevoked, under whatever name (host names are as written, so hashes
    // stay hashes): to say that a new host is an old friend.
    std::vector<KnownHostsMatch> places_of(const PublicKey& key) const;

    // Lines that cannot be read, keys included.
    std::vector<KnownHostsProblem> problems() const;

private:
    struct File {
        std::string name;
        std::string text;
    };
    std::vector<File> files_;
};

// Writing

// "|1|salt|HMAC-SHA1(salt, name)".
std::string hash_host_name(std::string_view name, Random& random);

// One line with its end.  `hosts` are names or patterns with commas, or a hashed name.
std::string known_hosts_line(std::string_view hosts, const PublicKey& key, std::string_view comment = {});

struct KnownHostsEdit {                                           // a text after a change, and what that was
    std::string text;
    std::size_t changed = 0;                                      // names hashed, or lines removed
    std::vector<std::size_t> lines;                               // which (numbers in the old text)
    std::vector<std::size_t> wildcards;                           // lines left alone because a pattern cannot be hashed
};

// Both refuse a text with an unreadable line, so that nothing is lost.  Marked lines stay as they are.
Result<KnownHostsEdit> hash_known_hosts(std::string_view text, Random& random);
Result<KnownHostsEdit> remove_known_host(std::string_view text, std::string_view name);   // all lines about that name

} // namespace nacre
