// PRIVILEGED: used by the listener, which reads them, and the monitor, which signs.  The host's private keys.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
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

// A file of a key, or of a certificate about one, and why it is left out.
struct UnusableHostKey {
    std::string path;
    std::string why;                                              // a sentence for the log
    int os_error = 0;                                             // 0: it could be read
};

inline constexpr std::string_view no_host_keys = "no hostkeys available";

class OwnHostKeys {
public:
    // Every file that cannot be used is named in the log; missing default files are not.
    static OwnHostKeys load(const ServerOptions& options, Log& log);

    // Between our own processes, through memory that only they have.
    void write(Writer out) const;
    static Result<OwnHostKeys> read(Reader& in);

    bool empty() const { return keys_.empty(); }
    const std::vector<UnusableHostKey>& unusable() const { return unusable_; }   // of load(): what the log was told
    const OwnHostKey* find(Bytes public_blob) const;              // of a key, or of a certificate about it
    const std::string& agent_socket() const { return agent_socket_; }   // HostKeyAgent
    std::vector<ByteVector> public_blobs() const;                 // certificates too
    // Those of a comma list that one of the keys can make.
    std::string usable_algorithms(std::string_view list) const;

private:
    void load_certificates(const ServerOptions& options, Log& log);
    void leave_out(UnusableHostKey file, Log& log);
    const OwnHostKey* find_plain(const PublicKey& key) const;

    std::vector<OwnHostKey> keys_;
    std::string agent_socket_;
    std::vector<UnusableHostKey> unusable_;
    std::vector<PublicKey> certificates_;                         // HostCertificate, each about one of the keys
};

} // namespace nacre
