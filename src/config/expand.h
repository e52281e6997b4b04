// %-tokens, ${ENV} and ~ in values (TOKENS and ENVIRONMENT VARIABLES in ssh_config(5), TOKENS in sshd_config(5)).
//
// Expansion is one pass: what a token stands for is never expanded again.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/sources.h"

namespace nacre {

// What each letter stands for.  "%%" is always known.
class Tokens {
public:
    Tokens& set(char letter, std::string value);
    Tokens& update(const Tokens& more);                           // whose values win
    const std::string* find(char letter) const;

private:
    std::array<std::optional<std::string>, 52> values_;           // A–Z, a–z
};

// The letters that a keyword takes.  Others are errors even if their value is known.
namespace tokens {
inline constexpr std::string_view client = "CdhijkLlnpru";         // files, commands, forwards of the client
inline constexpr std::string_view host_name = "h";
inline constexpr std::string_view user = "dhikLlnpu";              // what does not follow from the user itself
inline constexpr std::string_view proxy = "hnpr";
inline constexpr std::string_view local_command = "CdfHhIijKkLlnprTtu";
inline constexpr std::string_view known_hosts_command = "CdfHhIijKkLlnprtu";
inline constexpr std::string_view user_files = "hUu";              // AuthorizedKeysFile, …PrincipalsFile, ChrootDirectory
inline constexpr std::string_view keys_command = "CDfhktUu";
inline constexpr std::string_view principals_command = "CDFfhiKksTtUu";
inline constexpr std::string_view rdomain = "D";
} // namespace tokens

// The same text once its tokens are expanded: every % is doubled.
std::string without_tokens(std::string_view text);

Result<std::string> expand_tokens(std::string_view text, const Tokens& values, std::string_view allowed);
// The same and ${NAME}, in one pass; an unset name is an error.
Result<std::string> expand_value(std::string_view text, const Tokens& values, std::string_view allowed, ConfigSources& sources);
// A leading ~ or ~user.
Result<std::string> expand_home(std::string_view text, ConfigSources& sources);
// The three in OpenSSH's order for files: ~, then % and ${} in one pass.
Result<std::string> expand_path(std::string_view text, const Tokens& values, std::string_view allowed,
                                ConfigSources& sources);

} // namespace nacre
