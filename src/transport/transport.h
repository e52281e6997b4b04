// The transport layer (RFC 4253) without a socket: bytes in, messages out.
//
// The caller drives: put what arrived into receive_space(), say received(), take next() until
// it is empty, send what to_transmit() returns, come back by the deadline().  What next() hands
// out is valid until next() or receive_space() is called again; where views are not brief (see
// views_are_brief()), until receive_space().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "transport/key_exchange.h"
#include "transport/packet_reader.h"
#include "transport/packet_writer.h"
#include "transport/transport_settings.h"

namespace nacre {

class Transport {
public:
    // Our version line and KEXINIT are ready to send at once.
    Transport(Role role, TransportSettings settings, Random& random, Log& log, TimePoint now);
    // Between processes of one user, with nothing to protect and nobody to know: packets without padding and without
    // keys, messages of the connection layer only, both ways (the proxy mode of OpenSSH's PROTOCOL.mux §9).
    struct Bare {};
    Transport(Bare, Role role, Random& random, Log& log, TimePoint now);   // `random` and `log` must live longer

    MutableBytes receive_space() { return in_.space(); }          // for what arrives
    void received(std::size_t count) { in_.received(count); }     // so many bytes were put there
    // False: a whole packet waits for next(), and so should what else may come.
    bool wants_bytes() const { return in_.lacks_bytes(); }

    // An error ends the connection: disconnect() with it, transmit, close.
    Result<std::optional<TransportEvent>> next();

    void answer(HostKeyVerdict verdict);                          // to HostKeyQuestion
    void answer_signature(Bytes signature);                       // a signature blob
    bool asks() const { return exchange_ && exchange_->asks(); }  // next() gives nothing until the answer

    // While keys are changing, messages wait inside and leave under the new keys.
    template <Message M>
    void send(const M& message)
    {
        ByteVector payload = encode(message);
        send_payload(payload);
        wipe(payload);
    }
    void send_payload(Bytes payload);                             // the same of a message that is encoded already

    // A packet in place: room for `largest` bytes of payload, or nothing while keys are changing.
    // Not between an answer that changes the keys and next(), which lets go what has waited for them.
    bool may_send_data() const
    {
        return !left_ && !answered_ && (!exchange_ || exchange_->sends_under_new_keys()) && began_;
    }
    MutableBytes begin_packet(std::size_t largest);               // empty: not now
    void end_packet(std::size_t payload_size) { out_.end_packet(payload_size); }   // so many of them were used

    Bytes to_transmit();                                          // sealed, in order; empty: nothing
    void transmitted(std::size_t count) { out_.transmitted(count); }   // so many bytes of it are on their way
    std::size_t waiting() const { return out_.waiting(); }        // bytes that to_transmit() would return

    std::optional<TimePoint> deadline() const;                    // when time_passed() is due at the latest
    void time_passed(TimePoint now);                              // rekeys, if it is time for that
    TimePoint now() const { return now_; }                        // as last told

    void authenticated();                                         // after USERAUTH_SUCCESS: delayed compression, larger packets
    // The server's: what this user may sign with, where it differs from what was announced to everybody.  Only clients
    // that asked for it hear it (ext-info-in-auth@openssh.com).
    void announce_server_sig_algs(std::string_view algorithms);
    void unimplemented(const IncomingMessage& message);           // RFC 4253 §11.4
    void disconnect(const Error& error);                          // says why; nothing can be sent afterwards
    void rekey();                                                 // the ~R escape
    void change_rekey_limits(RekeyLimits limits);                 // once there are keys

    // The next next() ends what the last one handed out, because that was decompressed.  May change with each key exchange.
    bool views_are_brief() const { return in_.decompresses(); }

    // It has disconnected in words of its own, under the keys that are in use: nothing it sent before is missing.
    bool peer_said_goodbye() const { return peer_left_; }

