// A queue of bytes in one piece: filled at the back, emptied at the front.
//
// The connection's two big buffers are of this type.  Views into data() stay valid until
// space() is called; memory that is given back is wiped first, since it may have held
// plaintext.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.h"

namespace nacre {

class Buffer {
public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept;
    Buffer& operator=(Buffer&& other) noexcept;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer();

    // At least `at_least` writable bytes behind the data; more if there happens to be room.
    MutableBytes space(std::size_t at_least);
    // The first `count` bytes of the last space() are data now; no more of it may hold what is worth wiping.
    void filled(std::size_t count);
    void append(Bytes bytes);                                     // copies to the back

    Bytes data() const { return {storage_.get() + front_, size()}; }   // all that is in it
    MutableBytes data() { return {storage_.get() + front_, size()}; }   // the same, to change
    std::size_t size() const { return back_ - front_; }           // bytes
    bool empty() const { return front_ == back_; }                // there are none

    void consume(std::size_t count);                              // drops from the front; its views stay valid
    void wipe_consumed();                                         // zeros over everything consumed so far
    void truncate(std::size_t size);                              // drops from the back
    void release();                                               // gives the memory back; only when empty
    std::size_t capacity() const { return capacity_; }            // bytes of memory
    // How far that has ever held data, in bytes: what is behind may not have cost memory yet, and nobody wipes it.
    std::size_t touched() const { return touched_; }

private:
    void move_to(std::size_t capacity);

    std::unique_ptr<std::uint8_t[]> storage_;
    std::size_t capacity_ = 0;
    std::size_t touched_ = 0;
    std::size_t front_ = 0;
    std::size_t back_ = 0;
};

} // namespace nacre
