/* A small network with everything that makes running one hard: folded BatchNormalization and clamps, a value with several
 * readers, a change of layout, odd sizes. Random but fixed weights. */
#ifndef SMALL_NET_H
#define SMALL_NET_H

#include "network/model.h"

/* Layers: conv1, bn1, relu1 (8 channels), conv2, sum (relu1 + conv2), cat (sum, relu1), pool, flat, logits (5), probabilities.
 * Input: N x 3 x 15 x 15, with a batch that the file leaves open. The caller frees the file after the model. */
pl_model *small_net_load(void **file);

#endif
