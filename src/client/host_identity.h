// Is this the server that the person means?  known_hosts decides, or the person does.
//
// Every path that does not say yes says no: the zero of HostTrust rejects, and no error maps to
// acceptance.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "client/configuration.h"
#include "client/host_key_dns.h"
#include "client/known_hosts_command.h"
#include "client/known_hosts_files.h"
#include "client/person.h"
#include "keys/public_key.h"

namespace nacre {

enum class HostTrust {
    rejected,
    accepted,
    accepted_unsafely,             // a changed key under StrictHostKeyChecking=no: nothing secret may be typed there
};

class HostIdentity {
public:
    HostIdentity(const Configuration& configuration, KnownHostsFiles files, const Person& person, Log& log);

    // The offer: algorithms of keys that are known for the host come first, unless the person has chosen.
    std::string host_key_algorithms() const;

    // Whether a server that would rather show its key of this algorithm may be asked for that one: we know such a key, and
    // nobody cares which of the host's keys is shown.
    bool may_ask_for(std::string_view algorithm, std::string_view offer) const;
    // Whether the files know this very key, and nothing speaks against it.  Says nothing to anybody.
    bool knows(const PublicKey& key) const;

    // Whether the key was found in the user's own files, or the person has said yes: then the server may tell more of its
    // keys (UpdateHostKeys).  After judge().
    bool may_learn_more() const { return may_learn_more_; }
    // Whether the key was recorded before anybody was asked.  After judge().
    bool was_known() const { return was_known_; }
    const std::string& name() const { return name_; }             // as files have it

    // `address`: the server's, where we know it.
    HostTrust judge(const PublicKey& key, const std::optional<std::string>& address);

private:
    std::vector<KeyKind> known_kinds() const;
    HostTrust judge_shown(const PublicKey& key, const std::optional<std::string>& address);
    bool ask_command(KnownHostsPurpose purpose, const std::string& name, const PublicKey& key);
    std::optional<HostTrust> judge_certificate(const PublicKey& key);
    HostTrust judge_known(const PublicKey& key, const HostKeyJudgement& judgement);
    HostTrust refuse_revoked(const PublicKey& key, const HostKeyJudgement& judgement) const;
    HostTrust changed(const PublicKey& key, const HostKeyJudgement& judgement) const;
    HostTrust unknown(const PublicKey& key);
    HostTrust judge_address(const PublicKey& key);
    bool dns_vouches_for(const PublicKey& key);
    HostKeyJudgement in_files(const PublicKey& key) const;
    bool is_in_users_files(const HostKeyJudgement& judgement) const;
    bool person_accepts(const PublicKey& key, const std::string& fingerprint);
    void explain_how_to_learn(const PublicKey& key) const;
    // "Permanently added {what} to the list of known hosts."
    void remember(const PublicKey& key, const std::string& name, std::string_view what) const;
    bool is_revoked_by_list(const PublicKey& key) const;
    std::string shown(const PublicKey& key) const;                // "ED25519 key fingerprint is SHA256:…" for a person

    const Configuration& configuration_;
    const ClientOptions& options_;
    KnownHostsFiles files_;
    const Person& person_;
    Log& log_;
    std::string name_;                                            // as files have it: "host", "[host]:port", or the alias
    std::string name_shown_;
    std::string address_shown_;
    std::optional<std::string> address_in_file_;                  // CheckHostIP: the other name that the key must fit
    std::optional<HostKeyDns> dns_;                               // VerifyHostKeyDNS
    DnsOpinion dns_says_;
    bool command_ran_ = false;                                    // KnownHostsCommand, for the key that was shown
    bool may_learn_more_ = false;
    bool was_known_ = false;
    bool art_was_shown_ = false;                                  // VisualHostKey, with the question
};

// `algorithms` with those of the kinds that are known moved to the front; otherwise in the same order.
std::string known_kinds_first(const std::string& algorithms, const std::vector<KeyKind>& kinds);

} // namespace nacre
