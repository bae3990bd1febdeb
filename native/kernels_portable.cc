#include "kernels.h"
#include "simd_portable.h"

#include "kernels.inl"

namespace paperkin {

const Kernels* portableKernels() {
  static const Kernels kernels{"portable", kPanel, Simd::kWide, run};
  return &kernels;
}

}  // namespace paperkin
