/* The C library as JavaScript sees it. No logic lives here: a function converts its arguments, calls one of phaselens.h and
 * returns its status; statusCode and errorMessage then tell what went wrong (nothing here throws). JavaScript only ever receives
 * copies, because a view into the heap dies when memory grows. binding.ts declares this interface for TypeScript. */
#include <emscripten/bind.h>
#include <emscripten/heap.h>
#include <emscripten/val.h>
#include <malloc.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include "base/status.h"
}

using emscripten::typed_memory_view;
using emscripten::val;

namespace {

int live_handles = 0;

template <typename T>
val copy_out(const T *data, size_t count) {
  return val(typed_memory_view(count, data)).template call<val>("slice");
}

template <typename T>
void copy_in(const val &source, T *data) {
  val(typed_memory_view(source["length"].as<size_t>(), data)).template call<void>("set", source);
}

int no_memory(size_t bytes) {
  return status_fail(PL_OUT_OF_MEMORY, "There is no room for %zu more bytes in WebAssembly memory.", bytes);
}

/* A typed array's values in the heap while a call lasts; NULL if there is no memory. */
template <typename T>
struct Borrowed {
  explicit Borrowed(const val &source) : size(source["length"].as<size_t>()), data(allocate(size)) {
    if (data) copy_in(source, data);
  }
  explicit Borrowed(size_t count) : size(count), data(allocate(count)) {}
  ~Borrowed() { free(data); }
  Borrowed(const Borrowed &) = delete;
  Borrowed &operator=(const Borrowed &) = delete;
  static T *allocate(size_t count) { return static_cast<T *>(malloc(count ? count * sizeof(T) : 1)); }