    Role role() const { return role_; }                           // which side we are
    Log& log() const { return log_; }                             // for the layers above, too
    Bytes session_id() const { return identity_.session_id; }     // empty before the first key exchange
    // The server's, as a blob; empty before the first key exchange.
    Bytes host_key() const { return identity_.host_key; }
    std::string_view peer_version() const { return peer_version_; }   // empty until it came
    const std::vector<std::string>& greeting() const { return version_exchange_.greeting(); }   // what came before that
    std::string_view server_sig_algs() const { return server_sig_algs_; }   // empty when the peer did not say
    bool peer_answers_pings() const { return peer_pings_; }       // ping@openssh.com
    bool peer_takes_hostbound() const { return peer_takes_hostbound_; }   // signatures that name the host key
    bool peer_forwards_agents() const { return peer_forwards_agents_; }   // by the names of RFC 9987
    bool heard_ext_info() const { return heard_ext_info_; }       // RFC 8308
    std::string_view peer_kex_methods() const { return identity_.peer_kex_methods; }   // known_kex_methods() of its first KEXINIT
    std::string_view peer_first_host_key_algorithm() const { return identity_.peer_first_host_key_algorithm; }   // likewise
    // Our guess was wrong, and the exchange that it was made for is still under way.
    bool guess_missed() const { return exchange_ && exchange_->guess_missed(); }
    // The connection ended because the guess would have changed what both sides agree on.
    bool guess_misled() const { return exchange_ && exchange_->guess_misled(); }

    // Connection messages that left before the login was done, and whether the peer has told that it dropped them all.
    std::uint32_t early_messages() const { return early_messages_; }
    // See early_messages().
    bool dropped_early_messages() const { return early_messages_ > 0 && early_dropped_ >= early_messages_; }

    const Agreed* agreed() const { return began_ && !bare_ ? &agreed_ : nullptr; }   // null before the first keys are in use
    bool is_authenticated() const { return authenticated_; }      // the login is done
    std::uint64_t bytes_sent() const { return out_.total_bytes(); }   // since the beginning
    std::uint64_t bytes_received() const { return in_.total_bytes(); }   // since the beginning
    const CompressionCount& compressed_sent() const { return out_.compression(); }   // what compression has saved
    const CompressionCount& compressed_received() const { return in_.compression(); }   // likewise

private:
    using Step = Result<std::optional<TransportEvent>>;
    Step receive_version();
    Step on_packet(IncomingPacket packet);
    Step on_transport_message(IncomingPacket packet, MessageNumber number);
    Step on_exchange(Result<std::optional<KeyExchange::Event>> step);
    Result<void> admit(MessageNumber number) const;
    Result<void> on_ext_info(Bytes payload);
    void start_exchange();
    void consider_rekey();
    void sending_keys_changed();
    void send_ext_info();
    Result<void> on_unimplemented(Bytes payload);
    void start_compression();

    Role role_;
    TransportSettings settings_;
    Random& random_;
    Log& log_;
    TimePoint now_;

    PacketReader in_;
    PacketWriter out_;
    VersionExchange version_exchange_;
    std::string peer_version_;
    ConnectionIdentity identity_;
    std::unique_ptr<KeyExchange> exchange_;                       // while one is under way
    std::optional<Result<std::optional<KeyExchange::Event>>> answered_;   // what an answer led to, for the next next()
    RekeyPolicy rekey_;
    Agreed agreed_;
    std::vector<ByteVector> held_;                                // messages that wait for new keys
    std::size_t held_bytes_ = 0;                                  // past the bound: next() ends the connection
    std::string server_sig_algs_;
    bool heard_ext_info_ = false;
    SequenceNumber first_early_{};                                // they leave one behind the other
    std::uint32_t early_messages_ = 0, early_dropped_ = 0;
    bool peer_pings_ = false;
    bool peer_takes_hostbound_ = false;
    bool peer_forwards_agents_ = false;
    bool peer_takes_ext_info_in_auth_ = false;                    // client's extension ext-info-in-auth@openssh.com
    bool began_ = false;                                          // our direction has keys
    bool authenticated_ = false;
    bool left_ = false;
    bool peer_left_ = false;
    bool bare_ = false;
};

} // namespace nacre
