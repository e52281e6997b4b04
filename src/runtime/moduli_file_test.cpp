#include "runtime/moduli_file.h"

#include <gtest/gtest.h>

#include <string>

#include "os/fd.h"
#include "os/sealed_memory.h"
#include "support/seeded_random.h"

namespace nacre {
namespace {

TEST(ModuliFile, IsReadWholeByEveryProcessThatSharesTheOpenFile)
{
    std::string text(200'000, '#');                               // more than one piece
    text += "\n20260101000000 2 6 100 15 2 E98F\n";
    auto file = sealed_memory(as_bytes(text)).value();
    auto same = duplicate(file.number()).value();
    test::SeededRandom random{1};
    ModuliFile first{std::move(file), random}, second{std::move(same), random};
    for (auto* one : {&first, &second, &first}) {
        auto group = one->choose(0, 16, 16);
        ASSERT_TRUE(group);
        EXPECT_EQ(group->prime, (ByteVector{0xe9, 0x8f}));
    }
}

} // namespace
} // namespace nacre
