// Writing a KRL: serial numbers in lists and ranges, whichever is shorter.
#include "keys/krl.h"
#include "keys/krl_format.h"
#include "wire/writer.h"

namespace nacre {

namespace {

// A longer run takes less room as a range than as a list.
constexpr std::uint64_t longest_in_list = 3;

void write_part(ByteVector& out, krl::Part part, const ByteVector& content)
{
    if (!content.empty())
        Writer{out}.u8(static_cast<std::uint8_t>(part)).string(content);
}

void write_serials(ByteVector& out, const SerialRanges& serials)
{
    ByteVector list;
    for (auto [first, last] : serials.ranges()) {
        if (last - first < longest_in_list) {
            for (auto serial = first;; ++serial) {
                Writer{list}.u64(serial);
                if (serial == last)
                    break;
            }
            continue;
        }
        write_part(out, krl::Part::serial_list, list);
        list.clear();
        ByteVector range;
        Writer{range}.u64(first).u64(last);
        write_part(out, krl::Part::serial_range, range);
    }
    write_part(out, krl::Part::serial_list, list);
}

ByteVector certificates(const ByteVector& authority, const Krl::OfAuthority& revoked)
{
    ByteVector section;
    Writer{section}.string(authority).string(std::string_view{});
    write_serials(section, revoked.serials);
    ByteVector ids;
    for (auto& id : revoked.key_ids)
        Writer{ids}.string(std::string_view{id});
    write_part(section, krl::Part::key_id, ids);
    return section;
}

void write_section(ByteVector& out, krl::Section type, const ByteVector& content)
{
    if (!content.empty())
        Writer{out}.u8(static_cast<std::uint8_t>(type)).string(content);
}

ByteVector strings(const std::set<ByteVector>& items)
{
    ByteVector section;
    for (auto& item : items)
        Writer{section}.string(item);
    return section;
}

} // namespace

Result<ByteVector> Krl::write(std::uint64_t generated_at) const
{
    ByteVector file;
    Writer{file}
        .raw(krl::magic)
        .u32(krl::format_version)
        .u64(version)
        .u64(generated_at)
        .u64(0)
        .string(std::string_view{})
        .string(std::string_view{comment});
    for (auto& [authority, revoked] : authorities_)
        write_section(file, krl::Section::certificates, certificates(authority, revoked));
    write_section(file, krl::Section::keys, strings(keys_));
    write_section(file, krl::Section::sha1, strings(sha1_));
    write_section(file, krl::Section::sha256, strings(sha256_));
    if (file.size() > krl_size_limit)
        return bad_input("the revocation list became too long");
    return file;
}

} // namespace nacre