  const size_t size;
  T *const data;
};

pl_preprocessing preprocessing_from(const val &v) {
  pl_preprocessing p = {};
  for (int i = 0; i < PL_MAX_CHANNELS; i++) p.mean[i] = 0, p.std[i] = 1;
  int channels = v["mean"]["length"].as<int>();
  for (int i = 0; i < channels && i < PL_MAX_CHANNELS; i++) {
    p.mean[i] = v["mean"][i].as<float>();
    p.std[i] = v["std"][i].as<float>();
  }
  p.bgr = v["bgr"].as<bool>();
  return p;
}

val layer_to(const pl_layer &layer) {
  val v = val::object();
  v.set("name", std::string(layer.name));
  val aliases = val::array();
  for (int i = 0; i < layer.alias_count; i++) aliases.set(i, std::string(layer.aliases[i]));
  v.set("aliases", aliases);
  v.set("kind", std::string(layer.kind));
  v.set("block", std::string(layer.block));
  val shape = val::array();
  for (int i = 0; i < layer.rank; i++) shape.set(i, layer.shape[i]);
  v.set("shape", shape);
  v.set("units", layer.units);
  v.set("unitAxis", layer.unit_axis);
  v.set("prefixTokens", layer.prefix_tokens);
  v.set("runs", layer.runs);
  if (layer.unclamped) v.set("unclamped", std::string(layer.unclamped));
  return v;
}

val hint_to(const pl_preprocessing_hint &hint, int channels) {
  val v = val::object(), mean = val::array(), deviation = val::array();
  for (int i = 0; i < channels; i++) {
    mean.set(i, hint.preprocessing.mean[i]);
    deviation.set(i, hint.preprocessing.std[i]);
  }
  v.set("found", hint.found);
  v.set("unknown", hint.unknown);
  v.set("bgr", hint.preprocessing.bgr);
  v.set("mean", mean);
  v.set("std", deviation);
  v.set("reason", std::string(hint.reason));
  return v;
}

/* ---- options, by their lists ---- */

/* "crop_size" is cropSize in JavaScript. */
std::string camel(const char *name) {
  std::string text;
  for (; *name; name++) text += *name == '_' ? static_cast<char>(toupper(*++name)) : *name;
  return text;
}

val pair(float a, float b) {
  val v = val::array();
  v.set(0, a);
  v.set(1, b);
  return v;
}

val distribution_to(const pl_distribution &d) {
  val v = val::object();
  v.set(pl_distribution_words[d.kind], pair(d.a, d.b));
  return v;
}

pl_distribution distribution_from(const val &v) {
  const pl_distribution_kind kind = v["normal"].isUndefined() ? PL_UNIFORM : PL_NORMAL;
  const val numbers = v[pl_distribution_words[kind]];
  return {kind, numbers[0].as<float>(), numbers[1].as<float>()};
}

val standardize_to(const pl_standardize &s) {
  val v = val::object();
  v.set("on", s.on);
  v.set("epsilon", s.epsilon);
  v.set("unbiased", s.unbiased);
  return v;
}

/* A word that is none leaves the field as it is: the API has checked. */
void word_from(const pl_option &o, const std::string &word, void *field) {
  for (int i = 0; o.words[i]; i++)
    if (word == o.words[i]) memcpy(field, &i, sizeof i);
}

val word_to(const pl_option &o, const void *field) {
  int word;
  memcpy(&word, field, sizeof word);
  return val(o.words[word]);
}

val field_to(const pl_option &o, const void *field) {
  switch (o.type) {
    case PL_OPTION_BOOL: return val(*static_cast<const bool *>(field));
    case PL_OPTION_INT: return val(*static_cast<const int *>(field));
    case PL_OPTION_UINT64: return val(static_cast<double>(*static_cast<const uint64_t *>(field)));
    case PL_OPTION_FLOAT: return val(*static_cast<const float *>(field));
    case PL_OPTION_WORD: return word_to(o, field);
    case PL_OPTION_RANGE: return pair(static_cast<const pl_range *>(field)->low, static_cast<const pl_range *>(field)->high);
    case PL_OPTION_DISTRIBUTION: return distribution_to(*static_cast<const pl_distribution *>(field));
    case PL_OPTION_STANDARDIZE: return standardize_to(*static_cast<const pl_standardize *>(field));
  }
}

void field_from(const pl_option &o, const val &v, void *field) {
  switch (o.type) {
    case PL_OPTION_BOOL: *static_cast<bool *>(field) = v.as<bool>(); break;
    case PL_OPTION_INT: *static_cast<int *>(field) = v.as<int>(); break;
    case PL_OPTION_UINT64: *static_cast<uint64_t *>(field) = static_cast<uint64_t>(v.as<double>()); break;
    case PL_OPTION_FLOAT: *static_cast<float *>(field) = v.as<float>(); break;
    case PL_OPTION_WORD: word_from(o, v.as<std::string>(), field); break;
    case PL_OPTION_RANGE: *static_cast<pl_range *>(field) = {v[0].as<float>(), v[1].as<float>()}; break;
    case PL_OPTION_DISTRIBUTION: *static_cast<pl_distribution *>(field) = distribution_from(v); break;
    case PL_OPTION_STANDARDIZE:
      *static_cast<pl_standardize *>(field) = {v["on"].as<bool>(), v["epsilon"].as<float>(), v["unbiased"].as<bool>()};
      break;
  }
}

using List = const pl_option *(*)(int index);

/* The struct that the list describes, as an object. */
template <List list, typename Options>
val options_to(const Options &options) {
  val v = val::object();
  for (int i = 0; const pl_option *o = list(i); i++)
    v.set(camel(o->name), field_to(*o, reinterpret_cast<const char *>(&options) + o->offset));
  return v;
}

template <List list, typename Options>
Options options_from(const val &v) {
  Options options = {};
  for (int i = 0; const pl_option *o = list(i); i++)
    field_from(*o, v[camel(o->name)], reinterpret_cast<char *>(&options) + o->offset);
  return options;
}

pl_config config_from(const val &v) { return options_from<pl_config_option, pl_config>(v); }

/* A list itself; JavaScript's integers end at 2^53. */
val list_to(List list) {
  static const char *const types[] = {"flag", "whole", "whole", "number", "word", "range", "distribution", "standardize"};
  val all = val::array();
  for (int i = 0; const pl_option *o = list(i); i++) {
    val v = val::object(), words = val::array();
    for (int k = 0; o->words && o->words[k]; k++) words.set(k, val(o->words[k]));
    v.set("name", camel(o->name));
    v.set("type", val(types[o->type]));
    v.set("words", words);
    v.set("low", o->low);
    v.set("high", o->type == PL_OPTION_UINT64 ? 9007199254740991.0 : o->high);
    v.set("orZero", o->or_zero);
    v.set("text", val(o->text));
    all.set(i, v);
  }
  return all;
}

/* {config, frame}: what options there are. */
val option_lists() {
  val v = val::object();
  v.set("config", list_to(pl_config_option));
  v.set("frame", list_to(pl_frame_option));
  return v;
}

/* ---- handles ---- */

/* An ONNX file that a handle keeps, and those beside it. */
class File {
 public:
  File() { live_handles++; }
  ~File() {
    for (uint8_t *bytes : blocks) free(bytes);
    live_handles--;
  }
  File(const File &) = delete;
  File &operator=(const File &) = delete;

