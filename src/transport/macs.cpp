#include "transport/macs.h"

#include <algorithm>
#include <array>

#include "base/contract.h"
#include "base/table.h"
#include "crypto/byte_order.h"
#include "crypto/hmac.h"
#include "crypto/umac.h"
#include "wire/writer.h"

namespace nacre {

namespace {

// RFC 4253 §6.4: mac = MAC(key, sequence_number || unencrypted_packet)
class HmacFunction final : public MacFunction {
public:
    HmacFunction(HashKind kind, Hmac hmac) : size_(hash_size(kind)), hmac_(std::move(hmac)) {}

    void compute(SequenceNumber sequence, Bytes packet, MutableBytes tag) override
    {
        std::array<std::uint8_t, 4> number;
        Writer::store_u32(number.data(), sequence.value);
        hmac_.update(number).update(packet);
        if (tag.size() == size_) {
            hmac_.finish(tag);
            return;
        }
        std::array<std::uint8_t, 64> whole;                       // "-96": the first 96 bits (RFC 2104 §5)
        hmac_.finish(MutableBytes{whole}.first(size_));
        std::copy_n(whole.begin(), tag.size(), tag.begin());
    }

private:
    std::size_t size_;
    Hmac hmac_;
};

// draft-miller-secsh-umac-01 §2: the sequence number, as a uint64, is the nonce.
class UmacFunction final : public MacFunction {
public:
    explicit UmacFunction(Umac umac) : umac_(std::move(umac)) {}

    void compute(SequenceNumber sequence, Bytes packet, MutableBytes tag) override
    {
        auto nonce = big_endian_bytes(sequence.value);
        umac_.compute(nonce, packet, tag);
    }

private:
    Umac umac_;
};

template <HashKind kind>
std::unique_ptr<MacFunction> make_hmac(const Mac& row, Bytes key)
{
    NACRE_EXPECTS(key.size() == row.key_size);
    return std::make_unique<HmacFunction>(kind, Hmac{kind, key});
}

std::unique_ptr<MacFunction> make_umac(const Mac& row, Bytes key)
{
    NACRE_EXPECTS(key.size() == row.key_size);
    return std::make_unique<UmacFunction>(Umac{row.tag_size, key});
}

constexpr std::array rows{                                        // in order of preference
    Mac{"umac-64-etm@openssh.com", 16, 8, true, Offered::by_default, make_umac},
    Mac{"umac-128-etm@openssh.com", 16, 16, true, Offered::by_default, make_umac},
    Mac{"hmac-sha2-256-etm@openssh.com", 32, 32, true, Offered::by_default, make_hmac<HashKind::sha256>},
    Mac{"hmac-sha2-512-etm@openssh.com", 64, 64, true, Offered::by_default, make_hmac<HashKind::sha512>},
    Mac{"hmac-sha1-etm@openssh.com", 20, 20, true, Offered::by_default, make_hmac<HashKind::sha1>},
    Mac{"umac-64@openssh.com", 16, 8, false, Offered::by_default, make_umac},
    Mac{"umac-128@openssh.com", 16, 16, false, Offered::by_default, make_umac},
    Mac{"hmac-sha2-256", 32, 32, false, Offered::by_default, make_hmac<HashKind::sha256>},
    Mac{"hmac-sha2-512", 64, 64, false, Offered::by_default, make_hmac<HashKind::sha512>},
    // For old devices, of which some have nothing else.  What breaks SHA-1 (collisions) does not break HMAC (RFC 6194 §3.3).
    Mac{"hmac-sha1", 20, 20, false, Offered::by_default, make_hmac<HashKind::sha1>},
    Mac{"hmac-sha1-96-etm@openssh.com", 20, 12, true, Offered::when_named, make_hmac<HashKind::sha1>},
    Mac{"hmac-sha1-96", 20, 12, false, Offered::when_named, make_hmac<HashKind::sha1>},
    Mac{"hmac-md5-etm@openssh.com", 16, 16, true, Offered::when_named, make_hmac<HashKind::md5>},
    Mac{"hmac-md5", 16, 16, false, Offered::when_named, make_hmac<HashKind::md5>},
    Mac{"hmac-md5-96-etm@openssh.com", 16, 12, true, Offered::when_named, make_hmac<HashKind::md5>},
    Mac{"hmac-md5-96", 16, 12, false, Offered::when_named, make_hmac<HashKind::md5>},
};

} // namespace

std::span<const Mac> macs() { return rows; }

const Mac* find_mac(std::string_view name) { return find_by_name(rows, name); }

} // namespace nacre
