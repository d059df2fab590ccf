/* Sound files of senseless nodes, made of a list of choices: whatever the choices are, the file can be read, and its nodes often
 * fit each other well enough to be run. */
#ifndef RANDOM_MODEL_H
#define RANDOM_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* The file, to be freed with free(). */
void *random_model(const uint8_t *choices, size_t count, size_t *size);

#endif
