// For functions that must be compiled with the instructions of the file that calls them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

#define INLINE inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define INLINE_LAMBDA __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")
