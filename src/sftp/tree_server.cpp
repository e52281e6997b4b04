#include "sftp/tree_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/contract.h"
#include "sftp/long_name.h"
#include "sftp/status.h"

namespace nacre::sftp {
namespace {

// Then a listing goes on in the next answer, which every client takes.
constexpr std::size_t enough_names = std::size_t{32} << 10;       // bytes

// What a tree knows nothing of is not even announced.
constexpr std::string_view beyond_trees =
    "statvfs,fstatvfs,hardlink,expand-path,copy-data,home-directory,users-groups-by-id,fsync";

ServerRules rules_of_trees(ServerRules rules)
{
    rules.denied += (rules.denied.empty() ? "" : ",") + std::string{beyond_trees};
    return rules;
}

StatusCode code_of(const Error& why)
{
    if (why.kind == ErrorKind::not_permitted)
        return StatusCode::permission_denied;
    return why.os_error == 0 ? StatusCode::failure : status_of(why.os_error);
}

// Whose the time zone is nobody knows here, so the day must do.
std::string line_of(const TreeEntry& entry)
{
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto& attributes = entry.attributes;
    auto owner = attributes.owner.value_or(Owner{});
    auto seconds = attributes.times.value_or(Times{}).modification;
    std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{seconds / 86400}}};
    auto month = months[unsigned{day.month()} - 1];
    return long_name({.mode = attributes.permissions.value_or(0),
                      .owner = std::to_string(owner.uid),
                      .group = std::to_string(owner.gid),
                      .size = std::to_string(attributes.size.value_or(0)),
                      .date = fmt::format("{} {:2}  {}", month, unsigned{day.day()}, int{day.year()}),
                      .name = entry.name});
}

} // namespace

TreeServer::TreeServer(FileTree& tree, ServerRules rules, Log& log)
    : tree_(tree), server_(rules_of_trees(std::move(rules)), log)
{
}

Result<void> TreeServer::work()
{
    for (;;) {
        auto asked = TRY(server_.next());
        if (!asked)
            return {};
        std::visit([&](const auto& question) { on(asked->id, question); }, asked->question);
    }
}

void TreeServer::fail(RequestId id, const Error& why) { server_.answer_status(id, code_of(why), why.what); }

void TreeServer::answer(RequestId id, const Result<void>& done)
{
    if (done)
        server_.answer_status(id, StatusCode::ok);
    else
        fail(id, done.error());
}

void TreeServer::answer(RequestId id, const Result<Attributes>& attributes)
{
    if (attributes)
        server_.answer(Attrs{id, *attributes});
    else
        fail(id, attributes.error());
}

TreeServer::Opened* TreeServer::open_file(RequestId id, std::string_view handle, bool Opened::*use)
{
    auto* found = opened_.find(handle);
    bool is_file = found && found->file;
    if (is_file && found->*use)
        return found;
    server_.answer_status(id, is_file ? StatusCode::permission_denied : StatusCode::failure);
    return nullptr;
}

// A tree that gives a path to a function of C would see another one behind a zero.
std::optional<std::string> TreeServer::path_of(RequestId id, std::string_view said)
{
    auto path = clean_path(said);
    if (said.size() <= longest_path && path.size() <= longest_path && !said.contains('\0'))
        return path;
    server_.answer_status(id, StatusCode::bad_message, "not a path");
    return std::nullopt;
}

std::optional<FileKind> TreeServer::kind_of(RequestId id, const std::string& path)
{
    auto attributes = tree_.attributes(path);
    if (attributes)
        return attributes->kind();
    fail(id, attributes.error());
    return std::nullopt;
}

// ---- files

void TreeServer::on(RequestId id, const Open& request)
{
    if (opened_.is_full())
        return server_.answer_status(id, StatusCode::failure, "Too many open files");
    auto path = path_of(id, request.path);
    if (!path)
        return;
    bool changes = (request.flags & ~OpenFlags::read) != 0;
    auto file = changes ? tree_.open_to_write(*path, request.flags, request.attributes) : tree_.open(*path);
    if (!file)
        return fail(id, file.error());
    if (!*file)
        return server_.answer_status(id, StatusCode::no_such_file);
    auto handle = opened_.add({.path = *std::move(path),
                               .file = *std::move(file),
                               .reads = !changes || (request.flags & OpenFlags::read) != 0,
                               .writes = (request.flags & (OpenFlags::write | OpenFlags::append)) != 0,
                               .appends = (request.flags & OpenFlags::append) != 0});
    server_.answer(Handle{id, as_text(handle)});
}

void TreeServer::on(RequestId id, const Close& request)
{
    auto opened = opened_.remove(request.handle);
    if (!opened)
        return server_.answer_status(id, StatusCode::failure);
    if (!opened->file)
        --listings_;
    answer(id, opened->file ? opened->file->close() : Result<void>{});
}

void TreeServer::on(RequestId id, const Read& request)
{
    auto* opened = open_file(id, request.handle, &Opened::reads);
    if (!opened)
        return;
    auto space = server_.data_space(std::min(request.length, most_data));
    auto count = opened->file->read(request.offset, space);
    if (!count)
        return fail(id, count.error());
    NACRE_EXPECTS(*count <= space.size());
    if (*count == 0 && !space.empty())
        server_.answer_status(id, StatusCode::eof);
    else
        server_.answer_data(id, *count);
}

