#include "base/secret.h"

#include <algorithm>
#include <utility>

namespace nacre {

SecretBytes::SecretBytes(std::size_t size) : data_(std::make_unique<std::uint8_t[]>(size)), size_(size) {}

SecretBytes SecretBytes::copy_of(Bytes bytes)
{
    SecretBytes copy(bytes.size());
    std::ranges::copy(bytes, copy.data_.get());
    return copy;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0))
{
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept
{
    if (this != &other) {
        wipe(bytes());
        data_ = std::move(other.data_);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

SecretBytes::~SecretBytes() { wipe(bytes()); }

void SecretBytes::truncate(std::size_t size)
{
    if (size >= size_)
        return;
    wipe(bytes().subspan(size));
    size_ = size;
}

} // namespace nacre
