#ifndef SYNCBRIDGE_CMALLOC_SHIM_H
#define SYNCBRIDGE_CMALLOC_SHIM_H

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Makes glibc's malloc give back what was freed; elsewhere does nothing.
static inline void syncbridge_keep_memory_small(void) {
#ifdef __GLIBC__
  // Each thread that allocates would get an arena of its own and keep what it freed.
  mallopt(M_ARENA_MAX, 2);
  // Set, they stay: the second would grow with the largest buffer that was ever freed.
  mallopt(M_MMAP_THRESHOLD, 1 << 25);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

#endif
