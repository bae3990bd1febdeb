// The sets of kernels there are, each compiled with the instructions that it needs.
#pragma once
#include "model.h"

namespace paperkin {

struct Kernels {
  const char* name;
  /** Columns of a packed panel. */
  int panel;
  /** True where u8 * s8 is summed exactly for weights of 8 bits; else two products add up in 16 bits. */
  bool wide;
  /** Leaves the states of n tokens in workspace.states. */
  void (*run)(const Model&, const Workspace&, const int32_t* ids, int n);
};

const Kernels* portableKernels();
#if defined(__x86_64__)
const Kernels* avx512VnniKernels();
const Kernels* avx512Kernels();
const Kernels* avxVnniKernels();
const Kernels* avx2Kernels();
#endif

}  // namespace paperkin
