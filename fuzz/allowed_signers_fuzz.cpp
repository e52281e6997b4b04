// allowed_signers files: who may have signed.
#include "keys/allowed_signers.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto text = as_text({data, size});
    (void)match_principals(text, "alice@example");
    for (std::size_t begin = 0; begin < text.size();) {
        auto line = text.substr(begin, text.find('\n', begin) - begin);
        begin += line.size() + 1;
        auto signer = parse_allowed_signers_line(line);
        if (!signer || !*signer)
            continue;
        auto answer = check_signer(text, "alice@example", {(*signer)->key, "git", {1'000'000'000, 1'000'000'000}});
        // Whoever may have signed is found without being named, too.
        if (!answer.principals.empty() &&
            find_principals(text, {(*signer)->key, std::nullopt, {1'000'000'000, 1'000'000'000}}).principals.empty())
            __builtin_trap();
    }
    return 0;
}
