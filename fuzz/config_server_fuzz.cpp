// sshd_config, with Include and Match: whatever is accepted travels as bytes, and is printed and read back to the same.
#include "base/bytes.h"
#include "config/lint/lint.h"
#include "config/server_config.h"
#include "support/fake_config_sources.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    (void)ServerConfig::deserialise({data, size});
    test::FakeConfigSources sources;
    sources.add("/c", std::string{as_text({data, size})});
    auto findings = lint::lint_server(sources, "/c");
    (void)(lint::to_text(findings) + lint::to_json(findings));
    auto reading = read_server_config(sources, "/c", {});
    if (!reading.diagnostics.ok())
        return 0;
    auto copy = ServerConfig::deserialise(reading.config.serialise());
    auto options = copy->resolve({.user = "joe", .groups = {"g"}, .host = "h", .address = "::1", .local_port = 22});
    for (auto& which : {reading.config.global(), *options}) {
        auto dump = dump_server_options(which);
        sources.add("/c", dump);
        auto again = read_server_config(sources, "/c", {});
        bool commands = which.authorized_keys_command.empty() && which.authorized_principals_command.empty();
        if (commands && (!again.diagnostics.ok() || dump_server_options(again.config.global()) != dump))
            __builtin_trap();
    }
    return 0;
}
