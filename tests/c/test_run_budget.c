/* The memory budget: everything of a run counts, what is beyond it is refused before it is taken, and a refusal leaves nothing
 * behind. */
#include "base/tensor.h"
#include "small_net.h"
#include "support.h"

static const char OBJECTIVE[] = "{\"kind\": \"channel\", \"layer\": \"cat\", \"unit\": 1}";

static pl_config small(void) {
  pl_config c = pl_config_default();
  c.height = c.width = 64;
  c.crops = 2;
  c.crop_size = 16;
  c.parametrization = PL_PIXEL;
  return c;
}

/* Bytes in use by a run, or -1 where it is refused. */
static int64_t held(pl_model *m, const pl_config *c) {
  const int64_t before = memory_in_use();
  pl_run *r;
  if (pl_run_create(m, OBJECTIVE, c, NULL, 0, "", 1, &r)) {
    CHECK(memory_in_use() <= before);
    return -1;
  }
  const int64_t bytes = memory_in_use() - before;
  pl_run_free(r);
  return bytes;
}

static void refused(pl_model *m, const pl_config *c) {
  CHECK_INT(held(m, c), -1);
  if (!CHECK(strstr(pl_error_message(), "budget") != NULL)) printf("  %s\n", pl_error_message());
  CHECK(!strstr(pl_error_message(), "one image at a time"));
}

/* Each of these alone needs more. */
static void all_of_a_run_counts(pl_model *m) {
  pl_config c = small();
  c.memory_budget = 20000000;
  CHECK(held(m, &c) > 0);
  c.height = c.width = 1024; /* image and values */
  refused(m, &c);
  c.height = c.width = 64;
  c.crop_size = 640; /* the network's values, with pointers of 32 bits too */
  refused(m, &c);
  c.crop_size = 64; /* the crops */
  c.crops = 256, c.images = 8;
  refused(m, &c);
  c.crops = 1;
  CHECK(held(m, &c) > 0);
}

/* 3 x 2^32 bytes, which wrap to nothing in 32 bits. */
static void crops_beyond_memory_are_refused(pl_model *m) {
  pl_config c = small();
  c.crops = 256, c.images = 4, c.crop_size = 1024;
  c.memory_budget = (uint64_t)4 << 30;
  pl_run *r;
  CHECK_INT(pl_run_create(m, OBJECTIVE, &c, NULL, 0, "", 1, &r), PL_OUT_OF_MEMORY);
}

/* Where crops, images and crop size stand in a checkpoint: behind its name, version, height, width and steps. */
enum { CROPS_AT = 24 };

static void checkpoints_that_claim_more_are_refused(pl_model *m) {
  pl_config c = small();
  c.images = 4;
  pl_run *r;
  REQUIRE(pl_run_create(m, OBJECTIVE, &c, NULL, 0, "", 1, &r) == PL_OK);
  size_t size;
  CHECK_INT(pl_run_checkpoint(r, NULL, 0, NULL, 0, &size), PL_OK);
  uint8_t *bytes = malloc(size);
  REQUIRE(bytes);
  CHECK_INT(pl_run_checkpoint(r, NULL, 0, bytes, size, &size), PL_OK);
  pl_run_free(r);
  const int32_t claims[] = {256, 4, 1024};
  const int64_t before = memory_in_use();
  memcpy(bytes + CROPS_AT, claims, sizeof claims);
  CHECK_INT(pl_run_restore(m, OBJECTIVE, NULL, 0, bytes, size, &r), PL_OUT_OF_MEMORY);
  CHECK(memory_in_use() <= before);
  free(bytes);
}

static void limits_are_kept(void) {
  const int64_t before = memory_in_use();
  memory_limit(before + 1000);
  void *some = memory_allocate(10, 50);
  CHECK(some && !memory_limited());
  CHECK(!memory_allocate(1, 600) && memory_limited());
  memory_free(some);
  void *other = memory_allocate(1, 600);
  CHECK(other != NULL);
  memory_limit(INT64_MAX);
  memory_free(other);
  CHECK_INT(memory_in_use() - before, 0);
}

int main(void) {
  void *file;
  pl_model *m = small_net_load(&file);
  limits_are_kept();
  all_of_a_run_counts(m);
  crops_beyond_memory_are_refused(m);
  checkpoints_that_claim_more_are_refused(m);
  pl_model_free(m);
  free(file);
  return test_result();
}
