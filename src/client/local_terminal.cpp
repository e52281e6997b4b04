#include "client/local_terminal.h"

#include <csignal>

#include "connection/terminal_modes.h"
#include "os/fd.h"

namespace nacre {
namespace {

constexpr int standard_input = 0;
constexpr int standard_error = 2;

} // namespace

LocalTerminal::LocalTerminal() : is_there_(is_terminal(standard_input)) {}

WindowSize LocalTerminal::size() const
{
    if (!is_there_)
        return {};
    return window_size(standard_input).value_or(WindowSize{});
}

ByteVector LocalTerminal::encoded_modes() const
{
    TerminalModes modes;
    if (is_there_)
        modes = terminal_modes_of(standard_input).value_or(TerminalModes{});
    return encode_terminal_modes(modes);
}

void LocalTerminal::enter_raw()
{
    if (!is_there_ || raw_)
        return;
    if (auto raw = RawTerminal::enter(standard_input))
        raw_ = std::move(*raw);
}

void LocalTerminal::leave_raw()
{
    if (raw_)
        raw_->leave();
    raw_.reset();
}

void LocalTerminal::suspend()
{
    bool was_raw = raw_.has_value();
    leave_raw();
    std::raise(SIGTSTP);
    if (was_raw)
        enter_raw();
}

void LocalTerminal::show(std::string_view text) const { (void)write_all(standard_error, as_bytes(text)); }

} // namespace nacre
