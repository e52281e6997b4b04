#include "client/host_based.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/server_options.h"
#include "keys/key_file.h"
#include "os/fd.h"
#include "os/process.h"
#include "os/resolve.h"
#include "os/safe_file.h"
#include "os/socket.h"
#include "runtime/framed.h"
#include "runtime/helper_program.h"

namespace nacre {
namespace {

constexpr int connection_there = 3;                               // its number in ssh-keysign

void load(const std::string& path, bool certificate, std::vector<HostKeyToOffer>& keys, Log& log)
{
    auto content = read_file(path, key_file_limit);
    if (!content)
        return;
    auto file = parse_public_key(*content);
    if (!file || file->key.is_certificate() != certificate)
        log.debug1("{}: {}", path, file ? "not what its name says" : file.error().what);
    else
        keys.push_back({to_vector(file->key.blob()), path});
}

// ssh-keysign looks up the name of the connection's near end, so only IP sockets are handed over as they are: it must
// find the same name as we.
Result<Fd> descriptor_to_show(int connection)
{
    return is_ip_socket(connection) ? duplicate(connection) : open_null_device();
}

Result<ByteVector> exchange(int to, int from, Bytes data)
{
    auto question = encode(KeysignRequest{connection_there, data});
    TRY(write_frame(to, question));
    return read_frame(from, keysign_frames);
}

Result<ByteVector> ask_keysign(int connection, Bytes data)
{
    auto program = TRY(helper_program("ssh-keysign"));
    auto to_program = TRY(make_pipe());
    auto from_program = TRY(make_pipe());
    auto shown = TRY(descriptor_to_show(connection));
    SpawnRequest request{.program = program,
                         .input = to_program.reader.number(),
                         .output = from_program.writer.number(),
                         .descriptors = {{shown.number(), connection_there}}};
    auto child = TRY(spawn(request));
    to_program.reader.close();
    from_program.writer.close();
    auto answer = exchange(to_program.writer.number(), from_program.reader.number(), data);
    to_program.writer.close();
    auto status = TRY(child.wait());
    if (!status.success())
        return not_permitted(fmt::format("{} did not sign", program));
    auto payload = TRY(std::move(answer));
    auto reply = TRY(decode<KeysignReply>(payload));
    return to_vector(reply.signature);
}

} // namespace

HostbasedSettings hostbased_settings(const Configuration& configuration, int connection, Log& log)
{
    auto& options = configuration.options();
    HostbasedSettings settings;
    if (!options.hostbased_authentication)
        return settings;
    for (auto& path : default_host_keys())
        load(path + "-cert.pub", true, settings.keys, log);
    for (auto& path : default_host_keys())
        load(path + ".pub", false, settings.keys, log);
    if (settings.keys.empty())
        log.debug1("HostbasedAuthentication: this host has no public host keys");
    settings.algorithms = options.hostbased_accepted_algorithms;
    settings.client_host = name_of_near_end(connection) + ".";
    settings.client_user = configuration.situation().local_user;
    log.debug2("this host is {} for the server", printable(settings.client_host));
    return settings;
}

std::optional<ByteVector> sign_as_this_host(int connection, Bytes data, Log& log)
{
    auto signature = ask_keysign(connection, data);
    if (signature)
        return *std::move(signature);
    log.error("ssh-keysign: {}", printable(signature.error().what));
    return std::nullopt;
}

} // namespace nacre
