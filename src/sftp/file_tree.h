// INTERFACE FileTree: files of one's own making, as an SFTP client is shown them.  TreeServer speaks for it.
//
// Paths are absolute and clean: "/" is the root, others have no "." or "..", nor a slash at the end, nor a zero, and
// no more than longest_path bytes.  A file is asked for no more than it was opened for.  An error is told to the client
// in its own words; its kind and os_error make the status: no_such_file(), not_permitted("…"), for other errors of the
// system's what sftp-server makes of them, and anything else is a failure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "sftp/attributes.h"

namespace nacre::sftp {

Failure no_such_file();                                           // what most questions about a path may lead to
Attributes file_attributes(std::uint64_t size, std::uint32_t mode = 0644);   // of a file with these permissions
Attributes directory_attributes(std::uint32_t mode = 0755);       // of a directory

// A file that a client has opened; destroyed when it is closed, or the conversation has ended.
class TreeFile {
public:
    virtual ~TreeFile() = default;
    virtual Result<Attributes> attributes() = 0;                  // as they are now
    // Reads from there on, and says how many bytes it was: 0 at the end, else as many as there are and find room.
    virtual Result<std::size_t> read(std::uint64_t offset, MutableBytes space);
    // Writes all of it, wherever that is: how large a file may grow is for you to say.
    virtual Result<void> write(std::uint64_t offset, Bytes data);
    // The client has closed it.  An error tells it that what it wrote is lost.
    virtual Result<void> close();
};

// A file to be read that is these bytes.  They are shared, not copied: a client may open the same file many times.
std::unique_ptr<TreeFile> file_of(std::shared_ptr<const std::string> content);

struct TreeEntry {                                                // one name in a directory
    std::string name;                                             // without a slash; left out beyond longest_name
    Attributes attributes{};                                      // at least whether it is a directory
};
inline constexpr std::size_t longest_name = 4096;                 // bytes
inline constexpr std::size_t longest_path = 4096;                 // bytes, as a client may say it

// What only shows files implements the first two; what would change something refuses, until it is overridden.
class FileTree {
public:
    virtual ~FileTree() = default;
    virtual Result<std::vector<TreeEntry>> list(const std::string& path) = 0;   // what is in a directory
    virtual Result<std::unique_ptr<TreeFile>> open(const std::string& path) = 0;   // to be read; null: there is none
    // What is there.  As it is, looked up in the list of its directory, of which the root is always one.
    virtual Result<Attributes> attributes(const std::string& path);

    // To be written, perhaps read as well: `flags` are those of OpenFlags (sftp/messages.h), `asked` what a new file
    // shall be.
    virtual Result<std::unique_ptr<TreeFile>> open_to_write(const std::string& path, std::uint32_t flags,
                                                            const Attributes& asked);
    virtual Result<void> make_directory(const std::string& path, const Attributes& asked);   // where nothing is yet
    virtual Result<void> remove(const std::string& path);         // a file
    virtual Result<void> remove_directory(const std::string& path);   // an empty one
    virtual Result<void> rename(const std::string& from, const std::string& to);   // a file over what is there
    virtual Result<void> change(const std::string& path, const Attributes& wanted);   // what is said in `wanted`, and no more
};

// A path as a client says it, absolute and clean; one that is not absolute begins at the root.
std::string clean_path(std::string_view path);

} // namespace nacre::sftp
