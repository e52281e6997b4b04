// The client's side of the agent protocol: requests to send, answers to read; no socket.
//
// Requests come framed, with their length; answers are handed in without it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/constraints.h"
#include "agent/messages.h"
#include "base/buffer.h"
#include "keys/private_key.h"

namespace nacre::agent {

struct Identity {
    ByteVector key;                                               // blob, possibly of a type we do not know
    std::string comment;
};

// The message with its length in front.
template <Message M>
Buffer framed(const M& message)
{
    Buffer out;
    Writer writer{out};
    writer.u32(0);
    encode(writer, message);
    set_frame_length(out.data());
    return out;
}

// §3.6.1: the flags that ask for this signature algorithm.
std::uint32_t flags_for(std::string_view algorithm);

Buffer add_request(const PrivateKey& key, std::string_view comment, const Constraints& constraints);
Result<Buffer> add_certificate_request(Bytes certificate, const PrivateKey& key, std::string_view comment,
                                       const Constraints& constraints);
Buffer bind_request(const SessionBind& binding);

Result<std::vector<Identity>> read_identities(Bytes answer);
Result<ByteVector> read_signature(Bytes answer);                  // a signature blob
Result<void> read_success(Bytes answer);
Result<std::vector<std::string>> read_extensions(Bytes answer);   // to the query

} // namespace nacre::agent
