// An environment in the making: ordered, one value per name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

class Environment {
public:
    Environment() = default;
    static Environment of_this_process();

    // Later wins, in the first one's place.  Names that are empty or hold '=' or NUL, and values with NUL, are
    // refused (false).
    bool set(std::string_view name, std::string_view value);
    bool set_line(std::string_view name_and_value);               // "NAME=value"
    void remove(std::string_view name);

    std::optional<std::string> find(std::string_view name) const;
    const std::vector<std::string>& lines() const { return lines_; }   // "NAME=value"
    std::size_t size() const { return lines_.size(); }

    // Null-terminated; valid until this changes or dies.
    std::vector<char*> envp() const;

private:
    std::vector<std::string>::iterator locate(std::string_view name);

    std::vector<std::string> lines_;
};

// This process's own variable; empty ones count as present.
std::optional<std::string> environment_variable(const std::string& name);

// Whether the first of LC_ALL, LC_CTYPE and LANG that says anything says UTF-8; "C" and "POSIX" do not, nor does nothing.
bool locale_has_utf8(const Environment& environment);

} // namespace nacre
