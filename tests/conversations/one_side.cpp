#include "one_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <stdexcept>

#include "auth/methods.h"
#include "auth/publickey.h"
#include "base/text.h"
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "crypto/hash.h"
#include "keys/key_file.h"
#include "session/client_session.h"
#include "session/server_session.h"
#include "support/pattern.h"
#include "support/seeded_random.h"

namespace nacre::test {
namespace {

constexpr std::string_view right_password = "secret";
constexpr std::string_view methods = "publickey,password,keyboard-interactive";

std::string read_file(const std::filesystem::path& file)
{
    std::ifstream in{file, std::ios::binary};
    if (!in)
        throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>{in}, {}};
}

// Our host key, and the one that logs us in.
PrivateKey the_key()
{
    auto text = read_file(NACRE_SOURCE_DIR "/tests/keys/ed25519");
    return parse_private_key(as_bytes(text), "").value().key;
}

TransportSettings settings_of(const Recording& recording)
{
    TransportSettings settings;
    settings.proposal = recording.proposal;
    if (recording.role == Role::server) {
        settings.host_keys = {to_vector(the_key().public_key().blob())};
        settings.server_sig_algs = "ssh-ed25519";
    }
    return settings;
}

// Data is named by its size and a piece of its hash: enough to see a difference, little to store.
class Heap {
public:
    void add(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    const ByteVector& bytes() const { return bytes_; }
    std::string name() const
    {
        auto digest = hash_of(HashKind::sha256, bytes_);
        return fmt::format("{} bytes {}", bytes_.size(), to_hex(Bytes{digest}.first(8)));
    }

private:
    ByteVector bytes_;
};

// What waits to be sent on channels.
class Outbox {
public:
    void put(ChannelId channel, Bytes bytes)
    {
        auto& data = queues_[channel.value].data;
        data.insert(data.end(), bytes.begin(), bytes.end());
    }
    void then(ChannelId channel, std::function<void()> action) { queues_[channel.value].at_end = std::move(action); }
    void push(Connection& connection)
    {
        for (auto next = queues_.begin(); next != queues_.end();) {
            auto& [number, queue] = *next;
            auto rest = Bytes{queue.data}.subspan(queue.sent);
            while (!rest.empty()) {
                auto count = connection.write({number}, Stream::data, rest);
                if (count == 0)
                    break;
                queue.sent += count;
                rest = rest.subspan(count);
            }
            bool done = rest.empty() && queue.at_end;
            if (done)
                queue.at_end();
            next = done ? queues_.erase(next) : std::next(next);
        }
    }

private:
    struct Queue {
        ByteVector data;
        std::size_t sent = 0;
        std::function<void()> at_end;
    };
    std::map<std::uint32_t, Queue> queues_;
};

// What both sides do alike: the loop around next(), and what they write down of keys and of the end.
template <class Side, class Session>
class SideOf : public OneSide {
public:
    explicit SideOf(const Recording& recording)
        : random_(recording.seed), session_(settings_of(recording), random_, log_, TimePoint{})
    {
    }

    Transport& transport() override { return session_.transport(); }
    bool step() override
    {
        while (!over_) {
            auto event = session_.next();
            if (!event) {
                note("ended: ", event.error().what);
                return false;
            }
            if (!*event)
                break;
            std::visit([this](const auto& e) { static_cast<Side&>(*this).on(e); }, **event);
            outbox_.push(session_.connection());
        }
        return !over_;
    }

protected:
    void on(const KeysInUse& event)
    {
        auto* agreed = session_.transport().agreed();
        note(event.first ? "keys: " : "new keys: ", agreed->kex->name, " ", agreed->client_to_server.cipher->name, " ",
             agreed->client_to_server.mac_name(), " ", agreed->client_to_server.compression->name);
    }
    void on(const PeerLeft& event)
    {
        note("left: ", std::to_string(event.reason));
        over_ = true;
    }

    NoLog log_;
    SeededRandom random_;
    PrivateKey key_ = the_key();
    Session session_;
    Outbox outbox_;
    bool over_ = false;
};

// ---- we are the server: whoever knows the password or any key comes in, and is sent back what he says --------

class ServerSide final : public SideOf<ServerSide, ServerSession> {
public:
    using SideOf::SideOf;

private:
    friend SideOf;
    using SideOf::on;

    void on(const SignatureQuestion& question)
    {
        note("signs with ", question.algorithm);
        session_.answer_signature(key_.sign(question.algorithm, question.data).value());
    }
    void on(const AuthQuestion& question)
    {
        std::visit([this](const auto& asked) { answer(asked); }, question);
    }
    void on(const Authenticated&) { note("logged in"); }
    void on(const OpenRequested& wanted)
    {
        note("open ", wanted.kind);
        if (wanted.kind == SessionChannel::name)
            session_.connection().accept(wanted.channel);
        else
            session_.connection().refuse(wanted.channel, OpenFailure::unknown_channel_type, "no such kind");
    }
    void on(const DataArrived& data)
    {
        heard_[data.channel.value].add(data.data);
        session_.connection().data_consumed(data.channel, data.data.size());
    }
    void on(const Requested& request)
    {
        std::string what;
        if (request.request == ExecRequest::name)
            what = fmt::format(" \"{}\"", decode<ExecRequest>(request.details).value().command);
        note("request ", request.request, what);
        if (request.want_reply == WantReply::yes)
            session_.connection().answer(request.channel, true);
    }
    void on(const PeerFinished& finished)
    {
        auto& heap = heard_[finished.channel.value];
        note("finished after ", heap.name());
        outbox_.put(finished.channel, heap.bytes());
        outbox_.then(finished.channel, [this, channel = finished.channel] {
            session_.connection().request(channel, ExitStatusRequest{7}, WantReply::no);
            session_.connection().finish(channel);
            session_.connection().close(channel);
        });
    }
    void on(const GlobalRequested& request)
    {
        note("global ", request.request);
        if (request.want_reply == WantReply::yes)
            session_.connection().answer_global(false);
    }
    void on(const Closed&) { note("closed"); }
    void on(const auto&) {}

