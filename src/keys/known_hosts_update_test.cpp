#include "keys/known_hosts_update.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace nacre {
namespace {

PublicKey key(int number)
{
    ByteVector blob{0, 0, 0, 11};
    for (char c : std::string_view{"ssh-ed25519"})
        blob.push_back(static_cast<std::uint8_t>(c));
    blob.insert(blob.end(), {0, 0, 0, 32});
    blob.insert(blob.end(), 32, static_cast<std::uint8_t>(number));
    return PublicKey::from_blob(blob).value();
}

const std::vector<std::string> names{"host", "192.0.2.1"};

HostKeyChanges changes(std::string text, std::vector<PublicKey> shown)
{
    return compare_host_keys(std::vector{std::move(text)}, names, shown);
}

std::string line(std::string_view hosts, int number) { return fmt::format("{} {}\n", hosts, key(number).line()); }

TEST(KnownHostsUpdate, FindsWhatIsNewAndWhatIsGone)
{
    auto found = changes(line("host", 1) + "# a comment\n" + line("host,192.0.2.1", 2) + line("other", 3),
                         {key(1), key(4)});
    EXPECT_TRUE(found.any());
    EXPECT_EQ(found.fresh, std::vector{key(4)});
    EXPECT_EQ(found.stale, std::vector{key(2)});
    EXPECT_FALSE(changes(line("host", 1), {key(1)}).any());
}

TEST(KnownHostsUpdate, LeavesLinesAloneThatAPersonWrote)
{
    for (auto text : {line("host,friend", 1), line("h*", 1), line("host,!x", 1), "@revoked " + line("host", 1),
                      "@cert-authority " + line("*", 1), line("host", 1) + line("friend", 4)})
        EXPECT_FALSE(changes(text, {key(1), key(4)}).any()) << text;
}

TEST(KnownHostsUpdate, RemovesNothingElse)
{
    auto before = "# kept\n\n" + line("other", 2) + "nonsense\n" + line("192.0.2.1", 3);
    EXPECT_EQ(without_host_keys(before + line("host", 2) + line("host", 1), names, std::vector{key(2)}),
              before + line("host", 1));
    EXPECT_EQ(without_host_keys("host " + key(2).line(), names, std::vector{key(2)}), "");
}

} // namespace
} // namespace nacre
