// The file of ConnectionMemory: what was read and written again is read as the same.
#include "auth/host_memory.h"
#include "support/seeded_random.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    NoLog log;
    auto memory = ConnectionMemory::parse(as_text({data, size}), log);
    test::SeededRandom random{size};
    if (auto* host = memory.find("host")) {
        auto changed = *host;
        changed.remember_login("joe", "key", true, random);
        memory.remember("host", changed, size % 2 == 0, random);
    }
    auto text = memory.text();
    if (text.size() <= ConnectionMemory::largest_file && ConnectionMemory::parse(text, log).text() != text)
        __builtin_trap();
    return 0;
}
