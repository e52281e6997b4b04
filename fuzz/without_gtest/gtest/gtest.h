// For session_fuzz, which uses the two joined sessions of tests/conversations: what a test expects of good peers is not
// expected of broken ones.
#pragma once

namespace nacre::test {

struct Silence {
    template <class T>
    const Silence& operator<<(const T&) const
    {
        return *this;
    }
};

inline Silence silence() { return {}; }

} // namespace nacre::test

#define EXPECT_TRUE(condition) \
    if (condition) { \
    } else \
        nacre::test::silence()
#define EXPECT_EQ(a, b) EXPECT_TRUE((a) == (b))
