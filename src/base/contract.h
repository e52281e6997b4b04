// For mistakes of our own: a message and the end of the process.  Never for anything that a
// peer, a file or the machine can cause.
#pragma once

#include <cstdio>
#include <cstdlib>

#define NACRE_EXPECTS(condition)                                                                                      \
    do {                                                                                                              \
        if (!(condition)) [[unlikely]] {                                                                              \
            std::fprintf(stderr, "nacre: broken contract: %s (%s:%d)\n", #condition, __FILE__, __LINE__);             \
            std::abort();                                                                                             \
        }                                                                                                             \
    } while (false)

#define NACRE_UNREACHABLE()                                                                                           \
    do {                                                                                                              \
        std::fprintf(stderr, "nacre: reached the unreachable (%s:%d)\n", __FILE__, __LINE__);                         \
        std::abort();                                                                                                 \
    } while (false)
