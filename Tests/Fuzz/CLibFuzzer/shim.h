// libFuzzer's entry for programs with a main function of their own (LLVM, "Using libFuzzer as a library"). The library
// comes with the toolchain, by -sanitize=fuzzer, and brings no header.
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*check)(const uint8_t *bytes, size_t count));
