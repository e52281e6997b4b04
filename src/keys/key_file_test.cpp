#include "keys/key_file.h"

#include "base/text.h"
#include "keys/openssh_format.h"
#include "keys/pem_format.h"
#include "keys/rfc4716_format.h"
#include "support/key_files.h"
#include "support/seeded_random.h"

namespace nacre {

using test::key_names;
using test::passphrase;
using test::public_key_named;
using test::read_key_file;

namespace {

struct Sample {
    std::string file;
    std::string key;
    bool encrypted;
    KeyFileForm form;
};

std::vector<Sample> samples()
{
    std::vector<Sample> all;
    for (auto cipher :
        {"aes128-ctr", "aes192-ctr", "aes128-cbc", "aes256-cbc", "aes256-gcm", "chacha20-poly1305", "3des-cbc"})
        all.push_back({std::string{"ed25519."} + cipher, "ed25519", true, KeyFileForm::openssh});
    for (auto& name : key_names) {
        all.push_back({name, name, false, KeyFileForm::openssh});
        all.push_back({name + ".aes256-ctr", name, true, KeyFileForm::openssh});
        if (name == "ed25519")
            continue;
        all.push_back({name + ".pem", name, false, KeyFileForm::pem});
        all.push_back({name + ".pem.encrypted", name, true, KeyFileForm::pem});
        all.push_back({name + ".pkcs8", name, false, KeyFileForm::pkcs8});
        all.push_back({name + ".pkcs8.encrypted", name, true, KeyFileForm::pkcs8});
    }
    return all;
}

void expect_works(const PrivateKey& key, const PublicKey& expected)
{
    EXPECT_EQ(key.public_key(), expected);
    for (auto& algorithm : signature_algorithms())
        if (algorithm.kind == expected.kind()) {
            auto signature = key.sign(algorithm.name, as_bytes("text"));
            ASSERT_TRUE(signature);
            EXPECT_TRUE(expected.verify(algorithm.name, as_bytes("text"), *signature, no_token_demands));
        }
}

} // namespace

TEST(KeyFile, ReadsEveryFormThatOpenSshWrites)
{
    for (auto& sample : samples()) {
        SCOPED_TRACE(sample.file);
        auto text = read_key_file(sample.file);
        auto read = parse_private_key(as_bytes(text), sample.encrypted ? passphrase : "");
        ASSERT_TRUE(read) << read.error().what;
        EXPECT_EQ(read->form, sample.form);
        EXPECT_EQ(read->comment, sample.form == KeyFileForm::openssh ? sample.key + " of the tests" : "");
        expect_works(read->key, public_key_named(sample.key));
    }
}

TEST(KeyFile, TellsAMissingOrWrongPassphraseFromDamage)
{
    for (auto& sample : samples()) {
        if (!sample.encrypted)
            continue;
        SCOPED_TRACE(sample.file);
        auto text = read_key_file(sample.file);
        for (auto attempt : {"", "wrong"}) {
            auto read = parse_private_key(as_bytes(text), attempt);
            ASSERT_FALSE(read);
            EXPECT_TRUE(wants_passphrase(read.error())) << read.error().what;
        }
    }
    auto damaged = read_key_file("ed25519");
    damaged.resize(damaged.size() / 2);
    auto read = parse_private_key(as_bytes(damaged), "");
    ASSERT_FALSE(read);
    EXPECT_FALSE(wants_passphrase(read.error()));
}

TEST(KeyFile, ShowsThePublicHalfOfEncryptedOpenSshFiles)
{
    for (auto& name : key_names) {
        auto text = read_key_file(name + ".aes256-ctr");
        auto half = parse_public_half(as_bytes(text));
        ASSERT_TRUE(half);
        EXPECT_EQ(half->key, public_key_named(name));
        EXPECT_EQ(half->comment, "");
        auto plain = read_key_file(name);
        EXPECT_EQ(parse_public_half(as_bytes(plain))->comment, name + " of the tests");
    }
    auto pem = read_key_file("rsa.pem.encrypted");
    auto half = parse_public_half(as_bytes(pem));
    ASSERT_FALSE(half);
    EXPECT_TRUE(wants_passphrase(half.error()));
}

TEST(KeyFile, ReadsBackWhatItWrites)
{
    test::SeededRandom random{1};
    for (auto& name : key_names) {
        auto text = read_key_file(name);
        auto original = parse_private_key(as_bytes(text), "").value();
        for (auto form : {KeyFileForm::openssh, KeyFileForm::pem, KeyFileForm::pkcs8})
            for (auto secret : {std::string_view{}, passphrase}) {
                KeyFileStyle style{form, "aes256-ctr", 1};
                auto written = write_private_key(original.key, "a comment", secret, style, random);
                ASSERT_TRUE(written) << name;
                auto again = parse_private_key(written->bytes(), secret);
                ASSERT_TRUE(again) << name << ": " << again.error().what;
                EXPECT_EQ(again->key.public_key(), original.key.public_key());
                EXPECT_EQ(again->form, name == "ed25519" ? KeyFileForm::openssh : form);
                EXPECT_EQ(again->comment, again->form == KeyFileForm::openssh ? "a comment" : "");
            }
    }
}

TEST(KeyFile, WritesEveryCipherItReads)
{
    test::SeededRandom random{2};
    auto text = read_key_file("ed25519");
    auto original = parse_private_key(as_bytes(text), "").value();
    auto names = openssh_cipher_names();
    for (auto cipher : split(names, ',')) {
        auto written = write_private_key(original.key, "c", "p", {KeyFileForm::openssh, cipher, 1}, random);
        ASSERT_TRUE(written) << cipher;
        auto again = parse_private_key(written->bytes(), "p");
        ASSERT_TRUE(again) << cipher << ": " << again.error().what;
    }
    EXPECT_FALSE(write_private_key(original.key, "c", "p", {KeyFileForm::openssh, "rot13", 1}, random));
    EXPECT_FALSE(write_private_key(original.key, "c", "p", {KeyFileForm::openssh, "aes256-ctr", 0}, random));
}

TEST(KeyFile, PlainTextOfOpenSshFilesIsReproduced)
{
    // Byte for byte but for the check numbers, which are random: the length must agree.
    test::SeededRandom random{3};
    for (auto& name : key_names) {
        auto text = read_key_file(name);
        auto read = parse_private_key(as_bytes(text), "").value();
        auto written = write_private_key(read.key, read.comment, "", {}, random).value();
        EXPECT_EQ(written.size(), text.size()) << name;
    }
}

TEST(KeyFile, SurvivesEveryTruncation)
{
    for (auto file : {"ed25519", "ecdsa256", "ecdsa256.pem", "ecdsa256.pkcs8", "ecdsa256.rfc4716", "ed25519.pub"}) {
        auto text = read_key_file(file);
        for (std::size_t size = 0; size + 2 < text.size(); ++size) {
            auto part = as_bytes(text).first(size);
            EXPECT_FALSE(parse_private_key(part, "")) << file << ' ' << size;
            EXPECT_FALSE(parse_public_half(part)) << file << ' ' << size;
            EXPECT_FALSE(parse_rfc4716_key(part)) << file << ' ' << size;
            (void)parse_public_key(part);
            (void)parse_pem_public_key(part);
        }
    }
}

TEST(KeyFile, NeverYieldsAnotherKeyFromFlippedBits)
{
    for (auto file : {"ed25519", "ecdsa256", "ecdsa256.pem", "ecdsa256.pkcs8"}) {
        auto text = read_key_file(file);
        auto expected = parse_private_key(as_bytes(text), "").value();
        for (std::size_t i = 0; i < text.size(); ++i) {
            auto changed = text;
            changed[i] = static_cast<char>(changed[i] ^ (1 << i % 7));
            auto read = parse_private_key(as_bytes(changed), "");
            EXPECT_TRUE(!read || read->key.public_key() == expected.key.public_key()) << file << ' ' << i;
        }
    }
}

TEST(KeyFile, SurvivesDamageOfEncryptedFiles)
{
    for (auto file : {"ed25519.aes256-gcm", "ecdsa256.pem.encrypted", "ecdsa256.pkcs8.encrypted"}) {
        auto text = read_key_file(file);
        auto original = parse_private_key(as_bytes(text), passphrase).value();
        for (std::size_t i = 0; i < text.size(); i += 7) {
            auto changed = text;
            changed[i] = static_cast<char>(changed[i] ^ 1);
            (void)parse_public_half(as_bytes(changed));
            if (i % 3 != 0)                                       // deriving keys takes its time
                continue;
            if (auto key = parse_private_key(as_bytes(changed), passphrase); key && key->key.public_key() != original.key.public_key())
                FAIL() << file << ": another key, with byte " << i << " changed";
        }
    }
}

TEST(KeyFile, RefusesTooManyRounds)
{
    test::SeededRandom random{4};
    auto text = read_key_file("ed25519");
    auto original = parse_private_key(as_bytes(text), "").value();
    KeyFileStyle style{KeyFileForm::openssh, "aes256-ctr", bcrypt_rounds_limit + 1};
    EXPECT_FALSE(write_private_key(original.key, "", "p", style, random));
}

TEST(KeyFile, PemMayHaveTextInFront)
{
    std::string before = "Bag Attributes\r\n    friendlyName: me\r\n\nProc-Type: 4,ENCRYPTED\n----BEGIN nothing\n"
                         "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (auto& sample : samples()) {
        SCOPED_TRACE(sample.file);
        auto text = before + read_key_file(sample.file);
        auto read = parse_private_key(as_bytes(text), sample.encrypted ? passphrase : "");
        auto form = private_key_form(as_bytes(text));
        ASSERT_EQ(read.has_value(), sample.form != KeyFileForm::openssh) << "OpenSSH's own begins the file";
        ASSERT_EQ(form.has_value(), read.has_value());
        if (!read)
            continue;
        EXPECT_EQ(*form, sample.form);
        expect_works(read->key, public_key_named(sample.key));
        auto half = parse_public_half(as_bytes(text));
        ASSERT_EQ(half.has_value(), !sample.encrypted);
        EXPECT_TRUE(!half || half->key == public_key_named(sample.key));
    }
    auto indented = "text\n " + read_key_file("ecdsa256.pem");
    EXPECT_FALSE(parse_private_key(as_bytes(indented), ""));
}

