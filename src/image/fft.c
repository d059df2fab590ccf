#include "image/fft.h"

#include <math.h>

#include "base/vector.h"

enum { LINE = 8, MAX_PASSES = 16, MAX_RADIX = 5 };

/* One pass: `runs` groups of `radix` numbers, for each of which the transform of the group is multiplied by its twiddles, and the same
 * for `stride` neighbours. */
typedef struct pass {
  int radix, runs, stride;
  const float *twiddles; /* runs x (radix - 1) complex numbers */
} pass;

struct fft {
  int passes;
  float sign;
  pass pass[MAX_PASSES];
  float *twiddles;
};

/* Divides the length by the radix of its first pass, largest powers of two first; 0 where there is none. */
static int next_radix(int length) {
  for (int radix = 4; radix >= 2; radix--)
    if (radix != 3 && length % radix == 0) return radix;
  return length % 3 == 0 ? 3 : length % 5 == 0 ? 5 : 0;
}

bool fft_takes(int length) {
  while (length > 1 && next_radix(length)) length /= next_radix(length);
  return length == 1;
}

/* exp(sign 2 pi i p j / n) for the numbers j > 0 of group p. */
static void fill_twiddles(float *w, int n, int radix, int sign) {
  for (int p = 0; p < n / radix; p++) {
    for (int j = 1; j < radix; j++) {
      const double angle = sign * 6.283185307179586 * ((double)p * j / n);
      *w++ = (float)cos(angle);
      *w++ = (float)sin(angle);
    }
  }
}

fft *fft_create(int length, int sign) {
  fft *f = memory_allocate(1, sizeof *f);
  float *w = memory_allocate((size_t)length,
                             2 * sizeof *w); /* passes take n (1 - 1 / radix) complex numbers: length - 1 in all */
  if (!f || !w) {
    memory_free(f);
    memory_free(w);
    return NULL;
  }
  f->sign = (float)sign;
  f->twiddles = w;
  for (int n = length, stride = 1; n > 1; f->passes++) {
    const int radix = next_radix(n);
    f->pass[f->passes] = (pass){radix, n / radix, stride, w};
    fill_twiddles(w, n, radix, sign);
    w += 2 * (radix - 1) * (n / radix);
    n /= radix;
    stride *= radix;
  }
  return f;
}

void fft_free(fft *f) {
  if (!f) return;
  memory_free(f->twiddles);
  memory_free(f);
}

/* ---- complex numbers, four at a time ---- */

typedef struct complex {
  v4 re, im;
} complex;

static inline complex load(const float *p) { return (complex){v4_load(p), v4_load(p + 4)}; }

static inline void store(float *p, complex x) {
  v4_store(p, x.re);
  v4_store(p + 4, x.im);
}

static inline complex sum(complex a, complex b) { return (complex){a.re + b.re, a.im + b.im}; }
static inline complex difference(complex a, complex b) { return (complex){a.re - b.re, a.im - b.im}; }

/* a + i factor b */
static inline complex add_turned(complex a, float factor, complex b) {
  return (complex){v4_multiply_add(b.im, v4_all(-factor), a.re), v4_multiply_add(b.re, v4_all(factor), a.im)};
}

/* a + factor b */
static inline complex add_scaled(complex a, float factor, complex b) {
  return (complex){v4_multiply_add(b.re, v4_all(factor), a.re), v4_multiply_add(b.im, v4_all(factor), a.im)};
}

static inline complex scaled(float factor, complex b) { return (complex){b.re * factor, b.im * factor}; }

static inline complex product(complex a, const float *w) {
  return (complex){v4_multiply_add(a.re, v4_all(w[0]), a.im * -w[1]), v4_multiply_add(a.re, v4_all(w[1]), a.im * w[0])};
}

/* ---- transforms of one group: x becomes its transform ---- */

static inline void transform2(complex *x, float sign) {
  (void)sign;
  const complex a = x[0], b = x[1];
  x[0] = sum(a, b), x[1] = difference(a, b);
}

static inline void transform3(complex *x, float sign) {
  const float s = 0.866025404f * sign;
  const complex both = sum(x[1], x[2]), apart = difference(x[1], x[2]), rest = add_scaled(x[0], -0.5f, both);
  x[0] = sum(x[0], both), x[1] = add_turned(rest, s, apart), x[2] = add_turned(rest, -s, apart);
}

static inline void transform4(complex *x, float sign) {
  const complex a = sum(x[0], x[2]), b = difference(x[0], x[2]), c = sum(x[1], x[3]), d = difference(x[1], x[3]);
  x[0] = sum(a, c), x[1] = add_turned(b, sign, d), x[2] = difference(a, c), x[3] = add_turned(b, -sign, d);
}

static inline void transform5(complex *x, float sign) {
  const float c1 = 0.309016994f, c2 = -0.809016994f, s1 = 0.951056516f * sign, s2 = 0.587785252f * sign;
  const complex a = sum(x[1], x[4]), b = sum(x[2], x[3]), c = difference(x[1], x[4]), d = difference(x[2], x[3]);
  const complex near = add_scaled(add_scaled(x[0], c1, a), c2, b), far = add_scaled(add_scaled(x[0], c2, a), c1, b);
  const complex turned_near = add_scaled(scaled(s1, c), s2, d), turned_far = add_scaled(scaled(s2, c), -s1, d);
  x[0] = sum(x[0], sum(a, b));
  x[1] = add_turned(near, 1, turned_near), x[4] = add_turned(near, -1, turned_near);
  x[2] = add_turned(far, 1, turned_far), x[3] = add_turned(far, -1, turned_far);
}

/* ---- passes ---- */

#define PASS(radix)                                                                                     \
  static void pass##radix(const pass *p, float sign, const float *restrict from, float *restrict to) {  \
    const size_t apart = (size_t)p->runs * (size_t)p->stride * LINE, beside = (size_t)p->stride * LINE; \
    const float *w = p->twiddles;                                                                       \
    for (int run = 0; run < p->runs; run++, w += 2 * (radix - 1), to += (radix - 1) * beside) {         \
      for (int i = 0; i < p->stride; i++, from += LINE, to += LINE) {                                   \
        complex x[radix];                                                                               \
        for (size_t k = 0; k < radix; k++) x[k] = load(from + k * apart);                               \
        transform##radix(x, sign);                                                                      \
        store(to, x[0]);                                                                                \
        for (size_t k = 1; k < radix; k++) store(to + k * beside, product(x[k], w + 2 * (k - 1)));      \
      }                                                                                                 \
    }                                                                                                   \
  }
PASS(2)
PASS(3)
PASS(4)
PASS(5)

typedef void (*pass_fn)(const pass *p, float sign, const float *restrict from, float *restrict to);
static const pass_fn pass_of[MAX_RADIX + 1] = {[2] = pass2, [3] = pass3, [4] = pass4, [5] = pass5};

void fft_run(const fft *f, const float *from, float *to, float *scratch) {
  for (int i = 0; i < f->passes; i++) {
    float *next = (f->passes - i) % 2 ? to : scratch;
    pass_of[f->pass[i].radix](&f->pass[i], f->sign, from, next);
    from = next;
  }
}
