#include "encoder.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <new>

namespace paperkin {

namespace {

constexpr size_t kLine = 64;

size_t roundUp(size_t n, size_t step) { return (n + step - 1) / step * step; }

/**
 * True where two neighbouring products of any u8 with these weights fit into 16 bits together: what processors without VNNI add up.
 */
bool pairsFit(const std::vector<LinearPart>& parts, int inputs) {
  for (const LinearPart& part : parts) {
    for (int row = 0; row < inputs; row += 2) {
      const int8_t* even = part.quantised + static_cast<size_t>(row) * part.outputs;
      const int8_t* odd = even + part.outputs;
      for (int i = 0; i < part.outputs; ++i) {
        const int positive = std::max<int>(even[i], 0) + std::max<int>(odd[i], 0);
        const int negative = std::min<int>(even[i], 0) + std::min<int>(odd[i], 0);
        if (positive * 255 > INT16_MAX || negative * 255 < INT16_MIN) return false;
      }
    }
  }
  return true;
}

}  // namespace

Block::Block(size_t bytes) : data_(std::aligned_alloc(kLine, roundUp(std::max<size_t>(bytes, 1), kLine))) {
  if (data_ == nullptr) throw std::bad_alloc();
}

Block::~Block() { std::free(data_); }

template <class T>
T* Encoder::room(size_t count) {
  blocks_.push_back(std::make_unique<Block>(count * sizeof(T)));
  std::memset(blocks_.back()->data(), 0, count * sizeof(T));
  return static_cast<T*>(blocks_.back()->data());
}

const float* Encoder::keep(const float* from, size_t count, size_t padded) {
  float* to = room<float>(padded);
  std::copy(from, from + count, to);
  return to;
}

Norm Encoder::keep(const Norm& norm, int width) {
  const size_t n = static_cast<size_t>(width);
  return {keep(norm.weight, n, n), keep(norm.bias, n, n), norm.epsilon};
}

Linear Encoder::pack(const std::vector<LinearPart>& parts, int inputs) {
  const size_t width = static_cast<size_t>(kernels_.panel), k = static_cast<size_t>(inputs);
  size_t outputs = 0;
  for (const LinearPart& part : parts) outputs += static_cast<size_t>(part.outputs);
  const size_t padded = roundUp(outputs, width);
  const bool quantised = parts.front().quantised != nullptr;
  const int terms = quantised && !kernels_.wide && !pairsFit(parts, inputs) ? 2 : 1;

  int8_t* bytes = quantised ? room<int8_t>(padded * k * static_cast<size_t>(terms)) : nullptr;
  float* floats = quantised ? nullptr : room<float>(padded * k);
  float* scales = room<float>(padded);
  int32_t* sums = room<int32_t>(padded);
  float* bias = room<float>(padded);
  size_t column = 0;
  for (const LinearPart& part : parts) {
    for (int i = 0; i < part.outputs; ++i, ++column) {
      const size_t panel = column / width, within = column % width;
      bias[column] = part.bias[i];
      if (quantised) scales[column] = part.scales[i];
      for (size_t row = 0; row < k; ++row) {
        const size_t at = row * static_cast<size_t>(part.outputs) + static_cast<size_t>(i);
        if (!quantised) {
          floats[(panel * k + row) * width + within] = part.weights[at];
          continue;
        }
        const int weight = part.quantised[at];
        sums[column] += weight;
        const int first = terms == 1 ? weight : weight / 2;
        int8_t* to = bytes + (panel * k + row / 4 * 4) * width * static_cast<size_t>(terms) + within * 4 + row % 4;
        to[0] = static_cast<int8_t>(first);
        if (terms == 2) to[4 * width] = static_cast<int8_t>(weight - first);
      }
    }
  }
  return {inputs, static_cast<int>(outputs), bytes, terms, floats, scales, sums, bias};
}

Encoder::Encoder(const EncoderParts& parts, const Kernels& kernels) : kernels_(kernels) {
  const size_t hidden = static_cast<size_t>(parts.hidden), vocabulary = static_cast<size_t>(parts.vocabulary);
  model_.hidden = parts.hidden;
  model_.heads = parts.heads;
  model_.inner = parts.inner;
  model_.vocabulary = parts.vocabulary;
  model_.maxTokens = parts.maxTokens;
  if (parts.words != nullptr) {
    model_.words = keep(parts.words, vocabulary * hidden, vocabulary * hidden);
  } else {
    int8_t* words = room<int8_t>(vocabulary * hidden);
    std::copy(parts.quantisedWords, parts.quantisedWords + vocabulary * hidden, words);
    model_.quantisedWords = words;
    const size_t scales = parts.wordScaleStep == 0 ? 1 : vocabulary;
    model_.wordScales = keep(parts.wordScales, scales, scales);
    model_.wordScaleStep = parts.wordScaleStep;
    model_.wordZero = parts.wordZero;
  }
  for (size_t i = 0; i < parts.addends.size() && i < std::size(model_.addends); ++i) {
    const auto [rows, step] = parts.addends[i];
    const size_t count = step == 0 ? hidden : static_cast<size_t>(parts.maxTokens) * hidden;
    model_.addends[i] = {keep(rows, count, count), step};
  }
  model_.wordNorm = keep(parts.wordNorm, parts.hidden);
  for (const LayerParts& layer : parts.layers) {
    layers_.push_back({pack(layer.qkv, parts.hidden), pack(layer.attended, parts.hidden), keep(layer.attendedNorm, parts.hidden),
                       pack(layer.widen, parts.hidden), pack(layer.narrow, parts.inner), keep(layer.norm, parts.hidden),
                       layer.scales});
  }
  model_.layers = layers_.data();
  model_.layerCount = static_cast<int>(layers_.size());
}

/** Room for a text, kept: texts are of all lengths up to some hundred tokens, and most need no new room. */
void Encoder::reserve(int tokens) {
  if (tokens <= reserved_) return;
  const size_t n = roundUp(static_cast<size_t>(tokens), 128);
  const size_t hidden = static_cast<size_t>(model_.hidden), widest = static_cast<size_t>(std::max(model_.hidden, model_.inner));
  // Tiles of scores have up to eight rows.
  const size_t floats[] = {n * hidden, n * widest, n * hidden, n * hidden, n * hidden, n * hidden, n * 8};
  size_t bytes = roundUp(n * widest, kLine);
  for (const size_t count : floats) bytes += roundUp(count * sizeof(float), kLine);
  reserved_ = 0;
  scratch_.reset();
  scratch_ = std::make_unique<Block>(bytes);
  char* at = static_cast<char*>(scratch_->data());
  const auto take = [&](size_t size) {
    char* from = at;
    at += roundUp(size, kLine);
    return from;
  };
  float** const into[] = {&workspace_.states, &workspace_.wide,   &workspace_.queries, &workspace_.keys,
                          &workspace_.values, &workspace_.turnedKeys, &workspace_.scores};
  for (size_t i = 0; i < std::size(floats); ++i) *into[i] = reinterpret_cast<float*>(take(floats[i] * sizeof(float)));
  workspace_.quantised = reinterpret_cast<uint8_t*>(take(n * widest));
  reserved_ = static_cast<int>(n);
}

double Encoder::encode(const int32_t* ids, int n, float* to, bool mean) {
  tokens_ = 0;
  reserve(n);
  kernels_.run(model_, workspace_, ids, n);
  tokens_ = n;
  const int hidden = model_.hidden;
  std::copy(workspace_.states, workspace_.states + hidden, to);
  for (int row = 1; mean && row < n; ++row) {
    const float* from = workspace_.states + static_cast<size_t>(row) * static_cast<size_t>(hidden);
    for (int i = 0; i < hidden; ++i) to[i] += from[i];
  }
  double squares = 0;
  for (int i = 0; i < hidden; ++i) squares += static_cast<double>(to[i]) * to[i];
  const double norm = std::sqrt(squares);
  // A zero vector stays zero: it is like nothing.
  for (int i = 0; i < hidden && norm > 0; ++i) to[i] = static_cast<float>(to[i] / norm);
  return norm;
}

}  // namespace paperkin
