// What somebody can do about a connection that failed: a line below the reason, a row for each way of failing.
#pragma once

#include <string>
#include <string_view>

namespace nacre {

inline constexpr std::string_view advice_on_names = "Is it spelt right? \"ssh -G\" shows what the configuration makes of it.";

// Of a TCP connection, by its errno; empty where there is nothing to say.
std::string_view advice_on_connecting(int os_error);

// Of a negotiation without a result; `failure` is the transport's sentence, "no matching … found. Their offer: …".  Empty
// for another one.
std::string advice_on_negotiation(std::string_view failure);

// Of a subsystem that the server refuses.
std::string advice_on_subsystem(std::string_view name);

} // namespace nacre
