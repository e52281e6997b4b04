// Which of two authenticators is asked for what.  libfido2's functions on the way there are replaced here, by definitions that
// the linker finds first.
#if __has_include(<fido.h>)

#include <fido.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "tokens/authenticator.h"

namespace {

struct Stick {
    bool has_key = false, is_touched = false, has_sensor = false;
    bool always_wants_pin = false;
    std::vector<std::string> asked{};                             // "touch", "sensor" and the PIN, as far as each was wanted
};
std::array<Stick, 2> sticks;

} // namespace

struct fido_dev_info {
    std::string path;
};
struct fido_dev {
    Stick* stick = nullptr;
};
struct fido_assert {
    bool touch = false, sensor = false;
};

void fido_init(int) {}

fido_dev_info_t* fido_dev_info_new(std::size_t count) { return new fido_dev_info_t[count]; }

void fido_dev_info_free(fido_dev_info_t** list, std::size_t) { delete[] std::exchange(*list, nullptr); }

int fido_dev_info_manifest(fido_dev_info_t* list, std::size_t, std::size_t* found)
{
    for (std::size_t i = 0; i < sticks.size(); ++i)
        list[i].path = std::to_string(i);
    *found = sticks.size();
    return FIDO_OK;
}

const fido_dev_info_t* fido_dev_info_ptr(const fido_dev_info_t* list, std::size_t i) { return list + i; }

const char* fido_dev_info_path(const fido_dev_info_t* one) { return one->path.c_str(); }

fido_dev_t* fido_dev_new() { return new fido_dev_t; }

int fido_dev_open(fido_dev_t* device, const char* path)
{
    device->stick = &sticks.at(std::stoul(path));
    return FIDO_OK;
}

int fido_dev_close(fido_dev_t*) { return FIDO_OK; }

void fido_dev_free(fido_dev_t** device) { delete std::exchange(*device, nullptr); }

int fido_dev_get_touch_begin(fido_dev_t*) { return FIDO_OK; }

int fido_dev_get_touch_status(fido_dev_t* device, int* touched, int)
{
    *touched = device->stick->is_touched ? 1 : 0;
    return FIDO_OK;
}

int fido_dev_cancel(fido_dev_t*) { return FIDO_OK; }

bool fido_dev_has_uv(const fido_dev_t* device) { return device->stick->has_sensor; }

fido_assert_t* fido_assert_new() { return new fido_assert_t; }

void fido_assert_free(fido_assert_t** object) { delete std::exchange(*object, nullptr); }

int fido_assert_set_clientdata(fido_assert_t*, const unsigned char*, std::size_t) { return FIDO_OK; }

int fido_assert_set_rp(fido_assert_t*, const char*) { return FIDO_OK; }

int fido_assert_allow_cred(fido_assert_t*, const unsigned char*, std::size_t) { return FIDO_OK; }

int fido_assert_set_up(fido_assert_t* object, fido_opt_t wanted)
{
    object->touch = wanted == FIDO_OPT_TRUE;
    return FIDO_OK;
}

int fido_assert_set_uv(fido_assert_t* object, fido_opt_t wanted)
{
    object->sensor = wanted == FIDO_OPT_TRUE;
    return FIDO_OK;
}

int fido_dev_get_assert(fido_dev_t* device, fido_assert_t* object, const char* pin)
{
    auto& stick = *device->stick;
    stick.asked.push_back(fmt::format("{}{}{}", object->touch ? "touch " : "", object->sensor ? "sensor " : "",
                                      pin ? pin : "no PIN"));
    if (stick.always_wants_pin && !pin && !object->sensor)
        return FIDO_ERR_PIN_REQUIRED;
    return stick.has_key ? FIDO_OK : FIDO_ERR_NO_CREDENTIALS;
}

std::uint8_t fido_assert_flags(const fido_assert_t*, std::size_t) { return 0; }

std::uint32_t fido_assert_sigcount(const fido_assert_t*, std::size_t) { return 1; }

const unsigned char* fido_assert_sig_ptr(const fido_assert_t*, std::size_t) { return nullptr; }

std::size_t fido_assert_sig_len(const fido_assert_t*, std::size_t) { return 0; }

namespace nacre::token {
namespace {

using Asked = std::vector<std::string>;

struct LibFido2Test : testing::Test {
    void SetUp() override
    {
        sticks = {};
        auto opened = open_libfido2();
        if (!opened)
            GTEST_SKIP() << opened.error().text;
        library = std::move(*opened);
    }
    Outcome<Assertion> sign(std::uint8_t flags, const char* pin = nullptr)
    {
        return library->sign({.kind = KeyKind::sk_ed25519,
                              .application = "ssh:",
                              .flags = flags,
                              .handle = as_bytes("handle"),
                              .data = as_bytes("data"),
                              .pin = pin});
    }
    std::unique_ptr<Authenticator> library;
};

constexpr std::uint8_t touched_and_verified = sk_user_present | sk_user_verified;

} // namespace

TEST_F(LibFido2Test, WithoutAPinTheTokenThatHasTheKeySigns)
{
    sticks[1].has_key = true;
    EXPECT_TRUE(sign(sk_user_present));
    EXPECT_EQ(sticks[0].asked, Asked{"no PIN"});
    EXPECT_EQ(sticks[1].asked, (Asked{"no PIN", "touch no PIN"}));
}

TEST_F(LibFido2Test, APinIsForTheTokenThatIsTouched)
{
    for (auto flags : {touched_and_verified, sk_user_verified}) {
        sticks = {Stick{.has_key = true}, Stick{.has_key = true, .is_touched = true}};
        EXPECT_TRUE(sign(flags, "1234"));
        EXPECT_EQ(sticks[0].asked, Asked{});
        EXPECT_EQ(sticks[1].asked, Asked{flags == sk_user_verified ? "1234" : "touch 1234"});
    }
}

TEST_F(LibFido2Test, VerificationIsAskedForWithAndWithoutATouch)
{
    for (auto flags : {touched_and_verified, sk_user_verified}) {
        sticks = {Stick{}, Stick{.has_key = true, .is_touched = true, .has_sensor = true}};
        EXPECT_TRUE(sign(flags));
        EXPECT_EQ(sticks[1].asked, Asked{flags == sk_user_verified ? "sensor no PIN" : "touch sensor no PIN"});
        sticks[1].has_sensor = false;
        auto made = sign(flags);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().trouble, Trouble::pin_needed);
    }
}

TEST_F(LibFido2Test, ATokenThatWantsItsPinForEverythingComesLast)
{
    sticks[0].always_wants_pin = true;
    sticks[1].has_key = true;
    EXPECT_TRUE(sign(sk_user_present));
    sticks[1].has_key = false;
    auto made = sign(sk_user_present);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().trouble, Trouble::pin_needed);
    sticks[0].always_wants_pin = false;
    made = sign(sk_user_present);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().trouble, Trouble::no_device);
}

} // namespace nacre::token

#endif
