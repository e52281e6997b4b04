// The fence as data: what sshd-net may ask the monitor, in which phase, and how often.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"

namespace nacre {

// Bits, so that a row can name several.
enum class Phase : std::uint8_t { nobody = 1, authenticating = 2, logged_in = 4 };

struct QuestionRow {
    MessageNumber number;
    std::string_view name;
    std::uint8_t phases;                                          // of Phase
    std::uint32_t most;                                           // times in a connection; 0: any number
};

const QuestionRow* find_question(MessageNumber number);
bool is_of_login(MessageNumber number);                           // of its methods: asked only while somebody authenticates

// Counts what was asked.  An error ends the connection.
class QuestionCounts {
public:
    Result<void> admit(MessageNumber number, Phase phase);

private:
    std::map<std::uint8_t, std::uint32_t> asked_;
};

} // namespace nacre
