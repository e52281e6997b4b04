// PRIVILEGED: sshd-session, as root, before sshd-net has the client.
#include "server/privileged/host_access.h"

#include <fmt/format.h>
#include <syslog.h>
#include <tcpd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "base/text.h"
#include "os/fd.h"
#include "os/function_table.h"
#include "os/privileges.h"
#include "os/process.h"
#include "os/socket.h"
#include "os/system_error.h"
#include "os/system_log.h"
#include "runtime/syslog_facility.h"
#include "server/host_rules.h"

namespace nacre {
namespace {

constexpr std::size_t longest_answer = 4096;

// Declared by the library's own header; nothing of ours is linked against it.
struct Functions {
    decltype(&::request_init) describe_request;
    decltype(&::sock_host) find_addresses;
    decltype(&::hosts_access) may_come_in;
    decltype(&::eval_client) client_of;
    int* allow_severity;                                          // programs that are linked with it may define these two
    int* deny_severity;
};

using F = Functions;
template <auto member>
constexpr auto row = function_row<F, member>;
constexpr std::array rows{
    row<&F::describe_request>("request_init"), row<&F::find_addresses>("sock_host"),
    row<&F::may_come_in>("hosts_access"),      row<&F::client_of>("eval_client"),
    row<&F::allow_severity>("allow_severity"), row<&F::deny_severity>("deny_severity"),
};
static_assert(sizeof(Functions) == rows.size() * sizeof(void*));

// What rules execute is to find of ours nothing open, and a socket that waits, as it does with OpenSSH's.
void prepare_for_programs(int socket)
{
    inherit_standard_streams_only();
    (void)set_blocking(socket, Blocking::yes);
}

HostJudgement ask(int socket, Facility facility)
{
    auto functions = load_functions<Functions>(host_rules_library, rows);
    if (!functions)
        return {HostVerdict::not_enforced, std::move(functions).error().what};
    auto number = syslog_number(syslog_facility(facility));
    ::openlog("sshd", LOG_PID, number);
    *functions->allow_severity = number | LOG_INFO;
    *functions->deny_severity = number | LOG_WARNING;
    request_info request{};
    functions->describe_request(&request, RQ_DAEMON, "sshd", RQ_FILE, socket, 0);
    functions->find_addresses(&request);
    if (functions->may_come_in(&request) != 0)
        return {HostVerdict::welcome};
    return {HostVerdict::refused, functions->client_of(&request)};
}

// In the copy.  A program that is executed closes the pipe, and then nothing has been written.
void ask_and_tell(int socket, Facility facility, int pipe)
{
    prepare_for_programs(socket);
    auto judgement = ask(socket, facility);
    ByteVector said{static_cast<std::uint8_t>(judgement.verdict)};
    auto text = as_bytes(judgement.text);
    said.insert(said.end(), text.begin(), text.end());
    (void)write_all(pipe, said);
}

} // namespace

Result<HostJudgement> judge_by_host_rules(int socket, Facility facility, const std::function<void()>& forget_secrets)
{
    if (!peer_address(socket))                                    // it has gone, and libwrap would read from it
        return HostJudgement{HostVerdict::welcome};
    auto pipe = TRY(make_pipe());
    auto forked = TRY(fork_process());
    if (forked.side == ForkSide::child) {
        forget_secrets();
        (void)die_with_parent(SIGKILL);                           // LoginGraceTime holds for whatever a rule executes
        (void)::setsid();                                         // but not for what that leaves in the background
        ask_and_tell(socket, facility, pipe.writer.number());
        exit_now(0);
    }
    pipe.writer.close();
    auto said = TRY(read_all(pipe.reader.number(), longest_answer));
    TRY(forked.child.wait());
    if (said.empty())
        return HostJudgement{};
    return HostJudgement{static_cast<HostVerdict>(said.front()), std::string{as_text(Bytes{said}.subspan(1))}};
}

} // namespace nacre
