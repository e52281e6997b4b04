// diffie-hellman-group-exchange-sha256, and by name only -sha1 (RFC 4419): the client names sizes, the
// server chooses a group, and the exchange goes on as in RFC 4253 §8.
//
// The client takes no group on trust that is smaller or larger than it asked for, and nobody
// computes with primes beyond 8192 bits: that would be work for one side only.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "crypto/dh.h"
#include "transport/kex/makers.h"
#include "transport/kex/one_round.h"

namespace nacre {

namespace {

// For servers without a moduli file: the smallest that is large enough, or else the largest that is not too large.
std::optional<Group> built_in_group(std::uint32_t min_bits, std::uint32_t wanted_bits, std::uint32_t max_bits)
{
    constexpr std::pair<Modp, std::uint32_t> known[] = {
        {Modp::group14, 2048}, {Modp::group16, 4096}, {Modp::group18, 8192}};
    std::optional<Modp> choice;
    for (auto [group, bits] : known) {
        if (bits < min_bits || bits > max_bits)
            continue;
        choice = group;
        if (bits >= wanted_bits)
            break;
    }
    if (!choice)
        return std::nullopt;
    auto group = modp_group(*choice);
    return Group{to_vector(group.generator), to_vector(group.prime)};
}

// What the client asked for, as it enters the exchange hash (§3).
ByteVector encoded_sizes(const KexDhGexRequest& request)
{
    ByteVector bytes;
    Writer{bytes}.u32(request.min).u32(request.n).u32(request.max);
    return bytes;
}

ByteVector exchanged(Bytes sizes, const Group& group, Bytes e, Bytes f)
{
    auto bytes = to_vector(sizes);
    Writer{bytes}.mpint(group.prime).mpint(group.generator).mpint(e).mpint(f);
    return bytes;
}

Failure refused(const KexRow& row, std::string_view what)
{
    return peer_misbehaved(fmt::format("{}: {}", row.name, what), DisconnectReason::key_exchange_failed);
}

void log_bits_set(Log* log, Bytes number, const Group& group)
{
    int count = 0;
    for (auto byte : number)
        count += std::popcount(byte);
    if (log)
        log->debug2("bits set: {}/{}", count, bits_of(group.prime));
}

class GroupExchangeClient final : public ClientKex {
public:
    GroupExchangeClient(const KexRow& row, KexContext context) : row_(row), context_(context)
    {
        sizes_.n = std::clamp<std::uint32_t>(context.wanted_bits, sizes_.min, sizes_.max);
    }

    KexPayload start() override
    {
        if (context_.log)
            context_.log->debug1("SSH2_MSG_KEX_DH_GEX_REQUEST({}<{}<{}) sent", sizes_.min, sizes_.n, sizes_.max);
        return encode(sizes_);
    }

    Result<std::variant<KexPayload, KexReply>> receive(Bytes payload) override
    {
        if (over_)
            return detail::exchange_is_over();
        if (!key_)
            return on_group(payload);
        return on_reply(payload);
    }

private:
    Result<std::variant<KexPayload, KexReply>> on_group(Bytes payload)
    {
        auto message = TRY(decode<KexDhGexGroup>(payload));
        auto bits = bits_of(message.p.magnitude);
        if (bits < sizes_.min || bits > sizes_.max)
            return refused(row_, fmt::format("the server's prime has {} bits, not {} to {}", bits, sizes_.min, sizes_.max));
        auto key = DhKey::generate({message.p.magnitude, message.g.magnitude}, context_.random);
        if (!key)
            return refused(row_, "the server's group is not acceptable");
        group_ = {to_vector(message.g.magnitude), to_vector(message.p.magnitude)};
        key_ = std::move(*key);
        if (context_.log)
            context_.log->debug1("SSH2_MSG_KEX_DH_GEX_GROUP received");
        log_bits_set(context_.log, key_->public_key(), group_);
        return encode(KexDhGexInit{Mpint{key_->public_key()}});
    }

    Result<std::variant<KexPayload, KexReply>> on_reply(Bytes payload)
    {
        auto message = TRY(decode<KexDhGexReply>(payload));
        auto secret = key_->agree(message.f.magnitude);
        if (!secret)
            return detail::refused_share(row_);
        log_bits_set(context_.log, message.f.magnitude, group_);
        over_ = true;
        auto hashed = exchanged(encoded_sizes(sizes_), group_, key_->public_key(), message.f.magnitude);
        key_.reset();
        return KexReply{to_vector(message.host_key), to_vector(message.signature),
                        KexAgreement{as_mpint(*secret), std::move(hashed)}};
    }

