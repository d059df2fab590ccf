/* Objectives from their JSON: scores and gradients agree with PyTorch's (tests/golden/make_objectives.py), whatever cannot be is
 * refused with its place, and no text does harm. */
#include "network/objective/objective.h"
#include "network/objective/objective_parse.h"
#include "onnx_writer.h"
#include "small_net.h"
#include "support.h"

enum { SIDE = 12, PIXELS = 3 * SIDE * SIDE, MOST = 64 };

/* ---- golden numbers ---- */

/* The lines of the file, which `file` holds. */
static int read_lines(char *file, char *lines[MOST]) {
  int count = 0;
  for (char *line = strtok(file, "\n"); line && count < MOST; line = strtok(NULL, "\n")) lines[count++] = line;
  return count;
}

static pl_model *load_network(uint8_t **file) {
  size_t size;
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  pl_model *m;
  *file = test_file("tests/golden/objectives.onnx", &size);
  REQUIRE(*file && pl_model_load(*file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  return m;
}

static void agrees_with_pytorch(pl_model *m) {
  static float image[PIXELS], gradient[PIXELS], gradients[MOST * PIXELS], scores[MOST];
  char *lines[MOST], *file = (char *)test_file("tests/golden/objectives.jsonl", &(size_t){0});
  REQUIRE(file);
  const int count = read_lines(file, lines);
  test_golden_file("objectives_image", image, sizeof image);
  test_golden_file("objectives_scores", scores, (size_t)count * sizeof *scores);
  test_golden_file("objectives_gradients", gradients, (size_t)count * sizeof gradient);
  for (int i = 0; i < count; i++) {
    float score = NAN;
    const float *wanted = gradients + (size_t)i * PIXELS;
    bool right = CHECK_INT(pl_gradient(m, image, SIDE, SIDE, lines[i], &score, gradient), PL_OK);
    right &= CHECK_NEAR(score, scores[i], 1e-4 * fabs((double)scores[i]) + 1e-7);
    right &= CHECK_CLOSE(gradient, wanted, PIXELS, 1e-4);
    if (!right) printf("  %s: %s\n", lines[i], pl_error_message());
  }
  printf("%d objectives\n", count);
  free(file);
}

/* A batch of 3 images and 2 photos of which objectives make one score. */
static void groups_agree_with_pytorch(const pl_model *m) {
  enum { IMAGES = 3, PHOTOS = 2 };
  static float pixels[(IMAGES + PHOTOS) * PIXELS], gradients[MOST * IMAGES * PIXELS], scores[MOST];
  char *lines[MOST], *file = (char *)test_file("tests/golden/groups.jsonl", &(size_t){0});
  REQUIRE(file);
  const int count = read_lines(file, lines);
  test_golden_file("groups_images", pixels, sizeof pixels);
  test_golden_file("groups_scores", scores, (size_t)count * sizeof *scores);
  test_golden_file("groups_gradients", gradients, (size_t)count * IMAGES * PIXELS * sizeof *gradients);
  for (int i = 0; i < count; i++) {
    objective *o;
    exec *e;
    int target_count;
    float score = NAN;
    REQUIRE(objective_create(m, lines[i], &o) == PL_OK);
    const int *targets = objective_targets(o, &target_count);
    REQUIRE(exec_create(m->graph, targets, target_count, &m->preprocessing, true, &e) == PL_OK);
    uint64_t bytes;
    REQUIRE(exec_measure(e, IMAGES + PHOTOS, SIDE, SIDE) == PL_OK);
    CHECK_INT(objective_measure(o, e, IMAGES, PHOTOS, &bytes), PL_OK); /* before there is memory for the layers */
    CHECK((bytes > 0) == (strstr(lines[i], "diversity") != NULL));
    REQUIRE(exec_reshape(e, IMAGES + PHOTOS, SIDE, SIDE, UINT64_MAX) == PL_OK &&
            objective_prepare(o, e, IMAGES, PHOTOS) == PL_OK);
    memcpy(exec_input(e), pixels, sizeof pixels);
    CHECK_INT(exec_forward(e), PL_OK);
    bool right = CHECK_INT(objective_evaluate(o, e, 0, 1, &score), PL_OK);
    CHECK_INT(exec_backward(e), PL_OK);
    right &= CHECK_NEAR(score, scores[i], 1e-4 * fabs((double)scores[i]) + 1e-7);
    right &= CHECK_CLOSE(exec_dinput(e), gradients + (size_t)i * IMAGES * PIXELS, IMAGES * PIXELS, 1e-4);
    if (!right) printf("  %s\n", lines[i]);
    exec_free(e);
    objective_free(o);
  }
  printf("%d objectives of groups\n", count);
  free(file);
}

/* ---- what is looked at ---- */

/* Which of the small network's five logits are made for an objective, as bits: the others keep their bias alone. */
static unsigned made_for(pl_model *m, const char *json) {
  enum { SMALL = 15, LOGITS = 5 };
  float *image = random_floats(3 * SMALL * SMALL, 0, 1), all[LOGITS];
  unsigned made = 0;
  objective *o;
  exec *e;
  int count;
  REQUIRE(objective_create(m, json, &o) == PL_OK);
  const int *targets = objective_targets(o, &count);
  REQUIRE(exec_create(m->graph, targets, count, &m->preprocessing, true, &e) == PL_OK);
  REQUIRE(exec_reshape(e, 1, SMALL, SMALL, UINT64_MAX) == PL_OK);
  for (int some = 0; some < 2; some++) {
    if (some) REQUIRE(objective_prepare(o, e, 1, 0) == PL_OK);
    memcpy(exec_input(e), image, 3 * SMALL * SMALL * sizeof *image);
    REQUIRE(exec_forward(e) == PL_OK);
    const float *logits = exec_layer(e, 0).data;
    if (!some) memcpy(all, logits, sizeof all);
    for (unsigned i = 0; some && i < LOGITS; i++) made |= (unsigned)(logits[i] == all[i]) << i;
  }
  exec_free(e);
  objective_free(o);
  free(image);
  return made;
}

static void only_what_is_looked_at_is_made(void) {
  void *file;
  pl_model *m = small_net_load(&file);
  CHECK_INT(made_for(m, "{\"kind\": \"logit\", \"unit\": 3}"), 1 << 3);
  CHECK_INT(made_for(m,
                     "{\"kind\": \"sum\", \"of\": [{\"kind\": \"logit\", \"unit\": 3}, {\"kind\": \"channel\", \"layer\": "
                     "\"logits\", \"unit\": 1}]}"),
            1 << 1 | 1 << 2 | 1 << 3);
  CHECK_INT(
      made_for(m, "{\"kind\": \"sum\", \"of\": [{\"kind\": \"logit\", \"unit\": 3}, {\"kind\": \"probability\", \"unit\": 1}]}"),
      31);
  pl_model_free(m);
  free(file);
}

/* ---- what is refused ---- */

static pl_status gradient_of(pl_model *m, const char *json) {
  static float image[PIXELS], gradient[PIXELS];
  float score;
  for (int i = 0; i < PIXELS; i++) image[i] = (float)(i % 7) / 7;
  return pl_gradient(m, image, SIDE, SIDE, json, &score, gradient);
}

static void refused(pl_model *m, const char *json, pl_status status, const char *words) {
  const bool right = CHECK_INT(gradient_of(m, json), status) & CHECK(strstr(pl_error_message(), words) != NULL);
  if (!right) printf("  '%s' is not in: %s\n  of %.200s\n", words, pl_error_message(), json);
}

static void what_cannot_be_is_refused(pl_model *m) {
  static const struct {
    const char *json, *words;
    pl_status status;
  } cases[] = {
      {NULL, "is missing", PL_INVALID_ARGUMENT},
      {"", "not JSON", PL_INVALID_ARGUMENT},
      {"{'kind': 'logit', 'unit': 1}", "at byte 2: 'kind'", PL_INVALID_ARGUMENT},
      {"{'kind': 'logit', 'unit': 1} x", "not JSON", PL_INVALID_ARGUMENT},
      {"[]", "must be an object, not a list", PL_INVALID_ARGUMENT},
      {"{}", "lacks 'kind'", PL_INVALID_ARGUMENT},
      {"{`kind`: `neurons`}", "'s kind is 'neurons', but must be one of channel, neuron, logit", PL_INVALID_ARGUMENT},
      {"{`kind`: 7}", "'s kind is 7, but must be one of", PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`}", "lacks 'unit': a logit needs it", PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`, `unit`: 1, `wait`: 2}", "has a key 'wait', but a logit takes kind, layer, unit, weight",
       PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`, `unit`: 1, `of`: []}", "has a key 'of'", PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`, `unit`: 1, `mask`: {}}", "has a key 'mask'", PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`, `unit`: 1, `unit`: 2}", "has the key 'unit' twice", PL_INVALID_ARGUMENT},
      {"{`kind`: `sum`, `of`: [{`kind`: `logit`, `unit`: 1}, {`kind`: `logit`, `unit`: `1`}]}",
       "'s of[1].unit must be a whole number, not '1'", PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`, `unit`: 1.5}", "'s unit must be a whole number, not 1.5", PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`, `unit`: -1}", "'s unit is -1, but must be from 0", PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`, `unit`: 1e99}", "'s unit is 1e+99", PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`, `unit`: 5}", "units 0 to 4, but unit 5", PL_UNKNOWN_UNIT},
      {"{`kind`: `probability`, `unit`: 5}", "units 0 to 4, but unit 5", PL_UNKNOWN_UNIT},
      {"{`kind`: `logit`, `unit`: 1, `weight`: 1e999}", "'s weight must be a number, not inf", PL_INVALID_ARGUMENT},
      {"{`kind`: `logit`, `unit`: 1, `weight`: null}", "'s weight must be a number, not null", PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: 3}", "'s layer must be a text, not 3", PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `nowhere`}", "this model has no layer 'nowhere'; one that it has is 'probabilities'",
       PL_UNKNOWN_LAYER},
      {"{`kind`: `layer`, `layer`: `Early/RELU`}", "this model has no layer 'Early/RELU'; one that it has is 'early_relu'",
       PL_UNKNOWN_LAYER},
      {"{`kind`: `layer`, `layer`: `mid`, `tokens`: `some`}", "'s tokens must be 'all', 'patches' or 'class', not 'some'",
       PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `tokens`: `class`}", "layer 'mid' of shape 1x8x6x6 has no class token",
       PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `w1`}", "is not a layer", PL_UNKNOWN_LAYER},
      {"{`kind`: `neuron`, `layer`: `mid`, `unit`: 0, `y`: 6}", "is 6x6 here, but the neuron at y 6", PL_UNKNOWN_UNIT},
      {"{`kind`: `neuron`, `layer`: `mid`, `unit`: 0, `x`: -1}", "'s x is -1", PL_INVALID_ARGUMENT},
      {"{`kind`: `sum`}", "lacks 'of'", PL_INVALID_ARGUMENT},
      {"{`kind`: `sum`, `of`: {}}", "'s of must be a list of objectives, not an object", PL_INVALID_ARGUMENT},
      {"{`kind`: `product`, `of`: [{`kind`: `sum`, `of`: []}]}", "'s of[0].of is empty", PL_INVALID_ARGUMENT},
      {"{`kind`: `sum`, `of`: [3]}", "'s of[0] must be an object, not 3", PL_INVALID_ARGUMENT},
      {"{`kind`: `direction`, `layer`: `mid`}", "lacks 'vector'", PL_INVALID_ARGUMENT},
      {"{`kind`: `direction`, `layer`: `mid`, `vector`: []}", "'s vector holds 0 numbers", PL_INVALID_ARGUMENT},
      {"{`kind`: `direction`, `layer`: `mid`, `vector`: [0, 0, 0, 0, 0, 0, 0, 0]}", "'s vector is all 0", PL_INVALID_ARGUMENT},
      {"{`kind`: `direction`, `layer`: `mid`, `vector`: [1, null]}", "'s vector[1] must be a number, not null",
       PL_INVALID_ARGUMENT},
      {"{`kind`: `direction`, `layer`: `mid`, `vector`: [1, 1e39]}", "'s vector[1] is 1e+39", PL_INVALID_ARGUMENT},
      {"{`kind`: `cosine`, `layer`: `mid`, `vector`: [1, 2, 3]}",
       "layer 'mid' has 8 units, but the cosine's vector has 3 numbers", PL_INVALID_ARGUMENT},
      {"{`kind`: `dot-cosine`, `layer`: `mid`, `vector`: [1], `power`: -1}", "'s power is -1", PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `mask`: 1}", "'s mask must be an object", PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `mask`: {`height`: 1, `values`: [1]}}", "'s mask lacks 'width'", PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `mask`: {`height`: 1, `width`: 0, `values`: [1]}}", "'s mask.width is 0",
       PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `mask`: {`height`: 1, `width`: 2}}", "'s mask lacks 'values'", PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `mask`: {`height`: 1, `width`: 2, `values`: [1]}}",
       "'s mask.values holds 1 numbers, but the mask is 1x2", PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `mask`: {`height`: 1, `width`: 1, `values`: [0]}}", "'s mask.values is all 0",
       PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `mask`: {`height`: 1, `width`: 1, `values`: [-1]}}", "'s mask.values[0] is -1",
       PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `mask`: {`height`: 1, `width`: 1, `values`: [1], `name`: 0}}", "a key 'name'",
       PL_INVALID_ARGUMENT},
      {"{`kind`: `layer`, `layer`: `mid`, `mask`: {`height`: 1, `width`: 2, `values`: [1, 1]}}",
       "layer 'mid' is 6x6 here, but the layer's mask is 1x2", PL_INVALID_ARGUMENT},
      {"{`kind`: `distance`, `layer`: `mid`}", "lacks 'photo'", PL_INVALID_ARGUMENT},
      {"{`kind`: `distance`, `layer`: `mid`, `photo`: 0}", "is to photo 0, but there are 0 photos", PL_INVALID_ARGUMENT},
      {"{`kind`: `diversity`, `layer`: `mid`}", "between images, but there is only 1", PL_INVALID_ARGUMENT},
      {"{`kind`: `channel`, `layer`: `logits`, `unit`: 0, `weight`: 1e30}", NULL, PL_OK},
      {"{`kind`: `product`, `of`: [{`kind`: `logit`, `unit`: 0, `weight`: 1e30}, {`kind`: `logit`, `unit`: 0, `weight`: 1e30}]}",
       "beyond what a float holds", PL_NOT_FINITE},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char json[400] = "";
    if (cases[i].json) snprintf(json, sizeof json, "%s", cases[i].json);
    for (char *c = json; *c; c++)
      if (*c == '`') *c = '"';
    if (cases[i].status) refused(m, cases[i].json ? json : NULL, cases[i].status, cases[i].words);
    else CHECK_INT(gradient_of(m, json), PL_OK);
  }
}

