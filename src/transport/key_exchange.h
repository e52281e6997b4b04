// One key exchange, from KEXINIT to NEWKEYS in both directions (RFC 4253 §7, §8).
//
//     AwaitInit ─► AwaitMethod ─► AwaitVerdict (client) or AwaitSignature (server) ─► AwaitNewKeys ─► done
//
// Both sides run the same machine; they differ in who starts the method and who signs.
// Replies go straight to the packet writer, and keys change there and in the reader.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/log.h"
#include "transport/packet_reader.h"
#include "transport/packet_writer.h"
#include "transport/peer_faults.h"
#include "transport/session_keys.h"
#include "transport/transport_settings.h"

namespace nacre {

// What stays the same over all exchanges of a connection.
struct ConnectionIdentity {
    std::string client_version, server_version;                   // the lines, without line ends
    ByteVector session_id;                                        // empty until the first exchange has it
    ByteVector host_key;                                          // blob, of the first exchange; the client refuses another later
    bool strict = false;                                          // kex-strict: decided by the first exchange
    bool peer_wants_ext_info = false;
    std::string peer_kex_methods, peer_first_host_key_algorithm;  // what a guess next time needs to know
};

class KeyExchange {
public:
    KeyExchange(Role role, const TransportSettings& settings, ConnectionIdentity& identity, PacketReader& in,
                PacketWriter& out, Random& random, Log& log);

    void start();                                                 // sends our KEXINIT (and the guess)

    using Event = std::variant<HostKeyQuestion, SignatureQuestion, KeysInUse>;
    Result<std::optional<Event>> receive(IncomingPacket packet);
    Result<std::optional<Event>> answer(HostKeyVerdict verdict);
    Result<std::optional<Event>> answer_signature(Bytes signature);

    bool asks() const;                                            // a question is open
    bool peer_has_begun() const { return !peer_init_.empty(); }
    bool sends_under_new_keys() const { return sealed_; }
    bool is_first() const { return first_; }
    bool finished() const { return sealed_ && opened_; }
    bool guess_missed() const { return guessed_ && peer_has_begun() && !agreed_.guess_was_right; }
    bool guess_misled() const { return guess_misled_; }
    const Agreed& agreed() const { return agreed_; }

private:
    struct AwaitInit {};
    struct AwaitMethod {};
    struct AwaitVerdict {
        KexReply reply;
    };
    struct AwaitSignature {
        KexAgreement agreement;
        ByteVector host_key;
    };
    struct AwaitNewKeys {};

    using Step = Result<std::optional<Event>>;
    Step on_init(IncomingPacket packet);
    Step on_method(Bytes payload);
    Step on_client_reply(KexReply reply);
    Step on_server_agreement(KexAgreement agreement);
    Step on_new_keys();
    Step take_sending_keys(KexAgreement agreement);

    void choose_guess();
    Result<void> check_guess(const KexInit& theirs);
    void decide_markers(const KexInit& theirs);
    void start_method();
    void log_agreed() const;
    KexContext kex_context() const;
    bool peer_has(PeerFault fault) const;
    KexAgreement as_peer_has_it(KexAgreement agreement) const;
    ByteVector exchange_hash(Bytes host_key, const KexAgreement& agreement) const;
    Result<ByteVector> our_host_key() const;
    KeyMaterial material() const;

    Role role_;
    const TransportSettings& settings_;
    ConnectionIdentity& identity_;
    PacketReader& in_;
    PacketWriter& out_;
    Random& random_;
    Log& log_;

    std::variant<AwaitInit, AwaitMethod, AwaitVerdict, AwaitSignature, AwaitNewKeys> phase_;
    ByteVector our_init_, peer_init_;                             // whole payloads, for the exchange hash
    Agreed agreed_;
    const KexRow* guessed_ = nullptr;
    bool guess_misled_ = false;                                   // without it something else would have been agreed on
    bool ignore_guess_ = false;                                   // the peer's guess was wrong: skip that message
    std::unique_ptr<ClientKex> client_;
    std::unique_ptr<ServerKex> server_;
    ByteVector hash_;                                             // H
    SecretBytes shared_secret_;                                   // K, encoded, until both directions have keys
    bool first_;
    bool sealed_ = false, opened_ = false;
};

} // namespace nacre
