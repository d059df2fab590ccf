/* One file through the loader, the graph and shape inference, whatever it holds. libFuzzer's entry; the mutation test's too. */
#ifndef FUZZ_ONNX_H
#define FUZZ_ONNX_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
