#include "client/identities.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "keys/key_file.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "os/user.h"

namespace nacre {
namespace {

constexpr unsigned passphrase_attempts = 3;

struct PrivateFile {
    SecretBytes content;
    FileFacts facts;
};

Result<PrivateFile> open_private(const std::string& path)
{
    auto file = TRY(open_to_read(path));
    PrivateFile opened;
    opened.facts = TRY(file_facts(file.number()));
    opened.content = TRY(read_secret_file(file.number(), key_file_limit));
    return opened;
}

std::optional<PublicKey> read_public_file(const std::string& path)
{
    auto content = read_file(path, key_file_limit);
    if (!content)
        return std::nullopt;
    auto parsed = parse_public_key(*content);
    if (!parsed)
        return std::nullopt;
    return std::move(parsed->key);
}

} // namespace

std::vector<std::string> unprotected_key_warning(const std::string& path, unsigned mode)
{
    constexpr std::string_view rule = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
    return {
        std::string{rule},
        "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @",
        std::string{rule},
        fmt::format("Permissions {:04o} for '{}' are too open: others may read this private key.", mode, path),
        fmt::format("It will not be used.  To keep it to yourself: chmod 600 '{}'", path),
        fmt::format("Load key \"{}\": bad permissions", path),
    };
}

Identities Identities::load(const Configuration& configuration, const Person& person, Log& log)
{
    Identities identities{person, log};
    auto& origins = configuration.provenance().of("IdentityFile");
    auto& files = configuration.options().identity_file;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i] == "none")
            continue;
        auto path = configuration.expand_file(files[i]);
        if (!path) {
            log.error("IdentityFile {}: {}", printable(files[i]), path.error().what);
            continue;
        }
        bool from_command_line = i < origins.size() && origins[i].line == 0;
        identities.load_file(*path, from_command_line);
    }
    identities.certificates_ = load_certificates(configuration, log);
    return identities;
}

void Identities::load_file(const std::string& path, bool told_if_missing)
{
    auto opened = open_private(path);
    if (!opened) {
        auto why = opened.error().os_error != 0 ? os_error_text(opened.error().os_error) : opened.error().what;
        if (told_if_missing)
            log_.info("Warning: Identity file {} not accessible: {}.", printable(path), why);
        else
            log_.debug1("identity file {}: {}", printable(path), why);
        return;
    }
    // The public half was named: the private one lies beside it.
    if (path.ends_with(".pub") && parse_public_key(opened->content.bytes())) {
        load_file(path.substr(0, path.size() - 4), told_if_missing);
        return;
    }
    if (is_too_open(opened->facts, real_uid())) {
        for (auto& line : unprotected_key_warning(path, opened->facts.mode & 07777))
            log_.error("{}", line);
        return;
    }
    auto parsed = parse_private_key(opened->content.bytes(), {});
    if (parsed) {
        auto public_key = parsed->key.public_key();
        if (add({path, std::move(public_key), std::move(parsed->key)}))
            log_.debug1("identity file {} type {}", printable(path), entries_.back().public_key.type().name);
        return;
    }
    if (!wants_passphrase(parsed.error())) {
        log_.error("Load key \"{}\": {}", printable(path), parsed.error().what);
        return;
    }
    std::optional<PublicKey> public_key;
    if (auto half = parse_public_half(opened->content.bytes()))
        public_key = std::move(half->key);
    else
        public_key = read_public_file(path + ".pub");
    if (!public_key) {
        // Only the passphrase can show which key this is.
        log_.debug1("identity file {}: encrypted, and there is no {}.pub", printable(path), printable(path));
        return;
    }
    if (add({path, std::move(*public_key), std::nullopt}))
        log_.debug1("identity file {} type {}, with a passphrase", printable(path),
                    entries_.back().public_key.type().name);
}

bool Identities::add(Entry entry)
{
    auto same = [&](const Entry& other) { return other.public_key == entry.public_key; };
    if (std::ranges::any_of(entries_, same))
        return false;
    entries_.push_back(std::move(entry));
    return true;
}

std::vector<CandidateKey> Identities::candidates()
{
    std::vector<CandidateKey> keys;
    offers_.clear();
    for (std::size_t i = 0; i < certificates_.size(); ++i) {
        auto holder = std::ranges::find(entries_, certificates_[i].certificate.plain(), &Entry::public_key);
        if (holder == entries_.end())
            continue;
        offers_.push_back({static_cast<std::size_t>(holder - entries_.begin()), i});
        keys.push_back({to_vector(certificates_[i].certificate.blob()), printable(certificates_[i].path),
                        holder->private_key.has_value()});
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto& entry = entries_[i];
        offers_.push_back({i, std::nullopt});
        keys.push_back({to_vector(entry.public_key.blob()), printable(entry.path), entry.private_key.has_value()});
    }
    return keys;
}

std::optional<ByteVector> Identities::sign(std::size_t index, std::string_view algorithm, Bytes data)
{
    auto& entry = entries_.at(offers_.at(index).entry);
    // With a certificate the key signs as it does without.
    if (auto* row = find_signature_algorithm(algorithm))
        algorithm = row->label;
    if (!entry.private_key && !unlock(entry))
        return std::nullopt;
    auto signature = entry.private_key->sign(algorithm, data);
    if (!signature) {
        log_.error("{}: {}", printable(entry.path), signature.error().what);
        return std::nullopt;
    }
    return std::move(*signature);
}

bool Identities::unlock(Entry& entry)
{
    auto opened = open_private(entry.path);
    if (!opened) {
        log_.error("{}", opened.error().what);
        return false;
    }
    auto prompt = fmt::format("Enter passphrase for key '{}': ", printable(entry.path));
    for (unsigned attempt = 0; attempt < passphrase_attempts; ++attempt) {
        auto passphrase = person_.ask(prompt);
        if (!passphrase || passphrase->empty())
            return false;
        auto parsed = parse_private_key(opened->content.bytes(), passphrase->text());
        if (parsed && parsed->key.public_key() == entry.public_key) {
            entry.private_key = std::move(parsed->key);
            return true;
        }
        if (parsed) {
            log_.error("{}: the private key and {}.pub do not belong together", printable(entry.path),
                       printable(entry.path));
            return false;
        }
        if (!wants_passphrase(parsed.error())) {
            log_.error("Load key \"{}\": {}", printable(entry.path), parsed.error().what);
            return false;
        }
        log_.debug1("that passphrase does not open {}", printable(entry.path));
    }
    return false;
}

} // namespace nacre
