// What all conversations on a control socket share: the connection, and what the master lets them do.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "client/client_log.h"
#include "client/configuration.h"
#include "client/forwarding/forwarding.h"
#include "client/global_questions.h"
#include "client/keystroke_pacer.h"
#include "client/mux/spare_session.h"
#include "connection/connection.h"
#include "os/event_loop.h"
#include "runtime/connection_driver.h"

namespace nacre {

struct MuxWorld {
    EventLoop& loop;
    ConnectionDriver& driver;
    Connection& connection;
    GlobalQuestions& questions;
    Forwarding& forwarding;
    const Configuration& configuration;
    ClientLog& log;
    bool forwards_agent = false;                                  // ForwardAgent, and there is one
    KeystrokePacer* pacer = nullptr;                              // ObscureKeystrokeTiming
    SpareSession spare;                                           // for the next client

    std::function<bool(std::string_view question)> permits{};       // ControlMaster ask
    std::function<void()> stop_listening{};
    std::function<void()> terminate{};
    std::function<void()> rekey{};
    std::function<std::vector<std::string>()> channels{};           // a line each, printable
    std::function<std::vector<std::string>()> connection_info{};
};

} // namespace nacre
