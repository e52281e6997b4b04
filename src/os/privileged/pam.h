// PRIVILEGED: linked into sshd-session alone.  One PAM transaction, from authentication to the
// closing of the session.
//
// PAM's conversation is synchronous: it calls back and waits.  The callback here is a function
// that may block on the monitor's own socket, which the monitor may do (DESIGN §6).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "os/environment.h"
#include "os/prompt.h"

namespace nacre {

struct PamMessage {
    enum class Kind { prompt, information, error };
    Kind kind = Kind::information;
    Echo echo = Echo::off;                                        // of a prompt
    std::string text{};
};

// One answer per message; those to information and error messages are ignored and may be empty.
using PamConversation = std::function<Result<std::vector<SecretBytes>>(const std::vector<PamMessage>&)>;

// Answers every echo-off prompt with the password and nothing else; refuses echo-on prompts.  The texts of
// information and error messages are added to `texts` if it is given.
PamConversation answer_with_password(const SecretBytes& password, std::vector<std::string>* texts = nullptr);
// Collects texts and refuses every prompt: for account and session steps.
PamConversation no_conversation(std::vector<std::string>* texts = nullptr);

struct PamStart {
    std::string service = "sshd";
    std::string user{};
    std::string remote_host{};
    std::string terminal = "ssh";
    std::string connection_info{};                                // put into the PAM environment as SSH_CONNECTION
    std::string configuration{};                                  // a folder instead of /etc/pam.d; for tests
};

enum class PamVerdict { accepted, refused, must_change_password };

class Pam {
public:
    static Result<Pam> start(const PamStart& start);
    Pam(Pam&&) noexcept;
    Pam& operator=(Pam&&) noexcept;
    ~Pam();                                                       // closes the session, drops credentials, ends

    Result<PamVerdict> authenticate(const PamConversation& conversation, bool allow_empty_password);
    Result<PamVerdict> check_account(const PamConversation& conversation);
    Result<PamVerdict> change_expired_password(const PamConversation& conversation);
    Result<void> establish_credentials(const PamConversation& conversation);
    Result<void> open_session(const PamConversation& conversation);
    void close_session();                                         // and drops the credentials first
    void adopt_session();                                         // opened by a process that is gone: ours to close

    Result<void> put_environment(const std::string& name, const std::string& value);
    Environment environment() const;
    std::string user() const;                                     // modules may change it
    const std::string& last_reason() const;                       // pam_strerror of the last verdict
    bool wants_no_more_tries() const;                             // the last verdict was PAM_MAXTRIES

private:
    struct State;
    explicit Pam(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

} // namespace nacre
