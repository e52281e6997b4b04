#include "keys/public_key.h"

#include "keys/private_key.h"
#include "support/key_files.h"
#include "wire/writer.h"

namespace nacre {

using test::key_names;
using test::public_key_named;

namespace {

PrivateKey private_key_of(KeyKind kind) { return PrivateKey::generate(kind, kind == KeyKind::rsa ? 1024 : 0).value(); }

ByteVector rsa_blob(Bytes exponent, Bytes modulus)                // each already encoded
{
    ByteVector blob;
    Writer{blob}.string(std::string_view{"ssh-rsa"}).string(exponent).string(modulus);
    return blob;
}

} // namespace

TEST(PublicKey, ReadsItsOwnBytesAndLines)
{
    for (auto& name : key_names) {
        auto key = public_key_named(name);
        EXPECT_EQ(PublicKey::from_blob(key.blob()).value(), key);
        EXPECT_EQ(PublicKey::from_line(key.line("with a comment")).value(), key);
        EXPECT_EQ(PublicKey::from_line("  " + key.line() + "\r\n").value(), key);
    }
}

TEST(PublicKey, RefusesMissingAndTrailingBytes)
{
    for (auto& name : key_names) {
        auto key = public_key_named(name);
        for (std::size_t size = 0; size < key.blob().size(); ++size)
            EXPECT_FALSE(PublicKey::from_blob(key.blob().first(size)));
        auto longer = to_vector(key.blob());
        longer.push_back(0);
        EXPECT_FALSE(PublicKey::from_blob(longer));
    }
}

TEST(PublicKey, RefusesTwoSpellingsOfOneRsaKey)
{
    ByteVector modulus(129, 0xff);
    modulus[0] = 0;
    const ByteVector exponent{1, 0, 1};
    EXPECT_TRUE(PublicKey::from_blob(rsa_blob(exponent, modulus)));
    EXPECT_FALSE(PublicKey::from_blob(rsa_blob(ByteVector{0, 1, 0, 1}, modulus)));
    EXPECT_FALSE(PublicKey::from_blob(rsa_blob(exponent, Bytes{modulus}.subspan(1))));   // negative
    modulus.insert(modulus.begin(), 0);
    EXPECT_FALSE(PublicKey::from_blob(rsa_blob(exponent, modulus)));
}

// A revocation list keeps what is only too long, so that one such key does not make it unreadable.
TEST(PublicKey, TakesRsaExponentsAsFarAsTheyCanBeVerified)
{
    auto result_for = [](std::size_t exponent_size, std::size_t modulus_size) {
        ByteVector exponent(exponent_size, 0x7f), modulus(modulus_size + 1, 0xff);
        modulus[0] = 0;
        return PublicKey::from_blob(rsa_blob(exponent, modulus));
    };
    EXPECT_TRUE(result_for(5, 256));
    EXPECT_TRUE(result_for(32, 384));
    EXPECT_TRUE(result_for(8, 512));
    for (auto& key : {result_for(33, 256), result_for(9, 512)}) {
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().kind, ErrorKind::incompatible);
    }
}

TEST(PublicKey, ItsLineIsOneWhateverTheCommentSays)
{
    auto key = public_key_named(key_names.front());
    EXPECT_EQ(key.line("a\nssh-rsa AAAA \x1b[2J"), key.line() + " a\\nssh-rsa AAAA \\033[2J");
}

TEST(PublicKey, RefusesLinesThatNameAnotherType)
{
    auto line = public_key_named("ed25519").line();
    EXPECT_FALSE(PublicKey::from_line("ssh-rsa" + line.substr(line.find(' '))));
    EXPECT_FALSE(PublicKey::from_line("ssh-ed25519"));
    EXPECT_FALSE(PublicKey::from_line(""));
    EXPECT_FALSE(PublicKey::from_line("ssh-ed25519 AAAA"));
}

TEST(Signature, HoldsOnlyForItsKeyDataAndAlgorithm)
{
    for (auto& algorithm : signature_algorithms()) {
        if (algorithm.is_certificate() || key_type(algorithm.kind).is_of_token())
            continue;
        auto key = private_key_of(algorithm.kind);
        auto other = private_key_of(algorithm.kind);
        auto signature = key.sign(algorithm.name, as_bytes("data")).value();
        EXPECT_TRUE(key.public_key().verify(algorithm.name, as_bytes("data"), signature, no_token_demands));
        EXPECT_FALSE(key.public_key().verify(algorithm.name, as_bytes("Data"), signature, no_token_demands));
        EXPECT_FALSE(other.public_key().verify(algorithm.name, as_bytes("data"), signature, no_token_demands));
        for (auto& wrong : signature_algorithms())
            EXPECT_EQ(key.public_key().verify(wrong.name, as_bytes("data"), signature, no_token_demands).has_value(),
                wrong.name == algorithm.name);
    }
}

