// Private and public key files of every form.  An own passphrase is tried, so that wrong ones are met as well.
#include "armor.h"
#include "framed_input.h"
#include "keys/key_file.h"
#include "keys/pem_format.h"
#include "keys/rfc4716_format.h"

using namespace nacre;

const test::Framing test::framing{0, 0, 0};

namespace {

constexpr KeyFileWork work{.bcrypt_rounds = 4, .pbkdf2_iterations = 10'000};   // a fuzzer has no time to lose

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto text = test::armored({data, size}, "openssh-key-v1", "OPENSSH PRIVATE KEY");
    auto file = as_bytes(text);
    if (auto read = parse_private_key(file, "passphrase", work);
        read && !read->key.sign(read->key.public_key().type().name, file))
        if (read->key.public_key().kind() != KeyKind::rsa)        // SHA-1 may be switched off in libcrypto
            __builtin_trap();
    (void)parse_public_half(file);
    (void)parse_public_key(file);
    (void)parse_pem_public_key(file);
    if (auto read = parse_rfc4716_key(file))
        if (!parse_rfc4716_key(as_bytes(write_rfc4716_key(read->key, read->comment))))
            __builtin_trap();
    return 0;
}
