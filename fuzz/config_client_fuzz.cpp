// ssh_config, with Include and Match: whatever is accepted is printed and read back to the same, explained too, and
// whatever it is, --lint looks it over.
#include "base/bytes.h"
#include "config/client_config.h"
#include "config/lint/lint.h"
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
    auto complete = with_defaults(reader.options(), situation, reader.provenance());
    (void)expanded(complete, situation, sources);
    auto findings = lint::lint_client(sources, "/c");
    (void)(lint::to_text(findings) + lint::to_json(findings));
    (void)explain_client_options(reader.options(), reader.provenance(), "a.example.org", Rendering::json);
    if (!reader.diagnostics().ok())
        return 0;
    auto dump = dump_client_options(reader.options(), "a.example.org");
    sources.add("/c", dump);
    ClientConfigReader again{sources, situation};
    again.read_files("/c");
    if (!again.diagnostics().ok() || dump_client_options(again.options(), "a.example.org") != dump)
        __builtin_trap();
    // The reasons are comments.
    sources.add("/c", explain_client_options(reader.options(), reader.provenance(), "a.example.org", Rendering::text));
    ClientConfigReader reasons{sources, situation};
    reasons.read_files("/c");
    if (!reasons.diagnostics().ok() || dump_client_options(reasons.options(), "a.example.org") != dump)
        __builtin_trap();
    return 0;
}
