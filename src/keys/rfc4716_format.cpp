#include "keys/rfc4716_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/buffer.h"
#include "base/text.h"
#include "crypto/sign.h"
#include "keys/armor.h"
#include "keys/key_family.h"
#include "wire/reader.h"

namespace nacre {

namespace {

constexpr std::string_view public_begin = "---- BEGIN SSH2 PUBLIC KEY ----";
constexpr std::string_view public_end = "---- END SSH2 PUBLIC KEY ----";
constexpr std::string_view private_begin = "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----";
constexpr std::string_view private_end = "---- END SSH2 ENCRYPTED PRIVATE KEY ----";
constexpr std::size_t columns = 70;                               // "MUST NOT be longer than 72" bytes (§3.2)

struct Document {
    std::string comment;
    SecretBytes body;
};

std::string_view unquoted(std::string_view value)
{
    bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    return quoted ? value.substr(1, value.size() - 2) : value;
}

// §3.3: "Header-tag ':' ' ' Header-value", continued after a backslash at the end of the line.  Headers that we do
// not know "MUST be ignored".
std::string take_header(std::string_view& text)
{
    std::string header{take_line(text)};
    while (header.ends_with('\\') && !text.empty()) {
        header.pop_back();
        header += take_line(text);
    }
    return header;
}

Result<Document> read_document(Bytes file, std::string_view begin, std::string_view end)
{
    if (file.size() > key_file_limit)
        return bad_input("the key file is too long");
    auto between = between_lines(file, begin, end);
    if (!between)
        return bad_input("not an SSH2 key file");
    auto text = *between;
    Document document;
    for (auto rest = text; take_line(rest).find(':') != std::string_view::npos; rest = text) {
        auto header = take_header(text);
        auto colon = std::min(header.find(':'), header.size());
        if (equal_ignoring_case(trim(std::string_view{header}.substr(0, colon)), "Comment"))
            document.comment = unquoted(trim(std::string_view{header}.substr(std::min(colon + 1, header.size()))));
    }
    auto body = decode_wrapped_base64(text);
    if (!body)
        return bad_input("the key file is damaged: bad base64");
    document.body = std::move(*body);
    return document;
}

// ssh.com's numbers: their length in bits, then whole bytes.
Bytes take_number(Reader& in)
{
    auto bits = in.u32();
    if (bits > rsa_maximum_bits + 8) {
        in.reject();
        return {};
    }
    return in.take((bits + 7) / 8);
}

Result<PrivateKey> read_ssh_com_rsa(Bytes body)
{
    Reader in{body};
    RsaPrivateNumbers numbers;
    numbers.public_exponent = to_vector(take_number(in));
    numbers.private_exponent = SecretBytes::copy_of(take_number(in));
    numbers.modulus = to_vector(take_number(in));
    take_number(in);                                              // the coefficient of their order of the primes
    auto q = take_number(in);
    auto p = take_number(in);
    if (!in.ok())
        return bad_input("the key file is damaged");
    numbers.prime1 = SecretBytes::copy_of(p);
    numbers.prime2 = SecretBytes::copy_of(q);
    numbers.coefficient = rsa_coefficient(p, q);
    auto handle = rsa_private(numbers);
    if (!handle)
        return bad_input("the numbers of an RSA private key that do not belong together");
    return PrivateKeyAccess::from_handle(std::move(handle));
}

} // namespace

bool is_ssh_com_private_file(Bytes file) { return trim(first_line(file)) == private_begin; }

Result<PublicKeyFile> parse_rfc4716_key(Bytes file)
{
    auto document = TRY(read_document(file, public_begin, public_end));
    auto key = TRY(PublicKey::from_blob(document.body.bytes()));
    return PublicKeyFile{std::move(key), std::move(document.comment)};
}

std::string write_rfc4716_key(const PublicKey& key, std::string_view comment)
{
    // A quote, a backslash or a line end would change what the header says.
    std::string safe;
    for (char c : comment.substr(0, columns - 12))
        if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20)
            safe += c;
    auto text = fmt::format("{}\nComment: \"{}\"\n", public_begin, safe);
    Buffer body;
    append_wrapped_base64(body, key.blob(), columns);
    return text.append(as_text(body.data())).append(public_end).append("\n");
}

Result<PrivateKeyFile> parse_ssh_com_key(Bytes file)
{
    constexpr std::uint32_t magic = 0x3f6ff9eb;
    auto document = TRY(read_document(file, private_begin, private_end));
    Reader in{document.body.bytes()};
    auto found_magic = in.u32();
    in.u32();                                                     // total length
    auto type = in.text();
    auto cipher = in.text();
    in.u32();                                                     // length of what is encrypted
    auto length = in.u32();
    auto body = in.take(length);
    if (!in.ok() || found_magic != magic)
        return bad_input("the key file is damaged");
    if (cipher != "none")
        return bad_input("an encrypted ssh.com key: remove its passphrase with the program that made it");
    if (!type.starts_with("if-modn{") || type.find("rsa") == std::string_view::npos)
        return bad_input("an ssh.com key of a type that is not supported");
    auto key = TRY(read_ssh_com_rsa(body));
    return PrivateKeyFile{std::move(key), std::move(document.comment), KeyFileForm::ssh_com};
}

} // namespace nacre
