// The table of channel kinds that a client may open (RFC 4254 §5.1, §7.2; OpenSSH's own).
#pragma once

#include <string_view>

namespace nacre {

enum class ChannelOpener { session, not_yet };

struct ChannelKindRow {
    std::string_view name;
    ChannelOpener opener;
};

const ChannelKindRow* find_channel_kind(std::string_view name);   // null: nobody knows it

} // namespace nacre
