// A FileTree in memory, as somebody might write one.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "sftp/file_tree.h"
#include "sftp/messages.h"
#include "sftp/names.h"

namespace nacre::test {

class MemoryTree final : public sftp::FileTree {
public:
    // By path.  Who has a file open keeps it, whatever becomes of its name.
    struct Content : std::shared_ptr<std::string> {
        Content() : std::shared_ptr<std::string>(std::make_shared<std::string>()) {}
        Content(std::string text) : std::shared_ptr<std::string>(std::make_shared<std::string>(std::move(text))) {}
        Content(const char* text) : Content(std::string{text}) {}
        bool operator==(std::string_view text) const { return **this == text; }
    };
    std::map<std::string, Content> files;
    std::map<std::string, std::uint32_t> directories{{"/", 0755}};   // their permissions
    std::size_t largest_file = 1 << 26;                           // bytes

    Result<std::vector<sftp::TreeEntry>> list(const std::string& path) override
    {
        if (!directories.contains(path))
            return sftp::no_such_file();
        std::vector<sftp::TreeEntry> entries;
        auto add = [&](const std::string& name, sftp::Attributes attributes) {
            if (name != "/" && sftp::directory_of(name) == path)
                entries.push_back({std::string{sftp::last_component(name)}, attributes});
        };
        for (auto& [name, mode] : directories)
            add(name, sftp::directory_attributes(mode));
        for (auto& [name, content] : files)
            add(name, sftp::file_attributes(content->size()));
        return entries;
    }
    Result<std::unique_ptr<sftp::TreeFile>> open(const std::string& path) override
    {
        return files.contains(path) ? sftp::file_of(std::make_shared<std::string>(*files[path])) : nullptr;
    }
    Result<std::unique_ptr<sftp::TreeFile>> open_to_write(const std::string& path, std::uint32_t flags,
                                                          const sftp::Attributes&) override
    {
        if (!files.contains(path) && !((flags & sftp::OpenFlags::create) && directories.contains(std::string{sftp::directory_of(path)})))
            return sftp::no_such_file();
        if (flags & sftp::OpenFlags::truncate)
            files[path]->clear();
        return std::make_unique<Written>(files[path], largest_file);
    }
    Result<void> make_directory(const std::string& path, const sftp::Attributes& asked) override
    {
        if (!directories.emplace(path, asked.mode(0755)).second)
            return bad_input("it is there already");
        return {};
    }
    Result<void> remove(const std::string& path) override
    {
        return files.erase(path) ? Result<void>{} : sftp::no_such_file();
    }
    Result<void> remove_directory(const std::string& path) override
    {
        return directories.erase(path) ? Result<void>{} : sftp::no_such_file();
    }
    Result<void> rename(const std::string& from, const std::string& to) override
    {
        auto file = files.extract(from);
        if (!file)
            return sftp::no_such_file();
        files[to] = std::move(file.mapped());
        return {};
    }
    Result<void> change(const std::string& path, const sftp::Attributes& wanted) override
    {
        if (files.contains(path) && wanted.size)
            files[path]->resize(std::min<std::size_t>(*wanted.size, largest_file));
        return {};
    }

private:
    struct Written final : sftp::TreeFile {
        Written(std::shared_ptr<std::string> where, std::size_t most) : content(std::move(where)), largest(most) {}
        Result<sftp::Attributes> attributes() override { return sftp::file_attributes(content->size()); }
        Result<void> write(std::uint64_t offset, Bytes data) override
        {
            if (offset > largest - data.size())
                return bad_input("the file is too large");
            content->resize(std::max<std::size_t>(content->size(), offset + data.size()));
            content->replace(offset, data.size(), as_text(data));
            return {};
        }
        std::shared_ptr<std::string> content;
        std::size_t largest;
    };
};

} // namespace nacre::test
