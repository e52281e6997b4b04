// The same loops compiled twice: for every processor, and for those with wider vectors (AVX2).
//
// widest<body>(arguments) runs the better of the two.  `body` and all that it calls are inlined
// into both, so they are plain C++: fixed trip counts over arrays, which compilers turn into vector
// instructions.  Vector types may be used but not passed or returned by value.
#pragma once

// Before a loop: no turn reads what another one writes.  After inlining compilers do not know that of pointers any more,
// and at -O2 GCC does not look at run time.
#if defined(__clang__)
#define NACRE_INDEPENDENT_TURNS _Pragma("clang loop vectorize(assume_safety)")
#else
#define NACRE_INDEPENDENT_TURNS _Pragma("GCC ivdep")
#endif

namespace nacre {

#if defined(__x86_64__)
inline bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

template <auto body, class... Arguments>
[[gnu::target("avx2"), gnu::flatten, gnu::noinline]] void with_avx2(Arguments... arguments)
{
    body(arguments...);
}

template <auto body, class... Arguments>
[[gnu::flatten]] void widest(Arguments... arguments)
{
    if (has_avx2())
        with_avx2<body>(arguments...);
    else
        body(arguments...);
}
#else
template <auto body, class... Arguments>
[[gnu::flatten]] void widest(Arguments... arguments)
{
    body(arguments...);
}
#endif

} // namespace nacre
