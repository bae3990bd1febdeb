// What this processor, and the system on it, can run.
#pragma once

namespace paperkin {

struct Cpu {
  bool avx2 = false;
  bool avxVnni = false;
  bool avx512 = false;
  bool avx512Vnni = false;
};

/** AVX2 stands for FMA too; AVX-512 for its F, BW, DQ and VL. */
Cpu detectCpu();

}  // namespace paperkin
