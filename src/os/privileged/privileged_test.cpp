// Shadow passwords, PAM and login records, against files of the test's own.
#include <gtest/gtest.h>

#include <crypt.h>
#include <unistd.h>
#include <utmpx.h>

#include <cstring>
#include <filesystem>
#include <limits>

#include "os/privileged/login_record.h"
#include "os/privileged/pam.h"
#include "os/privileged/shadow.h"
#include "os/safe_file.h"
#include "os/user.h"

namespace nacre {
namespace {

// The first vectors of the SHA-crypt specification; `openssl passwd -5/-6 -salt saltstring 'Hello world!'` says the same.
constexpr auto sha256_hello = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5";
constexpr auto sha512_hello =
    "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";

std::optional<ShadowEntry> entry_of(std::string_view hash)
{
    ShadowEntry entry;
    entry.hash = SecretBytes::copy_of(hash);
    return entry;
}

bool opens(std::string_view hash, std::string_view password, EmptyPasswords empty = EmptyPasswords::refused)
{
    return verify_password(entry_of(hash), SecretBytes::copy_of(password), empty);
}

TEST(ShadowPassword, MatchesTheSpecificationsVectors)
{
    EXPECT_TRUE(opens(sha256_hello, "Hello world!"));
    EXPECT_TRUE(opens(sha512_hello, "Hello world!"));
    EXPECT_FALSE(opens(sha512_hello, "Hello world"));
    EXPECT_FALSE(opens(sha512_hello, ""));
}

TEST(ShadowPassword, NothingOpensALockedBrokenOrUnknownAccount)
{
    for (auto hash : {"*", "!", "!!", "x", "*0", "*1", "$nonsense$", "!$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMH"})
        for (auto password : {"", "x", "*0", "*1", "!"})
            EXPECT_FALSE(opens(hash, password, EmptyPasswords::allowed)) << hash << ' ' << password;
    EXPECT_FALSE(verify_password(std::nullopt, SecretBytes::copy_of("guess"), EmptyPasswords::allowed));
    EXPECT_FALSE(verify_password(std::nullopt, SecretBytes{}, EmptyPasswords::allowed));
    EXPECT_TRUE(is_locked(*entry_of("!x")));
    EXPECT_FALSE(is_locked(*entry_of(sha512_hello)));
}

TEST(ShadowPassword, EmptyIsARuleOfItsOwn)
{
    EXPECT_TRUE(opens("", "", EmptyPasswords::allowed));
    EXPECT_FALSE(opens("", ""));
    EXPECT_FALSE(opens("", "x", EmptyPasswords::allowed));
}

TEST(ShadowPassword, ANulOrExcessiveLengthNeverMatches)
{
    using namespace std::string_view_literals;
    EXPECT_FALSE(opens(sha512_hello, "Hello world!\0x"sv));
    EXPECT_FALSE(opens(sha512_hello, std::string(2000, 'x')));
    EXPECT_FALSE(opens("", "\0"sv, EmptyPasswords::allowed));
}

TEST(ShadowAge, FollowsTheDays)
{
    ShadowEntry entry;
    entry.last_change_day = 1000;
    EXPECT_EQ(password_age(entry, 9999), PasswordAge::good);
    entry.maximum_days = 90;
    EXPECT_EQ(password_age(entry, 1090), PasswordAge::good);
    EXPECT_EQ(password_age(entry, 1091), PasswordAge::must_change);
    entry.inactive_days = 7;
    EXPECT_EQ(password_age(entry, 1097), PasswordAge::must_change);
    EXPECT_EQ(password_age(entry, 1098), PasswordAge::expired);
    entry.last_change_day = 0;
    EXPECT_EQ(password_age(entry, 1), PasswordAge::must_change);
    EXPECT_FALSE(account_expired(entry, 5000));
    entry.expiry_day = 5000;
    EXPECT_FALSE(account_expired(entry, 5000));
    EXPECT_TRUE(account_expired(entry, 5001));
    entry.expiry_day = 0;                                         // chage -E 0
    EXPECT_TRUE(account_expired(entry, 5000));
    entry.warning_days = 7;
    EXPECT_TRUE(expiry_warnings(entry, 5000).empty());
}

TEST(ShadowAge, WarnsInTime)
{
    ShadowEntry entry;
    entry.last_change_day = 1000;
    entry.maximum_days = 90;
    entry.warning_days = 7;
    EXPECT_TRUE(expiry_warnings(entry, 1082).empty());
    EXPECT_EQ(expiry_warnings(entry, 1083), std::vector<std::string>{"Your password will expire in 7 days."});
    EXPECT_EQ(expiry_warnings(entry, 1089), std::vector<std::string>{"Your password will expire in 1 day."});
    EXPECT_TRUE(expiry_warnings(entry, 1091).empty());
    entry.expiry_day = 1085;
    EXPECT_EQ(expiry_warnings(entry, 1083).size(), 2u);
    entry.warning_days.reset();
    EXPECT_TRUE(expiry_warnings(entry, 1083).empty());
    entry.maximum_days = std::numeric_limits<std::int64_t>::max();
    EXPECT_TRUE(expiry_warnings(entry, 1083).empty());
}

TEST(ShadowEntries, ExistForRootAndNotForStrangers)
{
    auto stranger = shadow_entry("no-such-user-here");
    if (effective_uid() != 0)
        GTEST_SKIP() << "needs root";
    ASSERT_TRUE(stranger);
    EXPECT_FALSE(stranger->has_value());
    auto root = shadow_entry("root");
    ASSERT_TRUE(root);
    EXPECT_TRUE(root->has_value());
}

struct Folder : ::testing::Test {
    void SetUp() override { path = *make_temporary_directory("/tmp/nacre-privileged-"); }
    void TearDown() override { std::filesystem::remove_all(path); }
    void put(const std::string& name, std::string_view text)
    {
        ASSERT_TRUE(replace_file(path + "/" + name, as_bytes(text), 0644));
    }
    std::string path;
};

struct PamSteps : Folder {
    Result<Pam> start(std::string_view rules)
    {
        put("nacre-test", rules);
        PamStart with;
        with.service = "nacre-test";
        with.user = current_user()->name;
        with.remote_host = "192.0.2.1";
        with.connection_info = "192.0.2.1 1 192.0.2.2 22";
        with.configuration = path;
        return Pam::start(with);
    }
};

TEST_F(PamSteps, AcceptedFromStartToEnd)
{
    auto pam = start("auth required pam_permit.so\naccount required pam_permit.so\n"
                     "session required pam_permit.so\npassword required pam_permit.so\n");
    ASSERT_TRUE(pam);
    EXPECT_EQ(*pam->authenticate(no_conversation(), false), PamVerdict::accepted);
    EXPECT_EQ(*pam->check_account(no_conversation()), PamVerdict::accepted);
    ASSERT_TRUE(pam->establish_credentials(no_conversation()));
    ASSERT_TRUE(pam->open_session(no_conversation()));
    ASSERT_TRUE(pam->put_environment("NACRE", "1"));
    EXPECT_EQ(pam->environment().find("SSH_CONNECTION"), "192.0.2.1 1 192.0.2.2 22");
    EXPECT_EQ(pam->environment().find("NACRE"), "1");
    EXPECT_EQ(pam->user(), current_user()->name);
    Pam moved = *std::move(pam);
    moved.close_session();
}

TEST_F(PamSteps, RefusalIsAVerdictAndNotAnError)
{
    auto pam = start("auth required pam_deny.so\naccount required pam_deny.so\nsession required pam_deny.so\n");
    ASSERT_TRUE(pam);
    EXPECT_EQ(*pam->authenticate(no_conversation(), false), PamVerdict::refused);
    EXPECT_FALSE(pam->last_reason().empty());
    EXPECT_EQ(*pam->check_account(no_conversation()), PamVerdict::refused);
    EXPECT_FALSE(pam->open_session(no_conversation()));
}

TEST_F(PamSteps, TheConversationCarriesQuestionsAndTexts)
{
    put("greeting", "welcome");
    auto pam = start("auth optional pam_echo.so file=" + path + "/greeting\nauth required pam_unix.so nodelay\n");
    ASSERT_TRUE(pam);
    std::vector<std::string> seen;
    auto verdict = pam->authenticate(
        [&](const std::vector<PamMessage>& messages) -> Result<std::vector<SecretBytes>> {
            std::vector<SecretBytes> answers(messages.size());
            for (std::size_t i = 0; i < messages.size(); ++i) {
                seen.push_back(messages[i].text);
                if (messages[i].kind == PamMessage::Kind::prompt) {
                    EXPECT_EQ(messages[i].echo, Echo::off);
                    answers[i] = SecretBytes::copy_of("certainly not the password");
                }
            }
            return answers;
        },
        false);
    ASSERT_TRUE(verdict);
    EXPECT_EQ(*verdict, PamVerdict::refused);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_TRUE(seen[0].starts_with("welcome"));
    EXPECT_EQ(seen[1], "Password: ");
}

TEST_F(PamSteps, CredentialsMayBeRefusedInWords)
{
    auto pam = start("auth required pam_debug.so cred=cred_unavail\n");
    ASSERT_TRUE(pam);
    std::vector<std::string> texts;
    EXPECT_FALSE(pam->establish_credentials(no_conversation(&texts)));
    EXPECT_EQ(texts, std::vector<std::string>{"cred=cred_unavail"});
}

TEST_F(PamSteps, AConversationThatGivesUpEndsTheAttempt)
{
    auto pam = start("auth required pam_unix.so nodelay\n");
    ASSERT_TRUE(pam);
    EXPECT_EQ(*pam->authenticate(no_conversation(), false), PamVerdict::refused);
}

TEST(PamPassword, AnswersHiddenQuestionsOnly)
{
    auto password = SecretBytes::copy_of("pw");
    std::vector<std::string> texts;
    auto answer = answer_with_password(password, &texts);
    PamMessage hidden{PamMessage::Kind::prompt, Echo::off, "Password: "};
    PamMessage shown{PamMessage::Kind::prompt, Echo::on, "Login: "};
    PamMessage text{PamMessage::Kind::information, Echo::off, "Hello"};
    auto given = answer({text, hidden});
    ASSERT_TRUE(given);
    ASSERT_EQ(given->size(), 2U);
    EXPECT_TRUE((*given)[0].empty());
    EXPECT_EQ((*given)[1].text(), "pw");
    EXPECT_EQ(texts, std::vector<std::string>{"Hello"});
    EXPECT_FALSE(answer({hidden, shown}));
}

struct LoginRecords : Folder {
    void SetUp() override
    {
        Folder::SetUp();
        files = {path + "/utmp", path + "/wtmp", path + "/btmp", path + "/lastlog"};
        record.user = "alice";
        record.uid = 3;
        record.pid = 4711;
        record.terminal = "/dev/pts/3";
        record.host = "192.0.2.7";
        record.address = numeric_address("192.0.2.7", 5);
        record.when = 1'700'000'000;
    }
    std::vector<utmpx> entries(const std::string& file)
    {
        auto bytes = *read_file(file, 1 << 20);
        std::vector<utmpx> all(bytes.size() / sizeof(utmpx));
        std::memcpy(all.data(), bytes.data(), all.size() * sizeof(utmpx));
        return all;
    }
    LoginFiles files;
    LoginRecord record;
};

TEST_F(LoginRecords, MissingFilesAreNoError)
{
    EXPECT_TRUE(record_login(record, files));
    EXPECT_TRUE(record_logout(record, files));
    EXPECT_TRUE(record_failed_login(record, files));
    auto last = last_login(3, files);
    ASSERT_TRUE(last);
    EXPECT_FALSE(*last);
    EXPECT_TRUE(std::filesystem::is_empty(path)) << "and none is made";
}

TEST_F(LoginRecords, LoginAndLogoutShareASlot)
{
    for (auto name : {"utmp", "wtmp", "btmp", "lastlog"})
        put(name, "");
    ASSERT_TRUE(record_login(record, files));
    auto now = entries(files.utmp);
    ASSERT_EQ(now.size(), 1U);
    EXPECT_EQ(now[0].ut_type, USER_PROCESS);
    EXPECT_STREQ(now[0].ut_user, "alice");
    EXPECT_STREQ(now[0].ut_line, "pts/3");
    EXPECT_EQ(std::string(now[0].ut_id, 4), "ts/3");
    ASSERT_TRUE(record_logout(record, files));
    now = entries(files.utmp);
    ASSERT_EQ(now.size(), 1U);
    EXPECT_EQ(now[0].ut_type, DEAD_PROCESS);
    EXPECT_EQ(entries(files.wtmp).size(), 2U);
    auto last = last_login(3, files);
    ASSERT_TRUE(last && *last);
    EXPECT_EQ((*last)->when, 1'700'000'000);
    EXPECT_EQ((*last)->terminal, "pts/3");
    EXPECT_EQ((*last)->host, "192.0.2.7");
    EXPECT_FALSE(*last_login(2, files));
    EXPECT_FALSE(*last_login(4, files));
}

TEST_F(LoginRecords, OneFileThatCannotBeWrittenLeavesTheOthers)
{
    std::filesystem::create_directory(files.utmp);
    put("wtmp", "");
    put("lastlog", "");
    EXPECT_FALSE(record_login(record, files)) << "utmp is no file";
    ASSERT_EQ(entries(files.wtmp).size(), 1U);
    EXPECT_EQ(entries(files.wtmp)[0].ut_type, USER_PROCESS);
    auto last = last_login(3, files);
    ASSERT_TRUE(last && *last);
    EXPECT_EQ((*last)->when, 1'700'000'000);
    EXPECT_FALSE(record_logout(record, files));
    ASSERT_EQ(entries(files.wtmp).size(), 2U);
    EXPECT_EQ(entries(files.wtmp)[1].ut_type, DEAD_PROCESS);
}

TEST_F(LoginRecords, FailuresGoToTheirOwnFile)
{
    put("btmp", "");
    std::filesystem::permissions(files.btmp, std::filesystem::perms{0660});
    record.terminal.clear();
    record.user = std::string(100, 'u');                          // longer than the field
    ASSERT_TRUE(record_failed_login(record, files));
    auto failed = entries(files.btmp);
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_STREQ(failed[0].ut_line, "ssh:notty");
    EXPECT_EQ(failed[0].ut_user[31], 'u');
    std::filesystem::permissions(files.btmp, std::filesystem::perms{0664});
    EXPECT_FALSE(record_failed_login(record, files)) << "everybody may read it";
    EXPECT_EQ(entries(files.btmp).size(), 1U);
}

} // namespace
} // namespace nacre
