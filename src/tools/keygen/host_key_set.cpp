// The keys that a new host needs: -A.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

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

} // namespace

Result<int> make_host_keys(const Settings& settings)
{
    bool said = false;
    for (auto& row : host_keys) {
        auto& type = key_type(row.kind);
        auto file = fmt::format("{}/etc/ssh/ssh_host_{}_key", settings.file.value_or(""), type.option_name);
        if (auto facts = file_facts(file); facts && facts->size > 0)
            continue;
        if (!settings.quiet) {
            say("{}{} ", said ? "" : "ssh-keygen: generating new host keys: ", type.short_name);
            std::fflush(stdout);
        }
        said = true;
        auto key = TRY(PrivateKey::generate(row.kind, row.bits));
        auto comment = settings.comment.value_or(own_name());
        TRY(save_private(settings, file, key, comment, SecretBytes{}));
        TRY(save_public(file, key.public_key(), comment));
    }
    if (said && !settings.quiet)
        say("\n");
    return exit_ok;
}

} // namespace nacre::keygen
