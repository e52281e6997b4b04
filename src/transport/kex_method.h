// One way of agreeing on a secret: what varies between key exchanges (RFC 4253 §8, 4419, 5656, 8731, hybrids).
//
// A method sees and makes whole payloads of the numbers 30–49, and knows nothing of host
// keys' meaning, of negotiation or of packets.  Both sides end with the same KexAgreement;
// key_exchange.cpp hashes, signs and verifies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace nacre {

struct KexAgreement {
    SecretBytes k;            // the shared secret as it enters hashes: an encoded mpint, or for hybrids an encoded string
    ByteVector exchanged;     // the method's own part of the exchange hash, encoded: between K_S and K (RFC 4253 §8)
};

// K of curve25519 as OpenSSH 6.5 and 6.6 encode it: an mpint of no fewer than 32 bytes, whatever zeros are in front.
SecretBytes with_zeros_kept(const SecretBytes& k);

using KexPayload = ByteVector;                                    // a whole payload, number included, ready to send

// What the client makes of the server's last message.
struct KexReply {
    ByteVector host_key;                                          // K_S
    ByteVector signature;                                         // of H, not verified yet
    KexAgreement agreement;
};

class ClientKex {
public:
    virtual ~ClientKex() = default;
    virtual KexPayload start() = 0;                               // the first message; called once, possibly as a guess
    // Whether this payload is the one that may come next is checked here: a wrong number is an error.
    virtual Result<std::variant<KexPayload, KexReply>> receive(Bytes payload) = 0;
};

class ServerKex {
public:
    virtual ~ServerKex() = default;
    virtual Result<std::variant<KexPayload, KexAgreement>> receive(Bytes payload) = 0;
    virtual KexPayload reply(Bytes host_key, Bytes signature) = 0;   // after receive() gave the agreement
};

// A safe-prime group for group exchange (RFC 4419).
struct Group {
    ByteVector generator, prime;                                  // big-endian
};
std::size_t bits_of(Bytes number);                                // big-endian

class GroupSource {
public:
    virtual ~GroupSource() = default;
    virtual std::optional<Group> choose(std::uint32_t min_bits, std::uint32_t wanted_bits, std::uint32_t max_bits) = 0;
};

struct KexContext {
    Random& random;
    std::uint32_t wanted_bits = 3072;                             // group exchange: what the cipher's key size asks for
    GroupSource* groups = nullptr;                                // group exchange, server only; null: built-in groups
    Log* log = nullptr;
};

// Whose default list a method is in.  Finite-field groups cost a server far more than the client that asks for them.
enum class KexOffer { by_both, by_clients, when_named };

struct KexRow {
    std::string_view name;
    HashKind hash;
    bool post_quantum;
    KexOffer offer;
    std::unique_ptr<ClientKex> (*make_client)(const KexRow&, KexContext);
    std::unique_ptr<ServerKex> (*make_server)(const KexRow&, KexContext);
};

inline bool offered_by_client(const KexRow& row) { return row.offer != KexOffer::when_named; }
inline bool offered_by_server(const KexRow& row) { return row.offer == KexOffer::by_both; }

std::span<const KexRow> kex_methods();                            // in order of preference
const KexRow* find_kex_method(std::string_view name);

} // namespace nacre
