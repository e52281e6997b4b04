// Groups for Diffie-Hellman (moduli(5)): -M generate finds candidates, -M screen tests them.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <functional>

#include "base/text.h"
#include "crypto/primes.h"
#include "crypto/sign.h"
#include "os/fd.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/times.h"

namespace nacre::keygen {

namespace {

constexpr std::size_t longest_input = 1024 * 1024 * 1024;
constexpr unsigned sophie_germain = 4, safe_prime = 2;            // types of numbers
constexpr unsigned composite_flag = 1, sieve_flag = 2, miller_rabin_flag = 4;   // tests made

struct ModuliOptions {
    std::optional<std::uint32_t> bits;
    std::optional<ByteVector> start;
    std::uint32_t generator = 0;                                  // wanted; 0: any
    std::uint32_t prime_tests = 100;
    std::uint64_t start_line = 0;
    std::optional<std::uint64_t> lines;
    std::optional<std::string> checkpoint;
};

template <class T>
Result<T> number_in(std::string_view option, std::string_view value)
{
    auto number = parse_number<T>(value);
    if (!number)
        return bad_input(fmt::format("invalid number in \"{}\"", printable(option)));
    return *number;
}

Result<ByteVector> hexadecimal(std::string_view text)
{
    auto bytes = from_hex(text.size() % 2 ? "0" + std::string{text} : std::string{text});
    if (!bytes || bytes->empty())
        return bad_input("invalid hexadecimal number");
    return *bytes;
}

Result<ModuliOptions> options_of(const Settings& settings)
{
    ModuliOptions options;
    options.bits = settings.bits;
    for (std::string_view option : settings.options) {
        auto equals = option.find('=');
        auto name = option.substr(0, equals);
        auto value = option.substr(std::min(equals == std::string_view::npos ? option.size() : equals + 1, option.size()));
        if (name == "bits")
            options.bits = TRY(number_in<std::uint32_t>(option, value));
        else if (name == "start")
            options.start = TRY(hexadecimal(value));
        else if (name == "generator")
            options.generator = TRY(number_in<std::uint32_t>(option, value));
        else if (name == "prime-tests")
            options.prime_tests = TRY(number_in<std::uint32_t>(option, value));
        else if (name == "start-line")
            options.start_line = TRY(number_in<std::uint64_t>(option, value));
        else if (name == "lines")
            options.lines = TRY(number_in<std::uint64_t>(option, value));
        else if (name == "checkpoint")
            options.checkpoint = value;
        else if (name == "memory")
            TRY(number_in<std::uint32_t>(option, value));         // the sieve takes what it needs, and that is little
        else
            return bad_input(fmt::format("invalid option \"{}\"", printable(option)));
    }
    return options;
}

std::string line_of(unsigned type, unsigned tests, std::uint32_t trials, std::uint32_t size, std::uint32_t generator,
                    Bytes number)
{
    std::string hex = to_hex(number);
    std::string_view digits = hex;
    if (digits.starts_with('0'))
        digits.remove_prefix(1);
    std::string upper{digits};
    for (auto& c : upper)
        c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    return fmt::format("{} {} {} {} {} {:x} {}\n", local_time(now(), "%Y%m%d%H%M%S"), type, tests, trials, size, generator,
                       upper);
}

Result<std::string> output_file(const Settings& settings)
{
    if (settings.arguments.size() != 1)
        return bad_input("one file for the output must be named");
    return settings.arguments.front();
}

// ---- generate ------------------------------------------------------------------------------

Result<int> generate(const Settings& settings)
{
    auto options = TRY(options_of(settings));
    auto file = TRY(output_file(settings));
    auto bits = options.bits.value_or(3072);
    if (bits < 512 || bits > 32768)
        return bad_input("the primes must have 512 to 32768 bits");
    auto start = options.start ? *options.start : random_start(bits - 1);
    // About one odd number in bits² / 11 is of use: enough of them for a handful.
    std::size_t window = std::size_t{bits} * bits / 2;
    std::string text;
    std::size_t count = 0;
    sieve_sophie_germain(start, window, [&](Bytes q) {
        text += line_of(sophie_germain, sieve_flag, 0, bit_length(q) - 1, 0, q);
        ++count;
    });
    TRY(replace_public_file(file, as_bytes(text)));
    if (!settings.quiet)
        say(stderr, "{} candidates of {} bits\n", count, bits);
    return exit_ok;
}

// ---- screen --------------------------------------------------------------------------------

struct Candidate {
    unsigned tests = 0;
    std::uint32_t trials = 0;
    std::uint32_t size = 0;                                       // of the safe prime, less one
    std::uint32_t generator = 0;
    ByteVector p, q;
};

std::optional<Candidate> parse_candidate(std::string_view line)
{
    auto words = split(trim(line), ' ');
    if (words.size() != 7)
        return std::nullopt;
    auto type = parse_number<unsigned>(words[1]);
    auto tests = parse_number<unsigned>(words[2]);
    auto trials = parse_number<std::uint32_t>(words[3]);
    auto size = parse_number<std::uint32_t>(words[4]);
    auto generator = parse_number<std::uint32_t>(words[5], 16).value_or(0);
    auto number = hexadecimal(words[6]);
    if (!type || !tests || !trials || !size || !number || number->size() > 4096 || (*tests & composite_flag))
        return std::nullopt;
    bool is_q = *type == sophie_germain;
    Candidate candidate{*tests, *trials, *size + (is_q ? 1 : 0), generator, {}, {}};
    candidate.p = is_q ? doubled_plus_one(*number) : *number;
    candidate.q = is_q ? *number : half_of(*number);
    if (bit_length(candidate.p) != candidate.size + 1 || !(candidate.p.back() & 1))
        return std::nullopt;
    return candidate;
}

// RFC 4419 §6.1 and appendix: 2 generates the subgroup where p ≡ 11 (mod 24), 5 where p ≡ 3 or 7 (mod 10).
std::uint32_t small_generator(Bytes p)
{
    if (remainder_of(p, 24) == 11)
        return 2;
    auto last_digit = remainder_of(p, 10);
    return last_digit == 3 || last_digit == 7 ? 5 : 0;
}

bool is_safe_prime(const Candidate& candidate, std::uint32_t trials)
{
    auto rounds = static_cast<int>(std::max(trials, 4u));
    return is_probably_prime(candidate.q, 1) && is_probably_prime(candidate.p, rounds) &&
           is_probably_prime(candidate.q, rounds);
}

std::uint64_t first_line(const ModuliOptions& options)
{
    if (options.checkpoint)
        if (auto text = read_file(*options.checkpoint, 64))
            if (auto number = parse_number<std::uint64_t>(trim(as_text(*text))))
                return std::max(*number, options.start_line);
    return options.start_line;
}

Result<std::string> read_candidates(const Settings& settings)
{
    bool from_file = settings.file && *settings.file != "-";
    auto bytes = from_file ? read_file(*settings.file, longest_input, FifoWriter::awaited) : read_all(0, longest_input);
    if (!bytes)
        return fail(std::move(bytes).error());
    return std::string{as_text(*bytes)};
}

Result<void> make_unless_there(const std::string& path)
{
    Fd file{::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644)};
    if (!file)
        return errno_failure(path);
    return {};
}

Result<int> screen(const Settings& settings)
{
    auto options = TRY(options_of(settings));
    auto file = TRY(output_file(settings));
    auto text = TRY(read_candidates(settings));
    auto begin = first_line(options);
    TRY(make_unless_there(file));                                 // what earlier runs have found stays
    std::uint64_t number = 0, done = 0, found = 0;
    for (auto line : split(text, '\n')) {
        if (number++ < begin || trim(line).empty())
            continue;
        if (options.lines && done++ == *options.lines)
            break;
        auto candidate = parse_candidate(line);
        auto generator = !candidate ? 0 : candidate->generator != 0 ? candidate->generator : small_generator(candidate->p);
        bool wanted = generator != 0 && (options.generator == 0 || options.generator == generator);
        if (wanted && is_safe_prime(*candidate, options.prime_tests)) {
            auto entry = line_of(safe_prime, candidate->tests | miller_rabin_flag, candidate->trials + options.prime_tests,
                                 candidate->size, generator, candidate->p);
            TRY(append_line(file, trim(entry), 0644));
            ++found;
        }
        if (options.checkpoint)
            TRY(replace_file(*options.checkpoint, as_bytes(fmt::format("{}\n", number)), 0644));
    }
    if (options.checkpoint)
        ::unlink(options.checkpoint->c_str());                    // of this job, which is done
    if (!settings.quiet)
        say(stderr, "{} safe primes found\n", found);
    return exit_ok;
}

} // namespace

Result<int> handle_moduli(const Settings& settings)
{
    if (settings.what_to_do == "generate")
        return generate(settings);
    if (settings.what_to_do == "screen")
        return screen(settings);
    return bad_input(fmt::format("Unsupported moduli option \"{}\"", printable(settings.what_to_do)));
}

} // namespace nacre::keygen
