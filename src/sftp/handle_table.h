// The handles that a server has given out: which are open, and what stands behind each.
//
// A handle is four bytes: a place in the table, and how often that place was used before, so that a handle that was
// closed does not become somebody else's file.  At most most_handles are open at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "wire/reader.h"
#include "wire/writer.h"

namespace nacre::sftp {

inline constexpr std::size_t most_handles = 1024;

template <class T>
class HandleTable {
public:
    using Name = std::array<std::uint8_t, 4>;                     // as the peer sees it

    explicit HandleTable(std::size_t most = most_handles) : most_(most < most_handles ? most : most_handles) {}

    bool is_full() const { return open_ >= most_; }
    std::size_t most() const { return most_; }

    // Only while it is not full.
    Name add(T thing)
    {
        std::size_t place = 0;
        if (free_.empty()) {
            place = slots_.size();
            slots_.emplace_back();
        } else {
            place = free_.back();
            free_.pop_back();
        }
        slots_[place].thing = std::make_unique<T>(std::move(thing));
        ++open_;
        return name_of(place);
    }

    // Null for whatever is no open handle of ours.
    T* find(std::string_view name)
    {
        auto* slot = slot_of(name);
        return slot ? slot->thing.get() : nullptr;
    }

    // For logs: the place alone, or -1.
    int number_of(std::string_view name) const { return name.size() == 4 ? static_cast<int>(value_of(name) % places) : -1; }

    std::unique_ptr<T> remove(std::string_view name)
    {
        auto* slot = slot_of(name);
        if (!slot)
            return nullptr;
        ++slot->uses;
        --open_;
        free_.push_back(value_of(name) % places);
        return std::move(slot->thing);
    }

    template <class Visit>
    void for_each(Visit visit)
    {
        for (auto& slot : slots_)
            if (slot.thing)
                visit(*slot.thing);
    }

private:
    static constexpr std::uint32_t places = 4096;                 // above it in the handle: the uses
    static_assert(most_handles <= places);

    struct Slot {
        std::unique_ptr<T> thing;
        std::uint32_t uses = 0;
    };

    static std::uint32_t value_of(std::string_view name) { return Reader{as_bytes(name)}.u32(); }

    Name name_of(std::size_t place) const
    {
        Name name;
        Writer::store_u32(name.data(), static_cast<std::uint32_t>(slots_[place].uses * places + place));
        return name;
    }

    Slot* slot_of(std::string_view name)
    {
        if (name.size() != 4)
            return nullptr;
        auto place = value_of(name) % places;
        if (place >= slots_.size() || !slots_[place].thing || as_text(name_of(place)) != name)
            return nullptr;
        return &slots_[place];
    }

    std::size_t most_;
    std::size_t open_ = 0;
    std::vector<Slot> slots_;
    std::vector<std::size_t> free_;
};

} // namespace nacre::sftp
