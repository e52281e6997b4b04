// How people compare keys: fingerprints, pronounceable digests, and pictures.
#pragma once

#include <string>

#include "crypto/hash.h"
#include "keys/public_key.h"

namespace nacre {

// "SHA256:base64 without padding", or "MD5:aa:bb:…" (RFC 4716 §4).
std::string fingerprint(const PublicKey& key, HashKind hash = HashKind::sha256);

// The SHA-1 digest in A. Huima's Bubble Babble encoding.
std::string bubble_babble(const PublicKey& key);

// The "drunken bishop" picture in its frame: eleven lines, without the last line's end.
std::string random_art(const PublicKey& key, HashKind hash = HashKind::sha256);

} // namespace nacre
