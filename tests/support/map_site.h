// Files in memory: a Site that answers at once, and the disk of ScriptedSftpServer.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "sftp/names.h"
#include "sftp/site.h"

namespace nacre::test {

struct MapFile {
    bool directory = false;
    std::string content{};
    std::uint32_t mode = 0644;
    sftp::Times times{};
    std::string link{};                                           // not empty: a symbolic link to this path
};

class MapSite final : public sftp::Site {
public:
    std::map<std::string, MapFile> files{{"", {.directory = true, .mode = 0755}}};   // "dir/name"; parents must exist
    sftp::SiteLimits site_limits{.read_size = 1u << 20, .write_size = 1u << 20, .open_files = 256, .requests = 4096};
    std::uint64_t room = ~std::uint64_t{0};                       // bytes until the disk is full
    std::size_t opened = 0, most_opened = 0;
    std::uint64_t understates = 1;                                // so many times smaller are files said to be
    std::string* passes_by = nullptr;                             // where every other block that is copied is put, unseen

    void add_file(const std::string& path, std::string content, std::uint32_t mode = 0644, sftp::Times times = {})
    {
        files[path] = {.content = std::move(content), .mode = mode, .times = times};
    }
    void add_link(const std::string& path, const std::string& target) { files[path] = {.mode = 0777, .link = target}; }
    void add_directory(const std::string& path, std::uint32_t mode = 0755) { files[path] = {.directory = true, .mode = mode}; }

    std::string_view label() const override { return "local"; }
    sftp::SiteLimits limits() const override { return site_limits; }
    bool has_room() const override { return true; }

