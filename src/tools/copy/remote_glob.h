// glob(3) on a server: `*`, `?` and `[…]` in any component, a backslash takes the meaning of what follows it.
#pragma once

#include <string>
#include <vector>

#include "sftp/site.h"
#include "tools/copy/sftp_link.h"

namespace nacre {

struct GlobMatch {
    std::string path;
    sftp::Attributes attributes;                                  // of the entry; of what a link points to, if named whole
};

bool has_wildcards(std::string_view pattern);
std::string without_escapes(std::string_view pattern);            // "a\*" → "a*", "a\b" → "ab"
std::string without_glob_escapes(std::string_view name);          // "a\*" → "a*", "a\b" stays: a name, not a pattern
std::string escaped_for_glob(std::string_view name);              // the other way

// Sorted by name; none if nothing matches.  An error: the connection is lost; or (bad_input) there are more than
// most_matches, or a folder that could be opened could not be read to its end, so that not all are known.
Result<std::vector<GlobMatch>> remote_glob(SftpLink& link, std::string_view pattern);
inline constexpr std::size_t most_matches = 1u << 20;

// All names of a directory, "." and ".." among them if the server says so.  An answer that is not done: why not.
struct Listing {
    sftp::Answer problem{};
    bool was_opened = false;
    std::vector<sftp::DirectoryEntry> entries{};
};
Result<Listing> list_directory(SftpLink& link, const std::string& path);

} // namespace nacre