TEST(KeyFile, WorkIsLimitedWhateverStandsInFront)
{
    auto text = read_key_file("ecdsa256.pkcs8.encrypted");
    ASSERT_TRUE(parse_private_key(as_bytes(text), passphrase));
    // A key of a form that costs nothing, but damaged, is passed over by some of libcrypto's readers.
    for (std::string before : {"", "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n",
             "Key Attributes\n", "text\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
             "text in the same line "}) {
        auto file = before + text;
        auto read = parse_private_key(as_bytes(file), passphrase, {.pbkdf2_iterations = 1});
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().kind, ErrorKind::bad_input) << before;
    }
}

TEST(PublicKeyFile, SkipsCommentsAndKeepsTheRest)
{
    auto line = read_key_file("ed25519.pub");
    auto text = "# a comment\n\n" + line;
    auto read = parse_public_key(as_bytes(text));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->key, public_key_named("ed25519"));
    EXPECT_EQ(read->comment, "ed25519 of the tests");
    EXPECT_EQ(read->key.line(read->comment) + "\n", line);
}

TEST(Rfc4716, ReadsWhatOpenSshExports)
{
    for (auto& name : key_names) {
        auto text = read_key_file(name + ".rfc4716");
        auto read = parse_rfc4716_key(as_bytes(text));
        ASSERT_TRUE(read) << name;
        EXPECT_EQ(read->key, public_key_named(name));
        EXPECT_TRUE(read->comment.ends_with("converted from OpenSSH"));
        EXPECT_EQ(write_rfc4716_key(read->key, read->comment), text);
    }
}

