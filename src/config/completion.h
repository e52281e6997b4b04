// Completion for shells, written from what a program knows of its options: `ssh --completion bash`.
//
//     eval "$(ssh --completion bash)"                     in ~/.bashrc
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nacre {

// What stands behind an option.
enum class Completes : std::uint8_t {
    nothing,                                                      // the option takes no value
    anything,
    files,
    keywords,                                                     // Keyword=
    ciphers,
    macs,
    queries,                                                      // of -Q
    shells,                                                       // of --completion
};

struct CompletedOption {
    std::string name;                                             // "-p", "--lint"
    Completes value = Completes::nothing;
    std::string shown{};                                          // what the value is called
};

struct Completion {
    std::string program;
    std::vector<CompletedOption> options;
    std::vector<std::string_view> keywords;
    std::vector<std::string_view> queries;
    bool hosts = false;                                           // the first other word is a host
};

inline constexpr std::array<std::string_view, 3> completion_shells{"bash", "fish", "zsh"};

// A script for the shell; an unknown one is an error that names those that are known.
Result<std::string> completion_script(const Completion& completion, std::string_view shell);

} // namespace nacre
