// For tests in keys/ only: the files of tests/keys, made by OpenSSH's ssh-keygen (tests/keys/make.sh).
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "keys/public_key.h"

namespace nacre::test {

inline constexpr std::string_view passphrase = "passphrase";
inline const std::vector<std::string> key_names{"ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa"};

inline std::string read_key_file(const std::string& name)
{
    std::ifstream in{NACRE_SOURCE_DIR "/tests/keys/" + name, std::ios::binary};
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>{in}, {}};
}

inline PublicKey public_key_named(const std::string& name)
{
    return PublicKey::from_line(read_key_file(name + ".pub")).value();
}

} // namespace nacre::test
