// What a name server answers when it is asked for a host's fingerprints.
#include <cstdlib>

#include "keys/sshfp_answer.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto answer = parse_sshfp_answer({data, size});
    if (answer && answer->records.size() > most_sshfp_records)
        std::abort();
    return 0;
}
