// Which keys to offer, in which order, and how each one signs.
//
// A key file without a passphrase is opened at once and signs freely; one with a passphrase is
// offered by its public half, and the person is asked only when the server would take it.
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

namespace nacre {

class Identities {
public:
    static Identities load(const Configuration& configuration, const Person& person, Log& log);

    // Certificates first.  What sign() calls by a number is what this answered last.
    std::vector<CandidateKey> candidates();

    // Asks for the passphrase if there is one.  Nothing: the key cannot be used, and why has been said.
    std::optional<ByteVector> sign(std::size_t index, std::string_view algorithm, Bytes data);

private:
    struct Entry {
        std::string path;
        PublicKey public_key;
        std::optional<PrivateKey> private_key;                    // nothing: locked
    };

    Identities(const Person& person, Log& log) : person_(person), log_(log) {}
    void load_file(const std::string& path, bool told_if_missing);
    bool add(Entry entry);                                        // false: the same key is there already
    bool unlock(Entry& entry);

    struct Offer {
        std::size_t entry;                                        // that signs
        std::optional<std::size_t> certificate;                   // that is shown instead of its key
    };

    const Person& person_;
    Log& log_;
    std::vector<Entry> entries_;
    std::vector<OwnCertificate> certificates_;
    std::vector<Offer> offers_;
};

// The warning about a private key that others may read, line by line.
std::vector<std::string> unprotected_key_warning(const std::string& path, unsigned mode);

} // namespace nacre
