#include "client/typed_line.h"

namespace nacre {
namespace {

constexpr char control_c = 'C' & 0x1f;
constexpr char control_u = 'U' & 0x1f;
constexpr char backspace = '\b';
constexpr char delete_key = 0x7f;
constexpr std::string_view rubout = "\b \b";

} // namespace

TypedLine::State TypedLine::type(char c)
{
    switch (c) {
    case '\r':
    case '\n':
        echo_("\r\n");
        return State::complete;
    case control_c:
        text_.clear();
        echo_("^C\r\n");
        return State::given_up;
    case backspace:
    case delete_key:
    case control_u:
        while (!text_.empty()) {
            text_.pop_back();
            echo_(rubout);
            if (c != control_u)
                break;
        }
        return State::typing;
    default:
        break;
    }
    if (c >= ' ' && text_.size() < longest) {
        text_ += c;
        echo_({&c, 1});
    }
    return State::typing;
}

} // namespace nacre