/* `text`, `count` times one after another, between `before` and `after`. */
static char *repeated(const char *before, const char *text, int count, const char *after) {
  char *all = malloc(strlen(before) + strlen(text) * (size_t)count + strlen(after) + 1), *end = all;
  REQUIRE(all);
  end += sprintf(end, "%s", before);
  for (int i = 0; i < count; i++) end += sprintf(end, "%s", text);
  sprintf(end, "%s", after);
  return all;
}

#define LEAF "{\"kind\": \"logit\", \"unit\": 1}"
#define SUM_OF "{\"kind\": \"sum\", \"of\": ["

static void check_repeated(pl_model *m, char *json, pl_status status, const char *words) {
  if (status) refused(m, json, status, words);
  else CHECK_INT(gradient_of(m, json), PL_OK);
  free(json);
}

static void size_and_depth_are_limited(pl_model *m) {
  check_repeated(m, repeated(SUM_OF, LEAF ",", 63, LEAF "]}"), PL_OK, NULL);
  check_repeated(m, repeated(SUM_OF, LEAF ",", 64, LEAF "]}"), PL_INVALID_ARGUMENT, "more than 64 leaves");
  for (int depth = 15; depth < 19; depth += 3) { /* of sums alone, the leaf is one deeper */
    char *open = repeated("", SUM_OF, depth, LEAF);
    check_repeated(m, repeated(open, "]}", depth, ""), depth == 15 ? PL_OK : PL_INVALID_ARGUMENT, "nested more than 16 deep");
    free(open);
  }
  check_repeated(m, repeated("", "[", 100000, ""), PL_INVALID_ARGUMENT, "too deep, at byte 40");
  check_repeated(m, repeated("\"", "x", 9000000, "\""), PL_INVALID_ARGUMENT, "9000002 bytes");
  char *deep = repeated(SUM_OF SUM_OF SUM_OF SUM_OF SUM_OF, "", 0, LEAF "]}]}]}]}]}");
  char *item = repeated("", deep, 1, ",");
  check_repeated(m, repeated(SUM_OF, item, 60, LEAF "]}"), PL_INVALID_ARGUMENT, "more than 256 parts");
  free(deep);
  free(item);
}

