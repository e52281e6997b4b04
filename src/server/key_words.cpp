#include "server/key_words.h"

#include <fmt/format.h>

#include "base/text.h"
#include "keys/certificate.h"
#include "keys/fingerprint.h"

namespace nacre {

std::string in_words(const PublicKey& key)
{
    auto words = fmt::format("{} {}", key.type().short_name, fingerprint(key));
    if (!key.is_certificate())
        return words;
    auto certificate = parse_certificate(key);
    if (!certificate)
        return words;
    return fmt::format("{} ID {} (serial {}) CA {} {}", words, printable(certificate->terms.key_id),
                       certificate->terms.serial, certificate->authority.type().short_name,
                       fingerprint(certificate->authority));
}

} // namespace nacre
