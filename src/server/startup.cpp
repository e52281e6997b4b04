// PRIVILEGED: used by the listener and the monitor.
#include "server/startup.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "os/system_error.h"

namespace nacre {
namespace {

constexpr off_t longest = 64 * 1024 * 1024;

} // namespace

Result<Fd> write_startup(const Startup& startup)
{
    Buffer bytes;
    Writer out{bytes};
    out.string(Bytes{startup.config.serialise()});
    out.boolean(startup.log_to_stderr).u8(static_cast<std::uint8_t>(startup.log_level));
    out.string(startup.empty_directory).string(startup.helper_directory).raw(startup.timing_secret);
    startup.host_keys.write(out);
    Fd memory{::memfd_create("sshd startup", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!memory)
        return errno_failure("memfd_create");
    TRY(write_all(memory.number(), bytes.data()));
    bytes.consume(bytes.size());
    bytes.wipe_consumed();
    if (::fcntl(memory.number(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        return errno_failure("sealing memory");
    return memory;
}

Result<Startup> read_startup(int fd)
{
    struct stat facts {};
    if (::fstat(fd, &facts) < 0 || facts.st_size <= 0 || facts.st_size > longest)
        return errno_failure("the listener's settings");
    SecretBytes bytes{static_cast<std::size_t>(facts.st_size)};
    // pread: the position belongs to all who inherited the descriptor.
    for (std::size_t done = 0; done < bytes.size();) {
        auto count = ::pread(fd, bytes.bytes().data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (count <= 0)
            return errno_failure("reading the listener's settings");
        done += static_cast<std::size_t>(count);
    }
    Reader in{bytes.bytes()};
    auto config = TRY(ServerConfig::deserialise(in.string()));
    Startup startup;
    startup.config = std::move(config);
    startup.log_to_stderr = in.boolean();
    startup.log_level = static_cast<LogLevel>(in.u8());
    startup.empty_directory = in.text();
    startup.helper_directory = in.text();
    std::ranges::copy(in.take(startup.timing_secret.size()), startup.timing_secret.begin());
    startup.host_keys = TRY(OwnHostKeys::read(in));
    TRY(in.finish("the listener's settings"));
    return startup;
}

} // namespace nacre
