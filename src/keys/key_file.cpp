#include "keys/key_file.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "keys/armor.h"
#include "keys/key_family.h"
#include "keys/openssh_format.h"
#include "keys/pem_format.h"
#include "keys/rfc4716_format.h"

namespace nacre {

namespace {

struct FormRow {
    std::string_view name;                                        // the first line
    KeyFileForm form;
};

constexpr std::array forms{
    FormRow{openssh_begin_line, KeyFileForm::openssh},
    FormRow{"-----BEGIN RSA PRIVATE KEY-----", KeyFileForm::pem},
    FormRow{"-----BEGIN EC PRIVATE KEY-----", KeyFileForm::pem},
    FormRow{"-----BEGIN EC PARAMETERS-----", KeyFileForm::pem},   // libcrypto may write the curve first
    FormRow{"-----BEGIN PRIVATE KEY-----", KeyFileForm::pkcs8},
    FormRow{"-----BEGIN ENCRYPTED PRIVATE KEY-----", KeyFileForm::pkcs8},
    FormRow{"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", KeyFileForm::ssh_com},
};

// What is wrong with a file is never a peer's doing.
template <class T>
Result<T> as_file(Result<T> result)
{
    if (!result && result.error().kind == ErrorKind::peer_misbehaved)
        result.error().kind = ErrorKind::bad_input;
    return result;
}

Result<PrivateKeyFile> parse_form(KeyFileForm form, Bytes file, std::string_view passphrase, const KeyFileWork& limit)
{
    switch (form) {
    case KeyFileForm::openssh: return parse_openssh_key(file, passphrase, limit);
    case KeyFileForm::ssh_com: return parse_ssh_com_key(file);
    default: return parse_pem_key(file, passphrase, limit);
    }
}

} // namespace

Result<KeyFileForm> private_key_form(Bytes file)
{
    if (file.size() > key_file_limit)
        return bad_input("the key file is too long");
    auto line = trim(first_line(file));
    for (auto& row : forms)
        if (row.name == line)
            return row.form;
    return bad_input("not a private key file");
}

Result<PrivateKeyFile> parse_private_key(Bytes file, std::string_view passphrase, const KeyFileWork& limit)
{
    auto form = TRY(private_key_form(file));
    return as_file(parse_form(form, file, passphrase, limit));
}

Result<PublicKeyFile> parse_public_half(Bytes file)
{
    auto form = TRY(private_key_form(file));
    if (form == KeyFileForm::openssh)
        return as_file(parse_openssh_public_half(file));
    auto whole = TRY(as_file(parse_form(form, file, {}, {})));
    return PublicKeyFile{whole.key.public_key(), std::move(whole.comment)};
}

Result<PublicKeyFile> parse_public_key(Bytes file)
{
    if (file.size() > key_file_limit)
        return bad_input("the key file is too long");
    auto text = as_text(file);
    while (!text.empty()) {
        auto line = trim(take_line(text));
        if (line.empty() || line.starts_with('#'))
            continue;
        auto key = TRY(PublicKey::from_line(line));
        auto type_end = line.find_first_of(" \t");
        auto rest = trim(line.substr(type_end));
        auto comment = rest.substr(std::min(rest.find_first_of(" \t"), rest.size()));
        return PublicKeyFile{std::move(key), std::string{trim(comment)}};
    }
    return bad_input("not a public key file");
}

Result<SecretBytes> write_private_key(const PrivateKey& key, std::string_view comment, std::string_view passphrase,
    const KeyFileStyle& style, Random& random)
{
    auto kind = key.public_key().kind();
    bool openssh = style.form == KeyFileForm::openssh || kind == KeyKind::ed25519 || !family_of(kind).libcrypto;
    if (openssh)
        return write_openssh_key(key, comment, passphrase, style, random);
    if (style.form == KeyFileForm::ssh_com)
        return bad_input("ssh.com's private key files can only be read");
    return write_pem_key(key, passphrase, style.form);
}

} // namespace nacre
