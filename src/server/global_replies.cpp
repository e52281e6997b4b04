#include "server/global_replies.h"

#include <algorithm>

namespace nacre {

Result<std::uint32_t> GlobalReplies::expect(WantReply want_reply)
{
    if (open_.size() >= most_open)
        return peer_misbehaved("too many global requests without waiting for their answers");
    auto ticket = next_ticket_;
    next_ticket_ = next_ticket_ == UINT32_MAX ? first_ticket : next_ticket_ + 1;
    open_.push_back({ticket, want_reply == WantReply::yes, false, false, {}});
    return ticket;
}

bool GlobalReplies::settle(std::uint32_t ticket, bool success, ByteVector details)
{
    auto found = std::ranges::find(open_, ticket, &Open::ticket);
    if (found == open_.end() || found->settled)
        return false;
    found->settled = true;
    found->success = success;
    found->details = std::move(details);
    send_settled();
    return true;
}

Result<void> GlobalReplies::answer(WantReply want_reply, bool success)
{
    auto ticket = TRY(expect(want_reply));
    settle(ticket, success);
    return {};
}

void GlobalReplies::send_settled()
{
    for (; !open_.empty() && open_.front().settled; open_.pop_front())
        if (auto& reply = open_.front(); reply.wanted)
            connection_.answer_global(reply.success, reply.details);
}

} // namespace nacre
