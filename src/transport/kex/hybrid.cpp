// Hybrids: a key encapsulation that withstands quantum computers and a key agreement that has stood for
// long, so that the secret holds while either does (draft-ietf-sshm-mlkem-hybrid-kex,
// draft-ietf-sshm-ntruprime-ssh).
//
// The client sends its public key of the encapsulation and its share of the agreement in one
// string, the server its ciphertext and its share; K is a string, the hash of both secrets.
#include "crypto/mlkem.h"
#include "crypto/sntrup761.h"
#include "crypto/x25519.h"
#include "transport/kex/makers.h"
#include "transport/kex/one_round.h"

namespace nacre {

namespace {

struct X25519Part {
    static constexpr std::size_t share_size = X25519Key::size;
    static X25519Key make_key(Random& random) { return X25519Key{random}; }
};

template <EcdhCurve curve, std::size_t field_size>
struct EcdhPart {
    static constexpr std::size_t share_size = 1 + 2 * field_size; // an uncompressed point
    static EcdhKey make_key(Random& random) { return EcdhKey{curve, random}; }
};

SecretBytes combine(HashKind hash, const SecretBytes& encapsulated, const SecretBytes& agreed)
{
    auto digest = Hash{hash}.update(encapsulated.bytes()).update(agreed.bytes()).finish();
    auto secret = SecretBytes::copy_of(digest);
    wipe(digest);
    return as_string(secret);
}

template <class Kem, class Part, HashKind hash>
struct HybridMethod {
    using Shares = StringShares;

    static ByteVector joined(Bytes first, Bytes second)
    {
        auto share = to_vector(first);
        share.insert(share.end(), second.begin(), second.end());
        return share;
    }

    class Client {
    public:
        explicit Client(Random& random)
            : kem_(random), key_(Part::make_key(random)), share_(joined(kem_.public_key(), key_.public_key()))
        {
        }
        Bytes share() const { return share_; }
        std::optional<SecretBytes> agree(Bytes server_share) const
        {
            if (server_share.size() != Kem::ciphertext_size + Part::share_size)
                return std::nullopt;
            auto agreed = key_.agree(server_share.subspan(Kem::ciphertext_size));
            auto encapsulated = kem_.decapsulate(server_share.first(Kem::ciphertext_size));
            if (!agreed || !encapsulated)
                return std::nullopt;
            return combine(hash, *encapsulated, *agreed);
        }

    private:
        Kem kem_;
        decltype(Part::make_key(std::declval<Random&>())) key_;
        ByteVector share_;
    };

    static std::optional<ServerAnswer> answer(Random& random, Bytes client_share)
    {
        if (client_share.size() != Kem::public_key_size + Part::share_size)
            return std::nullopt;
        auto key = Part::make_key(random);
        auto agreed = key.agree(client_share.subspan(Kem::public_key_size));
        if (!agreed)
            return std::nullopt;
        auto sent = Kem::encapsulate(client_share.first(Kem::public_key_size), random);
        if (!sent)
            return std::nullopt;
        return ServerAnswer{joined(sent->ciphertext, key.public_key()), combine(hash, sent->secret, *agreed)};
    }
};

template <Hybrid>
struct MethodOf;
template <>
struct MethodOf<Hybrid::mlkem768_x25519> : HybridMethod<MlKem768, X25519Part, HashKind::sha256> {};
template <>
struct MethodOf<Hybrid::sntrup761_x25519> : HybridMethod<Sntrup761, X25519Part, HashKind::sha512> {};
template <>
struct MethodOf<Hybrid::mlkem1024_nistp384>
    : HybridMethod<MlKem1024, EcdhPart<EcdhCurve::nistp384, 48>, HashKind::sha384> {};
template <>
struct MethodOf<Hybrid::mlkem768_nistp256>
    : HybridMethod<MlKem768, EcdhPart<EcdhCurve::nistp256, 32>, HashKind::sha256> {};

} // namespace

template <Hybrid hybrid>
std::unique_ptr<ClientKex> make_hybrid_client(const KexRow& row, KexContext context)
{
    return make_one_round_client<MethodOf<hybrid>>(row, context);
}

template <Hybrid hybrid>
std::unique_ptr<ServerKex> make_hybrid_server(const KexRow& row, KexContext context)
{
    return make_one_round_server<MethodOf<hybrid>>(row, context);
}

template std::unique_ptr<ClientKex> make_hybrid_client<Hybrid::mlkem768_x25519>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_hybrid_server<Hybrid::mlkem768_x25519>(const KexRow&, KexContext);
template std::unique_ptr<ClientKex> make_hybrid_client<Hybrid::sntrup761_x25519>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_hybrid_server<Hybrid::sntrup761_x25519>(const KexRow&, KexContext);
template std::unique_ptr<ClientKex> make_hybrid_client<Hybrid::mlkem1024_nistp384>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_hybrid_server<Hybrid::mlkem1024_nistp384>(const KexRow&, KexContext);
template std::unique_ptr<ClientKex> make_hybrid_client<Hybrid::mlkem768_nistp256>(const KexRow&, KexContext);
template std::unique_ptr<ServerKex> make_hybrid_server<Hybrid::mlkem768_nistp256>(const KexRow&, KexContext);

} // namespace nacre
