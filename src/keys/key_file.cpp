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

    bool is_pem() const { return form == KeyFileForm::pem || form == KeyFileForm::pkcs8; }
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

struct PrivateText {
    KeyFileForm form;
    Bytes bytes;                                                  // from its first line on
};

const FormRow* find_form(std::string_view line)
{
    auto row = std::ranges::find(forms, trim(line), &FormRow::name);
    return row == forms.end() ? nullptr : &*row;
}

// In front of PEM there may be text (RFC 7468 §2), as openssl-pkcs12(1) writes it.  Nothing of it is handed on: what is
// parsed is what was looked at.
Result<PrivateText> find_private_text(Bytes file)
{
    if (file.size() > key_file_limit)
        return bad_input("the key file is too long");
    if (auto* row = find_form(first_line(file)))
        return PrivateText{row->form, file};
    for (auto text = as_text(file); !text.empty();) {
        auto from_here = text;
        auto line = take_line(text);
        auto* row = line.starts_with('-') ? find_form(line) : nullptr;
        if (row && row->is_pem())
            return PrivateText{row->form, as_bytes(from_here)};
    }
    return bad_input("not a private key file");
}

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
    auto found = TRY(find_private_text(file));
    return found.form;
}

Result<PrivateKeyFile> parse_private_key(Bytes file, std::string_view passphrase, const KeyFileWork& limit)
{
    auto found = TRY(find_private_text(file));
    return as_file(parse_form(found.form, found.bytes, passphrase, limit));
}

Result<PublicKeyFile> parse_public_half(Bytes file)
{
    auto found = TRY(find_private_text(file));
    if (found.form == KeyFileForm::openssh)
        return as_file(parse_openssh_public_half(found.bytes));
    auto whole = TRY(as_file(parse_form(found.form, found.bytes, {}, {})));
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
