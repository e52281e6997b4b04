// What each algorithm is worth today, in a word for people: ssh --timeline shows it beside what was agreed on.
//
// A table of its own, beside those that make the algorithms work: opinions change more often than code.  A test sees to it
// that no algorithm is without one.
#pragma once

#include <optional>
#include <string_view>

namespace nacre {

enum class Worth {
    strong,          // nothing better is known for the purpose
    acceptable,      // safe, and something better is offered beside it
    legacy,          // only for what is old; not in the default lists, or there for the sake of old peers
    broken,          // attacks are known that somebody could afford
};

std::string_view name_of(Worth worth);                            // "strong"
// Of a key exchange, signature algorithm, cipher, MAC or compression; nothing for a name that is none of ours.
std::optional<Worth> worth_of_algorithm(std::string_view name);

} // namespace nacre
