#include "base/buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/contract.h"

namespace nacre {

Buffer::Buffer(Buffer&& other) noexcept
    : storage_(std::move(other.storage_)), capacity_(std::exchange(other.capacity_, 0)),
      touched_(std::exchange(other.touched_, 0)), front_(std::exchange(other.front_, 0)), back_(std::exchange(other.back_, 0))
{
}

Buffer& Buffer::operator=(Buffer&& other) noexcept
{
    std::swap(storage_, other.storage_);
    std::swap(capacity_, other.capacity_);
    std::swap(touched_, other.touched_);
    std::swap(front_, other.front_);
    std::swap(back_, other.back_);
    return *this;
}

Buffer::~Buffer() { wipe(data()); }

MutableBytes Buffer::space(std::size_t at_least)
{
    if (empty())
        front_ = back_ = 0;
    if (capacity_ - back_ < at_least) {
        // Move to the start when that frees enough and costs little; otherwise grow.
        if (capacity_ - size() >= at_least && size() <= capacity_ / 2) {
            if (!empty())
                std::memmove(storage_.get(), storage_.get() + front_, size());
            back_ -= front_;
            front_ = 0;
        } else {
            move_to(std::max(size() + at_least, std::max<std::size_t>(capacity_ * 2, 256)));
        }
    }
    return {storage_.get() + back_, capacity_ - back_};
}

void Buffer::filled(std::size_t count)
{
    NACRE_EXPECTS(count <= capacity_ - back_);
    back_ += count;
    touched_ = std::max(touched_, back_);
}

void Buffer::append(Bytes bytes)
{
    if (bytes.empty())
        return;
    std::memcpy(space(bytes.size()).data(), bytes.data(), bytes.size());
    filled(bytes.size());
}

void Buffer::consume(std::size_t count)
{
    NACRE_EXPECTS(count <= size());
    front_ += count;
}

void Buffer::wipe_consumed() { wipe({storage_.get(), front_}); }

void Buffer::truncate(std::size_t size)
{
    NACRE_EXPECTS(size <= this->size());
    back_ = front_ + size;
}

void Buffer::release()
{
    NACRE_EXPECTS(empty());
    if (storage_)
        wipe({storage_.get(), touched_});
    storage_.reset();
    capacity_ = touched_ = front_ = back_ = 0;
}

void Buffer::move_to(std::size_t capacity)
{
    auto bigger = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    if (!empty()) {
        std::memcpy(bigger.get(), storage_.get() + front_, size());
        wipe(data());
    }
    back_ = size();
    front_ = 0;
    touched_ = back_;
    storage_ = std::move(bigger);
    capacity_ = capacity;
}

} // namespace nacre
