// Arrays of 4 lanes for any processor: slow, what the other sets are tested against.
#pragma once
#include <cmath>

#include "inline.h"

namespace {

struct Simd {
  static constexpr int kLanes = 4;
  static constexpr int kPanelVectors = 1;
  static constexpr int kRows = 2;
  static constexpr int kMostVectors = 1;
  static constexpr bool kWide = true;
  struct F {
    float at[4];
  };
  struct I {
    union {
      int32_t at[4];
      uint8_t u8[16];
      int8_t s8[16];
    };
  };

  template <class Body>
  static INLINE F lanes(Body body) {
    return {{body(0), body(1), body(2), body(3)}};
  }
  static INLINE F load(const float* p) { return lanes([&](int i) { return p[i]; }); }
  static INLINE void store(float* p, F v) { std::memcpy(p, v.at, sizeof v.at); }
  static INLINE F set(float v) { return {{v, v, v, v}}; }
  static INLINE F add(F a, F b) { return lanes([&](int i) { return a.at[i] + b.at[i]; }); }
  static INLINE F sub(F a, F b) { return lanes([&](int i) { return a.at[i] - b.at[i]; }); }
  static INLINE F mul(F a, F b) { return lanes([&](int i) { return a.at[i] * b.at[i]; }); }
  static INLINE F div(F a, F b) { return lanes([&](int i) { return a.at[i] / b.at[i]; }); }
  /** a * b + c */
  static INLINE F fma(F a, F b, F c) { return lanes([&](int i) { return std::fma(a.at[i], b.at[i], c.at[i]); }); }
  static INLINE F max(F a, F b) { return lanes([&](int i) { return a.at[i] > b.at[i] ? a.at[i] : b.at[i]; }); }
  static INLINE F min(F a, F b) { return lanes([&](int i) { return a.at[i] < b.at[i] ? a.at[i] : b.at[i]; }); }
  static INLINE F squareRoot(F a) { return lanes([&](int i) { return std::sqrt(a.at[i]); }); }
  static INLINE F abs(F a) { return lanes([&](int i) { return std::fabs(a.at[i]); }); }
  static INLINE F negative(F a) { return lanes([&](int i) { return -a.at[i]; }); }
  static INLINE F withSign(F a, F sign) { return lanes([&](int i) { return std::copysign(a.at[i], sign.at[i]); }); }
  /** In each lane yes where x < limit, else no. */
  static INLINE F below(F x, float limit, F yes, F no) { return lanes([&](int i) { return x.at[i] < limit ? yes.at[i] : no.at[i]; }); }
  /** a * 2^n where both are normal; n is what the last bits of `shifted` say. */
  static INLINE F scaleBy(F a, F shifted) {
    return lanes([&](int i) { return std::ldexp(a.at[i], static_cast<int>(shifted.at[i] - 12582912.0f)); });
  }
  static INLINE float sum(F a) { return (a.at[0] + a.at[1]) + (a.at[2] + a.at[3]); }
  static INLINE float largest(F a) { return std::fmax(std::fmax(a.at[0], a.at[1]), std::fmax(a.at[2], a.at[3])); }
  static INLINE float least(F a) { return std::fmin(std::fmin(a.at[0], a.at[1]), std::fmin(a.at[2], a.at[3])); }
  /** The first n lanes of a, `other` in those after them. */
  static INLINE F first(F a, int n, float other) {
    return lanes([&](int i) { return i < n ? a.at[i] : other; });
  }

  static INLINE I load(const int32_t* p) {
    I v;
    std::memcpy(v.at, p, 16);
    return v;
  }
  static INLINE I load(const int8_t* p) {
    I v;
    std::memcpy(v.s8, p, 16);
    return v;
  }
  static INLINE I set(int32_t v) { return {{{v, v, v, v}}}; }
  static INLINE F toFloat(I a) { return lanes([&](int i) { return static_cast<float>(a.at[i]); }); }
  /** s8 to fp32. */
  static INLINE F widen(const int8_t* p) { return lanes([&](int i) { return static_cast<float>(p[i]); }); }
  /** Each lane rounded, plus zero, cut to 0..255. */
  static INLINE void storeBytes(uint8_t* p, F v, I zero) {
    for (int i = 0; i < 4; ++i) {
      const float sum = std::nearbyint(v.at[i]) + static_cast<float>(zero.at[i]);
      p[i] = static_cast<uint8_t>(sum > 0 ? (sum < 255 ? sum : 255) : 0);
    }
  }
  /** Rows of a square block to its columns. */
  static INLINE void transpose(const float* from, ptrdiff_t step, int rows, float* to, ptrdiff_t toStep) {
    for (int column = 0; column < 4; ++column)
      for (int row = 0; row < 4; ++row) to[column * toStep + row] = row < rows ? from[row * step + column] : 0.0f;
  }

  static INLINE void accumulate(F& sum, F a, F b) { sum = fma(a, b, sum); }
  /** sum += the four products u8 * s8 of each lane. */
  static INLINE void accumulate(I& sum, I bytes, I weights) {
    for (int i = 0; i < 16; ++i) sum.at[i / 4] += bytes.u8[i] * weights.s8[i];
  }
};

}  // namespace
