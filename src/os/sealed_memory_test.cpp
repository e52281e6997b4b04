#include "os/sealed_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace nacre {
namespace {

TEST(SealedMemory, IsReadWholeWhereverThePositionIs)
{
    auto memory = sealed_memory(as_bytes("all of it"));
    ASSERT_TRUE(memory);
    auto content = read_sealed_memory(memory->number(), 100);
    ASSERT_TRUE(content);
    EXPECT_EQ(content->text(), "all of it");
}

TEST(SealedMemory, NobodyChangesIt)
{
    auto memory = sealed_memory(as_bytes("as it was"));
    ASSERT_TRUE(memory);
    EXPECT_LT(::pwrite(memory->number(), "x", 1, 0), 0);
    EXPECT_LT(::ftruncate(memory->number(), 1), 0);
}

TEST(SealedMemory, MoreThanWasAgreedOnIsRefused)
{
    auto memory = sealed_memory(as_bytes("twelve bytes"));
    ASSERT_TRUE(memory);
    EXPECT_FALSE(read_sealed_memory(memory->number(), 11));
    EXPECT_TRUE(read_sealed_memory(memory->number(), 12));
}

} // namespace
} // namespace nacre
