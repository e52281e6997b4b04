// Poly1305 (RFC 8439 §2.5): a key is good for one message, the object for many.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace nacre {

class Poly1305 {
public:
    static constexpr std::size_t key_size = 32;
    static constexpr std::size_t tag_size = 16;

    Poly1305();
    Poly1305(Poly1305&&) noexcept;
    Poly1305& operator=(Poly1305&&) noexcept;
    ~Poly1305();

    void compute(Bytes one_time_key, Bytes message, MutableBytes tag);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace nacre
