#include "tools/keygen/keygen.h"

#include <array>
#include <cstdio>

#include "os/print.h"
#include "os/signals.h"
#include "tools/keygen/actions.h"
#include "tools/letters.h"

namespace nacre {

namespace {

using namespace keygen;

struct ActionRow {
    bool Settings::* flag;
    Result<int> (*run)(const Settings& settings);
};

// The first whose flag is set; without any, a key is made.
constexpr std::array actions{
    ActionRow{&Settings::message_signatures, handle_message_signatures},
    ActionRow{&Settings::query_revoked, query_revocation_list},
    ActionRow{&Settings::write_revoked, write_revocation_list},
    ActionRow{&Settings::show_certificates, keygen::show_certificates},
    ActionRow{&Settings::make_host_keys, keygen::make_host_keys},
    ActionRow{&Settings::sign_certificates, keygen::sign_certificates},
    ActionRow{&Settings::moduli, handle_moduli},
    ActionRow{&Settings::download_keys, download_keys_of_token},
    ActionRow{&Settings::find_host, find_host},
    ActionRow{&Settings::remove_host, remove_host},
    ActionRow{&Settings::hash_hosts, hash_hosts},
    ActionRow{&Settings::dns_records, print_dns_records},
    ActionRow{&Settings::fingerprint, show_fingerprints},
    ActionRow{&Settings::bubble_babble, show_fingerprints},
    ActionRow{&Settings::change_passphrase, keygen::change_passphrase},
    ActionRow{&Settings::change_comment, keygen::change_comment},
    ActionRow{&Settings::print_public, print_public_half},
    ActionRow{&Settings::export_key, keygen::export_key},
    ActionRow{&Settings::import_key, keygen::import_key},
};

Result<int> run_action(const Settings& settings)
{
    for (auto& row : actions)
        if (settings.*row.flag)
            return row.run(settings);
    return generate_key(settings);
}

} // namespace

int run_keygen(int count, char** arguments)
{
    ignore_broken_pipes();                                        // a token's helper may end early
    if (answers_help(count, arguments, usage()))
        return 0;
    auto settings = parse_arguments(count, arguments);
    if (settings && settings->help) {
        say(stderr, "{}", usage());
        return exit_failed;
    }
    auto status = settings ? run_action(*settings) : Result<int>{fail(std::move(settings.error()))};
    if (!status)
        say(stderr, "ssh-keygen: {}\n", status.error().what);
    bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    return !status || !written ? exit_error : *status;
}

} // namespace nacre
