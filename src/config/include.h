// What bounds Include: how deep, how many files, how much text, and no file inside itself.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/sources.h"

namespace nacre {

class IncludeLimits {
public:
    static constexpr std::size_t max_depth = 16;
    static constexpr std::size_t max_files = 4096;
    static constexpr std::size_t max_text = 64 * 1024 * 1024;

    // Before a file is read, and after that is done with.
    Result<void> enter(const std::string& path);
    void leave() { open_.pop_back(); }
    // What was read of it.
    Result<void> add_text(std::size_t size);

private:
    std::vector<std::string> open_;
    std::size_t files_ = 0;
    std::size_t text_ = 0;
};

// Of reading an included file: it is a folder, which is passed over as OpenSSH's programs do.
bool is_folder(const Error& why);
std::string passed_over(const std::string& folder);               // the warning

} // namespace nacre
