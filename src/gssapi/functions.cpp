#include "gssapi/functions.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "os/function_table.h"

namespace nacre::gssapi {
namespace {

using F = Functions;
template <auto member>
constexpr auto row = function_row<F, member>;
constexpr std::array rows{
    row<&F::import_name>("gss_import_name"),
    row<&F::display_name>("gss_display_name"),
    row<&F::release_name>("gss_release_name"),
    row<&F::acquire_credential>("gss_acquire_cred"),
    row<&F::inquire_credential>("gss_inquire_cred"),
    row<&F::release_credential>("gss_release_cred"),
    row<&F::init_context>("gss_init_sec_context"),
    row<&F::accept_context>("gss_accept_sec_context"),
    row<&F::delete_context>("gss_delete_sec_context"),
    row<&F::make_mic>("gss_get_mic"),
    row<&F::verify_mic>("gss_verify_mic"),
    row<&F::display_status>("gss_display_status"),
    row<&F::release_buffer>("gss_release_buffer"),
    row<&F::user_ok>("gss_userok"),
    row<&F::store_credential_into>("gss_store_cred_into"),
};
static_assert(sizeof(Functions) == rows.size() * sizeof(void*));

std::array<std::uint8_t, 9> kerberos_bytes{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02};
std::array<std::uint8_t, 10> service_name_bytes{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04};
std::array<std::uint8_t, 10> user_name_bytes{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x01};

constexpr int of_api = 1, of_mechanism = 2;                       // kinds of status values
constexpr int most_sentences = 8;

std::string sentences(const Functions& functions, Status value, int kind)
{
    std::string text;
    std::uint32_t more = 0;
    for (int i = 0; i < most_sentences; ++i) {
        Buffer part{};
        Status minor = 0;
        if (is_error(functions.display_status(&minor, value, kind, &kerberos, &more, &part)))
            return text;
        if (!text.empty())
            text += "; ";
        text += printable(std::string_view{static_cast<const char*>(part.value), part.length});
        functions.release_buffer(&minor, &part);
        if (more == 0)
            return text;
    }
    return text;
}

} // namespace

const Oid kerberos{kerberos_bytes.size(), kerberos_bytes.data()};
const Oid service_name{service_name_bytes.size(), service_name_bytes.data()};
const Oid user_name{user_name_bytes.size(), user_name_bytes.data()};

Result<Functions> load_functions(const char* library) { return nacre::load_functions<Functions>(library, rows); }

Result<void> check_library(const char* library) { return nacre::check_library(library); }

std::string status_text(const Functions& functions, Status major, Status minor)
{
    auto text = sentences(functions, major, of_api);
    auto detail = minor == 0 ? std::string{} : sentences(functions, minor, of_mechanism);
    return detail.empty() ? text : fmt::format("{}: {}", text, detail);
}

Buffer view_of(Bytes bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }

} // namespace nacre::gssapi