void TreeServer::on(RequestId id, const Write& request)
{
    auto* opened = open_file(id, request.handle, &Opened::writes);
    if (!opened)
        return;
    auto offset = request.offset;
    if (opened->appends) {
        auto attributes = opened->file->attributes();
        if (!attributes)
            return fail(id, attributes.error());
        offset = attributes->size.value_or(0);
    }
    answer(id, opened->file->write(offset, request.data));
}

// ---- attributes

void TreeServer::on(RequestId id, const Stat& request)
{
    if (auto path = path_of(id, request.path))
        answer(id, tree_.attributes(*path));
}

void TreeServer::on(RequestId id, const Lstat& request)
{
    if (auto path = path_of(id, request.path))
        answer(id, tree_.attributes(*path));
}

void TreeServer::on(RequestId id, const Fstat& request)
{
    auto* opened = opened_.find(request.handle);
    if (!opened)
        return server_.answer_status(id, StatusCode::failure);
    answer(id, opened->file ? opened->file->attributes() : tree_.attributes(opened->path));
}

void TreeServer::on(RequestId id, const Setstat& request)
{
    if (auto path = path_of(id, request.path))
        answer(id, tree_.change(*path, request.attributes));
}

void TreeServer::on(RequestId id, const Lsetstat& request)
{
    if (auto path = path_of(id, request.path))
        answer(id, tree_.change(*path, request.attributes));
}

void TreeServer::on(RequestId id, const Fsetstat& request)
{
    auto* opened = opened_.find(request.handle);
    if (!opened)
        return server_.answer_status(id, StatusCode::failure);
    answer(id, tree_.change(opened->path, request.attributes));
}

// ---- directories and names

void TreeServer::on(RequestId id, const Opendir& request)
{
    if (opened_.is_full() || listings_ >= most_listings)
        return server_.answer_status(id, StatusCode::failure, "Too many open files");
    auto path = path_of(id, request.path);
    if (!path)
        return;
    auto entries = tree_.list(*path);
    if (!entries)
        return fail(id, entries.error());
    std::erase_if(*entries, [](auto& entry) { return entry.name.size() > longest_name; });
    ++listings_;
    auto handle = opened_.add({.path = *std::move(path), .entries = *std::move(entries)});
    server_.answer(Handle{id, as_text(handle)});
}

void TreeServer::on(RequestId id, const Readdir& request)
{
    auto* opened = opened_.find(request.handle);
    if (!opened || opened->file)
        return server_.answer_status(id, StatusCode::failure);
    if (opened->next == opened->entries.size())
        return server_.answer_status(id, StatusCode::eof);
    constexpr std::size_t count_at = 1 + 4;                       // behind the number and the id
    auto frame = server_.begin();
    frame.write().u8(Names::number.value).u32(id.value).u32(0);
    std::uint32_t count = 0;
    for (; opened->next < opened->entries.size() && frame.size() < enough_names; ++opened->next, ++count) {
        auto& entry = opened->entries[opened->next];
        frame.write().string(entry.name).string(line_of(entry));
        auto out = frame.write();
        entry.attributes.encode_to(out);
    }
    frame.patch(count_at, count);
    frame.finish();
}

void TreeServer::on(RequestId id, const Realpath& request)
{
    if (auto path = path_of(id, request.path))
        server_.answer(Names{id, {{NameEntry{.file_name = *path, .long_name = *path}}}});
}

void TreeServer::on(RequestId id, const Mkdir& request)
{
    auto path = path_of(id, request.path);
    if (!path)
        return;
    auto there = tree_.attributes(*path);
    if (there)
        return server_.answer_status(id, StatusCode::failure, "it is there already");
    if (there.error().os_error != ENOENT)
        return fail(id, there.error());
    answer(id, tree_.make_directory(*path, request.attributes));
}

void TreeServer::on(RequestId id, const Remove& request)
{
    auto path = path_of(id, request.path);
    auto kind = path ? kind_of(id, *path) : std::nullopt;
    if (!kind)
        return;
    if (*kind == FileKind::directory)
        return server_.answer_status(id, StatusCode::failure, "it is a directory");
    answer(id, tree_.remove(*path));
}

void TreeServer::on(RequestId id, const Rmdir& request)
{
    auto path = path_of(id, request.path);
    if (!path)
        return;
    auto entries = tree_.list(*path);
    if (!entries)
        return fail(id, entries.error());
    if (*path == "/" || std::ranges::any_of(*entries, [](auto& entry) { return entry.name != "." && entry.name != ".."; }))
        return server_.answer_status(id, StatusCode::failure, "it is not empty");
    answer(id, tree_.remove_directory(*path));
}

// §6.5: "It is an error if there already exists a file with the name specified by newpath."
void TreeServer::on(RequestId id, const Rename& request)
{
    auto from = path_of(id, request.old_path);
    auto to = from ? path_of(id, request.new_path) : std::nullopt;
    if (!to)
        return;
    auto there = tree_.attributes(*to);
    if (there)
        return server_.answer_status(id, StatusCode::failure, "it is there already");
    if (there.error().os_error != ENOENT)
        return fail(id, there.error());
    answer(id, tree_.rename(*from, *to));
}

void TreeServer::on(RequestId id, const PosixRename& request)
{
    auto from = path_of(id, request.old_path);
    auto to = from ? path_of(id, request.new_path) : std::nullopt;
    if (to)
        answer(id, tree_.rename(*from, *to));
}

void TreeServer::on(RequestId id, const AskLimits&)
{
    server_.answer_extended(id, extension::Limits{.packet_length = most_frame,
                                                  .read_length = most_data,
                                                  .write_length = most_data,
                                                  .open_handles = opened_.most()});
}

} // namespace nacre::sftp
