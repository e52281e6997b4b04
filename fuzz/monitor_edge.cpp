#include "monitor_edge.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "gssapi/functions.h"
#include "os/fd_passing.h"
#include "os/privileged/login_record.h"
#include "os/privileged/pam.h"
#include "os/privileged/shadow.h"
#include "os/pty.h"
#include "os/user.h"
#include "server/privileged/as_user.h"
#include "server/privileged/key_lookup.h"
#include "server/privileged/start_user_process.h"

// Neither waiting nor being waited for: a failed login takes its time otherwise, and libFuzzer's own alarm must stay.
extern "C" int nanosleep(const timespec*, timespec*) { return 0; }
extern "C" unsigned alarm(unsigned) noexcept { return 0; }

namespace nacre::test {

MonitorEdge* edge = nullptr;

void send_piece(int socket, const Piece& piece)
{
    static const int null = open_null_device().value().release();
    std::array<int, 3> descriptors{null, null, null};
    (void)send_fds(socket, piece.payload, std::span{descriptors}.first(piece.descriptors % 4));
}

void MonitorEdge::started(int socket)
{
    if (!may_log_in)
        __builtin_trap();                                         // somebody came in without the key
    user = duplicate(socket).value();
    watch = loop.watch(user.number(), {.readable = true}, [this](Ready) {
        std::array<std::uint8_t, 256> order;
        auto got = ::recv(user.number(), order.data(), order.size(), MSG_DONTWAIT);
        if (got == 0)
            watch->set({});
        else
            say_next();
    });
    say_next();
}

void MonitorEdge::say_next()
{
    if (news.empty())
        return;
    send_piece(user.number(), news.front());
    news.pop_front();
}

} // namespace nacre::test

