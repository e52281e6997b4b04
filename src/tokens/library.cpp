#include "tokens/library.h"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <utility>

#include "os/safe_file.h"

namespace nacre::token {

namespace {

constexpr std::size_t longest_library = 64 * 1024 * 1024;

#if __SIZEOF_POINTER__ == 8
using Header = Elf64_Ehdr;
using Section = Elf64_Shdr;
using Symbol = Elf64_Sym;
#else
using Header = Elf32_Ehdr;
using Section = Elf32_Shdr;
using Symbol = Elf32_Sym;
#endif

// A copy of what lies there; nothing beyond the end.
template <class T>
std::optional<T> read_at(Bytes file, std::uint64_t offset)
{
    if (offset > file.size() || file.size() - offset < sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, file.subspan(offset).data(), sizeof(T));
    return value;
}

bool is_named(Bytes file, const Section& names, std::uint64_t index, std::string_view wanted)
{
    auto start = names.sh_offset + index;
    if (index >= names.sh_size || start > file.size() || file.size() - start <= wanted.size())
        return false;
    auto text = as_text(file.subspan(start, wanted.size() + 1));
    return text.substr(0, wanted.size()) == wanted && text.back() == '\0';
}

bool table_defines(Bytes file, const Section& table, const Section& names, std::string_view function)
{
    for (std::uint64_t at = 0; at + sizeof(Symbol) <= table.sh_size; at += sizeof(Symbol)) {
        auto symbol = read_at<Symbol>(file, table.sh_offset + at);
        if (!symbol)
            return false;
        bool is_global = ELF64_ST_BIND(symbol->st_info) != STB_LOCAL;   // a local one may have no name, as sections on arm64
        if (symbol->st_shndx != SHN_UNDEF && is_global && is_named(file, names, symbol->st_name, function))
            return true;
    }
    return false;
}

} // namespace

Result<bool> library_defines(const std::string& path, std::string_view function)
{
    auto fd = TRY(open_to_read(path));
    auto file = TRY(read_all(fd.number(), longest_library));
    auto header = read_at<Header>(file, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_shentsize != sizeof(Section))
        return bad_input(fmt::format("{} is not a library", path));
    auto section = [&](std::uint64_t index) { return read_at<Section>(file, header->e_shoff + index * sizeof(Section)); };
    for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
        auto table = section(i);
        if (!table || table->sh_type != SHT_DYNSYM)
            continue;
        auto names = section(table->sh_link);
        if (names && table_defines(file, *table, *names, function))
            return true;
    }
    return false;
}

Result<Library> Library::open(const std::string& path, const std::string& function)
{
    if (!path.starts_with('/'))
        return bad_input(fmt::format("the library \"{}\" must be named by its absolute path", path));
    bool fits = TRY(library_defines(path, function));
    if (!fits)
        return bad_input(fmt::format("{} is a library for something else: it has no {}", path, function));
    auto* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        auto* why = ::dlerror();
        return system_failure(fmt::format("cannot load {}: {}", path, why ? why : "no reason given"));
    }
    return Library{handle};
}

Library::Library(Library&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Library::~Library()
{
    if (handle_)
        ::dlclose(handle_);
}

void* Library::address_of(const char* name) const { return ::dlsym(handle_, name); }

} // namespace nacre::token
