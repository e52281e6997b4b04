// The keys that a new host needs: -A.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "os/print.h"
#include "os/safe_file.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"

namespace nacre::keygen {

namespace {

struct HostKeyRow {
    KeyKind kind;
    std::uint32_t bits;
};

constexpr std::array host_keys{
    HostKeyRow{KeyKind::rsa, 3072},
    HostKeyRow{KeyKind::ecdsa_nistp256, 0},
    HostKeyRow{KeyKind::ed25519, 0},
};

// The private file last: while it is missing, the next run makes both.
Result<void> make_host_key(const Settings& settings, const HostKeyRow& row, const std::string& file)
{
    auto key = TRY(PrivateKey::generate(row.kind, row.bits));
    auto comment = settings.comment.value_or(own_name());
    TRY(save_public(file, key.public_key(), comment));
    return save_private(settings, file, key, comment, SecretBytes{});
}

} // namespace

Result<int> make_host_keys(const Settings& settings)
{
    bool said = false;
    std::vector<Error> failures;
    for (auto& row : host_keys) {
        auto& type = key_type(row.kind);
        auto file = fmt::format("{}/etc/ssh/ssh_host_{}_key", settings.file.value_or(""), type.option_name);
        if (auto facts = file_facts(file); facts && facts->size > 0)
            continue;
        if (!settings.quiet) {
            say("{}{} ", said ? "" : "ssh-keygen: generating new host keys: ", type.short_name);
            flush_text(stdout);
        }
        said = true;
        if (auto made = make_host_key(settings, row, file); !made)
            failures.push_back(std::move(made.error()));
    }
    if (said && !settings.quiet)
        say("\n");
    flush_text(stdout);
    for (auto& failure : failures)
        say(stderr, "ssh-keygen: {}\n", failure.what);
    return failures.empty() ? exit_ok : exit_error;
}

} // namespace nacre::keygen
