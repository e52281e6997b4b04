#include "connection/channel.h"

#include <algorithm>
#include <array>
#include <utility>

#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"

namespace nacre {
namespace {

constexpr std::array undecided_kinds{SessionChannel::name, AgentChannel::name, StandardAgentChannel::name};

bool is_one_of(std::string_view name, auto& names) { return std::ranges::find(names, name) != names.end(); }

} // namespace

Channel::Channel(State begins, std::string of_kind, ChannelLimits ours)
    : state(begins), kind(std::move(of_kind)), use(is_one_of(kind, undecided_kinds) ? Use::undecided : Use::bulk),
      limits(ours), receive_window(ours.window)
{
}

void Channel::was_asked(std::string_view request, WantReply want_reply, AnswersDue& due)
{
    if (want_reply == WantReply::yes)
        ++due.count;
    if (use != Use::undecided)
        return;
    if (starts_program(request)) {
        has_program = true;
        use = due.up_to_terminal == 0 ? Use::bulk : Use::undecided;
    } else if (request == PtyRequest::name && want_reply == WantReply::no) {
        use = Use::terminal;                                      // nobody will say whether it was granted
    } else if (request == PtyRequest::name && due.up_to_terminal == 0) {
        due.up_to_terminal = due.count;
    }
}

void Channel::was_answered(bool success, AnswersDue& due)
{
    --due.count;
    bool is_of_terminal = due.up_to_terminal > 0 && --due.up_to_terminal == 0;
    if (is_of_terminal && success)
        use = Use::terminal;
    else if (is_of_terminal && has_program)
        use = Use::bulk;
}

std::uint32_t Channel::may_send(std::uint32_t at_most) const
{
    if (state != State::open || we_finished || peer_closed)
        return 0;
    return std::min({at_most, send_window.credit(), peer_largest_packet});
}

Result<void> Channel::receive(std::uint32_t bytes, TimePoint now)
{
    if (bytes > limits.largest_packet)
        return peer_misbehaved("a channel's data exceeds the largest packet we asked for");
    return receive_window.receive(bytes, now);
}

} // namespace nacre
