#include "keys/sshsig.h"

#include "keys/allowed_signers.h"
#include "keys/key_file.h"
#include "support/key_files.h"

namespace nacre {

namespace {

using test::key_names;
using test::public_key_named;
using test::read_key_file;

ByteVector digest_of(const SignedMessage& message, std::string_view text) { return hash_of(message.hash, as_bytes(text)); }

SignedMessage signature_in(const std::string& file)
{
    auto text = read_key_file(file);
    return parse_signed_message(as_bytes(text)).value();
}

bool allows(const std::string& line, const PublicKey& key, std::string_view who = "alice@example", WallClock at = {1000, 1000},
            std::string_view purpose = "git")
{
    return !check_signer(line, who, {key, purpose, at}).principals.empty();
}

} // namespace

TEST(SignedMessage, OpenSshsSignaturesHold)
{
    auto text = read_key_file("message");
    for (auto& name : key_names) {
        SCOPED_TRACE(name);
        auto message = signature_in("message." + name + ".sig");
        EXPECT_EQ(message.key, public_key_named(name));
        EXPECT_TRUE(message.verify("tests", digest_of(message, text)));
        EXPECT_FALSE(message.verify("test", digest_of(message, text)));
        EXPECT_FALSE(message.verify("tests", digest_of(message, text + " ")));
        EXPECT_EQ(message.armored(), read_key_file("message." + name + ".sig"));
    }
}

TEST(SignedMessage, AChangedPurposeIsNoticed)
{
    auto message = signature_in("message.ed25519.sig");
    auto digest = digest_of(message, read_key_file("message"));
    message.purpose = "other";
    EXPECT_FALSE(message.verify("other", digest));
    auto other_hash = signature_in("message.ed25519.sig");
    other_hash.hash = HashKind::sha256;
    EXPECT_FALSE(other_hash.verify("tests", digest));
}

TEST(SignedMessage, OurSignaturesHold)
{
    for (auto& name : key_names) {
        auto file = read_key_file(name);
        auto key = std::move(parse_private_key(as_bytes(file), "")->key);
        auto sign = [&](std::string_view algorithm, Bytes data) { return key.sign(algorithm, data); };
        auto digest = hash_of(HashKind::sha256, as_bytes("text"));
        auto made = sign_message(key.public_key(), "tests", HashKind::sha256, digest, sign);
        ASSERT_TRUE(made) << made.error().what;
        auto again = parse_signed_message(as_bytes(made->armored())).value();
        EXPECT_TRUE(again.verify("tests", digest));
        EXPECT_FALSE(sign_message(key.public_key(), "", HashKind::sha256, digest, sign));
    }
}

TEST(SignedMessage, DamagedFilesAreRefused)
{
    auto text = read_key_file("message.ed25519.sig");
    auto digest = hash_of(HashKind::sha512, as_bytes(read_key_file("message")));
    for (std::size_t i = 0; i < text.size(); i += 3) {
        auto changed = text;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        auto parsed = parse_signed_message(as_bytes(changed));
        EXPECT_FALSE(parsed && parsed->verify("tests", digest)) << i;
    }
}

TEST(AllowedSigners, NamesKeysAndPurposesMustFit)
{
    auto key = public_key_named("ed25519");
    auto line = key.line();
    EXPECT_TRUE(allows("alice@example " + line, key));
    EXPECT_TRUE(allows("\"bob,alice@*\" " + line, key));
    EXPECT_TRUE(allows("# comment\n\nnonsense\n*@example namespaces=\"file,git\" " + line, key));
    EXPECT_FALSE(allows("*@example namespaces=\"file\" " + line, key));
    EXPECT_FALSE(allows("*,!alice@example " + line, key));
    EXPECT_FALSE(allows("alice@example " + public_key_named("rsa").line(), key));
    EXPECT_FALSE(allows("alice@example unknown-option " + line, key));
    EXPECT_FALSE(allows("alice@example cert-authority " + line, key));
    EXPECT_EQ(check_signer("a unknown " + line, "a", {key, "git", {}}).problems.size(), 1u);
    EXPECT_TRUE(check_signer("b unknown " + line, "a", {key, "git", {}}).problems.empty()) << "about somebody else";
    auto elsewhere = check_signer("a namespaces=\"file\" " + line, "a", {key, "git", {}});
    EXPECT_EQ(elsewhere.problems, std::vector<std::string>{"key is not permitted for use in signature namespace \"git\""});
    auto in_both = "a namespaces=\"file\" " + line + "\na namespaces=\"git\" " + line;
    EXPECT_TRUE(check_signer(in_both, "a", {key, "git", {}}).problems.empty());
}

TEST(AllowedSigners, TimesMustFit)
{
    auto key = public_key_named("ed25519");
    auto line = "alice@example valid-after=\"20200101Z\",valid-before=\"20210101Z\" " + key.line();
    EXPECT_FALSE(allows(line, key, "alice@example", {1577836799, 0}));
    EXPECT_TRUE(allows(line, key, "alice@example", {1577836800, 0}));
    EXPECT_TRUE(allows(line, key, "alice@example", {1609459200, 0}));
    EXPECT_FALSE(allows(line, key, "alice@example", {1609459201, 0}));
    auto local = "alice@example valid-after=\"20200101\" " + key.line();
    EXPECT_TRUE(allows(local, key, "alice@example", {0, 1577836800}));
    EXPECT_FALSE(allows("alice@example valid-after=20210101Z,valid-before=20200101Z " + key.line(), key));
}

TEST(AllowedSigners, AuthoritiesVouchForTheNamesTheyGive)
{
    auto certificate = PublicKey::from_line(read_key_file("ed25519.user")).value();
    auto authority = public_key_named("ca").line();
    constexpr WallClock in_2025{1735689600, 1735689600};
    EXPECT_TRUE(allows("* cert-authority " + authority, certificate, "alice", in_2025));
    EXPECT_FALSE(allows("* cert-authority " + authority, certificate, "carol", in_2025));
    EXPECT_FALSE(allows("bob cert-authority " + authority, certificate, "alice", in_2025));
    EXPECT_FALSE(allows("* " + authority, certificate, "alice", in_2025));
    EXPECT_FALSE(allows("* cert-authority " + authority, certificate, "alice", {0, 0}));
    EXPECT_FALSE(allows("* cert-authority " + authority, public_key_named("ca"), "alice", in_2025));
    auto found = find_principals("b* cert-authority " + authority, {certificate, {}, in_2025});
    EXPECT_EQ(found.principals, std::vector<std::string>{"bob"});
}

} // namespace nacre
