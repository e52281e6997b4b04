#include <gtest/gtest.h>

#include <cstdlib>

#include "gssapi/acceptor.h"
#include "gssapi/initiator.h"
#include "gssapi/tickets.h"

// MIT's library keeps the texts of its errors until the process ends: the leak checker of a sanitizer build is off here.
extern "C" int __lsan_is_turned_off();
extern "C" int __lsan_is_turned_off() { return 1; }

namespace nacre::gssapi {
namespace {

TEST(GssapiLibrary, IsMissedInWords)
{
    auto functions = load_functions("libnacre-of-nobody.so.1");
    ASSERT_FALSE(functions);
    EXPECT_TRUE(functions.error().what.contains("libnacre-of-nobody.so.1")) << functions.error().what;
    EXPECT_FALSE(check_library("libnacre-of-nobody.so.1"));
}

TEST(GssapiLibrary, OfAnotherKindIsNotTaken)
{
    auto functions = load_functions("libc.so.6");
    ASSERT_FALSE(functions);
    EXPECT_TRUE(functions.error().what.contains("gss_import_name")) << functions.error().what;
}

TEST(Tickets, MayBeWhereTheEnvironmentSaysSo)
{
    ::setenv("KRB5CCNAME", "FILE:/nowhere", 1);
    EXPECT_TRUE(may_have_ticket());
    ::unsetenv("KRB5CCNAME");
}

// With MIT's library, on a machine that has it.
class Mit : public testing::Test {
protected:
    void SetUp() override
    {
        auto loaded = load_functions();
        if (!loaded)
            GTEST_SKIP() << loaded.error().what;
        functions = *loaded;
        for (auto* name : {"KRB5CCNAME", "KRB5_KTNAME", "KRB5_CLIENT_KTNAME"})
            ::setenv(name, "FILE:/nowhere/at/all", 1);
    }
    void TearDown() override
    {
        for (auto* name : {"KRB5CCNAME", "KRB5_KTNAME", "KRB5_CLIENT_KTNAME"})
            ::unsetenv(name);
    }
    Functions functions{};
};

TEST_F(Mit, WithoutATicketNobodyBegins)
{
    auto initiator = Initiator::create(functions, {});
    ASSERT_FALSE(initiator);
    EXPECT_FALSE(initiator.error().what.empty());
    EXPECT_FALSE(Initiator::create(functions, "joe@EXAMPLE.TEST"));
}

TEST_F(Mit, WithoutAKeytabNobodyIsAccepted)
{
    auto acceptor = Acceptor::create(functions, {});
    ASSERT_FALSE(acceptor);
    EXPECT_FALSE(acceptor.error().what.empty());
    EXPECT_FALSE(Acceptor::create(functions, "here.example"));
}

} // namespace
} // namespace nacre::gssapi