  /* Makes room for a file of `count` bytes, which write fills and load reads: the ONNX file first, then those beside it. */
  int reserve(std::string name, double size) {
    if (size > SIZE_MAX) return no_memory(SIZE_MAX); /* a JavaScript number holds more than 32 bits */
    const size_t count = static_cast<size_t>(size);
    uint8_t *bytes = Borrowed<uint8_t>::allocate(count);
    if (!bytes) return no_memory(count);
    blocks.push_back(bytes);
    names.push_back(std::make_unique<std::string>(name));
    files.push_back({names.back()->c_str(), bytes, count});
    return PL_OK;
  }
  void write(size_t offset, val chunk) { copy_in(chunk, blocks.back() + offset); }

  /* Of the files that the ONNX file needs beside it: a line each. */
  val external_names() const {
    size_t needed = 0;
    int status = pl_external_names(files[0].bytes, files[0].size, nullptr, 0, &needed);
    std::string lines(status == PL_OK ? needed : 0, ' ');
    if (status == PL_OK) status = pl_external_names(files[0].bytes, files[0].size, lines.data(), lines.size(), &needed);
    val v = val::object();
    v.set("status", status);
    v.set("lines", lines);
    return v;
  }

 protected:
  const pl_external_data *external() const { return files.data() + 1; }
  int external_count() const { return static_cast<int>(files.size()) - 1; }

  std::vector<pl_external_data> files;

 private:
  std::vector<uint8_t *> blocks;
  std::vector<std::unique_ptr<std::string>> names;
};

class Model : public File {
 public:
  ~Model() { pl_model_free(model); }

  /* preprocessing: null for what the file lets guess; height and width: 0 for one that works; workers: that share
   * a run's crops. */
  int load(val preprocessing, int height, int width, int workers) {
    pl_model_options options = {};
    options.workers = workers;
    options.height = height;
    options.width = width;
    pl_preprocessing p;
    if (!preprocessing.isNull()) p = preprocessing_from(preprocessing), options.preprocessing = &p;
    options.external = external();
    options.external_count = external_count();
    return pl_model_load(files[0].bytes, files[0].size, &options, &model);
  }

  val input() const {
    int channels, height, width;
    pl_model_input(model, &channels, &height, &width);
    val v = val::object();
    v.set("channels", channels);
    v.set("height", height);
    v.set("width", width);
    v.set("open", pl_model_input_is_open(model));
    return v;
  }
  val layers() const {
    val v = val::array();
    for (int i = 0; i < pl_model_layer_count(model); i++) v.set(i, layer_to(pl_model_layer(model, i)));
    return v;
  }
  int logits() const { return pl_model_logits(model); }
  val preprocessing_hint() const {
    int channels, height, width;
    pl_model_input(model, &channels, &height, &width);
    return hint_to(pl_model_preprocessing_hint(model), channels);
  }
  int accepts(int height, int width, std::string layer) const {
    return pl_model_accepts(model, height, width, layer.empty() ? nullptr : layer.c_str());
  }

