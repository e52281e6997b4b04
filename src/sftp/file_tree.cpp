#include "sftp/file_tree.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "sftp/names.h"

namespace nacre::sftp {
namespace {

Failure read_only() { return not_permitted("Permission denied"); }

class FileInMemory final : public TreeFile {
public:
    explicit FileInMemory(std::shared_ptr<const std::string> content) : content_(std::move(content)) {}

    Result<Attributes> attributes() override { return file_attributes(content_->size()); }
    Result<std::size_t> read(std::uint64_t offset, MutableBytes space) override
    {
        if (offset >= content_->size())
            return std::size_t{0};
        auto bytes = as_bytes(*content_).subspan(static_cast<std::size_t>(offset));
        auto count = std::min(bytes.size(), space.size());
        std::ranges::copy(bytes.first(count), space.begin());
        return count;
    }

private:
    std::shared_ptr<const std::string> content_;
};

} // namespace

Failure no_such_file() { return system_failure("No such file", ENOENT); }

Attributes file_attributes(std::uint64_t size, std::uint32_t mode)
{
    return {.size = size, .permissions = mode_bits::regular | mode};
}

Attributes directory_attributes(std::uint32_t mode) { return {.permissions = mode_bits::directory | mode}; }

std::unique_ptr<TreeFile> file_of(std::shared_ptr<const std::string> content)
{
    return std::make_unique<FileInMemory>(std::move(content));
}

Result<std::size_t> TreeFile::read(std::uint64_t, MutableBytes) { return read_only(); }
Result<void> TreeFile::write(std::uint64_t, Bytes) { return read_only(); }
Result<void> TreeFile::close() { return {}; }

Result<Attributes> FileTree::attributes(const std::string& path)
{
    if (path == "/")
        return directory_attributes();
    auto entries = TRY(list(std::string{directory_of(path)}));
    auto found = std::ranges::find(entries, last_component(path), &TreeEntry::name);
    if (found == entries.end())
        return no_such_file();
    return found->attributes;
}

Result<std::unique_ptr<TreeFile>> FileTree::open_to_write(const std::string&, std::uint32_t, const Attributes&)
{
    return read_only();
}

Result<void> FileTree::make_directory(const std::string&, const Attributes&) { return read_only(); }
Result<void> FileTree::remove(const std::string&) { return read_only(); }
Result<void> FileTree::remove_directory(const std::string&) { return read_only(); }
Result<void> FileTree::rename(const std::string&, const std::string&) { return read_only(); }
Result<void> FileTree::change(const std::string&, const Attributes&) { return read_only(); }

std::string clean_path(std::string_view path)
{
    std::vector<std::string> parts;
    for (auto part : split(path, '/')) {
        if (part == "..") {
            if (!parts.empty())
                parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.emplace_back(part);
        }
    }
    return "/" + join(parts, "/");
}

} // namespace nacre::sftp
