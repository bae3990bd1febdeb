/**
 * What is known of a graph's values while it is gone through for a text of so many tokens: numbers that do not depend on the text,
 * and for those that do, how they come about.
 */
import type { Attribute, Tensor } from './onnx-file.ts';

/** The same for every text of that length. */
export interface Known extends Tensor {
  known: true;
  /** The same for texts of every length. */
  fixed: boolean;
}

/** Different for every text: elements of what a term gives, in some order. */
export interface Unknown {
  known: false;
  dims: number[];
  term: Term;
  /** Which element of the term's result each element is; null where they are the same, in the same order. */
  order: Int32Array | null;
}

export type Value = Known | Unknown;

/** An operator's result that depends on the text. */
export interface Term {
  op: string;
  inputs: (Value | undefined)[];
  attributes: Map<string, Attribute>;
  /** Which of the operator's outputs. */
  output: number;
}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Steps from one element to the next along each dimension, row-major. */
export function stepsOf(dims: readonly number[]): number[] {
  const steps = new Array<number>(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) steps[i] = (steps[i + 1] ?? 1) * (dims[i + 1] ?? 1);
  return steps;
}

/** Shape of what two values give together: https://onnx.ai/onnx/repo-docs/Broadcasting.html @throws Error where they do not fit. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not go together`);
    return x === 1 ? y : x;
  });
}

/** For each element of `to`, row-major, which element of `from` is broadcast to it. */
export function broadcastOrder(from: readonly number[], to: readonly number[]): Int32Array {
  const steps = stepsOf(from);
  const missing = to.length - from.length;
  const stretched = to.map((_, i) => (i < missing || from[i - missing] === 1 ? 0 : (steps[i - missing] ?? 0)));
  return orderOf(to, stretched, 0);
}

/** Offsets of all elements of a block of `dims`, row-major, where a step along each dimension is `steps` long. */
export function orderOf(dims: readonly number[], steps: readonly number[], start: number): Int32Array {
  let order = Int32Array.of(start);
  for (const [axis, dim] of dims.entries()) {
    const next = new Int32Array(order.length * dim);
    for (const [i, offset] of order.entries()) for (let j = 0; j < dim; j++) next[i * dim + j] = offset + j * (steps[axis] ?? 0);
    order = next;
  }
  return order;
}

/** Elements of a value in another order and shape. */
export function reordered(value: Value, dims: number[], order: Int32Array | null): Value {
  if (order === null) return { ...value, dims };
  if (!value.known) {
    const { order: before, term } = value;
    return { known: false, dims, term, order: before === null ? order : order.map((i) => before[i] ?? -1) };
  }
  const from = value.data;
  const data = new (from.constructor as new (length: number) => Tensor['data'])(order.length);
  for (const [i, place] of order.entries()) data[i] = from[place] ?? 0;
  return { ...value, dims, data };
}

export function known(type: Tensor['type'], dims: number[], data: Tensor['data'], fixed: boolean): Known {
  return { known: true, type, dims, data, fixed };
}

/** The one number of a value. */
export function scalarOf(value: Value | undefined): number | undefined {
  return value?.known === true && value.data.length === 1 ? value.data[0] : undefined;
}