  int activations(val image, int height, int width, std::string layer, val values) {
    Borrowed<float> pixels(image), out(values["length"].as<size_t>());
    if (!pixels.data || !out.data) return no_memory((pixels.size + out.size) * sizeof(float));
    int status = pl_activations(model, pixels.data, height, width, layer.c_str(), out.data, out.size);
    if (status == PL_OK) values.call<void>("set", val(typed_memory_view(out.size, out.data)));
    return status;
  }
  /* score: a Float32Array of one value. */
  int gradient(val image, int height, int width, std::string objective, val score, val dimage) {
    Borrowed<float> pixels(image), out(pixels.size);
    if (!pixels.data || !out.data) return no_memory((pixels.size + out.size) * sizeof(float));
    float value = 0;
    int status = pl_gradient(model, pixels.data, height, width, objective.c_str(), &value, out.data);
    score.set(0, value);
    if (status == PL_OK) dimage.call<void>("set", val(typed_memory_view(out.size, out.data)));
    return status;
  }

  pl_model *model = nullptr;
};

class Generator : public File {
 public:
  ~Generator() { pl_generator_free(generator); }

  int load() { return pl_generator_load(files[0].bytes, files[0].size, external(), external_count(), &generator); }

  val describe() const {
    const pl_generator_info info = pl_generator_describe(generator);
    val v = val::object();
    v.set("height", info.height);
    v.set("width", info.width);
    return v;
  }

  pl_generator *generator = nullptr;
};

/* Photos in the heap while a call lasts. */
struct Photos {
  explicit Photos(const val &photos) {
    const int count = photos["length"].as<int>();
    for (int i = 0; i < count; i++) {
      const val photo = photos[i];
      pixels.push_back(std::make_unique<Borrowed<float>>(photo["data"]));
      complete = complete && pixels.back()->data;
      list.push_back({pixels.back()->data, photo["height"].as<int>(), photo["width"].as<int>()});
    }
  }

  bool complete = true;
  std::vector<std::unique_ptr<Borrowed<float>>> pixels;
  std::vector<pl_photo> list;
};

class Run {
 public:
  Run() { live_handles++; }
  ~Run() {
    pl_run_free(run);
    free(rgba);
    live_handles--;
  }
  Run(const Run &) = delete;
  Run &operator=(const Run &) = delete;

