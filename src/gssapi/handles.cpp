#include "gssapi/handles.h"

namespace nacre::gssapi {

Result<Name> import_name(const Functions& functions, std::string_view text, const Oid& type)
{
    Name name{functions};
    Status minor = 0;
    auto buffer = view_of(as_bytes(text));
    auto major = functions.import_name(&minor, &buffer, &type, name.out());
    if (is_error(major))
        return system_failure(status_text(functions, major, minor));
    return name;
}

Result<Credential> acquire(const Functions& functions, const Name* name, Purpose purpose)
{
    Credential credential{functions};
    Oid mechanism = kerberos;
    OidSet mechanisms{1, &mechanism};
    Status minor = 0;
    auto major = functions.acquire_credential(&minor, name ? name->handle() : nullptr, indefinite, &mechanisms,
        purpose == Purpose::accept ? CredentialUsage::accept : CredentialUsage::initiate, credential.out(), nullptr,
        nullptr);
    if (is_error(major))
        return system_failure(status_text(functions, major, minor));
    return credential;
}

Result<ByteVector> make_mic(const Functions& functions, const Context& context, Bytes data)
{
    Output mic{functions};
    Status minor = 0;
    auto message = view_of(data);
    auto major = functions.make_mic(&minor, context.handle(), 0, &message, mic.out());
    if (is_error(major))
        return system_failure(status_text(functions, major, minor));
    return to_vector(mic.bytes());
}

} // namespace nacre::gssapi
