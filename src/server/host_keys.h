// PRIVILEGED: used by the listener, which reads them, and the monitor, which signs.  The host's private keys.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/server_options.h"
#include "keys/private_key.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

struct OwnHostKey {
    PublicKey public_key;
    std::optional<PrivateKey> private_key;                        // nothing: it is in the agent
};

class OwnHostKeys {
public:
    // Every file that cannot be used is named in the log; missing default files are not.
    static OwnHostKeys load(const ServerOptions& options, Log& log);

    // Between our own processes, through memory that only they have.
    void write(Writer out) const;
    static Result<OwnHostKeys> read(Reader& in);

    bool empty() const { return keys_.empty(); }
    const OwnHostKey* find(Bytes public_blob) const;              // of a key, or of a certificate about it
    const std::string& agent_socket() const { return agent_socket_; }   // HostKeyAgent
    std::vector<ByteVector> public_blobs() const;                 // certificates too
    // Those of a comma list that one of the keys can make.
    std::string usable_algorithms(std::string_view list) const;

private:
    void load_certificates(const ServerOptions& options, Log& log);
    const OwnHostKey* find_plain(const PublicKey& key) const;

    std::vector<OwnHostKey> keys_;
    std::string agent_socket_;
    std::vector<PublicKey> certificates_;                         // HostCertificate, each about one of the keys
};

} // namespace nacre
