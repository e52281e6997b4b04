#include "tokens/pkcs11_module.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/hash.h"
#include "tokens/library.h"
#include "tokens/pkcs11_objects.h"
#include "wire/writer.h"

namespace nacre::token {

namespace {

constexpr std::size_t longest_signature = 2048;                   // RSA of 16384 bits

struct Token : TokenFacts {
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    bool logged_in = false;
    SecretBytes pin{};                                            // that it took: for keys that want it each time

    bool is_open() const { return !wants_login || logged_in; }
};

// RFC 8017 §9.2, note 1: what stands before a hash in the padding of PKCS #1 v1.5.
struct DigestPrefix {
    HashKind hash;
    std::string_view bytes;
};
using namespace std::string_view_literals;
constexpr std::array digest_prefixes{
    DigestPrefix{HashKind::sha1, "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"sv},
    DigestPrefix{HashKind::sha256, "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"sv},
    DigestPrefix{HashKind::sha512, "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"sv},
};

// Blanks fill the field up.
std::string label_of(const CK_TOKEN_INFO& info)
{
    return std::string{trim({reinterpret_cast<const char*>(info.label), sizeof info.label})};
}

std::unexpected<Failed> wants_pin(const Token& token)
{
    return trouble(Trouble::pin_needed, fmt::format("the token \"{}\" wants its PIN", token.label));
}

Outcome<void> login_outcome(CK_RV code, const Token& token)
{
    switch (code) {
    case CKR_OK:
    case CKR_USER_ALREADY_LOGGED_IN: return {};
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_ARGUMENTS_BAD:
        return trouble(Trouble::pin_needed, fmt::format("that is not the PIN of \"{}\"", token.label));
    case CKR_PIN_LOCKED: return trouble(Trouble::other, fmt::format("the PIN of \"{}\" is locked", token.label));
    default: return trouble(Trouble::other, fmt::format("cannot log in to \"{}\" (code {:#x})", token.label, code));
    }
}

struct ToSign {
    CK_MECHANISM_TYPE mechanism;
    ByteVector bytes;
};

ToSign prepared(const SignatureAlgorithm& algorithm, Bytes data)
{
    if (!algorithm.hash)
        return {CKM_EDDSA, to_vector(data)};
    auto digest = hash_of(*algorithm.hash, data);
    if (key_type(algorithm.kind).plain_kind != KeyKind::rsa)
        return {CKM_ECDSA, std::move(digest)};
    ByteVector bytes;
    auto prefix = std::ranges::find(digest_prefixes, *algorithm.hash, &DigestPrefix::hash);
    if (prefix != digest_prefixes.end())
        Writer{bytes}.raw(as_bytes(prefix->bytes)).raw(digest);
    return {CKM_RSA_PKCS, std::move(bytes)};
}

ByteVector signature_blob(const SignatureAlgorithm& algorithm, CK_MECHANISM_TYPE mechanism, Bytes signature)
{
    ByteVector inner = to_vector(signature);
    if (mechanism == CKM_ECDSA) {                                 // r and s, of equal length
        inner.clear();
        Writer{inner}.mpint(signature.first(signature.size() / 2)).mpint(signature.subspan(signature.size() / 2));
    }
    ByteVector blob;
    Writer{blob}.string(algorithm.label).string(inner);
    return blob;
}

} // namespace

struct Pkcs11Module::State {
    Library library;
    CK_FUNCTION_LIST_PTR functions;
    std::vector<Token> tokens{};
    std::vector<TokenKey> keys{};

