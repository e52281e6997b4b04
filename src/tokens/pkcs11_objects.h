// Inside tokens/ only: PKCS#11's names, and public keys out of a token's objects.
#pragma once

#define CRYPTOKI_COMPAT
#include <p11-kit/pkcs11.h>

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "keys/public_key.h"

namespace nacre::token {

// One session's objects.
class ObjectReader {
public:
    ObjectReader(CK_FUNCTION_LIST_PTR functions, CK_SESSION_HANDLE session) : functions_(functions), session_(session) {}

    static constexpr std::size_t most_objects = 1024;
    std::vector<CK_OBJECT_HANDLE> find(std::vector<CK_ATTRIBUTE> wanted) const;

    // Empty: the object does not have it, or more than a key could need.
    ByteVector bytes(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute) const;
    std::optional<CK_ULONG> number(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute) const;
    bool flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute) const;

    // Nothing: a kind of key that SSH does not have.
    std::optional<PublicKey> public_key(CK_OBJECT_HANDLE object) const;
    std::optional<PublicKey> certified_key(CK_OBJECT_HANDLE object) const;   // of an X.509 certificate

private:
    CK_FUNCTION_LIST_PTR functions_;
    CK_SESSION_HANDLE session_;
};

} // namespace nacre::token
