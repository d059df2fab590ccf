/* models/OPERATORS.md tells the truth: it is what this program makes of the lists of operators and rules, of the C tests and of the
 * exported networks in tests/golden/exported. And one of them at least tests every operator.
 *
 *   build/debug/test_operators            compares
 *   build/debug/test_operators --write    writes it anew */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>

#include "network/build/contrib.h"
#include "network/fold/fold_rules.h"
#include "network/ops/ops.h"
#include "support.h"

#define DOCUMENT "models/OPERATORS.md"

enum { MAX_FILES = 512, FAMILIES_SHOWN = 3 };

static const char *const folded[] = {
#define X(operator, inputs, flags) #operator,
    FOLD_RULES(X)
#undef X
};

/* Files, each call's sorted, with what they hold. */
typedef struct folder {
  int count;
  char *names[MAX_FILES];
  char *texts[MAX_FILES];
} folder;

static const char *root(void) {
  const char *given = getenv("PHASELENS_ROOT");
  return given ? given : PHASELENS_ROOT;
}

static int compare_names(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool ends_with(const char *name, const char *end) {
  const size_t length = strlen(name), tail = strlen(end);
  return length >= tail && strcmp(name + length - tail, end) == 0;
}

static void read_folder(folder *f, const char *path, const char *start, const char *end) {
  char full[1024];
  snprintf(full, sizeof full, "%s/%s", root(), path);
  DIR *directory = opendir(full);
  REQUIRE(directory);
  const int first = f->count;
  for (const struct dirent *entry; (entry = readdir(directory));)
    if (strncmp(entry->d_name, start, strlen(start)) == 0 && ends_with(entry->d_name, end)) {
      REQUIRE(f->count < MAX_FILES);
      f->names[f->count++] = strdup(entry->d_name);
    }
  closedir(directory);
  qsort(f->names + first, (size_t)(f->count - first), sizeof *f->names, compare_names);
  for (int i = first; i < f->count; i++) {
    size_t size;
    snprintf(full, sizeof full, "%s/%s", path, f->names[i]);
    f->texts[i] = (char *)test_file(full, &size);
    REQUIRE(f->texts[i]);
  }
}

static void free_folder(folder *f) {
  for (int i = 0; i < f->count; i++) {
    free(f->names[i]);
    free(f->texts[i]);
  }
}

/* Whether a file names the operator in quotes. */
static bool file_names(const char *text, const char *type) {
  char quoted[80];
  snprintf(quoted, sizeof quoted, "\"%s\"", type);
  return strstr(text, quoted);
}

/* By a rule of its own. */
static bool is_folded(const char *type) {
  for (size_t i = 0; i < sizeof folded / sizeof *folded; i++)
    if (strcmp(folded[i], type) == 0) return true;
  return false;
}

/* "resnet18, vgg and 12 more": families whose files hold the operator; how many. */
static int write_families(FILE *out, const folder *networks, const char *type) {
  int found = 0;
  const char *last = "";
  size_t last_length = 0;
  for (int i = 0; i < networks->count; i++) {
    const char *name = networks->names[i];
    const size_t length = strcspn(name, "-"); /* FAMILY-EXPORTER-OPSET.json */
    if (!file_names(networks->texts[i], type) || (length == last_length && strncmp(name, last, length) == 0)) continue;
    if (found++ < FAMILIES_SHOWN) fprintf(out, "%s%.*s", found > 1 ? ", " : "", (int)length, name);
    last = name;
    last_length = length;
  }
  if (found > FAMILIES_SHOWN) fprintf(out, " and %d more", found - FAMILIES_SHOWN);
  return found;
}

/* "ops_pool, fold": test_ops_pool.c and test_fold.c name it; how many. */
static int write_tests(FILE *out, const folder *tests, const char *type) {
  int found = 0;
  for (int i = 0; i < tests->count; i++) {
    if (!file_names(tests->texts[i], type)) continue;
    const char *name = tests->names[i] + strlen("test_");
    fprintf(out, "%s%.*s", found++ ? ", " : "", (int)(strlen(name) - strlen(".c")), name);
  }
  return found;
}

static const char *yes(bool held) { return held ? "yes" : ""; }

/* What no rule computes is left to the operator (fold_run.h). */
static const char *beforehand(const char *type) {
  const op_class *class = ops_find(type);
  return is_folded(type) ? "rule" : class && !(class->flags & DOES_NOTHING) ? "run" : "";
}

static void write_row(FILE *out, const char *type, const char *forward, const char *backward, const folder *tests,
                      const folder *networks) {
  fprintf(out, "| %s | %s | %s | %s | ", type, forward, backward, beforehand(type));
  int found = write_tests(out, tests, type);
  fputs(" | ", out);
  found += write_families(out, networks, type);
  fputs(" |\n", out);
  if (!CHECK(found > 0)) printf("no test names %s\n", type);
}

static int compare_classes(const void *a, const void *b) {
  return strcmp((*(const op_class *const *)a)->type, (*(const op_class *const *)b)->type);
}

static void write_operators(FILE *out, const folder *tests, const folder *networks) {
  const int count = ops_count();
  const op_class **classes = calloc((size_t)count, sizeof *classes);
  REQUIRE(classes);
  for (int i = 0; i < count; i++) classes[i] = ops_at(i);
  qsort(classes, (size_t)count, sizeof *classes, compare_classes);
  for (int i = 0; i < count; i++) {
    const op_class *c = classes[i];
    const bool nothing = c->flags & DOES_NOTHING;
    write_row(out, c->type, nothing ? "left out" : yes(c->forward), nothing ? "left out" : yes(c->backward), tests, networks);
  }
  free(classes);
}

static void write_folded_alone(FILE *out, const folder *tests, const folder *networks) {
  for (size_t i = 0; i < sizeof folded / sizeof *folded; i++)
    if (!ops_find(folded[i])) write_row(out, folded[i], "", "", tests, networks);
}

/* By their names: what they are is in src/network/build/contrib.c, and test_contrib.c compares each with it. */
static void write_contrib(FILE *out) {
  static const char *const operators[] = {
#define X(operator) #operator,
      CONTRIB_OPERATORS(X)
#undef X
  };
  size_t size;
  char *test = (char *)test_file("tests/c/test_contrib.c", &size);
  REQUIRE(test);
  fputs(
      "\nThose that ONNX Runtime's optimizer puts in their place, of its domain com.microsoft, are unfolded into these again\n"
      "(src/network/build/contrib.h; tests/c/test_contrib.c):",
      out);
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
    char quoted[80];
    snprintf(quoted, sizeof quoted, "\"%s ", operators[i]);
    if (!CHECK(strstr(test, quoted))) printf("test_contrib.c does not name %s\n", operators[i]);
    fprintf(out, "%s%s", i % 6 ? ", " : i ? ",\n" : "\n", operators[i]);
  }
  fputs(".\n", out);
  free(test);
}

