// Addresses, networks, patterns and lists of them, against a text: the first line is the text, the rest the list.
#include "base/address.h"
#include "base/bytes.h"

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > 8192)
        return 0;
    auto input = as_text({data, size});
    auto text = input.substr(0, input.find('\n'));
    auto list = input.substr(std::min(input.size(), text.size() + 1));
    if (auto address = parse_address(text)) {
        if (parse_address(to_text(*address)) != address)
            __builtin_trap();
        if (auto network = parse_network(list); network && *network)
            (void)(*network)->contains(without_mapping(*address));
    }
    bool is_well_formed = check_address_list(list).has_value();
    if (match_address_list(text, list).has_value() != is_well_formed)
        __builtin_trap();
    (void)match_network_list(text, list);
    (void)matches_pattern(text, list);
    (void)matches_pattern_list(text, list, Case::ignored);
    return 0;
}