/* A layer of one dimension has no units. */
static void layers_without_units_are_refused(void) {
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, 12, 12));
  writer_node(&w, "Relu", "", "input", "rectified");
  writer_initializer_ints(&w, "all", SHAPE(1), (int64_t[]){-1});
  writer_node(&w, "Reshape", "", "rectified,all", "line");
  writer_output(&w, "line", SHAPE(3 * 12 * 12));
  void *file = writer_finish(&w, &size);
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  pl_model *m;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  refused(m, "{\"kind\": \"layer\", \"layer\": \"line\"}", PL_UNKNOWN_LAYER, "of shape 432 has no units");
  pl_model_free(m);
  free(file);
}

/* A network of one operator answers NaN or infinity, by its values or by its slope alone: told, and not handed on. */
static void numbers_that_are_none_are_told(void) {
  static const struct {
    const char *op, *words;
    float pixel;
  } cases[] = {
      {"Log", "the channel of layer 'out' is not a finite number: the model or its input is broken", 0},
      {"Log", "the channel of layer 'out' is not a finite number", -1},
      {"Sqrt", "the image's gradient is not a finite number: an operator has no slope", 0},
      {"Sqrt", NULL, 0.25f},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t size;
    writer w;
    writer_start(&w);
    writer_input(&w, "input", SHAPE(1, 3, SIDE, SIDE));
    writer_node(&w, cases[i].op, "", "input", "out");
    writer_output(&w, "out", SHAPE(1, 3, SIDE, SIDE));
    void *file = writer_finish(&w, &size);
    const pl_preprocessing plain = {.std = {1, 1, 1}};
    pl_model *m;
    REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
    float image[PIXELS], gradient[PIXELS], score;
    for (int k = 0; k < PIXELS; k++) image[k] = 0.5f;
    image[7] = cases[i].pixel;
    const pl_status status = pl_gradient(m, image, SIDE, SIDE, "{\"kind\": \"channel\", \"layer\": \"out\", \"unit\": 1}", &score,
                                         gradient);
    CHECK_INT(status, cases[i].words ? PL_NOT_FINITE : PL_OK);
    if (cases[i].words && !CHECK(strstr(pl_error_message(), cases[i].words))) printf("  it says: %s\n", pl_error_message());
    pl_model_free(m);
    free(file);
  }
}

