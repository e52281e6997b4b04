// What programs that use the library read at the start: keys and known_hosts files, an agent's keys.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keys/known_hosts.h"
#include "keys/signer.h"
#include "session/client_answers.h"

namespace nacre {

// A private key from a file.  not_permitted: it needs a passphrase, or another one.
Result<Signer> signer_from_file(const std::string& path, std::string_view passphrase = {});

// The keys of the agent that `path` leads to ($SSH_AUTH_SOCK); signing waits for the agent.  Each signature is asked for by a
// connection of its own, so these may be used in several threads, and outlive the agent if it is started again.
Result<std::vector<Signer>> signers_of_agent(const std::string& path);

// Is this the key of a host of which nothing is recorded, no key and no authority?  A person may know, or one trusts on
// first use; to know the host the next time, append known_hosts_line(host_name_in_file(host, port), key) to the file.
// Not asked about a key that has changed or is revoked: that is refused.
using OnUnknownHost = std::function<bool(const PublicKey& key)>;

// Accepts the keys, and the certificates of the authorities, that these files record for a host; without `on_unknown`,
// no others.
HostCheck known_host(KnownHosts files, std::string_view host, std::uint16_t port = 22, OnUnknownHost on_unknown = {});
// The same with one file, which may be missing: then nothing is recorded.
Result<HostCheck> known_host_in_file(const std::string& path, std::string_view host, std::uint16_t port = 22,
                                     OnUnknownHost on_unknown = {});

} // namespace nacre
