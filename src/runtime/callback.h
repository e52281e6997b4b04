// Calling what a program has set to be called, in such a way that it may set something else meanwhile, or nothing.
//
// A function that throws ends the process: there is no way for an exception through libevent.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

namespace nacre {

// Nothing happens where nothing is set.  What holds the function must outlive the call.
template <class... Args>
void call(std::function<void(Args...)>& function, std::type_identity_t<Args>... args) noexcept
{
    struct Running {                                              // stands there meanwhile
        void operator()(Args...) const {}
    };
    if (!function)
        return;
    auto running = std::exchange(function, Running{});
    running(args...);
    if (function.template target<Running>())
        function = std::move(running);
}

} // namespace nacre
