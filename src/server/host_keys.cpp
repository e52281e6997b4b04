// PRIVILEGED: used by the listener and the monitor.
#include "server/host_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "keys/fingerprint.h"
#include "keys/key_file.h"
#include "os/safe_file.h"
#include "os/system_error.h"
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

} // namespace

HostKeys HostKeys::load(const ServerOptions& options, Log& log)
{
    HostKeys result;
    bool defaults = options.host_key.empty();
    for (auto& path : defaults ? default_host_keys() : options.host_key) {
        auto key = load_one(path, options);
        if (!key) {
            if (!defaults || key.error().os_error != ENOENT)
                log.error("Unable to load host key \"{}\": {}", printable(path),
                          key.error().os_error != 0 ? os_error_text(key.error().os_error) : printable(key.error().what));
            continue;
        }
        log.debug1("host key {}: {} {}", printable(path), key->public_key().type().name, fingerprint(key->public_key()));
        result.keys_.push_back(*std::move(key));
    }
    return result;
}

void HostKeys::write(Writer out) const
{
    out.u32(static_cast<std::uint32_t>(keys_.size()));
    for (auto& key : keys_)
        key.write_fields(out);
}

Result<HostKeys> HostKeys::read(Reader& in)
{
    HostKeys result;
    auto count = in.u32();
    if (count > most_keys)
        return bad_input("too many host keys");
    for (std::uint32_t i = 0; i < count; ++i) {
        auto key = TRY(PrivateKey::read_fields(in));
        result.keys_.push_back(std::move(key));
    }
    return result;
}

const PrivateKey* HostKeys::find(Bytes public_blob) const
{
    auto found =
        std::ranges::find_if(keys_, [&](auto& key) { return same_bytes(key.public_key().blob(), public_blob); });
    return found == keys_.end() ? nullptr : &*found;
}

std::vector<ByteVector> HostKeys::public_blobs() const
{
    std::vector<ByteVector> blobs;
    for (auto& key : keys_)
        blobs.push_back(to_vector(key.public_key().blob()));
    return blobs;
}

std::string HostKeys::usable_algorithms(std::string_view list) const
{
    std::vector<std::string> usable;
    for (auto name : split(list, ',')) {
        auto* algorithm = find_signature_algorithm(name);
        bool have = algorithm && std::ranges::any_of(keys_, [&](auto& key) {
                        return key.public_key().kind() == algorithm->kind;
                    });
        if (have)
            usable.emplace_back(name);
    }
    return join(usable, ",");
}

} // namespace nacre
