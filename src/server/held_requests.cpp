#include "server/held_requests.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "connection/channel_requests.h"

namespace nacre {

Admission HeldRequests::admit(const Requested& request, std::size_t unanswered, bool is_to_be_held) const
{
    auto open = unanswered + count();
    if (request.want_reply == WantReply::yes)
        return open < most_open ? Admission::taken : Admission::too_many;
    bool has_room = open < most_unheard && (!is_to_be_held || bytes_ + size_of(request) <= most_bytes / 2);
    return has_room ? Admission::taken : Admission::left_out;
}

Result<void> HeldRequests::add(const Requested& request, std::size_t behind)
{
    Held held{std::string{request.request}, request.want_reply, to_vector(request.details), behind};
    bytes_ += size_of(held);
    if (bytes_ > most_bytes)
        return peer_misbehaved("too much was asked of a channel while its program starts");
    held_.push_back(std::move(held));
    return {};
}

HeldRequests::Held HeldRequests::take()
{
    NACRE_EXPECTS(!held_.empty());
    auto held = std::move(held_.front());
    held_.pop_front();
    bytes_ -= size_of(held);
    return held;
}

std::size_t HeldRequests::take_data_in_vain(std::size_t all)
{
    auto next = std::ranges::find_if(held_, starts_program, &Held::request);
    auto in_vain = next == held_.end() ? all : next->behind;
    for (auto& held : held_)
        held.behind -= std::min(held.behind, in_vain);
    return in_vain;
}

} // namespace nacre
