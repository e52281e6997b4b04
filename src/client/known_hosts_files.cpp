#include "client/known_hosts_files.h"

#include <fmt/format.h>

#include <cerrno>

#include "base/text.h"
#include "config/none.h"
#include "crypto/random.h"
#include "keys/known_hosts.h"
#include "os/safe_file.h"

namespace nacre {
namespace {

bool is_missing(const Error& why)
{
    return why.os_error == ENOENT || why.os_error == ENOTDIR;
}

bool is_too_long(const Error& why)
{
    return why.kind == ErrorKind::bad_input;
}

} // namespace

Result<KnownHostsFiles> KnownHostsFiles::read(const Configuration& configuration, Log& log)
{
    auto& options = configuration.options();
    KnownHostsFiles files;
    auto add = [&](const std::string& written, bool users) -> Result<void> {
        if (is_none(written))
            return {};
        auto path = TRY(configuration.expand_file(written));
        if (users && files.file_to_write_.empty())
            files.file_to_write_ = path;
        auto content = read_file(path, known_hosts_limit);
        if (content)
            files.hosts_.add(path, std::string{as_text(*content)});
        else if (is_too_long(content.error()))
            return bad_input(fmt::format("known hosts: {}, so what it says of the host is not known; shorten the file, or name "
                                         "another one", printable(content.error().what)));
        else if (!is_missing(content.error())) {
            log.error("Warning: known hosts: {}; this file does not count, whatever it says of the host",
                      printable(content.error().what));
            files.unread_.push_back(path);
        }
        return {};
    };
    for (auto& file : options.user_known_hosts_file)
        TRY(add(file, true));
    for (auto& file : options.global_known_hosts_file)
        TRY(add(file, false));
    return files;
}

Result<void> KnownHostsFiles::add(const std::string& host, const PublicKey& key, bool hashed) const
{
    SystemRandom random;
    auto line = known_hosts_line(hashed ? hash_host_name(host, random) : host, key);
    if (line.ends_with('\n'))
        line.pop_back();
    Result<void> folder;
    if (auto slash = file_to_write_.rfind('/'); slash != std::string::npos && slash > 0)
        folder = make_private_directory(file_to_write_.substr(0, slash));   // ~/.ssh
    auto added = append_line(file_to_write_, line, 0600);
    if (!added && added.error().os_error == ENOENT && !folder)
        return folder;                                            // which is why there is no such file
    return added;
}

} // namespace nacre
