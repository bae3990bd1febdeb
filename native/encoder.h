// An encoder ready to run: packed weights that it owns, the kernels of this processor, and room for a text.
#pragma once
#include <memory>
#include <vector>

#include "kernels.h"
#include "model.h"

namespace paperkin {

/** Memory on whole cache lines. */
class Block {
 public:
  explicit Block(size_t bytes);
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  void* data() const { return data_; }

 private:
  void* data_;
};

/** Some columns of a linear layer, as the graph has them: weights row by row, inputs * outputs, s8 with a scale a column or fp32. */
struct LinearPart {
  int outputs;
  const int8_t* quantised;
  const float* weights;
  const float* scales;
  const float* bias;
};

struct LayerParts {
  std::vector<LinearPart> qkv, attended, widen, narrow;
  Norm attendedNorm, norm;
  AttentionScales scales;
};

/** What an encoder is made from. Nothing of it is needed afterwards. Lengths are checked by whoever fills it in. */
struct EncoderParts {
  int hidden, heads, inner, vocabulary, maxTokens;
  const float* words;
  const int8_t* quantisedWords;
  float wordZero;
  const float* wordScales;
  int wordScaleStep;
  /** At most two, whose rows are maxTokens or, with step 0, one. */
  std::vector<Addend> addends;
  Norm wordNorm;
  std::vector<LayerParts> layers;
};

class Encoder {
 public:
  /** @throws std::bad_alloc */
  Encoder(const EncoderParts& parts, const Kernels& kernels);

  const Model& model() const { return model_; }
  const Kernels& kernels() const { return kernels_; }

  /**
   * Writes the text's vector of unit length, the mean of its tokens' states or the first one, and returns its length before that.
   * @param ids n of them, 1 to maxTokens, each in the vocabulary.
   * @throws std::bad_alloc
   */
  double encode(const int32_t* ids, int n, float* to, bool mean);

  /** Of the last text, `tokens` * hidden. */
  const float* states() const { return workspace_.states; }
  int tokens() const { return tokens_; }

 private:
  template <class T>
  T* room(size_t count);
  const float* keep(const float* from, size_t count, size_t padded);
  Norm keep(const Norm& norm, int width);
  Linear pack(const std::vector<LinearPart>& parts, int inputs);
  void reserve(int tokens);

  const Kernels& kernels_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<Layer> layers_;
  Model model_{};
  std::unique_ptr<Block> scratch_;
  Workspace workspace_{};
  int reserved_ = 0;
  int tokens_ = 0;
};

}  // namespace paperkin
