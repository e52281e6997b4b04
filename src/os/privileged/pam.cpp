#include "os/privileged/pam.h"

#include <security/pam_appl.h>

#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "os/system_error.h"

namespace nacre {
namespace {

// As many messages at once as Linux-PAM allows itself (PAM_MAX_NUM_MSG).
constexpr int most_messages = 32;

std::optional<PamMessage> to_message(const pam_message& raw)
{
    PamMessage message;
    message.text = raw.msg == nullptr ? "" : raw.msg;
    switch (raw.msg_style) {
    case PAM_PROMPT_ECHO_OFF:
        message.kind = PamMessage::Kind::prompt;
        return message;
    case PAM_PROMPT_ECHO_ON:
        message.kind = PamMessage::Kind::prompt;
        message.echo = Echo::on;
        return message;
    case PAM_ERROR_MSG:
        message.kind = PamMessage::Kind::error;
        return message;
    case PAM_TEXT_INFO:
        return message;
    default:
        return std::nullopt;
    }
}

// PAM frees what it is given with free(3).
char* malloced_copy(const SecretBytes& answer)
{
    if (answer.text().contains('\0'))
        return nullptr;
    auto* copy = static_cast<char*>(std::malloc(answer.size() + 1));
    if (copy != nullptr) {
        std::memcpy(copy, answer.bytes().data(), answer.size());
        copy[answer.size()] = '\0';
    }
    return copy;
}

void free_answers(pam_response* answers, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i) {
        auto* text = answers[i].resp;
        if (text == nullptr)
            continue;
        wipe({reinterpret_cast<std::uint8_t*>(text), std::strlen(text)});
        std::free(text);
    }
    std::free(answers);
}

int hand_over(const std::vector<PamMessage>& messages, const std::vector<SecretBytes>& given, pam_response** out)
{
    auto* answers = static_cast<pam_response*>(std::calloc(messages.size(), sizeof(pam_response)));
    if (answers == nullptr)
        return PAM_BUF_ERR;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (messages[i].kind != PamMessage::Kind::prompt)
            continue;
        answers[i].resp = malloced_copy(given[i]);
        if (answers[i].resp == nullptr) {
            free_answers(answers, messages.size());
            return PAM_CONV_ERR;
        }
    }
    *out = answers;
    return PAM_SUCCESS;
}

bool is_refusal(int code)
{
    switch (code) {
    case PAM_AUTH_ERR:
    case PAM_USER_UNKNOWN:
    case PAM_MAXTRIES:
    case PAM_CRED_INSUFFICIENT:
    case PAM_AUTHINFO_UNAVAIL:
    case PAM_ACCT_EXPIRED:
    case PAM_PERM_DENIED:
    case PAM_CONV_ERR:
    case PAM_AUTHTOK_EXPIRED:
    case PAM_AUTHTOK_ERR:
    case PAM_AUTHTOK_RECOVERY_ERR:
    case PAM_AUTHTOK_LOCK_BUSY:
    case PAM_AUTHTOK_DISABLE_AGING:
    case PAM_TRY_AGAIN:
    case PAM_IGNORE:
    case PAM_CRED_UNAVAIL:
    case PAM_CRED_EXPIRED:
    case PAM_CRED_ERR:
        return true;
    default:
        return false;
    }
}

void add_texts(const std::vector<PamMessage>& messages, std::vector<std::string>* texts)
{
    if (texts == nullptr)
        return;
    for (auto& message : messages)
        if (message.kind != PamMessage::Kind::prompt)
            texts->push_back(message.text);
}

} // namespace

struct Pam::State {
    pam_handle_t* handle = nullptr;
    pam_conv callback{};
    const PamConversation* conversation = nullptr;                // while a step runs
    int last_code = PAM_SUCCESS;
    bool has_credentials = false;
    bool session_open = false;
    std::string reason;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State();

    static int converse(int count, const pam_message** raw, pam_response** out, void* self);
    int answer(const std::vector<PamMessage>& messages, pam_response** out) const;
    Failure failure(std::string_view what) const
    {
        return system_failure(std::string{what} + ": " + ::pam_strerror(handle, last_code));
    }
    Result<void> note(int code, std::string_view what)
    {
        last_code = code;
        reason = ::pam_strerror(handle, code);
        if (code != PAM_SUCCESS)
            return failure(what);
        return {};
    }
    Result<PamVerdict> verdict(int code, std::string_view what)
    {
        auto outcome = note(code, what);
        if (outcome)
            return PamVerdict::accepted;
        if (code == PAM_NEW_AUTHTOK_REQD)
            return PamVerdict::must_change_password;
        if (is_refusal(code))
            return PamVerdict::refused;
        return fail(std::move(outcome).error());
    }
};

Pam::State::~State()
{
    if (handle == nullptr)
        return;
    conversation = nullptr;
    if (has_credentials)
        last_code = ::pam_setcred(handle, PAM_DELETE_CRED | PAM_SILENT);
    if (session_open)
        last_code = ::pam_close_session(handle, PAM_SILENT);
    ::pam_end(handle, last_code);
}

int Pam::State::converse(int count, const pam_message** raw, pam_response** out, void* self)
{
    if (count <= 0 || count > most_messages || raw == nullptr || out == nullptr)
        return PAM_CONV_ERR;
    std::vector<PamMessage> messages;
    for (int i = 0; i < count; ++i) {
        // Linux-PAM's reading of `const struct pam_message **`: an array of pointers.
        auto message = to_message(*raw[i]);
        if (!message)
            return PAM_CONV_ERR;
        messages.push_back(*std::move(message));
    }
    return static_cast<State*>(self)->answer(messages, out);
}

