// Two sessions joined in memory: no kernel, a clock that stands still, bytes cut at every place the seed says.
//
// Everything that happens follows from the seed, so a failing seed is a complete bug report.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keys/private_key.h"
#include "session/client_session.h"
#include "session/event.h"
#include "session/server_session.h"
#include "support/pattern.h"
#include "support/seeded_random.h"

namespace nacre::test {

// Bytes that have arrived on one channel, and how eagerly they are consumed.
struct Arrived {
    ByteVector data, stderr_data;
    bool finished = false;
    bool closed = false;
};

inline Proposal with_plain_host_key()
{
    auto proposal = Proposal::defaults();
    proposal.host_key_algorithms = "ssh-ed25519";
    return proposal;
}

struct PairOptions {
    std::string user = "someone";
    Proposal client_proposal = with_plain_host_key();
    Proposal server_proposal = with_plain_host_key();             // a server offers what it has keys for
    RekeyLimits client_rekey, server_rekey;
    bool guess = false;
    std::string guessed_kex = {};                                 // empty: what the client has in front
    std::string server_sig_algs = "ssh-ed25519";                  // what the server announces
    std::string users_sig_algs = "ssh-ed25519";                   // what it tells this user
    std::string client_version{our_version_line}, server_version{our_version_line};   // what they call themselves
    ChannelLimits server_limits;                                  // of the window that the server grants
    std::size_t largest_piece = 4096;                             // bytes moved at once, at most
    unsigned authorized_tries = 1;                                // which signature is accepted (1: the first)
    bool in_a_hurry = false;                                      // the client has been here, and its first key signs at once
    bool has_ticket = false;                                      // of a made-up mechanism, for gssapi-with-mic
    const PrivateKey* user_key = nullptr;                         // null: an Ed25519 key
    ByteVector user_certificate{};                                // of the user's key: shown instead of it
    std::string pubkey_algorithms = "ssh-ed25519";                // that the client would use
    ByteVector stolen_mic{};                                      // shown instead of one of this session
};

class Pair {
public:
    Pair(std::uint64_t seed, PairOptions options = {});

    // Moves bytes and handles events until nothing moves any more.
    void run_until_idle();

    // Everything that the client has to say, and everything that the server answers.
    void one_round_trip();

    bool logged_in() const { return client.logged_in(); }
    ChannelId open_session();
    void client_sends(ChannelId channel, Bytes data);             // queued; leaves as windows and keys allow

    // What ended the conversation, if anything did.
    std::optional<Error> client_error, server_error;
    unsigned client_key_changes = 0, server_key_changes = 0;
    std::map<std::uint32_t, Arrived> at_server, at_client;        // by the receiver's number
    std::vector<std::string> requests_at_server;
    std::vector<std::string> refusals;
    std::string signed_by;                                        // the algorithm that the server saw last
    std::string logged_in_by;                                     // the method
    ByteVector mic;                                               // that the client could show
    unsigned early_sessions = 0, early_refusals = 0, early_drops = 0, answers_at_client = 0;
    SeededRandom random;
    bool echo = false;                                            // the server sends back what it gets
    std::function<void()> before_exchange_is_signed, after_exchange_is_signed;   // by the server; before next()
    std::vector<std::string> requests_at_client;
    std::string refused_request;                                  // channel requests of this name

private:
    struct Outgoing {
        ByteVector data;
        std::size_t sent = 0;
        bool finish = false;
    };
    bool move(Transport& from, Transport& to);
    bool drain_client();
    bool drain_server();
    bool push(Connection& connection, std::map<std::uint32_t, Outgoing>& queues);
    void on(const ClientSessionEvent& event);
    void on(const ServerSessionEvent& event);
    void answer(const AuthQuestion& question);

    PairOptions options_;
    NoLog log_;
    PrivateKey host_key_, user_key_;
    ByteVector shown_key_;                                        // the user's, or a certificate
    SeededRandom client_random_, server_random_;
    std::map<std::uint32_t, Outgoing> from_client_, from_server_;
    unsigned signatures_seen_ = 0;

public:
    ClientSession client;
    ServerSession server;
    void finish_after_sending(ChannelId channel) { from_client_[channel.value].finish = true; }
};

PairOptions in_a_hurry();                                     // two flights, to a server that is known
std::string why(const Pair& pair);                            // it has ended, on either side; empty: it has not

} // namespace nacre::test