  /* photos: {data, height, width} each. magnitude: a Uint8Array, or null for a helper's run. The model must outlive the run. */
  int create(Model &model, std::string objective, val options, val photos, val magnitude) {
    const pl_config config = config_from(options);
    Photos borrowed(photos);
    if (!borrowed.complete) return no_memory(0);
    if (magnitude.isNull()) return prepare(model, objective, config, borrowed, nullptr, 0);
    Borrowed<uint8_t> npy(magnitude);
    if (!npy.data) return no_memory(npy.size);
    return prepare(model, objective, config, borrowed, npy.data, npy.size);
  }
  /* A lead's run whose images the generator makes, instead of create. The generator must outlive its steps. */
  int create_generated(Model &model, std::string objective, val options, val photos, Generator &generator) {
    const pl_config config = config_from(options);
    Photos borrowed(photos);
    if (!borrowed.complete) return no_memory(0);
    int count = static_cast<int>(borrowed.list.size());
    int status = pl_run_create_generated(model.model, objective.c_str(), &config, borrowed.list.data(), count,
                                         generator.generator, &run);
    return status == PL_OK ? measure(config) : status;
  }
  /* Before the first step: instead of random values. */
  int start(val image, int height, int width) {
    Borrowed<float> from(image);
    return from.data ? pl_run_start(run, from.data, height, width) : no_memory(from.size * sizeof(float));
  }
  /* The same: with what a smaller one has come to. */
  int refine(const Run &coarse) { return pl_run_refine(run, coarse.run); }
  /* A run that goes on from a checkpoint, instead of create; generator: null where it has none. */
  int restore(Model &model, std::string objective, val photos, Generator *generator, val checkpoint) {
    Photos borrowed(photos);
    Borrowed<uint8_t> bytes(checkpoint);
    if (!borrowed.complete || !bytes.data) return no_memory(bytes.size);
    int count = static_cast<int>(borrowed.list.size());
    int status = pl_run_restore_generated(model.model, objective.c_str(), borrowed.list.data(), count,
                                          generator ? generator->generator : nullptr, bytes.data, bytes.size, &run);
    if (status != PL_OK) return status;
    pl_config config;
    int index;
    const char *note;
    size_t note_size;
    pl_checkpoint_read(bytes.data, bytes.size, &config, &index, &note, &note_size);
    return measure(config);
  }
  /* {status, bytes}: the run with a note of the caller's. */
  val checkpoint(std::string note) {
    size_t size = 0;
    int status = pl_run_checkpoint(run, note.data(), note.size(), nullptr, 0, &size);
    val v = val::object();
    if (status == PL_OK) {
      Borrowed<uint8_t> bytes(size);
      status = bytes.data ? pl_run_checkpoint(run, note.data(), note.size(), bytes.data, size, &size) : no_memory(size);
      if (status == PL_OK) v.set("bytes", copy_out(bytes.data, size));
    }
    v.set("status", status);
    return v;
  }
  int step(unsigned parts, int first, int count) { return pl_run_step(run, parts, first, count); }
  int pass() const { return pl_run_pass(run); }
  void finish() { pl_run_finish(run); }
  void seek(int index) { pl_run_seek(run, index); }
  float score() const { return pl_run_score(run); }
  float penalty() const { return pl_run_penalty(run); }
  bool blocked() const { return pl_run_blocked(run); }

  val image() const { return copy_out(pl_run_image(run), images * pixels * 3); }
  /* Into an array of that many values. */
  void copy_image(val to) const { to.call<void>("set", val(typed_memory_view(images * pixels * 3, pl_run_image(run)))); }
  void set_image(val image) { copy_in(image, pl_run_image(run)); }
  val dcrop(int crop) const { return copy_out(pl_run_dcrop(run, crop), crop_values); }
  void set_dcrop(int crop, val dcrop) { copy_in(dcrop, pl_run_dcrop(run, crop)); }
  float crop_score(int crop) const { return *pl_run_crop_score(run, crop); }
  void set_crop_score(int crop, float score) { *pl_run_crop_score(run, crop) = score; }

  val transparency() const { return copy_out(pl_run_transparency(run), images * pixels); }
  /* Of all images, one after another. */
  val values() const {
    size_t count;
    pl_run_values(run, 0, &count);
    val all = val::global("Float32Array").new_(images * count);
    for (size_t i = 0; i < images; i++) {
      const float *optimized = pl_run_values(run, static_cast<int>(i), nullptr);
      all.call<void>("set", val(typed_memory_view(count, optimized)), i * count);
    }
    return all;
  }
  val frame(int image, val settings) {
    const auto options = options_from<pl_frame_option, pl_frame_options>(settings);
    pl_run_frame(run, image, &options, rgba);
    return copy_out(rgba, pixels * 4);
  }
  size_t memory() const { return pl_run_memory(run); }
  val cost() const {
    size_t values;
    pl_run_values(run, 0, &values);
    val v = val::object();
    v.set("macs", pl_run_macs(run));
    v.set("values", static_cast<double>(images * values));
    return v;
  }

 private:
  int prepare(Model &model, const std::string &objective, const pl_config &config, const Photos &photos, const void *npy,
              size_t npy_size) {
    int count = static_cast<int>(photos.list.size());
    int status = pl_run_create(model.model, objective.c_str(), &config, photos.list.data(), count, npy, npy_size, &run);
    return status == PL_OK ? measure(config) : status;
  }
  int measure(const pl_config &config) {
    images = config.images;
    pixels = static_cast<size_t>(config.height) * config.width;
    crop_values = images * pl_run_crop_size(run) * pl_run_crop_size(run) * 3;
    rgba = Borrowed<uint8_t>::allocate(pixels * 4);
    return rgba ? PL_OK : no_memory(pixels * 4);
  }

