#include "os/privileged/shadow.h"

#include <crypt.h>
#include <fmt/format.h>
#include <pwd.h>
#include <shadow.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#include "os/system_error.h"

namespace nacre {
namespace {

constexpr std::size_t longest_password = 1024;
constexpr std::int64_t most_days = 1'000'000;                     // nobody waits longer for a password to expire
constexpr std::size_t smallest_buffer = 1024;
constexpr std::size_t largest_buffer = 1024 * 1024;

std::optional<std::int64_t> day(long field)
{
    return field < 0 ? std::nullopt : std::optional<std::int64_t>{field};
}

// Wiped when given back: the _r functions leave the hash in it.
SecretBytes secret_buffer(std::size_t size)
{
    return SecretBytes{size};
}

char* text_space(SecretBytes& buffer)
{
    return reinterpret_cast<char*>(buffer.bytes().data());
}

ShadowEntry to_entry(const spwd& found)
{
    ShadowEntry entry;
    entry.hash = SecretBytes::copy_of(found.sp_pwdp == nullptr ? std::string_view{"*"} : std::string_view{found.sp_pwdp});
    entry.last_change_day = day(found.sp_lstchg);
    entry.maximum_days = day(found.sp_max);
    entry.warning_days = day(found.sp_warn);
    entry.inactive_days = day(found.sp_inact);
    entry.expiry_day = day(found.sp_expire);
    return entry;
}

Result<std::optional<ShadowEntry>> from_shadow_file(const std::string& user)
{
    for (auto size = smallest_buffer; size <= largest_buffer; size *= 2) {
        auto buffer = secret_buffer(size);
        spwd entry{};
        spwd* found = nullptr;
        int error = ::getspnam_r(user.c_str(), &entry, text_space(buffer), buffer.size(), &found);
        if (found != nullptr)
            return to_entry(*found);
        if (error == 0 || error == ENOENT)
            return std::nullopt;
        if (error != ERANGE && error != EINTR)
            return errno_failure("shadow database", error);
    }
    return errno_failure("shadow database", ERANGE);
}

Result<std::optional<ShadowEntry>> from_passwd_file(const std::string& user)
{
    for (auto size = smallest_buffer; size <= largest_buffer; size *= 2) {
        auto buffer = secret_buffer(size);
        passwd entry{};
        passwd* found = nullptr;
        int error = ::getpwnam_r(user.c_str(), &entry, text_space(buffer), buffer.size(), &found);
        if (found != nullptr) {
            ShadowEntry result;
            result.hash = SecretBytes::copy_of(std::string_view{found->pw_passwd});
            return result;
        }
        if (error != ERANGE && error != EINTR)
            return std::nullopt;
    }
    return std::nullopt;
}

bool is_usable(std::string_view hash)
{
    if (hash.empty())
        return false;
    auto verdict = ::crypt_checksalt(std::string{hash}.c_str());
    return verdict != CRYPT_SALT_INVALID && verdict != CRYPT_SALT_METHOD_DISABLED;
}

// What the others of this system would cost: the first usable hash of the shadow file, or libcrypt's
// preferred method.
std::string usual_setting()
{
    std::string setting;
    ::setspent();
    while (auto* entry = ::getspent()) {
        if (entry->sp_pwdp != nullptr && is_usable(entry->sp_pwdp)) {
            setting = entry->sp_pwdp;
            break;
        }
    }
    ::endspent();
    if (!setting.empty())
        return setting;
    std::vector<char> space(CRYPT_GENSALT_OUTPUT_SIZE);
    if (const char* made = ::crypt_gensalt_rn(nullptr, 0, nullptr, 0, space.data(), static_cast<int>(space.size())))
        return made;
    return "$6$rounds=5000$nacre";
}

// Runs crypt(3) and compares in constant time.  The password must hold no NUL.
bool matches(std::string_view hash, Bytes password)
{
    SecretBytes terminated{password.size() + 1};
    std::ranges::copy(password, terminated.bytes().begin());
    auto wipe_data = [](crypt_data* data) {
        wipe({reinterpret_cast<std::uint8_t*>(data), sizeof *data});
        delete data;
    };
    std::unique_ptr<crypt_data, decltype(wipe_data)> data{new crypt_data{}, wipe_data};
    const char* made = ::crypt_r(text_space(terminated), std::string{hash}.c_str(), data.get());
    // A failure reads "*0" or "*1" and must never match.
    return made != nullptr && made[0] != '*' && equal_in_constant_time(as_bytes(made), as_bytes(hash));
}

} // namespace

Result<std::optional<ShadowEntry>> shadow_entry(const std::string& user)
{
    if (user.empty() || user.contains('\0'))
        return std::optional<ShadowEntry>{};
    auto entry = from_shadow_file(user);
    if (!entry || *entry)
        return entry;
    return from_passwd_file(user);
}

std::int64_t today() { return static_cast<std::int64_t>(std::time(nullptr)) / 86400; }

bool account_expired(const ShadowEntry& entry, std::int64_t today)
{
    return entry.expiry_day && today > *entry.expiry_day;       // day 0, too: what `chage -E 0` closes
}

PasswordAge password_age(const ShadowEntry& entry, std::int64_t today)
{
    if (!entry.last_change_day)
        return PasswordAge::good;
    if (*entry.last_change_day == 0)
        return PasswordAge::must_change;
    // A change in the future is a wrong clock, not an old password.
    auto age = today - *entry.last_change_day;
    if (!entry.maximum_days || age <= *entry.maximum_days)
        return PasswordAge::good;
    if (entry.inactive_days && age - *entry.maximum_days > *entry.inactive_days)
        return PasswordAge::expired;
    return PasswordAge::must_change;
}

std::vector<std::string> expiry_warnings(const ShadowEntry& entry, std::int64_t today)
{
    std::vector<std::string> warnings;
    auto warn = [&](std::string_view what, std::int64_t last_day) {
        auto left = last_day - today;
        if (entry.warning_days && left >= 0 && left <= *entry.warning_days)
            warnings.push_back(fmt::format("Your {} will expire in {} day{}.", what, left, left == 1 ? "" : "s"));
    };
    if (entry.expiry_day)
        warn("account", *entry.expiry_day);
    if (entry.last_change_day.value_or(0) > 0 && entry.maximum_days)
        warn("password", *entry.last_change_day + std::min<std::int64_t>(*entry.maximum_days, most_days));
    return warnings;
}

bool is_locked(const ShadowEntry& entry)
{
    auto hash = entry.hash.text();
    return hash.starts_with('!') || hash.starts_with('*');
}

bool verify_password(const std::optional<ShadowEntry>& entry, const SecretBytes& password, EmptyPasswords empty)
{
    bool possible = password.size() <= longest_password && !password.text().contains('\0');
    auto offered = possible ? password.bytes() : Bytes{};
    // What cannot succeed takes as long as what could: accounts without a password are nobody's business either.
    bool has_none = entry && entry->hash.empty();
    if (!entry || has_none || !is_usable(entry->hash.text())) {
        (void)matches(usual_setting(), offered);
        return has_none && possible && password.empty() && empty == EmptyPasswords::allowed;
    }
    bool same = matches(entry->hash.text(), offered);
    bool allowed = !password.empty() || empty == EmptyPasswords::allowed;
    return possible && allowed && same;
}

} // namespace nacre
