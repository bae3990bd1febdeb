// 512-bit vectors: 16 lanes of 32 bits. With VNNI where the compiler is told so, else the sums are made of two steps.
#pragma once
#include <immintrin.h>

#include "inline.h"

namespace {

struct Simd {
  static constexpr int kLanes = 16;
  static constexpr int kPanelVectors = 4;
  static constexpr int kMostVectors = 4;
  using F = __m512;
  using I = __m512i;

  static INLINE F load(const float* p) { return _mm512_loadu_ps(p); }
  static INLINE void store(float* p, F v) { _mm512_storeu_ps(p, v); }
  static INLINE F set(float v) { return _mm512_set1_ps(v); }
  static INLINE F add(F a, F b) { return _mm512_add_ps(a, b); }
  static INLINE F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static INLINE F mul(F a, F b) { return _mm512_mul_ps(a, b); }
  static INLINE F div(F a, F b) { return _mm512_div_ps(a, b); }
  /** a * b + c */
  static INLINE F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static INLINE F max(F a, F b) { return _mm512_max_ps(a, b); }
  static INLINE F min(F a, F b) { return _mm512_min_ps(a, b); }
  static INLINE F squareRoot(F a) { return _mm512_sqrt_ps(a); }
  static INLINE F abs(F a) { return _mm512_abs_ps(a); }
  static INLINE F negative(F a) { return _mm512_xor_ps(a, set(-0.0f)); }
  static INLINE F withSign(F a, F sign) { return _mm512_or_ps(a, _mm512_and_ps(sign, set(-0.0f))); }
  /** In each lane yes where x < limit, else no. */
  static INLINE F below(F x, float limit, F yes, F no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, set(limit), _CMP_LT_OQ), no, yes);
  }
  /** a * 2^n where both are normal; n is what the last bits of `shifted` say. */
  static INLINE F scaleBy(F a, F shifted) {
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a), _mm512_slli_epi32(_mm512_castps_si512(shifted), 23)));
  }
  /** Halves, then neighbours: a vector of 8 adds up in the same order. */
  static INLINE float sum(F a) {
    __m256 b = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    b = _mm256_hadd_ps(b, b);
    b = _mm256_hadd_ps(b, b);
    return _mm_cvtss_f32(_mm_add_ss(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1)));
  }
  static INLINE float largest(F a) { return _mm512_reduce_max_ps(a); }
  static INLINE float least(F a) { return _mm512_reduce_min_ps(a); }
  /** The first n lanes of a, `other` in those after them. */
  static INLINE F first(F a, int n, float other) {
    return _mm512_mask_mov_ps(set(other), static_cast<__mmask16>((1u << n) - 1), a);
  }

  static INLINE I load(const int32_t* p) { return _mm512_loadu_si512(p); }
  static INLINE I load(const int8_t* p) { return _mm512_loadu_si512(p); }
  static INLINE I set(int32_t v) { return _mm512_set1_epi32(v); }
  static INLINE F toFloat(I a) { return _mm512_cvtepi32_ps(a); }
  /** s8 to fp32. */
  static INLINE F widen(const int8_t* p) { return toFloat(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))); }
  /** Each lane rounded, plus zero, cut to 0..255. */
  static INLINE void storeBytes(uint8_t* p, F v, I zero) {
    const I sum = _mm512_max_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(v), zero), _mm512_setzero_si512());
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtusepi32_epi8(sum));
  }
  /** Rows of a square block to its columns. */
  static INLINE void transpose(const float* from, ptrdiff_t step, int rows, float* to, ptrdiff_t toStep) {
    F a[16], b[16];
    for (int i = 0; i < 16; ++i) a[i] = i < rows ? load(from + i * step) : set(0.0f);
    for (int i = 0; i < 16; i += 2) {
      b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
      b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
      a[i] = _mm512_shuffle_ps(b[i], b[i + 2], 0x44);
      a[i + 1] = _mm512_shuffle_ps(b[i], b[i + 2], 0xee);
      a[i + 2] = _mm512_shuffle_ps(b[i + 1], b[i + 3], 0x44);
      a[i + 3] = _mm512_shuffle_ps(b[i + 1], b[i + 3], 0xee);
    }
    for (int i = 0; i < 4; ++i) {
      const F low = _mm512_shuffle_f32x4(a[i], a[i + 4], 0x88), high = _mm512_shuffle_f32x4(a[i], a[i + 4], 0xdd);
      const F low2 = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0x88), high2 = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0xdd);
      store(to + i * toStep, _mm512_shuffle_f32x4(low, low2, 0x88));
      store(to + (i + 4) * toStep, _mm512_shuffle_f32x4(high, high2, 0x88));
      store(to + (i + 8) * toStep, _mm512_shuffle_f32x4(low, low2, 0xdd));
      store(to + (i + 12) * toStep, _mm512_shuffle_f32x4(high, high2, 0xdd));
    }
  }

  /** sum += a * b. Written out: from intrinsics GCC 12 makes copies of the sums in every step. */
  static INLINE void accumulate(F& sum, F a, F b) { asm("vfmadd231ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b)); }
  /** sum += the four products u8 * s8 of each lane. */
#ifdef __AVX512VNNI__
  static constexpr int kRows = 6;
  static constexpr bool kWide = true;
  static INLINE void accumulate(I& sum, I bytes, I weights) { asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(bytes), "v"(weights)); }
#else
  static constexpr int kRows = 5;
  static constexpr bool kWide = false;
  static INLINE void accumulate(I& sum, I bytes, I weights) {
    sum = _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(bytes, weights), _mm512_set1_epi16(1)));
  }
#endif
};

}  // namespace
