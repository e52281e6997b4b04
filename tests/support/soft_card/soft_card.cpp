#include "support/soft_card/soft_card.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

using nacre::test::SoftCard;

extern "C" {
__attribute__((visibility("default"))) SoftCard soft_card;
__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list);
}

namespace {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* object) const
    {
        release(object);
    }
};

constexpr CK_OBJECT_HANDLE public_half = 1, private_half = 2;

struct Token {
    std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>> key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
    bool logged_in = false;
};

struct Session {
    CK_SLOT_ID slot;
    CK_OBJECT_HANDLE next_found = 0;                              // 0: no more
    bool signing = false;
    bool asked = false;                                           // for the PIN of this signature
};

std::array<Token, 2> tokens;
std::map<CK_SESSION_HANDLE, Session> sessions;
CK_SESSION_HANDLE last_session = 0;

CK_RV initialize(void*) { return CKR_OK; }

CK_RV finalize(void*) { return CKR_OK; }

CK_RV list_slots(CK_BBOOL, CK_SLOT_ID* slots, CK_ULONG* count)
{
    slots[0] = 0;
    slots[1] = 1;
    *count = tokens.size();
    return CKR_OK;
}

CK_RV describe(CK_SLOT_ID slot, CK_TOKEN_INFO* info)
{
    std::memset(info->label, ' ', sizeof info->label);
    std::memcpy(info->label, slot == 0 ? "first" : "other", 5);
    info->flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED;
    if (soft_card.has_keypads)
        info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    return CKR_OK;
}

CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS, void*, CK_NOTIFY, CK_SESSION_HANDLE* session)
{
    *session = ++last_session;
    sessions[*session] = {.slot = slot};
    return CKR_OK;
}

CK_RV close_session(CK_SESSION_HANDLE session)
{
    auto slot = sessions.at(session).slot;
    sessions.erase(session);
    if (std::ranges::none_of(sessions, [&](auto& one) { return one.second.slot == slot; }))
        tokens[slot].logged_in = false;
    return CKR_OK;
}

CK_RV log_in(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR* pin, CK_ULONG size)
{
    auto& session = sessions.at(handle);
    bool for_signature = user == CKU_CONTEXT_SPECIFIC;
    if (for_signature && !session.signing)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (!for_signature && tokens[session.slot].logged_in)
        return CKR_USER_ALREADY_LOGGED_IN;
    if ((pin == nullptr) != soft_card.has_keypads)
        return CKR_ARGUMENTS_BAD;
    ++soft_card.tries[session.slot];
    if (for_signature && soft_card.each_time != CKR_OK)
        return soft_card.each_time;
    if (pin && std::string_view{reinterpret_cast<char*>(pin), size} != soft_card.pins[session.slot])
        return CKR_PIN_INCORRECT;
    (for_signature ? session.asked : tokens[session.slot].logged_in) = true;
    return CKR_OK;
}

CK_RV log_out(CK_SESSION_HANDLE session)
{
    tokens[sessions.at(session).slot].logged_in = false;
    return CKR_OK;
}

CK_RV begin_search(CK_SESSION_HANDLE handle, CK_ATTRIBUTE* wanted, CK_ULONG count)
{
    auto& session = sessions.at(handle);
    CK_OBJECT_CLASS kind = CKO_DATA;
    for (auto& attribute : std::span{wanted, count})
        if (attribute.type == CKA_CLASS)
            std::memcpy(&kind, attribute.pValue, sizeof kind);
    session.next_found = kind == CKO_PUBLIC_KEY ? public_half : 0;
    if (kind == CKO_PRIVATE_KEY && tokens[session.slot].logged_in)
        session.next_found = private_half;
    return CKR_OK;
}

CK_RV search(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE* found, CK_ULONG, CK_ULONG* count)
{
    auto& session = sessions.at(handle);
    *count = session.next_found != 0 ? 1 : 0;
    if (*count != 0)
        *found = session.next_found;
    session.next_found = 0;
    return CKR_OK;
}

CK_RV end_search(CK_SESSION_HANDLE) { return CKR_OK; }

std::string attribute_of(const Token& token, CK_ATTRIBUTE_TYPE type)
{
    CK_ULONG kind = CKK_EC_EDWARDS;
    CK_BBOOL each_time = soft_card.asks_each_time ? CK_TRUE : CK_FALSE;
    std::string point(32, '\0');
    auto size = point.size();
    switch (type) {
    case CKA_KEY_TYPE: return {reinterpret_cast<char*>(&kind), sizeof kind};
    case CKA_ALWAYS_AUTHENTICATE: return {reinterpret_cast<char*>(&each_time), sizeof each_time};
    case CKA_EC_POINT:
        EVP_PKEY_get_raw_public_key(token.key.get(), reinterpret_cast<unsigned char*>(point.data()), &size);
        return point;
    default: return "key";
    }
}

CK_RV read_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE, CK_ATTRIBUTE* wanted, CK_ULONG)
{
    auto value = attribute_of(tokens[sessions.at(session).slot], wanted->type);
    if (wanted->pValue && wanted->ulValueLen < value.size())
        return CKR_BUFFER_TOO_SMALL;
    if (wanted->pValue)
        std::memcpy(wanted->pValue, value.data(), value.size());
    wanted->ulValueLen = value.size();
    return CKR_OK;
}

CK_RV begin_signature(CK_SESSION_HANDLE handle, CK_MECHANISM*, CK_OBJECT_HANDLE key)
{
    auto& session = sessions.at(handle);
    if (session.signing)
        return CKR_OPERATION_ACTIVE;
    if (key != private_half || !tokens[session.slot].logged_in)
        return CKR_USER_NOT_LOGGED_IN;
    session.signing = true;
    session.asked = false;
    return CKR_OK;
}

CK_RV sign(CK_SESSION_HANDLE handle, unsigned char* data, CK_ULONG size, unsigned char* signature, CK_ULONG* signature_size)
{
    auto& session = sessions.at(handle);
    if (!std::exchange(session.signing, false))
        return CKR_OPERATION_NOT_INITIALIZED;
    if (soft_card.asks_each_time && !session.asked)
        return CKR_USER_NOT_LOGGED_IN;
    std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
    std::size_t made = *signature_size;
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, tokens[session.slot].key.get()) != 1 ||
        EVP_DigestSign(context.get(), signature, &made, data, size) != 1)
        return CKR_FUNCTION_FAILED;
    *signature_size = made;
    return CKR_OK;
}

} // namespace

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    static CK_FUNCTION_LIST functions{};
    functions.C_Initialize = initialize;
    functions.C_Finalize = finalize;
    functions.C_GetSlotList = list_slots;
    functions.C_GetTokenInfo = describe;
    functions.C_OpenSession = open_session;
    functions.C_CloseSession = close_session;
    functions.C_Login = log_in;
    functions.C_Logout = log_out;
    functions.C_FindObjectsInit = begin_search;
    functions.C_FindObjects = search;
    functions.C_FindObjectsFinal = end_search;
    functions.C_GetAttributeValue = read_attribute;
    functions.C_SignInit = begin_signature;
    functions.C_Sign = sign;
    *list = &functions;
    return CKR_OK;
}