/* Weights of another channel than the one that is asked for are NaN: its score is finite, and its gradient, NaN times 0, is not
 * to be blamed on a slope. */
static void broken_weights_are_told(void) {
  size_t size;
  writer w;
  writer_start(&w);
  writer_input(&w, "input", SHAPE(1, 3, SIDE, SIDE));
  writer_initializer_floats(&w, "weights", SHAPE(2, 3, 1, 1), (float[]){1, 2, 3, 4, NAN, 6});
  writer_node(&w, "Conv", "broken", "input,weights", "out");
  writer_output(&w, "out", SHAPE(1, 2, SIDE, SIDE));
  void *file = writer_finish(&w, &size);
  const pl_preprocessing plain = {.std = {1, 1, 1}};
  pl_model *m;
  REQUIRE(pl_model_load(file, size, &(pl_model_options){.preprocessing = &plain}, &m) == PL_OK);
  refused(m, "{\"kind\": \"channel\", \"layer\": \"out\", \"unit\": 0}", PL_NOT_FINITE,
          "node 'broken' (Conv) answers NaN: the model or its input is broken");
  pl_run *r;
  pl_config c = pl_config_default();
  c.height = c.width = c.crop_size = 32, c.crops = 1, c.parametrization = PL_PIXEL;
  REQUIRE(pl_run_create(m, "{\"kind\": \"channel\", \"layer\": \"out\", \"unit\": 0}", &c, NULL, 0, NULL, 0, &r) == PL_OK);
  CHECK_INT(pl_run_step(r, PL_STEP_CROPS, 0, 1), PL_NOT_FINITE);
  CHECK(strstr(pl_error_message(), "node 'broken' (Conv) answers NaN"));
  pl_run_free(r);
  pl_model_free(m);
  free(file);
}

