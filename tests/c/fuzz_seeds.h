/* What fuzzing starts from: sound bytes for every entry. */
#ifndef FUZZ_SEEDS_H
#define FUZZ_SEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Small networks of one operator each, and what makes its inputs; every operator has one, and those of many forms several. */
extern const int seed_node_count;
const char *seed_node_op(int index);

/* The file, to be freed with free(); its output 'out' is made of what the operator makes. Large ones claim more than a test should
 * run. */
void *seed_node_file(int index, bool *large, size_t *size);

/* One of them, by two bytes of its index, in which numbers are changed, by two bytes each: which one, and to what. */
void *seed_node_changed(const uint8_t *bytes, size_t count, size_t *size);

/* Calls `give` for each seed of the entry of this name. */
void fuzz_seeds(const char *entry, void (*give)(void *context, const uint8_t *bytes, size_t size), void *context);

#endif
