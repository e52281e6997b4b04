// An SFTP server whose files are a FileTree: bytes in, bytes out.
//
//     received(…), then work(), then send to_send(); and again work(), until there is nothing to send.
//
// What a client can make it hold: what came at once, one batch of answers, most_open files, most_listings of directories, and
// what these files and the tree hold.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "sftp/file_tree.h"
#include "sftp/handle_table.h"
#include "sftp/server.h"

namespace nacre::sftp {

class TreeServer {
public:
    TreeServer(FileTree& tree, ServerRules rules, Log& log);      // all must live longer

    MutableBytes receive_space() { return server_.receive_space(); }   // for what the client sends
    void received(std::size_t count) { server_.received(count); } // so many bytes were put there
    // Answers what has come, until there is much to send.  An error ends the conversation.
    Result<void> work();
    Bytes to_send() const { return server_.to_send(); }           // for the client
    void sent(std::size_t count) { server_.sent(count); }         // so many bytes of it are on their way

    static constexpr std::size_t most_open = 256;                 // files and directories at once
    static constexpr std::size_t most_listings = 16;              // of these, directories

private:
    struct Opened {                                               // a file, or a directory that is being read
        std::string path;
        std::unique_ptr<TreeFile> file{};
        bool reads = false, writes = false, appends = false;      // what it was opened for
        std::vector<TreeEntry> entries{};
        std::size_t next = 0;                                     // of them
    };

    void on(RequestId id, const Open& request);
    void on(RequestId id, const Close& request);
    void on(RequestId id, const Read& request);
    void on(RequestId id, const Write& request);
    void on(RequestId id, const Stat& request);
    void on(RequestId id, const Lstat& request);
    void on(RequestId id, const Fstat& request);
    void on(RequestId id, const Setstat& request);
    void on(RequestId id, const Lsetstat& request);
    void on(RequestId id, const Fsetstat& request);
    void on(RequestId id, const Opendir& request);
    void on(RequestId id, const Readdir& request);
    void on(RequestId id, const Remove& request);
    void on(RequestId id, const Mkdir& request);
    void on(RequestId id, const Rmdir& request);
    void on(RequestId id, const Realpath& request);
    void on(RequestId id, const Rename& request);
    void on(RequestId id, const PosixRename& request);
    void on(RequestId id, const AskLimits& request);
    void on(RequestId id, const auto&) { server_.answer_status(id, StatusCode::op_unsupported); }

    void fail(RequestId id, const Error& why);
    void answer(RequestId id, const Result<void>& done);
    void answer(RequestId id, const Result<Attributes>& attributes);
    // `use`: what it must have been opened for.  Null: it is none, or was not, and the client knows.
    Opened* open_file(RequestId id, std::string_view handle, bool Opened::*use);
    std::optional<std::string> path_of(RequestId id, std::string_view said);   // clean; nothing: none, and the client knows
    std::optional<FileKind> kind_of(RequestId id, const std::string& path);   // likewise

    FileTree& tree_;
    Server server_;
    HandleTable<Opened> opened_{most_open};
    std::size_t listings_ = 0;                                    // of these, directories
};

} // namespace nacre::sftp
