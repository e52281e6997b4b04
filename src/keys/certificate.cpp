#include "keys/certificate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "keys/certificate_format.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre {

namespace {

bool has_nul(std::string_view text) { return text.contains('\0'); }

Result<std::vector<std::string>> read_principals(Bytes encoded)
{
    std::vector<std::string> names;
    Reader in{encoded};
    while (in.left() > 0) {
        auto name = in.text();
        if (!in.ok())
            return peer_misbehaved("a certificate whose list of principals is malformed");
        if (name.empty() || has_nul(name))
            return peer_misbehaved("a certificate with a principal that is empty or contains NUL");
        if (names.size() == most_certificate_principals)
            return peer_misbehaved("a certificate with too many principals");
        names.emplace_back(name);
    }
    return names;
}

Result<std::vector<CertificateOption>> read_options(Bytes encoded)
{
    std::vector<CertificateOption> options;
    Reader in{encoded};
    while (in.left() > 0) {
        auto name = in.text();
        auto contents = in.text();
        if (!in.ok())
            return peer_misbehaved("a certificate whose options are malformed");
        if (name.empty() || has_nul(name))
            return peer_misbehaved("a certificate with an option whose name is empty or contains NUL");
        if (std::ranges::find(options, name, &CertificateOption::name) != options.end())
            return peer_misbehaved(fmt::format("a certificate that has the option {} twice", printable(name)));
        if (options.size() == most_certificate_principals)
            return peer_misbehaved("a certificate with too many options");
        options.push_back({std::string{name}, std::string{contents}});
    }
    return options;
}

Result<CertificateTerms> terms_of(const CertificateBody& body)
{
    CertificateTerms terms;
    terms.serial = body.serial;
    if (body.role != static_cast<std::uint32_t>(CertificateRole::user) &&
        body.role != static_cast<std::uint32_t>(CertificateRole::host))
        return peer_misbehaved(fmt::format("a certificate of the unknown role {}", body.role));
    terms.role = static_cast<CertificateRole>(body.role);
    if (has_nul(body.key_id))
        return peer_misbehaved("a certificate whose key id contains NUL");
    terms.key_id = body.key_id;
    terms.valid_after = body.valid_after;
    terms.valid_before = body.valid_before;
    terms.principals = TRY(read_principals(body.principals));
    terms.critical_options = TRY(read_options(body.critical_options));
    terms.extensions = TRY(read_options(body.extensions));
    return terms;
}

void sort_by_name(std::vector<CertificateOption>& options) { std::ranges::sort(options, {}, &CertificateOption::name); }

ByteVector encoded_options(const std::vector<CertificateOption>& options)
{
    ByteVector bytes;
    for (auto& option : options)
        Writer{bytes}.string(std::string_view{option.name}).string(std::string_view{option.contents});
    return bytes;
}

// Everything up to the signature.
ByteVector bytes_to_sign(const PublicKey& subject, const CertificateTerms& terms, const PublicKey& authority,
                         Random& random)
{
    Reader plain{subject.blob()};
    plain.string();
    ByteVector principals;
    for (auto& name : terms.principals)
        Writer{principals}.string(std::string_view{name});
    auto critical_options = encoded_options(terms.critical_options);
    auto extensions = encoded_options(terms.extensions);
    auto nonce = random.bytes<32>();
    ByteVector bytes;
    Writer{bytes}
        .string(certificate_type(subject.kind()).name)
        .string(nonce)
        .raw(plain.rest())
        .u64(terms.serial)
        .u32(static_cast<std::uint32_t>(terms.role))
        .string(std::string_view{terms.key_id})
        .string(principals)
        .u64(terms.valid_after)
        .u64(terms.valid_before)
        .string(critical_options)
        .string(extensions)
        .string(std::string_view{})
        .string(authority.blob());
    return bytes;
}

} // namespace

CertificateOption certificate_flag(std::string_view name) { return {std::string{name}, {}}; }

CertificateOption certificate_value(std::string_view name, std::string_view value)
{
    ByteVector contents;
    Writer{contents}.string(value);
    return {std::string{name}, std::string{as_text(contents)}};
}

std::optional<std::string_view> value_of(const CertificateOption& option)
{
    Reader in{as_bytes(option.contents)};
    auto value = in.text();
    if (!in.ok() || in.left() > 0)
        return std::nullopt;
    return value;
}

Result<Certificate> parse_certificate(const PublicKey& key)
{
    if (!key.is_certificate())
        return bad_input("not a certificate");
    Reader in{key.blob()};
    in.string();
    auto parts = TRY(read_certificate_parts(key.type(), in));
    TRY(in.finish("certificate"));
    auto terms = TRY(terms_of(parts.body));
    Reader authority_type{parts.body.authority};
    auto* type = find_key_type(authority_type.text());
    if (type && type->is_certificate())
        return peer_misbehaved("a certificate that another certificate has signed");
    auto authority = TRY(PublicKey::from_blob(parts.body.authority));
    std::string algorithm{Reader{parts.signature}.text()};
    auto signed_part = key.blob().first(key.blob().size() - sizeof(std::uint32_t) - parts.signature.size());
    if (auto verified = authority.verify(algorithm, signed_part, parts.signature, no_token_demands); !verified)
        return peer_misbehaved("the signature of a certificate's authority: " + verified.error().what);
    return Certificate{key.plain(), std::move(authority), std::move(terms), std::move(algorithm)};
}

std::string_view default_authority_algorithm(const PublicKey& authority)
{
    return usual_algorithm(authority.kind());
}

Result<PublicKey> issue_certificate(const PublicKey& subject, CertificateTerms terms, const PublicKey& authority,
                                    std::string_view algorithm, Random& random, const CertificateSigner& signer)
{
    if (subject.is_certificate() || authority.is_certificate())
        return bad_input("a certificate neither signs nor is signed");
    sort_by_name(terms.critical_options);
    sort_by_name(terms.extensions);
    auto bytes = bytes_to_sign(subject, terms, authority, random);
    auto signature = TRY(signer(algorithm, bytes));
    Writer{bytes}.string(signature);
    auto key = TRY(PublicKey::from_blob(bytes));
    TRY(parse_certificate(key));
    return key;
}

} // namespace nacre
