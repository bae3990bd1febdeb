// 256-bit vectors: 8 lanes of 32 bits. With AVX-VNNI where the compiler is told so, else the sums are made of two steps.
#pragma once
#include <immintrin.h>

#include "inline.h"

namespace {

struct Simd {
  static constexpr int kLanes = 8;
  static constexpr int kPanelVectors = 2;
  static constexpr int kMostVectors = 2;
  using F = __m256;
  using I = __m256i;

  static INLINE F load(const float* p) { return _mm256_loadu_ps(p); }
  static INLINE void store(float* p, F v) { _mm256_storeu_ps(p, v); }
  static INLINE F set(float v) { return _mm256_set1_ps(v); }
  static INLINE F add(F a, F b) { return _mm256_add_ps(a, b); }
  static INLINE F sub(F a, F b) { return _mm256_sub_ps(a, b); }
  static INLINE F mul(F a, F b) { return _mm256_mul_ps(a, b); }
  static INLINE F div(F a, F b) { return _mm256_div_ps(a, b); }
  /** a * b + c */
  static INLINE F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
  static INLINE F max(F a, F b) { return _mm256_max_ps(a, b); }
  static INLINE F min(F a, F b) { return _mm256_min_ps(a, b); }
  static INLINE F squareRoot(F a) { return _mm256_sqrt_ps(a); }
  static INLINE F abs(F a) { return _mm256_andnot_ps(set(-0.0f), a); }
  static INLINE F negative(F a) { return _mm256_xor_ps(a, set(-0.0f)); }
  static INLINE F withSign(F a, F sign) { return _mm256_or_ps(a, _mm256_and_ps(sign, set(-0.0f))); }
  /** In each lane yes where x < limit, else no. */
  static INLINE F below(F x, float limit, F yes, F no) { return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(x, set(limit), _CMP_LT_OQ)); }
  /** a * 2^n where both are normal; n is what the last bits of `shifted` say. */
  static INLINE F scaleBy(F a, F shifted) {
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), _mm256_slli_epi32(_mm256_castps_si256(shifted), 23)));
  }
  static INLINE float sum(F a) {
    a = _mm256_hadd_ps(a, a);
    a = _mm256_hadd_ps(a, a);
    return _mm_cvtss_f32(_mm_add_ss(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1)));
  }
  static INLINE float largest(F a) {
    __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_max_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_max_ss(b, _mm_shuffle_ps(b, b, 1)));
  }
  static INLINE float least(F a) { return -largest(sub(set(0.0f), a)); }
  /** The first n lanes of a, `other` in those after them. */
  static INLINE F first(F a, int n, float other) {
    const I lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_blendv_ps(set(other), a, _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(n), lane)));
  }

  static INLINE I load(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const I*>(p)); }
  static INLINE I load(const int8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const I*>(p)); }
  static INLINE I set(int32_t v) { return _mm256_set1_epi32(v); }
  static INLINE F toFloat(I a) { return _mm256_cvtepi32_ps(a); }
  /** s8 to fp32. */
  static INLINE F widen(const int8_t* p) { return toFloat(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)))); }
  /** Each lane rounded, plus zero, cut to 0..255. */
  static INLINE void storeBytes(uint8_t* p, F v, I zero) {
    const I sum = _mm256_add_epi32(_mm256_cvtps_epi32(v), zero);
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
  }
  /** Rows of a square block to its columns. */
  static INLINE void transpose(const float* from, ptrdiff_t step, int rows, float* to, ptrdiff_t toStep) {
    F a[8], b[8];
    for (int i = 0; i < 8; ++i) a[i] = i < rows ? load(from + i * step) : set(0.0f);
    for (int i = 0; i < 8; i += 2) {
      b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
      b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
      a[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
      a[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xee);
      a[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
      a[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xee);
    }
    for (int i = 0; i < 4; ++i) {
      store(to + i * toStep, _mm256_permute2f128_ps(a[i], a[i + 4], 0x20));
      store(to + (i + 4) * toStep, _mm256_permute2f128_ps(a[i], a[i + 4], 0x31));
    }
  }

  static INLINE void accumulate(F& sum, F a, F b) { asm("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b)); }
  /** sum += the four products u8 * s8 of each lane. */
#ifdef __AVXVNNI__
  static constexpr int kRows = 6;
  static constexpr bool kWide = true;
  static INLINE void accumulate(I& sum, I bytes, I weights) {
    asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(bytes), "x"(weights));
  }
#else
  static constexpr int kRows = 4;
  static constexpr bool kWide = false;
  static INLINE void accumulate(I& sum, I bytes, I weights) {
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, weights), _mm256_set1_epi16(1)));
  }
#endif
};

}  // namespace
