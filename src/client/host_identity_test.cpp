// A connection that is made again may meet another key: each is judged as if it were the first.
#include "client/host_identity.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/fake_config_sources.h"
#include "support/key_files.h"

namespace nacre {
namespace {

class JudgedAgain : public ::testing::Test {
protected:
    void begin(StrictHostKeys strictness)
    {
        std::ofstream{path_} << "host " << public_key_line("ed25519") << "\n192.0.2.1 " << public_key_line("second_ed25519") << "\n";
        ClientOptions options;
        options.user_known_hosts_file = {path_};
        options.global_known_hosts_file = {"none"};
        options.strict_host_key_checking = strictness;
        options.check_host_ip = true;
        ClientSituation situation;
        situation.host = "host";
        configuration_.emplace(sources_, situation, with_defaults(std::move(options), situation), Provenance{});
        auto files = KnownHostsFiles::read(*configuration_, log_);
        ASSERT_TRUE(files);
        identity_.emplace(*configuration_, std::move(*files), person_, log_);
    }
    ~JudgedAgain() override { std::filesystem::remove(path_); }

    static std::string public_key_line(const std::string& name)
    {
        auto line = test::read_key_file(name + ".pub");
        return line.substr(0, line.find('\n'));
    }
    HostTrust judge(const std::string& name, std::optional<std::string> address = std::nullopt)
    {
        return identity_->judge(test::public_key_named(name), address);
    }

    std::string path_ = (std::filesystem::temp_directory_path() / ("nacre-judged-" + std::to_string(::getpid()))).string();
    test::FakeConfigSources sources_;
    NoLog log_;
    Person person_{true};
    std::optional<Configuration> configuration_;
    std::optional<HostIdentity> identity_;
};

TEST_F(JudgedAgain, AChangedKeyInheritsNothingFromTheKnownOneBeforeIt)
{
    begin(StrictHostKeys::no);
    EXPECT_EQ(judge("ed25519"), HostTrust::accepted);
    EXPECT_TRUE(identity_->was_known());
    EXPECT_TRUE(identity_->may_learn_more());

    EXPECT_EQ(judge("second_ed25519"), HostTrust::accepted_unsafely);
    EXPECT_FALSE(identity_->was_known());                         // or a session would leave in haste to a stranger
    EXPECT_FALSE(identity_->may_learn_more());                    // or the stranger would name the host's keys
}

TEST_F(JudgedAgain, TheKnownKeyIsKnownAgainAfterAChangedOne)
{
    begin(StrictHostKeys::no);
    EXPECT_EQ(judge("second_ed25519"), HostTrust::accepted_unsafely);
    EXPECT_EQ(judge("ed25519"), HostTrust::accepted);
    EXPECT_TRUE(identity_->was_known());
    EXPECT_TRUE(identity_->may_learn_more());
}

TEST_F(JudgedAgain, TheAddressOfTheFirstConnectionIsNotHeldAgainstTheSecond)
{
    begin(StrictHostKeys::yes);
    EXPECT_EQ(judge("ed25519", "192.0.2.1"), HostTrust::rejected);
    EXPECT_EQ(judge("ed25519"), HostTrust::accepted);             // through a program, say
}

} // namespace
} // namespace nacre
