// PRIVILEGED: used by the listener, which reads them, and the monitor, which signs.  The host's private keys.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/server_options.h"
#include "keys/private_key.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

class OwnHostKeys {
public:
    // Every file that cannot be used is named in the log; missing default files are not.
    static OwnHostKeys load(const ServerOptions& options, Log& log);

    // Between our own processes, through memory that only they have.
    void write(Writer out) const;
    static Result<OwnHostKeys> read(Reader& in);

    bool empty() const { return keys_.empty(); }
    const PrivateKey* find(Bytes public_blob) const;              // of a key, or of a certificate about it
    std::vector<ByteVector> public_blobs() const;                 // certificates too
    // Those of a comma list that one of the keys can make.
    std::string usable_algorithms(std::string_view list) const;

private:
    void load_certificates(const ServerOptions& options, Log& log);
    const PrivateKey* find_plain(const PublicKey& key) const;

    std::vector<PrivateKey> keys_;
    std::vector<PublicKey> certificates_;                         // HostCertificate, each about one of the keys
};

} // namespace nacre
