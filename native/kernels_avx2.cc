#include "kernels.h"
#include "simd_avx2.h"

#include "kernels.inl"

namespace paperkin {

const Kernels* avx2Kernels() {
  static const Kernels kernels{"avx2", kPanel, Simd::kWide, run};
  return &kernels;
}

}  // namespace paperkin