    const KexRow& row_;
    KexContext context_;
    KexDhGexRequest sizes_{dh_min_bits, 0, dh_max_bits};
    Group group_;
    std::optional<DhKey> key_;                                    // once the group is known
    bool over_ = false;
};

class GroupExchangeServer final : public ServerKex {
public:
    GroupExchangeServer(const KexRow& row, KexContext context) : row_(row), context_(context) {}

    Result<std::variant<KexPayload, KexAgreement>> receive(Bytes payload) override
    {
        if (!share_.empty())
            return detail::exchange_is_over();
        if (group_.prime.empty())
            return on_request(payload);
        return on_init(payload);
    }

    KexPayload reply(Bytes host_key, Bytes signature) override
    {
        NACRE_EXPECTS(!share_.empty());
        return encode(KexDhGexReply{host_key, Mpint{share_}, signature});
    }

private:
    Result<std::variant<KexPayload, KexAgreement>> on_request(Bytes payload)
    {
        KexDhGexRequest request{dh_min_bits, 0, dh_max_bits};
        if (!payload.empty() && payload[0] == KexDhGexRequestOld::number.value) {
            auto old = TRY(decode<KexDhGexRequestOld>(payload));
            Writer{sizes_}.u32(old.n);
            request.n = std::clamp<std::uint32_t>(old.n, request.min, request.max);
        } else {
            request = TRY(decode<KexDhGexRequest>(payload));
            sizes_ = encoded_sizes(request);
        }
        if (request.min > request.n || request.n > request.max || request.max < dh_min_bits || request.min > dh_max_bits)
            return refused(row_, fmt::format("no group can have {} <= {} <= {} bits", request.min, request.n, request.max));
        auto min_bits = std::max<std::uint32_t>(request.min, dh_min_bits);
        auto max_bits = std::min<std::uint32_t>(request.max, dh_max_bits);
        auto wanted = std::clamp(request.n, min_bits, max_bits);
        auto group = context_.groups ? context_.groups->choose(min_bits, wanted, max_bits) : std::nullopt;
        if (!group)
            group = built_in_group(min_bits, wanted, max_bits);
        if (!group)
            return incompatible(fmt::format("{}: no group of {} to {} bits", row_.name, min_bits, max_bits));
        group_ = std::move(*group);
        return encode(KexDhGexGroup{Mpint{group_.prime}, Mpint{group_.generator}});
    }

    Result<std::variant<KexPayload, KexAgreement>> on_init(Bytes payload)
    {
        auto message = TRY(decode<KexDhGexInit>(payload));
        auto key = DhKey::generate({group_.prime, group_.generator}, context_.random);
        if (!key)                                                 // the file's fault, not the peer's
            return incompatible(fmt::format("{}: the moduli file has a group that cannot be used", row_.name));
        auto secret = key->agree(message.e.magnitude);
        if (!secret)
            return detail::refused_share(row_);
        log_bits_set(context_.log, message.e.magnitude, group_);
        share_ = to_vector(key->public_key());
        return KexAgreement{as_mpint(*secret), exchanged(sizes_, group_, message.e.magnitude, share_)};
    }

    const KexRow& row_;
    KexContext context_;
    ByteVector sizes_;                                            // encoded, once asked for
    Group group_;                                                 // once chosen
    ByteVector share_;                                            // ours, once made
};

} // namespace

std::size_t bits_of(Bytes number)
{
    while (!number.empty() && number[0] == 0)
        number = number.subspan(1);
    return number.empty() ? 0 : 8 * number.size() - static_cast<std::size_t>(std::countl_zero(number[0]));
}

std::unique_ptr<ClientKex> make_group_exchange_client(const KexRow& row, KexContext context)
{
    return std::make_unique<GroupExchangeClient>(row, context);
}

std::unique_ptr<ServerKex> make_group_exchange_server(const KexRow& row, KexContext context)
{
    return std::make_unique<GroupExchangeServer>(row, context);
}

} // namespace nacre
