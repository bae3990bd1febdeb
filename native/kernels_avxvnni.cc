#include "kernels.h"
#include "simd_avx2.h"

#include "kernels.inl"

namespace paperkin {

const Kernels* avxVnniKernels() {
  static const Kernels kernels{"avx-vnni", kPanel, Simd::kWide, run};
  return &kernels;
}

}  // namespace paperkin