  pl_run *run = nullptr;
  size_t images = 0, pixels = 0, crop_values = 0; /* of an image; of one crop's gradient */
  uint8_t *rgba = nullptr;
};

class Average {
 public:
  Average() { live_handles++; }
  ~Average() {
    pl_average_free(average);
    live_handles--;
  }
  Average(const Average &) = delete;
  Average &operator=(const Average &) = delete;

  int create(int height, int width, bool decorrelate) { return pl_average_create(height, width, decorrelate, &average); }
  int add(val image, int height, int width) {
    Borrowed<float> pixels(image);
    return pixels.data ? pl_average_add(average, pixels.data, height, width) : no_memory(pixels.size * sizeof(float));
  }
  /* {status, bytes} */
  val finish() const {
    size_t size = 0;
    int status = pl_average_finish(average, nullptr, 0, &size);
    val v = val::object();
    if (status == PL_OK) {
      Borrowed<uint8_t> bytes(size);
      status = bytes.data ? pl_average_finish(average, bytes.data, size, &size) : no_memory(size);
      if (status == PL_OK) v.set("bytes", copy_out(bytes.data, size));
    }
    v.set("status", status);
    return v;
  }

 private:
  pl_average *average = nullptr;
};

/* ---- images as magnitude and phase; arrays that are filled are given ---- */

int fourier_forward(val image, int height, int width, val magnitude, val phase) {
  Borrowed<float> pixels(image), m(magnitude["length"].as<size_t>()), p(m.size);
  if (!pixels.data || !m.data || !p.data) return no_memory((pixels.size + 2 * m.size) * sizeof(float));
  int status = pl_fourier_forward(pixels.data, height, width, m.data, p.data);
  if (status != PL_OK) return status;
  magnitude.call<void>("set", val(typed_memory_view(m.size, m.data)));
  phase.call<void>("set", val(typed_memory_view(p.size, p.data)));
  return status;
}

int fourier_inverse(val magnitude, val phase, int height, int width, val image) {
  Borrowed<float> m(magnitude), p(phase), pixels(image["length"].as<size_t>());
  if (!m.data || !p.data || !pixels.data) return no_memory((pixels.size + 2 * m.size) * sizeof(float));
  int status = pl_fourier_inverse(m.data, p.data, height, width, pixels.data);
  if (status == PL_OK) image.call<void>("set", val(typed_memory_view(pixels.size, pixels.data)));
  return status;
}

int fourier_radial_power(val image, int height, int width, val power) {
  Borrowed<float> pixels(image);
  if (!pixels.data) return no_memory(pixels.size * sizeof(float));
  float values[PL_RADII];
  int status = pl_fourier_radial_power(pixels.data, height, width, values);
  if (status == PL_OK) power.call<void>("set", val(typed_memory_view(PL_RADII, values)));
  return status;
}

std::string status_code(int status) { return pl_status_code(static_cast<pl_status>(status)); }
std::string error_message() { return pl_error_message(); }
/* "" where there is none. */
std::string error_last_layer() {
  const char *layer = pl_error_last_layer();
  return layer ? layer : "";
}

/* Bytes in use, bytes of the whole heap, handles that wait for delete(). */
val memory() {
  val v = val::object();
  v.set("used", static_cast<double>(static_cast<unsigned>(mallinfo().uordblks)));
  v.set("heap", static_cast<double>(emscripten_get_heap_size()));
  v.set("handles", live_handles);
  return v;
}

/* {status, config, index, note} of a checkpoint. */
val read_checkpoint(val checkpoint) {
  val v = val::object();
  Borrowed<uint8_t> bytes(checkpoint);
  if (!bytes.data) {
    v.set("status", no_memory(bytes.size));
    return v;
  }
  pl_config config;
  int index;
  const char *note;
  size_t note_size;
  int status = pl_checkpoint_read(bytes.data, bytes.size, &config, &index, &note, &note_size);
  v.set("status", status);
  if (status != PL_OK) return v;
  v.set("config", options_to<pl_config_option>(config));
  v.set("index", index);
  v.set("note", std::string(note, note_size));
  return v;
}

val presets() {
  val all = val::object();
  for (int i = 0; pl_preset_name(i); i++) {
    pl_config config;
    pl_frame_options frame;
    pl_preset(pl_preset_name(i), &config, &frame);
    val preset = val::object();
    preset.set("config", options_to<pl_config_option>(config));
    preset.set("frame", options_to<pl_frame_option>(frame));
    all.set(pl_preset_name(i), preset);
  }
  return all;
}

}  // namespace

