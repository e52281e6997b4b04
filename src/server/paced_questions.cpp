#include "server/paced_questions.h"

namespace nacre {

Result<void> PacedQuestions::say(ByteVector message, bool is_question)
{
    held_bytes_ += message.size() + overhead;
    if (held_bytes_ > most_held)
        return peer_misbehaved("too many channel requests without waiting for their answers");
    held_.push_back({std::move(message), is_question});
    return send_held();
}

Result<void> PacedQuestions::send_held()
{
    while (!held_.empty() && (open_ < most_open || !held_.front().is_question)) {
        auto first = std::move(held_.front());
        held_.pop_front();
        held_bytes_ -= first.message.size() + overhead;
        open_ += first.is_question ? 1 : 0;
        TRY(monitor_.send_payload(first.message));
    }
    return {};
}

Result<void> PacedQuestions::answered()
{
    if (open_ == 0)
        return bad_input("the monitor answered what was not asked");
    --open_;
    return send_held();
}

} // namespace nacre
