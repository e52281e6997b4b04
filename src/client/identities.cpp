#include "client/identities.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <map>
#include <utility>

#include "base/text.h"
#include "config/none.h"
#include "keys/certificate.h"
#include "keys/key_file.h"
#include "os/safe_file.h"
#include "os/system_error.h"
#include "os/user.h"

namespace nacre {
namespace {

struct PrivateFile {
    SecretBytes content;
    FileFacts facts;
};

Result<PrivateFile> open_private(const std::string& path)
{
    auto file = TRY(open_to_read(path, FifoWriter::awaited));
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

// What an agent holds is offered in the order in which it costs somebody something, as OpenSSH does it.
enum class Effort { certificate_without_touch, certificate, certificate_with_pin, key };

Effort effort_with(const PublicKey& key)
{
    if (!key.is_certificate())
        return Effort::key;
    auto certificate = parse_certificate(key);
    if (!certificate)
        return Effort::certificate;
    auto has = [](auto& options, std::string_view name) {
        return std::ranges::find(options, name, &CertificateOption::name) != options.end();
    };
    if (has(certificate->terms.critical_options, "verify-required"))
        return Effort::certificate_with_pin;
    return has(certificate->terms.extensions, "no-touch-required") ? Effort::certificate_without_touch : Effort::certificate;
}

// Why a key is not even offered.  A server would count a certificate that does not hold now as a failed attempt.
std::string why_unfit(const PublicKey& key, std::uint32_t required_rsa_size)
{
    if (key.type().plain_kind == KeyKind::rsa && key.bits() < required_rsa_size)
        return fmt::format("an RSA key of {} bits; RequiredRSASize asks for {}", key.bits(), required_rsa_size);
    if (!key.is_certificate())
        return {};
    auto certificate = parse_certificate(key);
    if (!certificate)
        return certificate.error().what;
    bool holds = is_valid_at(certificate->terms, static_cast<std::uint64_t>(std::time(nullptr)));
    return holds ? "" : "has expired, or is not valid yet";
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
    Identities identities{configuration.options(), person, log};
    identities.load_token_keys();
    auto& origins = configuration.provenance().of("IdentityFile");
    auto& files = configuration.options().identity_file;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (is_none(files[i]))
            continue;
        auto path = configuration.expand_file(files[i]);
        if (!path) {
            log.error("IdentityFile {}: {}", printable(files[i]), path.error().what);
            continue;
        }
        bool from_command_line = i < origins.size() && origins[i].is_command_line();
        identities.load_file(*path, from_command_line);
    }
    identities.certificates_ = load_certificates(configuration, log);
    return identities;
}

void Identities::load_file(const std::string& path, bool told_if_missing)
{
    auto opened = open_private(path);
    if (!opened) {
        // The private half may be the agent's alone.
        if (load_public_file(path) && opened.error().os_error == ENOENT)
            return;
        auto why = opened.error().os_error != 0 ? os_error_text(opened.error().os_error) : opened.error().what;
        if (told_if_missing)
            log_.error("Warning: Identity file {} not accessible: {}.", printable(path), why);
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
        leave_to_agent(path, unprotected_key_warning(path, opened->facts.mode & 07777));
        return;
    }
    auto parsed = parse_private_key(opened->content.bytes(), {});
    if (parsed) {
        auto public_key = parsed->key.public_key();
        if (add({.name = path,
                 .path = path,
                 .public_key = std::move(public_key),
                 .private_key = std::move(parsed->key),
                 .comment = std::move(parsed->comment)}))
            log_.debug1("identity file {} type {}", printable(path), entries_.back().public_key->type().name);
        return;
    }
    if (!wants_passphrase(parsed.error())) {
        leave_to_agent(path, {fmt::format("Load key \"{}\": {}", printable(path), parsed.error().what)});
        return;
    }
    load_locked_file(path, opened->content.bytes());
}

void Identities::load_locked_file(const std::string& path, Bytes content)
{
    std::optional<PublicKey> public_key;
    if (auto half = parse_public_half(content))
        public_key = std::move(half->key);
    else
        public_key = read_public_file(path + ".pub");
    auto type = public_key ? public_key->type().name : "unknown, there is no .pub beside it";
    if (add({path, path, std::move(public_key), std::nullopt}))
        log_.debug1("identity file {} type {}, with a passphrase", printable(path), type);
}

// An agent needs no file.
void Identities::leave_to_agent(const std::string& path, std::vector<std::string> why)
{
    if (load_public_file(path, why))
        return;
    for (auto& line : why)
        log_.error("{}", line);
}

bool Identities::load_public_file(const std::string& path, std::vector<std::string> unusable)
{
    auto key = read_public_file(path + ".pub");
    if (!key)
        return false;
    bool is_new = false;
    if (key->is_certificate())                                    // the agent may have the key without it
        is_new = add({.name = path, .path = {}, .public_key = key->plain(), .private_key = {}, .unusable = unusable});
    is_new |= add({.name = path, .path = {}, .public_key = *key, .private_key = {}, .unusable = std::move(unusable)});
    if (is_new)
        log_.debug1("identity file {} type {}, public half only", printable(path), key->type().name);
    return is_new;
}

void Identities::load_token_keys()
{
    auto& library = options_.pkcs11_provider;
    if (is_unset(library))
        return;
    auto loaded = Pkcs11Keys::load(library, person_at_token());
    if (!loaded) {
        log_.error("PKCS11Provider {}: {}", printable(library), loaded.error().what);
        return;
    }
    token_ = std::move(*loaded);
    for (auto& one : token_->keys()) {
        auto name = one.label.empty() ? library : one.label;
        if (add({name, {}, one.key, std::nullopt, false, true}))
            log_.debug1("key of token {} \"{}\" type {}", printable(library), printable(name), one.key.type().name);
    }
}

bool Identities::is_unfit(const PublicKey& key, const std::string& name)
{
    auto why = why_unfit(key, options_.required_rsa_size);
    if (why.empty())
        return false;
    left_out_.push_back(fmt::format("{} \"{}\": {}", key.is_certificate() ? "certificate" : "key", printable(name), why));
    log_.debug1("{}: not offered", left_out_.back());
    return true;
}

bool Identities::add(Entry entry)
{
    auto same = [&](const Entry& other) {
        return entry.public_key ? other.is(*entry.public_key) : !other.public_key && other.path == entry.path;
    };
    if (std::ranges::any_of(entries_, same) || (entry.public_key && is_unfit(*entry.public_key, entry.name)))
        return false;
    entries_.push_back(std::move(entry));
    return true;
}

void Identities::use_agent(std::optional<AgentLink> agent)
{
    for (auto& entry : entries_)                                  // it may show this connection other keys than the one before
        entry.in_agent = false;
    if (agent) {
        if (auto held = agent->identities())
            take_agent_keys(std::move(*held));
        else
            log_.info("Warning: the agent does not list its keys: {}", held.error().what);
        agent_ = std::move(agent);
    }
    for (auto& entry : entries_)
        if (!entry.in_agent)
            for (auto& line : std::exchange(entry.unusable, {}))
                log_.error("{}", line);
}

void Identities::take_agent_keys(std::vector<agent::Identity> held)
{
    log_.debug1("the agent has {} keys", held.size());
    std::vector<Entry> preferred;
    std::multimap<Effort, Entry> others;                          // the agent's order among equals
    for (auto& identity : held) {
        auto key = PublicKey::from_blob(identity.key);
        if (!key) {
            log_.debug1("agent key \"{}\": {}", printable(identity.comment), key.error().what);
            continue;
        }
        if (is_unfit(*key, identity.comment))
            continue;
        auto same = std::ranges::find_if(entries_, [&](auto& entry) { return entry.is(*key); });
        if (same != entries_.end()) {
            same->in_agent = true;
            preferred.push_back(std::move(*same));
            entries_.erase(same);
        } else if (!options_.identities_only ||
                   std::ranges::find(certificates_, *key, &OwnCertificate::certificate) != certificates_.end()) {
            auto effort = effort_with(*key);
            others.emplace(effort, Entry{identity.comment, {}, std::move(*key), std::nullopt, true});
        }
    }
    for (auto& [effort, entry] : others)
        preferred.push_back(std::move(entry));
    std::ranges::move(entries_, std::back_inserter(preferred));
    entries_ = std::move(preferred);
}

std::vector<CandidateKey> Identities::candidates()
{
    std::vector<CandidateKey> keys;
    offers_.clear();
    auto offer = [&](const PublicKey& shown, const std::string& name, Offer signer) {
        bool known = std::ranges::any_of(keys, [&](auto& key) { return same_bytes(key.blob, shown.blob()); });
        if (known)
            return;
        offers_.push_back(signer);
        auto& entry = entries_[signer.entry];
        bool asked_before_use = options_.add_keys_to_agent.when == AddKeysToAgent::When::ask;
        keys.push_back({to_vector(shown.blob()), printable(name), entry.signs_freely() && !asked_before_use,
                        entry.in_agent && !entry.in_token && !entry.is_of_security_key()});
    };
    auto holder_of = [&](const PublicKey& key) {
        return std::ranges::find_if(entries_, [&](auto& entry) { return entry.is(key) && entry.can_sign(); });
    };
    for (std::size_t i = 0; i < certificates_.size(); ++i) {
        auto& certificate = certificates_[i].certificate;
        auto holder = holder_of(certificate.plain());
        if (holder == entries_.end())
            holder = holder_of(certificate);
        if (holder != entries_.end())
            offer(certificate, certificates_[i].path, {static_cast<std::size_t>(holder - entries_.begin()), i});
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (!entries_[i].can_sign())
            continue;
        if (entries_[i].public_key) {
            offer(*entries_[i].public_key, entries_[i].name, {i, std::nullopt});
        } else {
            offers_.push_back({i, std::nullopt});
            keys.push_back({.blob = {}, .name = printable(entries_[i].name)});
        }
    }
    return keys;
}

std::optional<ByteVector> Identities::open(std::size_t index)
{
    auto& entry = entries_.at(offers_.at(index).entry);
    if (!unlock(entry))
        return std::nullopt;
    return to_vector(entry.public_key->blob());
}

std::string_view Identities::signer_of(std::size_t index) const
{
    auto& entry = entries_.at(offers_.at(index).entry);
    return entry.in_token ? "token" : entry.in_agent ? "agent" : "file";
}

std::optional<ByteVector> Identities::sign(std::size_t index, std::string_view algorithm, Bytes data)
{
    auto& entry = entries_.at(offers_.at(index).entry);
    // With a certificate the key signs as it does without.
    if (auto* row = find_signature_algorithm(algorithm))
        algorithm = row->label;
    if (entry.in_token)
        return sign_with_token(entry, algorithm, data);
    // Also if there is a file: the agent may know the token's PIN, or have promised to ask before it signs.
    if (entry.in_agent)
        return sign_with_agent(entry, algorithm, data);
    if (!entry.private_key && !unlock(entry))
        return std::nullopt;
    add_to_agent(entry);
    auto signature = sign_with_file(entry, algorithm, data);
    if (!signature) {
        log_.error("sign_and_send_pubkey: signing failed for {} \"{}\": {}", entry.public_key->type().short_name,
                   printable(entry.path), signature.error().what);
        return std::nullopt;
    }
    return std::move(*signature);
}

TokenPerson Identities::person_at_token() const
{
    return {.ask_pin = [this](const std::string& prompt) { return person_.ask(prompt); },
            .tell = [this](const std::string& line) { log_.info("{}", line); }};
}

// A token waits for its person, who may be asked for a PIN.
Result<ByteVector> Identities::sign_with_file(const Entry& entry, std::string_view algorithm, Bytes data)
{
    return sign_anywhere(*entry.private_key, algorithm, data, options_.security_key_provider, entry.path,
                         person_at_token());
}

std::optional<ByteVector> Identities::sign_with_token(const Entry& entry, std::string_view algorithm, Bytes data)
{
    auto signature = token_->sign(*entry.public_key, algorithm, data, person_at_token());
    if (signature)
        return std::move(*signature);
    log_.error("signing failed for {} \"{}\" of the token: {}", entry.public_key->type().short_name,
               printable(entry.name), signature.error().what);
    return std::nullopt;
}

std::optional<ByteVector> Identities::sign_with_agent(Entry& entry, std::string_view algorithm, Bytes data)
{
    auto signature = agent_->sign(entry.public_key->blob(), algorithm, data);
    if (signature)
        return std::move(*signature);
    log_.error("signing failed for {} \"{}\" from agent: {}", entry.public_key->type().short_name, printable(entry.name),
               signature.error().what);
    return std::nullopt;
}

bool Identities::may_add(const Entry& entry) const
{
    using When = AddKeysToAgent::When;
    auto when = options_.add_keys_to_agent.when;
    if (when != When::ask)
        return when != When::no;
    auto comment = entry.comment.empty() ? std::string{} : fmt::format(" ({})", printable(entry.comment));
    return person_.agrees(fmt::format("Add key {}{} to agent?", printable(entry.name), comment));
}

void Identities::add_to_agent(Entry& entry)
{
    if (!agent_ || entry.was_given_to_agent || entry.path.empty() || !may_add(entry))
        return;
    entry.was_given_to_agent = true;                              // once is enough, however it ends
    auto& how = options_.add_keys_to_agent;
    agent::Constraints constraints;
    if (entry.is_of_security_key())
        constraints.sk_provider = security_key_provider(options_.security_key_provider).value_or("");
    constraints.confirm = how.when == AddKeysToAgent::When::confirm;
    if (how.lifetime.count() > 0)
        constraints.lifetime = how.lifetime;
    auto& comment = entry.comment.empty() ? entry.path : entry.comment;
    // Over the connection that knows our session the agent takes no library, as from a forwarding.
    auto unbound = agent_->connect_again();
    if (auto added = unbound ? unbound->add(*entry.private_key, comment, constraints) : fail(unbound.error()); added)
        log_.debug1("identity added to agent: {}", printable(entry.path));
    else
        log_.debug1("could not add identity to agent: {} ({})", printable(entry.path), added.error().what);
}

bool Identities::unlock(Entry& entry)
{
    auto opened = open_private(entry.path);
    if (!opened) {
        log_.error("{}", opened.error().what);
        return false;
    }
    auto prompt = fmt::format("Enter passphrase for key '{}': ", printable(entry.path));
    for (unsigned attempt = 0; attempt < options_.number_of_password_prompts; ++attempt) {
        auto passphrase = person_.ask(prompt);
        if (!passphrase || passphrase->empty())
            return false;
        auto parsed = parse_private_key(opened->content.bytes(), passphrase->text());
        if (parsed && !entry.public_key) {
            if (is_unfit(parsed->key.public_key(), entry.name))
                return false;
            entry.public_key = parsed->key.public_key();
        }
        if (parsed && entry.is(parsed->key.public_key())) {
            entry.private_key = std::move(parsed->key);
            entry.comment = std::move(parsed->comment);
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
