#include "sftp/requests.h"

#include <algorithm>
#include <array>

namespace nacre::sftp {

namespace {

// A plain request's first member is its id, which has been read.
template <class T, auto First, auto... Others>
void read_after_id(Reader& in, T& request, RequestId id, Fields<First, Others...>)
{
    request.id = id;
    detail::decode_members(in, request, Fields<Others...>{});
}

template <class T>
std::optional<Question> read_as(Reader& in, RequestId id)
{
    T request{};
    if constexpr (Message<T>)
        read_after_id(in, request, id, typename T::fields{});
    else
        detail::decode_members(in, request, typename T::fields{});
    if (!in.ok())
        return std::nullopt;
    return Question{request};
}

template <class T>
constexpr RequestKind plain(std::string_view name, Effect effect)
{
    return {.name = name, .number = T::number, .read = read_as<T>, .effect = effect};
}

template <class T>
constexpr RequestKind extended(std::string_view name, std::string_view extension, std::string_view version, Effect effect)
{
    return {.name = name, .number = Extended::number, .extension = extension, .announced = version, .read = read_as<T>,
            .effect = effect};
}

constexpr auto changes = Effect::changes;
constexpr auto none = Effect::none;

constexpr std::array kinds{
    plain<Open>("open", Effect::depends_on_flags),
    plain<Close>("close", none),
    plain<Read>("read", none),
    plain<Write>("write", changes),
    plain<Lstat>("lstat", none),
    plain<Fstat>("fstat", none),
    plain<Setstat>("setstat", changes),
    plain<Fsetstat>("fsetstat", changes),
    plain<Opendir>("opendir", none),
    plain<Readdir>("readdir", none),
    plain<Remove>("remove", changes),
    plain<Mkdir>("mkdir", changes),
    plain<Rmdir>("rmdir", changes),
    plain<Realpath>("realpath", none),
    plain<Stat>("stat", none),
    plain<Rename>("rename", changes),
    plain<Readlink>("readlink", none),
    plain<Symlink>("symlink", changes),
    extended<PosixRename>("posix-rename", extension::posix_rename, "1", changes),
    extended<Statvfs>("statvfs", extension::statvfs, "2", none),
    extended<Fstatvfs>("fstatvfs", extension::fstatvfs, "2", none),
    extended<Hardlink>("hardlink", extension::hardlink, "1", changes),
    extended<Fsync>("fsync", extension::fsync, "1", changes),
    extended<Lsetstat>("lsetstat", extension::lsetstat, "1", changes),
    extended<AskLimits>("limits", extension::limits, "1", none),
    extended<ExpandPath>("expand-path", extension::expand_path, "1", none),
    extended<CopyData>("copy-data", extension::copy_data, "1", changes),
    extended<HomeDirectory>("home-directory", extension::home_directory, "1", none),
    extended<UsersGroupsById>("users-groups-by-id", extension::users_groups_by_id, "1", none),
};
static_assert(kinds.size() == std::variant_size_v<Question>);

} // namespace

std::span<const RequestKind> request_kinds() { return kinds; }

const RequestKind* request_kind(MessageNumber number)
{
    auto row = std::ranges::find_if(kinds, [&](auto& kind) { return kind.number == number && kind.extension.empty(); });
    return row == kinds.end() ? nullptr : &*row;
}

const RequestKind* extended_request_kind(std::string_view extension)
{
    auto row = std::ranges::find_if(
        kinds, [&](auto& kind) { return !kind.extension.empty() && kind.extension == extension; });
    return row == kinds.end() ? nullptr : &*row;
}

bool changes_files(const RequestKind& kind, const Question& question)
{
    if (kind.effect != Effect::depends_on_flags)
        return kind.effect == Effect::changes;
    auto* open = std::get_if<Open>(&question);
    return !open || (open->flags & ~OpenFlags::read) != 0;
}

} // namespace nacre::sftp
