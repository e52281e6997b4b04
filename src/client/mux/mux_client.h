// ssh as a client of somebody else's connection: sessions, -W, forwardings, and the commands of -O.
//
// The master gets our descriptors and does the rest; what stays here is the terminal's raw mode, signals and the status.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client/client_log.h"
#include "client/configuration.h"
#include "client/mux/mux_conversation.h"
#include "config/forward.h"

namespace nacre {

class MuxClient {
public:
    MuxClient(MuxConversation conversation, const Configuration& configuration, ClientLog& log)
        : conversation_(std::move(conversation)), configuration_(configuration), options_(configuration.options()), log_(log)
    {
    }

    // What the command line asks for: the exit status.  An error: the master did not do it, and nothing has happened yet
    // that a connection of our own could repeat.
    enum class Forwardings { request, are_there };
    Result<int> run(const SessionPlan& plan, Forwardings forwardings);

    Result<int> obey(std::string_view command);                   // -O, all but `proxy`
    static bool knows(std::string_view command);
    static std::string commands();                                // "cancel, channels, ..."
    static constexpr std::string_view proxy = "proxy";            // needs a Client: it speaks the connection layer itself

private:
    struct Command;
    static std::span<const Command> rows();
    static const Command* find_command(std::string_view name);

    Result<int> check();
    Result<int> tell_to_exit();
    Result<int> tell_to_stop();
    Result<int> open_forwards();
    Result<int> cancel_forwards();
    Result<int> show(std::string_view question);

    enum class What { open, cancel };
    enum class Ports { logged, printed };                         // that the server has chosen
    Result<void> request_forwards(What what, Ports ports);
    Result<void> request_forward(What what, ForwardKind kind, const Forward& forward, Ports ports);
    Result<int> run_session(const SessionPlan& plan);
    int told(Result<int> status);
    Result<int> run_stdio_forward(const SessionPlan& plan);
    Result<void> ask_for_session(const SessionPlan& plan, std::uint32_t request);
    Result<std::optional<int>> stay(bool tty);                    // the status, if the master told one
    Result<int> stay_for_status(bool tty);                        // 255 if it told none
    Result<int> go_to_background_or_stay(const SessionPlan& plan);
    std::string host_shown() const;

    MuxConversation conversation_;
    const Configuration& configuration_;
    const ClientOptions& options_;
    ClientLog& log_;
    std::uint32_t master_ = 0;                                    // process id
};

} // namespace nacre
