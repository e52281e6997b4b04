// PRIVILEGED: used by the listener and the monitor.
#include "server/startup.h"

#include <algorithm>

#include "os/sealed_memory.h"

namespace nacre {
namespace {

constexpr std::size_t longest = 64 * 1024 * 1024;

} // namespace

Result<Fd> write_startup(const Startup& startup)
{
    Buffer bytes;
    Writer out{bytes};
    out.string(Bytes{startup.config.serialise()});
    out.boolean(startup.log_to_stderr).u8(static_cast<std::uint8_t>(startup.log_level));
    out.string(startup.empty_directory).string(startup.helper_directory).string(startup.out_of_memory_score).raw(startup.timing_secret);
    startup.host_keys.write(out);
    auto memory = sealed_memory(bytes.data());
    bytes.consume(bytes.size());
    bytes.wipe_consumed();
    return memory;
}

Result<Startup> read_startup(int fd)
{
    auto bytes = TRY(read_sealed_memory(fd, longest));
    Reader in{bytes.bytes()};
    auto config = TRY(ServerConfig::deserialise(in.string()));
    Startup startup;
    startup.config = std::move(config);
    startup.log_to_stderr = in.boolean();
    startup.log_level = static_cast<LogLevel>(in.u8());
    startup.empty_directory = in.text();
    startup.helper_directory = in.text();
    startup.out_of_memory_score = in.text();
    std::ranges::copy(in.take(startup.timing_secret.size()), startup.timing_secret.begin());
    startup.host_keys = TRY(OwnHostKeys::read(in));
    TRY(in.finish("the listener's settings"));
    return startup;
}

} // namespace nacre
