// The door from JavaScript: everything that comes in is checked here, and nothing but an exception goes out.
#define NAPI_VERSION 8
#include <node_api.h>

#include <cstring>
#include <exception>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpu.h"
#include "encoder.h"

namespace paperkin {
namespace {

constexpr int kMostHidden = 8192, kMostInner = 65536, kMostVocabulary = 1 << 24, kMostTokens = 8192, kMostLayers = 256;
/** Widths are cut into vectors of 16. */
constexpr int kStep = 16;

/** Thrown where JavaScript has an exception of its own already. */
struct Pending {};

void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending) throw Pending();
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  throw std::runtime_error(info != nullptr && info->error_message != nullptr ? info->error_message : "Node-API failed");
}

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

/** A JavaScript value, and how messages call it. */
class Value {
 public:
  Value(napi_env env, napi_value value, std::string name) : env_(env), value_(value), name_(std::move(name)) {}

  napi_value raw() const { return value_; }

  Value at(const char* key) const {
    napi_value found;
    check(env_, napi_get_named_property(env_, value_, key, &found));
    return {env_, found, name_ + "." + key};
  }

  Value at(uint32_t index) const {
    napi_value found;
    check(env_, napi_get_element(env_, value_, index, &found));
    return {env_, found, name_ + "[" + std::to_string(index) + "]"};
  }

  uint32_t length(uint32_t most) const {
    bool array = false;
    check(env_, napi_is_array(env_, value_, &array));
    uint32_t count = 0;
    if (array) check(env_, napi_get_array_length(env_, value_, &count));
    if (count < 1 || count > most) refuse(name_ + " must be an array of 1 to " + std::to_string(most));
    return count;
  }

  bool missing() const {
    napi_valuetype type;
    check(env_, napi_typeof(env_, value_, &type));
    return type == napi_undefined;
  }

  double number() const {
    double number;
    if (napi_get_value_double(env_, value_, &number) != napi_ok) refuse(name_ + " must be a number");
    return number;
  }

