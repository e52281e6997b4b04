#include "tools/keygen/settings.h"

#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "keys/key_file.h"
#include "keys/openssh_format.h"
#include "tools/letters.h"

namespace nacre::keygen {

namespace {

struct FlagRow {
    char letter;
    bool Settings::* member;
};

constexpr std::array flags{
    FlagRow{'A', &Settings::make_host_keys},
    FlagRow{'B', &Settings::bubble_babble},
    FlagRow{'H', &Settings::hash_hosts},
    FlagRow{'K', &Settings::download_keys},
    FlagRow{'L', &Settings::show_certificates},
    FlagRow{'Q', &Settings::query_revoked},
    FlagRow{'U', &Settings::authority_in_agent},
    FlagRow{'X', &Settings::import_key},                          // what -i was called once
    FlagRow{'c', &Settings::change_comment},
    FlagRow{'e', &Settings::export_key},
    FlagRow{'g', &Settings::generic_dns},
    FlagRow{'h', &Settings::for_hosts},
    FlagRow{'i', &Settings::import_key},
    FlagRow{'k', &Settings::write_revoked},
    FlagRow{'l', &Settings::fingerprint},
    FlagRow{'o', &Settings::openssh_form},
    FlagRow{'p', &Settings::change_passphrase},
    FlagRow{'q', &Settings::quiet},
    FlagRow{'u', &Settings::update},
    FlagRow{'v', &Settings::verbose},
    FlagRow{'y', &Settings::print_public},
};

struct ValueRow {
    char letter;
    Result<void> (*apply)(Settings& settings, std::string_view value);
};

Result<void> set_bits(Settings& settings, std::string_view value)
{
    settings.bits = parse_number<std::uint32_t>(value);
    if (!settings.bits)
        return bad_input(fmt::format("bad number of bits \"{}\"", printable(value)));
    return {};
}

Result<void> set_rounds(Settings& settings, std::string_view value)
{
    auto rounds = parse_number<std::uint32_t>(value);
    if (!rounds || *rounds == 0 || *rounds > bcrypt_rounds_limit)
        return bad_input(fmt::format("the number of rounds must be 1 to {}", bcrypt_rounds_limit));
    settings.rounds = *rounds;
    return {};
}

Result<void> set_cipher(Settings& settings, std::string_view value)
{
    if (!is_openssh_cipher(value))
        return bad_input(fmt::format("unknown cipher \"{}\", known are {}", printable(value), openssh_cipher_names()));
    settings.cipher = value;
    return {};
}

Result<void> set_format(Settings& settings, std::string_view value)
{
    if (equal_ignoring_case(value, "ssh2"))                       // its older name
        value = "RFC4716";
    for (std::string_view known : {"RFC4716", "PKCS8", "PEM"})
        if (equal_ignoring_case(value, known)) {
            settings.format = known;
            return {};
        }
    return bad_input(fmt::format("unknown format \"{}\", known are RFC4716, PKCS8 and PEM", printable(value)));
}

Result<void> set_hash(Settings& settings, std::string_view value)
{
    settings.fingerprint_hash = TRY(fingerprint_hash_named(value));
    return {};
}

Result<void> set_host(Settings& settings, std::string_view value, bool Settings::* action)
{
    settings.*action = true;
    settings.host = value;
    return {};
}

Result<void> add_option(Settings& settings, std::string_view value)
{
    settings.options.emplace_back(value);
    return {};
}

Result<void> set_text(std::optional<std::string>& place, std::string_view value)
{
    place = value;
    return {};
}

Result<void> set_secret(std::optional<SecretBytes>& place, std::string_view value)
{
    place = SecretBytes::copy_of(value);
    return {};
}

Result<void> set_action(Settings& settings, std::string_view value, bool Settings::* action)
{
    settings.*action = true;
    settings.what_to_do = value;
    return {};
}

constexpr std::array values{
    ValueRow{'C', [](Settings& s, std::string_view v) { return set_text(s.comment, v); }},
    ValueRow{'D', [](Settings& s, std::string_view v) { return set_text(s.token, v); }},
    ValueRow{'E', set_hash},
    ValueRow{'F', [](Settings& s, std::string_view v) { return set_host(s, v, &Settings::find_host); }},
    ValueRow{'I', [](Settings& s, std::string_view v) { return set_text(s.identity, v); }},
    ValueRow{'M', [](Settings& s, std::string_view v) { return set_action(s, v, &Settings::moduli); }},
    ValueRow{'N', [](Settings& s, std::string_view v) { return set_secret(s.new_passphrase, v); }},
    ValueRow{'O', add_option},
    ValueRow{'P', [](Settings& s, std::string_view v) { return set_secret(s.old_passphrase, v); }},
    ValueRow{'R', [](Settings& s, std::string_view v) { return set_host(s, v, &Settings::remove_host); }},
    ValueRow{'V', [](Settings& s, std::string_view v) { return set_text(s.validity, v); }},
    ValueRow{'Y', [](Settings& s, std::string_view v) { return set_action(s, v, &Settings::message_signatures); }},
    ValueRow{'Z', set_cipher},
    ValueRow{'a', set_rounds},
    ValueRow{'b', set_bits},
    ValueRow{'f', [](Settings& s, std::string_view v) { return set_text(s.file, v); }},
    ValueRow{'m', set_format},
    ValueRow{'n', [](Settings& s, std::string_view v) { return set_text(s.names, v); }},
    ValueRow{'r', [](Settings& s, std::string_view v) { return set_host(s, v, &Settings::dns_records); }},
    ValueRow{'s', [](Settings& s, std::string_view v) { return set_text(s.authority, v); }},
    ValueRow{'t', [](Settings& s, std::string_view v) { return set_text(s.type, v); }},
    ValueRow{'w', [](Settings& s, std::string_view v) { return set_text(s.token_library, v); }},
    ValueRow{'z', [](Settings& s, std::string_view v) { return set_text(s.serial, v); }},
};

std::string option_letters()
{
    std::string letters = "+";                                    // options end where something else begins
    for (auto& row : flags)
        letters += row.letter;
    for (auto& row : values)
        letters.append({row.letter, ':'});
    return letters;
}

// Letters that mean different things to different actions.
void settle_meanings(Settings& settings)
{
    if (settings.message_signatures) {
        settings.signature_file = std::exchange(settings.authority, std::nullopt);
        if (std::exchange(settings.dns_records, false))
            settings.revoked_file = settings.host;
    }
    settings.sign_certificates = settings.authority && !settings.write_revoked && !settings.query_revoked;
    settings.download_keys = settings.download_keys || (settings.token && !settings.sign_certificates);
}

bool takes_files(const Settings& settings)
{
    return settings.message_signatures || settings.query_revoked || settings.write_revoked || settings.sign_certificates ||
           settings.moduli;
}

} // namespace

bool Settings::wants_format(std::string_view name) const { return format == name; }

KeyFileStyle Settings::style() const
{
    auto form = wants_format("PEM") ? KeyFileForm::pem
        : wants_format("PKCS8")     ? KeyFileForm::pkcs8
                                    : KeyFileForm::openssh;
    return {form, cipher, rounds};
}

Result<Settings> parse_arguments(int count, char** arguments)
{
    Settings settings;
    const auto letters = option_letters();
    constexpr std::array long_options{::option{"help", no_argument, nullptr, '?'}, ::option{}};
    opterr = 0;
    for (int letter; (letter = getopt_long(count, arguments, letters.c_str(), long_options.data(), nullptr)) != -1;) {
        auto flag = std::ranges::find(flags, letter, &FlagRow::letter);
        auto value = std::ranges::find(values, letter, &ValueRow::letter);
        if (flag != flags.end()) {
            settings.*flag->member = true;
        } else if (value != values.end()) {
            TRY(value->apply(settings, optarg));
        } else {
            settings.help = true;
        }
    }
    settings.arguments.assign(arguments + optind, arguments + count);
    settle_meanings(settings);
    if (!settings.arguments.empty() && !takes_files(settings))
        settings.mistake = fmt::format("too many arguments, beginning with \"{}\"", printable(settings.arguments[0]));
    else if (settings.change_passphrase && settings.change_comment)
        settings.mistake = "-p and -c are two actions: give one of them";
    return settings;
}

std::string_view usage()
{
    return R"(usage: ssh-keygen [-q] [-a rounds] [-b bits] [-C comment] [-f file] [-m format]
                  [-N passphrase] [-O option] [-t type] [-w library] [-Z cipher]
       ssh-keygen -p [-a rounds] [-f file] [-m format] [-N new] [-O option] [-P old]
                  [-Z cipher]
       ssh-keygen -K [-a rounds] [-w library]
       ssh-keygen -D library [-l]
       ssh-keygen -c [-a rounds] [-C comment] [-f file] [-P passphrase]
       ssh-keygen -y [-f file] [-P passphrase]
       ssh-keygen -i [-f file] [-m format]
       ssh-keygen -e [-f file] [-m format]
       ssh-keygen -l [-v] [-E hash] [-f file]
       ssh-keygen -B [-f file]
       ssh-keygen -F host [-l | -H] [-q] [-f known_hosts]
       ssh-keygen -R host [-q] [-f known_hosts]
       ssh-keygen -H [-q] [-f known_hosts]
       ssh-keygen -r name [-g] [-O hashalg=sha1 | sha256] [-f file]
       ssh-keygen -s ca_key -I key_id [-hU] [-n names] [-O option] [-t algorithm]
                  [-V validity] [-z serial] file ...
       ssh-keygen -L [-f file]
       ssh-keygen -A [-a rounds] [-f prefix]
       ssh-keygen -k -f krl [-u] [-s ca_public] [-z version] file ...
       ssh-keygen -Q [-l] -f krl [file ...]
       ssh-keygen -Y sign -f key -n namespace [-O hashalg=hash] [-U] [file ...]
       ssh-keygen -Y verify -f allowed_signers -I signer -n namespace -s signature
                  [-O option] [-r revoked]
       ssh-keygen -Y find-principals -s signature -f allowed_signers [-O option]
       ssh-keygen -Y match-principals -I signer -f allowed_signers
       ssh-keygen -Y check-novalidate -n namespace -s signature [-O option]
)";
}

} // namespace nacre::keygen
