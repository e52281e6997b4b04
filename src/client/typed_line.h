// One line that is typed into a terminal in raw mode: echoed, corrected by backspace, given up by Ctrl-C.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace nacre {

class TypedLine {
public:
    static constexpr std::size_t longest = 1024;

    explicit TypedLine(std::function<void(std::string_view)> echo) : echo_(std::move(echo)) {}

    enum class State { typing, complete, given_up };
    State type(char c);
    std::string take() { return std::exchange(text_, {}); }

private:
    std::function<void(std::string_view)> echo_;
    std::string text_;
};

} // namespace nacre
