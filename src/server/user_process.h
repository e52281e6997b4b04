// sshd-user: does for a user what only the user may do.  It starts programs and reports how they end; it connects and
// listens for forwardings (user_forwarding.h).
//
// Started as root, it becomes the user with its first message, before anything else.  What may
// run was decided by the monitor; what it hands out are descriptors.  When the connection ends, programs are left alone;
// a terminal hangs up those that run in it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "os/event_loop.h"
#include "os/process.h"
#include "server/message_socket.h"
#include "server/process_title.h"
#include "server/session_preparation.h"
#include "server/user_forwarding.h"
#include "server/user_orders.h"

namespace nacre {

class UserProcess {
public:
    UserProcess(EventLoop& loop, MessageSocket& monitor, ProcessTitle title)
        : loop_(loop), monitor_(monitor), title_(title), forwarding_(loop, monitor)
    {
    }
    ~UserProcess();

    Result<void> become(const BecomeUser& order);
    void run();                                                   // until the monitor is gone

private:
    struct Running {
        Child child;
        std::unique_ptr<Watch> watch;
        std::string terminal;                                     // "pts/3"; empty: none
    };
    struct Started {
        Child child;
        Gate gate;                                                // it waits there until the monitor knows of it
        Fd input{}, output{}, error{};                            // ours; none with a terminal
    };

    void monitor_ready();
    struct Row;
    static const Row* find_row(MessageNumber number);             // null: an order that nobody knows
    template <Message Order>
    Result<void> here(ReceivedMessage& message);                  // an order for this object
    template <Message Order>
    Result<void> to_forwarding(ReceivedMessage& message);
    Result<void> run_program(ReceivedMessage& message);
    Result<void> handle(ReceivedMessage message);
    Result<void> on(const RunProgram& order, std::vector<Fd> fds);
    Result<void> on(const SignalProgram& order);
    Result<void> expose_auth_info(std::string_view text);
    Environment environment_for(const RunProgram& order) const;
    SpawnRequest request_for(const RunProgram& order) const;
    SessionPreparation preparation_for(const RunProgram& order) const;
    Result<Started> start(SpawnRequest request, const RunProgram& order, std::vector<Fd> terminal) const;
    [[noreturn]] void become_program(const SpawnRequest& request, const RunProgram& order) const;
    void complain_about_home(int error, std::string_view line_end) const;
    void show_title();
    void greet(const RunProgram& order, int output) const;
    void child_ended(std::uint32_t id);

    EventLoop& loop_;
    MessageSocket& monitor_;
    ProcessTitle title_;
    std::unique_ptr<Watch> monitor_watch_;
    std::unique_ptr<SignalWatch> terminate_watch_;
    std::string user_;
    std::string home_;
    std::string shell_;
    bool root_is_elsewhere_ = false;                              // ChrootDirectory
    bool was_hushed_outside_ = false;                             // then: by the home that is not below it
    std::optional<std::uint64_t> open_files_;                     // what programs may have, where we took more
    std::string auth_info_file_;
    std::string auth_info_directory_;                             // a folder of its own
    std::map<std::uint32_t, Running> running_;
    UserForwarding forwarding_;
};

// main() of sshd-user.  The monitor is descriptor 3.
int run_user_process(ProcessTitle title);

} // namespace nacre
