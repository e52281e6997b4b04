#include "agent/agent_client.h"

#include <fmt/format.h>

#include "agent/key_body.h"

namespace nacre::agent {

namespace {

// Both kinds of refusal look the same to whoever asked.
Result<void> check_refusal(Bytes answer)
{
    auto number = Reader{answer}.u8();
    if (number == Failure::number.value || number == ExtensionFailure::number.value)
        return not_permitted("agent refused operation");
    return {};
}

Buffer begin(MessageNumber number)
{
    Buffer out;
    Writer{out}.u32(0).u8(number.value);
    return out;
}

Buffer finished(Buffer out)
{
    set_frame_length(out.data());
    return out;
}

MessageNumber add_number(const Constraints& constraints)
{
    return constraints.any() ? AddIdConstrained::number : AddIdentity::number;
}

} // namespace

std::uint32_t flags_for(std::string_view algorithm)
{
    if (algorithm.starts_with("rsa-sha2-256"))
        return rsa_sha2_256_flag;
    return algorithm.starts_with("rsa-sha2-512") ? rsa_sha2_512_flag : 0;
}

Buffer add_request(const PrivateKey& key, std::string_view comment, const Constraints& constraints)
{
    auto out = begin(add_number(constraints));
    Writer writer{out};
    write_offered_key(writer, key, comment);
    write_constraints(writer, constraints);
    return finished(std::move(out));
}

Result<Buffer> add_certificate_request(Bytes certificate, const PrivateKey& key, std::string_view comment,
                                       const Constraints& constraints)
{
    auto out = begin(add_number(constraints));
    Writer writer{out};
    TRY(write_offered_certificate(writer, certificate, key, comment));
    write_constraints(writer, constraints);
    return finished(std::move(out));
}

Buffer bind_request(const SessionBind& binding)
{
    auto contents = encode(binding);
    return framed(Extension{SessionBind::name, {contents}});
}

Result<std::vector<Identity>> read_identities(Bytes answer)
{
    TRY(check_refusal(answer));
    auto listed = TRY(decode<IdentitiesAnswer>(answer));
    std::vector<Identity> identities;
    for (auto& one : listed.identities.items)
        identities.push_back({to_vector(one.key), std::string{one.comment}});
    return identities;
}

Result<ByteVector> read_signature(Bytes answer)
{
    TRY(check_refusal(answer));
    auto response = TRY(decode<SignResponse>(answer));
    return to_vector(response.signature);
}

Result<void> read_success(Bytes answer)
{
    TRY(check_refusal(answer));
    TRY(decode<Success>(answer));
    return {};
}

Result<std::vector<std::string>> read_extensions(Bytes answer)
{
    TRY(check_refusal(answer));
    auto response = TRY(decode<ExtensionResponse>(answer));
    Reader in{response.contents.bytes};
    std::vector<std::string> names;
    while (in.ok() && in.left() > 0)
        names.emplace_back(in.text());
    TRY(in.finish(ExtensionResponse::name));
    return names;
}

} // namespace nacre::agent
