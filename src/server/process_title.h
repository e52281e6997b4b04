// What ps shows of a process of sshd, in the words that people and scripts look for: "sshd: joe [priv]".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace nacre {

inline constexpr std::size_t longest_process_title = 128;         // bytes; the rest of a longer one is not shown

// argv[0] for a process that will have a title: the name, and room behind it.
std::string name_with_title_room(std::string_view name);

// Writes over the process's own arguments, so it has as much room as they were long.
class ProcessTitle {
public:
    ProcessTitle() = default;                                     // no room: set() does nothing
    ProcessTitle(int argc, char** argv);                          // main()'s

    // "sshd: " and this, which is a name and comes from no peer.
    void set(std::string_view text);

private:
    std::span<char> room_{};
};

} // namespace nacre
