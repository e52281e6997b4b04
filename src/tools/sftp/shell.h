// Where the commands of sftp work: the server, both working directories, and what was switched on.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sftp/copier.h"
#include "tools/copy/lanes.h"
#include "tools/copy/remote_glob.h"
#include "tools/copy/sftp_link.h"

namespace nacre::sftp_tool {

struct Preferences {
    sftp::CopyOptions copies{};                                   // from -a -p -r -f -B -R --resume --atomic
    bool quiet = false;                                           // -q
    bool progress = true;                                         // the meter
};

class Shell {
public:
    Shell(SftpLink& link, Preferences initial) : preferences(initial), link_(link), lanes_(link) {}

    Preferences preferences;                                      // commands may change them

    // Where the session starts.
    Result<void> enter();

    SftpLink& link() { return link_; }
    Lanes& lanes() { return lanes_; }
    const std::string& directory() const { return directory_; }
    const std::string& start() const { return start_; }
    void set_directory(std::string path) { directory_ = std::move(path); }

    // A path or pattern as typed → one from the server's root.
    std::string absolute(std::string_view typed) const;
    // A plain path as typed, wildcards taken as they stand.
    std::string absolute_name(std::string_view typed) const;

    // One request; false, after saying "WHAT "PATH": why", if it failed.
    Result<bool> try_ask(std::string_view what, std::string_view path, const SftpLink::Request& request);
    // What a path leads to; nothing if it leads nowhere.
    Result<std::optional<sftp::Attributes>> look(const std::string& path, sftp::Links links = sftp::Links::followed);
    Result<std::optional<std::string>> real_path(const std::string& path);
    Result<bool> is_directory(const std::string& path);

    // The names that a pattern matches; if none does, says so and gives none.
    Result<std::vector<GlobMatch>> matches(std::string_view typed);

    // To standard output and standard error; names in them are made safe to show by the caller (sftp::shown).
    template <class... Args>
    void say(fmt::format_string<Args...> format, Args&&... args)
    {
        print(fmt::format(format, std::forward<Args>(args)...));
    }
    template <class... Args>
    void complain(fmt::format_string<Args...> format, Args&&... args)
    {
        print_error(fmt::format(format, std::forward<Args>(args)...));
    }

private:
    static void print(std::string_view line);
    static void print_error(std::string_view line);

    SftpLink& link_;
    Lanes lanes_;
    std::string start_, directory_;
};

} // namespace nacre::sftp_tool
