/* Guesses from a graph what values it expects: many files normalize their input themselves. */
#ifndef HINT_H
#define HINT_H

#include "network/graph/graph.h"

pl_preprocessing_hint hint_find(const graph *g);

/* ImageNet's mean and deviation, of the luminance where there is one channel. */
pl_preprocessing hint_imagenet(int channels);

#endif
