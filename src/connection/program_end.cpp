#include "connection/program_end.h"

#include "connection/channel_requests.h"

namespace nacre {

std::optional<ProgramEnd> read_program_end(const Requested& event)
{
    if (event.request == ExitStatusRequest::name) {
        if (auto exit = decode<ExitStatusRequest>(event.details))
            return ProgramEnd{.status = exit->status};
    } else if (event.request == ExitSignalRequest::name) {
        if (auto exit = decode<ExitSignalRequest>(event.details))
            return ProgramEnd{.signal = std::string{exit->signal}, .core_dumped = exit->core_dumped};
    }
    return std::nullopt;
}

} // namespace nacre
