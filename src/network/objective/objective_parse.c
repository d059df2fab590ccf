#include "network/objective/objective_parse.h"

#include <cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
  MAX_TEXT = 1 << 23, /* masks and vectors are long */
  MAX_LEAVES = 64,
  MAX_DEPTH = 16,
  MAX_NODES = 256,
  MAX_VECTOR = 1 << 17,
  MAX_SIDE = 4096,
  MAX_INDEX = 1 << 30,
  MAX_PATH = 256,
};

typedef struct parser {
  arena *arena;
  objective_node *nodes;
  int count, leaves;
  char path[MAX_PATH]; /* of the value that is being read */
} parser;

/* ---- sentences ---- */

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static pl_status refuse(const parser *r, const char *format, ...) {
  char what[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  return status_fail(PL_INVALID_ARGUMENT, "the objective%s%s %s", *r->path ? "'s " : "", r->path, what);
}

static pl_status no_memory(void) { return status_no_memory("for the objective"); }

/* Part of a JSON value as messages show it; `room` holds what is returned. */
static const char *shown(const cJSON *value, char room[64]) {
  if (cJSON_IsString(value)) snprintf(room, 64, "'%.40s'", value->valuestring);
  else if (cJSON_IsNumber(value)) snprintf(room, 64, "%g", value->valuedouble);
  else
    snprintf(room, 64, "%s",
             cJSON_IsNull(value)    ? "null"
             : cJSON_IsBool(value)  ? "true or false"
             : cJSON_IsArray(value) ? "a list"
                                    : "an object");
  return room;
}

static pl_status expected(const parser *r, const char *what, const cJSON *value) {
  char room[64];
  return refuse(r, "must be %s, not %s", what, shown(value, room));
}

/* ---- the place ---- */

/* Goes to a part of the value that is being read; the answer goes back with `leave`. */
static size_t enter(parser *r, const char *key) {
  const size_t length = strlen(r->path);
  snprintf(r->path + length, sizeof r->path - length, "%s%s", length ? "." : "", key);
  return length;
}

static size_t enter_item(parser *r, int index) {
  const size_t length = strlen(r->path);
  snprintf(r->path + length, sizeof r->path - length, "[%d]", index);
  return length;
}

static void leave(parser *r, size_t length) { r->path[length] = 0; }

/* ---- values of keys ---- */

static pl_status read_number(const parser *r, const cJSON *value, double low, double high, double *number) {
  if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble)) return expected(r, "a number", value);
  *number = value->valuedouble;
  if (*number >= low && *number <= high) return PL_OK;
  return refuse(r, "is %g, but must be from %g to %g", *number, low, high);
}

static pl_status read_index(const parser *r, const cJSON *value, int low, int high, int *index) {
  double number;
  if (!cJSON_IsNumber(value) || floor(value->valuedouble) != value->valuedouble) return expected(r, "a whole number", value);
  TRY(read_number(r, value, low, high, &number));
  *index = (int)number;
  return PL_OK;
}

static pl_status read_text(parser *r, const cJSON *value, const char **text) {
  if (!cJSON_IsString(value)) return expected(r, "a text", value);
  *text = arena_text(r->arena, value->valuestring, strlen(value->valuestring));
  return *text ? PL_OK : no_memory();
}

/* A list of 1 to `most` numbers that a float holds, from `low`. */
static pl_status read_floats(parser *r, const cJSON *list, double low, int most, float **values, int *count) {
  if (!cJSON_IsArray(list)) return expected(r, "a list of numbers", list);
  *count = cJSON_GetArraySize(list);
  if (*count < 1 || *count > most) return refuse(r, "holds %d numbers, but must hold from 1 to %d", *count, most);
  *values = arena_allocate(r->arena, (size_t)*count, sizeof **values);
  if (!*values) return no_memory();
  int i = 0;
  for (const cJSON *item = list->child; item; item = item->next, i++) {
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= 1e30)) {
      double number;
      enter_item(r, i);
      return read_number(r, item, low, 1e30, &number);
    }
    (*values)[i] = (float)item->valuedouble;
  }
  return PL_OK;
}

static pl_status read_layer(parser *r, const cJSON *value, leaf *l) { return read_text(r, value, &l->layer); }
static pl_status read_unit(parser *r, const cJSON *value, leaf *l) { return read_index(r, value, 0, MAX_INDEX, &l->unit); }
static pl_status read_y(parser *r, const cJSON *value, leaf *l) { return read_index(r, value, 0, MAX_INDEX, &l->y); }
static pl_status read_x(parser *r, const cJSON *value, leaf *l) { return read_index(r, value, 0, MAX_INDEX, &l->x); }
/* The order is that of leaf_tokens. */
static pl_status read_tokens(parser *r, const cJSON *value, leaf *l) {
  static const char *const names[] = {"all", "patches", "class"};
  for (int i = 0; i < 3; i++)
    if (cJSON_IsString(value) && strcmp(value->valuestring, names[i]) == 0) {
      l->tokens = (leaf_tokens)i;
      return PL_OK;
    }
  return expected(r, "'all', 'patches' or 'class'", value);
}

