// PRIVILEGED: used by the listener and the monitor.
#include "server/host_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "config/none.h"
#include "keys/certificate.h"
#include "keys/fingerprint.h"
#include "keys/key_file.h"
#include "os/environment.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "os/unix_socket.h"
#include "os/user.h"

namespace nacre {
namespace {

constexpr std::uint32_t most_keys = 64;

Result<PrivateKey> load_one(const std::string& path, const ServerOptions& options)
{
    auto fd = TRY(open_to_read(path));
    auto facts = TRY(file_facts(fd.number()));
    if (is_too_open(facts, effective_uid()))
        return bad_input(fmt::format("permissions {:04o} are too open: others can read this private key", facts.mode));
    auto content = TRY(read_secret_file(fd.number(), key_file_limit));
    auto file = TRY(parse_private_key(content.bytes(), {}));
    auto& key = file.key.public_key();
    if (key.kind() == KeyKind::rsa && key.bits() < options.required_rsa_size)
        return bad_input(fmt::format("RSA key of {} bits is shorter than RequiredRSASize", key.bits()));
    return std::move(file.key);
}

// The half that everybody may see, of a key that is in the agent: the file itself, or the one beside it.
Result<PublicKey> load_public(const std::string& path)
{
    for (auto& name : {path, path + ".pub"})
        if (auto content = read_file(name, key_file_limit))
            if (auto file = parse_public_key(*content); file && !file->key.is_certificate())
                return std::move(file->key);
    return bad_input("there is no public key beside it");
}

// "SSH_AUTH_SOCK" is the socket that the variable of that name leads to.
std::string configured_agent(const ServerOptions& options)
{
    if (is_unset(options.host_key_agent))
        return {};
    return options.host_key_agent == "SSH_AUTH_SOCK" ? environment_variable("SSH_AUTH_SOCK").value_or("")
                                                     : options.host_key_agent;
}

Result<PublicKey> load_certificate(const std::string& path)
{
    auto content = TRY(read_file(path, key_file_limit));
    auto file = TRY(parse_public_key(content));
    auto certificate = TRY(parse_certificate(file.key));
    if (certificate.terms.role != CertificateRole::host)
        return bad_input("not a host certificate");
    return std::move(file.key);
}

} // namespace

OwnHostKeys OwnHostKeys::load(const ServerOptions& options, Log& log)
{
    OwnHostKeys result;
    result.agent_socket_ = configured_agent(options);
    if (!result.agent_socket_.empty() && !is_listened_to(result.agent_socket_))
        log.error("Could not connect to agent \"{}\"", printable(result.agent_socket_));
    bool defaults = options.host_key.empty();
    for (auto& path : defaults ? default_host_keys() : options.host_key) {
        auto key = load_one(path, options);
        if (key) {
            auto public_key = key->public_key();
            log.debug1("host key {}: {} {}", printable(path), public_key.type().name,
                       fingerprint(public_key, options.fingerprint_hash));
            result.keys_.push_back({std::move(public_key), *std::move(key)});
            continue;
        }
        auto in_agent = result.agent_socket_.empty() ? bad_input("no agent") : load_public(path);
        if (in_agent) {
            log.debug1("will rely on agent for hostkey {}: {}", printable(path),
                       fingerprint(*in_agent, options.fingerprint_hash));
            result.keys_.push_back({*std::move(in_agent), std::nullopt});
        } else if (!defaults || key.error().os_error != ENOENT) {
            auto number = key.error().os_error;
            auto why = number != 0 ? os_error_text(number) : printable(key.error().what);
            result.leave_out({path, fmt::format("Unable to load host key \"{}\": {}", printable(path), why), number}, log);
        }
    }
    result.load_certificates(options, log);
    return result;
}

void OwnHostKeys::leave_out(UnusableHostKey file, Log& log)
{
    log.error("{}", file.why);
    unusable_.push_back(std::move(file));
}

void OwnHostKeys::load_certificates(const ServerOptions& options, Log& log)
{
    for (auto& path : options.host_certificate) {
        auto certificate = load_certificate(path);
        if (!certificate) {
            leave_out({path, fmt::format("Could not load host certificate \"{}\": {}", printable(path),
                                         printable(certificate.error().what)), certificate.error().os_error}, log);
            continue;
        }
        if (!find_plain(certificate->plain())) {
            leave_out({path, fmt::format("No matching private key for certificate: {}", printable(path))}, log);
            continue;
        }
        log.debug1("host certificate {}: {} {}", printable(path), certificate->type().name,
                   fingerprint(*certificate, options.fingerprint_hash));
        certificates_.push_back(*std::move(certificate));
    }
}

void OwnHostKeys::write(Writer out) const
{
    out.string(agent_socket_);
    out.u32(static_cast<std::uint32_t>(keys_.size()));
    for (auto& key : keys_) {
        out.boolean(key.private_key.has_value());
        if (key.private_key)
            key.private_key->write_fields(out);
        else
            out.string(key.public_key.blob());
    }
    out.u32(static_cast<std::uint32_t>(certificates_.size()));
    for (auto& certificate : certificates_)
        out.string(certificate.blob());
}

Result<OwnHostKeys> OwnHostKeys::read(Reader& in)
{
    OwnHostKeys result;
    result.agent_socket_ = in.text();
    auto count = in.u32();
    if (count > most_keys)
        return bad_input("too many host keys");
    for (std::uint32_t i = 0; i < count; ++i) {
        if (in.boolean()) {
            auto key = TRY(PrivateKey::read_fields(in));
            auto public_key = key.public_key();
            result.keys_.push_back({std::move(public_key), std::move(key)});
        } else {
            auto public_key = TRY(PublicKey::from_blob(in.string()));
            result.keys_.push_back({std::move(public_key), std::nullopt});
        }
    }
    auto certificates = in.u32();
    if (certificates > most_keys)
        return bad_input("too many host certificates");
    for (std::uint32_t i = 0; i < certificates; ++i) {
        auto certificate = TRY(PublicKey::from_blob(in.string()));
        result.certificates_.push_back(std::move(certificate));
    }
    return result;
}

const OwnHostKey* OwnHostKeys::find_plain(const PublicKey& key) const
{
    auto found = std::ranges::find_if(keys_, [&](auto& own) { return own.public_key == key; });
    return found == keys_.end() ? nullptr : &*found;
}

const OwnHostKey* OwnHostKeys::find(Bytes public_blob) const
{
    for (auto& certificate : certificates_)
        if (same_bytes(certificate.blob(), public_blob))
            return find_plain(certificate.plain());
    auto found = std::ranges::find_if(keys_, [&](auto& key) { return same_bytes(key.public_key.blob(), public_blob); });
    return found == keys_.end() ? nullptr : &*found;
}

std::vector<ByteVector> OwnHostKeys::public_blobs() const
{
    std::vector<ByteVector> blobs;
    for (auto& key : keys_)
        blobs.push_back(to_vector(key.public_key.blob()));
    for (auto& certificate : certificates_)
        blobs.push_back(to_vector(certificate.blob()));
    return blobs;
}

std::string OwnHostKeys::usable_algorithms(std::string_view list) const
{
    std::vector<std::string> usable;
    for (auto name : split(list, ',')) {
        auto* algorithm = find_signature_algorithm(name);
        auto fits = [&](const PublicKey& key) { return algorithm && key.kind() == algorithm->kind; };
        if (std::ranges::any_of(keys_, fits, &OwnHostKey::public_key) || std::ranges::any_of(certificates_, fits))
            usable.emplace_back(name);
    }
    return join(usable, ",");
}

} // namespace nacre
