/* Einsum against its definition: a loop over all letters. */
#include "ops_harness.h"

typedef struct setting {
  const char *equation, *plain; /* plain: the same with letters alone and an arrow */
  int count;
  shape in[2];
  int constant; /* an operand, or -1 */
  bool items;   /* the first axis of all is the batch */
} setting;

static void make(trial *t, const setting *s) {
  trial_begin(t, "Einsum", 12);
  for (int k = 0; k < s->count; k++)
    if (k == s->constant) trial_constant(t, s->in[k], NULL);
    else trial_input(t, s->in[k], k ? LAYOUT_PLAIN : LAYOUT_CHANNELS_LAST);
  trial_string(t, "equation", s->equation);
}

/* The offset of an operand's element for an index per letter. */
static size_t at(const char *letters, const shape *s, const int *index) {
  size_t offset = 0;
  for (int d = 0; d < s->rank; d++) offset = offset * (size_t)s->dim[d] + (size_t)(index[letters[d] - 'a'] % s->dim[d]);
  return offset;
}

static void check(const setting *s) {
  trial t;
  make(&t, s);
  if (!CHECK_INT(trial_prepare(&t), PL_OK)) {
    printf("  %s\n", pl_error_message());
    trial_free(&t);
    return;
  }
  trial_forward(&t);
  const char *terms[3] = {s->plain, strchr(s->plain, ',') + 1, strchr(s->plain, '>') + 1};
  if (s->count == 1) terms[1] = "";
  int size[26] = {0}, index[26] = {0};
  const shape none = {0}, *shapes[3] = {&s->in[0], s->count > 1 ? &s->in[1] : &none, &t.op.out[0].shape};
  CHECK_INT(strlen(terms[2]), shapes[2]->rank);
  for (int k = 0; k < 3; k++)
    for (int d = 0; d < shapes[k]->rank; d++)
      if (shapes[k]->dim[d] > size[terms[k][d] - 'a']) size[terms[k][d] - 'a'] = shapes[k]->dim[d];
  const size_t count = trial_out_count(&t);
  float *want = test_floats(count);
  const float *in[2];
  for (int k = 0; k < 2; k++) in[k] = k == s->constant ? t.constants[k].data : t.in[k];
  for (bool more = true; more;) {
    const float product = in[0][at(terms[0], shapes[0], index)] * (s->count > 1 ? in[1][at(terms[1], shapes[1], index)] : 1);
    want[at(terms[2], shapes[2], index)] += product;
    more = false;
    for (int l = 0; l < 26 && !more; l++) {
      if (!size[l]) continue;
      more = ++index[l] < size[l];
      if (!more) index[l] = 0;
    }
  }
  if (!CHECK_CLOSE(t.out[0], want, count, 1e-6)) printf("  %s\n", s->equation);
  if (s->count == 1 || s->constant >= 0) trial_check_linear(&t, 1e-6);
  else trial_check_gradient(&t, 0.5f, 1e-4);
  if (s->items && !CHECK(trial_same_alone(&t))) printf("  %s\n", s->equation);
  free(want);
  trial_free(&t);
}

