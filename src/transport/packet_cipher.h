// What protects packets: one direction, in place, in any order.
//
// A packet cipher works on one whole packet and is told everything that varies from packet to packet (PacketPosition), so
// that a bad packet spoils no other; only CBC chains.  MACs and the encrypt-then-MAC modes are inside: above this line there
// are no special cases.
//
// The packet in memory: 4 bytes of length, the encrypted rest (RFC 4253 §6), the tag.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"

namespace nacre {

struct PacketPosition {
    SequenceNumber sequence;                                      // for MACs and ChaCha nonces
    std::uint64_t packet = 0;                                     // packets since NEWKEYS: GCM's invocation counter
    std::uint64_t offset = 0;                                     // encrypted bytes since NEWKEYS: CTR's block counter
};

class PacketSealer {
public:
    virtual ~PacketSealer() = default;

    // What padding must make a multiple of alignment(): everything that is encrypted.  `length_is_encrypted` tells
    // whether the four length bytes belong to it (false: sent in clear or under a key of their own).
    virtual std::size_t alignment() const = 0;
    virtual bool length_is_encrypted() const = 0;
    virtual std::size_t tag_size() const = 0;

    // `packet`: length field, padding length, payload, padding in clear, then tag_size() bytes for the tag.
    virtual void seal(PacketPosition at, MutableBytes packet) = 0;
};

class PacketOpener {
public:
    virtual ~PacketOpener() = default;

    virtual std::size_t alignment() const = 0;
    virtual bool length_is_encrypted() const = 0;
    virtual std::size_t tag_size() const = 0;
    virtual std::size_t header_size() const = 0;                  // bytes needed to learn a packet's length

    // The packet_length field.  `header` is header_size() bytes at the packet's start and is not changed: the answer
    // may be asked for again.  Nothing about the number has been checked.
    virtual std::uint32_t length(PacketPosition at, Bytes header) = 0;

    // Checks the tag and decrypts in place.  `packet` is 4 + length + tag_size() bytes as received; on success its first
    // 4 + length bytes are the packet in clear.  The error says "message authentication code incorrect" (AEAD) or
    // "Corrupted MAC on input." and nothing more, and takes the same time wherever the difference is.
    virtual Result<void> open(PacketPosition at, MutableBytes packet) = 0;

    // Whether an attacker can learn plaintext from which error comes, or when: then a wrong length and a wrong tag must
    // look alike (PacketReader sees to that).
    virtual bool errors_tell() const { return false; }
};

} // namespace nacre