static pl_status read_photo(parser *r, const cJSON *value, leaf *l) { return read_index(r, value, 0, MAX_INDEX, &l->photo); }
static pl_status read_power(parser *r, const cJSON *value, leaf *l) { return read_number(r, value, 0, 16, &l->power); }

static pl_status read_vector(parser *r, const cJSON *value, leaf *l) {
  TRY(read_floats(r, value, -1e30, MAX_VECTOR, &l->vector, &l->vector_length));
  double squares = 0;
  for (int i = 0; i < l->vector_length; i++) squares += (double)l->vector[i] * (double)l->vector[i];
  l->vector_norm = sqrt(squares);
  return squares > 0 ? PL_OK : refuse(r, "is all 0, which is no direction");
}

static const cJSON *find(const cJSON *object, const char *key) { return cJSON_GetObjectItemCaseSensitive(object, key); }

static pl_status read_side(parser *r, const cJSON *mask_object, const char *key, int *side) {
  const cJSON *value = find(mask_object, key);
  if (!value) return refuse(r, "lacks '%s'", key);
  const size_t here = enter(r, key);
  TRY(read_index(r, value, 1, MAX_SIDE, side));
  leave(r, here);
  return PL_OK;
}

static pl_status read_mask_values(parser *r, const cJSON *list, mask *m) {
  int count;
  TRY(read_floats(r, list, 0, MAX_SIDE * MAX_SIDE, &m->values, &count));
  if (count != m->height * m->width) return refuse(r, "holds %d numbers, but the mask is %dx%d", count, m->height, m->width);
  for (int i = 0; i < count; i++) m->sum += (double)m->values[i];
  return m->sum > 0 ? PL_OK : refuse(r, "is all 0: no position is left");
}

static pl_status read_mask(parser *r, const cJSON *value, leaf *l) {
  if (!cJSON_IsObject(value)) return expected(r, "an object of height, width and values", value);
  for (const cJSON *item = value->child; item; item = item->next)
    if (strcmp(item->string, "height") && strcmp(item->string, "width") && strcmp(item->string, "values"))
      return refuse(r, "has a key '%.40s', but a mask takes height, width and values", item->string);
  TRY(read_side(r, value, "height", &l->mask.height));
  TRY(read_side(r, value, "width", &l->mask.width));
  const cJSON *values = find(value, "values");
  if (!values) return refuse(r, "lacks 'values'");
  const size_t here = enter(r, "values");
  TRY(read_mask_values(r, values, &l->mask));
  leave(r, here);
  return PL_OK;
}

static const struct {
  const char *name;
  unsigned bit;
  pl_status (*read)(parser *r, const cJSON *value, leaf *l);
} leaf_keys[] = {
    {"layer", LEAF_LAYER, read_layer},
    {"unit", LEAF_UNIT, read_unit},
    {"y", LEAF_Y, read_y},
    {"x", LEAF_X, read_x},
    {"vector", LEAF_VECTOR, read_vector},
    {"power", LEAF_POWER, read_power},
    {"mask", LEAF_MASK, read_mask},
    {"tokens", LEAF_TOKENS, read_tokens},
    {"photo", LEAF_PHOTO, read_photo},
};

enum { LEAF_KEYS = sizeof leaf_keys / sizeof *leaf_keys };

/* ---- nodes ---- */

/* Every key is one of those that the kind takes, and stands once. */
static pl_status check_keys(const parser *r, const cJSON *object, const char *kind, const char *const *names, int count) {
  for (const cJSON *item = object->child; item; item = item->next) {
    if (find(object, item->string) != item) return refuse(r, "has the key '%.40s' twice", item->string);
    bool known = false;
    char list[128] = "";
    for (int i = 0; i < count; i++) {
      known |= strcmp(item->string, names[i]) == 0;
      const size_t length = strlen(list);
      snprintf(list + length, sizeof list - length, "%s%s", i ? ", " : "", names[i]);
    }
    if (!known) return refuse(r, "has a key '%.40s', but a %s takes %s", item->string, kind, list);
  }
  return PL_OK;
}

