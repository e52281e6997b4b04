#include "auth/host_memory.h"

#include <gtest/gtest.h>

#include "support/seeded_random.h"

namespace nacre {
namespace {

constexpr std::string_view key = "ssh-ed25519 SHA256:abc";

HostMemory a_memory(Random& random)
{
    HostMemory memory{.kex_methods = "curve25519-sha256,ecdh-sha2-nistp256",
                      .first_host_key_algorithm = "ssh-ed25519",
                      .first_channel = 7,
                      .sends_ext_info = true,
                      .key_sufficed = false,
                      .takes_haste = false,
                      .first_key_serves = false,
                      .logins = {}};
    memory.remember_login("joe", key, true, random);
    return memory;
}

class HostMemoryTest : public testing::Test {
protected:
    ConnectionMemory reread(const ConnectionMemory& written) { return ConnectionMemory::parse(written.text(), log); }

    test::SeededRandom random{1};
    NoLog log;
    ConnectionMemory memory;
};

TEST_F(HostMemoryTest, SurvivesTheFile)
{
    auto before = a_memory(random);
    memory.remember("[host]:2222", before, false, random);
    auto again = reread(memory);
    ASSERT_TRUE(again.find("[host]:2222"));
    EXPECT_EQ(*again.find("[host]:2222"), before);
    EXPECT_EQ(again.find("host"), nullptr);
    EXPECT_EQ(again.text(), memory.text());
}

TEST_F(HostMemoryTest, NeverWritesWhoLoggedInNorAHashedHost)
{
    memory.remember("secret.example", a_memory(random), true, random);
    auto text = memory.text();
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
    EXPECT_EQ(text.find("joe"), std::string::npos) << text;
    EXPECT_EQ(text.find("abc"), std::string::npos) << text;
    auto again = reread(memory);
    ASSERT_TRUE(again.find("secret.example"));
    EXPECT_TRUE(again.find("secret.example")->login_of("joe", key));
    EXPECT_FALSE(again.find("secret.example")->login_of("jim", key));
    EXPECT_FALSE(again.find("secret.example")->login_of("joe", "ssh-ed25519 SHA256:abd"));
}

TEST_F(HostMemoryTest, KeepsTheNewestLoginsOnly)
{
    HostMemory host;
    for (auto* user : {"a", "b", "c", "d", "e"})
        EXPECT_TRUE(host.remember_login(user, key, true, random));
    EXPECT_EQ(host.logins.size(), HostMemory::most_logins);
    EXPECT_EQ(host.login_of("a", key), nullptr);
    EXPECT_EQ(host.login_of("e", key), host.logins.data());
    EXPECT_FALSE(host.remember_login("e", key, true, random));
    EXPECT_TRUE(host.remember_login("b", key, true, random));
    EXPECT_EQ(host.login_of("b", key), host.logins.data());
    host.forget_login("b", key);
    EXPECT_EQ(host.login_of("b", key), nullptr);
}

TEST_F(HostMemoryTest, LeavesOutLinesThatMakeNoSense)
{
    auto read = ConnectionMemory::parse("good kex=a channel=1\n"
                                        "bad channel=one\n"
                                        "bad channel=4294967296\n"
                                        "bad shoe-size=45\n"
                                        "bad login=plain\n"
                                        "bad kex=\n"
                                        "bad\n"
                                        " bad kex=a\n"
                                        "\n"
                                        "# a comment\n"
                                        "fine more\n",
                                        log);
    EXPECT_TRUE(read.find("good"));
    EXPECT_TRUE(read.find("fine"));
    EXPECT_FALSE(read.find("bad"));
    EXPECT_FALSE(ConnectionMemory::parse(std::string(ConnectionMemory::largest_file + 1, 'x'), log).find("x"));
}

TEST_F(HostMemoryTest, ForgetsTheOldestHost)
{
    for (std::size_t i = 0; i <= ConnectionMemory::most_hosts; ++i)
        memory.remember("host" + std::to_string(i), {}, false, random);
    EXPECT_FALSE(memory.find("host0"));
    EXPECT_TRUE(memory.find("host1"));
    EXPECT_TRUE(memory.find("host500"));
}

// The names come from servers and command lines.
TEST_F(HostMemoryTest, WritesNoStrangersWords)
{
    HostMemory host;
    host.kex_methods = "x\nevil kex=curve25519-sha256";
    host.first_host_key_algorithm = "a b";
    memory.remember("odd name\nevil", host, false, random);
    auto again = reread(memory);
    EXPECT_TRUE(again.find("odd name\nevil"));
    EXPECT_FALSE(again.find("evil"));
    EXPECT_EQ(again.find("odd name\nevil")->kex_methods, "-");
}

TEST_F(HostMemoryTest, HasRoomForAServerThatKnowsEveryKeyExchange)
{
    HostMemory host;
    for (auto& row : kex_methods())
        host.kex_methods += (host.kex_methods.empty() ? "" : ",") + std::string{row.name};
    memory.remember("host", host, false, random);
    auto again = reread(memory);
    ASSERT_TRUE(again.find("host"));
    EXPECT_EQ(again.find("host")->kex_methods, host.kex_methods);
}

HostMemory server_with(std::string methods) { return {.kex_methods = std::move(methods), .first_host_key_algorithm = {}, .logins = {}}; }

TEST(KexToGuess, IsWhatTheServerPrefersWhereOurOrderLeadsThereAnyway)
{
    constexpr auto ours = "mlkem768x25519-sha256,sntrup761x25519-sha512@openssh.com,curve25519-sha256,ecdh-sha2-nistp256";
    EXPECT_EQ(kex_to_guess(ours, server_with("mlkem768x25519-sha256,curve25519-sha256")), "mlkem768x25519-sha256");
    auto older = server_with("sntrup761x25519-sha512@openssh.com,curve25519-sha256");
    EXPECT_EQ(kex_to_guess(ours, older), "sntrup761x25519-sha512@openssh.com");
    EXPECT_EQ(kex_to_guess("curve25519-sha256", older), "");
    EXPECT_EQ(kex_to_guess("curve25519-sha256,sntrup761x25519-sha512@openssh.com", older), "");
    EXPECT_EQ(kex_to_guess(ours, server_with("curve25519-sha256,ecdh-sha2-nistp256")), "curve25519-sha256");
    EXPECT_EQ(kex_to_guess(ours, server_with("curve25519-sha256,sntrup761x25519-sha512@openssh.com")), "");
}

TEST(KexToGuess, IsNothingWhereNothingIsCertain)
{
    EXPECT_EQ(kex_to_guess("curve25519-sha256", server_with("")), "");
    EXPECT_EQ(kex_to_guess("curve25519-sha256", server_with("-,curve25519-sha256")), "");
    EXPECT_EQ(kex_to_guess("", server_with("curve25519-sha256")), "");
    constexpr auto exchange = "diffie-hellman-group-exchange-sha256";
    EXPECT_EQ(kex_to_guess(exchange, server_with(exchange)), "");
    auto slow = server_with("curve25519-sha256");
    slow.takes_haste = false;
    EXPECT_EQ(kex_to_guess("curve25519-sha256", slow), "");
}

} // namespace
} // namespace nacre
