// Asking the person whether a key may be used, or for a PIN: one window at a time, without stopping the agent.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/secret.h"
#include "os/askpass.h"
#include "os/event_loop.h"
#include "os/process.h"

namespace nacre::agent_tool {

class Confirmations {
public:
    Confirmations(EventLoop& loop, Log& log);
    ~Confirmations();

    using Ticket = std::uint64_t;
    // `answered` is called later, from the loop, unless cancel() comes first.
    Ticket ask(std::string prompt, std::function<void(bool agreed)> answered);
    // Nothing: no answer.
    Ticket ask_secret(std::string prompt, std::function<void(std::optional<SecretBytes> said)> answered);
    void cancel(Ticket ticket);

private:
    struct Question {
        Ticket ticket;
        PromptKind kind;
        std::string prompt;
        std::function<void(std::optional<SecretBytes>)> answered; // nothing: refused, or nobody there
    };
    Ticket add(PromptKind kind, std::string prompt, std::function<void(std::optional<SecretBytes>)> answered);
    void start_next();
    void start();
    void watch_program();
    void look_whether_over();
    void read_output();
    void finish(bool answered);
    void stop_program();

    EventLoop& loop_;
    Log& log_;
    AskpassSettings settings_;
    Ticket last_ticket_ = 0;
    std::deque<Question> questions_;                              // the first is being asked, if soon_ is not set
    Child program_;
    Fd output_;
    SecretBytes said_;
    std::size_t said_size_ = 0;
    std::unique_ptr<Watch> output_watch_;
    std::unique_ptr<Watch> program_watch_;
    std::unique_ptr<Timer> program_glance_;                       // instead, where the system has no pidfds
    std::unique_ptr<Timer> soon_;
};

} // namespace nacre::agent_tool