namespace nacre {

// ---- sshd-user, keys, signals ------------------------------------------------------------

Result<Child> start_user_process(int, int socket)
{
    test::edge->started(socket);
    return Child{};
}

WallClock wall_clock() { return {1735689600, 1735689600}; }

LineCheck line_check(const KeyLookup& lookup)
{
    return {.key = lookup.key, .connection = lookup.connection, .user = "joe", .now = wall_clock()};
}

Result<std::optional<KeyPermission>> search_as_user(const KeyLookup&, std::span<const std::string>, const SearchOfText&, Log&)
{
    return std::nullopt;
}

std::optional<KeyPermission> look_up_key(const KeyLookup& lookup, Log&)
{
    if (!(lookup.key == test::edge->key.public_key()))
        return std::nullopt;
    return KeyPermission{{}, "here:1"};
}

// ---- Kerberos ----------------------------------------------------------------------------

bool done_as_user(const UserAccount&, const std::function<bool()>& work) { return work(); }

// The length of a token says what becomes of it; no MIC is ever right.
namespace gssapi {

const Oid kerberos{}, service_name{}, user_name{};

Result<Functions> load_functions(const char*)
{
    Functions f{};
    f.import_name = [](Status*, const Buffer*, const Oid*, NameHandle*) { return Status{0}; };
    f.display_name = [](Status*, NameHandle, Buffer* text, const Oid**) {
        static char name[] = "joe@EXAMPLE.TEST";
        *text = {sizeof name - 1, name};
        return Status{0};
    };
    f.release_name = [](Status*, NameHandle*) { return Status{0}; };
    f.acquire_credential = [](Status*, NameHandle, std::uint32_t, const OidSet*, int, CredentialHandle*, OidSet**,
                              std::uint32_t*) { return Status{0}; };
    f.release_credential = [](Status*, CredentialHandle*) { return Status{0}; };
    f.accept_context = [](Status*, ContextHandle*, CredentialHandle, const Buffer* received, void*, NameHandle*, Oid** mechanism,
                          Buffer* to_send, std::uint32_t* flags, std::uint32_t*, CredentialHandle*) {
        static Oid one{};
        *mechanism = &one;
        *to_send = *received;
        *flags = integrity;
        return received->length % 3 == 0 ? Status{0} : received->length % 3 == 1 ? continue_needed : Status{0xd0000};
    };
    f.delete_context = [](Status*, ContextHandle*, Buffer*) { return Status{0}; };
    f.verify_mic = [](Status*, ContextHandle, const Buffer*, const Buffer*, std::uint32_t*) { return Status{0x60000}; };
    f.release_buffer = [](Status*, Buffer*) { return Status{0}; };
    f.user_ok = [](NameHandle, const char*) -> int { __builtin_trap(); };
    return f;
}

Result<void> check_library(const char*) { return {}; }
std::string status_text(const Functions&, Status, Status) { return "no"; }
Buffer view_of(Bytes bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }

} // namespace gssapi

// ---- accounts ----------------------------------------------------------------------------

Result<std::optional<UserAccount>> user_named(const std::string& name)
{
    if (name != "joe")
        return std::nullopt;
    return UserAccount{"joe", ::geteuid(), ::getegid(), "/", "/bin/sh"};
}

Result<std::optional<UserAccount>> user_with_id(std::uint32_t) { return user_named("joe"); }
Result<UserAccount> current_user() { return **user_named("joe"); }
Result<std::vector<std::uint32_t>> group_ids_of(const UserAccount&) { return std::vector<std::uint32_t>{1, 2}; }
Result<std::vector<UserGroup>> groups_of(const UserAccount&) { return std::vector<UserGroup>{{1, "one"}, {2, "two"}}; }
std::optional<std::uint32_t> group_named(const std::string&) { return std::nullopt; }
bool is_group_of_one(std::uint32_t, std::uint32_t) { return false; }
std::uint32_t effective_uid() { return ::geteuid(); }
std::uint32_t real_uid() { return ::getuid(); }

Result<std::optional<ShadowEntry>> shadow_entry(const std::string&) { return std::nullopt; }
std::int64_t today() { return 20000; }
bool account_expired(const ShadowEntry&, std::int64_t) { return false; }
PasswordAge password_age(const ShadowEntry&, std::int64_t) { return PasswordAge::good; }
std::vector<std::string> expiry_warnings(const ShadowEntry&, std::int64_t) { return {}; }
bool is_locked(const ShadowEntry&) { return true; }
bool verify_password(const std::optional<ShadowEntry>&, const SecretBytes&, EmptyPasswords) { return false; }

// ---- terminals and records ---------------------------------------------------------------

Result<Pty> open_pty()
{
    auto pair = TRY(make_socket_pair());
    return Pty{std::move(pair.ours), std::move(pair.theirs), "/dev/pts/7"};
}

Result<void> give_pty(const Pty&, std::uint32_t, std::uint32_t) { return {}; }
Result<void> take_back_pty(const std::string&) { return {}; }
Result<void> make_controlling_terminal(int) { return {}; }
Result<void> set_window_size(int, const WindowSize&) { return {}; }
Result<WindowSize> window_size(int) { return WindowSize{}; }

Result<void> record_login(const LoginRecord&, const LoginFiles&) { return {}; }
Result<void> record_logout(const LoginRecord&, const LoginFiles&) { return {}; }
Result<void> record_failed_login(const LoginRecord&, const LoginFiles&) { return {}; }
Result<std::optional<LastLogin>> last_login(std::uint32_t, const LoginFiles&)
{
    return LastLogin{1735689600, "pts/1", "host.example"};
}

// ---- PAM: asks two things, and is never content -------------------------------------------

struct Pam::State {
    std::string user, reason = "refused";
};

PamConversation answer_with_password(const SecretBytes&, std::vector<std::string>*)
{
    return [](const std::vector<PamMessage>& messages) -> Result<std::vector<SecretBytes>> {
        return std::vector<SecretBytes>(messages.size());
    };
}

PamConversation no_conversation(std::vector<std::string>* texts)
{
    if (texts)
        texts->push_back("a word from a module");
    return answer_with_password({});
}

Pam::Pam(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pam::Pam(Pam&&) noexcept = default;
Pam& Pam::operator=(Pam&&) noexcept = default;
Pam::~Pam() = default;

Result<Pam> Pam::start(const PamStart& start) { return Pam{std::make_unique<State>(start.user)}; }

Result<PamVerdict> Pam::authenticate(const PamConversation& conversation, bool)
{
    for (int round = 0; round < 3; ++round) {
        auto answers = conversation({{PamMessage::Kind::prompt, Echo::off, "Password: "},
                                     {PamMessage::Kind::information, Echo::off, "a word"},
                                     {PamMessage::Kind::prompt, Echo::on, "Code: "}});
        if (answers && answers->size() != 3)
            __builtin_trap();                                     // without answers the next module asks all the same
    }
    return PamVerdict::refused;
}

Result<PamVerdict> Pam::check_account(const PamConversation&) { return PamVerdict::accepted; }
Result<PamVerdict> Pam::change_expired_password(const PamConversation&) { return PamVerdict::refused; }
Result<void> Pam::establish_credentials(const PamConversation&) { return {}; }
Result<void> Pam::open_session(const PamConversation&) { return {}; }
void Pam::close_session() {}
void Pam::adopt_session() {}
Result<void> Pam::put_environment(const std::string&, const std::string&) { return {}; }
Environment Pam::environment() const { return {}; }
std::string Pam::user() const { return state_->user; }
const std::string& Pam::last_reason() const { return state_->reason; }
bool Pam::wants_no_more_tries() const { return false; }

} // namespace nacre