static char *make_document(void) {
  folder tests = {0}, networks = {0};
  read_folder(&tests, "tests/c", "test_ops_", ".c");
  read_folder(&tests, "tests/c", "test_fold", ".c");
  read_folder(&networks, "tests/golden/exported", "", ".json");
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  REQUIRE(out);
  fputs(
      "# Operators of ONNX that run\n\n"
      "Made by `build/debug/test_operators --write` of src/network/ops/ops.inc, src/network/fold/fold_rules.h and the tests; "
      "`npm test` compares.\n\n"
      "- **forward**, **backward**: on values that depend on the image. \"left out\": the operator hands on its input.\n"
      "- **beforehand**: computed once, when everything it reads is constant. \"rule\": by one of src/network/fold/fold_rules.h, "
      "which also\n"
      "  computes with integers and with sizes. \"run\": by running the operator, if it has one output and reads floats first.\n"
      "- **C tests**: tests/c/test_ops_*.c and test_fold*.c that name it.\n"
      "- **exported networks**: families of tests/golden/exported whose files hold it; their values and gradients are compared\n"
      "  with PyTorch's or TensorFlow's (tests/js/families.test.ts).\n\n"
      "| operator | forward | backward | beforehand | C tests | exported networks |\n"
      "| --- | --- | --- | --- | --- | --- |\n",
      out);
  write_operators(out, &tests, &networks);
  write_folded_alone(out, &tests, &networks);
  write_contrib(out);
  fclose(out);
  free_folder(&tests);
  free_folder(&networks);
  return text;
}

static void write_document(const char *text) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s", root(), DOCUMENT);
  FILE *file = fopen(path, "w");
  REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

int main(int argc, char **argv) {
  char *wanted = make_document();
  if (argc > 1 && strcmp(argv[1], "--write") == 0) write_document(wanted);
  size_t size;
  char *found = (char *)test_file(DOCUMENT, &size);
  if (!CHECK(found && strcmp(found, wanted) == 0))
    puts("models/OPERATORS.md is not up to date: build/debug/test_operators --write");
  free(found);
  free(wanted);
  return test_result();
}