static pl_status read_leaf(parser *r, const cJSON *object, const leaf_class *class, leaf *l) {
  const char *names[LEAF_KEYS + 2] = {"kind"};
  int count = 1;
  for (int i = 0; i < LEAF_KEYS; i++)
    if ((class->required | class->optional) & leaf_keys[i].bit) names[count++] = leaf_keys[i].name;
  names[count++] = "weight";
  TRY(check_keys(r, object, class->name, names, count));
  if (++r->leaves > MAX_LEAVES) return status_fail(PL_INVALID_ARGUMENT, "the objective has more than %d leaves", MAX_LEAVES);
  *l = (leaf){.class = class, .y = CENTRE, .x = CENTRE, .power = 2};
  for (int i = 0; i < LEAF_KEYS; i++) {
    const cJSON *value = find(object, leaf_keys[i].name);
    if (!value && (class->required & leaf_keys[i].bit))
      return refuse(r, "lacks '%s': a %s needs it", leaf_keys[i].name, class->name);
    if (!value) continue;
    const size_t here = enter(r, leaf_keys[i].name);
    TRY(leaf_keys[i].read(r, value, l));
    leave(r, here);
  }
  return PL_OK;
}

static pl_status read_node(parser *r, const cJSON *object, int parent, int depth);

/* The children of a sum or product. */
static pl_status read_children(parser *r, const cJSON *object, const char *kind, int parent, int depth) {
  static const char *const names[] = {"kind", "of", "weight"};
  TRY(check_keys(r, object, kind, names, 3));
  const cJSON *list = find(object, "of");
  if (!list) return refuse(r, "lacks 'of': a %s needs it", kind);
  const size_t here = enter(r, "of");
  if (!cJSON_IsArray(list)) return expected(r, "a list of objectives", list);
  if (!list->child) return refuse(r, "is empty, but a %s is of 1 objective or more", kind);
  int i = 0;
  for (const cJSON *item = list->child; item; item = item->next, i++) {
    const size_t list_end = enter_item(r, i);
    TRY(read_node(r, item, parent, depth + 1));
    leave(r, list_end);
  }
  leave(r, here);
  return PL_OK;
}

static pl_status unknown_kind(parser *r, const cJSON *kind) {
  char list[256] = "", room[64];
  for (const leaf_class *c = leaf_classes; c->name; c++) {
    const size_t length = strlen(list);
    snprintf(list + length, sizeof list - length, "%s, ", c->name);
  }
  enter(r, "kind");
  return refuse(r, "is %s, but must be one of %ssum, product", shown(kind, room), list);
}

static pl_status read_weight(parser *r, const cJSON *object, double *weight) {
  const cJSON *value = find(object, "weight");
  *weight = 1;
  if (!value) return PL_OK;
  const size_t here = enter(r, "weight");
  TRY(read_number(r, value, -1e30, 1e30, weight));
  leave(r, here);
  return PL_OK;
}

static pl_status read_node(parser *r, const cJSON *object, int parent, int depth) {
  if (!cJSON_IsObject(object)) return expected(r, "an object", object);
  if (depth > MAX_DEPTH) return refuse(r, "is nested more than %d deep", MAX_DEPTH);
  if (r->count == MAX_NODES) return status_fail(PL_INVALID_ARGUMENT, "the objective has more than %d parts", MAX_NODES);
  const cJSON *kind = find(object, "kind");
  if (!kind) return refuse(r, "lacks 'kind'");
  const int index = r->count++;
  objective_node *n = &r->nodes[index];
  n->parent = parent;
  TRY(read_weight(r, object, &n->weight));
  const char *name = cJSON_IsString(kind) ? kind->valuestring : "";
  if (strcmp(name, "sum") == 0 || strcmp(name, "product") == 0) {
    n->kind = *name == 's' ? NODE_SUM : NODE_PRODUCT;
    return read_children(r, object, name, index, depth);
  }
  for (const leaf_class *c = leaf_classes; c->name; c++)
    if (strcmp(name, c->name) == 0) return read_leaf(r, object, c, &n->leaf);
  return unknown_kind(r, kind);
}

pl_status objective_parse(const char *json, arena *a, objective_node **nodes, int *count) {
  if (!json) return status_fail(PL_INVALID_ARGUMENT, "the objective is missing");
  const size_t length = strlen(json);
  if (length > MAX_TEXT)
    return status_fail(PL_INVALID_ARGUMENT, "the objective's text is %zu bytes, more than %d", length, (int)MAX_TEXT);
  parser r = {.arena = a, .nodes = arena_allocate(a, MAX_NODES, sizeof *r.nodes)};
  if (!r.nodes) return no_memory();
  const char *end = json;
  cJSON *root = cJSON_ParseWithLengthOpts(json, length + 1, &end, true);
  if (!root)
    return status_fail(PL_INVALID_ARGUMENT, "the objective is not JSON, or too deep, at byte %zu: '%.20s'", (size_t)(end - json),
                       end);
  const pl_status status = read_node(&r, root, -1, 1);
  cJSON_Delete(root);
  *nodes = r.nodes;
  *count = r.count;
  return status;
}