EMSCRIPTEN_BINDINGS(phaselens) {
  emscripten::constant("STEP_IMAGE", static_cast<int>(PL_STEP_IMAGE));
  emscripten::constant("STEP_CROPS", static_cast<int>(PL_STEP_CROPS));
  emscripten::constant("STEP_UPDATE", static_cast<int>(PL_STEP_UPDATE));
  emscripten::function("statusCode", &status_code);
  emscripten::function("errorMessage", &error_message);
  emscripten::function("errorLastLayer", &error_last_layer);
  emscripten::function("memory", &memory);
  emscripten::function("presets", &presets);
  emscripten::function("optionLists", &option_lists);
  emscripten::function("readCheckpoint", &read_checkpoint);
  emscripten::constant("RADII", static_cast<int>(PL_RADII));
  emscripten::function("fourierForward", &fourier_forward);
  emscripten::function("fourierInverse", &fourier_inverse);
  emscripten::function("fourierRadialPower", &fourier_radial_power);

  emscripten::class_<File>("File")
      .function("reserve", &File::reserve)
      .function("write", &File::write)
      .function("externalNames", &File::external_names);
  emscripten::class_<Model, emscripten::base<File>>("Model")
      .constructor<>()
      .function("load", &Model::load)
      .function("input", &Model::input)
      .function("layers", &Model::layers)
      .function("logits", &Model::logits)
      .function("preprocessingHint", &Model::preprocessing_hint)
      .function("accepts", &Model::accepts)
      .function("activations", &Model::activations)
      .function("gradient", &Model::gradient);
  emscripten::class_<Generator, emscripten::base<File>>("Generator")
      .constructor<>()
      .function("load", &Generator::load)
      .function("describe", &Generator::describe);
  emscripten::class_<Run>("Run")
      .constructor<>()
      .function("create", &Run::create)
      .function("createGenerated", &Run::create_generated)
      .function("refine", &Run::refine)
      .function("restore", &Run::restore, emscripten::allow_raw_pointers())
      .function("checkpoint", &Run::checkpoint)
      .function("start", &Run::start)
      .function("step", &Run::step)
      .function("pass", &Run::pass)
      .function("finish", &Run::finish)
      .function("seek", &Run::seek)
      .function("score", &Run::score)
      .function("penalty", &Run::penalty)
      .function("blocked", &Run::blocked)
      .function("image", &Run::image)
      .function("copyImage", &Run::copy_image)
      .function("setImage", &Run::set_image)
      .function("dcrop", &Run::dcrop)
      .function("setDcrop", &Run::set_dcrop)
      .function("cropScore", &Run::crop_score)
      .function("setCropScore", &Run::set_crop_score)
      .function("transparency", &Run::transparency)
      .function("values", &Run::values)
      .function("frame", &Run::frame)
      .function("memory", &Run::memory)
      .function("cost", &Run::cost);
  emscripten::class_<Average>("Average")
      .constructor<>()
      .function("create", &Average::create)
      .function("add", &Average::add)
      .function("finish", &Average::finish);
}
