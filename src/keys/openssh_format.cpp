#include "keys/openssh_format.h"

#include <fmt/format.h>

#include "base/buffer.h"
#include "base/table.h"
#include "base/text.h"
#include "crypto/bcrypt_pbkdf.h"
#include "keys/armor.h"
#include "keys/file_ciphers.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

namespace {

constexpr std::string_view end_line = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view magic{"openssh-key-v1\0", 15};
constexpr std::size_t columns = 70;
constexpr std::size_t salt_size = 16;
constexpr std::size_t block_of_none = 8;

// The outer layer, as views into the decoded file.
struct Container {
    std::string_view cipher_name;
    std::string_view kdf_name;
    Bytes kdf_options;
    Bytes public_blob;
    Bytes body;                                                   // encrypted unless cipher_name is "none"
    Bytes tag;                                                    // behind the body, where the cipher has one

    bool is_encrypted() const { return cipher_name != "none"; }
};

Result<SecretBytes> unarmor(Bytes file)
{
    if (file.size() > key_file_limit)
        return bad_input("the key file is too long");
    auto body = between_lines(file, openssh_begin_line, end_line);
    if (!body)
        return bad_input("not an OpenSSH private key");
    auto bytes = decode_wrapped_base64(*body);
    if (!bytes)
        return bad_input("the key file is damaged: bad base64");
    return std::move(*bytes);
}

Result<Container> read_container(Bytes bytes)
{
    Reader in{bytes};
    Container container;
    auto found_magic = in.take(magic.size());
    container.cipher_name = in.text();
    container.kdf_name = in.text();
    container.kdf_options = in.string();
    auto keys = in.u32();
    container.public_blob = in.string();
    container.body = in.string();
    container.tag = in.rest();
    if (!in.ok() || as_text(found_magic) != magic)
        return bad_input("the key file is damaged");
    if (keys != 1)
        return bad_input("a key file must hold exactly one key");
    if (container.is_encrypted() == (container.kdf_name == "none"))
        return bad_input("the key file is damaged: cipher without key derivation, or the other way round");
    return container;
}

// What the passphrase becomes: the cipher's key, then its initialisation vector.
Result<SecretBytes> derive(const FileCipher& cipher, std::string_view passphrase, Bytes salt, std::uint32_t rounds)
{
    SecretBytes material(cipher.key_size + cipher.iv_size);
    if (!bcrypt_pbkdf(as_bytes(passphrase), salt, rounds, material.bytes()))
        return bad_input("the key file is damaged: bad key derivation");
    return material;
}

Result<SecretBytes> decrypt(const Container& container, std::string_view passphrase, const KeyFileWork& limit)
{
    auto* cipher = find_file_cipher(container.cipher_name);
    if (!cipher)
        return bad_input(
            fmt::format("the key file uses an unknown cipher \"{}\"", printable(container.cipher_name.substr(0, 64))));
    if (container.kdf_name != "bcrypt")
        return bad_input("the key file uses an unknown key derivation");
    Reader options{container.kdf_options};
    auto salt = options.string();
    auto rounds = options.u32();
    if (!options.finish("key derivation") || salt.empty() || rounds == 0)
        return bad_input("the key file is damaged: bad key derivation");
    if (rounds > limit.bcrypt_rounds)
        return bad_input(fmt::format("the key file asks for more than {} rounds", limit.bcrypt_rounds));
    if (container.body.size() % cipher->block_size != 0 || container.tag.size() != cipher->tag_size)
        return bad_input("the key file is damaged");
    if (passphrase.empty())
        return not_permitted("the key is encrypted, a passphrase is needed");
    auto material = TRY(derive(*cipher, passphrase, salt, rounds));
    auto plain = SecretBytes::copy_of(container.body);
    Bytes key = Bytes{material.bytes()}.first(cipher->key_size);
    Bytes iv = Bytes{material.bytes()}.subspan(cipher->key_size);
    if (!cipher->open(*cipher, key, iv, plain.bytes(), container.tag))
        return not_permitted("incorrect passphrase supplied to decrypt private key");
    return plain;
}

Result<SecretBytes> plain_body(const Container& container, std::string_view passphrase, const KeyFileWork& limit)
{
    if (container.is_encrypted())
        return decrypt(container, passphrase, limit);
    if (container.body.size() % block_of_none != 0 || !container.tag.empty() || !container.kdf_options.empty())
        return bad_input("the key file is damaged");
    return SecretBytes::copy_of(container.body);
}

// "1, 2, 3 …" up to a whole number of blocks.
Result<void> check_padding(Bytes padding)
{
    if (padding.size() >= 256)
        return bad_input("the key file is damaged: too much padding");
    for (std::size_t i = 0; i < padding.size(); ++i)
        if (padding[i] != i + 1)
            return bad_input("the key file is damaged: bad padding");
    return {};
}

Result<PrivateKeyFile> read_body(Bytes body, const Container& container)
{
    Reader in{body};
    auto check1 = in.u32();
    auto check2 = in.u32();
    if (!in.ok())
        return bad_input("the key file is damaged");
    if (check1 != check2) {
        if (container.is_encrypted())
            return not_permitted("incorrect passphrase supplied to decrypt private key");
        return bad_input("the key file is damaged");
    }
    auto key = TRY(PrivateKey::read_fields(in));
    auto comment = std::string{in.text()};
    auto padding = in.rest();
    if (!in.ok())
        return bad_input("the key file is damaged");
    TRY(check_padding(padding));
    if (!same_bytes(key.public_key().blob(), container.public_blob))
        return bad_input("the key file is damaged: its public and private keys differ");
    return PrivateKeyFile{std::move(key), std::move(comment), KeyFileForm::openssh};
}

void write_body(Buffer& body, const PrivateKey& key, std::string_view comment, std::size_t block, Random& random)
{
    auto check = random.bytes<4>();
    Writer out{body};
    out.raw(check).raw(check);
    key.write_fields(out);
    out.string(comment);
    for (std::uint8_t pad = 1; body.size() % block != 0; ++pad)
        out.u8(pad);
}

SecretBytes armor(Bytes bytes)
{
    Buffer text;
    text.append(as_bytes(openssh_begin_line));
    text.append(as_bytes("\n"));
    append_wrapped_base64(text, bytes, columns);
    text.append(as_bytes(end_line));
    text.append(as_bytes("\n"));
    return SecretBytes::copy_of(text.data());
}

} // namespace