/* Positions whose units are all 0 have a cosine of 0 and no gradient of it: none of these is NaN. */
static void dead_positions_are_no_trouble(void) {
  void *file;
  pl_model *m = small_net_load(&file);
  static float image[3 * 15 * 15], gradient[3 * 15 * 15];
  for (int i = 0; i < 3 * 15 * 15; i++) image[i] = -30; /* nearly all units of relu1 are 0 in some places */
  static const char *const kinds[] = {"cosine", "dot-cosine", "direction"};
  for (int k = 0; k < 3; k++) {
    char json[200];
    float score;
    snprintf(json, sizeof json, "{\"kind\": \"%s\", \"layer\": \"relu1\", \"vector\": [1, 0, 0, 0, 0, 0, 0, 1]}", kinds[k]);
    CHECK_INT(pl_gradient(m, image, 15, 15, json, &score, gradient), PL_OK);
    CHECK(isfinite(score));
    for (int i = 0; i < 3 * 15 * 15; i++)
      if (!isfinite(gradient[i])) CHECK(isfinite(gradient[i]));
  }
  pl_model_free(m);
  free(file);
}

/* ---- damaged texts ---- */

static size_t below(size_t limit) { return random_bits() % limit; }

/* Replaces some bytes by what JSON is made of, cuts a part out, or puts one in twice. */
static size_t mutate(char *text, size_t size) {
  static const char alphabet[] = "{}[]\",:0123456789-+.eE \\ulntr\x01\xff";
  const size_t at = below(size), count = 1 + below(size - at);
  switch (below(3)) {
    case 0:
      for (size_t i = 1 + below(4); i; i--) text[below(size)] = alphabet[below(sizeof alphabet - 1)];
      return size;
    case 1: memmove(text + at, text + at + count, size - at - count); return size - count;
    default: memmove(text + at + count, text + at, size - at); return size + count;
  }
}

