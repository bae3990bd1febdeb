// The encoder, once for each set of vector instructions: included after `Simd`, which has its instructions and tile sizes.
// Everything here has internal linkage, so that no function compiled for one processor is called on another.
#include <type_traits>
#include <utility>

#include "model.h"

namespace paperkin {
namespace {

using F = Simd::F;
using I = Simd::I;
constexpr int kLanes = Simd::kLanes;
constexpr int kPanel = Simd::kPanelVectors * kLanes;

/** How u8 numbers stand for floats: value = (u8 - zero) * scale. */
struct Quantisation {
  float scale;
  int32_t zero;
};

struct Range {
  F low = Simd::set(0.0f);
  F high = Simd::set(0.0f);
  INLINE void take(F v) {
    low = Simd::min(low, v);
    high = Simd::max(high, v);
  }
  /** ONNX DynamicQuantizeLinear: the range with 0 in 255 steps, https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html */
  Quantisation quantisation() const {
    const float least = Simd::least(low), most = Simd::largest(high);
    const float scale = most == least ? 1.0f : (most - least) / 255.0f;
    const float zero = __builtin_nearbyintf(-least / scale);
    return {scale, static_cast<int32_t>(zero > 255.0f ? 255.0f : zero)};
  }
};

// The floats are computed as ONNX Runtime's kernels do it, operation by operation, so that they round alike: where one of them lies
// between two steps of the quantisation that follows, another last bit is another vector (docs/adr/0014-a-native-encoder.md).
// The polynomials are N. Juffa's, https://stackoverflow.com/questions/35148198 and https://forums.developer.nvidia.com/t/47528

constexpr float kLog2E = 1.44269504f, kLn2High = -6.93145752e-1f, kLn2Low = -1.42860677e-6f;
/** Added to a number and taken away again it leaves it rounded. */
constexpr float kRounding = 12582912.0f;

/** Some vectors side by side: a chain of operations that each wait for the one before leaves a processor idle, several do not. */
template <int count>
struct Group {
  F at[count];
};

template <class G, class Op, class... A>
INLINE G eachOf(Op op, const A&... a) {
  G result;
  UNROLL for (int i = 0; i < static_cast<int>(sizeof(G) / sizeof(F)); ++i) result.at[i] = op(a.at[i]...);
  return result;
}

template <class G, class... C>
INLINE G polynomial(const G& x, float first, C... rest) {
  G p = eachOf<G>([&](F) INLINE_LAMBDA { return Simd::set(first); }, x);
  const auto step = [&](float next) INLINE_LAMBDA {
    p = eachOf<G>([&](F q, F y) INLINE_LAMBDA { return Simd::fma(q, y, Simd::set(next)); }, p, x);
  };
  (step(rest), ...);
  return p;
}

template <class G>
struct Reduced {
  G shifted;
  G rest;
};

/** x = power ln 2 + rest, power whole; `shifted` is the power with kRounding still there. */
template <class G>
INLINE Reduced<G> reduce(const G& x) {
  const G shifted = eachOf<G>([](F y) INLINE_LAMBDA { return Simd::fma(y, Simd::set(kLog2E), Simd::set(kRounding)); }, x);
  const G power = eachOf<G>([](F y) INLINE_LAMBDA { return Simd::sub(y, Simd::set(kRounding)); }, shifted);
  const G rest = eachOf<G>([](F n, F y) INLINE_LAMBDA { return Simd::fma(n, Simd::set(kLn2High), y); }, power, x);
  return {shifted, eachOf<G>([](F n, F y) INLINE_LAMBDA { return Simd::fma(n, Simd::set(kLn2Low), y); }, power, rest)};
}

/** e^x for x up to 0, faithful to the last bit or the one before; under -87, where e^x is nothing beside 1, e^-87. */
template <class G>
INLINE G exponential(const G& x) {
  const Reduced<G> r = reduce(eachOf<G>([](F y) INLINE_LAMBDA { return Simd::max(y, Simd::set(-87.0f)); }, x));
  const G p = polynomial(r.rest, 0x1.694p-10f, 0x1.125edcp-7f, 0x1.555b5ap-5f, 0x1.55545p-3f, 0x1.fffff6p-2f, 1.0f, 1.0f);
  return eachOf<G>(Simd::scaleBy, p, r.shifted);
}

/** erf(x), faithful to the last bit or the one before: a polynomial near 0, 1 - e^polynomial further out. */
template <class G>
INLINE G errorFunction(const G& x) {
  const G a = eachOf<G>([](F y) INLINE_LAMBDA { return Simd::min(Simd::abs(y), Simd::set(3.925f)); }, x);
  const G large = polynomial(a, 1.72948930e-5f, -3.83208680e-4f, 3.88393435e-3f, -2.42545605e-2f, 1.06777847e-1f, 6.34846687e-1f,
                             1.28717512e-1f);
  const G square = eachOf<G>(Simd::mul, a, a);
  const G small = polynomial(square, -5.99104969e-4f, 4.99339588e-3f, -2.67667342e-2f, 1.12818025e-1f, -3.76124859e-1f,
                             1.28379151e-1f);
  const Reduced<G> r = reduce(eachOf<G>([](F p, F y) INLINE_LAMBDA { return Simd::negative(Simd::fma(p, y, y)); }, large, a));
  const G e = polynomial(r.rest, 1.38319808e-3f, 8.37550033e-3f, 4.16689515e-2f, 1.66664466e-1f, 4.99999851e-1f, 1.0f, 1.0f);
  const G near = eachOf<G>([](F p, F y) INLINE_LAMBDA { return Simd::fma(p, y, y); }, small, a);
  const G far = eachOf<G>([](F y, F n) INLINE_LAMBDA { return Simd::sub(Simd::set(1.0f), Simd::scaleBy(y, n)); }, e, r.shifted);
  const auto choose = [](F y, F inside, F outside, F sign) INLINE_LAMBDA {
    return Simd::withSign(Simd::below(y, 0.921875f, inside, outside), sign);
  };
  return eachOf<G>(choose, a, near, far, x);
}

/** x (1 + erf(x / sqrt 2)) / 2 */
template <class G>
INLINE G gelu(const G& x) {
  const G erf = errorFunction(eachOf<G>([](F y) INLINE_LAMBDA { return Simd::mul(y, Simd::set(0.70710678f)); }, x));
  return eachOf<G>([](F y, F e) INLINE_LAMBDA {
    return Simd::mul(Simd::mul(y, Simd::set(0.5f)), Simd::add(e, Simd::set(1.0f)));
  }, x, erf);
}

/** Calls body(rows, first) for tiles of at most `most` rows, all of nearly one height. */
template <int most, class Body>
INLINE void forRows(int n, Body body) {
  const int tiles = (n + most - 1) / most;
  for (int tile = 0, row = 0; tile < tiles; ++tile) {
    const int rows = n / tiles + (tile < n % tiles);
    switch (rows) {
      case 1: body(std::integral_constant<int, 1>{}, row); break;
      case 2: body(std::integral_constant<int, 2>{}, row); break;
      case 3: if constexpr (most >= 3) body(std::integral_constant<int, 3>{}, row); break;
      case 4: if constexpr (most >= 4) body(std::integral_constant<int, 4>{}, row); break;
      case 5: if constexpr (most >= 5) body(std::integral_constant<int, 5>{}, row); break;
      case 6: if constexpr (most >= 6) body(std::integral_constant<int, 6>{}, row); break;
    }
    row += rows;
  }
}

template <int count>
constexpr std::make_integer_sequence<int, count> upTo{};
template <int... i>
using Indices = std::integer_sequence<int, i...>;

// Tiles of sums are spelled out by pack expansion, index by index: compilers keep arrays that are indexed by loops in memory.

template <class V, class T, int... v>
INLINE void loadColumn(V* column, const T* from, Indices<v...>) {
  ((column[v] = Simd::load(from + v * static_cast<int>(sizeof(V) / sizeof(T)))), ...);
}

template <int vectors, class V, int... i>
INLINE void beginTile(V* sums, const V* first, Indices<i...>) {
  ((sums[i] = first[i % vectors]), ...);
}

template <class V, int... v>
INLINE void addToRow(V* sums, V x, const V* column, Indices<v...>) {
  (Simd::accumulate(sums[v], x, column[v]), ...);
}

template <int vectors, class V, class At, int... r>
INLINE void addToTile(V* sums, const At& at, const V* column, Indices<r...>) {
  (addToRow(sums + r * vectors, at(r), column, upTo<vectors>), ...);
}

template <int vectors, class V, class Out, int... i>
INLINE void endTile(const V* sums, Out& out, Indices<i...>) {
  (out(i / vectors, i % vectors, sums[i]), ...);
}

/** out(row, v, sum over k of rows of a times columns of b). */
template <int rows, int vectors, class Out>
INLINE void floatTile(const float* a, ptrdiff_t lda, const float* b, ptrdiff_t ldb, int k, Out out) {
  F sums[rows * vectors], column[vectors] = {};
  beginTile<vectors>(sums, column, upTo<rows * vectors>);
  for (int i = 0; i < k; ++i, b += ldb) {
    loadColumn(column, b, upTo<vectors>);
    addToTile<vectors>(sums, [&](int r) INLINE_LAMBDA { return Simd::set(a[r * lda + i]); }, column, upTo<rows>);
  }
  endTile<vectors>(sums, out, upTo<rows * vectors>);
}

/** A layer's input: floats, or u8 with what they stand for. */
struct Input {
  const float* floats;
  const uint8_t* bytes;
  Quantisation quantisation;
};

/** Some columns of a layer, packed. */
struct Columns {
  int inputs;
  const float* weights;
  const int8_t* bytes;
  /** For `bytes`: what the sums begin with, and what they are multiplied with. */
  alignas(64) int32_t start[kPanel];
  alignas(64) float scale[kPanel];
  const float* bias;
};

// A function for each height of a tile, not inlined, so that its sums have all registers there are.

template <int rows, class Panel>
NOINLINE void denseTile(const Columns& c, const float* x, int row, Panel& to) {
  floatTile<rows, Simd::kPanelVectors>(
      x + static_cast<ptrdiff_t>(row) * c.inputs, c.inputs, c.weights, kPanel, c.inputs,
      [&](int r, int v, F sum) INLINE_LAMBDA { to.take(row + r, v, Simd::add(sum, Simd::load(c.bias + v * kLanes))); });
  to.done(row, rows);
}

/** The same for u8 rows and s8 columns in fours; `terms` of them add up to one weight. */
template <int rows, int terms, class Panel>
NOINLINE void denseTile(const Columns& c, const uint8_t* x, int row, Panel& to) {
  constexpr int vectors = Simd::kPanelVectors;
  I sums[rows * vectors], column[vectors];
  loadColumn(column, c.start, upTo<vectors>);
  beginTile<vectors>(sums, column, upTo<rows * vectors>);
  const ptrdiff_t k = c.inputs;
  const uint8_t* a = x + row * k;
  const int8_t* b = c.bytes;
  for (const uint8_t* end = a + k; a < end; a += 4) {
    const auto four = [&](int r) INLINE_LAMBDA {
      int32_t bytes;
      std::memcpy(&bytes, a + r * k, 4);
      return Simd::set(bytes);
    };
    for (int term = 0; term < terms; ++term, b += 4 * kPanel) {
      loadColumn(column, b, upTo<vectors>);
      addToTile<vectors>(sums, four, column, upTo<rows>);
    }
  }
  const auto take = [&](int r, int v, I sum) INLINE_LAMBDA {
    const F value = Simd::mul(Simd::toFloat(sum), Simd::load(c.scale + v * kLanes));
    to.take(row + r, v, Simd::add(value, Simd::load(c.bias + v * kLanes)));
  };
  endTile<vectors>(sums, take, upTo<rows * vectors>);
  to.done(row, rows);
}

/** Where the outputs of a layer go: `panel` gives what takes those of some columns, `done` has it back. */
template <class Out>
void dense(const Linear& l, const Input& in, int n, Out& out) {
  const ptrdiff_t k = l.inputs;
  Columns c;
  c.inputs = l.inputs;
  for (int column = 0; column < l.outputs; column += kPanel) {
    auto panel = out.panel(column, (l.outputs - column) / kLanes);
    c.bias = l.bias + column;
    if (l.quantised == nullptr) {
      c.weights = l.weights + column * k;
      forRows<Simd::kRows>(n, [&](auto rows, int row) INLINE_LAMBDA { denseTile<rows>(c, in.floats, row, panel); });
    } else {
      c.bytes = l.quantised + column * k * l.terms;
      // (u8 - zero) s8 = u8 s8 - zero times the sum of the column.
      for (int i = 0; i < kPanel; ++i) {
        c.start[i] = -in.quantisation.zero * l.sums[column + i];
        c.scale[i] = in.quantisation.scale * l.scales[column + i];
      }
      forRows<Simd::kRows>(n, [&](auto rows, int row) INLINE_LAMBDA {
        if constexpr (!Simd::kWide) {
          if (l.terms == 2) return denseTile<rows, 2>(c, in.bytes, row, panel);
        }
        denseTile<rows, 1>(c, in.bytes, row, panel);
      });
    }
    out.done(panel);
  }
}

/** Queries, keys and values, each head's rows together. */
struct ToHeads {
  float* parts[3];
  int hidden, depth, tokens;
  AttentionScales scales;
  struct Panel {
    /** First row of each vector of columns; null where there is none. */
    float* to[Simd::kPanelVectors];
    float scale[Simd::kPanelVectors];
    ptrdiff_t depth;
    INLINE void take(int row, int v, F value) const {
      if (to[v] != nullptr) Simd::store(to[v] + row * depth, Simd::mul(value, Simd::set(scale[v])));
    }
    INLINE void done(int, int) const {}
  };
  Panel panel(int column, int vectors) const {
    Panel p{{}, {}, depth};
    for (int v = 0; v < Simd::kPanelVectors; ++v, column += kLanes) {
      const int part = column / hidden, within = column % hidden;
      p.scale[v] = part == 0 ? scales.queries : part == 1 ? scales.keys : 1.0f;
      if (v < vectors) p.to[v] = parts[part] + static_cast<ptrdiff_t>(within / depth) * tokens * depth + within % depth;
    }
    return p;
  }
  void done(const Panel&) {}
};

/** Added to what is there. */
struct ToSum {
  float* states;
  int width;
  struct Panel {
    float* to;
    ptrdiff_t width;
    int vectors;
    INLINE void take(int row, int v, F value) const {
      if (v >= vectors) return;
      float* at = to + row * width + v * kLanes;
      Simd::store(at, Simd::add(value, Simd::load(at)));
    }
    INLINE void done(int, int) const {}
  };
  Panel panel(int column, int vectors) const { return {states + column, width, vectors}; }
  void done(const Panel&) {}
};

/** Through GELU, a tile at a time when it is whole: while it is made its sums take all registers. */
struct ToGelu {
  float* states;
  int width;
  Range range;
  struct Panel {
    float* to;
    ptrdiff_t width;
    int vectors;
    Range range;
    INLINE void take(int row, int v, F value) const {
      if (v < vectors) Simd::store(to + row * width + v * kLanes, value);
    }
    INLINE void done(int first, int rows) {
      for (int row = first; row < first + rows; ++row) {
        float* x = to + row * width;
        if (vectors >= Simd::kPanelVectors) through<Simd::kPanelVectors>(x);
        else for (int v = 0; v < vectors; ++v) through<1>(x + v * kLanes);
      }
    }
    template <int count>
    INLINE void through(float* x) {
      Group<count> g;
      UNROLL for (int v = 0; v < count; ++v) g.at[v] = Simd::load(x + v * kLanes);
      g = gelu(g);
      UNROLL for (int v = 0; v < count; ++v) {
        range.take(g.at[v]);
        Simd::store(x + v * kLanes, g.at[v]);
      }
    }
  };
  Panel panel(int column, int vectors) const { return {states + column, width, vectors, range}; }
  void done(const Panel& p) { range = p.range; }
};

/** Sums of some rows of x and of their squares, a row a lane, each added up from first to last. */
INLINE void sumRows(const float* x, int rows, int width, F& sum, F& squares) {
  sum = squares = Simd::set(0.0f);
  alignas(64) float turned[kLanes * kLanes];
  for (int i = 0; i < width; i += kLanes) {
    Simd::transpose(x + i, width, rows, turned, kLanes);
    for (int j = 0; j < kLanes; ++j) {
      const F value = Simd::load(turned + j * kLanes);
      sum = Simd::add(sum, value);
      squares = Simd::add(squares, Simd::mul(value, value));
    }
  }
}

/** Each row to mean 0 and variance 1, times weight plus bias. Ba et al. 2016, https://arxiv.org/abs/1607.06450 */
Range normaliseRows(float* x, int n, int width, const Norm& norm) {
  Range range;
  for (int first = 0; first < n; first += kLanes) {
    float* block = x + static_cast<ptrdiff_t>(first) * width;
    const int rows = n - first < kLanes ? n - first : kLanes;
    F sum, squares;
    sumRows(block, rows, width, sum, squares);
    const F count = Simd::set(static_cast<float>(width));
    const F mean = Simd::div(sum, count);
    const F variance = Simd::sub(Simd::div(squares, count), Simd::mul(mean, mean));
    alignas(64) float means[kLanes], deviations[kLanes];
    Simd::store(means, mean);
    Simd::store(deviations, Simd::squareRoot(Simd::add(variance, Simd::set(norm.epsilon))));
    for (int row = 0; row < rows; ++row) {
      const F deviation = Simd::set(deviations[row]);
      float* at = block + static_cast<ptrdiff_t>(row) * width;
      for (int i = 0; i < width; i += kLanes) {
        const F y = Simd::div(Simd::sub(Simd::load(at + i), Simd::set(means[row])), deviation);
        const F scaled = Simd::add(Simd::mul(y, Simd::load(norm.weight + i)), Simd::load(norm.bias + i));
        range.take(scaled);
        Simd::store(at + i, scaled);
      }
    }
  }
  return range;
}

Range embedWords(const Model& m, const Workspace& w, const int32_t* ids, int n) {
  for (int row = 0; row < n; ++row) {
    float* x = w.states + static_cast<ptrdiff_t>(row) * m.hidden;
    const ptrdiff_t word = static_cast<ptrdiff_t>(ids[row]) * m.hidden;
    for (int i = 0; i < m.hidden; i += kLanes) {
      F sum = m.words != nullptr ? Simd::load(m.words + word + i)
                                 : Simd::mul(Simd::sub(Simd::widen(m.quantisedWords + word + i), Simd::set(m.wordZero)),
                                             Simd::set(m.wordScales[ids[row] * m.wordScaleStep]));
      for (const Addend& addend : m.addends)
        if (addend.rows != nullptr) sum = Simd::add(sum, Simd::load(addend.rows + row * addend.step + i));
      Simd::store(x + i, sum);
    }
  }
  return normaliseRows(w.states, n, m.hidden, m.wordNorm);
}

/** The layer's input as it wants it. */
Input inputOf(const Linear& l, const float* x, const Range& range, int n, uint8_t* bytes) {
  if (l.quantised == nullptr) return {x, nullptr, {1, 0}};
  const Quantisation q = range.quantisation();
  const F scale = Simd::set(q.scale);
  const I zero = Simd::set(q.zero);
  const ptrdiff_t count = static_cast<ptrdiff_t>(n) * l.inputs;
  for (ptrdiff_t i = 0; i < count; i += kLanes) Simd::storeBytes(bytes + i, Simd::div(Simd::load(x + i), scale), zero);
  return {nullptr, bytes, q};
}

/** out(row, v, sums) of `rows` rows of a times all `vectors` columns-of-lanes of b, over k. */
template <int rows, class Out>
INLINE void product(const float* a, ptrdiff_t lda, const float* b, ptrdiff_t ldb, int k, int vectors, Out out) {
  constexpr int most = Simd::kMostVectors;
  const auto tile = [&](auto width, int first) INLINE_LAMBDA {
    floatTile<rows, width>(a, lda, b + first * kLanes, ldb, k,
                           [&](int r, int v, F sum) INLINE_LAMBDA { out(r, first + v, sum); });
  };
  forRows<most>(vectors, tile);
}

/** Scores of one token to weights that add up to 1. */
INLINE void softmax(float* scores, int n, int padded) {
  float* last = scores + padded - kLanes;
  const int inLast = n - (padded - kLanes);
  Simd::store(last, Simd::first(Simd::load(last), inLast, -__builtin_inff()));
  F most = Simd::load(scores);
  for (int i = kLanes; i < padded; i += kLanes) most = Simd::max(most, Simd::load(scores + i));
  const F top = Simd::set(Simd::largest(most));
  F total = Simd::set(0.0f);
  for (int i = 0; i < padded; i += kLanes) {
    F e = exponential(Group<1>{{Simd::sub(Simd::load(scores + i), top)}}).at[0];
    if (i == padded - kLanes) e = Simd::first(e, inLast, 0.0f);
    total = Simd::add(total, e);
    Simd::store(scores + i, e);
  }
  const F inverse = Simd::set(1.0f / Simd::sum(total));
  for (int i = 0; i < padded; i += kLanes) Simd::store(scores + i, Simd::mul(Simd::load(scores + i), inverse));
}

/** Softmax(queries keys) values of every head, into rows of `to`. Vaswani et al. 2017, https://arxiv.org/abs/1706.03762 */
Range attend(const Model& m, const Workspace& w, int n, float scale, float* to) {
  Range range;
  const int depth = m.hidden / m.heads;
  const int padded = (n + kLanes - 1) / kLanes * kLanes;
  for (int head = 0; head < m.heads; ++head) {
    const ptrdiff_t start = static_cast<ptrdiff_t>(head) * n * depth;
    const float* queries = w.queries + start;
    const float* keys = w.keys + start;
    const float* values = w.values + start;
    for (int row = 0; row < n; row += kLanes)
      for (int i = 0; i < depth; i += kLanes)
        Simd::transpose(keys + row * depth + i, depth, n - row, w.turnedKeys + i * padded + row, padded);
    forRows<Simd::kRows>(n, [&](auto rows, int row) {
      product<rows>(queries + row * depth, depth, w.turnedKeys, padded, depth, padded / kLanes, [&](int r, int v, F value) INLINE_LAMBDA {
        Simd::store(w.scores + r * padded + v * kLanes, Simd::mul(value, Simd::set(scale)));
      });
      for (int r = 0; r < rows; ++r) softmax(w.scores + r * padded, n, padded);
      float* place = to + static_cast<ptrdiff_t>(row) * m.hidden + head * depth;
      product<rows>(w.scores, padded, values, depth, n, depth / kLanes, [&](int r, int v, F value) INLINE_LAMBDA {
        range.take(value);
        Simd::store(place + static_cast<ptrdiff_t>(r) * m.hidden + v * kLanes, value);
      });
    });
  }
  return range;
}

/** Leaves the states of the n tokens in w.states. */
void run(const Model& m, const Workspace& w, const int32_t* ids, int n) {
  Range range = embedWords(m, w, ids, n);
  for (int i = 0; i < m.layerCount; ++i) {
    const Layer& l = m.layers[i];
    ToHeads heads{{w.queries, w.keys, w.values}, m.hidden, m.hidden / m.heads, n, l.scales};
    dense(l.qkv, inputOf(l.qkv, w.states, range, n, w.quantised), n, heads);
    const Range attended = attend(m, w, n, l.scales.scores, w.wide);
    ToSum sum{w.states, m.hidden};
    dense(l.attended, inputOf(l.attended, w.wide, attended, n, w.quantised), n, sum);
    range = normaliseRows(w.states, n, m.hidden, l.attendedNorm);
    ToGelu wide{w.wide, m.inner, {}};
    dense(l.widen, inputOf(l.widen, w.states, range, n, w.quantised), n, wide);
    dense(l.narrow, inputOf(l.narrow, w.wide, wide.range, n, w.quantised), n, sum);
    range = normaliseRows(w.states, n, m.hidden, l.norm);
  }
}

}  // namespace
}  // namespace paperkin
