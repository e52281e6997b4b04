#include "server/channels.h"

#include <array>

#include "base/table.h"
#include "connection/channel_kinds.h"

namespace nacre {
namespace {

constexpr std::array kinds{
    ChannelKindRow{"direct-streamlocal@openssh.com", ChannelOpener::not_yet},
    ChannelKindRow{DirectTcpip::name, ChannelOpener::not_yet},
    ChannelKindRow{SessionChannel::name, ChannelOpener::session},
    ChannelKindRow{"tun@openssh.com", ChannelOpener::not_yet},
};
static_assert(sorted_by_name(kinds));

} // namespace

const ChannelKindRow* find_channel_kind(std::string_view name) { return find_by_name(kinds, name); }

} // namespace nacre