    Reply real_path(const sftp::Ticket&, const std::string& path) override
    {
        auto real = resolved(path);
        if (!real || !files.contains(*real))
            return missing();
        return sftp::Answer{.entries = {{"/" + *real, "", {}}}};
    }
    Reply look(const sftp::Ticket&, const std::string& path, sftp::Links links) override
    {
        auto file = links == sftp::Links::followed ? find(path) : find_shown(path);
        if (file == files.end())
            return missing();
        return sftp::Answer{.attributes = facts(file->second)};
    }
    Reply look_at(const sftp::Ticket& ticket, const std::string& handle) override
    {
        return look(ticket, handle, sftp::Links::followed);
    }
    Reply open_to_read(const sftp::Ticket&, const std::string& path) override
    {
        auto file = find(path);
        if (file == files.end())
            return missing();
        if ((file->second.mode & 0400) == 0)
            return sftp::Answer{.outcome = sftp::Outcome::not_permitted, .reason = "Permission denied"};
        return open(file->first);
    }
    Reply open_to_write(const sftp::Ticket&, const std::string& path, const sftp::SinkFile& how) override
    {
        if (!parent_exists(path))
            return missing();
        auto [file, added] = files.try_emplace(path, MapFile{.mode = how.mode});
        if (file->second.directory)
            return failed();
        if (how.truncate)
            file->second.content.clear();
        return open(path);
    }
    Reply read(const sftp::Ticket& ticket, const std::string& handle) override
    {
        auto& content = files[handle].content;
        if (ticket.offset >= content.size())
            return sftp::Answer{.outcome = sftp::Outcome::end, .reason = "End of file"};
        auto block = std::string_view{content}.substr(ticket.offset, ticket.length);
        if (passes_by && ticket.step == sftp::Step::read && (by_turns_ = !by_turns_)) {
            *passes_by += block;
            return sftp::Answer{.in_kernel = block.size()};
        }
        return sftp::Answer{.data = as_bytes(block)};
    }
    Reply write(const sftp::Ticket& ticket, const std::string& handle, sftp::Block block) override
    {
        auto data = block.here;
        if (data.size() > room)
            return sftp::Answer{.outcome = sftp::Outcome::failed, .reason = "No space left on device"};
        room -= data.size();
        auto& content = files[handle].content;
        if (content.size() < ticket.offset + data.size())
            content.resize(ticket.offset + data.size());
        content.replace(ticket.offset, data.size(), as_text(data));
        return sftp::Answer{};
    }
    Reply set(const sftp::Ticket& ticket, const std::string& handle, const sftp::Attributes& attributes) override
    {
        return set_path(ticket, handle, attributes);
    }
    Reply set_path(const sftp::Ticket&, const std::string& path, const sftp::Attributes& attributes) override
    {
        auto file = files.find(path);
        if (file == files.end())
            return missing();
        if (attributes.size)
            file->second.content.resize(*attributes.size);
        file->second.mode = attributes.mode(file->second.mode);
        file->second.times = attributes.times.value_or(file->second.times);
        return sftp::Answer{};
    }
    Reply sync(const sftp::Ticket&, const std::string&) override { return sftp::Answer{}; }
    Reply close(const sftp::Ticket&, const std::string& handle) override
    {
        --opened;
        listings_.erase(handle);
        return sftp::Answer{};
    }
    void release(const std::string& handle) override { (void)close({}, handle); }
    Reply make_directory(const sftp::Ticket&, const std::string& path, std::uint32_t mode) override
    {
        if (!parent_exists(path))
            return missing();
        if (!files.try_emplace(path, MapFile{.directory = true, .mode = mode}).second)
            return failed();
        return sftp::Answer{};
    }
    Reply open_directory(const sftp::Ticket&, const std::string& name) override
    {
        auto file = find(name);
        if (file == files.end() || !file->second.directory)
            return missing();
        auto& path = file->first;
        auto handle = "listing " + std::to_string(++listed_);
        auto& listing = listings_[handle];
        listing = {{".", "", {}}, {"..", "", {}}};
        for (auto& [its_path, entry] : files)
            if (!its_path.empty() && its_path != path && parent_of(its_path) == path)
                listing.push_back({std::string{sftp::last_component(its_path)}, "-rw- " + its_path, facts(entry)});
        return open(handle);
    }
    Reply read_directory(const sftp::Ticket&, const std::string& handle) override
    {
        auto& listing = listings_[handle];
        if (listing.empty())
            return sftp::Answer{.outcome = sftp::Outcome::end};
        sftp::Answer answer;
        while (!listing.empty() && answer.entries.size() < 3) {
            answer.entries.push_back(listing.back());
            listing.pop_back();
        }
        return answer;
    }
    Reply replace(const sftp::Ticket&, const std::string& from, const std::string& to) override
    {
        auto file = files.find(from);
        if (file == files.end())
            return missing();
        auto moved = file->second;
        files.erase(file);
        files[to] = std::move(moved);
        return sftp::Answer{};
    }

private:
    bool by_turns_ = false;
    // Without links; nothing: they lead round and round.
    std::optional<std::string> resolved(const std::string& path, int links = 0) const
    {
        std::string real;
        for (std::size_t begin = 0, end = 0; begin < path.size(); begin = end + 1) {
            end = std::min(path.find('/', begin), path.size());
            real += (real.empty() ? "" : "/") + path.substr(begin, end - begin);
            auto file = files.find(real);
            if (file == files.end() || file->second.link.empty())
                continue;
            auto target = links < 40 ? resolved(file->second.link == "/" ? "" : file->second.link, links + 1) : std::nullopt;
            if (!target)
                return std::nullopt;
            real = *target;
        }
        return real;
    }
    std::map<std::string, MapFile>::iterator find(const std::string& path)
    {
        auto real = resolved(path);
        return real ? files.find(*real) : files.end();
    }
    std::map<std::string, MapFile>::iterator find_shown(const std::string& path)
    {
        auto parent = resolved(parent_of(path));
        return parent ? files.find(sftp::join_path(*parent, sftp::last_component(path))) : files.end();
    }
    sftp::Attributes facts(const MapFile& file) const
    {
        sftp::Attributes facts;
        facts.size = file.content.size() / understates;
        facts.permissions = file.mode | (!file.link.empty() ? sftp::mode_bits::link
                                         : file.directory   ? sftp::mode_bits::directory
                                                            : sftp::mode_bits::regular);
        facts.times = file.times;
        return facts;
    }
    static std::string parent_of(const std::string& path)
    {
        auto slash = path.rfind('/');
        return slash == path.npos ? "" : path.substr(0, slash);
    }
    bool parent_exists(const std::string& path) const
    {
        auto parent = files.find(parent_of(path));
        return parent != files.end() && parent->second.directory;
    }
    Reply open(const std::string& path)
    {
        most_opened = std::max(most_opened, ++opened);
        return sftp::Answer{.handle = path};
    }
    std::size_t listed_ = 0;                                      // ever
    static Reply missing()
    {
        return sftp::Answer{.outcome = sftp::Outcome::no_such_file, .reason = "No such file or directory"};
    }
    static Reply failed() { return sftp::Answer{.outcome = sftp::Outcome::failed, .reason = "Failure"}; }

    std::map<std::string, std::vector<sftp::DirectoryEntry>> listings_;
};

} // namespace nacre::test