static void no_text_does_harm(void) {
  char *lines[MOST], *file = (char *)test_file("tests/golden/objectives.jsonl", &(size_t){0});
  REQUIRE(file);
  const int count = read_lines(file, lines);
  int accepted = 0;
  random_seed(5);
  for (int i = 0; i < 20000; i++) {
    size_t size = strlen(lines[i % count]);
    char *text = malloc(8 * size + 1);
    REQUIRE(text);
    memcpy(text, lines[i % count], size);
    for (int k = i % 3; k >= 0 && size; k--) size = mutate(text, size);
    text[size] = 0;
    char *exact = realloc(text, size + 1); /* no byte beyond: the sanitizers look on */
    arena *a = arena_create();
    objective_node *nodes;
    int node_count;
    REQUIRE(exact && a);
    const pl_status status = objective_parse(exact, a, &nodes, &node_count);
    CHECK(status == PL_OK || status == PL_INVALID_ARGUMENT);
    accepted += status == PL_OK;
    arena_free(a);
    free(exact);
  }
  CHECK(accepted > 100 && accepted < 15000);
  printf("%d of 20000 damaged texts are still objectives\n", accepted);
  free(file);
}

int main(void) {
  uint8_t *file;
  pl_model *m = load_network(&file);
  agrees_with_pytorch(m);
  groups_agree_with_pytorch(m);
  only_what_is_looked_at_is_made();
  what_cannot_be_is_refused(m);
  size_and_depth_are_limited(m);
  layers_without_units_are_refused();
  numbers_that_are_none_are_told();
  broken_weights_are_told();
  dead_positions_are_no_trouble();
  no_text_does_harm();
  pl_model_free(m);
  free(file);
  return test_result();
}
