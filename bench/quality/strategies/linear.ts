/** Small linear classifiers that are trained for one request: what is liked against what is disliked and a sample of the corpus. */
import { dot } from '#dist/recommend/dot.js';

export interface LinearOptions {
  loss: 'logistic' | 'hinge';
  /** Weight of the squared length of the classifier. */
  l2: number;
}

/** Vectors of one length, and their n * n inner products. */
export interface Examples {
  examples: readonly Float32Array[];
  products: Float64Array;
}

export function withProducts(examples: readonly Float32Array[]): Examples {
  const n = examples.length;
  const products = new Float64Array(n * n);
  for (const [i, a] of examples.entries()) {
    for (const [j, b] of examples.entries()) products[i * n + j] = j < i ? (products[j * n + i] ?? 0) : dot(a, b);
  }
  return { examples, products };
}

const STEPS = 100;
const MOMENTUM = 0.9;
const RATE = { logistic: 1, hinge: 0.3 } as const;

/**
 * Gradient descent with momentum on the regularised loss, both classes of the same weight. Karpathy's arxiv-sanity-lite
 * trains such an SVM for each tag, on tf-idf, with the rest of the corpus as the other class. The classifier is kept as a
 * sum of the examples, so that a step needs their inner products alone. `hinge` is squared.
 * @param labels 1 for what is liked, -1 for the rest.
 * @returns the direction of what is liked, of the length of an example.
 */
export function trainLinear(
  { examples, products: gram }: Examples,
  labels: readonly (1 | -1)[],
  options: LinearOptions,
): Float32Array {
  const n = examples.length;
  const dim = examples[0]?.length ?? 0;
  const positives = labels.filter((label) => label === 1).length;
  const sums = new Float64Array(n);
  const moved = new Float64Array(n);
  let bias = 0;
  let biasMoved = 0;
  const rate = RATE[options.loss];
  const slopes = new Float64Array(n);
  for (let step = 0; step < STEPS; step++) {
    for (let i = 0; i < n; i++) {
      let value = bias;
      for (let j = 0; j < n; j++) value += (gram[i * n + j] as number) * (sums[j] as number);
      const label = labels[i] ?? -1;
      const slope = options.loss === 'logistic' ? -1 / (1 + Math.exp(label * value)) : -2 * Math.max(0, 1 - label * value);
      slopes[i] = (label * slope) / (2 * (label === 1 ? positives : n - positives));
    }
    let biasSlope = 0;
    for (let i = 0; i < n; i++) {
      const slope = slopes[i] ?? 0;
      biasSlope += slope;
      moved[i] = MOMENTUM * (moved[i] ?? 0) - rate * (slope + options.l2 * (sums[i] ?? 0));
      sums[i] = (sums[i] ?? 0) + (moved[i] ?? 0);
    }
    biasMoved = MOMENTUM * biasMoved - rate * biasSlope;
    bias += biasMoved;
  }
  const direction = new Float32Array(dim);
  for (const [i, example] of examples.entries()) {
    for (let d = 0; d < dim; d++) direction[d] = (direction[d] ?? 0) + (sums[i] ?? 0) * (example[d] ?? 0);
  }
  return direction;
}
