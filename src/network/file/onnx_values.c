/* What a read file holds: elements of tensors as numbers, attributes by their names. */
#include <string.h>

#include "network/file/onnx.h"

/* ---- elements ---- */

size_t onnx_type_size(int type) {
  switch (type) {
    case ONNX_UINT8:
    case ONNX_INT8:
    case ONNX_BOOL: return 1;
    case ONNX_UINT16:
    case ONNX_INT16:
    case ONNX_FLOAT16:
    case ONNX_BFLOAT16: return 2;
    case ONNX_FLOAT:
    case ONNX_UINT32:
    case ONNX_INT32: return 4;
    case ONNX_UINT64:
    case ONNX_INT64:
    case ONNX_DOUBLE: return 8;
    default: return 0;
  }
}

static float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* All bits where it holds. */
static uint32_t mask_of(bool condition) { return -(uint32_t)condition; }

/* Without branches, so that compilers make vector code of the loop around it. */
static float float_of_half(uint16_t half) {
  const uint32_t magnitude = half & 0x7fffu, sign = (uint32_t)(half & 0x8000u) << 16;
  const uint32_t rebias = 112u << 23; /* from an exponent biased by 15 to one biased by 127; infinity and NaN: twice */
  const uint32_t normal = (magnitude << 13) + rebias + (mask_of(magnitude >= 0x7c00u) & rebias);
  const float small = (float)(int32_t)magnitude * 0x1p-24f;
  const uint32_t is_small = mask_of(magnitude < 0x400u);
  uint32_t subnormal;
  memcpy(&subnormal, &small, sizeof subnormal);
  return float_of_bits((subnormal & is_small) | (normal & ~is_small) | sign);
}

static float float_of_bfloat(uint16_t bits) { return float_of_bits((uint32_t)bits << 16); }

/* out[i] = conversion of element i; the elements may be unaligned. */
#define CONVERT(type, conversion)                                                 \
  for (size_t i = 0; i < t->count; i++) {                                         \
    type element;                                                                 \
    memcpy(&element, (const char *)t->data + i * sizeof element, sizeof element); \
    out[i] = conversion;                                                          \
  }                                                                               \
  break

void onnx_floats(const onnx_tensor *t, float *restrict out) {
  switch (t->type) {
    case ONNX_FLOAT:
      if (t->count) memcpy(out, t->data, t->count * sizeof *out);
      break;
    case ONNX_FLOAT16: CONVERT(uint16_t, float_of_half(element));
    case ONNX_BFLOAT16: CONVERT(uint16_t, float_of_bfloat(element));
    case ONNX_DOUBLE: CONVERT(double, (float)element);
    case ONNX_UINT8: CONVERT(uint8_t, element);
    case ONNX_INT8: CONVERT(int8_t, element);
    case ONNX_BOOL: CONVERT(uint8_t, element != 0);
    case ONNX_UINT16: CONVERT(uint16_t, element);
    case ONNX_INT16: CONVERT(int16_t, element);
    case ONNX_UINT32: CONVERT(uint32_t, (float)element);
    case ONNX_INT32: CONVERT(int32_t, (float)element);
    case ONNX_UINT64: CONVERT(uint64_t, (float)element);
    case ONNX_INT64: CONVERT(int64_t, (float)element);
  }
}

/* Toward zero; what does not fit becomes the nearest that does, NaN 0. */
static int64_t int_of_double(double value) {
  if (value != value) return 0;
  if (value >= 0x1p63) return INT64_MAX;
  return value <= -0x1p63 ? INT64_MIN : (int64_t)value;
}

void onnx_ints(const onnx_tensor *t, int64_t *restrict out) {
  switch (t->type) {
    case ONNX_INT64:
      if (t->count) memcpy(out, t->data, t->count * sizeof *out);
      break;
    case ONNX_UINT8: CONVERT(uint8_t, element);
    case ONNX_INT8: CONVERT(int8_t, element);
    case ONNX_BOOL: CONVERT(uint8_t, element != 0);
    case ONNX_UINT16: CONVERT(uint16_t, element);
    case ONNX_INT16: CONVERT(int16_t, element);
    case ONNX_UINT32: CONVERT(uint32_t, element);
    case ONNX_INT32: CONVERT(int32_t, element);
    case ONNX_UINT64: CONVERT(uint64_t, element > INT64_MAX ? INT64_MAX : (int64_t)element);
    case ONNX_FLOAT: CONVERT(float, int_of_double((double)element));
    case ONNX_FLOAT16: CONVERT(uint16_t, int_of_double((double)float_of_half(element)));
    case ONNX_BFLOAT16: CONVERT(uint16_t, int_of_double((double)float_of_bfloat(element)));
    case ONNX_DOUBLE: CONVERT(double, int_of_double(element));
  }
}

/* ---- attributes ---- */

const onnx_attribute *onnx_find(const onnx_node *node, const char *name) {
  for (int i = 0; i < node->attribute_count; i++)
    if (!strcmp(node->attributes[i].name, name)) return &node->attributes[i];
  return NULL;
}

int64_t onnx_int(const onnx_node *node, const char *name, int64_t otherwise) {
  const onnx_attribute *a = onnx_find(node, name);
  return a && a->kind == ONNX_ATTRIBUTE_INT ? a->i : otherwise;
}

float onnx_float(const onnx_node *node, const char *name, float otherwise) {
  const onnx_attribute *a = onnx_find(node, name);
  return a && a->kind == ONNX_ATTRIBUTE_FLOAT ? a->f : otherwise;
}

const char *onnx_string(const onnx_node *node, const char *name, const char *otherwise) {
  const onnx_attribute *a = onnx_find(node, name);
  return a && a->kind == ONNX_ATTRIBUTE_STRING ? a->s : otherwise;
}
