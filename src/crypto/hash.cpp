#include "crypto/hash.h"

#include <array>
#include <utility>

#include "base/contract.h"
#include "crypto/library.h"

namespace nacre {

namespace {

struct HashRow {
    HashKind kind;
    std::size_t size;
    std::string_view name;
    const char* library_name;
};

constexpr std::array rows{
    HashRow{HashKind::md5, 16, "MD5", "MD5"},
    HashRow{HashKind::sha1, 20, "SHA1", "SHA1"},
    HashRow{HashKind::sha256, 32, "SHA256", "SHA2-256"},
    HashRow{HashKind::sha384, 48, "SHA384", "SHA2-384"},
    HashRow{HashKind::sha512, 64, "SHA512", "SHA2-512"},
};

constexpr const HashRow& row(HashKind kind) { return rows[static_cast<std::size_t>(kind)]; }
static_assert(row(HashKind::md5).kind == HashKind::md5 && row(HashKind::sha512).kind == HashKind::sha512);

template <HashKind kind>
const EVP_MD* fetched()
{
    static const EVP_MD* const digest = fetch_digest(row(kind).library_name);
    return digest;
}

const EVP_MD* digest_of(HashKind kind)
{
    switch (kind) {
    case HashKind::md5:
        return fetched<HashKind::md5>();
    case HashKind::sha1:
        return fetched<HashKind::sha1>();
    case HashKind::sha256:
        return fetched<HashKind::sha256>();
    case HashKind::sha384:
        return fetched<HashKind::sha384>();
    case HashKind::sha512:
        return fetched<HashKind::sha512>();
    }
    NACRE_UNREACHABLE();
}

} // namespace

std::size_t hash_size(HashKind kind) { return row(kind).size; }

std::string_view hash_name(HashKind kind) { return row(kind).name; }

struct Hash::State {
    HashKind kind;
    LibcryptoPtr<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};
};

Hash::Hash(HashKind kind) : state_(std::make_unique<State>(kind))
{
    NACRE_EXPECTS(EVP_DigestInit_ex2(state_->context.get(), digest_of(kind), nullptr) == 1);
}

Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;
Hash::~Hash() = default;

Hash& Hash::update(Bytes bytes)
{
    NACRE_EXPECTS(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
    return *this;
}

ByteVector Hash::finish()
{
    ByteVector result(hash_size(state_->kind));
    NACRE_EXPECTS(EVP_DigestFinal_ex(state_->context.get(), result.data(), nullptr) == 1);
    return result;
}

ByteVector hash_of(HashKind kind, Bytes bytes) { return Hash{kind}.update(bytes).finish(); }

} // namespace nacre
