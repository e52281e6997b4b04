// SFTP version 3 (draft-ietf-secsh-filexfer-02), declared, in the draft's order; then the extensions.
//
// A message here is what follows the frame's length.  Every request and reply but INIT and VERSION begins with an id.
// Members of variable length are views into the bytes they were decoded from.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/strong.h"
#include "sftp/attributes.h"
#include "wire/fields.h"

namespace nacre::sftp {

inline constexpr std::uint32_t protocol_version = 3;              // the one everybody speaks

// A frame is a uint32 and that many bytes.  OpenSSH takes no more than this, so nobody sends more.
inline constexpr std::uint32_t most_frame = 256 * 1024;
// What a READ or WRITE moves at most inside such a frame.
inline constexpr std::uint32_t most_data = most_frame - 1024;
inline constexpr std::uint32_t most_handle = 256;                 // §6.2: "The length of the handle string MUST NOT exceed"

// Which request an answer is to.
using RequestId = Strong<struct RequestIdTag, std::uint32_t>;

// §6.3
struct OpenFlags {
    static constexpr std::uint32_t read = 0x1;                    // to be read
    static constexpr std::uint32_t write = 0x2;                   // to be written
    static constexpr std::uint32_t append = 0x4;                  // at the end only
    static constexpr std::uint32_t create = 0x8;                  // unless there is one
    static constexpr std::uint32_t truncate = 0x10;               // what is there goes away
    static constexpr std::uint32_t exclusive = 0x20;              // with create: there must be none
};

// §7
enum class StatusCode : std::uint32_t {
    ok = 0, eof = 1, no_such_file = 2, permission_denied = 3, failure = 4, bad_message = 5, no_connection = 6,
    connection_lost = 7, op_unsupported = 8,
};

struct Init {                                                     // §4
    static constexpr std::string_view name = "SSH_FXP_INIT";
    static constexpr MessageNumber number{1};
    std::uint32_t version = protocol_version;
    Rest extensions{};
    using fields = Fields<&Init::version, &Init::extensions>;
};

struct Version {                                                  // the answer to INIT
    static constexpr std::string_view name = "SSH_FXP_VERSION";
    static constexpr MessageNumber number{2};
    std::uint32_t version = protocol_version;
    Rest extensions{};                                            // pairs of strings: name and data
    using fields = Fields<&Version::version, &Version::extensions>;
};

struct Open {                                                     // §6.3
    static constexpr std::string_view name = "SSH_FXP_OPEN";
    static constexpr MessageNumber number{3};
    RequestId id{};
    std::string_view path{};
    std::uint32_t flags = 0;
    Attributes attributes{};
    using fields = Fields<&Open::id, &Open::path, &Open::flags, &Open::attributes>;
};

struct Close {                                                    // §6.3
    static constexpr std::string_view name = "SSH_FXP_CLOSE";
    static constexpr MessageNumber number{4};
    RequestId id{};
    std::string_view handle{};
    using fields = Fields<&Close::id, &Close::handle>;
};

struct Read {                                                     // §6.4
    static constexpr std::string_view name = "SSH_FXP_READ";
    static constexpr MessageNumber number{5};
    RequestId id{};
    std::string_view handle{};
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    using fields = Fields<&Read::id, &Read::handle, &Read::offset, &Read::length>;
};

struct Write {                                                    // the same the other way
    static constexpr std::string_view name = "SSH_FXP_WRITE";
    static constexpr MessageNumber number{6};
    RequestId id{};
    std::string_view handle{};
    std::uint64_t offset = 0;
    Bytes data{};
    using fields = Fields<&Write::id, &Write::handle, &Write::offset, &Write::data>;
};

struct Lstat {                                                    // of a link itself
    static constexpr std::string_view name = "SSH_FXP_LSTAT";
    static constexpr MessageNumber number{7};
    RequestId id{};
    std::string_view path{};
    using fields = Fields<&Lstat::id, &Lstat::path>;
};
struct Fstat {                                                    // of an open file
    static constexpr std::string_view name = "SSH_FXP_FSTAT";
    static constexpr MessageNumber number{8};
    RequestId id{};
    std::string_view handle{};
    using fields = Fields<&Fstat::id, &Fstat::handle>;
};

struct Setstat {                                                  // §6.9
    static constexpr std::string_view name = "SSH_FXP_SETSTAT";
    static constexpr MessageNumber number{9};
    RequestId id{};
    std::string_view path{};
    Attributes attributes{};
    using fields = Fields<&Setstat::id, &Setstat::path, &Setstat::attributes>;
};

struct Fsetstat {                                                 // of an open file
    static constexpr std::string_view name = "SSH_FXP_FSETSTAT";
    static constexpr MessageNumber number{10};
    RequestId id{};
    std::string_view handle{};
    Attributes attributes{};
    using fields = Fields<&Fsetstat::id, &Fsetstat::handle, &Fsetstat::attributes>;
};

struct Opendir {                                                  // §6.7
    static constexpr std::string_view name = "SSH_FXP_OPENDIR";
    static constexpr MessageNumber number{11};
    RequestId id{};
    std::string_view path{};
    using fields = Fields<&Opendir::id, &Opendir::path>;
};
struct Readdir {                                                  // some names more
    static constexpr std::string_view name = "SSH_FXP_READDIR";
    static constexpr MessageNumber number{12};
    RequestId id{};
    std::string_view handle{};
    using fields = Fields<&Readdir::id, &Readdir::handle>;
};
struct Remove {                                                   // §6.5, a file
    static constexpr std::string_view name = "SSH_FXP_REMOVE";
    static constexpr MessageNumber number{13};
    RequestId id{};
    std::string_view path{};
    using fields = Fields<&Remove::id, &Remove::path>;
};

struct Mkdir {                                                    // §6.6
    static constexpr std::string_view name = "SSH_FXP_MKDIR";
    static constexpr MessageNumber number{14};
    RequestId id{};
    std::string_view path{};
    Attributes attributes{};
    using fields = Fields<&Mkdir::id, &Mkdir::path, &Mkdir::attributes>;
};

struct Rmdir {                                                    // §6.6
    static constexpr std::string_view name = "SSH_FXP_RMDIR";
    static constexpr MessageNumber number{15};
    RequestId id{};
    std::string_view path{};
    using fields = Fields<&Rmdir::id, &Rmdir::path>;
};
struct Realpath {                                                 // §6.11: absolute, without links
    static constexpr std::string_view name = "SSH_FXP_REALPATH";
    static constexpr MessageNumber number{16};
    RequestId id{};
    std::string_view path{};
    using fields = Fields<&Realpath::id, &Realpath::path>;
};
struct Stat {                                                     // §6.8
    static constexpr std::string_view name = "SSH_FXP_STAT";
    static constexpr MessageNumber number{17};
    RequestId id{};
    std::string_view path{};
    using fields = Fields<&Stat::id, &Stat::path>;
};

struct Rename {                                                   // §6.5
    static constexpr std::string_view name = "SSH_FXP_RENAME";
    static constexpr MessageNumber number{18};
    RequestId id{};
    std::string_view old_path{}, new_path{};
    using fields = Fields<&Rename::id, &Rename::old_path, &Rename::new_path>;
};

struct Readlink {                                                 // §6.10
    static constexpr std::string_view name = "SSH_FXP_READLINK";
    static constexpr MessageNumber number{19};
    RequestId id{};
    std::string_view path{};
    using fields = Fields<&Readlink::id, &Readlink::path>;
};

// The draft has it the other way round; OpenSSH's first server sent the target first, and so does everybody since.
struct Symlink {
    static constexpr std::string_view name = "SSH_FXP_SYMLINK";
    static constexpr MessageNumber number{20};
    RequestId id{};
    std::string_view target{}, link_path{};
    using fields = Fields<&Symlink::id, &Symlink::target, &Symlink::link_path>;
};

struct Status {                                                   // §7
    static constexpr std::string_view name = "SSH_FXP_STATUS";
    static constexpr MessageNumber number{101};
    RequestId id{};
    StatusCode code{};
    Rest explanation{};                                           // message and language; some servers leave them out
    using fields = Fields<&Status::id, &Status::code, &Status::explanation>;
};

// An open file or directory.
struct Handle {
    static constexpr std::string_view name = "SSH_FXP_HANDLE";
    static constexpr MessageNumber number{102};
    RequestId id{};
    std::string_view handle{};
    using fields = Fields<&Handle::id, &Handle::handle>;
};

// What was read.
struct Data {
    static constexpr std::string_view name = "SSH_FXP_DATA";
    static constexpr MessageNumber number{103};
    RequestId id{};
    Bytes data{};
    using fields = Fields<&Data::id, &Data::data>;
};

// One of Names.
struct NameEntry {
    std::string_view file_name{};
    std::string_view long_name{};
    Attributes attributes{};
    using fields = Fields<&NameEntry::file_name, &NameEntry::long_name, &NameEntry::attributes>;
};

// To READDIR, REALPATH and READLINK.
struct Names {
    static constexpr std::string_view name = "SSH_FXP_NAME";
    static constexpr MessageNumber number{104};
    RequestId id{};
    Repeated<NameEntry> entries{};
    using fields = Fields<&Names::id, &Names::entries>;
};

// To STAT and its like.
struct Attrs {
    static constexpr std::string_view name = "SSH_FXP_ATTRS";
    static constexpr MessageNumber number{105};
    RequestId id{};
    Attributes attributes{};
    using fields = Fields<&Attrs::id, &Attrs::attributes>;
};

struct Extended {                                                 // §8
    static constexpr std::string_view name = "SSH_FXP_EXTENDED";
    static constexpr MessageNumber number{200};
    RequestId id{};
    std::string_view extension{};
    Rest details{};                                               // one of the structs below, or somebody else's
    using fields = Fields<&Extended::id, &Extended::extension, &Extended::details>;
};

// What the extension says it is.
struct ExtendedReply {
    static constexpr std::string_view name = "SSH_FXP_EXTENDED_REPLY";
    static constexpr MessageNumber number{201};
    RequestId id{};
    Rest details{};
    using fields = Fields<&ExtendedReply::id, &ExtendedReply::details>;
};

// ---- Extensions (OpenSSH's PROTOCOL §4, draft-ietf-secsh-filexfer-extensions-00): details and replies.

namespace extension {

inline constexpr std::string_view posix_rename = "posix-rename@openssh.com";   // over what is there: PosixRename
inline constexpr std::string_view statvfs = "statvfs@openssh.com";   // how full it is: Statvfs
inline constexpr std::string_view fstatvfs = "fstatvfs@openssh.com";   // of an open file: Fstatvfs
inline constexpr std::string_view hardlink = "hardlink@openssh.com";   // another name: Hardlink
inline constexpr std::string_view fsync = "fsync@openssh.com";    // to the disk: Fsync
inline constexpr std::string_view lsetstat = "lsetstat@openssh.com";   // of a link itself: Lsetstat
inline constexpr std::string_view limits = "limits@openssh.com";  // what is too much: AskLimits
inline constexpr std::string_view expand_path = "expand-path@openssh.com";   // "~": ExpandPath
inline constexpr std::string_view copy_data = "copy-data";        // over there: CopyData
inline constexpr std::string_view home_directory = "home-directory";   // of a user: HomeDirectory
inline constexpr std::string_view users_groups_by_id = "users-groups-by-id@openssh.com";   // names: UsersGroupsById

struct TwoPaths {                                                 // posix-rename, hardlink
    static constexpr std::string_view name = "two paths";
    std::string_view old_path{}, new_path{};
    using fields = Fields<&TwoPaths::old_path, &TwoPaths::new_path>;
};

struct OnePath {                                                  // statvfs, expand-path; home-directory: a user
    static constexpr std::string_view name = "path";
    std::string_view path{};
    using fields = Fields<&OnePath::path>;
};

struct OneHandle {                                                // fstatvfs, fsync
    static constexpr std::string_view name = "handle";
    std::string_view handle{};
    using fields = Fields<&OneHandle::handle>;
};

struct PathAndAttributes {                                        // lsetstat
    static constexpr std::string_view name = "path and attributes";
    std::string_view path{};
    Attributes attributes{};
    using fields = Fields<&PathAndAttributes::path, &PathAndAttributes::attributes>;
};

// From one open file to another.
struct CopyData {
    static constexpr std::string_view name = "copy-data";
    std::string_view from_handle{};
    std::uint64_t from_offset = 0;
    std::uint64_t length = 0;                                     // 0: to the end
    std::string_view to_handle{};
    std::uint64_t to_offset = 0;
    using fields = Fields<&CopyData::from_handle, &CopyData::from_offset, &CopyData::length, &CopyData::to_handle,
                          &CopyData::to_offset>;
};

// The ids themselves are uint32s without a count, packed into a string each.
struct UsersGroups {
    static constexpr std::string_view name = "ids";
    Bytes users{}, groups{};
    using fields = Fields<&UsersGroups::users, &UsersGroups::groups>;
};

struct FileSystemFacts {                                          // statvfs, fstatvfs; members of struct statvfs
    static constexpr std::string_view name = "statvfs";
    std::uint64_t block_size = 0, fragment_size = 0, blocks = 0, blocks_free = 0, blocks_available = 0;
    std::uint64_t files = 0, files_free = 0, files_available = 0, id = 0, flags = 0, longest_name = 0;
    static constexpr std::uint64_t read_only = 1;                 // in flags
    static constexpr std::uint64_t no_set_uid = 2;                // the same
    using fields = Fields<&FileSystemFacts::block_size, &FileSystemFacts::fragment_size, &FileSystemFacts::blocks,
                          &FileSystemFacts::blocks_free, &FileSystemFacts::blocks_available, &FileSystemFacts::files,
                          &FileSystemFacts::files_free, &FileSystemFacts::files_available, &FileSystemFacts::id,
                          &FileSystemFacts::flags, &FileSystemFacts::longest_name>;
};

struct Limits {                                                   // 0: not known, or none
    static constexpr std::string_view name = "limits";
    std::uint64_t packet_length = 0, read_length = 0, write_length = 0, open_handles = 0;
    using fields = Fields<&Limits::packet_length, &Limits::read_length, &Limits::write_length, &Limits::open_handles>;
};

} // namespace extension

} // namespace nacre::sftp
