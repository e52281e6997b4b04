// A connection that is made again may meet another key: each is judged as if it were the first.  And which of a host's
// known keys a server may be asked for.
#include "client/host_identity.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

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
        change_(options);
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
    std::function<void(ClientOptions&)> change_ = [](ClientOptions&) {};
    test::FakeConfigSources sources_;
    NoLog log_;
    Person person_{true};
    std::optional<Configuration> configuration_;
    std::optional<HostIdentity> identity_;
};

TEST_F(JudgedAgain, AnUncheckedLocalhostHasNoAliasAndNoRevokedKey)
{
    change_ = [](ClientOptions& options) { options.no_host_authentication_for_localhost = true; };
    begin(StrictHostKeys::yes);
    EXPECT_EQ(judge("second_ed25519", "127.0.0.1"), HostTrust::accepted);
    EXPECT_EQ(judge("second_ed25519", "192.0.2.9"), HostTrust::rejected);
    change_ = [](ClientOptions& options) {
        options.no_host_authentication_for_localhost = true;
        options.host_key_alias = "host";
    };
    begin(StrictHostKeys::yes);
    EXPECT_EQ(judge("second_ed25519", "127.0.0.1"), HostTrust::rejected);
    auto revoked = path_ + ".revoked";
    std::ofstream{revoked} << public_key_line("second_ed25519") << "\n";
    change_ = [&](ClientOptions& options) {
        options.no_host_authentication_for_localhost = true;
        options.revoked_host_keys = {revoked};
    };
    begin(StrictHostKeys::yes);
    EXPECT_EQ(judge("second_ed25519", "127.0.0.1"), HostTrust::rejected);
    std::filesystem::remove(revoked);
}

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

class AskedFor : public ::testing::Test {
protected:
    ~AskedFor() override { std::filesystem::remove(path_); }

    bool may_ask_for(std::string_view algorithm, ClientOptions options = {}, std::string_view offer = "ssh-ed25519,rsa-sha2-512")
    {
        std::ofstream{path_} << "host " << test::read_key_file("rsa.pub");
        options.user_known_hosts_file = {path_};
        options.global_known_hosts_file = {"none"};
        ClientSituation situation;
        situation.host = "host";
        Configuration configuration{sources_, situation, with_defaults(std::move(options), situation), Provenance{}};
        HostIdentity identity{configuration, KnownHostsFiles::read(configuration, log_).value(), person_, log_};
        EXPECT_TRUE(identity.knows(test::public_key_named("rsa")));
        EXPECT_FALSE(identity.knows(test::public_key_named("ed25519")));
        return identity.may_ask_for(algorithm, offer);
    }

    std::string path_ = (std::filesystem::temp_directory_path() / ("nacre-asked-" + std::to_string(::getpid()))).string();
    test::FakeConfigSources sources_;
    NoLog log_;
    Person person_{true};
};

TEST_F(AskedFor, AKindThatIsKnownAndOfferedOnly)
{
    EXPECT_TRUE(may_ask_for("rsa-sha2-512"));
    EXPECT_FALSE(may_ask_for("rsa-sha2-256"));                    // not offered
    EXPECT_FALSE(may_ask_for("ssh-ed25519"));                     // not known
    EXPECT_FALSE(may_ask_for("-"));
    EXPECT_FALSE(may_ask_for("rsa-sha2-512", {}, "ssh-ed25519-cert-v01@openssh.com,rsa-sha2-512"));
}

TEST_F(AskedFor, NothingWhereSomebodyCaresWhichKeyIsShown)
{
    std::vector<void (*)(ClientOptions&)> cares{
        [](ClientOptions& o) { o.check_host_ip = true; },
        [](ClientOptions& o) { o.visual_host_key = true; },
        [](ClientOptions& o) { o.known_hosts_command = "/bin/keys"; },
        [](ClientOptions& o) { o.verify_host_key_dns = YesNoAsk::yes; },
        [](ClientOptions& o) { o.no_host_authentication_for_localhost = true; },
    };
    for (std::size_t i = 0; i < cares.size(); ++i) {
        ClientOptions options;
        cares[i](options);
        EXPECT_FALSE(may_ask_for("rsa-sha2-512", options)) << i;
    }
}

} // namespace
} // namespace nacre
