#include "os/sealed_memory.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "os/signals.h"
#include "support/in_child.h"
#include "support/refuse_call.h"

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

// As a container's filter has it, or `ulimit -f`.
TEST(SealedMemory, SaysWhatTheSystemLacks)
{
    EXPECT_EQ(test::in_child([] {
                  if (!test::refuse_call(SYS_memfd_create, EPERM))
                      return 1;
                  auto memory = sealed_memory(as_bytes("x"));
                  return !memory && memory.error().what.contains("filter lets memfd_create(2) through") ? 0 : 2;
              }),
              0);
    EXPECT_EQ(test::in_child([] {
                  rlimit none{};
                  ignore_size_limit();
                  if (::setrlimit(RLIMIT_FSIZE, &none) != 0)
                      return 1;
                  auto memory = sealed_memory(as_bytes("x"));
                  return !memory && memory.error().what.contains("ulimit -f") ? 0 : 2;
              }),
              0);
}

} // namespace
} // namespace nacre