    void answer(const WhoIs& who)
    {
        user_ = who.user;
        note("user ", who.user);
        session_.answer(Welcome{methods, {}, 6, {}});
    }
    void answer(const MayUseKey& may)
    {
        note("offers ", may.algorithm);
        session_.answer(KeyVerdict{may.algorithm == "ssh-ed25519"});
    }
    void answer(const CheckSignature& check)
    {
        auto data = signed_bytes({.session_id = session_.transport().session_id(),
                                  .user = user_,
                                  .service = service::connection,
                                  .method = check.method,
                                  .algorithm = check.algorithm,
                                  .key = check.key,
                                  .host_key = session_.transport().host_key()});
        auto key = PublicKey::from_blob(check.key);
        bool good = key && key->verify(check.algorithm, data, check.signature, TokenDemands{});
        note(check.method, " ", check.algorithm, good ? ": good" : ": bad");
        decide(good);
    }
    void answer(const CheckHostbased&) { decide(false); }
    void answer(const StartGssapi&) { decide(false); }
    void answer(const StepGssapi&) { decide(false); }
    void answer(const CheckMic&) { decide(false); }
    void answer(const CheckPassword& check) { decide(check.password.text == right_password); }
    void answer(const StartPrompts&)
    {
        note("keyboard-interactive");
        Prompts prompts;
        prompts.prompts.items.push_back({"Secret: ", false});
        session_.answer(prompts);
    }
    void answer(const AnswerPrompts& answers)
    {
        decide(answers.answers.items.size() == 1 && answers.answers.items.front().text == right_password);
    }
    void answer(const TryNone&) { decide(false); }
    void decide(bool yes)
    {
        session_.answer(Verdict{yes ? AuthOutcome::success : AuthOutcome::failure, methods});
    }

    std::string user_;
    std::map<std::uint32_t, Heap> heard_;
};

// ---- we are the client: log in, run `cat`, send a pattern, read it back -----------------------------------------

class ClientSide final : public SideOf<ClientSide, ClientSession> {
public:
    explicit ClientSide(const Recording& recording) : SideOf(recording)
    {
        ClientAuthSettings auth;
        auth.user = recording.user;
        auth.preferred_methods = methods;
        auth.pubkey_algorithms = "ssh-ed25519";
        auth.keys.push_back({to_vector(key_.public_key().blob()), "the key", true});
        session_.log_in_as(std::move(auth));
    }

private:
    friend SideOf;
    using SideOf::on;

    void on(const HostKeyQuestion& question)
    {
        note("host key ", question.algorithm);
        session_.answer(HostKeyVerdict::accept);
    }
    void on(const SignatureNeeded& needed) { session_.answer_signature(key_.sign(needed.algorithm, needed.data).value()); }
    void on(const PasswordNeeded&) { session_.answer_password(secret()); }
    void on(const PromptsNeeded& needed)
    {
        note("asked for ", std::to_string(needed.prompts.size()));
        std::vector<SecretBytes> answers;
        for (std::size_t i = 0; i < needed.prompts.size(); ++i)
            answers.push_back(secret());
        session_.answer_prompts(std::move(answers));
    }
    void on(const LoggedIn& event)
    {
        note("logged in by ", event.method);
        channel_ = session_.connection().open(SessionChannel{});
    }
    void on(const Opened&) { session_.connection().request(channel_, ExecRequest{"cat; exit 7"}, WantReply::yes); }
    void on(const RequestAnswered& event)
    {
        note("exec: ", event.success ? "yes" : "no");
        outbox_.put(channel_, pattern(20'000));
        outbox_.then(channel_, [this] { session_.connection().finish(channel_); });
    }
    void on(const DataArrived& data)
    {
        heard_.add(data.data);
        session_.connection().data_consumed(data.channel, data.data.size());
    }
    void on(const Requested& request)
    {
        std::string what;
        if (request.request == ExitStatusRequest::name)
            what = fmt::format(" {}", decode<ExitStatusRequest>(request.details).value().status);
        note("request ", request.request, what);
    }
    void on(const PeerFinished&) { note("finished"); }
    void on(const Closed&)
    {
        note("closed after ", heard_.name());
        over_ = true;
    }
    void on(const auto&) {}

    static SecretBytes secret() { return SecretBytes::copy_of(right_password); }

    ChannelId channel_{};
    Heap heard_;
};

} // namespace

std::unique_ptr<OneSide> make_side(const Recording& recording)
{
    if (recording.role == Role::server)
        return std::make_unique<ServerSide>(recording);
    return std::make_unique<ClientSide>(recording);
}

void replay(OneSide& side, const Recording& recording)
{
    bool going_on = side.step();
    for (Bytes piece : recording.heard)
        while (!piece.empty() && going_on) {
            auto& transport = side.transport();
            transport.transmitted(transport.to_transmit().size());   // where it went, nobody knows any more
            auto space = transport.receive_space();
            auto count = std::min(space.size(), piece.size());
            std::ranges::copy(piece.first(count), space.begin());
            transport.received(count);
            piece = piece.subspan(count);
            going_on = side.step();
        }
}

} // namespace nacre::test
