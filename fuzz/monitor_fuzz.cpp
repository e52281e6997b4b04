// The fence: a broken sshd-net, and a broken sshd-user, against the real monitor with everything that it decides.
//
// The input: a byte of circumstances, then messages, "uint8 who and how many descriptors, uint16 length, bytes".  Nobody is
// let in without a signature, no line of the log has a control character, and nothing that either says ends the monitor
// otherwise than in order.
#include <sys/socket.h>

#include <fstream>
#include <iterator>

#include "auth/publickey.h"
#include "framed_input.h"
#include "keys/key_file.h"
#include "monitor_edge.h"
#include "server/privileged/monitor.h"
#include "support/fake_config_sources.h"

using namespace nacre;

namespace {

class StrictLog final : public Log {
public:
    explicit StrictLog(LogFormat format) : format_(format) {}
    bool wants(LogLevel) const override { return true; }
    void write(LogLevel, std::string_view line) override
    {
        if (format_ == LogFormat::json && !(line.starts_with("{\"v\":1,\"time\":\"") && line.ends_with('}')))
            __builtin_trap();
        for (char c : line)
            if ((c >= 0 && c < 0x20) || c == 0x7f)
                __builtin_trap();
    }

private:
    LogFormat format_;
};

PrivateKey key_of_tests()
{
    std::ifstream in{NACRE_SOURCE_DIR "/tests/keys/ed25519", std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    return std::move(parse_private_key(as_bytes(text), {}).value().key);
}

Startup make_startup(bool with_pam)
{
    test::FakeConfigSources sources;
    sources.add("/c", fmt::format("UsePAM {}\nPermitRootLogin yes\nPermitTunnel yes\nSubsystem sftp internal-sftp\n"
                                  "AcceptEnv *\nPermitUserEnvironment yes\nGatewayPorts clientspecified\nMaxAuthTries 20\n"
                                  "X11Forwarding yes\nExposeAuthInfo yes\nKbdInteractiveAuthentication yes\n"
                                  "GSSAPIAuthentication yes\n",
                                  with_pam ? "yes" : "no"));
    auto reading = read_server_config(sources, "/c", {});
    if (!reading.diagnostics.ok())
        __builtin_trap();
    Startup startup;
    startup.config = std::move(reading.config);
    ByteVector keys;
    Writer out{keys};
    out.string(std::string_view{}).u32(1).boolean(true);
    key_of_tests().write_fields(out);
    out.u32(0);
    Reader in{keys};
    startup.host_keys = OwnHostKeys::read(in).value();
    return startup;
}

template <Message M>
void say(int socket, const M& message)
{
    auto payload = encode(message);
    test::send_piece(socket, {payload, 0});
}

// As a good sshd-net does for a client who has the key.
void log_in(int socket, const PrivateKey& key)
{
    const ByteVector hash(32, 7);
    auto blob = to_vector(key.public_key().blob());
    say(socket, SignExchange{"ssh-ed25519", blob, hash});
    say(socket, WhoIs{"joe", "ssh-connection"});
    auto bytes = signed_bytes({.session_id = hash,
                               .user = "joe",
                               .service = "ssh-connection",
                               .method = "publickey",
                               .algorithm = "ssh-ed25519",
                               .key = blob,
                               .host_key = blob});
    auto signature = key.sign("ssh-ed25519", bytes).value();
    say(socket, CheckSignature{"publickey", "ssh-ed25519", blob, signature});
}

constexpr std::size_t most_messages = 48;                         // what the sockets hold, so that nobody has to wait
constexpr std::size_t most_bytes = 32768;

} // namespace

const test::Framing test::framing{1, 1, 2};

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto key = key_of_tests();
    static Startup startups[] = {make_startup(false), make_startup(true)};
    static const ConnectionInfo connection{"192.0.2.1", 4711, "192.0.2.2", 22, "host.example"};
    if (size < 1 || size > most_bytes)
        return 0;
    auto loop = EventLoop::create().value();
    auto network = make_socket_pair(SocketPairKind::packets).value();
    auto listener_pair = make_socket_pair(SocketPairKind::packets).value();
    MessageSocket listener{std::move(listener_pair.ours)};
    test::MonitorEdge edge{key, loop};
    test::edge = &edge;

    Reader in{{data, size}};
    auto circumstances = in.u8();
    edge.may_log_in = circumstances & 1;
    auto format = (circumstances & 4) != 0 ? LogFormat::json : LogFormat::text;
    EventLog log{std::make_unique<StrictLog>(format), format, LogLevel::debug3};
    if (edge.may_log_in)
        log_in(network.theirs.number(), key);
    for (std::size_t count = 0; in.left() > 3 && count < most_messages; ++count) {
        auto who = in.u8();
        test::Piece piece{in.take(std::min<std::size_t>(in.u16(), in.left())), who >> 1U & 3U};
        if (piece.payload.empty())
            continue;
        if (who & 1)
            edge.news.push_back(piece);
        else
            test::send_piece(network.theirs.number(), piece);
    }
    ::shutdown(network.theirs.number(), SHUT_WR);
    const SearchTimes search_times{-1};                           // nobody was before us
    MonitorWorld world{startups[circumstances >> 1 & 1], search_times, listener, ProcessTitle{}, log};
    (void)Monitor{loop, world, connection, MessageSocket{std::move(network.ours)}}.run();
    edge.watch.reset();
    return 0;
}
