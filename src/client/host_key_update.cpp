#include "client/host_key_update.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/text.h"
#include "config/none.h"
#include "connection/global_requests.h"
#include "crypto/random.h"
#include "keys/fingerprint.h"
#include "keys/known_hosts.h"
#include "os/safe_file.h"
#include "wire/name_list.h"

namespace nacre {
bool HostKeyUpdate::is_acceptable(const PublicKey& key) const
{
    if (key.kind() == KeyKind::rsa && key.bits() < options_.required_rsa_size) {
        log_.debug1("UpdateHostKeys: an RSA key of {} bits is passed over (RequiredRSASize)", key.bits());
        return false;
    }
    return !key.is_certificate() && std::ranges::any_of(split(options_.host_key_algorithms, ','), [&](auto name) {
        auto* row = find_signature_algorithm(name);
        return row && row->kind == key.kind();
    });
}

// Types that we do not know or would not use are passed over.
Result<std::vector<PublicKey>> HostKeyUpdate::acceptable_keys(Bytes details) const
{
    std::vector<PublicKey> keys;
    Reader reader{details};
    for (std::size_t count = 0; reader.left() > 0 && reader.ok(); ++count) {
        if (count == most_keys)
            return peer_misbehaved("too many host keys");
        auto key = PublicKey::from_blob(reader.string());
        if (key && is_acceptable(*key) && std::ranges::find(keys, *key) == keys.end())
            keys.push_back(std::move(*key));
    }
    TRY(reader.finish(HostKeys::name));
    return keys;
}

Result<std::vector<HostKeyUpdate::File>> HostKeyUpdate::files() const
{
    std::vector<File> files;
    for (auto& written : options_.user_known_hosts_file) {
        if (is_none(written))
            continue;
        auto path = TRY(configuration_.expand_file(written));
        auto content = read_file(path, known_hosts_limit);
        if (!content && content.error().os_error != ENOENT)
            return fail(content.error());
        files.push_back({path, content ? std::string{as_text(*content)} : std::string{}});
    }
    if (files.empty())
        return bad_input("there is no file of the user's");
    return files;
}

void HostKeyUpdate::announced(Bytes details)
{
    if (std::exchange(seen_, true))
        return;
    auto keys = acceptable_keys(details);
    auto known = keys ? files() : Result<std::vector<File>>{fail(keys.error())};
    if (!known) {
        log_.debug1("UpdateHostKeys: {}", known.error().what);
        return;
    }
    if (keys->empty())
        return;
    std::vector<std::string> texts;
    for (auto& file : *known)
        texts.push_back(file.text);
    auto changes = compare_host_keys(texts, names_, *keys);
    if (!changes.obstacle.empty())
        log_.debug1("UpdateHostKeys: {}", changes.obstacle);
    if (!changes.any())
        return;
    if (changes.fresh.empty()) {
        apply(changes);
        return;
    }
    ByteVector blobs;
    for (auto& key : changes.fresh)
        Writer{blobs}.string(key.blob());
    questions_.ask(HostKeysProve{Rest{blobs}}, [this, changes](const GlobalAnswered& answer) -> Result<void> {
        proved(changes, answer);
        return {};
    });
}

void HostKeyUpdate::proved(HostKeyChanges changes, const GlobalAnswered& answer)
{
    auto good = answer.success ? check_proofs(changes.fresh, answer.details)
                               : Result<void>{peer_misbehaved("the server does not prove its keys")};
    if (good)
        apply(changes);
    else
        log_.error("UpdateHostKeys: {}", good.error().what);
}

Result<void> HostKeyUpdate::check_proofs(const std::vector<PublicKey>& keys, Bytes signatures) const
{
    Reader reader{signatures};
    for (auto& key : keys) {
        auto signature = reader.string();
        auto label = Reader{signature}.text();
        auto* algorithm = find_signature_algorithm(label);
        if (!algorithm || algorithm->kind != key.kind() || !list_contains(options_.host_key_algorithms, label))
            return peer_misbehaved("a proof by an algorithm that is not acceptable");
        auto proof = encode(HostKeyProof{.session_id = session_id_, .key = key.blob()});
        TRY(key.verify(label, proof, signature, no_token_demands));
    }
    return reader.finish(HostKeysProve::name);
}

bool HostKeyUpdate::person_agrees(const HostKeyChanges& changes) const
{
    auto tell = [&](std::string_view what, const PublicKey& key) {
        auto line = fmt::format("{}: {} {}", what, key.type().short_name, fingerprint(key, options_.fingerprint_hash));
        if (options_.update_host_keys == YesNoAsk::ask)
            log_.info("{}", line);
        else
            log_.verbose("{}", line);
    };
    for (auto& key : changes.fresh)
        tell("Learned new hostkey", key);
    for (auto& key : changes.stale)
        tell("Deprecating obsolete hostkey", key);
    if (options_.update_host_keys != YesNoAsk::ask)
        return true;
    log_.info("The server has updated its host keys, and proved it by the one that you trust.");
    std::optional<std::string> answer;
    aside_([&] { answer = person_.ask_in_the_open("Accept updated hostkeys? (yes/no): "); });
    return answer && equal_ignoring_case(trim(*answer), "yes");
}

void HostKeyUpdate::apply(const HostKeyChanges& changes)
{
    if (!person_agrees(changes))
        return;
    if (auto written = write(changes); !written)
        log_.error("UpdateHostKeys: {}", written.error().what);
}

// The files are read again: the proof took a while.
Result<void> HostKeyUpdate::write(const HostKeyChanges& changes) const
{
    auto known = TRY(files());
    SystemRandom random;
    for (auto& file : known) {
        auto text = without_host_keys(file.text, names_, changes.stale);
        if (&file == &known.front()) {
            if (!text.empty() && !text.ends_with('\n'))
                text += '\n';
            for (auto& key : changes.fresh)
                text += known_hosts_line(options_.hash_known_hosts ? hash_host_name(names_[0], random) : names_[0], key);
        }
        if (text == file.text)
            continue;
        if (file.text.empty())
            TRY(replace_file(file.path, as_bytes(text)));
        else
            TRY(replace_file_keeping_old(file.path, as_bytes(file.text), as_bytes(text)));
    }
    return {};
}

} // namespace nacre
