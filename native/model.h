// What an encoder is made of, as plain memory: the one thing that every set of kernels reads.
#pragma once
#include <cstddef>
#include <cstdint>

namespace paperkin {

/** y = x W + bias, columns packed in panels. Either `quantised` or `weights` is there. */
struct Linear {
  int inputs;
  int outputs;
  /** s8, [panel][inputs / 4][term][column of the panel][4]: a weight is the sum of its terms. */
  const int8_t* quantised;
  int terms;
  /** fp32, [panel][inputs][column of the panel]. */
  const float* weights;
  /** Dequantisation of each column and, of `quantised`, the sum of its weights. Padded with zeros to whole panels, as is `bias`. */
  const float* scales;
  const int32_t* sums;
  const float* bias;
};

struct Norm {
  const float* weight;
  const float* bias;
  float epsilon;
};

/** What queries, keys, and the products of both are multiplied with. */
struct AttentionScales {
  float queries;
  float keys;
  float scores;
};

/** BERT's encoder layer, Devlin et al. 2019, https://arxiv.org/abs/1810.04805: attention, norm, feed-forward, norm. */
struct Layer {
  /** 3 * hidden outputs: queries, keys, values. */
  Linear qkv;
  Linear attended;
  Norm attendedNorm;
  Linear widen;
  Linear narrow;
  Norm norm;
  AttentionScales scales;
};

/** Rows of `hidden`, `step` apart: one for each position, or with step 0 the same for all. */
struct Addend {
  const float* rows;
  int step;
};

struct Model {
  int hidden;
  int heads;
  int inner;
  int layerCount;
  int vocabulary;
  /** Longest input. */
  int maxTokens;
  /** Word vectors, vocabulary * hidden: fp32, or (s8 - wordZero) * the scale of the word; with step 0 all words have the first. */
  const float* words;
  const int8_t* quantisedWords;
  float wordZero;
  const float* wordScales;
  int wordScaleStep;
  /** Added to the words, one after the other. */
  Addend addends[2];
  Norm wordNorm;
  const Layer* layers;
};

/** Room for one text of up to maxTokens; the same is used for every text. Rows are `ld...` apart. */
struct Workspace {
  /** maxTokens * hidden: the token states. */
  float* states;
  /** maxTokens * the widest outputs. */
  float* wide;
  /** u8, maxTokens * the widest inputs. */
  uint8_t* quantised;
  /** maxTokens * hidden each, head by head. */
  float* queries;
  float* keys;
  float* values;
  /** One head's keys, turned: hidden / heads rows of maxTokens, rounded up. */
  float* turnedKeys;
  /** Attention of some tokens to all. */
  float* scores;
};

}  // namespace paperkin
