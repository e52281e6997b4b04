#include "transport/session_keys.h"

#include <algorithm>

namespace nacre {

SecretBytes derive_key(const KeyMaterial& material, char letter, std::size_t size)
{
    std::size_t digest_size = hash_size(material.hash);
    SecretBytes key((size + digest_size - 1) / digest_size * digest_size);
    for (std::size_t done = 0; done < size; done += digest_size) {
        Hash hash(material.hash);
        hash.update(material.shared_secret).update(material.exchange_hash);
        if (done == 0)
            hash.update(as_bytes({&letter, 1})).update(material.session_id);
        else
            hash.update(key.bytes().first(done));
        auto digest = hash.finish();
        std::ranges::copy(digest, key.bytes().subspan(done).begin());
        wipe(digest);
    }
    key.truncate(size);
    return key;
}

namespace {

struct DirectionKeys {
    SecretBytes iv, key, mac_key;
    CipherKeys views() const { return {.key = key.bytes(), .iv = iv.bytes(), .mac_key = mac_key.bytes()}; }
};

// "Initial IV client to server: HASH(K || H || "A" || session_id)" and so on to F.
DirectionKeys derive(const DirectionAlgorithms& algorithms, Direction direction, const KeyMaterial& material)
{
    char first = direction == Direction::client_to_server ? 'A' : 'B';
    auto letter = [&](int step) { return static_cast<char>(first + step); };
    return {
        .iv = derive_key(material, letter(0), algorithms.cipher->iv_size),
        .key = derive_key(material, letter(2), algorithms.cipher->key_size),
        .mac_key = derive_key(material, letter(4), algorithms.mac ? algorithms.mac->key_size : 0),
    };
}

} // namespace

std::unique_ptr<PacketSealer> make_sealer(const DirectionAlgorithms& algorithms, Direction direction,
                                          const KeyMaterial& material)
{
    auto keys = derive(algorithms, direction, material);
    return algorithms.cipher->make_sealer(*algorithms.cipher, algorithms.mac, keys.views());
}

std::unique_ptr<PacketOpener> make_opener(const DirectionAlgorithms& algorithms, Direction direction,
                                          const KeyMaterial& material)
{
    auto keys = derive(algorithms, direction, material);
    return algorithms.cipher->make_opener(*algorithms.cipher, algorithms.mac, keys.views());
}

} // namespace nacre
