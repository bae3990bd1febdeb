#include "kernels.h"
#include "simd_avx512.h"

#include "kernels.inl"

namespace paperkin {

const Kernels* avx512VnniKernels() {
  static const Kernels kernels{"avx512-vnni", kPanel, Simd::kWide, run};
  return &kernels;
}

}  // namespace paperkin