    ObjectReader objects(const Token& token) const { return {functions, token.session}; }
    void open_tokens();
    void take_keys(std::size_t token, CK_OBJECT_CLASS kind);
    CK_RV try_pin(const Token& token, CK_USER_TYPE user, std::string_view text) const;
    Outcome<void> log_in(Token& token, std::string_view pin);
    Outcome<void> log_in_for(Token& token, CK_OBJECT_HANDLE key);
    void forget_login(Token& token) const;
    void end_operation(Token& token) const;
    Outcome<CK_OBJECT_HANDLE> private_key(const TokenKey& key) const;
    Outcome<ByteVector> sign_with(Token& token, CK_OBJECT_HANDLE handle, const ToSign& what);
};

Pkcs11Module::Pkcs11Module(std::unique_ptr<State> state) : state_(std::move(state)) {}

Pkcs11Module::~Pkcs11Module()
{
    for (auto& token : state_->tokens)
        (void)state_->functions->C_CloseSession(token.session);
    (void)state_->functions->C_Finalize(nullptr);
}

Outcome<std::unique_ptr<Pkcs11Module>> Pkcs11Module::open(const std::string& path)
{
    auto library = Library::open(path, "C_GetFunctionList");
    if (!library)
        return trouble(Trouble::other, std::move(library.error().what));
    auto functions_of = library->find<CK_RV (*)(CK_FUNCTION_LIST_PTR_PTR)>("C_GetFunctionList");
    CK_FUNCTION_LIST_PTR functions = nullptr;
    if (!functions_of || functions_of(&functions) != CKR_OK || !functions)
        return trouble(Trouble::other, fmt::format("{} has no list of functions", path));
    if (auto code = functions->C_Initialize(nullptr); code != CKR_OK)
        return trouble(Trouble::other, fmt::format("{} cannot be initialised (code {:#x})", path, code));
    auto state = std::make_unique<State>(std::move(*library), functions);
    state->open_tokens();
    return std::unique_ptr<Pkcs11Module>{new Pkcs11Module{std::move(state)}};
}

void Pkcs11Module::State::open_tokens()
{
    std::array<CK_SLOT_ID, most_tokens> slots{};
    CK_ULONG count = slots.size();
    if (functions->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK)
        return;
    for (CK_ULONG i = 0; i < count; ++i) {
        CK_TOKEN_INFO info{};
        CK_SESSION_HANDLE session = 0;
        if (functions->C_GetTokenInfo(slots[i], &info) != CKR_OK || !(info.flags & CKF_TOKEN_INITIALIZED) ||
            functions->C_OpenSession(slots[i], CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK)
            continue;
        TokenFacts facts{label_of(info), (info.flags & CKF_LOGIN_REQUIRED) != 0,
                         (info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0};
        tokens.push_back({std::move(facts), slots[i], session});
    }
}

std::vector<TokenFacts> Pkcs11Module::tokens() const { return {state_->tokens.begin(), state_->tokens.end()}; }

CK_RV Pkcs11Module::State::try_pin(const Token& token, CK_USER_TYPE user, std::string_view text) const
{
    ByteVector typed = to_vector(as_bytes(text));
    auto* given = token.has_keypad ? nullptr : typed.data();
    auto code = functions->C_Login(token.session, user, given, given ? typed.size() : 0);
    wipe(typed);
    return code;
}

Outcome<void> Pkcs11Module::State::log_in(Token& token, std::string_view pin)
{
    auto given = SecretBytes::copy_of(pin);
    if (given.empty() && !token.has_keypad)
        return wants_pin(token);
    // The token would not look at another PIN, which could be anybody's.
    if (token.logged_in)
        return token.pin.empty() || given == token.pin ? Outcome<void>{} : login_outcome(CKR_PIN_INCORRECT, token);
    auto code = try_pin(token, CKU_USER, pin);
    if (auto done = login_outcome(code, token); !done)
        return done;
    token.logged_in = true;
    if (code == CKR_OK && !token.has_keypad)
        token.pin = std::move(given);
    return {};
}

Outcome<void> Pkcs11Module::log_in(std::size_t token, std::string_view pin)
{
    if (token >= state_->tokens.size())
        return trouble(Trouble::no_device, "there is no such token");
    return state_->log_in(state_->tokens[token], pin);
}

std::vector<Outcome<void>> Pkcs11Module::log_in_everywhere(std::string_view pin)
{
    std::vector<Outcome<void>> outcomes;
    for (auto& token : state_->tokens)
        outcomes.push_back(token.wants_login ? state_->log_in(token, pin) : Outcome<void>{});
    return outcomes;
}

void Pkcs11Module::State::forget_login(Token& token) const
{
    (void)functions->C_Logout(token.session);
    token.logged_in = false;
    token.pin = {};
}

// It goes with its session.  The next one is open before, since the login ends with a token's last.
void Pkcs11Module::State::end_operation(Token& token) const
{
    CK_SESSION_HANDLE next = 0;
    if (functions->C_OpenSession(token.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &next) != CKR_OK)
        return;
    (void)functions->C_CloseSession(token.session);
    token.session = next;
}

void Pkcs11Module::State::take_keys(std::size_t token, CK_OBJECT_CLASS kind)
{
    auto reader = objects(tokens[token]);
    for (auto object : reader.find({{CKA_CLASS, &kind, sizeof kind}})) {
        auto key = kind == CKO_PUBLIC_KEY ? reader.public_key(object) : reader.certified_key(object);
        auto is_this = [&](const TokenKey& known) { return known.token == token && known.key == *key; };
        if (!key || keys.size() == most_keys || std::ranges::any_of(keys, is_this))
            continue;
        auto label = std::string{as_text(reader.bytes(object, CKA_LABEL))};
        keys.push_back({std::move(*key), std::move(label), reader.bytes(object, CKA_ID), token});
    }
}

const std::vector<TokenKey>& Pkcs11Module::list_keys()
{
    state_->keys.clear();
    for (std::size_t i = 0; i < state_->tokens.size(); ++i)
        for (CK_OBJECT_CLASS kind : {CKO_PUBLIC_KEY, CKO_CERTIFICATE})
            state_->take_keys(i, kind);
    return state_->keys;
}

Outcome<CK_OBJECT_HANDLE> Pkcs11Module::State::private_key(const TokenKey& key) const
{
    auto& token = tokens[key.token];
    CK_OBJECT_CLASS kind = CKO_PRIVATE_KEY;
    auto id = key.id;
    auto found = objects(token).find({{CKA_CLASS, &kind, sizeof kind}, {CKA_ID, id.data(), id.size()}});
    if (!found.empty())
        return found.front();
    if (!token.is_open())
        return wants_pin(token);
    return trouble(Trouble::no_device, fmt::format("the token \"{}\" does not have the private key", token.label));
}

// A key that wants its PIN each time, after its signature was begun.  A PIN that is no longer right is not tried again: the
// token counts.
Outcome<void> Pkcs11Module::State::log_in_for(Token& token, CK_OBJECT_HANDLE key)
{
    if (!objects(token).flag(key, CKA_ALWAYS_AUTHENTICATE))
        return {};
    if (token.pin.empty() && !token.has_keypad) {
        forget_login(token);
        return wants_pin(token);
    }
    auto done = login_outcome(try_pin(token, CKU_CONTEXT_SPECIFIC, token.pin.text()), token);
    if (!done && done.error().trouble == Trouble::pin_needed && !token.has_keypad)
        forget_login(token);
    return done;
}

Outcome<ByteVector> Pkcs11Module::State::sign_with(Token& token, CK_OBJECT_HANDLE handle, const ToSign& what)
{
    CK_MECHANISM mechanism{what.mechanism, nullptr, 0};
    if (auto code = functions->C_SignInit(token.session, &mechanism, handle); code != CKR_OK) {
        if (code == CKR_USER_NOT_LOGGED_IN) {
            forget_login(token);
            return wants_pin(token);
        }
        return trouble(Trouble::unsupported, fmt::format("the token \"{}\" does not sign so (code {:#x})", token.label, code));
    }
    if (auto done = log_in_for(token, handle); !done)
        return std::unexpected{std::move(done.error())};
    ByteVector input = what.bytes;                                // the interface is not const
    ByteVector signature(longest_signature);
    CK_ULONG size = signature.size();
    auto code = functions->C_Sign(token.session, input.data(), input.size(), signature.data(), &size);
    if (code != CKR_OK || size > signature.size())
        return trouble(Trouble::other, fmt::format("the token \"{}\" failed to sign (code {:#x})", token.label, code));
    signature.resize(size);
    return signature;
}

Outcome<ByteVector> Pkcs11Module::sign(Bytes public_blob, const SignatureAlgorithm& algorithm, Bytes data)
{
    auto is_wanted = [&](auto& one) { return same_bytes(one.key.blob(), public_blob); };
    auto key = std::ranges::find_if(state_->keys, [&](auto& one) {
        return is_wanted(one) && state_->tokens[one.token].is_open();
    });
    if (key == state_->keys.end())
        key = std::ranges::find_if(state_->keys, is_wanted);
    if (key == state_->keys.end() || key_type(algorithm.kind).plain_kind != key->key.kind())
        return trouble(Trouble::no_device, "the token does not have this key");
    auto handle = state_->private_key(*key);
    if (!handle)
        return std::unexpected{std::move(handle.error())};
    auto what = prepared(algorithm, data);
    auto& token = state_->tokens[key->token];
    auto signature = state_->sign_with(token, *handle, what);
    if (!signature) {
        state_->end_operation(token);                             // or no other would ever begin
        return signature;
    }
    auto blob = signature_blob(algorithm, what.mechanism, *signature);
    if (!key->key.verify(algorithm.label, data, blob, no_token_demands))
        return trouble(Trouble::other, "the token's signature is wrong");
    return blob;
}

} // namespace nacre::token
