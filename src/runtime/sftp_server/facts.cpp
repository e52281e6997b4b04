#include "runtime/sftp_server/facts.h"

#include "runtime/listing_date.h"
#include "sftp/long_name.h"

namespace nacre::sftp {

namespace {

std::uint32_t seconds32(const timespec& time) { return static_cast<std::uint32_t>(time.tv_sec); }

} // namespace

Attributes attributes_of(const struct stat& facts)
{
    Attributes attributes;
    attributes.size = static_cast<std::uint64_t>(facts.st_size);
    attributes.owner = Owner{facts.st_uid, facts.st_gid};
    attributes.permissions = facts.st_mode;
    attributes.times = Times{seconds32(facts.st_atim), seconds32(facts.st_mtim)};
    return attributes;
}

extension::FileSystemFacts file_system_facts(const struct statvfs& facts)
{
    using Facts = extension::FileSystemFacts;
    return {.block_size = facts.f_bsize, .fragment_size = facts.f_frsize, .blocks = facts.f_blocks,
            .blocks_free = facts.f_bfree, .blocks_available = facts.f_bavail, .files = facts.f_files,
            .files_free = facts.f_ffree, .files_available = facts.f_favail, .id = facts.f_fsid,
            .flags = (facts.f_flag & ST_RDONLY ? Facts::read_only : 0) | (facts.f_flag & ST_NOSUID ? Facts::no_set_uid : 0),
            .longest_name = facts.f_namemax};
}

std::string long_name(std::string_view name, const struct stat& facts, std::time_t now, AccountNames& names)
{
    auto shown = [](const std::string& known, std::uint32_t id) { return known.empty() ? std::to_string(id) : known; };
    return long_name({.mode = facts.st_mode,
                      .links = std::to_string(facts.st_nlink),
                      .owner = shown(names.user(facts.st_uid), facts.st_uid),
                      .group = shown(names.group(facts.st_gid), facts.st_gid),
                      .size = std::to_string(facts.st_size),
                      .date = listing_date(facts.st_mtim.tv_sec, now),
                      .name = name});
}

} // namespace nacre::sftp
