#include "agent/constraints.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/pattern.h"
#include "base/text.h"
#include "keys/certificate.h"
#include "wire/fields.h"

namespace nacre::agent {

namespace {

// §3.2.7, and the registry of key constraint numbers (§6.3).
constexpr std::uint8_t lifetime_number = 1;
constexpr std::uint8_t confirm_number = 2;
constexpr std::uint8_t extension_number = 255;
constexpr std::string_view destinations_name = "restrict-destination-v00@openssh.com";
constexpr std::string_view sk_provider_name = "sk-provider@openssh.com";
constexpr std::string_view certificates_name = "associated-certs-v00@openssh.com";

Result<HopEnd> read_end(Bytes bytes)
{
    Reader in{bytes};
    HopEnd end;
    end.user = in.text();
    end.host = in.text();
    if (in.ok() && !in.string().empty())
        return bad_input("a destination constraint with a field that must be empty");
    while (in.ok() && in.left() > 0) {
        auto blob = in.string();
        auto is_authority = in.boolean();
        if (!in.ok())
            break;
        if (end.keys.size() == most_keys_of_a_hop)
            return bad_input("a destination constraint with too many host keys");
        auto key = TRY(PublicKey::from_blob(blob));
        end.keys.push_back({std::move(key), is_authority});
    }
    TRY(in.finish("a hop of a destination constraint"));
    if (end.host.empty() != end.keys.empty())
        return bad_input("a destination constraint names a host without keys, or keys without a host");
    return end;
}

Result<Destination> read_destination(Bytes bytes)
{
    Reader in{bytes};
    auto from = in.string();
    auto to = in.string();
    auto reserved = in.string();
    TRY(in.finish("a destination constraint"));
    Destination destination;
    destination.from = TRY(read_end(from));
    destination.to = TRY(read_end(to));
    if (!destination.from.user.empty() || destination.to.is_origin() || !reserved.empty())
        return bad_input("a destination constraint that makes no sense");
    return destination;
}

Result<void> read_destinations(Bytes bytes, std::vector<Destination>& destinations)
{
    Reader in{bytes};
    if (!destinations.empty() || bytes.empty())
        return bad_input("destination constraints that are empty or given twice");
    while (in.ok() && in.left() > 0) {
        auto one = in.string();
        if (!in.ok())
            break;
        if (destinations.size() == most_destinations)
            return bad_input("too many destination constraints");
        auto destination = TRY(read_destination(one));
        destinations.push_back(std::move(destination));
    }
    return in.finish("destination constraints");
}

Result<void> read_certificates(Bytes bytes, std::vector<PublicKey>& certificates)
{
    Reader in{bytes};
    while (in.ok() && in.left() > 0) {
        auto blob = in.string();
        if (!in.ok())
            break;
        if (certificates.size() == most_associated_certificates)
            return bad_input("too many certificates for the keys of a token");
        auto key = TRY(PublicKey::from_blob(blob));
        if (!key.is_certificate())
            return bad_input("an associated certificate that is none");
        certificates.push_back(std::move(key));
    }
    return in.finish("associated certificates");
}

Result<void> read_extension(Reader& in, Constraints& constraints)
{
    auto name = in.text();
    if (name == destinations_name)
        return read_destinations(in.string(), constraints.destinations);
    if (name == certificates_name && constraints.certificates.empty()) {
        constraints.certificates_only = in.boolean();
        return read_certificates(in.string(), constraints.certificates);
    }
    if (name == sk_provider_name && constraints.sk_provider.empty()) {
        constraints.sk_provider = in.text();
        if (constraints.sk_provider.size() > longest_provider || constraints.sk_provider.contains('\0'))
            return bad_input("a library whose path is too long or contains NUL");
        return {};
    }
    return bad_input(fmt::format("unknown or repeated constraint \"{}\"", printable(name.substr(0, 64))));
}

void write_end(Writer& out, const HopEnd& end)
{
    ByteVector bytes;
    Writer inner{bytes};
    inner.string(end.user).string(end.host).string(Bytes{});
    for (auto& key : end.keys)
        inner.string(key.key.blob()).boolean(key.is_authority);
    out.string(bytes);
}

} // namespace

// A plain key is held to the plain keys listed, a host certificate to the authorities: neither stands for the other.
bool HopEnd::is_held_by(const PublicKey& host_key) const
{
    if (!host_key.is_certificate())
        return std::ranges::any_of(keys, [&](auto& known) { return !known.is_authority && known.key == host_key; });
    // Its time was judged when it was bound; here it must be about that host, by an authority that is named.
    auto certificate = parse_certificate(host_key);
    if (!certificate || certificate->terms.role != CertificateRole::host)
        return false;
    bool names_host = std::ranges::any_of(certificate->terms.principals, [&](auto& principal) { return matches_pattern(host, principal); });
    return names_host && std::ranges::any_of(keys, [&](auto& known) { return known.is_authority && known.key == certificate->authority; });
}

Result<Constraints> read_constraints(Reader& in)
{
    Constraints constraints;
    while (in.ok() && in.left() > 0) {
        auto number = in.u8();
        if (number == lifetime_number && !constraints.lifetime) {
            constraints.lifetime = Seconds{in.u32()};
        } else if (number == confirm_number) {
            constraints.confirm = true;
        } else if (number == extension_number) {
            TRY(read_extension(in, constraints));
        } else {
            return bad_input(fmt::format("unknown or repeated constraint {}", number));
        }
    }
    TRY(in.finish("the key's constraints"));
    return constraints;
}

void write_constraints(Writer& out, const Constraints& constraints)
{
    if (constraints.lifetime)
        out.u8(lifetime_number).u32(static_cast<std::uint32_t>(constraints.lifetime->count()));
    if (constraints.confirm)
        out.u8(confirm_number);
    if (!constraints.sk_provider.empty())
        out.u8(extension_number).string(sk_provider_name).string(std::string_view{constraints.sk_provider});
    if (!constraints.certificates.empty()) {
        ByteVector blobs;
        for (auto& certificate : constraints.certificates)
            Writer{blobs}.string(certificate.blob());
        out.u8(extension_number).string(certificates_name).boolean(constraints.certificates_only).string(blobs);
    }
    if (constraints.destinations.empty())
        return;
    ByteVector all;
    for (auto& destination : constraints.destinations) {
        ByteVector one;
        Writer inner{one};
        write_end(inner, destination.from);
        write_end(inner, destination.to);
        inner.string(Bytes{});
        Writer{all}.string(one);
    }
    out.u8(extension_number).string(destinations_name).string(all);
}

} // namespace nacre::agent
