// Whole authorized_keys and principals files, for a key and for a certificate.  A file that does not name the key, nor an
// authority, lets nobody in.
#include <fstream>
#include <iterator>

#include "server/authorized_line.h"

using namespace nacre;

namespace {

PublicKey key_of_tests(const std::string& name)
{
    std::ifstream in{NACRE_SOURCE_DIR "/tests/keys/" + name};
    return PublicKey::from_line(std::string{std::istreambuf_iterator<char>{in}, {}}).value();
}

// As a line names it.  How base64 ends is not what this is about.
std::string name_in_lines(const PublicKey& key)
{
    auto base64 = to_base64(key.blob());
    base64.erase(base64.find_last_not_of('=') + 1);
    return base64;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto plain = key_of_tests("ed25519.pub");
    static const auto certified = key_of_tests("ed25519.user");
    static const auto certificate = parse_certificate(certified).value();
    static const auto name_of_key = name_in_lines(plain), name_of_authority = name_in_lines(certificate.authority);
    static const ConnectionInfo connection{"192.0.2.1", 4711, "192.0.2.2", 22, "host.example"};
    NoLog log;
    auto text = as_text({data, size});
    LineCheck for_key{.key = plain, .connection = connection, .user = "alice", .now = {1735689600, 1735689600}};
    auto permission = search_authorized_keys({text, "file"}, for_key, log);
    if (permission && !text.contains(name_of_key))
        __builtin_trap();
    LineCheck for_certificate{.key = certified,
                              .connection = connection,
                              .user = "alice",
                              .now = {1735689600, 1735689600},
                              .certificate = &certificate,
                              .authority_algorithms = "ssh-ed25519"};
    auto by_authority = search_authorized_keys({text, "file"}, for_certificate, log);
    if (by_authority && !text.contains(name_of_authority))
        __builtin_trap();
    (void)search_principals({text, "file"}, for_certificate, log);
    if (permission && by_authority)
        if (auto both = restricted_by_both(permission->options, by_authority->options))
            if (both->permit_pty && !(permission->options.permit_pty && by_authority->options.permit_pty))
                __builtin_trap();
    return 0;
}
