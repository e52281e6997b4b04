// Files that are on no disk: an SFTP server that shows what is in memory, and keeps there what clients bring.
//
//     memory_files PORT HOST_KEY_FILE                            // then: sftp -P PORT 127.0.0.1
#include <nacre/runtime.h>

#include <algorithm>
#include <cstdio>
#include <map>

using namespace nacre;

namespace {

constexpr std::size_t largest_file = 4 * 1024 * 1024, most_files = 25;
using Content = std::shared_ptr<std::string>;
using Opened = Result<std::unique_ptr<sftp::TreeFile>>;

struct Upload final : sftp::TreeFile {
    explicit Upload(Content file) : content(std::move(file)) {}
    Result<sftp::Attributes> attributes() override { return sftp::file_attributes(content->size()); }
    Result<void> write(std::uint64_t offset, Bytes data) override
    {
        if (offset > largest_file - data.size())                  // of which a message holds less
            return not_permitted("the file is too large");
        content->resize(std::max(content->size(), offset + data.size()));
        content->replace(offset, data.size(), as_text(data));
        return {};
    }
    Content content;
};

struct Tree final : sftp::FileTree {
    std::map<std::string, Content> files{{"/hello.txt", std::make_shared<std::string>("hello, world\n")}};   // by path

    Result<std::vector<sftp::TreeEntry>> list(const std::string& path) override
    {
        if (path != "/")
            return sftp::no_such_file();
        std::vector<sftp::TreeEntry> entries;
        for (auto& [name, content] : files)
            entries.push_back({.name = name.substr(1), .attributes = sftp::file_attributes(content->size())});
        return entries;
    }
    Opened open(const std::string& path) override { return files.contains(path) ? sftp::file_of(files[path]) : nullptr; }
    Opened open_to_write(const std::string& path, std::uint32_t flags, const sftp::Attributes&) override
    {
        if (path == "/" || path.rfind('/') != 0 || (!files.contains(path) && files.size() == most_files))
            return not_permitted("there is no room for that");
        auto& content = files.try_emplace(path, std::make_shared<std::string>()).first->second;
        if (flags & sftp::OpenFlags::truncate)
            content->clear();
        return std::make_unique<Upload>(content);
    }
};

Result<void> serve(std::uint16_t port, const std::string& host_key_file)
{
    auto loop = TRY(EventLoop::create());
    auto host_key = TRY(signer_from_file(host_key_file));
    Tree tree;
    SshServer server{loop, {
        .answers = {.host_keys = {host_key}, .nothing = [](std::string_view) { return true; }},
        .start = [&](ServedProgram& program) { return serve_files(program, tree); },
    }};
    TRY(server.listen({.host = "127.0.0.1", .port = port}));
    loop.run();
    return {};
}

} // namespace

int main(int count, char** words)
{
    auto port = count == 3 ? parse_number<std::uint16_t>(words[1]) : std::nullopt;
    auto served = port ? serve(*port, words[2]) : bad_input("usage: memory_files PORT HOST_KEY_FILE");
    if (!served)
        std::fprintf(stderr, "memory_files: %s\n", served.error().what.c_str());
    return served ? 0 : 1;
}
