/** Operators on numbers that are known, as ONNX defines them: https://onnx.ai/onnx/operators/ */
import type { Attribute, Tensor } from './onnx-file.ts';
import { broadcast, broadcastOrder, type Known, sizeOf, stepsOf } from './values.ts';

type Attributes = ReadonlyMap<string, Attribute>;
type Compute = (inputs: Known[], attributes: Attributes) => Tensor;

/** Shapes and masks are small; what is larger is a weight, which an encoder's graph does not compute. */
const MOST_NUMBERS = 1_000_000;

export const ARITHMETIC: Readonly<Record<string, Compute>> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Pow: binary((a, b) => a ** b),
  Max: binary(Math.max),
  Min: binary(Math.min),
  Equal: comparison((a, b) => a === b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Not: unary((a) => (a === 0 ? 1 : 0)),
  Neg: unary((a) => -a),
  Sqrt: unary(Math.sqrt),
  Where: ([condition, a, b]) => where(needed(condition), needed(a), needed(b)),
  Range: ([start, limit, step]) => range(needed(start), needed(limit), needed(step)),
  ConstantOfShape: ([shape], attributes) => constantOfShape(needed(shape), attributes),
  Constant: (_, attributes) => constant(attributes),
  Concat: (inputs, attributes) => concat(inputs, attributes),
  GatherND: ([data, indices], attributes) => gatherNd(needed(data), needed(indices), attributes),
};

function needed(value: Known | undefined): Known {
  if (value === undefined) throw new Error('an operator lacks an input');
  return value;
}

/** Whole numbers stay whole, floats are of 32 bits. */
function stored(type: Tensor['type'], dims: number[], compute: (i: number) => number): Tensor {
  const size = sizeOf(dims);
  if (size > MOST_NUMBERS) throw new Error(`a computation on ${size} weights is not known here`);
  const data = type === 'float' ? new Float32Array(size) : new Float64Array(size);
  for (let i = 0; i < size; i++) data[i] = type === 'int' ? Math.trunc(compute(i)) : compute(i);
  return { type, dims, data };
}

function pairwise(a: Known, b: Known, type: Tensor['type'], compute: (a: number, b: number) => number): Tensor {
  const dims = broadcast(a.dims, b.dims);
  const [left, right] = [broadcastOrder(a.dims, dims), broadcastOrder(b.dims, dims)];
  return stored(type, dims, (i) => compute(a.data[left[i] ?? -1] ?? Number.NaN, b.data[right[i] ?? -1] ?? Number.NaN));
}

function binary(compute: (a: number, b: number) => number): Compute {
  return ([a, b]) => pairwise(needed(a), needed(b), needed(a).type, compute);
}

function comparison(compute: (a: number, b: number) => boolean): Compute {
  return ([a, b]) => pairwise(needed(a), needed(b), 'bool', (x, y) => (compute(x, y) ? 1 : 0));
}

function unary(compute: (a: number) => number): Compute {
  return ([a]) => stored(needed(a).type, needed(a).dims, (i) => compute(needed(a).data[i] ?? Number.NaN));
}

function where(condition: Known, a: Known, b: Known): Tensor {
  const dims = broadcast(condition.dims, broadcast(a.dims, b.dims));
  const [asked, yes, no] = [condition, a, b].map((value) => broadcastOrder(value.dims, dims));
  return stored(a.type, dims, (i) => {
    const chosen = condition.data[asked?.[i] ?? -1] !== 0;
    return (chosen ? a.data[yes?.[i] ?? -1] : b.data[no?.[i] ?? -1]) ?? Number.NaN;
  });
}

function range(start: Known, limit: Known, step: Known): Tensor {
  const [from, to, by] = [start, limit, step].map(({ data }) => data[0] ?? Number.NaN) as [number, number, number];
  const count = Math.max(0, Math.ceil((to - from) / by));
  return stored(start.type, [count], (i) => from + i * by);
}

function constantOfShape(shape: Known, attributes: Attributes): Tensor {
  const value = attributes.get('value');
  const filled = typeof value === 'object' && 'data' in value ? value : undefined;
  return stored(filled?.type ?? 'float', [...shape.data], () => filled?.data[0] ?? 0);
}

function constant(attributes: Attributes): Tensor {
  const [[name, value] = ['', undefined]] = attributes;
  if (typeof value === 'object' && 'data' in value) return value;
  if (name === 'value_float' && typeof value === 'number') return { type: 'float', dims: [], data: Float32Array.of(value) };
  if (name === 'value_int' && typeof value === 'number') return { type: 'int', dims: [], data: Float64Array.of(value) };
  if (name === 'value_ints' && Array.isArray(value)) return { type: 'int', dims: [value.length], data: Float64Array.from(value) };
  throw new Error(`a constant by ${name} is not known here`);
}

function concat(inputs: Known[], attributes: Attributes): Tensor {
  const rank = inputs[0]?.dims.length ?? 0;
  const axis = axisOf(attributes.get('axis'), rank);
  const dims = [...(inputs[0]?.dims ?? [])];
  dims[axis] = inputs.reduce((sum, value) => sum + (value.dims[axis] ?? 0), 0);
  const rows = sizeOf(dims.slice(0, axis));
  const numbers: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (const { data } of inputs) numbers.push(...data.subarray((row * data.length) / rows, ((row + 1) * data.length) / rows));
  }
  return stored(inputs[0]?.type ?? 'int', dims, (i) => numbers[i] ?? Number.NaN);
}

/** Rows of `indices` are places in `data`. */
function gatherNd(data: Known, indices: Known, attributes: Attributes): Tensor {
  const depth = indices.dims.at(-1) ?? 0;
  if ((attributes.get('batch_dims') ?? 0) !== 0 || depth !== data.dims.length) throw new Error('this GatherND is not known here');
  const steps = stepsOf(data.dims);
  return stored(data.type, indices.dims.slice(0, -1), (i) => {
    const place = steps.reduce((sum, step, axis) => sum + step * (indices.data[i * depth + axis] ?? Number.NaN), 0);
    return data.data[place] ?? Number.NaN;
  });
}

/** From the end where it is negative. @throws Error where there is none. */
export function axisOf(attribute: Attribute | undefined, rank: number): number {
  const given = typeof attribute === 'number' ? attribute : 0;
  const axis = given < 0 ? given + rank : given;
  if (axis < 0 || axis >= Math.max(1, rank)) throw new Error(`there is no axis ${given} among ${rank}`);
  return axis;
}
