#include "messages/numbers.h"

#include "messages/auth.h"
#include "messages/connection.h"
#include "messages/transport.h"

namespace nacre {
namespace {

struct NumberName {
    MessageNumber number;
    std::string_view name;
};

template <class M>
constexpr NumberName row{M::number, M::name};

// 30 and 31, 60 and 61 mean something else in each method; the names here are the most frequent ones.
constexpr NumberName names[] = {
    row<Disconnect>, row<Ignore>, row<Unimplemented>, row<Debug>, row<ServiceRequest>, row<ServiceAccept>,
    row<ExtInfo>, row<KexInit>, row<NewKeys>, {MessageNumber{30}, "SSH2_MSG_KEX_ECDH_INIT"},
    {MessageNumber{31}, "SSH2_MSG_KEX_ECDH_REPLY"}, row<UserauthRequest>, row<UserauthFailure>, row<UserauthSuccess>,
    row<UserauthBanner>, row<UserauthPkOk>, row<UserauthInfoResponse>,
    row<UserauthGssapiExchangeComplete>, row<UserauthGssapiError>, row<UserauthGssapiErrtok>, row<UserauthGssapiMic>,
    row<GlobalRequest>, row<RequestSuccess>,
    row<RequestFailure>, row<ChannelOpen>, row<ChannelOpenConfirmation>, row<ChannelOpenFailure>,
    row<ChannelWindowAdjust>, row<ChannelData>, row<ChannelExtendedData>, row<ChannelEof>, row<ChannelClose>,
    row<ChannelRequest>, row<ChannelSuccess>, row<ChannelFailure>, row<Ping>, row<Pong>,
};

} // namespace

std::string_view message_name(MessageNumber number)
{
    for (auto& row : names)
        if (row.number == number)
            return row.name;
    return {};
}

} // namespace nacre
