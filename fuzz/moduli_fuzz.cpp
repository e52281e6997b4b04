// A file of groups.  What is chosen from it is as large as was asked for.
#include "keys/moduli.h"
#include "support/seeded_random.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto text = as_text({data, size});
    test::SeededRandom random{size};
    if (auto chosen = choose_modulus(text, 2048, 3072, 8192, random))
        if (chosen->bits < 2048 || chosen->bits > 8192 || chosen->prime.empty() || chosen->generator.empty())
            __builtin_trap();
    return 0;
}
