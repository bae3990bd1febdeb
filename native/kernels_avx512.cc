#include "kernels.h"
#include "simd_avx512.h"

#include "kernels.inl"

namespace paperkin {

const Kernels* avx512Kernels() {
  static const Kernels kernels{"avx512", kPanel, Simd::kWide, run};
  return &kernels;
}

}  // namespace paperkin
