// PRIVILEGED: sshd itself.
#include "server/restart_trial.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/time.h"
#include "os/fd.h"

namespace nacre {
namespace {

constexpr std::size_t longest_complaint = 4096;                   // of a program that would not start
constexpr std::size_t most_complaints = 16;
constexpr std::chrono::seconds patience_with_trial{60};           // nobody is let in meanwhile

// Before `until`, and before `ending`, if it is one, can be read.
bool can_be_read(int fd, TimePoint until, int ending)
{
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd both[]{{fd, POLLIN, 0}, {ending, POLLIN, 0}};
    return left > 0 && ::poll(both, 2, static_cast<int>(left)) > 0 && both[1].revents == 0;
}

// The first lines of what comes until the end; the rest is read, so that it holds nobody up, and forgotten.  Nothing: there was
// no end in time, or ours came first.
std::optional<std::vector<std::string>> first_lines(int pipe, TimePoint until, int ending)
{
    std::string said;
    std::array<std::uint8_t, 1024> part{};
    for (;;) {
        if (!can_be_read(pipe, until, ending))
            return std::nullopt;
        auto io = read_some(pipe, part);
        if (!io || io->end)
            break;
        said.append(as_text(Bytes{part}.first(std::min(io->bytes, longest_complaint - said.size()))));
    }
    std::vector<std::string> lines;
    for (auto line : split(said, '\n')) {
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (!line.empty() && lines.size() < most_complaints)
            lines.emplace_back(line);
    }
    return lines;
}

} // namespace

Result<void> try_restart(SpawnRequest request, EventLog& log, int ending)
{
    auto pipe = TRY(make_pipe());
    request.arguments.emplace_back("-t");
    request.input = request.output = null_stream;
    request.error = pipe.writer.number();
    auto child = TRY(spawn(request));
    pipe.writer.close();
    auto said = first_lines(pipe.reader.number(), std::chrono::steady_clock::now() + patience_with_trial, ending);
    if (!said) {
        (void)child.send_signal(SIGKILL);
        (void)child.wait();
        return system_failure(fmt::format("{} -t does not end: is a file of the configuration a FIFO?", request.program));
    }
    auto status = TRY(child.wait());
    if (status.success())
        return {};
    for (auto& line : *said)
        log.error("{}", printable(line));
    return bad_input(fmt::format("{} -t ended with status {}", request.program, status.code));
}

} // namespace nacre
