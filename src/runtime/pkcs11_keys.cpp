#include "runtime/pkcs11_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/text.h"
#include "runtime/token_helper.h"

namespace nacre {

namespace {

// Empty for a keypad, which the person is told of.
Result<SecretBytes> ask_pin(const token::Pkcs11Token& token, const TokenPerson& person)
{
    if (token.has_keypad) {
        person.tell(fmt::format("Type the PIN of '{}' on the keypad of its reader.", token.label));
        return SecretBytes{};
    }
    auto pin = person.ask_pin(fmt::format("Enter PIN for '{}': ", token.label));
    if (!pin || pin->empty())
        return not_permitted(fmt::format("the token '{}' wants its PIN, and nobody gave it", token.label));
    return std::move(*pin);
}

} // namespace

Result<Pkcs11Keys> Pkcs11Keys::load(const std::string& library, const TokenPerson& person)
{
    std::error_code error;
    auto path = std::filesystem::canonical(library, error).string();
    if (error)
        return bad_input(fmt::format("there is no PKCS#11 library {}", library));
    auto helper = TRY(TokenHelper::start(HelperKind::pkcs11));
    Pkcs11Keys keys{std::move(helper)};
    TRY(keys.list(path));
    std::optional<Error> refused;
    for (std::size_t token = 0; keys.keys_.empty() && token < keys.tokens_.size(); ++token) {
        if (!keys.tokens_[token].wants_login)
            continue;
        if (auto done = keys.log_in(token, person); done)
            TRY(keys.list(path));
        else if (!refused)
            refused = std::move(done.error());
    }
    if (keys.keys_.empty() && refused)
        return fail(std::move(*refused));
    return keys;
}

Result<void> Pkcs11Keys::list(const std::string& path)
{
    auto answer = TRY(helper_.exchange(token::Pkcs11Load{.provider = path, .log_in = false, .pin = {}}));
    auto listed = TRY(read_token_answer<token::Pkcs11Keys>(answer.bytes()));
    if (listed.tokens.items.size() > token::most_tokens)
        return peer_misbehaved("the library has too many tokens");
    tokens_ = std::move(listed.tokens.items);
    for (auto& token : tokens_)
        token.label = printable(token.label);
    keys_.clear();
    for (auto& one : listed.keys.items) {
        if (one.token >= tokens_.size())
            return peer_misbehaved("a key of no token");
        auto key = TRY(PublicKey::from_blob(one.key));
        keys_.push_back({std::move(key), std::move(one.label), one.token});
    }
    return {};
}

Result<void> Pkcs11Keys::log_in(std::size_t token, const TokenPerson& person)
{
    for (int attempt = 0;; ++attempt) {
        auto pin = TRY(ask_pin(tokens_[token], person));
        auto answer = TRY(helper_.exchange(token::Pkcs11Login{static_cast<std::uint32_t>(token), {pin.text()}}));
        auto done = read_token_answer<token::Done>(answer.bytes());
        if (done)
            return {};
        if (done.error().kind != ErrorKind::not_permitted || attempt + 1 == pin_attempts)
            return fail(std::move(done.error()));
    }
}

bool Pkcs11Keys::has(const PublicKey& key) const { return std::ranges::find(keys_, key, &Key::key) != keys_.end(); }

Result<ByteVector> Pkcs11Keys::sign(const PublicKey& key, std::string_view algorithm, Bytes data,
                                    const TokenPerson& person)
{
    auto held = std::ranges::find(keys_, key, &Key::key);
    if (held == keys_.end())
        return bad_input("the token does not have the private key");
    token::Pkcs11Sign request{key.blob(), std::string{algorithm}, data};
    for (bool logged_in = false;; logged_in = true) {
        auto answer = TRY(helper_.exchange(request));
        auto made = read_token_answer<token::Signed>(answer.bytes());
        if (made)
            return to_vector(made->signature);
        if (made.error().kind != ErrorKind::not_permitted || logged_in)
            return fail(std::move(made.error()));
        TRY(log_in(held->token, person));
    }
}

} // namespace nacre
