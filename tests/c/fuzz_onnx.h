/* One file through the loader, the graph and shape inference, whatever it holds; through a forward and a backward pass too, where
 * its tensors are so small that these take milliseconds. libFuzzer's entry (tests/fuzz); the mutation test's too.
 * What begins with FUZZ_CHOICES, as no ONNX file does, is no file but the choices that random_model makes one of. */
#ifndef FUZZ_ONNX_H
#define FUZZ_ONNX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FUZZ_CHOICES = 'G' };

/* Whether large models are made ready, which wants a memory_plan that refuses to hold them. */
extern bool fuzz_plans_only;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
