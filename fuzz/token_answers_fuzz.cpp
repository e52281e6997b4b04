// What a token's helper answers: a stranger's library runs in it.  The input is its answers, each behind a uint16 length;
// the helper itself is replaced here, by definitions that the linker finds before the library's.
#include "framed_input.h"
#include "fuzz_input.h"
#include "runtime/pkcs11_keys.h"
#include "runtime/security_keys.h"

using namespace nacre;

namespace {

Reader answers{{}};

} // namespace

namespace nacre {

Result<TokenHelper> TokenHelper::start(HelperKind) { return TokenHelper{Fd{}, Child{}}; }

TokenHelper& TokenHelper::operator=(TokenHelper&&) noexcept { return *this; }

void TokenHelper::stop() {}

Result<void> TokenHelper::send(Bytes) { return {}; }

Result<SecretBytes> TokenHelper::receive()
{
    if (answers.left() < 3)
        return system_failure("it has ended");
    auto length = std::min<std::size_t>(answers.u16(), answers.left());
    if (length == 0)
        return peer_misbehaved("nonsense");
    return SecretBytes::copy_of(answers.take(length));
}

Result<SecretBytes> TokenHelper::exchange_bytes(const SecretBytes&) { return receive(); }

} // namespace nacre

const test::Framing test::framing{0, 0, 2};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto pin = [](const std::string&) { return std::optional{SecretBytes::copy_of("1234")}; };
    TokenPerson person{.ask_pin = pin, .tell = [](const std::string&) {}};
    answers = Reader{{data, size}};
    for (std::size_t before = size + 1; answers.left() > 0 && answers.left() < before;) {
        before = answers.left();
        auto enrolled = enroll_in_token({}, "1234");
        if (enrolled && enrolled->key.public_key().application() != default_application)
            __builtin_trap();
        if (auto found = resident_keys("internal", "", "1234"))
            for (auto& one : *found)
                if (sign_in_token(one.key, "internal", "key", as_bytes("data"), person))
                    return 0;                                     // it cannot, but that is not ours to judge
        auto keys = Pkcs11Keys::load("/dev/null", person);
        if (keys && !keys->keys().empty())
            (void)keys->sign(keys->keys()[0].key, "ssh-ed25519", as_bytes("data"), person);
    }
    return 0;
}
