#include "transport/proposal.h"

#include <fmt/format.h>

#include "base/table.h"
#include "base/text.h"
#include "wire/name_list.h"

namespace nacre {

Proposal Proposal::defaults()
{
    auto by_default = [](auto& row) { return row.offered == Offered::by_default; };
    auto offered = [](auto& row) { return row.offered; };
    return {
        .kex_methods = names_of(nacre::kex_methods(), offered_by_client),
        .host_key_algorithms = names_of(signature_algorithms(), offered),
        .ciphers = names_of(nacre::ciphers(), by_default),
        .macs = names_of(nacre::macs(), by_default),
        .compressions = "none,zlib@openssh.com",
    };
}

std::string known_kex_methods(std::string_view list)
{
    std::string known;
    for (auto name : split(list, ',')) {
        bool ours = find_kex_method(name) != nullptr;
        if (known.empty())
            known = ours ? name : "-";
        else if (ours && !list_contains(known, name))
            known.append(",").append(name);
    }
    return known;
}

ByteVector make_kex_init(const Proposal& ours, Role role, FirstKex first, GuessFollows guess, Random& random)
{
    std::string kex = ours.kex_methods;
    if (first == FirstKex::yes) {
        auto add = [&](std::string_view marker) { kex.append(",").append(marker); };
        add(role == Role::client ? kex_marker::ext_info_client : kex_marker::ext_info_server);
        add(role == Role::client ? kex_marker::strict_client : kex_marker::strict_server);
    }
    KexInit message{
        .cookie = random.bytes<16>(),
        .kex_algorithms = kex,
        .server_host_key_algorithms = ours.host_key_algorithms,
        .encryption_client_to_server = ours.ciphers,
        .encryption_server_to_client = ours.ciphers,
        .mac_client_to_server = ours.macs,
        .mac_server_to_client = ours.macs,
        .compression_client_to_server = ours.compressions,
        .compression_server_to_client = ours.compressions,
        .languages_client_to_server = {},
        .languages_server_to_client = {},
        .first_kex_packet_follows = guess == GuessFollows::yes,
        .reserved = 0,
    };
    return encode(message);
}

namespace {

struct Offers {
    std::string_view client, server;
    Role our_role;
    Log* log;
};

Result<std::string_view> agree(std::string_view what, Offers offers)
{
    auto name = first_common(offers.client, offers.server);
    if (name)
        return *name;
    bool we_are_client = offers.our_role == Role::client;
    auto theirs = we_are_client ? offers.server : offers.client;
    offers.log->debug1("no matching {}: our own offer is {}", what, printable(we_are_client ? offers.client : offers.server));
    // Scripts take the rest of the line for the list.
    return incompatible(fmt::format("no matching {} found. Their offer: {}", what, printable(theirs)));
}

// A name both sides listed is in our list, so it is in our table, unless our own list named something we do not have.
template <class Row>
Result<const Row*> row_of(const Row* row, std::string_view name)
{
    if (!row)
        return incompatible(fmt::format("agreed on '{}', which is not available", printable(name)));
    return row;
}

Result<DirectionAlgorithms> agree_on_direction(Offers cipher_offers, Offers mac_offers, Offers compression_offers)
{
    DirectionAlgorithms direction;
    auto cipher = TRY(agree("cipher", cipher_offers));
    direction.cipher = TRY(row_of(find_cipher(cipher), cipher));
    if (!direction.cipher->authenticates) {
        auto mac = TRY(agree("MAC", mac_offers));
        direction.mac = TRY(row_of(find_mac(mac), mac));
    }
    auto compression = TRY(agree("compression method", compression_offers));
    direction.compression = TRY(row_of(find_compression(compression), compression));
    return direction;
}

} // namespace

Result<Agreed> negotiate(const KexInit& client, const KexInit& server, Role our_role, Log& log)
{
    auto offers = [&](auto list) { return Offers{client.*list, server.*list, our_role, &log}; };

    Agreed agreed;
    auto kex = TRY(agree("key exchange method", offers(&KexInit::kex_algorithms)));
    agreed.kex = TRY(row_of(find_kex_method(kex), kex));
    agreed.host_key_algorithm = TRY(agree("host key type", offers(&KexInit::server_host_key_algorithms)));
    agreed.client_to_server = TRY(agree_on_direction(offers(&KexInit::encryption_client_to_server),
                                                     offers(&KexInit::mac_client_to_server),
                                                     offers(&KexInit::compression_client_to_server)));
    agreed.server_to_client = TRY(agree_on_direction(offers(&KexInit::encryption_server_to_client),
                                                     offers(&KexInit::mac_server_to_client),
                                                     offers(&KexInit::compression_server_to_client)));
    agreed.guess_was_right =
        first_of(client.kex_algorithms) == first_of(server.kex_algorithms) &&
        first_of(client.server_host_key_algorithms) == first_of(server.server_host_key_algorithms);
    return agreed;
}

} // namespace nacre
