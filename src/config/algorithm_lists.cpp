#include "config/algorithm_lists.h"

#include <array>

#include "base/table.h"
#include "base/text.h"
#include "keys/key_types.h"
#include "transport/ciphers.h"
#include "transport/kex_method.h"
#include "transport/macs.h"
#include "wire/name_list.h"

namespace nacre {
namespace {

// What OpenSSH 10.5 has in its tables.  Those among them that our tables have as well are harmless here.
constexpr std::string_view elsewhere_signatures =
    "ssh-ed25519,ssh-ed25519-cert-v01@openssh.com,sk-ssh-ed25519@openssh.com,sk-ssh-ed25519-cert-v01@openssh.com,"
    "ssh-mldsa44-ed25519@openssh.com,ssh-mldsa44-ed25519-cert-v01@openssh.com,"
    "ecdsa-sha2-nistp256,ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp384,"
    "ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521,ecdsa-sha2-nistp521-cert-v01@openssh.com,"
    "sk-ecdsa-sha2-nistp256@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"
    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com,webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"
    "ssh-dss,ssh-dss-cert-v01@openssh.com,ssh-rsa,ssh-rsa-cert-v01@openssh.com,rsa-sha2-256,"
    "rsa-sha2-256-cert-v01@openssh.com,rsa-sha2-512,rsa-sha2-512-cert-v01@openssh.com";
constexpr std::string_view elsewhere_ciphers =
    "3des-cbc,aes128-cbc,aes192-cbc,aes256-cbc,rijndael-cbc@lysator.liu.se,aes128-ctr,aes192-ctr,aes256-ctr,"
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com";
constexpr std::string_view elsewhere_macs =
    "hmac-sha1,hmac-sha1-96,hmac-sha2-256,hmac-sha2-512,hmac-md5,hmac-md5-96,umac-64@openssh.com,umac-128@openssh.com,"
    "hmac-sha1-etm@openssh.com,hmac-sha1-96-etm@openssh.com,hmac-sha2-256-etm@openssh.com,"
    "hmac-sha2-512-etm@openssh.com,hmac-md5-etm@openssh.com,hmac-md5-96-etm@openssh.com,umac-64-etm@openssh.com,"
    "umac-128-etm@openssh.com";
constexpr std::string_view elsewhere_kex =
    "diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,diffie-hellman-group14-sha256,"
    "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha1,"
    "diffie-hellman-group-exchange-sha256,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
    "mlkem768nistp256-sha256,curve25519-sha256,curve25519-sha256@libssh.org,sntrup761x25519-sha512,"
    "sntrup761x25519-sha512@openssh.com,mlkem768x25519-sha256";

constexpr auto all = [](auto&) { return true; };

std::string_view elsewhere(AlgorithmList which)
{
    switch (which) {
    case AlgorithmList::ciphers:
        return elsewhere_ciphers;
    case AlgorithmList::macs:
        return elsewhere_macs;
    case AlgorithmList::kex_client:
    case AlgorithmList::kex_server:
        return elsewhere_kex;
    case AlgorithmList::signatures:
    case AlgorithmList::ca_signatures:
        break;
    }
    return elsewhere_signatures;
}

std::string ours(AlgorithmList which)
{
    switch (which) {
    case AlgorithmList::ciphers:
        return names_of(ciphers(), all);
    case AlgorithmList::macs:
        return names_of(macs(), all);
    case AlgorithmList::kex_client:
    case AlgorithmList::kex_server:
        return names_of(kex_methods(), all);
    case AlgorithmList::signatures:
        return names_of(signature_algorithms(), all);
    case AlgorithmList::ca_signatures:
        break;
    }
    return names_of(signature_algorithms(), [](auto& row) { return !row.name.contains("-cert-v01@"); });
}

} // namespace

std::string default_algorithms(AlgorithmList which)
{
    switch (which) {
    case AlgorithmList::ciphers:
        return names_of(ciphers(), [](auto& row) { return row.offered == Offered::by_default; });
    case AlgorithmList::macs:
        return names_of(macs(), [](auto& row) { return row.offered == Offered::by_default; });
    case AlgorithmList::kex_client:
        return names_of(kex_methods(), offered_by_client);
    case AlgorithmList::kex_server:
        return names_of(kex_methods(), offered_by_server);
    case AlgorithmList::signatures:
        return names_of(signature_algorithms(), [](auto& row) { return row.offered; });
    case AlgorithmList::ca_signatures:
        break;
    }
    return names_of(signature_algorithms(),
                    [](auto& row) { return row.offered && !row.name.contains("-cert-v01@"); });
}

std::string known_algorithms(AlgorithmList which) { return ours(which); }

Result<std::string> edit_algorithms(AlgorithmList which, std::string_view change)
{
    auto built = ours(which);
    auto known = built;
    for (auto name : split(elsewhere(which), ','))
        if (!list_contains(built, name))
            known.append(",").append(name);
    auto edited = TRY(edit_name_list(change, default_algorithms(which), known));
    std::string list;
    for (auto name : split(edited, ',')) {
        if (!list_contains(built, name))
            continue;
        if (!list.empty())
            list += ',';
        list += name;
    }
    if (list.empty())
        return bad_input("none of these algorithms is supported");
    return list;
}

} // namespace nacre
