// ssh_config, with Include and Match: whatever is accepted is printed and read back to the same.
#include "base/bytes.h"
#include "config/client_config.h"
#include "support/fake_config_sources.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    test::FakeConfigSources sources;
    ClientSituation situation{"a.example.org", "", "joe", "box", "/home/joe", 1000, "Nacre", false};
    sources.add("/c", std::string{as_text({data, size})});
    ClientConfigReader reader{sources, situation};
    reader.read_files("/c");
    if (reader.wants_final_pass())
        reader.final_pass("b.example.org");
    (void)with_defaults(reader.options(), situation);
    if (!reader.diagnostics().ok())
        return 0;
    auto dump = dump_client_options(reader.options(), "a.example.org");
    sources.add("/c", dump);
    ClientConfigReader again{sources, situation};
    again.read_files("/c");
    if (!again.diagnostics().ok() || dump_client_options(again.options(), "a.example.org") != dump)
        __builtin_trap();
    return 0;
}
