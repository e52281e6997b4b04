// What -O says about a certificate that is being made.
#pragma once

#include <span>
#include <string>

#include "keys/certificate.h"

namespace nacre::keygen {

// Starts from the permissions that a user's certificate has by default; a host's has none.
Result<void> apply_certificate_options(CertificateTerms& terms, std::span<const std::string> options);

// Whether options of that name are flags or have a value that is text.
enum class OptionShape { unknown, flag, text };
OptionShape shape_of_critical_option(std::string_view name);
OptionShape shape_of_extension(std::string_view name);

} // namespace nacre::keygen
