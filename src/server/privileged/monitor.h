// PRIVILEGED: sshd-session, root, one for each connection: the monitor.  It answers sshd-net's declared questions.
//
// Which question is legal in which phase, and how often, is a table (server/question_table.cpp).  Anything else
// ends the connection.  No byte of the peer's is parsed here.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "os/event_loop.h"
#include "os/process.h"
#include "server/event_log.h"
#include "server/exchange_pace.h"
#include "server/line_budget.h"
#include "server/message_socket.h"
#include "server/network_messages.h"
#include "server/privileged/forwardings.h"
#include "server/privileged/login.h"
#include "server/privileged/sessions.h"
#include "server/privileged/user_link.h"
#include "server/process_title.h"
#include "server/question_table.h"
#include "server/search_times.h"
#include "server/startup.h"

namespace nacre {

// What a connection's monitor finds there.
struct MonitorWorld {
    Startup& startup;
    const SearchTimes& search_times;                              // of the connections before it, too
    MessageSocket& listener;
    ProcessTitle title;
    EventLog& log;
};

class Monitor {
public:
    // `network`: to sshd-net.
    Monitor(EventLoop& loop, const MonitorWorld& world, const ConnectionInfo& connection, MessageSocket network);

    int run();                                                    // until the connection ends; the exit status

private:
    struct Row;
    static const Row* find_row(MessageNumber number);             // null: no row for such a question
    Result<void> hand_on(MessageNumber number, Bytes payload);    // what was admitted, to its handler

    template <Message M>
    Result<void> to_login(Bytes payload);
    template <Message M>
    Result<void> to_sessions(Bytes payload);
    template <Message M>
    Result<void> to_forwardings(Bytes payload);
    template <Message M>
    Result<void> to_forwardings_of_session(Bytes payload);
    Result<void> on_who_is(Bytes payload);
    Result<void> on_sign_exchange(Bytes payload);
    Result<ByteVector> sign_as_host(const OwnHostKey& key, std::string_view algorithm, Bytes data);
    Result<void> on_prove_host_keys(Bytes payload);
    Result<void> on_confined(Bytes payload);
    Result<void> on_log_line(Bytes payload);
    Result<void> on_keys_agreed(Bytes payload);
    Result<void> on_farewell(Bytes payload);
    Result<void> on_network_ended(Bytes payload);
    Result<void> on_stray_answers(Bytes) { return {}; }           // their prompts were abandoned: ignored

    void network_ready();
    void network_died(std::optional<NetworkEnded> how);
    void part_from_network();
    Result<void> handle(Bytes payload);
    Phase phase() const;
    void open_pam_session();
    Result<void> logged_in();
    Result<void> on_user_news(ReceivedMessage message);
    Result<void> hand_on_news(ReceivedMessage message);
    Result<std::vector<SecretBytes>> ask_peer(std::string_view instruction, std::vector<Prompt> prompts);
    // trouble: of this machine, about which strangers learn no path or program; our log has it.
    enum class Because { rule, signal, trouble };
    void end(const std::string& why, Because because = Because::rule);
    void tell_end(events::Disconnected event);                    // the first time only
    std::string described_peer() const;                           // "authenticating user joe 192.0.2.1 port 4711"

    EventLoop& loop_;
    const Startup& startup_;
    const ConnectionInfo& connection_;
    MessageSocket network_;
    MessageSocket& listener_;
    ProcessTitle title_;
    bool names_link_first_ = false;                               // the client does, in SSH_FXP_SYMLINK
    EventLog& log_;
    QuestionCounts counts_;
    Login login_;
    std::optional<UserLink> user_;                                // these three: once somebody has logged in
    std::optional<Forwardings> forwardings_;
    std::optional<Sessions> sessions_;
    std::unique_ptr<Watch> network_watch_;
    std::vector<std::unique_ptr<SignalWatch>> end_watches_;
    LineBudget line_budget_;
    ExchangePace exchange_pace_;
    std::map<const OwnHostKey*, std::uint32_t> proofs_;           // asked for in this connection
    bool have_session_id_ = false;
    std::string host_key_algorithm_;                              // of the last exchange
    bool has_network_ = true;                                     // sshd-net lives
    bool is_confined_ = false;                                    // and has begun: before, it hears no client
    bool told_end_ = false;
    TimePoint began_;
    std::optional<ByteVector> waiting_;                           // a question that came instead of answers to prompts
    LoginEnd end_ = LoginEnd::fine;
};

// main() of sshd-session.
int run_monitor_process(ProcessTitle title);

} // namespace nacre
