#include "tools/keygen/keygen.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "os/print.h"
#include "os/signals.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"
#include "tools/letters.h"

namespace nacre {

namespace {

using namespace keygen;

struct ActionRow {
    bool Settings::* flag;
    Result<int> (*run)(const Settings& settings);
    bool is_about_a_key = false;                                  // whose file is asked for where there is no -f
};

// The first whose flag is set; without any, a key is made.
constexpr std::array actions{
    ActionRow{&Settings::message_signatures, handle_message_signatures},
    ActionRow{&Settings::query_revoked, query_revocation_list},
    ActionRow{&Settings::write_revoked, write_revocation_list},
    ActionRow{&Settings::show_certificates, keygen::show_certificates, true},
    ActionRow{&Settings::make_host_keys, keygen::make_host_keys},
    ActionRow{&Settings::sign_certificates, keygen::sign_certificates},
    ActionRow{&Settings::moduli, handle_moduli},
    ActionRow{&Settings::download_keys, download_keys_of_token},
    ActionRow{&Settings::find_host, find_host},
    ActionRow{&Settings::remove_host, remove_host},
    ActionRow{&Settings::hash_hosts, hash_hosts},
    ActionRow{&Settings::dns_records, print_dns_records},
    ActionRow{&Settings::fingerprint, show_fingerprints, true},
    ActionRow{&Settings::bubble_babble, show_fingerprints, true},
    ActionRow{&Settings::change_passphrase, keygen::change_passphrase, true},
    ActionRow{&Settings::change_comment, keygen::change_comment, true},
    ActionRow{&Settings::export_key, keygen::export_key, true},   // before what only asks for the public half (-ye)
    ActionRow{&Settings::import_key, keygen::import_key, true},
    ActionRow{&Settings::print_public, print_public_half, true},
};

Result<int> run_action(Settings& settings)
{
    auto row = std::ranges::find_if(actions, [&](auto& one) { return settings.*one.flag; });
    if (row == actions.end())
        return generate_key(settings);
    if (row->is_about_a_key && !settings.file) {
        auto answer = ask_key_to_use(settings);
        if (!answer)
            return give_up(answer.error());
        settings.file = std::move(*answer);
    }
    return row->run(settings);
}

} // namespace

int keygen::give_up(const Error& why)
{
    say(stderr, "ssh-keygen: {}\n", why.what);
    return exit_failed;
}

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
    if (settings && !settings->mistake.empty())
        return give_up(bad_input(settings->mistake).error());
    auto status = settings ? run_action(*settings) : Result<int>{fail(std::move(settings.error()))};
    if (!status)
        say(stderr, "ssh-keygen: {}\n", status.error().what);
    return status ? *status : exit_error;
}

} // namespace nacre
