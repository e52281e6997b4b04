// KEXINIT against our defaults, on either side.
#include "framed_input.h"
#include "support/seeded_random.h"
#include "transport/proposal.h"

using namespace nacre;

const test::Framing test::framing{1, 0, 0};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 1)
        return 0;
    auto theirs = decode<KexInit>({data + 1, size - 1});
    if (!theirs)
        return 0;
    test::SeededRandom random{1};
    auto role = data[0] & 1 ? Role::client : Role::server;
    auto payload = make_kex_init(Proposal::defaults(), role, FirstKex::yes, GuessFollows::no, random);
    auto ours = decode<KexInit>(payload);
    NoLog log;
    (void)negotiate(role == Role::client ? *ours : *theirs, role == Role::client ? *theirs : *ours, role, log);
    return 0;
}
