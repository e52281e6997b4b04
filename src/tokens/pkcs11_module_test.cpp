// PINs and the tokens they are for: what a card in software was asked, which counts.
#include "tokens/pkcs11_module.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "support/soft_card/soft_card.h"

namespace nacre::token {
namespace {

using Tries = std::array<int, 2>;

struct Pkcs11ModuleTest : testing::Test {
    std::string path = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "soft-card.so";
    std::unique_ptr<Pkcs11Module> module;
    test::SoftCard* card = nullptr;

    void insert(bool asks_each_time = false, bool has_keypads = false)
    {
        auto* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        ASSERT_TRUE(handle) << path;
        card = static_cast<test::SoftCard*>(::dlsym(handle, "soft_card"));
        ASSERT_TRUE(card);
        *card = {};                                               // the library may still be loaded from the last test
        card->asks_each_time = asks_each_time;
        card->has_keypads = has_keypads;
        auto opened = Pkcs11Module::open(path);
        ::dlclose(handle);                                        // the module has its own
        ASSERT_TRUE(opened) << opened.error().text;
        module = std::move(*opened);
        ASSERT_EQ(module->list_keys().size(), 2u);
    }
    Outcome<ByteVector> sign(std::size_t token)
    {
        auto& keys = module->list_keys();
        auto key = std::ranges::find(keys, token, &TokenKey::token)->key;
        return module->sign(key.blob(), *find_signature_algorithm("ssh-ed25519"), as_bytes("data"));
    }
    Trouble trouble_of(std::size_t token)
    {
        auto made = sign(token);
        return made ? Trouble::key_exists : made.error().trouble; // that is none of signing's
    }
};

} // namespace

TEST_F(Pkcs11ModuleTest, APinIsTriedOnItsTokenAlone)
{
    insert();
    EXPECT_EQ(trouble_of(1), Trouble::pin_needed);
    ASSERT_TRUE(module->log_in(1, "5678"));
    EXPECT_TRUE(sign(1));
    EXPECT_EQ(card->tries, (Tries{0, 1}));
    EXPECT_EQ(trouble_of(0), Trouble::pin_needed);
    EXPECT_FALSE(module->log_in(2, "1234"));
    auto tokens = module->tokens();
    EXPECT_EQ(tokens[1].label, "other");
    EXPECT_TRUE(tokens[1].wants_login && !tokens[1].has_keypad);
}

TEST_F(Pkcs11ModuleTest, ATokenThatRefusesKeepsNobodyFromTheNext)
{
    insert();
    auto outcomes = module->log_in_everywhere("5678");
    ASSERT_EQ(outcomes.size(), 2u);
    EXPECT_FALSE(outcomes[0]);
    EXPECT_TRUE(outcomes[1]);
    EXPECT_TRUE(sign(1));
}

TEST_F(Pkcs11ModuleTest, AnEmptyPinIsNone)
{
    insert();
    for (auto& outcome : module->log_in_everywhere("")) {
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().trouble, Trouble::pin_needed);
    }
    EXPECT_EQ(card->tries, Tries{});
    ASSERT_TRUE(module->log_in(0, "1234"));
    EXPECT_FALSE(module->log_in(0, ""));                          // also where somebody has logged in
}

TEST_F(Pkcs11ModuleTest, AKeypadTakesThePinItself)
{
    insert(true, true);
    EXPECT_TRUE(module->tokens()[0].has_keypad);
    ASSERT_TRUE(module->log_in(0, ""));
    EXPECT_TRUE(sign(0));
    EXPECT_EQ(card->tries, (Tries{2, 0}));
    card->each_time = CKR_PIN_INCORRECT;                          // mistyped
    EXPECT_EQ(trouble_of(0), Trouble::pin_needed);
    card->each_time = CKR_OK;
    EXPECT_TRUE(sign(0));
}

TEST_F(Pkcs11ModuleTest, APinThatNobodyCheckedReplacesNone)
{
    insert(true);
    ASSERT_TRUE(module->log_in(0, "1234"));
    auto again = module->log_in(0, "9999");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().trouble, Trouble::pin_needed);
    EXPECT_TRUE(sign(0));
    EXPECT_TRUE(module->log_in(0, "1234"));
    EXPECT_EQ(card->tries, (Tries{2, 0}));
}

TEST_F(Pkcs11ModuleTest, ASignatureThatWasNotAllowedLeavesRoomForTheNext)
{
    insert(true);
    ASSERT_TRUE(module->log_in(0, "1234"));
    card->each_time = CKR_FUNCTION_CANCELED;
    EXPECT_EQ(trouble_of(0), Trouble::other);
    card->each_time = CKR_OK;
    EXPECT_TRUE(sign(0));
}

TEST_F(Pkcs11ModuleTest, APinThatIsNoLongerRightIsNotTriedAgain)
{
    insert(true);
    ASSERT_TRUE(module->log_in(0, "1234"));
    card->pins[0] = "4321";
    EXPECT_EQ(trouble_of(0), Trouble::pin_needed);
    EXPECT_EQ(trouble_of(0), Trouble::pin_needed);
    EXPECT_EQ(card->tries, (Tries{2, 0}));
    ASSERT_TRUE(module->log_in(0, "4321"));
    EXPECT_TRUE(sign(0));
}

} // namespace nacre::token
