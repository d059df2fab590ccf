/* Small ONNX files that between them hold everything that the loader and the graph read. */
#ifndef SAMPLE_MODELS_H
#define SAMPLE_MODELS_H

#include <stddef.h>

/* Each answers a whole file, to be freed with free(). */
void *sample_convolutions(size_t *size); /* Conv, BatchNormalization, a branch, Concat, a Dropout, Softmax */
void *sample_view(size_t *size);         /* what PyTorch exports for x.view(x.size(0), -1), any image size */
void *sample_halves(size_t *size);       /* float16 weights behind Cast, in every encoding */
void *sample_attention(size_t *size);    /* sizes made into a scale and into the target of Expand */
void *sample_attributes(size_t *size);   /* attributes and constants of every kind, an unknown operator */

void *sample_functions(size_t *size); /* functions that call each other, attributes by reference, branches with equal names */
void *sample_weights(size_t *size);   /* sparse weights, weights in file "weights.bin", texts, an initializer given twice */

enum { SAMPLE_COUNT = 7 };
extern void *(*const samples[SAMPLE_COUNT])(size_t *size);

#endif