TEST(Signature, LabelMustBeTheAgreedName)
{
    auto key = private_key_of(KeyKind::rsa);
    auto signature = key.sign("rsa-sha2-256", as_bytes("data")).value();
    signature[signature.size() - 1] ^= 1;
    EXPECT_FALSE(key.public_key().verify("rsa-sha2-256", as_bytes("data"), signature, no_token_demands));
    signature[signature.size() - 1] ^= 1;
    EXPECT_FALSE(key.public_key().verify("rsa-sha2-512", as_bytes("data"), signature, no_token_demands));
    EXPECT_FALSE(key.public_key().verify("rsa-sha2", as_bytes("data"), signature, no_token_demands));
    EXPECT_FALSE(key.public_key().verify("", as_bytes("data"), signature, no_token_demands));
}

TEST(Signature, SurvivesEveryTruncation)
{
    for (auto& type : key_types()) {
        if (type.is_certificate() || type.is_of_token())
            continue;
        auto key = private_key_of(type.kind);
        auto algorithm = type.kind == KeyKind::rsa ? "rsa-sha2-512" : type.name;
        auto signature = key.sign(algorithm, as_bytes("data")).value();
        for (std::size_t size = 0; size < signature.size(); ++size)
            EXPECT_FALSE(key.public_key().verify(algorithm, as_bytes("data"), Bytes{signature}.first(size), no_token_demands));
        signature.push_back(0);
        EXPECT_FALSE(key.public_key().verify(algorithm, as_bytes("data"), signature, no_token_demands));
    }
}

TEST(PrivateKey, CheckedOnTheWayInAndTheSameOnTheWayOut)
{
    for (auto& type : key_types()) {
        if (type.is_certificate() || type.is_of_token())
            continue;
        auto key = private_key_of(type.kind);
        ByteVector fields;
        key.write_fields(Writer{fields});
        Reader in{fields};
        auto again = PrivateKey::read_fields(in);
        ASSERT_TRUE(again) << type.name;
        EXPECT_TRUE(in.finish("key"));
        EXPECT_EQ(again->public_key(), key.public_key());
        for (std::size_t size = 0; size < fields.size(); ++size) {
            Reader part{Bytes{fields}.first(size)};
            EXPECT_FALSE(PrivateKey::read_fields(part)) << type.name << ' ' << size;
        }
        for (std::size_t i = 0; i < fields.size(); i += 5) {
            fields[i] ^= 1;
            Reader changed{fields};
            EXPECT_FALSE(PrivateKey::read_fields(changed)) << type.name << ' ' << i;
            fields[i] ^= 1;
        }
    }
}

TEST(PrivateKey, IsNeverACertificate)
{
    EXPECT_FALSE(PrivateKey::generate(KeyKind::ed25519_certificate, 0));
    ByteVector fields;
    Writer{fields}.string(key_type(KeyKind::rsa_certificate).name).string(std::string_view{});
    Reader in{fields};
    EXPECT_FALSE(PrivateKey::read_fields(in));
}

TEST(PrivateKey, RsaHasItsLimits)
{
    EXPECT_FALSE(PrivateKey::generate(KeyKind::rsa, 1023));
    EXPECT_FALSE(PrivateKey::generate(KeyKind::rsa, 16385));
    EXPECT_EQ(PrivateKey::generate(KeyKind::rsa, 1024)->public_key().bits(), 1024u);
}

TEST(KeyTypes, PreferenceIsOpenSshs)
{
    std::vector<std::string_view> offered;
    for (auto& algorithm : signature_algorithms())
        if (algorithm.offered)
            offered.push_back(algorithm.name);
    EXPECT_EQ(offered,
        (std::vector<std::string_view>{"ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com",
            "ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp521-cert-v01@openssh.com",
            "sk-ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
            "rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256"}));
    ASSERT_NE(find_signature_algorithm("ssh-rsa"), nullptr);
    EXPECT_EQ(find_signature_algorithm("ssh-dss"), nullptr);
}

} // namespace nacre
