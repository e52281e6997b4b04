// Mutations for inputs that are a run of messages, so that the search spends its time inside them: messages are changed,
// moved, left out and joined with those of other inputs, strings grow together with their length.
//
// A target includes this once and says what its input looks like: `const test::Framing test::framing{1, 0, 2};`
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "base/bytes.h"
#include "wire/reader.h"
#include "wire/writer.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace nacre::test {

struct Framing {
    std::size_t head;                                             // bytes before the first message
    std::size_t tag;                                              // bytes before each message's length
    std::size_t length;                                           // bytes of that: 2, 4, or 0: one message, to the end
};

extern const Framing framing;                                     // the target's

struct Frame {
    ByteVector tag, payload;
};

struct FramedInput {
    ByteVector head;
    std::vector<Frame> frames;

    static FramedInput read(Bytes bytes)
    {
        Reader in{bytes};
        auto part = [&](std::size_t size) {
            auto taken = to_vector(in.take(std::min(size, in.left())));
            taken.resize(size);
            return taken;
        };
        FramedInput input{part(framing.head), {}};
        while (in.left() > framing.tag + framing.length) {
            auto tag = part(framing.tag);
            std::size_t length = framing.length == 0 ? in.left() : framing.length == 2 ? in.u16() : in.u32();
            input.frames.push_back({std::move(tag), to_vector(in.take(std::min(length, in.left())))});
        }
        return input;
    }

    // Messages that do not fit are left out.
    std::size_t write(std::uint8_t* data, std::size_t most) const
    {
        ByteVector out = head;
        Writer writer{out};
        for (auto& [tag, payload] : frames) {
            bool too_long = framing.length == 2 && payload.size() > 0xffff;
            if (too_long || out.size() + tag.size() + framing.length + payload.size() > most)
                break;
            writer.raw(tag);
            if (framing.length == 2)
                writer.u16(static_cast<std::uint16_t>(payload.size()));
            else if (framing.length == 4)
                writer.u32(static_cast<std::uint32_t>(payload.size()));
            writer.raw(payload);
        }
        auto size = std::min(out.size(), most);
        std::copy_n(out.begin(), size, data);
        return size;
    }
};

inline void mutate_bytes(ByteVector& bytes, std::size_t most_added)
{
    auto size = bytes.size();
    bytes.resize(size + most_added);
    if (!bytes.empty())
        bytes.resize(LLVMFuzzerMutate(bytes.data(), size, bytes.size()));
}

// One of the places that could be a string (RFC 4251 §5), with its length.
inline void mutate_string(ByteVector& payload, std::minstd_rand& random)
{
    std::vector<std::size_t> places;
    auto string_at = [&](std::size_t place) {
        Reader in{Bytes{payload}.subspan(place)};
        auto bytes = in.string();
        return in.ok() ? std::optional{bytes} : std::nullopt;
    };
    for (std::size_t place = 0; place + 4 <= payload.size(); ++place)
        if (string_at(place))
            places.push_back(place);
    if (places.empty())
        return mutate_bytes(payload, 64);
    auto place = places[random() % places.size()];
    auto before = string_at(place)->size();
    auto bytes = to_vector(*string_at(place));
    mutate_bytes(bytes, 64);
    ByteVector changed;
    Writer{changed}.raw(Bytes{payload}.first(place)).string(Bytes{bytes}).raw(Bytes{payload}.subspan(place + 4 + before));
    payload = std::move(changed);
}

inline void mutate_frames(FramedInput& input, std::minstd_rand& random)
{
    auto& frames = input.frames;
    auto any = [&] { return static_cast<std::ptrdiff_t>(random() % frames.size()); };
    auto& frame = frames[random() % frames.size()];
    switch (random() % (framing.length == 0 ? 4 : 10)) {
    case 0: mutate_bytes(frame.payload, 64); break;
    case 1:
    case 2: mutate_string(frame.payload, random); break;
    case 3: mutate_bytes(framing.tag > 0 ? frame.tag : input.head, 0); break;
    case 4: frames.erase(frames.begin() + any()); break;
    case 5: frames.insert(frames.begin() + any(), Frame{frame}); break;
    case 6: std::swap(frame, frames[random() % frames.size()]); break;
    case 7: frames.resize(1 + random() % frames.size()); break;
    case 8: {
        auto byte = static_cast<std::uint8_t>(random());
        frames.insert(frames.begin() + any(), {frame.tag, ByteVector(1 + random() % 16, byte)});
        break;
    }
    default: mutate_bytes(frame.payload, 1024);
    }
}

} // namespace nacre::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    std::minstd_rand random{seed};
    auto input = nacre::test::FramedInput::read({data, size});
    if (input.frames.empty() || random() % 10 == 0)
        return LLVMFuzzerMutate(data, size, most);
    do
        nacre::test::mutate_frames(input, random);
    while (!input.frames.empty() && random() % 3 == 0);
    return input.write(data, most);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t size_of_one, const std::uint8_t* other,
                                                 std::size_t size_of_other, std::uint8_t* out, std::size_t most, unsigned seed)
{
    std::minstd_rand random{seed};
    auto input = nacre::test::FramedInput::read({one, size_of_one});
    auto more = nacre::test::FramedInput::read({other, size_of_other});
    input.frames.resize(random() % (input.frames.size() + 1));
    auto from = random() % (more.frames.size() + 1);
    std::move(more.frames.begin() + static_cast<std::ptrdiff_t>(from), more.frames.end(), std::back_inserter(input.frames));
    return input.write(out, most);
}
