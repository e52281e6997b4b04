// Which keys to offer, in which order, and how each one signs.
//
// A key file without a passphrase is opened at once and signs freely; one with a passphrase is
// offered by its public half, and the person is asked only when the server would take it.  Where no
// public half is to be had (PEM files hide it), the person is asked when that key's turn comes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/client_auth.h"
#include "base/log.h"
#include "client/certificates.h"
#include "client/configuration.h"
#include "client/person.h"
#include "keys/private_key.h"
#include "keys/public_key.h"
#include "runtime/agent_link.h"
#include "runtime/pkcs11_keys.h"
#include "runtime/security_keys.h"

namespace nacre {

class Identities {
public:
    static Identities load(const Configuration& configuration, const Person& person, Log& log);

    // The keys that this agent holds besides those of the files; first come those that are both.  What has its private key
    // neither here nor there is no candidate.  Before candidates(), and again for a connection made anew, to which the agent
    // may show others: then its keys are tried in its own order, which may do where too many were offered first.
    void use_agent(std::optional<AgentLink> agent);

    // Certificates of files, keys of files that the agent has, the agent's certificates and keys, keys of files.  What
    // sign() calls by a number is what this answered last.
    std::vector<CandidateKey> candidates();
    std::string_view signer_of(std::size_t index) const;          // of the same: "agent", "token" or "file"

    // Of a candidate without a blob: its blob.  Asks for the passphrase.  Nothing: it cannot be used, and why has been said.
    std::optional<ByteVector> open(std::size_t index);

    // Asks for the passphrase if there is one.  Nothing: the key cannot be used, and why has been said.
    std::optional<ByteVector> sign(std::size_t index, std::string_view algorithm, Bytes data);

    // What was not offered, a line for each: certificates that hold no more, or not yet; RSA keys that are too short.
    const std::vector<std::string>& left_out() const { return left_out_; }

private:
    struct Entry {
        std::string name;                                         // for people: the path, or the agent's comment
        std::string path;                                         // empty: not in a file
        std::optional<PublicKey> public_key;                      // nothing: only the passphrase can show it
        std::optional<PrivateKey> private_key;                    // nothing: locked, or not here
        bool in_agent = false;
        bool in_token = false;                                    // PKCS#11
        bool was_given_to_agent = false;                          // by us, after it had listed its keys
        std::string comment{};                                    // of the file
        std::vector<std::string> unusable{};                      // why the file is, to be said if no agent has the key

        bool is(const PublicKey& key) const { return public_key && *public_key == key; }
        bool is_of_security_key() const { return public_key && public_key->type().is_of_token(); }
        bool can_sign() const { return !path.empty() || in_agent || in_token; }
        bool signs_freely() const { return private_key && !in_agent && !is_of_security_key(); }
    };

    Identities(const ClientOptions& options, const Person& person, Log& log)
        : options_(options), person_(person), log_(log)
    {
    }
    void load_file(const std::string& path, bool told_if_missing);
    void load_locked_file(const std::string& path, Bytes content);
    bool load_public_file(const std::string& path, std::vector<std::string> unusable = {});
    void leave_to_agent(const std::string& path, std::vector<std::string> why);
    void load_token_keys();                                       // PKCS11Provider
    std::optional<ByteVector> sign_with_token(const Entry& entry, std::string_view algorithm, Bytes data);
    void take_agent_keys(std::vector<agent::Identity> held);
    TokenPerson person_at_token() const;
    Result<ByteVector> sign_with_file(const Entry& entry, std::string_view algorithm, Bytes data);
    std::optional<ByteVector> sign_with_agent(Entry& entry, std::string_view algorithm, Bytes data);
    void add_to_agent(Entry& entry);                              // AddKeysToAgent
    bool may_add(const Entry& entry) const;
    bool add(Entry entry);                                        // false: the same key is there already
    bool unlock(Entry& entry);
    bool is_unfit(const PublicKey& key, const std::string& name);  // then it is left out

    struct Offer {
        std::size_t entry;                                        // that signs
        std::optional<std::size_t> certificate;                   // that is shown instead of its key
    };

    const ClientOptions& options_;
    const Person& person_;
    Log& log_;
    std::vector<Entry> entries_;
    std::vector<OwnCertificate> certificates_;
    std::vector<Offer> offers_;
    std::vector<std::string> left_out_;
    std::optional<AgentLink> agent_;
    std::optional<Pkcs11Keys> token_;
};

// The warning about a private key that others may read, line by line.
std::vector<std::string> unprotected_key_warning(const std::string& path, unsigned mode);

} // namespace nacre