TEST(Rfc4716, FollowsContinuedHeadersAndAnyLineEnd)
{
    auto key = public_key_named("ed25519");
    auto base64 = to_base64(key.blob());
    std::string text =
        "---- BEGIN SSH2 PUBLIC KEY ----\nSubject: me\nx-private: a\\\nb:c\\\nd\nComment: \"one\\\n two\"\n" +
        base64.substr(0, 40) + "\n" + base64.substr(40) + "\n---- END SSH2 PUBLIC KEY ----\n";
    for (auto end : {"\n", "\r", "\r\n"}) {
        std::string other;
        for (char c : text)
            c == '\n' ? other += end : other += c;
        auto read = parse_rfc4716_key(as_bytes(other));
        ASSERT_TRUE(read) << read.error().what;
        EXPECT_EQ(read->key, key);
        EXPECT_EQ(read->comment, "one two");
    }
}

TEST(PemPublicKey, GoesOutAndComesBack)
{
    for (auto& name : key_names)
        for (auto form : {KeyFileForm::pem, KeyFileForm::pkcs8}) {
            auto key = public_key_named(name);
            auto written = write_pem_public_key(key, form);
            if (name == "ed25519" && form == KeyFileForm::pem) {
                EXPECT_FALSE(written);
                continue;
            }
            ASSERT_TRUE(written) << name;
            auto read = parse_pem_public_key(as_bytes(*written));
            ASSERT_TRUE(read) << name;
            EXPECT_EQ(*read, key);
        }
}

} // namespace nacre
