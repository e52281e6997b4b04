// What a Transport is told at the start, and what it says while it runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"
#include "transport/proposal.h"
#include "transport/rekey_policy.h"
#include "transport/software_version.h"

namespace nacre {

struct TransportSettings {                                        // what may differ from the usual
    std::string version_line{our_version_line};                   // without line end
    Proposal proposal = Proposal::defaults();
    RekeyLimits rekey{};
    std::uint32_t required_rsa_bits = 1024;
    int compression_level = default_compression_level;

    // Client: the method, one of the proposal's, whose first message leaves behind KEXINIT without waiting; empty: none.
    // It counts only when the first key exchange and host key algorithm of both sides agree (RFC 4253 §7), so the method
    // goes to the front of what is offered.  Where something else would have been agreed on without that, the connection
    // ends before anything depends on it: see Transport::guess_misled().
    std::string guess_kex{};

    // Server: the public host keys, one of each type, and what server-sig-algs names (RFC 8308 §3.1).
    std::vector<ByteVector> host_keys{};
    std::string server_sig_algs{};
    bool forwards_agents = false;                                 // a server that takes the names of RFC 9987 says so
    GroupSource* groups = nullptr;                                // for group exchange; may be null
};

// A message for the layers above: auth or connection.
struct IncomingMessage {
    MessageNumber number;
    SequenceNumber sequence;
    Bytes payload{};                                              // whole, with the number
};

// Client: the signature is right; is this the host's key?  Asked once per connection: a key exchange later must show
// the same key.
struct HostKeyQuestion {
    Bytes host_key{};                                             // blob
    std::string_view algorithm{};
    Bytes session_id{};                                           // valid until the answer, like
    Bytes signature{};                                            // the host key's, over the session id: proof for agents
};
// The answer to HostKeyQuestion.
enum class HostKeyVerdict { reject, accept };                     // zero is "no"

// Server: sign `data` (the exchange hash) with the private half of `host_key`.
struct SignatureQuestion {
    std::string_view algorithm{};
    Bytes host_key{};
    Bytes data{};
};

// Our direction uses new keys from here on; `first` for the exchange that began the connection.
struct KeysInUse {
    bool first;
};

struct PeerLeft {                                                 // the other side has said goodbye
    std::uint32_t reason;
    std::string_view description{};                               // as sent: not printable
};

// Whatever a transport hands out.
using TransportEvent = std::variant<IncomingMessage, HostKeyQuestion, SignatureQuestion, KeysInUse, PeerLeft>;

} // namespace nacre
