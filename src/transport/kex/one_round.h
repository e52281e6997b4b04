// Key exchange in one round trip: the client sends a share, the server answers with its own
// share, its host key and a signature.  RFC 4253 §8 sends numbers, RFC 5656 §4, RFC 8731 and
// the hybrids send strings; the rest is the same for all of them.
//
// A method is a type such as
//
//     struct Method {
//         using Shares = StringShares;                       // or NumberShares
//         class Client {
//             explicit Client(Random&);
//             Bytes share() const;
//             std::optional<SecretBytes> agree(Bytes server_share);       // K, encoded
//         };
//         static std::optional<ServerAnswer> answer(Random&, Bytes client_share);
//     };
//
// where "nothing" means that the peer's share is unacceptable.  The two sides need not look
// alike: a KEM's server answers with a ciphertext.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "base/contract.h"
#include "messages/kex.h"
#include "transport/kex_method.h"
#include "wire/writer.h"

namespace nacre {

struct ServerAnswer {
    ByteVector share;
    SecretBytes k;                                                // encoded
};

// K as it enters hashes.
SecretBytes as_mpint(const SecretBytes& magnitude);
SecretBytes as_string(const SecretBytes& bytes);

struct StringShares {
    using Init = KexEcdhInit;
    using Reply = KexEcdhReply;
    static Init init(Bytes share) { return {share}; }
    static Reply reply(Bytes host_key, Bytes share, Bytes signature) { return {host_key, share, signature}; }
    static Bytes share_of(const Init& init) { return init.q_c; }
    static Bytes share_of(const Reply& reply) { return reply.q_s; }
    static void write(Writer out, Bytes share) { out.string(share); }
};

struct NumberShares {
    using Init = KexdhInit;
    using Reply = KexdhReply;
    static Init init(Bytes share) { return {Mpint{share}}; }
    static Reply reply(Bytes host_key, Bytes share, Bytes signature) { return {host_key, Mpint{share}, signature}; }
    static Bytes share_of(const Init& init) { return init.e.magnitude; }
    static Bytes share_of(const Reply& reply) { return reply.f.magnitude; }
    static void write(Writer out, Bytes share) { out.mpint(share); }
};

// Both sides make a key pair and send its public half.  make_key(Random&) gives an object with public_key() and
// agree(); K is its result as an mpint.
template <class SharesOfMethod, auto make_key>
struct DiffieHellman {
    using Shares = SharesOfMethod;

    class Client {
    public:
        explicit Client(Random& random) : key_(make_key(random)) {}
        Bytes share() const { return key_.public_key(); }
        std::optional<SecretBytes> agree(Bytes server_share) const
        {
            auto secret = key_.agree(server_share);
            return secret ? std::optional{as_mpint(*secret)} : std::nullopt;
        }

    private:
        decltype(make_key(std::declval<Random&>())) key_;
    };

    static std::optional<ServerAnswer> answer(Random& random, Bytes client_share)
    {
        Client own{random};
        auto k = own.agree(client_share);
        if (!k)
            return std::nullopt;
        return ServerAnswer{to_vector(own.share()), std::move(*k)};
    }
};

namespace detail {

inline Failure refused_share(const KexRow& row)
{
    return peer_misbehaved(fmt::format("{}: the peer's public value is not acceptable", row.name),
                           DisconnectReason::key_exchange_failed);
}

inline Failure exchange_is_over() { return peer_misbehaved("key exchange message after the last one"); }

template <class Shares>
ByteVector exchanged(Bytes client_share, Bytes server_share)
{
    ByteVector bytes;
    Shares::write(Writer{bytes}, client_share);
    Shares::write(Writer{bytes}, server_share);
    return bytes;
}

} // namespace detail

template <class Method>
class OneRoundClient final : public ClientKex {
public:
    using Shares = typename Method::Shares;

    OneRoundClient(const KexRow& row, KexContext context) : row_(row), random_(context.random) {}

    KexPayload start() override
    {
        NACRE_EXPECTS(!own_ && !over_);
        own_.emplace(random_);
        return encode(Shares::init(own_->share()));
    }

    Result<std::variant<KexPayload, KexReply>> receive(Bytes payload) override
    {
        if (over_)
            return detail::exchange_is_over();
        NACRE_EXPECTS(own_);
        auto reply = TRY(decode<typename Shares::Reply>(payload));
        auto server_share = Shares::share_of(reply);
        auto k = own_->agree(server_share);
        if (!k)
            return detail::refused_share(row_);
        auto exchanged = detail::exchanged<Shares>(own_->share(), server_share);
        over_ = true;
        own_.reset();
        return KexReply{to_vector(reply.host_key), to_vector(reply.signature),
                        KexAgreement{std::move(*k), std::move(exchanged)}};
    }

private:
    const KexRow& row_;
    Random& random_;
    std::optional<typename Method::Client> own_;
    bool over_ = false;
};

template <class Method>
class OneRoundServer final : public ServerKex {
public:
    using Shares = typename Method::Shares;

    OneRoundServer(const KexRow& row, KexContext context) : row_(row), random_(context.random) {}

    Result<std::variant<KexPayload, KexAgreement>> receive(Bytes payload) override
    {
        if (!share_.empty())
            return detail::exchange_is_over();
        auto init = TRY(decode<typename Shares::Init>(payload));
        auto client_share = Shares::share_of(init);
        auto answer = Method::answer(random_, client_share);
        if (!answer)
            return detail::refused_share(row_);
        share_ = std::move(answer->share);
        return KexAgreement{std::move(answer->k), detail::exchanged<Shares>(client_share, share_)};
    }

    KexPayload reply(Bytes host_key, Bytes signature) override
    {
        NACRE_EXPECTS(!share_.empty());
        return encode(Shares::reply(host_key, share_, signature));
    }

private:
    const KexRow& row_;
    Random& random_;
    ByteVector share_;                                            // ours, once made
};

template <class Method>
std::unique_ptr<ClientKex> make_one_round_client(const KexRow& row, KexContext context)
{
    return std::make_unique<OneRoundClient<Method>>(row, context);
}

template <class Method>
std::unique_ptr<ServerKex> make_one_round_server(const KexRow& row, KexContext context)
{
    return std::make_unique<OneRoundServer<Method>>(row, context);
}

} // namespace nacre
