#include "tokens/library.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "os/safe_file.h"

namespace nacre::token {

namespace {

std::string path_of_libc()
{
    Dl_info info{};
    EXPECT_NE(::dladdr(reinterpret_cast<void*>(&gnu_get_libc_version), &info), 0);
    return info.dli_fname;
}

} // namespace

TEST(Library, IsLoadedOnlyIfItsFileDefinesTheFunction)
{
    auto libc = path_of_libc();
    EXPECT_TRUE(library_defines(libc, "gnu_get_libc_version").value());
    EXPECT_FALSE(library_defines(libc, "sk_api_version").value());
    EXPECT_FALSE(library_defines(libc, "gnu_get_libc").value());
    EXPECT_FALSE(library_defines(libc, "").value());
    EXPECT_TRUE(Library::open(libc, "gnu_get_libc_version"));
    EXPECT_FALSE(Library::open(libc, "C_GetFunctionList"));
    EXPECT_FALSE(Library::open("libc.so.6", "gnu_get_libc_version"));   // not an absolute path
    EXPECT_FALSE(library_defines("/etc/passwd", "gnu_get_libc_version"));
    EXPECT_FALSE(library_defines("/nowhere", "gnu_get_libc_version"));
}

TEST(Library, AFileThatEndsEarlyOrLiesAboutItselfIsNone)
{
    auto whole = read_file(path_of_libc(), 64 * 1024 * 1024).value();
    auto path = testing::TempDir() + "/cut.so";
    auto defines = [&](Bytes bytes) {
        std::ofstream{path, std::ios::binary}.write(reinterpret_cast<const char*>(bytes.data()),
                                                    static_cast<std::streamsize>(bytes.size()));
        auto found = library_defines(path, "gnu_get_libc_version");
        return found && *found;
    };
    for (std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{63}, std::size_t{64}, whole.size() / 2})
        EXPECT_FALSE(defines(Bytes{whole}.first(size)));
    for (std::size_t at : {40u, 41u, 47u, 58u, 60u}) {            // where the header says where its sections are
        auto changed = whole;
        changed[at] ^= 0xff;
        (void)defines(changed);                                   // whatever it says: read within the file
    }
    std::remove(path.c_str());
}

} // namespace nacre::token
