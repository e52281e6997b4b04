// What a client may ask of a server: one row per request.
//
// From its row follow what a request is called (-p, -P, -Q and the log), whether it is announced and with which
// version, whether a read-only server refuses it, and how it is read.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "sftp/messages.h"

namespace nacre::sftp {

// The extended requests; each is what it carries and no more.
struct PosixRename : extension::TwoPaths {};                      // over what is there
struct Statvfs : extension::OnePath {};                           // how full the file system of a path is
struct Fstatvfs : extension::OneHandle {};                        // the same of an open file
struct Hardlink : extension::TwoPaths {};                         // another name
struct Fsync : extension::OneHandle {};                           // to the disk
struct Lsetstat : extension::PathAndAttributes {};                // of a link itself
// What the server takes at most.
struct AskLimits {
    using fields = Fields<>;
};
struct ExpandPath : extension::OnePath {};                        // "~" and the like
struct CopyData : extension::CopyData {};                         // from file to file, over there
struct HomeDirectory : extension::OnePath {};                     // path: the user's name; empty: whose session it is
struct UsersGroupsById : extension::UsersGroups {};               // names by numbers

// Views point into the message.
using Question = std::variant<Open, Close, Read, Write, Lstat, Fstat, Setstat, Fsetstat, Opendir, Readdir, Remove, Mkdir,
                              Rmdir, Realpath, Stat, Rename, Readlink, Symlink, PosixRename, Statvfs, Fstatvfs, Hardlink,
                              Fsync, Lsetstat, AskLimits, ExpandPath, CopyData, HomeDirectory, UsersGroupsById>;

// What it does to files.  Who adds a row and says nothing has one that a read-only server refuses.
enum class Effect { changes, depends_on_flags, none };

struct RequestKind {                                              // a row of the table
    std::string_view name;                                        // "open": on command lines
    MessageNumber number;
    std::string_view extension{};                                 // of number 200: which
    std::string_view announced{};                                 // the version to announce
    // `in` stands behind the id, or behind the extension's name.  Bytes that are left over are none of our business.
    std::optional<Question> (*read)(Reader& in, RequestId id) = nullptr;
    Effect effect = Effect::changes;
};

std::span<const RequestKind> request_kinds();                     // the plain ones first, in OpenSSH's order
const RequestKind* request_kind(MessageNumber number);            // null: none, or extended
const RequestKind* extended_request_kind(std::string_view extension);   // null: none

bool changes_files(const RequestKind& kind, const Question& question);   // what a read-only server refuses

} // namespace nacre::sftp
