/** The parts of an encoder that a graph may spell in several ways. */
import type { Linear, LinearPart, Norm } from './encoder-parts.ts';
import { type Known, reordered, scalarOf, type Term, type Unknown, type Value } from './values.ts';

/** What was looked for is not there. */
export class NoMatch extends Error {
  override readonly name = 'NoMatch';
}

/** The operator that makes a value, whose elements it takes in order. */
export function termOf(value: Value | undefined, ...ops: string[]): Term {
  const found = value === undefined || value.known || value.order !== null ? undefined : value.term;
  if (found === undefined || !ops.includes(found.op))
    throw new NoMatch(`${found?.op ?? 'something else'} stands where ${ops.join(' or ')} was expected`);
  return found;
}

export function unknownOf(value: Value | undefined): Unknown {
  if (value === undefined || value.known)
    throw new NoMatch('a number stands where something that depends on the text was expected');
  return value;
}

/** True where both are the same elements in the same order. */
export function is(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.known || b.known || a.order !== null || b.order !== null) return false;
  return a.term === b.term && a.dims.join() === b.dims.join();
}

/** Tries the two inputs of a sum in both orders. @throws NoMatch of the second where neither does. */
export function eitherWay<T>(sum: Value, match: (a: Value, b: Value) => T | undefined): T {
  const [a, b] = termOf(sum, 'Add').inputs;
  let failure: unknown;
  for (const [first, second] of [
    [a, b],
    [b, a],
  ]) {
    try {
      const found = first === undefined || second === undefined ? undefined : match(first, second);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof NoMatch)) throw error;
      failure ??= error;
    }
  }
  throw failure ?? new NoMatch('a sum is not that of a layer and its input');
}

/** A row of so many numbers; one number stands for all of them. */
export function rowOf(value: Value | undefined, width: number): Float32Array {
  const data = value?.known === true && value.type === 'float' ? value.data : undefined;
  if (data?.length === 1) return new Float32Array(width).fill(data[0] ?? Number.NaN);
  if (data?.length !== width) throw new NoMatch(`${data?.length ?? 'no'} numbers stand where ${width} were expected`);
  return new Float32Array(data);
}

/** The two inputs of a product or sum, the one that does not depend on the text last. */
function withKnown(term: Term): [Value, Known] {
  const [a, b] = term.inputs;
  if (a === undefined || b === undefined) throw new NoMatch(`${term.op} lacks an input`);
  if (b.known) return [a, b];
  if (a.known && term.op !== 'Div' && term.op !== 'Sub' && term.op !== 'Pow') return [b, a];
  throw new NoMatch(`${term.op} of two parts that depend on the text`);
}

/** What a value is multiplied with that is one number for all elements. */
export interface Factor {
  by: number;
  /** The same for texts of every length. */
  fixed: boolean;
}

/** Takes factors off, also from under moves. */
export function withoutFactor(value: Value): { value: Unknown; factor: Factor } {
  let inner = unknownOf(value);
  const factor: Factor = { by: 1, fixed: true };
  for (;;) {
    const { term, dims, order } = inner;
    const [a, b] = term.inputs;
    const found =
      term.op !== 'Mul' && term.op !== 'Div' ? undefined : scalarOf(b) !== undefined ? b : term.op === 'Mul' ? a : undefined;
    const by = scalarOf(found);
    const under = found === b ? a : b;
    if (found?.known !== true || by === undefined || under === undefined || under.known) return { value: inner, factor };
    factor.by *= term.op === 'Mul' ? by : 1 / by;
    factor.fixed &&= found.fixed;
    inner = unknownOf(reordered(under, dims, order));
  }
}

/** Layer normalisation over the last dimension, as one operator or spelled out. */
export function matchNorm(value: Value): { input: Value; norm: Norm } {
  const width = value.dims.at(-1) ?? 0;
  const term = termOf(value, 'LayerNormalization', 'Add');
  if (term.op === 'LayerNormalization') {
    const [input, weight, bias] = term.inputs;
    const [axis, epsilon] = [term.attributes.get('axis') ?? -1, term.attributes.get('epsilon') ?? 1e-5];
    if ((axis !== -1 && axis !== value.dims.length - 1) || typeof epsilon !== 'number') throw new NoMatch('a norm over other axes');
    return { input: unknownOf(input), norm: { weight: rowOf(weight, width), bias: rowOf(bias, width), epsilon } };
  }
  const [scaled, bias] = withKnown(term);
  const [divided, weight] = withKnown(termOf(scaled, 'Mul'));
  const [centred, deviation] = termOf(divided, 'Div').inputs;
  const [variance, epsilon] = withKnown(termOf(termOf(deviation, 'Sqrt').inputs[0], 'Add'));
  const squared = termOf(meanOf(variance), 'Pow', 'Mul');
  const [base, power] = squared.inputs;
  const isSquare = squared.op === 'Pow' ? scalarOf(power) === 2 : base !== undefined && power !== undefined && is(base, power);
  const { input } = centredOf(centred);
  if (!isSquare || base === undefined || !is(centredOf(base).input, input))
    throw new NoMatch('a norm by something but the variance');
  return {
    input,
    norm: { weight: rowOf(weight, width), bias: rowOf(bias, width), epsilon: scalarOf(epsilon) ?? Number.NaN },
  };
}

