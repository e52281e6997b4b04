// PRIVILEGED: sshd itself.
#include "server/handover.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "os/sealed_memory.h"
#include "server/process_protocol.h"

namespace nacre {
namespace {

constexpr const char* variable = "NACRE_SSHD_HANDOVER";           // "FIRST COUNT": the memory's descriptor, and those after it
constexpr std::size_t longest = 64 * 1024 * 1024;
constexpr int first_free = 3;
constexpr int most_sockets = 65536;

} // namespace

void hand_on(const Fd& memory, const std::vector<int>& sockets, SpawnRequest& request)
{
    int to = first_free;
    for (auto& mapping : request.descriptors)
        to = std::max(to, mapping.to + 1);
    if (!request.environment)
        request.environment = Environment::of_this_process();
    request.environment->set(variable, fmt::format("{} {}", to, sockets.size()));
    request.descriptors.push_back({memory.number(), to++});
    for (int socket : sockets)
        request.descriptors.push_back({socket, to++});
}

Inheritance take_inheritance()
{
    auto text = environment_variable(variable);
    ::unsetenv(variable);
    auto parts = split(text ? std::string_view{*text} : std::string_view{}, ' ');
    auto first = parts.size() == 2 ? parse_number<int>(parts[0]) : std::nullopt;
    auto count = parts.size() == 2 ? parse_number<int>(parts[1]) : std::nullopt;
    if (!first || !count || *first < first_free || *count < 0 || *count > most_sockets)
        return {};
    Inheritance inheritance;
    Fd memory{*first};
    for (int fd = *first + 1; fd <= *first + *count; ++fd) {
        (void)set_inherited(fd, Inherited::no);
        inheritance.sockets.emplace_back(fd);
    }
    auto bytes = read_sealed_memory(memory.number(), longest);
    auto handover = bytes ? decode<Handover>(bytes->bytes()) : Result<Handover>{fail(bytes.error())};
    if (!handover || handover->protocol != process_protocol_name
        || handover->connections.items.size() != inheritance.sockets.size())
        return {};
    inheritance.handover = *std::move(handover);
    return inheritance;
}

} // namespace nacre
