// Certificates: reading, evaluating, and the plain keys inside.
#include "framed_input.h"
#include "keys/certificate.h"

using namespace nacre;

const test::Framing test::framing{0, 0, 0};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto key = PublicKey::from_blob({data, size});
    if (!key)
        return 0;
    auto plain = key->plain();
    if (auto again = PublicKey::from_blob(plain.blob()); !again || !(*again == plain) || again->is_certificate())
        __builtin_trap();
    auto certificate = parse_certificate(*key);
    if (!certificate)
        return 0;
    const std::vector<std::string> names{"alice"};
    CertificateUse use{certificate->terms.role, names, 1735689600, "ssh-ed25519,rsa-sha2-512", "192.0.2.1", 0};
    (void)evaluate(*certificate, use);
    return 0;
}
