#include "client/local_command.h"

#include "base/text.h"
#include "config/none.h"
#include "keys/fingerprint.h"
#include "os/process.h"

namespace nacre {

void run_local_command(const Configuration& configuration, const PublicKey& host_key, std::string tunnel_interface,
                       Log& log)
{
    auto& options = configuration.options();
    if (!options.permit_local_command || is_unset(options.local_command))
        return;
    Tokens more;
    more.set('T', std::move(tunnel_interface)).set('H', configuration.host_alias()).set('I', "HOSTNAME");
    more.set('K', to_base64(host_key.blob())).set('t', std::string{host_key.type().name});
    more.set('f', fingerprint(host_key, options.fingerprint_hash));
    auto command = configuration.expand(options.local_command, tokens::local_command, more);
    if (!command) {
        log.error("LocalCommand: {}", command.error().what);
        return;
    }
    log.debug3("Executing LocalCommand: {}", printable(*command));
    auto child = spawn(shell_command(*command));
    if (!child)
        log.error("LocalCommand: {}", child.error().what);
    else
        (void)child->wait();
}

} // namespace nacre
