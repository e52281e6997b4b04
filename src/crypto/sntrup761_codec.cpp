#include "crypto/sntrup761_codec.h"

#include <vector>

#include "base/contract.h"

namespace nacre::sntrup761 {

namespace {

constexpr std::int16_t offset = (q - 1) / 2;                      // from [-offset, offset] to [0, q)
constexpr unsigned rounded_count = (q + 2) / 3;                   // multiples of three in that range
constexpr std::uint32_t enough = 16384;                           // radixes from here on give bytes away

// Neighbours are joined to one number of the product of their radixes, which gives its low bytes to the output until
// it is small enough to be joined again; so on until one number is left.  All numbers start with the same radix, so
// all joined ones have the same radix too but perhaps the last: two radixes describe a level.
struct Level {
    std::size_t count;
    std::uint32_t radix, last;                                    // of all numbers but the last; of the last

    // The radixes of the joined pairs before bytes are given away.
    std::uint32_t pair() const { return radix * radix; }
    std::uint32_t last_pair() const { return radix * last; }

    Level next() const
    {
        Level above{(count + 1) / 2, shrunk(pair()), last};
        if (count % 2 == 0)
            above.last = shrunk(last_pair());
        return above;
    }
    // The radix of the number at `i`, joined with its neighbour.
    std::uint32_t pair_at(std::size_t i) const { return i + 2 == count ? last_pair() : pair(); }

    static std::uint32_t shrunk(std::uint32_t radix)
    {
        while (radix >= enough)
            radix = (radix + 255) >> 8;
        return radix;
    }
};

using Numbers = std::array<std::uint32_t, padded>;

// No division and no branch depends on the numbers.
void encode_numbers(MutableBytes out, Numbers numbers, std::uint32_t radix)
{
    std::size_t at = 0;
    auto give_byte = [&](std::uint32_t& number) {
        out[at++] = static_cast<std::uint8_t>(number);
        number >>= 8;
    };
    Level level{p, radix, radix};
    for (; level.count > 1; level = level.next()) {
        for (std::size_t i = 0; i + 1 < level.count; i += 2) {
            std::uint32_t joined = numbers[i] + numbers[i + 1] * level.radix;
            for (std::uint32_t limit = level.pair_at(i); limit >= enough; limit = (limit + 255) >> 8)
                give_byte(joined);
            numbers[i / 2] = joined;
        }
        if (level.count % 2 == 1)
            numbers[level.count / 2] = numbers[level.count - 1];
    }
    for (std::uint32_t limit = level.last; limit > 1; limit = (limit + 255) >> 8)
        give_byte(numbers[0]);
    NACRE_EXPECTS(at == out.size());
    wipe({reinterpret_cast<std::uint8_t*>(&numbers), sizeof numbers});
}

// The way back: bytes are found level by level, then numbers are split from the top.
Numbers decode_numbers(Bytes in, std::uint32_t radix)
{
    std::vector<Level> levels{{p, radix, radix}};
    std::vector<std::size_t> begins;                              // of each level's bytes
    std::size_t at = 0;
    auto bytes_of = [](std::uint32_t limit) {
        std::size_t bytes = 0;
        for (; limit >= enough; limit = (limit + 255) >> 8)
            ++bytes;
        return bytes;
    };
    while (levels.back().count > 1) {
        auto& level = levels.back();
        begins.push_back(at);
        for (std::size_t i = 0; i + 1 < level.count; i += 2)
            at += bytes_of(level.pair_at(i));
        levels.push_back(level.next());
    }
    Numbers numbers{};
    for (std::size_t shift = 0; at < in.size(); shift += 8)
        numbers[0] |= std::uint32_t{in[at++]} << shift;
    numbers[0] %= levels.back().last;
    levels.pop_back();

    for (; !levels.empty(); levels.pop_back(), begins.pop_back()) {
        auto& level = levels.back();
        Numbers below{};
        at = begins.back();
        for (std::size_t i = 0; i + 1 < level.count; i += 2) {
            std::uint32_t low = 0;
            std::size_t bytes = bytes_of(level.pair_at(i));
            for (std::size_t n = 0; n < bytes; ++n)
                low |= std::uint32_t{in[at++]} << 8 * n;
            std::uint32_t joined = low + (numbers[i / 2] << 8 * bytes);
            below[i] = joined % level.radix;
            below[i + 1] = joined / level.radix % (i + 2 == level.count ? level.last : level.radix);
        }
        if (level.count % 2 == 1)
            below[level.count - 1] = numbers[level.count / 2];
        numbers = below;
    }
    return numbers;
}

} // namespace

void encode_small(MutableBytes out, const Polynomial& a)
{
    NACRE_EXPECTS(out.size() == small_size);
    for (std::size_t i = 0; i < small_size; ++i) {
        unsigned byte = 0;
        for (std::size_t n = 0; n < 4 && 4 * i + n < p; ++n)
            byte |= static_cast<unsigned>(a.c[4 * i + n] + 1) << 2 * n;
        out[i] = static_cast<std::uint8_t>(byte);
    }
}

void encode(MutableBytes out, const Polynomial& a)
{
    NACRE_EXPECTS(out.size() == public_size);
    Numbers numbers{};
    for (std::size_t i = 0; i < p; ++i)
        numbers[i] = static_cast<std::uint32_t>(a.c[i] + offset);
    encode_numbers(out, numbers, q);
}

void encode_rounded(MutableBytes out, const Polynomial& a)
{
    NACRE_EXPECTS(out.size() == rounded_size);
    Numbers numbers{};
    for (std::size_t i = 0; i < p; ++i)
        numbers[i] = static_cast<std::uint32_t>(a.c[i] + offset) * 10923 >> 15;   // a third, without division
    encode_numbers(out, numbers, rounded_count);
}

Polynomial decode(Bytes encoded)
{
    NACRE_EXPECTS(encoded.size() == public_size);
    auto numbers = decode_numbers(encoded, q);
    Polynomial a;
    for (std::size_t i = 0; i < p; ++i)
        a.c[i] = narrow(static_cast<int>(numbers[i]) - offset);
    return a;
}

Polynomial decode_rounded(Bytes encoded)
{
    NACRE_EXPECTS(encoded.size() == rounded_size);
    auto numbers = decode_numbers(encoded, rounded_count);
    Polynomial a;
    for (std::size_t i = 0; i < p; ++i)
        a.c[i] = narrow(3 * static_cast<int>(numbers[i]) - offset);
    return a;
}

} // namespace nacre::sntrup761
