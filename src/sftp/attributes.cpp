#include "sftp/attributes.h"

namespace nacre::sftp {

namespace {

namespace flag {
constexpr std::uint32_t size = 0x1;
constexpr std::uint32_t owner = 0x2;
constexpr std::uint32_t permissions = 0x4;
constexpr std::uint32_t times = 0x8;
constexpr std::uint32_t extended = 0x80000000;
} // namespace flag

} // namespace

FileKind Attributes::kind() const
{
    if (!permissions)
        return FileKind::unknown;
    switch (*permissions & mode_bits::kind) {
    case 0: return FileKind::unknown;
    case mode_bits::regular: return FileKind::regular;
    case mode_bits::directory: return FileKind::directory;
    case mode_bits::link: return FileKind::link;
    default: return FileKind::other;
    }
}

void Attributes::encode_to(Writer& out) const
{
    out.u32((size ? flag::size : 0) | (owner ? flag::owner : 0) | (permissions ? flag::permissions : 0) |
            (times ? flag::times : 0));
    if (size)
        out.u64(*size);
    if (owner)
        out.u32(owner->uid).u32(owner->gid);
    if (permissions)
        out.u32(*permissions);
    if (times)
        out.u32(times->access).u32(times->modification);
}

void Attributes::decode_from(Reader& in)
{
    *this = {};
    auto flags = in.u32();
    if (flags & flag::size)
        size = in.u64();
    if (flags & flag::owner) {
        owner.emplace();
        owner->uid = in.u32();
        owner->gid = in.u32();
    }
    if (flags & flag::permissions)
        permissions = in.u32();
    if (flags & flag::times) {
        times.emplace();
        times->access = in.u32();
        times->modification = in.u32();
    }
    if (flags & flag::extended)
        for (auto left = in.u32(); left > 0 && in.ok(); --left) {
            in.string();
            in.string();
        }
}

} // namespace nacre::sftp
