// PRIVILEGED: ssh-keysign, set-user-ID root.
#include "keysign/keysign.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "auth/hostbased.h"
#include "base/text.h"
#include "config/client_config.h"
#include "config/server_options.h"
#include "keys/fingerprint.h"
#include "keys/key_file.h"
#include "os/fd.h"
#include "os/privileges.h"
#include "os/resolve.h"
#include "os/safe_file.h"
#include "os/signals.h"
#include "os/user.h"
#include "runtime/config_sources.h"
#include "runtime/framed.h"

namespace nacre {
namespace {

constexpr const char* configuration_file = "/etc/ssh/ssh_config";
constexpr std::string_view program = "ssh-keysign";

// ---- as root -----------------------------------------------------------------------------

std::vector<Fd> open_host_keys()
{
    std::vector<Fd> files;
    for (auto& path : default_host_keys())
        if (auto file = open_to_read(path))
            files.push_back(*std::move(file));
    return files;
}

// The groups stay the caller's: set-user-ID gave none.
Result<void> become_caller()
{
    auto uid = ::getuid();
    auto gid = ::getgid();
    if (::setresgid(gid, gid, gid) != 0 || ::setresuid(uid, uid, uid) != 0)
        return system_failure("cannot give up root's rights");
    if (uid != 0 && (::setuid(0) == 0 || ::seteuid(0) == 0))
        return system_failure("root's rights came back");
    return forbid_tracing();                                      // what was opened as root is in this memory soon
}

// ---- as the caller -----------------------------------------------------------------------

// No Host block can be meant: nobody knows yet where the user goes.
Result<void> check_enabled(const UserAccount& caller)
{
    ClientSituation situation;
    situation.local_user = caller.name;
    situation.local_host = own_host_name();
    situation.home = caller.home;
    situation.uid = caller.uid;
    SystemConfigSources sources;
    ClientConfigReader reader{sources, situation};
    reader.read_file(configuration_file, ClientConfigReader::FileRole::system);
    if (!reader.diagnostics().ok())
        return bad_input(join(reader.diagnostics().errors, "\n"));
    if (!reader.options().enable_ssh_keysign)
        return not_permitted(fmt::format("EnableSSHKeysign is not set in {}", configuration_file));
    return {};
}

Result<std::vector<PrivateKey>> read_host_keys(std::vector<Fd> files)
{
    std::vector<PrivateKey> keys;
    for (auto& file : files) {
        auto content = read_secret_file(file.number(), key_file_limit);
        if (!content)
            continue;
        auto parsed = parse_private_key(content->bytes(), {});
        if (parsed && !parsed->key.security_key())
            keys.push_back(std::move(parsed->key));
    }
    if (keys.empty())
        return not_permitted(files.empty() ? "could not open any host key" : "no host key can be used");
    return keys;
}

Result<ByteVector> sign(const std::vector<PrivateKey>& keys, const HostbasedClaim& claim, Bytes data)
{
    auto wanted = TRY(PublicKey::from_blob(claim.key));
    auto plain = wanted.plain();
    auto key = std::ranges::find_if(keys, [&](auto& ours) { return ours.public_key() == plain; });
    if (key == keys.end())
        return not_permitted(
            fmt::format("no host key is {} {}", wanted.type().short_name, fingerprint(plain)));
    auto* row = find_signature_algorithm(claim.algorithm);
    return key->sign(row ? row->label : claim.algorithm, data);
}

Result<void> serve()
{
    auto files = open_host_keys();
    TRY(become_caller());
    ignore_broken_pipes();
    auto caller = TRY(current_user());
    TRY(check_enabled(caller));
    auto keys = TRY(read_host_keys(std::move(files)));
    auto frame = TRY(read_frame(STDIN_FILENO, keysign_frames));
    auto request = TRY(decode<KeysignRequest>(frame));
    if (request.descriptor == STDIN_FILENO || request.descriptor == STDOUT_FILENO || request.descriptor > INT32_MAX)
        return not_permitted(fmt::format("descriptor {} is no connection", request.descriptor));
    auto host = name_of_near_end(static_cast<int>(request.descriptor));
    auto claim = TRY(claim_to_sign(request.data, {caller.name, host}));
    auto signature = TRY(sign(keys, claim, request.data));
    auto reply = encode(KeysignReply{signature});
    return write_frame(STDOUT_FILENO, reply);
}

} // namespace

int run_keysign(int argument_count)
{
    if (!ensure_standard_streams())
        return 255;
    ::clearenv();                                                 // the caller's
    auto served = argument_count > 1 ? Result<void>{bad_input("takes no arguments: ssh runs it")} : serve();
    if (served)
        return 0;
    auto line = fmt::format("{}: {}\n", program, printable(served.error().what));
    (void)write_all(STDERR_FILENO, as_bytes(line));
    return 255;
}

} // namespace nacre
