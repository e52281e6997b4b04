// PRIVILEGED: runs in sshd-session as root.  Answers what sshd-net's authenticator asks (auth/auth_questions.h).
//
// Nothing that comes from below is believed: the signed bytes are rebuilt from this side's own
// record of session, user and service, and partial successes are counted here.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/auth_questions.h"
#include "base/time.h"
#include "gssapi/acceptor.h"
#include "server/auth_progress.h"
#include "server/event_log.h"
#include "server/login_end.h"
#include "server/message_socket.h"
#include "server/privileged/delegated_tickets.h"
#include "server/privileged/key_lookup.h"
#include "server/privileged/passwords.h"
#include "server/search_times.h"
#include "server/startup.h"

namespace nacre {

class Login {
public:
    // Shows prompts to the peer and waits for the answers; an error: the peer gave up.
    using AskPeer = std::function<Result<std::vector<SecretBytes>>(std::string_view instruction, std::vector<Prompt> prompts)>;

    Login(const Startup& startup, const SearchTimes& search_times, const ConnectionInfo& connection, MessageSocket& network,
          AskPeer ask_peer, EventLog& log)
        : startup_(startup), search_times_(search_times), connection_(connection), network_(network),
          ask_peer_(std::move(ask_peer)), log_(log)
    {
    }

    // From the first exchange hash that was signed.
    void session_is(Bytes session_id, Bytes host_key);
    Bytes session_id() const { return session_id_; }

    Result<void> on(const WhoIs& question);
    Result<void> on(const TryNone& question);
    Result<void> on(const MayUseKey& question);
    Result<void> on(const CheckSignature& question);
    Result<void> on(const CheckHostbased& question);              // login_hostbased.cpp
    Result<void> on(const CheckPassword& question);
    Result<void> on(const StartPrompts& question);
    Result<void> on(const StartGssapi& question);                 // login_gssapi.cpp, these three
    Result<void> on(const StepGssapi& question);
    Result<void> on(const CheckMic& question);

    bool has_user() const { return progress_.has_value(); }
    std::string known_user() const { return account_ ? account_->name : "unknown"; }
    bool is_done() const { return done_; }
    bool has_failed_too_often() const { return options_ && failures_ >= options_->max_auth_tries; }
    LoginEnd end_without_success() const;                         // what is held against the peer
    // The peer leaves without a login: refused keys, of which the log heard nothing while another might still do.
    void log_held_back();

    // Once it is done.
    const UserAccount& account() const { return *account_; }
    const ServerOptions& options() const { return *options_; }
    const KeyOptions& key_options() const { return key_options_; }
    Passwords& passwords() { return *passwords_; }
    bool must_change_password() const { return must_change_password_; }
    // PAM's session did not open: nothing may run, and nothing is forwarded.
    void session_failed() { session_failed_ = true; key_options_ = terminal_alone(); }
    bool has_session_failed() const { return session_failed_; }
    const std::string& auth_info() const { return auth_info_; }   // ExposeAuthInfo's text
    void store_tickets();                                         // that were delegated; before PAM's session opens
    const std::optional<DelegatedTickets>& tickets() const { return tickets_; }
    void remove_tickets() { tickets_.reset(); }

private:
    struct UsableKey {
        PublicKey key;
        KeyPermission permission;
    };

    Result<void> look_up(const WhoIs& question);
    LogLevel log_level() const;
    struct Objection {
        std::string reason;
        bool is_about_source = false;                             // or may be: who may come from where
    };
    std::optional<Objection> objection(const UserAccount& account, const std::vector<std::string>& groups) const;
    struct KeyRules {                                             // of a method by keys
        std::string_view said_by, keyword;                        // in the log
        std::string_view accepted;                                // that keyword's name-list
    };
    // Of a form and strength that may be used; whose it is, is another question.
    std::optional<PublicKey> proper_key(const KeyRules& rules, std::string_view algorithm, Bytes blob);
    std::optional<UsableKey> usable_key(std::string_view algorithm, Bytes blob);
    TokenDemands token_demands(const KeyOptions& options) const;
    bool signature_is_right(const CheckSignature& question, const UsableKey& usable) const;
    bool host_is_trusted(const CheckHostbased& question, const PublicKey& key);
    bool host_signature_is_right(const CheckHostbased& question, const PublicKey& key) const;
    void look_for_gssapi();
    Result<bool> account_is_good();
    Result<void> show_texts();
    Result<void> conclude(bool passed, events::Authentication event);
    void count_failure(events::Authentication event);
    void record_failure();                                        // in btmp
    void tell_if_exceeded();
    void tell(events::Authentication event, events::AuthResult result, LogLevel level);
    Result<std::vector<SecretBytes>> ask_person(const std::vector<PamMessage>& messages);
    void question_comes() { question_came_ = std::chrono::steady_clock::now(); }
    void hide_time(Duration shortest);
    void wait_as_for_a_search() const;                            // as long as others' took

    const Startup& startup_;
    const SearchTimes& search_times_;
    const ConnectionInfo& connection_;
    MessageSocket& network_;
    AskPeer ask_peer_;
    EventLog& log_;

    ByteVector session_id_, host_key_;
    std::string user_, service_;                                  // as the peer said
    std::string name_;                                            // without ":style"
    std::unique_ptr<ServerOptions> options_;
    std::optional<UserAccount> account_;                          // nothing: does not exist, or may not come in
    std::optional<AuthProgress> progress_;
    std::optional<Passwords> passwords_;
    KeyOptions key_options_;
    std::vector<ByteVector> used_keys_;
    std::string auth_info_;
    std::optional<gssapi::Functions> gssapi_functions_;
    std::optional<gssapi::Acceptor> gssapi_;                      // the method under way
    std::optional<gssapi::Acceptor> lender_;                      // passed, with tickets for the session
    std::optional<DelegatedTickets> tickets_;
    std::uint32_t failures_ = 0;
    std::vector<events::Authentication> held_back_;               // at most most_held_back
    TimePoint question_came_{};
    bool told_of_record_ = false;                                 // that btmp takes none
    bool is_unknown_ = false;                                     // there is no such user
    bool refused_ = false;                                        // RefuseConnection
    bool must_change_password_ = false;
    bool session_failed_ = false;
    bool done_ = false;
};

} // namespace nacre