  int whole(int least, int most) const {
    const double given = number();
    if (!(given >= least && given <= most) || given != static_cast<int>(given))
      refuse(name_ + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return static_cast<int>(given);
  }

  int width(int most) const {
    const int given = whole(kStep, most);
    if (given % kStep != 0) refuse(name_ + " must be a multiple of " + std::to_string(kStep));
    return given;
  }

  std::string text() const {
    char buffer[64];
    size_t length = 0;
    if (napi_get_value_string_utf8(env_, value_, buffer, sizeof buffer, &length) != napi_ok) refuse(name_ + " must be a string");
    return {buffer, length};
  }

  struct Numbers {
    napi_typedarray_type type = napi_uint8_array;
    size_t count = 0;
    void* data = nullptr;
  };

  Numbers numbers() const {
    bool typed = false;
    check(env_, napi_is_typedarray(env_, value_, &typed));
    if (!typed) refuse(name_ + " must be a typed array");
    Numbers found;
    check(env_, napi_get_typedarray_info(env_, value_, &found.type, &found.count, &found.data, nullptr, nullptr));
    return found;
  }

  float* floats(size_t count) const { return static_cast<float*>(exactly(napi_float32_array, count, "Float32Array")); }
  int8_t* bytes(size_t count) const { return static_cast<int8_t*>(exactly(napi_int8_array, count, "Int8Array")); }

  bool isBytes() const { return numbers().type == napi_int8_array; }

 private:
  void* exactly(napi_typedarray_type type, size_t count, const char* called) const {
    const Numbers found = numbers();
    if (found.type != type || found.count != count)
      refuse(name_ + " must be a " + called + " of " + std::to_string(count) + ", it has " + std::to_string(found.count));
    return found.data;
  }

  napi_env env_;
  napi_value value_;
  std::string name_;
};

/** Every set that runs here, fastest first. */
std::vector<const Kernels*> usableKernels() {
  std::vector<const Kernels*> usable;
#if defined(__x86_64__)
  const Cpu cpu = detectCpu();
  if (cpu.avx512Vnni) usable.push_back(avx512VnniKernels());
  if (cpu.avx512) usable.push_back(avx512Kernels());
  if (cpu.avxVnni) usable.push_back(avxVnniKernels());
  if (cpu.avx2) usable.push_back(avx2Kernels());
#endif
  usable.push_back(portableKernels());
  return usable;
}

const Kernels& kernelsNamed(const std::string& name) {
  for (const Kernels* kernels : usableKernels())
    if (name == kernels->name) return *kernels;
  refuse("no kernels \"" + name + "\" run on this processor");
}

Norm normOf(const Value& value, int width) {
  const size_t n = static_cast<size_t>(width);
  return {value.at("weight").floats(n), value.at("bias").floats(n), static_cast<float>(value.at("epsilon").number())};
}

std::vector<LinearPart> linearOf(const Value& value, int inputs, int outputs) {
  const uint32_t count = value.length(3);
  std::vector<LinearPart> parts;
  int left = outputs;
  for (uint32_t i = 0; i < count; ++i) {
    const Value given = value.at(i);
    LinearPart part{};
    part.outputs = given.at("outputs").width(kMostInner * 3);
    left -= part.outputs;
    const size_t n = static_cast<size_t>(part.outputs), weights = n * static_cast<size_t>(inputs);
    part.bias = given.at("bias").floats(n);
    if (given.at("weights").isBytes()) {
      part.quantised = given.at("weights").bytes(weights);
      part.scales = given.at("scales").floats(n);
    } else {
      part.weights = given.at("weights").floats(weights);
    }
    if ((part.quantised == nullptr) != (i > 0 ? parts.front().quantised == nullptr : part.quantised == nullptr))
      refuse("the parts of a layer must have weights of one type");
    parts.push_back(part);
  }
  if (left != 0) refuse("a linear layer must have " + std::to_string(outputs) + " outputs");
  return parts;
}

AttentionScales scalesOf(const Value& value) {
  const auto at = [&](const char* key) { return static_cast<float>(value.at(key).number()); };
  return {at("queries"), at("keys"), at("scores")};
}

EncoderParts partsOf(const Value& given) {
  EncoderParts parts{};
  parts.hidden = given.at("hidden").width(kMostHidden);
  parts.heads = given.at("heads").whole(1, parts.hidden);
  if (parts.hidden % parts.heads != 0 || parts.hidden / parts.heads % kStep != 0)
    refuse("a head must have a multiple of " + std::to_string(kStep) + " dimensions");
  parts.inner = given.at("inner").width(kMostInner);
  parts.vocabulary = given.at("vocabulary").whole(1, kMostVocabulary);
  parts.maxTokens = given.at("maxTokens").whole(1, kMostTokens);
  const size_t hidden = static_cast<size_t>(parts.hidden), words = static_cast<size_t>(parts.vocabulary) * hidden;
  const Value table = given.at("words");
  if (table.at("weights").isBytes()) {
    const Value scales = table.at("scales");
    const size_t count = scales.numbers().count;
    parts.quantisedWords = table.at("weights").bytes(words);
    parts.wordScales = scales.floats(count == 1 ? 1 : static_cast<size_t>(parts.vocabulary));
    parts.wordScaleStep = count == 1 ? 0 : 1;
    parts.wordZero = static_cast<float>(table.at("zero").whole(-255, 255));
  } else {
    parts.words = table.at("weights").floats(words);
  }
  const Value addends = given.at("addends");
  for (uint32_t i = 0, count = addends.length(2); i < count; ++i) {
    const bool same = addends.at(i).numbers().count == hidden;
    const float* rows = addends.at(i).floats(same ? hidden : static_cast<size_t>(parts.maxTokens) * hidden);
    parts.addends.push_back({rows, same ? 0 : parts.hidden});
  }
  parts.wordNorm = normOf(given.at("wordNorm"), parts.hidden);
  const Value layers = given.at("layers");
  const uint32_t count = layers.length(kMostLayers);
  for (uint32_t i = 0; i < count; ++i) {
    const Value layer = layers.at(i);
    parts.layers.push_back({linearOf(layer.at("qkv"), parts.hidden, 3 * parts.hidden),
                            linearOf(layer.at("attended"), parts.hidden, parts.hidden),
                            linearOf(layer.at("widen"), parts.hidden, parts.inner),
                            linearOf(layer.at("narrow"), parts.inner, parts.hidden),
                            normOf(layer.at("attendedNorm"), parts.hidden),
                            normOf(layer.at("norm"), parts.hidden),
                            scalesOf(layer.at("scales"))});
  }
  return parts;
}

/** On every object that holds an encoder. */
constexpr napi_type_tag kTag = {0x9b2ff8a1c6d44e07, 0xa6d1c3f05b7e4912};

Encoder& encoderOf(napi_env env, napi_value self) {
  bool ours = false;
  void* data = nullptr;
  if (napi_check_object_type_tag(env, self, &kTag, &ours) != napi_ok || !ours || napi_unwrap(env, self, &data) != napi_ok)
    refuse("not an Encoder");
  return *static_cast<Encoder*>(data);
}

using Arguments = std::vector<Value>;

/** kernels(): string[] */
napi_value kernels(napi_env env, napi_value, const Arguments&) {
  napi_value list;
  check(env, napi_create_array(env, &list));
  uint32_t i = 0;
  for (const Kernels* set : usableKernels()) {
    napi_value name;
    check(env, napi_create_string_utf8(env, set->name, NAPI_AUTO_LENGTH, &name));
    check(env, napi_set_element(env, list, i++, name));
  }
  return list;
}

/** new Encoder(kernels: string, parts: EncoderParts) */
napi_value construct(napi_env env, napi_value self, const Arguments& arguments) {
  const Kernels& chosen = kernelsNamed(arguments[0].text());
  auto encoder = std::make_unique<Encoder>(partsOf(arguments[1]), chosen);
  check(env, napi_wrap(
                 env, self, encoder.get(), [](napi_env, void* data, void*) { delete static_cast<Encoder*>(data); }, nullptr, nullptr));
  encoder.release();
  check(env, napi_type_tag_object(env, self, &kTag));
  return self;
}

/** encode(ids: Int32Array, to: Float32Array, mean: boolean): number; `to` has `hidden` numbers. */
napi_value encode(napi_env env, napi_value self, const Arguments& arguments) {
  Encoder& encoder = encoderOf(env, self);
  const Model& model = encoder.model();
  const Value::Numbers ids = arguments[0].numbers();
  if (ids.type != napi_int32_array || ids.count < 1 || ids.count > static_cast<size_t>(model.maxTokens))
    refuse("ids must be an Int32Array of 1 to " + std::to_string(model.maxTokens));
  const int32_t* first = static_cast<const int32_t*>(ids.data);
  for (size_t i = 0; i < ids.count; ++i)
    if (first[i] < 0 || first[i] >= model.vocabulary)
      refuse("ids[" + std::to_string(i) + "] must be under " + std::to_string(model.vocabulary));
  float* to = arguments[1].floats(static_cast<size_t>(model.hidden));
  bool mean = false;
  if (napi_get_value_bool(env, arguments[2].raw(), &mean) != napi_ok) refuse("mean must be a boolean");
  napi_value norm;
  check(env, napi_create_double(env, encoder.encode(first, static_cast<int>(ids.count), to, mean), &norm));
  return norm;
}

/** states(to: Float32Array): void; `to` has as many rows of `hidden` numbers as the last text had tokens. */
napi_value states(napi_env env, napi_value self, const Arguments& arguments) {
  const Encoder& encoder = encoderOf(env, self);
  const size_t count = static_cast<size_t>(encoder.tokens()) * static_cast<size_t>(encoder.model().hidden);
  if (count == 0) refuse("no text was encoded");
  std::memcpy(arguments[0].floats(count), encoder.states(), count * sizeof(float));
  return nullptr;
}

template <napi_value (*body)(napi_env, napi_value, const Arguments&), size_t count>
napi_value call(napi_env env, napi_callback_info info) {
  try {
    size_t given = count;
    napi_value values[count + 1], self;
    check(env, napi_get_cb_info(env, info, &given, values, &self, nullptr));
    Arguments arguments;
    for (size_t i = 0; i < count; ++i) arguments.emplace_back(env, values[i], "argument " + std::to_string(i + 1));
    return body(env, self, arguments);
  } catch (const Pending&) {
  } catch (const std::invalid_argument& error) {
    napi_throw_range_error(env, nullptr, error.what());
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

napi_value init(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      {"encode", nullptr, call<encode, 3>, nullptr, nullptr, nullptr, napi_default_method, nullptr},
      {"states", nullptr, call<states, 1>, nullptr, nullptr, nullptr, napi_default_method, nullptr},
  };
  napi_value function, constructor;
  try {
    check(env, napi_create_function(env, "kernels", NAPI_AUTO_LENGTH, call<kernels, 0>, nullptr, &function));
    check(env, napi_set_named_property(env, exports, "kernels", function));
    check(env, napi_define_class(env, "Encoder", NAPI_AUTO_LENGTH, call<construct, 2>, nullptr, std::size(methods), methods, &constructor));
    check(env, napi_set_named_property(env, exports, "Encoder", constructor));
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  } catch (const Pending&) {
  }
  return exports;
}

}  // namespace
}  // namespace paperkin

NAPI_MODULE(paperkin_encoder, paperkin::init)
