// Who brings which part of a file that comes by several ways at once.
//
// Parts are given out in their order, and come to their place in that order: what lies before frontier() is a true
// beginning of the whole at any moment.  They are bounded, since each waits on the server's disk for its turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace nacre {

class Parts {
public:
    static constexpr std::size_t ordinary = 0;                    // the way that writes at the place itself

    struct Part {
        std::uint64_t begin = 0, end = 0;                         // offsets in the file
        std::size_t way = ordinary;                               // who brings it
        std::uint64_t size() const { return end - begin; }
    };

    // All before `begin` is in its place, or will be by the ordinary way.
    Parts(std::uint64_t begin, std::uint64_t end, std::size_t ways);

    // The next one, for that way; null: all are given out.  Valid until it is in its place.
    const Part* give(std::size_t way);
    const Part* first() const { return parts_.empty() ? nullptr : &parts_.front(); }   // of those not in their place
    void first_is_in_place();
    std::uint64_t frontier() const { return frontier_; }

    std::uint64_t part_size() const { return part_size_; }
    static constexpr std::uint64_t most = std::uint64_t{128} << 20;   // bytes of a part

private:
    std::deque<Part> parts_;                                      // given out and not in their place
    std::uint64_t frontier_, next_, end_;
    std::uint64_t part_size_;
};

} // namespace nacre
