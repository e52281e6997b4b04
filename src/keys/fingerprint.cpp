#include "keys/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nacre {

namespace {

constexpr std::size_t art_width = 17;
constexpr std::size_t art_height = 9;
constexpr std::string_view art_symbols = " .o+=*BOX@%&#/^";       // by number of visits
constexpr char art_start = 'S';
constexpr char art_end = 'E';

std::string framed_title(std::string_view title)
{
    auto left = (art_width - title.size()) / 2;
    return fmt::format("+{}{}{}+", std::string(left, '-'), title, std::string(art_width - title.size() - left, '-'));
}

// A bishop walks from the middle, two bits a step, and does not leave the board.
struct Board {
    std::array<std::array<std::size_t, art_width>, art_height> visits{};
    std::size_t x = art_width / 2;
    std::size_t y = art_height / 2;

    static std::size_t step(std::size_t at, bool forward, std::size_t size)
    {
        if (forward)
            return std::min(at + 1, size - 1);
        return at == 0 ? 0 : at - 1;
    }
    void walk(Bytes digest)
    {
        for (auto byte : digest)
            for (int move = 0; move < 4; ++move, byte = static_cast<std::uint8_t>(byte >> 2)) {
                x = step(x, byte & 1, art_width);
                y = step(y, byte & 2, art_height);
                ++visits[y][x];
            }
    }
    char symbol(std::size_t column, std::size_t row) const
    {
        if (column == x && row == y)
            return art_end;
        if (column == art_width / 2 && row == art_height / 2)
            return art_start;
        return art_symbols[std::min(visits[row][column], art_symbols.size() - 1)];
    }
};

} // namespace

std::string fingerprint(const PublicKey& key, HashKind hash)
{
    auto digest = hash_of(hash, key.plain().blob());
    auto text = fmt::format("{}:", hash_name(hash));
    if (hash == HashKind::md5) {
        for (std::size_t i = 0; i < digest.size(); ++i)
            text += fmt::format("{}{:02x}", i == 0 ? "" : ":", digest[i]);
        return text;
    }
    text += to_base64(digest);
    text.erase(text.find_last_not_of('=') + 1);
    return text;
}

std::string bubble_babble(const PublicKey& key)
{
    constexpr std::string_view vowels = "aeiouy";
    constexpr std::string_view consonants = "bcdfghklmnprstvzx";
    auto digest = hash_of(HashKind::sha1, key.plain().blob());            // 20 bytes: an even number, so the last group is the
    std::string text = "x";                                       // checksum alone
    unsigned checksum = 1;
    for (std::size_t i = 0; i < digest.size(); i += 2) {
        unsigned first = digest[i];
        unsigned second = digest[i + 1];
        text += vowels[((first >> 6) + checksum) % 6];
        text += consonants[first >> 2 & 15];
        text += vowels[((first & 3) + checksum / 6) % 6];
        text += consonants[second >> 4];
        text += '-';
        text += consonants[second & 15];
        checksum = (checksum * 5 + first * 7 + second) % 36;
    }
    text += vowels[checksum % 6];
    text += consonants.back();
    text += vowels[checksum / 6];
    return text + 'x';
}

std::string random_art(const PublicKey& key, HashKind hash)
{
    Board board;
    board.walk(hash_of(hash, key.plain().blob()));
    auto title = fmt::format("[{} {}]", key.type().short_name, key.bits());
    if (title.size() >= art_width)
        title = fmt::format("[{}]", key.type().short_name).substr(0, art_width);
    auto picture = framed_title(title) + '\n';
    for (std::size_t row = 0; row < art_height; ++row) {
        picture += '|';
        for (std::size_t column = 0; column < art_width; ++column)
            picture += board.symbol(column, row);
        picture += "|\n";
    }
    return picture + framed_title(fmt::format("[{}]", hash_name(hash)));
}

} // namespace nacre
