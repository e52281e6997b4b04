// Where to log in, as a web page or a configuration may say it: what passes the checks is no more than a word to a shell.
#include "base/bytes.h"
#include "config/destination.h"

using namespace nacre;

namespace {

void check(const Destination& place)
{
    constexpr std::string_view dangerous = "\"'`$;&<>|(){}\\\n\r\t ";
    if (check_host_name(place.host) && (place.host.starts_with('-') || place.host.find_first_of(dangerous) != std::string::npos))
        __builtin_trap();
    if (!place.user.empty() && check_user_name(place.user)
        && (place.user.starts_with('-') || place.user.find_first_of("\"'`;&<>|(){}\n\r\t") != std::string::npos))
        __builtin_trap();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto text = as_text({data, size});
    for (auto& place : {parse_uri(text), parse_hop(text)})
        if (place)
            check(*place);
    if (auto location = parse_uri_with_path("scp", text))
        check(location->place);
    (void)split_host_port(text);
    return 0;
}
