// known_hosts files: looking up, judging, hashing, removing.
#include "keys/known_hosts.h"
#include "support/seeded_random.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto text = as_text({data, size});
    KnownHosts hosts;
    hosts.add("file", std::string{text});
    const std::vector<std::string> names{"a", "[a]:2222", "host.example"};
    if (auto matches = hosts.lookup(names); !matches.empty()) {
        (void)hosts.judge(names, matches.back().key);
        (void)hosts.places_of(matches.back().key);
    }
    (void)hosts.problems();
    test::SeededRandom random{size};
    if (auto hashed = hash_known_hosts(text, random); hashed && !hash_known_hosts(hashed->text, random))
        __builtin_trap();
    (void)remove_known_host(text, "a");
    return 0;
}