static void test_equations(void) {
  const setting settings[] = {
      {"B G H I D, B G H J D -> B G H I J", "abcde,abcfe->abcdf", 2, {{5, {2, 3, 2, 5, 7}}, {5, {2, 3, 2, 4, 7}}}, -1, true},
      {"B G H I J, B G H J D -> B G H I D", "abcde,abcef->abcdf", 2, {{5, {2, 3, 2, 5, 4}}, {5, {2, 3, 2, 4, 7}}}, -1, true},
      {"byhwc,hkc->byhwk", "abcde,cfe->abcdf", 2, {{5, {2, 3, 4, 5, 6}}, {3, {4, 7, 6}}}, 1, true},
      {"byhwc,wkc->byhwk", "abcde,dfe->abcdf", 2, {{5, {2, 3, 4, 5, 6}}, {3, {5, 7, 6}}}, 1, true},
      {"bhwc,hkc->bhwk", "abcd,bed->abce", 2, {{4, {2, 4, 5, 6}}, {3, {4, 7, 6}}}, 1, true},
      {"oc,nchw->nohw", "ab,cbde->cade", 2, {{2, {5, 3}}, {4, {2, 3, 4, 5}}}, 0, false},
      {"nchw,nc->nhw", "abcd,ab->acd", 2, {{4, {2, 3, 4, 5}}, {2, {2, 3}}}, -1, true},
      {"bij,bjk->bki", "abc,acd->adb", 2, {{3, {2, 3, 4}}, {3, {2, 4, 5}}}, -1, true},
      {"i,j->ij", "a,b->ab", 2, {{1, {3}}, {1, {4}}}, -1, false},
      {"ij,ij->", "ab,ab->", 2, {{2, {3, 4}}, {2, {3, 4}}}, -1, false},
      {"aib,jc->ja", "abc,de->da", 2, {{3, {2, 3, 4}}, {2, {5, 6}}}, -1, false}, /* letters that are summed alone */
      {"...ij,...jk->...ik", "abcd,abde->abce", 2, {{4, {2, 3, 4, 5}}, {4, {2, 3, 5, 6}}}, -1, true},
      {"...ij,...jk->...ik", "abcd,abde->abce", 2, {{4, {2, 3, 4, 5}}, {4, {2, 1, 5, 6}}}, -1, true},
      {"...ij,...jk->...ik", "abcd,bde->abce", 2, {{4, {2, 1, 4, 5}}, {3, {3, 5, 6}}}, 1, true},
      {"i...,...->i...", "abc,bc->abc", 2, {{3, {2, 3, 4}}, {2, {3, 4}}}, 1, true},
      {"ba,bc", "ba,bc->ac", 2, {{2, {3, 4}}, {2, {3, 5}}}, -1, false},
      {"...b,cb", "abc,dc->abd", 2, {{3, {2, 3, 4}}, {2, {5, 4}}}, 1, true},
      {"nchw->nhwc", "abcd,->acdb", 1, {{4, {2, 3, 4, 5}}}, -1, true},
      {"nchw->nc", "abcd,->ab", 1, {{4, {2, 3, 4, 5}}}, -1, true},
      {"n...->...n", "abcd,->bcda", 1, {{4, {2, 3, 4, 5}}}, -1, false},
      {"ba", "ba,->ab", 1, {{2, {3, 4}}}, -1, false},
  };
  for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) check(&settings[k]);
}

static void expect(const char *equation, int count, shape a, shape b, pl_status status, const char *words) {
  const setting s = {equation, NULL, count, {a, b}, -1, false};
  trial t;
  make(&t, &s);
  CHECK_INT(trial_infer(&t), status);
  if (!CHECK(strstr(pl_error_message(), words) != NULL)) printf("  %s\n", pl_error_message());
  trial_free(&t);
}

static void test_refused(void) {
  const shape a = {2, {3, 4}}, b = {2, {4, 5}}, five = {5, {1, 2, 3, 4, 5}};
  expect("ii->i", 1, (shape){2, {3, 3}}, a, PL_UNSUPPORTED_OP, "repeats a letter");
  expect("ij,jk->iik", 2, a, b, PL_UNSUPPORTED_OP, "repeats a letter");
  expect("ij,jk->ik", 2, a, a, PL_INVALID_MODEL, "'ij,jk->ik' does not go with its inputs");
  expect("ij,jk->il", 2, a, b, PL_INVALID_MODEL, "does not go");
  expect("ij->ij", 2, a, b, PL_INVALID_MODEL, "does not go");
  expect("ij,jk,kl->il", 2, a, b, PL_INVALID_MODEL, "does not go");
  expect("ij,jk->ik->", 2, a, b, PL_INVALID_MODEL, "does not go");
  expect("ijk,jk->ik", 2, a, b, PL_INVALID_MODEL, "does not go");
  expect("i.j->ij", 1, a, b, PL_INVALID_MODEL, "does not go");
  expect("......->", 1, a, b, PL_INVALID_MODEL, "does not go");
  expect("i1->i", 1, a, b, PL_INVALID_MODEL, "does not go");
  expect("", 1, a, b, PL_INVALID_MODEL, "does not go");
  expect("abcdefgh->a", 1, five, b, PL_INVALID_MODEL, "does not go");
  expect("abcde,fghij", 2, five, five, PL_UNSUPPORTED_OP, "too many dimensions");
  trial t;
  trial_begin(&t, "Einsum", 12);
  for (int k = 0; k < 3; k++) trial_input(&t, a, LAYOUT_PLAIN);
  trial_string(&t, "equation", "ab,ab,ab->ab");
  CHECK_INT(trial_infer(&t), PL_UNSUPPORTED_OP);
  CHECK(strstr(pl_error_message(), "more than two operands") != NULL);
  trial_free(&t);
}

int main(void) {
  random_seed(41);
  test_equations();
  test_refused();
  return test_result();
}
