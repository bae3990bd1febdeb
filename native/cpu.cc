#include "cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <cstdint>

namespace paperkin {

namespace {

/** Registers that the system saves: Intel SDM volume 1, 13.3. */
uint64_t savedRegisters() {
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

bool bit(uint32_t word, int place) { return (word >> place & 1) != 0; }

}  // namespace

Cpu detectCpu() {
  Cpu cpu;
  uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || !bit(c, 27)) return cpu;
  const bool fma = bit(c, 12);
  const uint64_t saved = savedRegisters();
  const bool ymm = (saved & 0x6) == 0x6, zmm = (saved & 0xe6) == 0xe6;
  uint32_t a7, b7, c7, d7;
  if (__get_cpuid_count(7, 0, &a7, &b7, &c7, &d7) == 0) return cpu;
  cpu.avx2 = ymm && fma && bit(b7, 5);
  cpu.avx512 = zmm && cpu.avx2 && bit(b7, 16) && bit(b7, 17) && bit(b7, 30) && bit(b7, 31);
  cpu.avx512Vnni = cpu.avx512 && bit(c7, 11);
  uint32_t a71, b71, c71, d71;
  if (a7 >= 1 && __get_cpuid_count(7, 1, &a71, &b71, &c71, &d71) != 0) cpu.avxVnni = cpu.avx2 && bit(a71, 4);
  return cpu;
}

}  // namespace paperkin

#else

namespace paperkin {

Cpu detectCpu() { return {}; }

}  // namespace paperkin

#endif
