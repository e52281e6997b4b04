// A client of the master that speaks the connection layer itself (proxy mode, OpenSSH's PROTOCOL.mux §9).
//
// Seen from the client we are its server: a connection of its own, without keys, over the control socket.  Each of its
// channels is bridged to one of the shared connection, under our own numbers and windows on both sides, so that nothing
// it says or omits can break the connection for others.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/mux/channel_bridge.h"
#include "client/mux/mux_world.h"
#include "connection/connection.h"
#include "crypto/random.h"
#include "os/fd.h"
#include "runtime/connection_driver.h"

namespace nacre {

class MuxProxy final : private ConnectionDriver::Owner {
public:
    // `already_read` came from the socket before.  `ended`: from the loop; destroy us then.
    MuxProxy(MuxWorld& world, Fd socket, Bytes already_read, std::function<void()> ended);
    ~MuxProxy() override;

    // Events of the shared connection: false if not ours.
    bool open(const OpenRequested& event);                        // also where the server asks us for a channel
    bool on(const Opened& event);
    bool on(const OpenRefused& event);
    bool on(const Requested& event);
    bool on(const RequestAnswered& event);
    bool on(const Closed& event);

    void abandon();                                               // the shared connection has ended

    std::vector<ChannelId> channels() const;                      // that the shared connection knows
    std::vector<std::string> describe() const;                    // a line each, printable

    static constexpr std::size_t most_unanswered = 256;           // requests, of one channel or global ones
    static constexpr std::size_t most_early = 1024 * 1024;        // bytes of requests for a channel that is not open yet
    static constexpr std::size_t most_forwards = 256;
    static constexpr std::size_t most_waiting = 8 * 1024 * 1024;  // bytes for a client that does not read

private:
    // Answers leave in the order of the requests (RFC 4254 §4, §5.4); some requests never reach the server.
    enum class Answerer { server, we_refuse };
    struct EarlyRequest {
        std::string name;
        ByteVector details;
        WantReply want_reply;
        std::size_t size() const { return sizeof(EarlyRequest) + name.size() + details.size(); }
    };
    struct Joined {
        std::shared_ptr<ChannelBridge> bridge;
        std::string kind;
        std::optional<ChannelId> at_server;                       // our number there, while it is ours
        std::optional<ChannelId> at_client;
        bool asked_by_client = false;
        bool is_open = false;                                     // both sides said so
        std::deque<Answerer> unanswered;                          // the client's requests
        std::vector<EarlyRequest> early;                          // the client's, before the server has opened the channel
        std::size_t early_size = 0;                               // bytes
    };
    struct Listening {
        std::string address;                                      // or a path
        std::uint32_t port = 0;
        bool is_path = false;
        bool operator==(const Listening&) const = default;
    };
    struct GlobalRow;
    static const GlobalRow* global_row(std::string_view name);

    Result<void> drain() override;
    void ended(const Error& why) override;

    Result<void> on_client(const OpenRequested& event);
    Result<void> on_client(const Opened& event);
    Result<void> on_client(const OpenRefused& event);
    Result<void> on_client(const EndpointEvent auto& event)
    {
        driver_.handle_or_drop(event);
        return {};
    }
    Result<void> on_client(const Requested& event);
    Result<void> on_client(const RequestAnswered& event);
    Result<void> on_client(const Closed& event);
    Result<void> on_client(const GlobalRequested& event);
    Result<void> on_client(const GlobalAnswered&) { return {}; }

    Joined* find_at_server(ChannelId channel) const;
    Joined* find_at_client(ChannelId channel) const;
    void join(const std::shared_ptr<Joined>& joined);
    std::optional<ChannelId> spare_for(const Joined& joined) const;
    void forget_at_server(ChannelId channel);
    void forget_at_client(ChannelId channel);
    void close_drained();
    Result<void> pass_on(Joined& joined, const Requested& event);
    Result<void> keep_for_later(Joined& joined, const Requested& event);
    void catch_up(Joined& joined);
    void answer_refused(Joined& joined);
    bool is_listening(const Listening& place) const;
    bool listens(std::string_view kind, Bytes details) const;

    void listen(const Listening& place, const GlobalRequested& event);
    void cancel(const Listening& place, const GlobalRequested& event);
    void ask_server(const GlobalRequested& event, std::function<void(const GlobalAnswered&)> then = {});
    void refuse_global(const GlobalRequested& event);
    void answer_globals(bool success, Bytes details);
    static void give_back(MuxWorld& world, const Listening& place);

    void soon();                                                  // pump(), from the loop
    void pump();
    void hold();                                                  // until the shared connection has room again
    void leave();                                                 // everything of ours in the shared connection

    MuxWorld& world_;
    std::function<void()> ended_;
    std::shared_ptr<bool> here_ = std::make_shared<bool>(true);   // answers may come when we are gone
    SystemRandom random_;
    Transport transport_;
    Connection connection_;                                       // the client's
    ConnectionDriver driver_;
    std::map<std::uint32_t, std::shared_ptr<Joined>> by_server_;
    std::map<std::uint32_t, std::shared_ptr<Joined>> by_client_;
    std::vector<Listening> listening_;
    std::deque<Answerer> globals_unanswered_;
    std::unique_ptr<Timer> soon_, room_, farewell_;
    bool gone_ = false;
};

} // namespace nacre
