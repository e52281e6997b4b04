// hostkeys-00@openssh.com: a server's keys against a known_hosts file.  The input: uint16 length of the file, the file, and
// the keys as they were sent.
#include "keys/known_hosts_update.h"
#include "wire/reader.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Reader in{{data, size}};
    auto length = std::min<std::size_t>(in.u16(), in.left());
    const std::vector<std::string> texts{std::string{as_text(in.take(length))}};
    std::vector<PublicKey> keys;
    while (in.ok() && in.left() > 0 && keys.size() < 64)
        if (auto key = PublicKey::from_blob(in.string()))
            keys.push_back(*std::move(key));
    const std::vector<std::string> names{"host.example", "192.0.2.1"};
    auto changes = compare_host_keys(texts, names, keys);
    auto left = without_host_keys(texts[0], names, changes.stale);
    if (left.size() > texts[0].size() || (changes.stale.empty() && left != texts[0]))
        __builtin_trap();
    // What was removed is not found again.
    const std::vector<std::string> rest{left};
    if (changes.obstacle.empty() && !compare_host_keys(rest, names, keys).stale.empty())
        __builtin_trap();
    return 0;
}
