/** Operators that only move elements, or read a shape: https://onnx.ai/onnx/operators/ */
import { axisOf } from './arithmetic.ts';
import type { Attribute, Node } from './onnx-file.ts';
import { broadcast, broadcastOrder, known, orderOf, reordered, sizeOf, stepsOf, type Value } from './values.ts';

type Move = (inputs: readonly (Value | undefined)[], node: Node) => Value[];

export const MOVES: Readonly<Record<string, Move>> = {
  Identity: ([value]) => [needed(value)],
  Shape: ([value], node) => [shape(needed(value), node)],
  Reshape: ([value, to]) => [reshape(needed(value), numbers(to))],
  Transpose: ([value], node) => [transpose(needed(value), node.attributes.get('perm'))],
  Unsqueeze: ([value, axes], node) => [unsqueeze(needed(value), axesOf(axes, node))],
  Squeeze: ([value, axes], node) => [squeeze(needed(value), axesOf(axes, node))],
  Slice: ([value, ...bounds]) => [slice(needed(value), bounds)],
  Split: ([value, sizes], node) => split(needed(value), sizes, node),
  Expand: ([value, to]) => [expand(needed(value), numbers(to))],
};

export function needed(value: Value | undefined): Value {
  if (value === undefined) throw new Error('an operator lacks an input');
  return value;
}

/** Whole numbers that do not depend on the text. */
function numbers(value: Value | undefined): number[] {
  if (value?.known !== true) throw new Error('a shape depends on the words of a text');
  return [...value.data];
}

/** An input since opset 13, an attribute before. */
function axesOf(input: Value | undefined, node: Node): number[] | undefined {
  if (input !== undefined) return numbers(input);
  const attribute = node.attributes.get('axes');
  return Array.isArray(attribute) ? attribute : undefined;
}

function shape({ dims }: Value, { attributes }: Node): Value {
  const [start, end] = [attributes.get('start'), attributes.get('end')];
  const part = dims.slice(typeof start === 'number' ? start : 0, typeof end === 'number' ? end : undefined);
  return known('int', [part.length], Float64Array.from(part), false);
}

function reshape(value: Value, to: number[]): Value {
  const dims = to.map((dim, i) => (dim === 0 ? (value.dims[i] ?? 0) : dim));
  const open = dims.indexOf(-1);
  const size = sizeOf(value.dims);
  if (open >= 0) dims[open] = size / sizeOf(dims.filter((_, i) => i !== open));
  if (dims.some((dim) => !Number.isInteger(dim) || dim < 0) || sizeOf(dims) !== size)
    throw new Error(`[${value.dims.join(', ')}] cannot take the shape [${to.join(', ')}]`);
  return reordered(value, dims, null);
}

function transpose(value: Value, perm: Attribute | undefined): Value {
  const axes = Array.isArray(perm) ? perm : value.dims.map((_, i) => value.dims.length - 1 - i);
  if ([...axes].sort((a, b) => a - b).some((axis, i) => axis !== i) || axes.length !== value.dims.length)
    throw new Error('the axes of a transposition are not each there once');
  const steps = stepsOf(value.dims);
  const dims = axes.map((axis) => value.dims[axis] ?? 0);
  return reordered(
    value,
    dims,
    orderOf(
      dims,
      axes.map((axis) => steps[axis] ?? 0),
      0,
    ),
  );
}

function unsqueeze(value: Value, axes: number[] | undefined): Value {
  const rank = value.dims.length + (axes?.length ?? 0);
  const places = new Set(axes?.map((axis) => axisOf(axis, rank)));
  const left = [...value.dims];
  return reordered(
    value,
    Array.from({ length: rank }, (_, i) => (places.has(i) ? 1 : (left.shift() ?? 0))),
    null,
  );
}

function squeeze(value: Value, axes: number[] | undefined): Value {
  const places = axes?.map((axis) => axisOf(axis, value.dims.length));
  const dims = value.dims.filter((dim, i) => !(places === undefined ? dim === 1 : places.includes(i)));
  if (sizeOf(dims) !== sizeOf(value.dims)) throw new Error('a dimension that is not 1 cannot be squeezed');
  return reordered(value, dims, null);
}

function slice(value: Value, [starts, ends, axes, steps]: readonly (Value | undefined)[]): Value {
  const [from, to] = [numbers(starts), numbers(ends)];
  const along = axes === undefined ? from.map((_, i) => i) : numbers(axes);
  if (steps !== undefined && numbers(steps).some((step) => step !== 1)) throw new Error('a slice with steps is not known here');
  let sliced = value;
  for (const [i, axis] of along.entries()) sliced = cut(sliced, axisOf(axis, value.dims.length), from[i] ?? 0, to[i] ?? 0);
  return sliced;
}

/** From `start` to before `end` along an axis; negative ones count from the end. */
function cut(value: Value, axis: number, start: number, end: number): Value {
  const dim = value.dims[axis] ?? 0;
  const [from, to] = [start, end].map((place) => Math.min(dim, Math.max(0, place < 0 ? place + dim : place))) as [number, number];
  const steps = stepsOf(value.dims);
  const dims = value.dims.map((size, i) => (i === axis ? Math.max(0, to - from) : size));
  return reordered(value, dims, orderOf(dims, steps, from * (steps[axis] ?? 0)));
}

function split(value: Value, sizes: Value | undefined, { attributes, outputs }: Node): Value[] {
  const axis = axisOf(attributes.get('axis'), value.dims.length);
  const attribute = attributes.get('split');
  const even = (value.dims[axis] ?? 0) / outputs.length;
  const parts = sizes !== undefined ? numbers(sizes) : Array.isArray(attribute) ? attribute : outputs.map(() => even);
  let start = 0;
  return parts.map((size) => {
    const part = cut(value, axis, start, start + size);
    start += size;
    return part;
  });
}

function expand(value: Value, to: number[]): Value {
  const dims = broadcast(value.dims, to);
  return reordered(value, dims, broadcastOrder(value.dims, dims));
}

/** Elements of `value` along an axis. */
export function gather(value: Value, indices: Value, axis: number): Value {
  const dim = value.dims[axis] ?? 0;
  const chosen = numbers(indices).map((index) => (index < 0 ? index + dim : index));
  if (chosen.some((index) => index < 0 || index >= dim)) throw new Error(`a place outside of 0 to ${dim - 1} is gathered`);
  const steps = stepsOf(value.dims);
  const before = value.dims.slice(0, axis);
  const after = value.dims.slice(axis + 1);
  const dims = [...before, ...indices.dims, ...after];
  const order: number[] = [];
  for (const start of orderOf(before, steps, 0))
    for (const index of chosen) order.push(...orderOf(after, steps.slice(axis + 1), start + index * (steps[axis] ?? 0)));
  return reordered(value, dims, Int32Array.from(order));
}
