/* The part of the cpuinfo library that XNNPACK asks on x86, answered by the compiler's runtime. */
#ifndef CPUINFO_H
#define CPUINFO_H

#include <stdbool.h>

static inline bool cpuinfo_initialize(void) {
  __builtin_cpu_init();
  return true;
}

#define CPUINFO_HAS(feature, name) \
  static inline bool cpuinfo_has_x86_##feature(void) { return __builtin_cpu_supports(name) != 0; }
CPUINFO_HAS(sse, "sse")
CPUINFO_HAS(sse2, "sse2")
CPUINFO_HAS(ssse3, "ssse3")
CPUINFO_HAS(sse4_1, "sse4.1")
CPUINFO_HAS(avx, "avx")
CPUINFO_HAS(f16c, "f16c")
CPUINFO_HAS(fma3, "fma")
CPUINFO_HAS(avx2, "avx2")
CPUINFO_HAS(avx512f, "avx512f")
#undef CPUINFO_HAS

/* Zen 1 alone is told apart, to prefer another kernel: here every processor is one that XNNPACK does not know. */
enum cpuinfo_uarch { cpuinfo_uarch_unknown, cpuinfo_uarch_zen, cpuinfo_uarch_dhyana };
struct cpuinfo_core {
  enum cpuinfo_uarch uarch;
};
static inline const struct cpuinfo_core *cpuinfo_get_core(unsigned index) {
  static const struct cpuinfo_core core = {cpuinfo_uarch_unknown};
  (void)index;
  return &core;
}

#endif
