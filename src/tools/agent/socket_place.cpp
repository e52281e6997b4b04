#include "tools/agent/socket_place.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "os/environment.h"
#include "os/resolve.h"
#include "os/safe_file.h"
#include "os/service_manager.h"
#include "os/socket.h"
#include "os/unix_socket.h"
#include "os/user.h"

namespace nacre::agent_tool {

namespace {

constexpr auto youngest_stale = std::chrono::minutes{1};          // a younger one may be about to be listened to

std::string home_folder()
{
    if (auto home = environment_variable("HOME"); home && !home->empty())
        return *home;
    auto user = current_user();
    return user ? user->home : std::string{};
}

std::string agent_folder() { return home_folder() + "/.ssh/agent"; }

std::string token(std::size_t bytes)
{
    SystemRandom random;
    ByteVector token(bytes);
    random.fill(token);
    return to_hex(token);
}

// Home folders may be shared: each machine has its own prefix.
std::string machine_prefix()
{
    return fmt::format("s.{}.", to_hex(hash_of(HashKind::sha256, as_bytes(own_host_name()))).substr(0, 10));
}

struct Place {
    std::string path;
    std::string folder;                                           // to be removed afterwards
};

Result<Place> temporary_place()
{
    auto parent = environment_variable("TMPDIR").value_or("");
    auto folder = TRY(make_temporary_directory((parent.empty() ? "/tmp" : parent) + "/ssh-"));
    return Place{fmt::format("{}/agent.{}", folder, ::getpid()), folder};
}

Result<Place> home_place()
{
    auto home = home_folder();
    if (home.empty() || home[0] != '/')
        return bad_input("there is no home folder");
    TRY(make_private_directory(home + "/.ssh"));
    TRY(make_private_directory(agent_folder()));
    return Place{agent_folder() + "/" + machine_prefix() + "agent." + token(5), {}};
}

} // namespace

AgentSocket::AgentSocket(AgentSocket&& other) noexcept
    : socket_(std::move(other.socket_)), path_(std::exchange(other.path_, {})),
      to_remove_(std::exchange(other.to_remove_, {})), folder_(std::exchange(other.folder_, {}))
{
}

AgentSocket::~AgentSocket()
{
    if (!to_remove_.empty())
        ::unlink(to_remove_.c_str());
    if (!folder_.empty())
        ::rmdir(folder_.c_str());
}

Result<AgentSocket> AgentSocket::create(const Settings& settings, Log& log)
{
    AgentSocket made;
    if (!settings.socket.empty()) {
        made.socket_ = TRY(listen_unix(settings.socket));
        made.path_ = settings.socket;
        std::error_code ignored;
        made.to_remove_ = std::filesystem::absolute(settings.socket, ignored).string();
        return made;
    }
    if (!settings.in_temporary_folder) {
        auto place = home_place();
        auto socket = place ? listen_unix(place->path) : Result<Fd>{fail(place.error())};
        if (socket) {
            made.socket_ = std::move(*socket);
            made.path_ = made.to_remove_ = place->path;
            return made;
        }
        log.debug1("no socket in {}: {}", printable(agent_folder()), socket.error().what);
    }
    auto place = TRY(temporary_place());
    made.folder_ = place.folder;
    made.socket_ = TRY(listen_unix(place.path));
    made.path_ = made.to_remove_ = place.path;
    return made;
}

std::optional<AgentSocket> AgentSocket::inherited()
{
    auto sockets = inherited_sockets();
    if (sockets.size() != 1)
        return std::nullopt;
    AgentSocket taken;
    taken.socket_ = std::move(sockets.front());
    return taken;
}

void remove_stale_sockets(bool of_all_machines, Log& log)
{
    namespace fs = std::filesystem;
    auto prefix = of_all_machines ? std::string{"s."} : machine_prefix();
    std::error_code error;
    for (fs::directory_iterator entry{agent_folder(), error}, end; !error && entry != end; entry.increment(error)) {
        std::error_code unknown;
        auto age = fs::file_time_type::clock::now() - entry->last_write_time(unknown);
        bool is_candidate = !unknown && entry->is_socket(unknown) && age > youngest_stale &&
                            entry->path().filename().string().starts_with(prefix);
        if (!is_candidate || is_listened_to(entry->path().string()))
            continue;
        log.debug1("removing stale socket {}", printable(entry->path().string()));
        fs::remove(entry->path(), unknown);
    }
}

} // namespace nacre::agent_tool