/** What is averaged over the last dimension. */
function meanOf(value: Value | undefined): Value {
  const { inputs, attributes } = termOf(value, 'ReduceMean');
  const input = unknownOf(inputs[0]);
  const axes = inputs[1]?.known === true ? [...inputs[1].data] : attributes.get('axes');
  const last = Array.isArray(axes) && axes.length === 1 && (axes[0] === -1 || axes[0] === input.dims.length - 1);
  if (!last) throw new NoMatch('a mean over other axes');
  return input;
}

/** x - mean(x) */
function centredOf(value: Value | undefined): { input: Value } {
  const [input, mean] = termOf(value, 'Sub').inputs;
  if (input === undefined || !is(meanOf(mean), input)) throw new NoMatch('a difference from something but the mean');
  return { input };
}

/** x W + bias: in fp32, or with dynamically quantised x and int8 W, as ONNX Runtime's quantiser writes it. */
export function matchLinear(value: Value): { input: Value; linear: Linear } {
  const [product, bias] = withKnown(termOf(value, 'Add'));
  const term = termOf(product, 'MatMul', 'Mul');
  const { input, part } = term.op === 'MatMul' ? floatProduct(term) : quantisedProduct(term);
  return { input, linear: [{ ...part, bias: rowOf(bias, part.outputs) }] };
}

type Product = { input: Value; part: Omit<LinearPart, 'bias'> };

function weightsOf(value: Value | undefined, width: number): { data: Known['data']; outputs: number } {
  const [inputs, outputs] = value?.dims ?? [];
  if (value?.known !== true || value.dims.length !== 2 || inputs !== width || outputs === undefined)
    throw new NoMatch('a layer whose weights are no matrix');
  return { data: value.data, outputs };
}

function floatProduct({ inputs }: Term): Product {
  const input = unknownOf(inputs[0]);
  const { data, outputs } = weightsOf(inputs[1], input.dims.at(-1) ?? 0);
  if (!(data instanceof Float32Array)) throw new NoMatch('a layer with weights of another type than float32');
  return { input, part: { outputs, weights: data } };
}

/** (x quantised * W) times the scale of x times the scales of W. */
function quantisedProduct({ inputs }: Term): Product {
  const [sums, scale] = inputs
    .map((value) => termOf(value, 'MatMulInteger', 'Mul'))
    .sort((a) => (a.op === 'MatMulInteger' ? -1 : 1));
  if (sums?.op !== 'MatMulInteger' || scale?.op !== 'Mul') throw new NoMatch('a product that is not that of a quantised layer');
  const [bytes, weights, zero, weightZero] = sums.inputs;
  const [scaleOfBytes, scaleOfWeights] = withKnown(scale);
  const [quantised, zeroPoint, step] = [bytes, zero, scaleOfBytes].map((value) => termOf(value, 'DynamicQuantizeLinear'));
  const input = unknownOf(quantised?.inputs[0]);
  const outputs = [quantised, step, zeroPoint].map((term) => term?.output).join();
  const sameInput = [step, zeroPoint].every((term) => term?.inputs[0] !== undefined && is(term.inputs[0], input));
  if (outputs !== '0,1,2' || !sameInput) throw new NoMatch('a layer whose input is quantised in another way');
  const matrix = weightsOf(weights, input.dims.at(-1) ?? 0);
  if (!(matrix.data instanceof Int8Array)) throw new NoMatch('a layer with weights of another type than int8');
  const symmetric = weightZero === undefined || (weightZero.known && weightZero.data.every((number: number) => number === 0));
  if (!symmetric) throw new NoMatch('a layer whose weights have a zero point');
  return { input, part: { outputs: matrix.outputs, weights: matrix.data, scales: rowOf(scaleOfWeights, matrix.outputs) } };
}

export function outputsOf(linear: Linear): number {
  return linear.reduce((sum, { outputs }) => sum + outputs, 0);
}

/** x (1 + erf(x / sqrt 2)) / 2, its factors in any order. Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415 */
export function matchGelu(value: Value): Value {
  if (!value.known && value.order === null && value.term.op === 'Gelu') {
    if ((value.term.attributes.get('approximate') ?? 'none') !== 'none') throw new NoMatch('a GELU by tanh');
    return unknownOf(value.term.inputs[0]);
  }
  const { factors, factor } = factorsOf(value);
  const [a, b] = factors;
  if (a !== undefined && b !== undefined && factors.length === 2 && near(factor, 0.5)) {
    if (isErfGate(a, b)) return b;
    if (isErfGate(b, a)) return a;
  }
  throw new NoMatch('an activation that is not GELU by erf');
}

/** 1 + erf(x / sqrt 2) */
function isErfGate(gate: Value, x: Value): boolean {
  if (gate.known || gate.term.op !== 'Add') return false;
  const [a, b] = gate.term.inputs;
  const erf = scalarOf(a) === 1 ? b : scalarOf(b) === 1 ? a : undefined;
  if (erf === undefined || erf.known || erf.term.op !== 'Erf' || erf.term.inputs[0] === undefined) return false;
  const { value, factor } = withoutFactor(erf.term.inputs[0]);
  return near(factor.by, Math.SQRT1_2) && is(value, x);
}

/** Everything that is multiplied, numbers apart. */
function factorsOf(value: Value): { factors: Unknown[]; factor: number } {
  const { value: inner, factor } = withoutFactor(value);
  if (inner.term.op !== 'Mul' || inner.order !== null) return { factors: [inner], factor: factor.by };
  const parts = inner.term.inputs.map((part) => factorsOf(unknownOf(part)));
  return {
    factors: parts.flatMap(({ factors }) => factors),
    factor: parts.reduce((product, part) => product * part.factor, factor.by),
  };
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-6;
}
