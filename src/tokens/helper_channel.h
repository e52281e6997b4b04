// A token helper's end of the conversation with the program that started it: standard input and output.
#pragma once

#include <optional>

#include "agent/token_messages.h"
#include "base/result.h"
#include "base/secret.h"

namespace nacre::token {

// Waits for a whole request.  Nothing: the program has ended, and so shall we.
Result<std::optional<SecretBytes>> read_request();

Result<void> write_answer(Bytes message);

template <Message M>
Result<void> answer_with(const M& message)
{
    auto bytes = encode(message);
    auto written = write_answer(bytes);
    wipe(bytes);
    return written;
}

// Keeps what runs here from being looked into, and from outliving whoever started it.
Result<void> prepare_helper();

} // namespace nacre::token