int Pam::State::answer(const std::vector<PamMessage>& messages, pam_response** out) const
{
    if (conversation == nullptr || !*conversation)
        return PAM_CONV_ERR;
    auto given = (*conversation)(messages);
    if (!given || given->size() != messages.size())
        return PAM_CONV_ERR;
    return hand_over(messages, *given, out);
}

namespace {

// Lends the conversation to the callback for one step.
class Lent {
public:
    Lent(const PamConversation*& place, const PamConversation& conversation) : place_(place) { place_ = &conversation; }
    ~Lent() { place_ = nullptr; }
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;

private:
    const PamConversation*& place_;
};

} // namespace

PamConversation answer_with_password(const SecretBytes& password, std::vector<std::string>* texts)
{
    return [&password, texts](const std::vector<PamMessage>& messages) -> Result<std::vector<SecretBytes>> {
        add_texts(messages, texts);
        std::vector<SecretBytes> answers(messages.size());
        for (std::size_t i = 0; i < messages.size(); ++i) {
            if (messages[i].kind != PamMessage::Kind::prompt)
                continue;
            if (messages[i].echo == Echo::on)
                return not_permitted("a question that a password does not answer");
            answers[i] = password.clone();
        }
        return answers;
    };
}

PamConversation no_conversation(std::vector<std::string>* texts)
{
    return [texts](const std::vector<PamMessage>& messages) -> Result<std::vector<SecretBytes>> {
        add_texts(messages, texts);
        for (auto& message : messages)
            if (message.kind == PamMessage::Kind::prompt)
                return not_permitted("nobody to ask");
        return std::vector<SecretBytes>(messages.size());
    };
}

Pam::Pam(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pam::Pam(Pam&&) noexcept = default;
Pam& Pam::operator=(Pam&&) noexcept = default;
Pam::~Pam() = default;

Result<Pam> Pam::start(const PamStart& start)
{
    auto state = std::make_unique<State>();
    state->callback = {State::converse, state.get()};
    const char* folder = start.configuration.empty() ? nullptr : start.configuration.c_str();
    int code = ::pam_start_confdir(start.service.c_str(), start.user.c_str(), &state->callback, folder, &state->handle);
    if (code != PAM_SUCCESS) {
        state->handle = nullptr;
        auto folder_name = start.configuration.empty() ? std::string{"/etc/pam.d"} : start.configuration;
        return system_failure("PAM does not start (" + std::string{::pam_strerror(nullptr, code)} + "): look for a file \"" +
                              start.service + "\" or \"other\" in " + folder_name + ", or set UsePAM to no");
    }
    if (!start.remote_host.empty())
        TRY(state->note(::pam_set_item(state->handle, PAM_RHOST, start.remote_host.c_str()), "PAM_RHOST"));
    if (!start.terminal.empty())
        TRY(state->note(::pam_set_item(state->handle, PAM_TTY, start.terminal.c_str()), "PAM_TTY"));
    Pam pam{std::move(state)};
    if (!start.connection_info.empty())
        TRY(pam.put_environment("SSH_CONNECTION", start.connection_info));
    return pam;
}

Result<PamVerdict> Pam::authenticate(const PamConversation& conversation, bool allow_empty_password)
{
    Lent lent{state_->conversation, conversation};
    int flags = allow_empty_password ? 0 : PAM_DISALLOW_NULL_AUTHTOK;
    return state_->verdict(::pam_authenticate(state_->handle, flags), "PAM authentication");
}

Result<PamVerdict> Pam::check_account(const PamConversation& conversation)
{
    Lent lent{state_->conversation, conversation};
    return state_->verdict(::pam_acct_mgmt(state_->handle, 0), "PAM account");
}

Result<PamVerdict> Pam::change_expired_password(const PamConversation& conversation)
{
    Lent lent{state_->conversation, conversation};
    return state_->verdict(::pam_chauthtok(state_->handle, PAM_CHANGE_EXPIRED_AUTHTOK), "PAM password change");
}

Result<void> Pam::establish_credentials(const PamConversation& conversation)
{
    Lent lent{state_->conversation, conversation};
    TRY(state_->note(::pam_setcred(state_->handle, PAM_ESTABLISH_CRED), "PAM credentials"));
    state_->has_credentials = true;
    return {};
}

Result<void> Pam::open_session(const PamConversation& conversation)
{
    Lent lent{state_->conversation, conversation};
    TRY(state_->note(::pam_open_session(state_->handle, 0), "PAM session"));
    state_->session_open = true;
    return {};
}

void Pam::close_session()
{
    if (std::exchange(state_->has_credentials, false))
        state_->last_code = ::pam_setcred(state_->handle, PAM_DELETE_CRED | PAM_SILENT);
    if (std::exchange(state_->session_open, false))
        state_->last_code = ::pam_close_session(state_->handle, PAM_SILENT);
}

void Pam::adopt_session()
{
    state_->session_open = state_->has_credentials = true;
}

Result<void> Pam::put_environment(const std::string& name, const std::string& value)
{
    return state_->note(::pam_putenv(state_->handle, (name + "=" + value).c_str()), "PAM environment");
}

Environment Pam::environment() const
{
    Environment result;
    char** lines = ::pam_getenvlist(state_->handle);
    for (char** line = lines; line != nullptr && *line != nullptr; ++line) {
        result.set_line(*line);
        std::free(*line);
    }
    std::free(static_cast<void*>(lines));
    return result;
}

std::string Pam::user() const
{
    const void* name = nullptr;
    if (::pam_get_item(state_->handle, PAM_USER, &name) != PAM_SUCCESS || name == nullptr)
        return {};
    return static_cast<const char*>(name);
}

bool Pam::wants_no_more_tries() const
{
    return state_->last_code == PAM_MAXTRIES;
}

const std::string& Pam::last_reason() const
{
    return state_->reason;
}

} // namespace nacre
