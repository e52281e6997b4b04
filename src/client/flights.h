// A connection in two flights: what goes before it was asked for, what is learnt for the next time, and how ssh goes back
// to asking step by step when that was wrong.
//
// What the login may hurry is decided in auth/login_flight; here is what only this side knows: what is remembered of the
// host, and what stands between login and session.  After the login nothing is ever repeated: a command must not run twice.
#pragma once

#include <optional>

#include "auth/login_flight.h"
#include "client/configuration.h"
#include "client/host_identity.h"
#include "client/host_memory_file.h"
#include "client/login.h"
#include "session/client_session.h"

namespace nacre {

class Flights {
public:
    // is_shared: with ControlPersist the session is another process's.
    Flights(const Configuration& configuration, const SessionPlan& plan, bool is_shared, const HostIdentity& identity,
            Log& log);

    bool allows_haste() const { return memory_.allows_haste(); }
    // Step by step means in the usual order of keys, too: a refused one may be one too many.
    const HostMemory* for_login() const { return patient_ ? nullptr : memory_.host(); }

    // ---- a connection, in this order
    // The key exchange message that goes with our KEXINIT.
    void plan_guess(TransportSettings& settings);
    // Errors: the server's own choice of host key, which we have asked for, was the wrong one for us.
    Result<void> check_host_key(const PublicKey& key) const;
    Result<void> check_login(const ClientAuthSettings& login);
    // Who is heard a number of times only is shown the keys first that the connection before did not come to.
    void put_refused_last(std::vector<CandidateKey>& keys) const;
    Haste haste(HostTrust trust) const;
    void learn(const LoggedIn& event, const ClientSession& session, const Login& login);
    void learn(const Opened& event, ClientSession& session);      // of the first session, its number

    // ---- its end
    // Whether it ended where we went ahead of the server, who may have ended it because of that.
    bool haste_may_be_to_blame(const Error& why, const ClientSession& session, const Login* login) const;   // null: not begun
    void begin_anew(const ClientSession& failed);                 // step by step
    void over(const ClientSession& session);                      // for good: what was learnt is kept

private:
    bool session_may_follow_login() const;
    bool guess_led_astray(const Transport& transport) const;
    void learn_host_key(HostMemory& memory, const Transport& transport) const;
    void remember_to_be_patient(const ClientSession& session);

    const ClientOptions& options_;
    const SessionPlan& plan_;
    bool is_shared_;
    const HostIdentity& identity_;
    Log& log_;
    HostMemoryFile memory_;
    std::optional<HostMemory> learnt_;                            // to be saved when the first session is open

    bool patient_ = false;                                        // haste has failed: everything step by step
    bool key_in_doubt_ = false;                                   // we asked for the server's choice of host key: is it ours?
    bool key_disappointed_ = false;                               // it was not, in the connection before this one
    std::vector<ByteVector> refused_keys_;                        // blobs; in the connection before this one
    bool hung_up_on_session_ = false, hung_up_on_keys_ = false;   // that came early
};

} // namespace nacre
