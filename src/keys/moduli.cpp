#include "keys/moduli.h"

#include <array>
#include <bit>

#include "base/text.h"

namespace nacre {

namespace {

constexpr unsigned safe_prime = 2;                                // the only type that is used
constexpr unsigned composite = 1;                                 // bits of `tests`: found composite; the others: passed

constexpr std::uint32_t most_bits = 16384;                        // beyond all use

struct Line {
    std::uint32_t bits;
    std::string_view generator, prime;                            // hexadecimal
};

// Everything but the numbers themselves, which are long: they are read for the line that is chosen.
std::optional<Line> parse_line(std::string_view text)
{
    std::array<std::string_view, 7> fields;
    std::size_t count = 0;
    for (auto field : split(text, ' ')) {
        if (field.empty())
            continue;
        if (count == fields.size())
            return std::nullopt;
        fields[count++] = field;
    }
    if (count != fields.size() || fields[0].starts_with('#'))
        return std::nullopt;
    auto type = parse_number<unsigned>(fields[1]), tests = parse_number<unsigned>(fields[2]);
    auto size = parse_number<std::uint32_t>(fields[4]);
    if (!type || !tests || !size || !parse_number<unsigned>(fields[3]) || *size >= most_bits)
        return std::nullopt;
    if (*type != safe_prime || (*tests & composite) != 0 || (*tests & ~composite) == 0)
        return std::nullopt;
    std::uint32_t bits = *size + 1;
    if (fields[6].size() != (bits + 3) / 4)
        return std::nullopt;
    return Line{bits, fields[5], fields[6]};
}

std::optional<ByteVector> number_of(std::string_view hex)
{
    while (hex.starts_with('0'))
        hex.remove_prefix(1);
    std::string even = hex.size() % 2 == 0 ? "" : "0";
    return from_hex(even.append(hex));
}

std::optional<Modulus> numbers_of(const Line& line)
{
    auto generator = number_of(line.generator), prime = number_of(line.prime);
    if (!generator || !prime || prime->empty() || generator->empty() || (generator->size() == 1 && generator->front() < 2))
        return std::nullopt;
    if (8 * prime->size() - static_cast<std::size_t>(std::countl_zero(prime->front())) != line.bits)
        return std::nullopt;
    return Modulus{line.bits, std::move(*generator), std::move(*prime)};
}

// Whether a size serves better than another one.
bool is_better(std::uint32_t bits, std::uint32_t than, std::uint32_t wanted)
{
    if (than < wanted)
        return bits > than;
    return bits >= wanted && bits < than;
}

} // namespace

std::optional<Modulus> choose_modulus(std::string_view file, std::uint32_t min_bits, std::uint32_t wanted_bits,
                                      std::uint32_t max_bits, Random& random)
{
    std::optional<Line> best;
    std::uint32_t equals = 0;
    while (!file.empty()) {
        auto end = file.find('\n');
        auto line = parse_line(file.substr(0, end));
        file.remove_prefix(end == std::string_view::npos ? file.size() : end + 1);
        if (!line || line->bits < min_bits || line->bits > max_bits)
            continue;
        if (!best || is_better(line->bits, best->bits, wanted_bits)) {
            best = line;
            equals = 1;
        } else if (line->bits == best->bits) {
            // The n-th of its size replaces the choice with chance 1/n: all are equally likely in the end.
            auto number = std::bit_cast<std::uint64_t>(random.bytes<8>());
            if (number % ++equals == 0)
                best = line;
        }
    }
    return best ? numbers_of(*best) : std::nullopt;
}

} // namespace nacre
