#include "runtime/pkcs11_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "runtime/token_helper.h"

namespace nacre {

Result<Pkcs11Keys> Pkcs11Keys::load(const std::string& library, const AskPin& ask_pin)
{
    std::error_code error;
    auto path = std::filesystem::canonical(library, error).string();
    if (error)
        return bad_input(fmt::format("there is no PKCS#11 library {}", library));
    auto helper = TRY(TokenHelper::start(HelperKind::pkcs11));
    Pkcs11Keys keys{std::move(helper)};
    TRY(keys.list(path));
    if (keys.keys_.empty() && !keys.token_.empty() && keys.log_in(ask_pin))
        TRY(keys.list(path));
    return keys;
}

Result<void> Pkcs11Keys::list(const std::string& path)
{
    auto answer = TRY(helper_.exchange(token::Pkcs11Load{path, {}}));
    auto listed = TRY(read_token_answer<token::Pkcs11Keys>(answer.bytes()));
    token_ = printable(listed.token);
    for (auto& one : listed.keys.items) {
        auto key = TRY(PublicKey::from_blob(one.key));
        keys_.push_back({std::move(key), std::move(one.label)});
    }
    return {};
}

Result<void> Pkcs11Keys::log_in(const AskPin& ask_pin)
{
    for (int attempt = 0;; ++attempt) {
        auto pin = ask_pin(fmt::format("Enter PIN for '{}': ", token_));
        if (!pin || pin->empty())
            return not_permitted(fmt::format("the token '{}' wants its PIN, and nobody gave it", token_));
        auto answer = TRY(helper_.exchange(token::Pkcs11Login{{pin->text()}}));
        auto done = read_token_answer<token::Done>(answer.bytes());
        if (done)
            return {};
        if (done.error().kind != ErrorKind::not_permitted || attempt + 1 == pin_attempts)
            return fail(std::move(done.error()));
    }
}

bool Pkcs11Keys::has(const PublicKey& key) const { return std::ranges::find(keys_, key, &Key::key) != keys_.end(); }

Result<ByteVector> Pkcs11Keys::sign(const PublicKey& key, std::string_view algorithm, Bytes data, const AskPin& ask_pin)
{
    token::Pkcs11Sign request{key.blob(), std::string{algorithm}, data};
    for (bool logged_in = false;; logged_in = true) {
        auto answer = TRY(helper_.exchange(request));
        auto made = read_token_answer<token::Signed>(answer.bytes());
        if (made)
            return to_vector(made->signature);
        if (made.error().kind != ErrorKind::not_permitted || logged_in)
            return fail(std::move(made.error()));
        TRY(log_in(ask_pin));
    }
}

} // namespace nacre
