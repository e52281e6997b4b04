#include "runtime/credentials.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/table.h"
#include "base/text.h"
#include "keys/certificate.h"
#include "keys/key_file.h"
#include "keys/known_hosts.h"
#include "os/safe_file.h"
#include "runtime/agent_link.h"

namespace nacre {
namespace {

// Names to look for: the host at its port; then, for plain keys and certificates alike, the host at the usual one.
struct Place {
    KnownHosts files;
    std::string host;
    std::vector<std::string> names;
    OnUnknownHost on_unknown;                                     // may be missing

    // Of a plain key.  What is recorded at the usual port says nothing against another key elsewhere.
    HostKeyStatus judge(const PublicKey& key) const
    {
        for (auto& name : names) {
            auto here = files.judge(std::vector{name}, key).status;
            bool counts = &name == &names.front() || here != HostKeyStatus::changed;
            if (counts && here != HostKeyStatus::unknown)
                return here;
        }
        return HostKeyStatus::unknown;
    }

    // A revoked certificate, or one of a revoked authority, is not saved by its key.
    HostKeyStatus judge_any(const PublicKey& key) const
    {
        if (!key.is_certificate())
            return judge(key);
        auto certificate = parse_certificate(key);
        if (!certificate)
            return HostKeyStatus::revoked;
        auto authority = files.judge_authority(names, key, certificate->authority).status;
        if (authority == HostKeyStatus::revoked || (authority == HostKeyStatus::known && holds(*certificate)))
            return authority;
        return judge(key.plain());
    }

    bool accepts(const PublicKey& key) const
    {
        auto status = judge_any(key);
        if (status != HostKeyStatus::unknown)
            return status == HostKeyStatus::known;
        return on_unknown && !files.has_authority(names) && on_unknown(key.plain());
    }

    bool holds(const Certificate& certificate) const
    {
        std::vector host_names{host};
        CertificateUse use{.role = CertificateRole::host,
                           .names = host_names,
                           .now = static_cast<std::uint64_t>(std::time(nullptr)),
                           .authority_algorithms = authority_algorithms,
                           .address = {}};
        return evaluate(certificate, use).has_value();
    }

    std::string authority_algorithms =
        names_of(signature_algorithms(), [](auto& row) { return row.offered && !row.is_certificate(); });
};

// Algorithms of the kinds that are recorded first; certificates only where an authority is.
std::string algorithms_for(const Place& place)
{
    bool certificates = place.files.has_authority(place.names);
    auto kinds = place.files.kinds_for(place.names);
    std::vector<std::string> front, back;
    for (auto& row : signature_algorithms()) {
        if (!row.offered || (row.is_certificate() && !certificates))
            continue;
        bool known = row.is_certificate() || std::ranges::find(kinds, row.kind) != kinds.end();
        (known ? front : back).emplace_back(row.name);
    }
    front.insert(front.end(), back.begin(), back.end());
    return join(front, ",");
}

} // namespace

Result<Signer> signer_from_file(const std::string& path, std::string_view passphrase)
{
    auto text = TRY(read_secret_file(path, key_file_limit));
    auto file = parse_private_key(text.bytes(), passphrase);
    if (!file)
        return fail(in_context(path, std::move(file).error()));
    return signer_of(std::move(file->key), path);
}

Result<std::vector<Signer>> signers_of_agent(const std::string& path)
{
    auto agent = TRY(AgentLink::connect(path));
    auto identities = TRY(agent.identities());
    std::vector<Signer> signers;
    for (auto& identity : identities) {
        auto key = PublicKey::from_blob(identity.key);
        if (!key)
            continue;                                             // of a type that we do not know
        signers.push_back({.key = *std::move(key),
                           .name = identity.comment,
                           .sign = [path, blob = identity.key](std::string_view algorithm, Bytes data) -> Result<ByteVector> {
                               auto again = TRY(AgentLink::connect(path));
                               return again.sign(blob, algorithm, data);
                           }});
    }
    return signers;
}

HostCheck known_host(KnownHosts files, std::string_view host, std::uint16_t port, OnUnknownHost on_unknown)
{
    auto place = std::make_shared<Place>();
    place->files = std::move(files);
    place->host = to_lower(host);
    place->on_unknown = std::move(on_unknown);
    place->names.push_back(host_name_in_file(host, port));
    if (port != 22)
        place->names.push_back(host_name_in_file(host));
    return {.accepts = [place](const PublicKey& key) { return place->accepts(key); }, .algorithms = algorithms_for(*place)};
}

Result<HostCheck> known_host_in_file(const std::string& path, std::string_view host, std::uint16_t port,
                                     OnUnknownHost on_unknown)
{
    KnownHosts files;
    auto text = read_file(path, known_hosts_limit);
    if (text)
        files.add(path, std::string{as_text(*text)});
    else if (text.error().os_error != ENOENT)
        return fail(std::move(text).error());
    return known_host(std::move(files), host, port, std::move(on_unknown));
}

} // namespace nacre
