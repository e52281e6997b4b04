#include "client/mux/shared_connection.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "client/mux/mux_client.h"
#include "config/none.h"
#include "os/system_error.h"
#include "os/unix_socket.h"
#include "os/user.h"

namespace nacre {
namespace {

// A master that is alive answers at once, unless it asks its person about another client.
constexpr Seconds most_patience{10};
// Somebody else's login, at worst with a password to be typed.
constexpr Seconds patience_with_starters{60};

Result<std::string> control_path(const Configuration& configuration)
{
    auto& path = configuration.options().control_path;
    if (is_unset(path))
        return std::string{};
    return configuration.expand_file(path);
}

Result<std::string> path_of_command(const Configuration& configuration)
{
    auto path = TRY(control_path(configuration));
    if (path.empty())
        return bad_input("No ControlPath specified for \"-O\" command");
    return path;
}

Failure not_reached(const std::string& path, const Error& why)
{
    return system_failure(fmt::format("Control socket connect({}): {}", printable(path), os_error_text(why.os_error)),
                          why.os_error);
}

bool is_automatic(ControlMaster mode) { return mode == ControlMaster::automatic || mode == ControlMaster::automatic_ask; }

Seconds patience_of(const Configuration& configuration)
{
    auto& timeout = configuration.options().connect_timeout;
    return timeout && timeout->count() > 0 ? std::min(*timeout, most_patience) : most_patience;
}

enum class Master { ours, anybodys };                             // root may tell each to end

// Whoever listens there gets our descriptors and words: in a folder of many it might be anybody.
Result<void> check_owner(const Fd& socket)
{
    auto master = TRY(peer_credentials(socket.number()));
    if (master.uid != effective_uid() && master.uid != 0)
        return not_permitted(fmt::format("belongs to another user (uid {})", master.uid));
    return {};
}

// One that does not answer (ETIMEDOUT) may not even take us in: its queue fills with those who have tried before.
Result<MuxConversation> reach(const std::string& path, Seconds patience, Master whose = Master::ours)
{
    auto socket = connect_unix(path, patience);
    if (!socket && socket.error().os_error != EAGAIN)
        return not_reached(path, socket.error());
    if (socket && whose == Master::ours)
        if (auto ours = check_owner(*socket); !ours)
            return not_permitted(fmt::format("Control socket {} {}", printable(path), ours.error().what));
    auto conversation = socket ? MuxConversation::begin(std::move(*socket), patience)
                               : system_failure("the master takes nobody in; it may be stopped, or wait for its person", ETIMEDOUT);
    if (!conversation)
        return system_failure(fmt::format("Control socket {}: {}", printable(path), conversation.error().what),
                              conversation.error().os_error);
    return conversation;
}

Result<MuxClient> reach(const std::string& path, const Configuration& configuration, Seconds patience, ClientLog& log)
{
    auto conversation = TRY(reach(path, patience));
    return MuxClient{std::move(conversation), configuration, log};
}

bool is_there(const Error& why) { return why.os_error == ETIMEDOUT || why.kind == ErrorKind::not_permitted; }

struct Joined {
    std::optional<int> status;                                    // nothing: no, or it could not help
    bool is_there = false;
};

Joined join(const std::string& path, const Configuration& configuration, const SessionPlan& plan, ClientLog& log)
{
    auto client = reach(path, configuration, patience_of(configuration), log);
    if (!client) {
        auto why = client.error().os_error;
        if (why == ENOENT)
            log.debug1("Control socket \"{}\" does not exist", printable(path));
        else if (why != ECONNREFUSED || configuration.options().control_master == ControlMaster::no)
            log.error("{}{}", client.error().what, is_there(client.error()) ? ". Connecting without it." : "");
        return {std::nullopt, why != ENOENT && why != ECONNREFUSED};
    }
    auto status = client->run(plan, MuxClient::Forwardings::request);
    if (status)
        return {*status, true};
    log.error("The shared connection {} did not help: {}. Connecting without it.", printable(path), status.error().what);
    return {std::nullopt, true};
}

// A file without a listener is what a killed master leaves behind.
void heal(const std::string& path, ClientLog& log)
{
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0 || !S_ISSOCK(there.st_mode) || is_listened_to(path))
        return;
    log.info("The control socket {} is dead: its master is gone. It is replaced.", printable(path));
    ::unlink(path.c_str());
}

} // namespace

Result<SharedConnection> share_connection(const Configuration& configuration, const SessionPlan& plan, ClientLog& log)
{
    SharedConnection shared;
    auto path = TRY(control_path(configuration));
    auto mode = configuration.options().control_master;
    if (path.empty())
        return shared;
    bool joins = mode == ControlMaster::no || is_automatic(mode);
    if (joins) {
        auto joined = join(path, configuration, plan, log);
        shared.status = joined.status;
        if (joined.is_there || mode == ControlMaster::no)
            return shared;
    }
    auto lock = LockFile::take(path + ".lock", is_automatic(mode) ? Duration{patience_with_starters} : Duration{0});
    if (!lock || !*lock) {
        log.debug1("{}.lock: {}", printable(path), lock ? "another ssh is still connecting" : lock.error().what);
        shared.path = path;                                       // whoever is first, is first
        return shared;
    }
    shared.starting = std::move(*lock);
    shared.starting->remove_at_signals();                         // ^C at the password
    if (joins && is_listened_to(path)) {                          // came while we waited
        shared.starting.reset();                                  // a master's life is not ours
        shared.status = join(path, configuration, plan, log).status;
        return shared;
    }
    heal(path, log);
    shared.path = path;
    return shared;
}

Result<MuxConversation::Proxied> proxied_by_master(const Configuration& configuration)
{
    auto path = TRY(path_of_command(configuration));
    auto conversation = TRY(reach(path, patience_of(configuration)));
    return std::move(conversation).become_proxied();
}

Result<int> control_master(const Configuration& configuration, std::string_view command, ClientLog& log)
{
    auto path = TRY(path_of_command(configuration));
    // No descriptors of ours go there.
    auto conversation = TRY(reach(path, patience_of(configuration), effective_uid() == 0 ? Master::anybodys : Master::ours));
    return MuxClient{std::move(conversation), configuration, log}.obey(command);
}

Result<int> run_through_master(const std::string& path, const Configuration& configuration, const SessionPlan& plan,
                               ClientLog& log)
{
    auto client = TRY(reach(path, configuration, patience_with_starters, log));   // our own child, whom others may have asked first
    return client.run(plan, MuxClient::Forwardings::are_there);
}

} // namespace nacre
