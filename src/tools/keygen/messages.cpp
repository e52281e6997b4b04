// Signatures over messages: -Y.  Worded as OpenSSH's where git and scripts read along.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/table.h"
#include "base/text.h"
#include "keys/allowed_signers.h"
#include "keys/fingerprint.h"
#include "keys/krl.h"
#include "keys/sshsig.h"
#include "os/fd.h"
#include "os/print.h"
#include "os/safe_file.h"
#include "os/waiting.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"
#include "tools/keygen/signing_key.h"
#include "tools/keygen/times.h"

namespace nacre::keygen {

namespace {

constexpr std::size_t longest_list = 64 * 1024 * 1024;
constexpr int standard_input = 0;

// ---- options -------------------------------------------------------------------------------

struct MessageOptions {
    HashKind hash = HashKind::sha512;                             // hashalg=, for signing
    std::int64_t at = now();                                      // verify-time=
    bool print_key = false;                                       // print-pubkey
};

Result<MessageOptions> options_of(const Settings& settings)
{
    MessageOptions options;
    for (std::string_view option : settings.options) {
        auto name = option.substr(0, option.find('='));
        auto value = option.substr(std::min(name.size() + 1, option.size()));
        if (equal_ignoring_case(option, "print-pubkey")) {
            options.print_key = true;
        } else if (equal_ignoring_case(name, "hashalg")) {
            auto hash = signature_hash(to_lower(value));
            if (!hash)
                return bad_input(fmt::format("hash \"{}\" is not one for signatures: sha256 or sha512", printable(value)));
            options.hash = *hash;
        } else if (equal_ignoring_case(name, "verify-time")) {
            options.at = TRY(parse_point_in_time(value));
        } else {
            return bad_input(fmt::format("Invalid option \"{}\"", printable(option)));
        }
    }
    return options;
}

// ---- signing -------------------------------------------------------------------------------

Result<ByteVector> digest_of(int fd, HashKind kind)
{
    Hash hash{kind};
    std::array<std::uint8_t, 65536> piece;
    for (;;) {
        auto read = TRY(read_some(fd, piece));
        if (read.end)
            return hash.finish();
        if (read.would_block)                                     // as whoever gave us standard input may have set it
            wait_until_readable(fd);
        hash.update(Bytes{piece}.first(read.bytes));
    }
}

Result<std::string> sign_open_file(const SigningKey& key, const Settings& settings, int fd, HashKind hash)
{
    auto digest = TRY(digest_of(fd, hash));
    auto made = TRY(sign_message(key.key, *settings.names, hash, digest, key.signer));
    return made.armored();
}

Result<void> sign_file(const SigningKey& key, const Settings& settings, const std::string& file, HashKind hash)
{
    if (!settings.quiet)
        say(stderr, "Signing file {}\n", file);
    auto fd = TRY(open_to_read(file, FifoWriter::awaited));
    auto text = TRY(sign_open_file(key, settings, fd.number(), hash));
    auto place = file + ".sig";
    if (file_facts(place)) {
        say("{} already exists.\n", place);
        auto answer = ask_line("Overwrite (y/n)? ");
        if (!answer || !(answer->starts_with('y') || answer->starts_with('Y')))
            return bad_input("not overwritten");
    }
    TRY(replace_public_file(place, as_bytes(text)));
    if (!settings.quiet)
        say(stderr, "Write signature to {}\n", place);
    return {};
}

Result<int> sign(const Settings& settings)
{
    auto options = TRY(options_of(settings));
    auto key = TRY(open_signing_key_by_agent(settings, *settings.file));
    auto files = settings.arguments;
    if (files.empty())
        files.emplace_back("-");
    for (auto& file : files) {
        if (file != "-") {
            TRY(sign_file(key, settings, file, options.hash));
        } else {
            auto text = TRY(sign_open_file(key, settings, standard_input, options.hash));
            say("{}", text);
        }
    }
    return exit_ok;
}

// ---- verifying -----------------------------------------------------------------------------

Result<SignedMessage> read_signature(const Settings& settings)
{
    auto bytes = TRY(read_file(*settings.signature_file, signature_file_limit, FifoWriter::awaited));
    auto message = parse_signed_message(bytes);
    if (!message)
        return fail(in_context(*settings.signature_file, std::move(message.error())));
    return message;
}

Result<void> verify_input(const Settings& settings, const SignedMessage& message)
{
    auto digest = TRY(digest_of(standard_input, message.hash));
    if (auto verified = message.verify(*settings.names, digest); !verified)
        return fail(in_context("Signature verification failed", std::move(verified.error())));
    return {};
}

Result<std::string> read_signers(const Settings& settings)
{
    auto bytes = TRY(read_file(*settings.file, longest_list, FifoWriter::awaited));
    return std::string{as_text(bytes)};
}

void tell_problems(const Settings& settings, const SignersAnswer& answer)
{
    if (!settings.quiet)
        for (auto& problem : answer.problems)
            say(stderr, "{}: {}\n", *settings.file, problem);
}

Result<void> check_revoked(const Settings& settings, const PublicKey& key)
{
    if (!settings.revoked_file)
        return {};
    auto bytes = TRY(read_file(*settings.revoked_file, krl_size_limit, FifoWriter::awaited));
    auto revoked = is_revoked_by(bytes, key);
    if (!revoked)
        return fail(in_context(*settings.revoked_file, std::move(revoked.error())));
    if (*revoked)
        return not_permitted(fmt::format("the key has been revoked by {}", *settings.revoked_file));
    return {};
}

void report_good(const Settings& settings, const SignedMessage& message, const MessageOptions& options,
                 std::string_view principal)
{
    if (!settings.quiet)
        say("Good \"{}\" signature{}{} with {} key {}\n", printable(message.purpose),
            principal.empty() ? "" : " for ", printable(principal), message.key.type().short_name,
            fingerprint(message.key, settings.fingerprint_hash));
    if (options.print_key)
        say("{}\n", message.key.line());
}

Result<void> check_claim(const Settings& settings, const SignedMessage& message, const MessageOptions& options)
{
    TRY(verify_input(settings, message));
    TRY(check_revoked(settings, message.key));
    auto text = TRY(read_signers(settings));
    auto answer = check_signer(text, *settings.identity, {message.key, message.purpose, wall_clock_at(options.at)});
    tell_problems(settings, answer);
    if (answer.principals.empty())
        return not_permitted("the key is not one of those allowed for this signer");
    return {};
}

int report_bad(const Settings& settings, const Error& why)
{
    if (settings.quiet)
        return exit_error;
    say(stderr, "{}\n", why.what);
    say("Could not verify signature.\n");
    return exit_error;
}

Result<int> verify(const Settings& settings)
{
    auto options = TRY(options_of(settings));
    auto message = read_signature(settings);
    auto checked = message ? check_claim(settings, *message, options) : fail(message.error());
    if (!checked)
        return report_bad(settings, checked.error());
    report_good(settings, *message, options, *settings.identity);
    return exit_ok;
}

Result<int> check_without_signers(const Settings& settings)
{
    auto options = TRY(options_of(settings));
    auto message = read_signature(settings);
    auto verified = message ? verify_input(settings, *message) : fail(message.error());
    if (!verified)
        return report_bad(settings, verified.error());
    report_good(settings, *message, options, {});
    return exit_ok;
}

Result<int> print_principals(const Settings& settings, const SignersAnswer& answer)
{
    tell_problems(settings, answer);
    for (auto& name : answer.principals)
        say("{}\n", printable(name));
    if (!answer.principals.empty())
        return exit_ok;
    say(stderr, "No principal matched.\n");
    return exit_error;
}

Result<int> find(const Settings& settings)
{
    auto options = TRY(options_of(settings));
    auto message = TRY(read_signature(settings));
    auto text = TRY(read_signers(settings));
    return print_principals(settings, find_principals(text, {message.key, std::nullopt, wall_clock_at(options.at)}));
}

Result<int> match(const Settings& settings)
{
    auto text = TRY(read_signers(settings));
    return print_principals(settings, match_principals(text, *settings.identity));
}

struct DeedRow {
    std::string_view name;
    Result<int> (*run)(const Settings& settings);
    std::string_view needs;                                       // letters of `needs` below, told in this order
};

constexpr std::array deeds{
    DeedRow{"sign", sign, "nk"},
    DeedRow{"verify", verify, "nsfI"},
    DeedRow{"check-novalidate", check_without_signers, "ns"},
    DeedRow{"find-principals", find, "sf"},
    DeedRow{"match-principals", match, "fI"},
};

struct NeedRow {
    char letter;
    std::string_view what;
    bool (*is_met)(const Settings& settings);
};

constexpr std::array needs{
    NeedRow{'n', "a namespace (-n)", [](const Settings& s) { return s.names && !s.names->empty(); }},
    NeedRow{'k', "the key (-f)", [](const Settings& s) { return s.file.has_value(); }},
    NeedRow{'s', "the signature (-s)", [](const Settings& s) { return s.signature_file.has_value(); }},
    NeedRow{'f', "the allowed signers (-f)", [](const Settings& s) { return s.file.has_value(); }},
    NeedRow{'I', "the signer (-I)", [](const Settings& s) { return s.identity && !s.identity->empty(); }},
};

} // namespace

Result<int> handle_message_signatures(const Settings& settings)
{
    auto* deed = find_by_name(deeds, settings.what_to_do);
    if (!deed)
        return give_up(bad_input(fmt::format("Unsupported operation for -Y: \"{}\"; known are {}",
            printable(settings.what_to_do), names_of(deeds, [](auto&) { return true; }))).error());
    for (char letter : deed->needs) {
        auto need = std::ranges::find(needs, letter, &NeedRow::letter);
        if (!need->is_met(settings))
            return give_up(bad_input(fmt::format("-Y {} needs {}", deed->name, need->what)).error());
    }
    return deed->run(settings);
}

} // namespace nacre::keygen
