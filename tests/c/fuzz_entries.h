/* Everything that untrusted bytes can enter by. An entry takes bytes, whatever they are, as far as they go: it answers, soon, and
 * leaves nothing behind, and sanitizers look on. libFuzzer calls one (tests/fuzz), test_mutations.c all of them. */
#ifndef FUZZ_ENTRIES_H
#define FUZZ_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What begins with these, as no ONNX file does, is no file but the choices that random_model makes one of, or the changes that
 * seed_node_changed does. */
enum { FUZZ_CHOICES = 'G', FUZZ_CHANGES = 'N' };

/* Whether networks are run that would take much memory and time: wants memory that is only taken where it is touched, as
 * tests/fuzz/guarded_memory.c has it. */
extern bool fuzz_large;

void fuzz_network(const uint8_t *bytes, size_t size);    /* an ONNX file that is looked into */
void fuzz_generator(const uint8_t *bytes, size_t size);  /* an ONNX file that makes images */
void fuzz_checkpoint(const uint8_t *bytes, size_t size); /* a run that was kept */
void fuzz_magnitude(const uint8_t *bytes, size_t size);  /* an npy file */
void fuzz_objective(const uint8_t *bytes, size_t size);  /* a JSON text */
void fuzz_options(const uint8_t *bytes, size_t size);    /* a preset's number, then changes as fuzz_run.c has them */

typedef struct fuzz_entry {
  const char *name;
  void (*take)(const uint8_t *bytes, size_t size);
} fuzz_entry;

enum { FUZZ_ENTRIES = 6 };
extern const fuzz_entry fuzz_entries[FUZZ_ENTRIES];

/* Takes a copy of exactly the size, so that a read past the end is noticed. */
void fuzz_take(const fuzz_entry *entry, const uint8_t *bytes, size_t size);

#endif
