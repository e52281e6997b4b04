#include "pair.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "auth/gssapi.h"
#include "auth/methods.h"
#include "auth/publickey.h"
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "crypto/hash.h"

namespace nacre::test {
namespace {

const PrivateKey& shared_key(std::size_t which)
{
    static std::vector<PrivateKey> keys = [] {
        std::vector<PrivateKey> made;
        for (int i = 0; i < 2; ++i)
            made.push_back(PrivateKey::generate(KeyKind::ed25519, 0).value());
        return made;
    }();
    return keys[which];
}

PrivateKey copy_of(const PrivateKey& key)
{
    Buffer fields;
    key.write_fields(Writer{fields});
    Reader in{fields.data()};
    return PrivateKey::read_fields(in).value();
}

// A mechanism of GSS-API that everybody can imitate: two tokens each way, and a MIC that is a hash.
ByteVector mic_of(Bytes data)
{
    Hash hash{HashKind::sha256};
    hash.update(data);
    return to_vector(hash.finish());
}

GssapiStep next_step(const GssapiTokenNeeded& needed)
{
    if (needed.received.empty())
        return {GssapiStep::State::goes_on, to_vector(as_bytes("one"))};
    if (as_text(needed.received) == "two")
        return {GssapiStep::State::goes_on, to_vector(as_bytes("three"))};
    return {as_text(needed.received) == "four" ? GssapiStep::State::established : GssapiStep::State::failed, {}};
}

GssapiToken next_token(Bytes received)
{
    if (as_text(received) == "one")
        return {GssapiState::goes_on, as_bytes("two")};
    if (as_text(received) == "three")
        return {GssapiState::established, as_bytes("four")};
    return {};
}

TransportSettings settings(const Proposal& proposal, RekeyLimits rekey)
{
    TransportSettings made;
    made.proposal = proposal;
    made.rekey = rekey;
    return made;
}

TransportSettings client_settings(const PairOptions& options)
{
    auto made = settings(options.client_proposal, options.client_rekey);
    made.version_line = options.client_version;
    if (options.guess)
        made.guess_kex = options.guessed_kex.empty() ? first_of(options.client_proposal.kex_methods) : options.guessed_kex;
    return made;
}

TransportSettings server_settings(const PairOptions& options, const PrivateKey& host_key)
{
    auto made = settings(options.server_proposal, options.server_rekey);
    made.version_line = options.server_version;
    made.host_keys = {to_vector(host_key.public_key().blob())};
    made.server_sig_algs = options.server_sig_algs;
    return made;
}

} // namespace

Pair::Pair(std::uint64_t seed, PairOptions options)
    : random(seed), options_(std::move(options)), host_key_(copy_of(shared_key(0))),
      user_key_(copy_of(options_.user_key ? *options_.user_key : shared_key(1))),
      shown_key_(options_.user_certificate.empty() ? to_vector(user_key_.public_key().blob()) : options_.user_certificate),
      client_random_(seed + 1), server_random_(seed + 2), client(client_settings(options_), client_random_, log_, TimePoint{}),
      server(server_settings(options_, host_key_), server_random_, log_, TimePoint{})
{
    ClientAuthSettings auth;
    auth.user = options_.user;
    auth.preferred_methods = "gssapi-with-mic,publickey,keyboard-interactive,password";
    auth.has_ticket = options_.has_ticket;
    auth.pubkey_algorithms = options_.pubkey_algorithms;
    bool freely = random.one_in(2) || options_.in_a_hurry;
    for (unsigned i = 0; i < options_.authorized_tries; ++i)
        auth.keys.push_back({shown_key_, "the key", freely});
    if (options_.in_a_hurry) {
        auth.keys.front().worked_last_time = true;
        auth.haste = {.allowed = true,
                      .host_was_known = true,
                      .session_may_follow = true,
                      .remembered = true,
                      .sends_ext_info = true};
    }
    client.log_in_as(std::move(auth));
}

bool Pair::move(Transport& from, Transport& to)
{
    auto waiting = from.to_transmit();
    if (waiting.empty())
        return false;
    auto space = to.receive_space();
    auto count = std::min({waiting.size(), space.size(), 1 + random.below(options_.largest_piece)});
    std::copy_n(waiting.begin(), count, space.begin());
    to.received(count);
    from.transmitted(count);
    return true;
}

bool Pair::drain_client()
{
    if (client_error)
        return false;
    bool moved = false;
    for (;;) {
        auto event = client.next();
        if (!event) {
            client_error = event.error();
            client.transport().disconnect(*client_error);
            return true;
        }
        if (!*event)
            return moved;
        on(**event);
        moved = true;
    }
}

bool Pair::drain_server()
{
    if (server_error)
        return false;
    bool moved = false;
    for (;;) {
        auto event = server.next();
        if (!event) {
            server_error = event.error();
            server.transport().disconnect(*server_error);
            return true;
        }
        if (!*event)
            return moved;
        on(**event);
        moved = true;
    }
}

bool Pair::push(Connection& connection, std::map<std::uint32_t, Outgoing>& queues)
{
    bool moved = false;
    for (auto& [number, queue] : queues) {
        auto rest = Bytes{queue.data}.subspan(queue.sent);
        auto piece = rest.first(std::min<std::size_t>(rest.size(), 1 + random.below(options_.largest_piece)));
        auto count = connection.write({number}, Stream::data, piece);
        queue.sent += count;
        moved = moved || count > 0;
        if (queue.finish && queue.sent == queue.data.size()) {
            queue.finish = false;
            connection.finish({number});
            moved = true;
        }
    }
    return moved;
}

void Pair::run_until_idle()
{
    bool moved = true;
    while (moved) {
        moved = false;
        // In an order of the seed's choosing: nothing may depend on who acts first.
        for (int i = 0; i < 6; ++i) {
            switch (random.below(6)) {
            case 0: moved |= move(client.transport(), server.transport()); break;
            case 1: moved |= move(server.transport(), client.transport()); break;
            case 2: moved |= push(client.connection(), from_client_); break;
            case 3: moved |= push(server.connection(), from_server_); break;
            default: break;
            }
            moved |= drain_client();
            moved |= drain_server();
        }
        if (!moved) {
            moved |= move(client.transport(), server.transport());
            moved |= move(server.transport(), client.transport());
            moved |= drain_client();
            moved |= drain_server();
            moved |= push(client.connection(), from_client_);
            moved |= push(server.connection(), from_server_);
        }
    }
}

void Pair::one_round_trip()
{
    drain_client();
    while (move(client.transport(), server.transport()))
        drain_server();
    while (move(server.transport(), client.transport())) {
    }
    drain_client();
}

ChannelId Pair::open_session()
{
    auto id = client.connection().open(SessionChannel{});
    run_until_idle();
    return id;
}

void Pair::client_sends(ChannelId channel, Bytes data)
{
    auto& queue = from_client_[channel.value].data;
    queue.insert(queue.end(), data.begin(), data.end());
}

void Pair::on(const ClientSessionEvent& event)
{
    std::visit(Overloaded{
                   [&](const HostKeyQuestion& question) {
                       EXPECT_TRUE(same_bytes(question.host_key, host_key_.public_key().blob()));
                       client.answer(HostKeyVerdict::accept);
                   },
                   [&](const KeysInUse&) { ++client_key_changes; },
                   [&](const SignatureNeeded& needed) {
                       client.answer_signature(user_key_.sign(needed.algorithm, needed.data).value());
                   },
                   [&](const PasswordNeeded&) { client.answer_password(std::nullopt); },
                   [&](const GssapiTokenNeeded& needed) { client.answer_gssapi_token(next_step(needed)); },
                   [&](const GssapiMicNeeded& needed) {
                       mic = mic_of(needed.data);
                       client.answer_gssapi_mic(options_.stolen_mic.empty() ? mic : options_.stolen_mic);
                   },
                   [&](const LoggedIn& login) { logged_in_by = login.method; },
                   [&](const ChannelsMayOpen&) {
                       ++early_sessions;
                       auto channel = client.connection().open(SessionChannel{});
                       client.connection().presume_peer_number(channel, PeerChannelId{0});
                       client.connection().request(channel, ExecRequest{"true"}, WantReply::yes);
                   },
                   [&](const EarlyLoginRefused&) { ++early_refusals; },
                   [&](const EarlyChannelsDropped&) { ++early_drops; },
                   [&](const RequestAnswered&) { ++answers_at_client; },
                   [&](const Requested& request) { requests_at_client.emplace_back(request.request); },
                   [&](const DataArrived& arrived) {
                       auto& into = at_client[arrived.channel.value];
                       auto& data = arrived.stream == Stream::data ? into.data : into.stderr_data;
                       data.insert(data.end(), arrived.data.begin(), arrived.data.end());
                       client.connection().data_consumed(arrived.channel, arrived.data.size());
                   },
                   [&](const PeerFinished& finished) { at_client[finished.channel.value].finished = true; },
                   [&](const Closed& closed) { at_client[closed.channel.value].closed = true; },
                   [&](const OpenRefused& refused) { refusals.emplace_back(refused.description); },
                   [](const auto&) {},
               },
               event);
}

void Pair::on(const ServerSessionEvent& event)
{
    std::visit(Overloaded{
                   [&](const SignatureQuestion& question) {
                       auto signature = host_key_.sign(question.algorithm, question.data).value();
                       if (before_exchange_is_signed)
                           before_exchange_is_signed();
                       server.answer_signature(signature);
                       if (after_exchange_is_signed)
                           after_exchange_is_signed();
                   },
                   [&](const KeysInUse&) { ++server_key_changes; },
                   [&](const AuthQuestion& question) { answer(question); },
                   [&](const OpenRequested& wanted) {
                       if (wanted.kind == SessionChannel::name)
                           server.connection().accept(wanted.channel, options_.server_limits);
                       else
                           server.connection().refuse(wanted.channel, OpenFailure::unknown_channel_type, "no such kind");
                   },
                   [&](const DataArrived& arrived) {
                       auto& into = at_server[arrived.channel.value].data;
                       into.insert(into.end(), arrived.data.begin(), arrived.data.end());
                       if (echo) {
                           auto& back = from_server_[arrived.channel.value].data;
                           back.insert(back.end(), arrived.data.begin(), arrived.data.end());
                       }
                       server.connection().data_consumed(arrived.channel, arrived.data.size());
                   },
                   [&](const Requested& request) {
                       requests_at_server.emplace_back(request.request);
                       if (request.want_reply == WantReply::yes)
                           server.connection().answer(request.channel, request.request != refused_request);
                   },
                   [&](const GlobalRequested& request) {
                       if (request.want_reply == WantReply::yes)
                           server.connection().answer_global(false);
                   },
                   [&](const PeerFinished& finished) {
                       at_server[finished.channel.value].finished = true;
                       if (echo)
                           from_server_[finished.channel.value].finish = true;
                   },
                   [&](const Closed& closed) { at_server[closed.channel.value].closed = true; },
                   [](const auto&) {},
               },
               event);
}

void Pair::answer(const AuthQuestion& question)
{
    auto methods = std::string_view{"gssapi-with-mic,publickey,password"};
    std::visit(Overloaded{
                   [&](const WhoIs& who) {
                       EXPECT_EQ(who.user, options_.user);
                       server.answer(Welcome{methods, {}, 6, options_.users_sig_algs});
                   },
                   [&](const MayUseKey& may) {
                       EXPECT_TRUE(same_bytes(may.key, shown_key_));
                       server.answer(KeyVerdict{true});
                   },
                   [&](const CheckSignature& check) {
                       auto data = signed_bytes({.session_id = server.transport().session_id(),
                                                 .user = options_.user,
                                                 .service = service::connection,
                                                 .method = check.method,
                                                 .algorithm = check.algorithm,
                                                 .key = check.key,
                                                 .host_key = server.transport().host_key()});
                       auto key = PublicKey::from_blob(shown_key_).value();
                       auto verified = key.verify(check.algorithm, data, check.signature, TokenDemands{});
                       signed_by = check.algorithm;
                       EXPECT_TRUE(verified) << verified.error().what;
                       bool accept = verified && ++signatures_seen_ >= options_.authorized_tries;
                       server.answer(Verdict{accept ? AuthOutcome::success : AuthOutcome::failure, methods});
                   },
                   [&](const StartGssapi&) { server.answer(GssapiReady{}); },
                   [&](const StepGssapi& step) { server.answer(next_token(step.token)); },
                   [&](const CheckMic& check) {
                       auto claim = encode(GssapiClaim{.session_id = server.transport().session_id(),
                                                       .user = options_.user,
                                                       .service = service::connection});
                       bool right = same_bytes(check.mic, mic_of(claim));
                       server.answer(Verdict{right ? AuthOutcome::success : AuthOutcome::failure, methods});
                   },
                   [&](const auto&) { server.answer(Verdict{AuthOutcome::failure, methods}); },
               },
               question);
}

std::string why(const Pair& pair)
{
    std::string text;
    if (pair.client_error)
        text += "client: " + pair.client_error->what;
    if (pair.server_error)
        text += " server: " + pair.server_error->what;
    return text;
}

PairOptions in_a_hurry()
{
    PairOptions options;
    options.in_a_hurry = options.guess = true;
    options.largest_piece = 100'000;
    return options;
}

} // namespace nacre::test
