#include "keys/known_hosts.h"

#include "support/key_files.h"
#include "support/seeded_random.h"

namespace nacre {

using test::public_key_named;

namespace {

const std::string ed25519 = public_key_named("ed25519").line();
const std::string ecdsa = public_key_named("ecdsa256").line();
const std::string rsa = public_key_named("rsa").line();

KnownHosts file_of(std::string text)
{
    KnownHosts hosts;
    hosts.add("file", std::move(text));
    return hosts;
}

std::vector<std::size_t> lines_of(const std::vector<KnownHostsPlace>& places)
{
    std::vector<std::size_t> lines;
    for (auto& place : places)
        lines.push_back(place.line);
    return lines;
}

std::vector<std::size_t> lines_for(const KnownHosts& hosts, std::string name)
{
    std::vector<std::size_t> lines;
    for (auto& match : hosts.lookup(std::vector{std::move(name)}))
        lines.push_back(match.place.line);
    return lines;
}

using Lines = std::vector<std::size_t>;

} // namespace

TEST(KnownHosts, SpellsHostsAsFilesDo)
{
    EXPECT_EQ(host_name_in_file("Example.ORG"), "example.org");
    EXPECT_EQ(host_name_in_file("::1", 2222), "[::1]:2222");
}

TEST(KnownHosts, MatchesNamesListsPatternsAndPorts)
{
    auto hosts = file_of("# comment\n\n"
                         "a " +
        ed25519 +
        "\n"
        "b,c,10.0.0.1 " +
        ed25519 +
        " somebody@somewhere\n"
        "*.example.org,!bad.example.org " +
        ed25519 +
        "\r\n"
        "[a]:2222 " +
        ed25519 +
        "\n"
        "UPPER " +
        ed25519 + "\n");
    EXPECT_EQ(lines_for(hosts, "a"), Lines{3});
    EXPECT_EQ(lines_for(hosts, "c"), Lines{4});
    EXPECT_EQ(lines_for(hosts, "10.0.0.1"), Lines{4});
    EXPECT_EQ(lines_for(hosts, "good.example.org"), Lines{5});
    EXPECT_EQ(lines_for(hosts, "bad.example.org"), Lines{});
    EXPECT_EQ(lines_for(hosts, "[a]:2222"), Lines{6});
    EXPECT_EQ(lines_for(hosts, "[a]:2223"), Lines{});
    EXPECT_EQ(lines_for(hosts, "upper"), Lines{7});
    EXPECT_EQ(lines_for(hosts, "example.org"), Lines{});
}

TEST(KnownHosts, MatchesHashedNames)
{
    // Made by "ssh-keygen -H" of OpenSSH 9.2 for the name "host.example".
    auto hosts = file_of(test::read_key_file("known_hosts.hashed"));
    EXPECT_EQ(lines_for(hosts, "host.example"), Lines{1});
    EXPECT_EQ(lines_for(hosts, "[host.example]:2222"), Lines{2});
    EXPECT_EQ(lines_for(hosts, "other.example"), Lines{});
    auto broken = file_of("|1|AAAA " + ed25519 + "\n|2|AAAA|AAAA " + ed25519 + "\n|1|*|* " + ed25519 + "\n");
    EXPECT_EQ(lines_for(broken, "host.example"), Lines{});
}

TEST(KnownHosts, JudgesKeys)
{
    auto hosts = file_of("a " + ed25519 +
        "\n"
        "a " +
        rsa +
        "\n"
        "@revoked * " +
        ecdsa +
        "\n"
        "b " +
        ecdsa +
        "\n"
        "@cert-authority c " +
        ed25519 +
        "\n"
        "d " +
        public_key_named("ecdsa384").line() + "\n");
    auto judge = [&](std::string name, std::string key) {
        return hosts.judge(std::vector{std::move(name)}, public_key_named(key));
    };
    EXPECT_EQ(judge("a", "ed25519").status, HostKeyStatus::known);
    EXPECT_EQ(lines_of(judge("a", "rsa").places), Lines{2});
    EXPECT_EQ(judge("b", "ecdsa256").status, HostKeyStatus::revoked);
    EXPECT_EQ(lines_of(judge("b", "ecdsa256").places), Lines{3});
    EXPECT_EQ(judge("c", "ed25519").status, HostKeyStatus::unknown);
    EXPECT_EQ(judge("d", "ecdsa256").status, HostKeyStatus::revoked);
    EXPECT_EQ(judge("d", "ecdsa521").status, HostKeyStatus::changed);
    EXPECT_EQ(judge("d", "rsa").status, HostKeyStatus::changed);  // an impostor may show a type that is not recorded
    EXPECT_EQ(judge("e", "rsa").status, HostKeyStatus::unknown);
    EXPECT_EQ(HostKeyJudgement{}.status, HostKeyStatus::revoked);
}

TEST(KnownHosts, SaysWhereAKeyHasChanged)
{
    auto other = PublicKey::from_line(test::read_key_file("second_ed25519.pub")).value();
    KnownHosts hosts;
    hosts.add("first", "x " + ed25519 + "\n");
    hosts.add("second", "\nhost " + ed25519 + "\n");
    auto verdict = hosts.judge(std::vector<std::string>{"host"}, other);
    EXPECT_EQ(verdict.status, HostKeyStatus::changed);
    ASSERT_EQ(verdict.places.size(), 1u);
    EXPECT_EQ(verdict.places[0].file, "second");
    EXPECT_EQ(verdict.places[0].line, 2u);
    // One good line is enough: hosts may have several keys of a type.
    hosts.add("third", "host " + other.line() + "\n");
    EXPECT_EQ(hosts.judge(std::vector<std::string>{"host"}, other).status, HostKeyStatus::known);
}

TEST(KnownHosts, ListsKindsOfAHostAndPlacesOfAKey)
{
    auto hosts = file_of("a " + rsa + "\na " + ed25519 + "\na " + rsa + "\nb " + rsa + "\n@revoked a " + ecdsa + "\n");
    EXPECT_EQ(hosts.kinds_for(std::vector<std::string>{"a"}), (std::vector{KeyKind::rsa, KeyKind::ed25519}));
    auto places = hosts.places_of(public_key_named("rsa"));
    ASSERT_EQ(places.size(), 3u);
    EXPECT_EQ(places[2].hosts, "b");
}

TEST(KnownHosts, ReportsUnreadableLines)
{
    auto hosts = file_of("a\na ssh-ed25519\na ssh-ed25519 AAAA\n@what a " + ed25519 + "\na " + ed25519 +
        "\na ssh-future@example.com AAAAFnNzaC1mdXR1cmVAZXhhbXBsZS5jb20=\na ssh-dss AAAA\n");
    Lines lines;
    for (auto& problem : hosts.problems())
        lines.push_back(problem.place.line);
    EXPECT_EQ(lines, (Lines{1, 2, 3, 4, 7}));                      // 6: not for us, but well formed
}

TEST(KnownHosts, HashesWholeFilesAndLeavesWhatCannotBeHashed)
{
    test::SeededRandom random{1};
    std::string text = "# comment\na,b " + ed25519 + " note\n*.c " + ed25519 + "\n@revoked d " + ed25519 + "\n";
    auto edit = hash_known_hosts(text, random);
    ASSERT_TRUE(edit);
    EXPECT_EQ(edit->changed, 2u);
    EXPECT_EQ(edit->wildcards, Lines{3});
    auto hosts = file_of(edit->text);
    EXPECT_EQ(lines_for(hosts, "a"), Lines{2});
    EXPECT_EQ(lines_for(hosts, "b"), Lines{3});
    EXPECT_EQ(lines_for(hosts, "x.c"), Lines{4});
    EXPECT_EQ(lines_for(hosts, "d"), Lines{5});
    EXPECT_TRUE(edit->text.starts_with("# comment\n|1|"));
    EXPECT_NE(edit->text.find(" note\n|1|"), std::string::npos);
    EXPECT_EQ(hash_known_hosts(edit->text, random)->text, edit->text);   // twice changes nothing
    EXPECT_FALSE(hash_known_hosts("a,b\n" + text, random));
}

TEST(KnownHosts, RemovesAHostButNotItsMarkedLines)
{
    std::string text =
        "a " + ed25519 + "\n# a\n\n@revoked a " + ed25519 + "\nb,a " + ed25519 + "\na* " + ed25519 + "\nb " + rsa;
    auto edit = remove_known_host(text, "a");
    ASSERT_TRUE(edit);
    EXPECT_EQ(edit->lines, (Lines{1, 5, 6}));
    EXPECT_EQ(edit->text, "# a\n\n@revoked a " + ed25519 + "\nb " + rsa + "\n");
    EXPECT_FALSE(remove_known_host(text + "\nbroken", "a"));
    EXPECT_EQ(remove_known_host("c ssh-ed25519 AAAAweb ssh-ed25519\n" + text, "c")->text, text + "\n") << "a broken key";
}

TEST(KnownHosts, WritesLines)
{
    EXPECT_EQ(known_hosts_line("a,b", public_key_named("rsa"), "c"), "a,b " + rsa + " c\n");
}

} // namespace nacre
