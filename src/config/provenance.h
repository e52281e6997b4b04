// Where values came from, and what was wrong with the rest.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nacre {

struct Origin {
    static constexpr std::string_view command_line = "command-line";

    std::string file;                                             // or `command_line`
    std::size_t line = 0;                                         // for ssh's command line 0, for sshd's which option it is
    std::string condition;                                        // the Host or Match line it stands under; empty: none
    std::string text{};                                           // the value as written, where one was kept
    bool is_command_line() const { return file == command_line; }
    friend bool operator==(const Origin&, const Origin&) = default;
};

std::string place(const Origin& origin);                          // "/etc/ssh/sshd_config line 12", "command line"
std::string place_of_unknown(const Origin& origin);               // of a keyword, as everybody's scripts know it: "FILE: line 12"

// For each keyword that was set: where, in order; several where a keyword adds up.  And what would have set it, had it
// not been set already.
class Provenance {
public:
    void add(std::string_view keyword, Origin origin);            // the same origin counts once
    void replace(std::string_view keyword, std::vector<Origin> origins)
    {
        origins_.insert_or_assign(std::string{keyword}, std::move(origins));
    }
    bool is_set(std::string_view keyword) const { return origins_.contains(keyword); }   // spelled as in the table
    const std::vector<Origin>& of(std::string_view keyword) const;
    const std::map<std::string, std::vector<Origin>, std::less<>>& all() const { return origins_; }

    void lose(std::string_view keyword, Origin origin);           // not one that counts already: files may be read twice
    const std::vector<Origin>& lost(std::string_view keyword) const;

private:
    using Places = std::map<std::string, std::vector<Origin>, std::less<>>;
    static void add_once(Places& places, std::string_view keyword, Origin origin);
    static const std::vector<Origin>& find(const Places& places, std::string_view keyword);

    Places origins_;
    Places lost_;
};

// Every complaint names its file and line, and is kept once.  With errors, the options must not be used.
struct Diagnostics {
    std::vector<std::string> errors, warnings;
    std::vector<std::string> notes;                               // for debug output only
    std::size_t error_count = 0;                                  // counts on when `errors` is full

    bool ok() const { return error_count == 0; }
    bool is_full() const;                                         // further errors are only counted
    void error(std::string text);
    void warning(std::string text);
    void note(std::string text);
};

} // namespace nacre