bool is_openssh_cipher(std::string_view name) { return find_file_cipher(name) != nullptr; }

std::string openssh_cipher_names()
{
    return names_of(file_ciphers(), [](auto&) { return true; });
}

Result<PrivateKeyFile> parse_openssh_key(Bytes file, std::string_view passphrase, const KeyFileWork& limit)
{
    auto bytes = TRY(unarmor(file));
    auto container = TRY(read_container(bytes.bytes()));
    auto body = TRY(plain_body(container, passphrase, limit));
    return read_body(body.bytes(), container);
}

Result<PublicKeyFile> parse_openssh_public_half(Bytes file)
{
    auto bytes = TRY(unarmor(file));
    auto container = TRY(read_container(bytes.bytes()));
    auto key = TRY(PublicKey::from_blob(container.public_blob));
    std::string comment;
    if (!container.is_encrypted()) {
        auto whole = TRY(parse_openssh_key(file, {}, {}));
        comment = std::move(whole.comment);
    }
    return PublicKeyFile{std::move(key), std::move(comment)};
}

Result<SecretBytes> write_openssh_key(const PrivateKey& key, std::string_view comment, std::string_view passphrase,
    const KeyFileStyle& style, Random& random)
{
    auto* cipher = passphrase.empty() ? nullptr : find_file_cipher(style.cipher);
    if (!cipher && !passphrase.empty())
        return bad_input(fmt::format("unknown cipher \"{}\"", printable(style.cipher)));
    if (style.rounds == 0 || style.rounds > bcrypt_rounds_limit)
        return bad_input(fmt::format("the number of rounds must be 1 to {}", bcrypt_rounds_limit));
    Buffer body;
    write_body(body, key, comment, cipher ? cipher->block_size : block_of_none, random);
    ByteVector options;
    ByteVector tag;
    if (cipher) {
        auto salt = random.bytes<salt_size>();
        Writer{options}.string(salt).u32(style.rounds);
        auto material = TRY(derive(*cipher, passphrase, salt, style.rounds));
        tag.resize(cipher->tag_size);
        Bytes secret = material.bytes();
        cipher->seal(*cipher, secret.first(cipher->key_size), secret.subspan(cipher->key_size), body.data(), tag);
    }
    Buffer file;
    Writer{file}
        .raw(as_bytes(magic))
        .string(cipher ? cipher->name : "none")
        .string(std::string_view{cipher ? "bcrypt" : "none"})
        .string(options)
        .u32(1)
        .string(key.public_key().blob())
        .string(body.data())
        .raw(tag);
    return armor(file.data());
}

} // namespace nacre
