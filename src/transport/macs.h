// The table of MACs (RFC 4253 §6.4, RFC 6668, umac@openssh.com, -etm@openssh.com).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/strong.h"
#include "transport/ciphers.h"

namespace nacre {

// One key, many packets.
class MacFunction {
public:
    virtual ~MacFunction() = default;
    virtual void compute(SequenceNumber sequence, Bytes packet, MutableBytes tag) = 0;   // tag: the row's tag_size
};

struct Mac {
    std::string_view name;
    std::size_t key_size, tag_size;
    bool encrypt_then_mac;
    Offered offered;
    std::unique_ptr<MacFunction> (*make)(const Mac&, Bytes key);
};

std::span<const Mac> macs();
const Mac* find_mac(std::string_view name);

} // namespace nacre
