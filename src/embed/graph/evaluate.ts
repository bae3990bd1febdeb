/**
 * Goes through a graph for one text of so many tokens, without padding: computes what is the same for every such text (shapes,
 * masks, positions), moves elements where an operator only moves them, and keeps every other operator as a term.
 */
import { ARITHMETIC, axisOf } from './arithmetic.ts';
import { gather, MOVES, needed } from './moves.ts';
import type { Graph, Node } from './onnx-file.ts';
import { broadcast, known, type Value } from './values.ts';

/** Name of the one input that is not known. */
export const IDS = 'input_ids';

/** Terms whose result has the shape of their first input. */
const SAME_SHAPE = new Set([
  'Softmax',
  'LayerNormalization',
  'DynamicQuantizeLinear',
  'DequantizeLinear',
  'Erf',
  'Sqrt',
  'Gelu',
  'IsNaN',
]);
const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow']);
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const BOOL = 9;

/**
 * @returns one of the graph's outputs.
 * @throws Error that names an operator or a use of one that is not known here.
 */
export function evaluate(graph: Graph, output: string, tokens: number): Value {
  const values = new Map<string, Value>();
  for (const [name, tensor] of graph.tensors) values.set(name, { known: true, fixed: true, ...tensor });
  const shape = [1, tokens];
  for (const name of graph.inputs) {
    const ones = new Float64Array(tokens).fill(name === 'attention_mask' ? 1 : 0);
    const term = { op: IDS, inputs: [], attributes: new Map(), output: 0 };
    values.set(name, name === IDS ? { known: false, dims: shape, term, order: null } : known('int', shape, ones, false));
  }
  for (const node of nodesFor(graph, output)) {
    const inputs = node.inputs.map((name) => {
      if (name === '') return undefined;
      const value = values.get(name);
      if (value === undefined) throw new Error(`${node.op} needs ${name}, which nothing makes`);
      return value;
    });
    const outputs = run(node, inputs);
    for (const [i, name] of node.outputs.entries()) {
      const value = outputs[i];
      if (value !== undefined) values.set(name, value);
    }
  }
  return needed(values.get(output));
}

/** Those that the output depends on, in order. */
function nodesFor(graph: Graph, output: string): Node[] {
  const wanted = new Set([output]);
  const nodes = graph.nodes.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((name) => wanted.has(name))) return false;
    for (const name of inputs) wanted.add(name);
    return true;
  });
  return nodes.reverse();
}

function run(node: Node, inputs: (Value | undefined)[]): Value[] {
  const move = MOVES[node.op];
  if (move !== undefined) return move(inputs, node);
  if (node.op === 'Cast') return [cast(needed(inputs[0]), node)];
  if (node.op === 'Gather') return [gathered(node, inputs)];
  if (inputs.every((value) => value === undefined || value.known)) {
    const compute = ARITHMETIC[node.op];
    if (compute === undefined) throw new Error(`the operator ${node.op} is not known here`);
    const numbers = inputs.filter((value) => value?.known === true);
    return [{ known: true, fixed: numbers.every(({ fixed }) => fixed), ...compute(numbers, node.attributes) }];
  }
  const simpler = simplified(node, inputs);
  if (simpler !== undefined) return [simpler];
  return node.outputs.map((_, output) => termOf(node, inputs, output));
}

function cast(value: Value, { attributes }: Node): Value {
  const to = attributes.get('to');
  if (!value.known) {
    const isId = value.term.op === IDS;
    if (isId ? to !== INT32 && to !== INT64 : to !== FLOAT) throw new Error(`a cast to type ${String(to)} is not known here`);
    return value;
  }
  if (to === FLOAT) return known('float', value.dims, Float32Array.from(value.data), value.fixed);
  const truth = (number: number) => (number === 0 ? 0 : 1);
  if (to === BOOL) return known('bool', value.dims, Float64Array.from(value.data, truth), value.fixed);
  if (to === INT32 || to === INT64) return known('int', value.dims, Float64Array.from(value.data, Math.trunc), value.fixed);
  throw new Error(`a cast to type ${String(to)} is not known here`);
}

/** Rows of a table stay a term, also where it is known which: the table has more of them than this text needs. */
function gathered(node: Node, inputs: (Value | undefined)[]): Value {
  const [table, indices] = [needed(inputs[0]), needed(inputs[1])];
  const isTable = table.known && table.dims.length === 2 && !(table.data instanceof Float64Array);
  if (!isTable) return gather(table, indices, axisOf(node.attributes.get('axis'), table.dims.length));
  if ((node.attributes.get('axis') ?? 0) !== 0) throw new Error('columns of a table are gathered');
  return termOf(node, inputs, 0);
}

/** What it is for a text without padding: masks add 0 and hide nothing. */
function simplified({ op }: Node, [a, b, c]: (Value | undefined)[]): Value | undefined {
  if (op === 'Add' && isAll(b, 0)) return sameShape(a, b);
  if (op === 'Add' && isAll(a, 0)) return sameShape(b, a);
  if (op !== 'Where') return undefined;
  if (isAll(a, 1)) return sameShape(b, a);
  if (isAll(a, 0)) return sameShape(c, a);
  // What is not a number is made 0: there is none where a token sees at least itself.
  const isNan = a?.known === false && a.term.op === 'IsNaN' && a.order === null && a.term.inputs[0] === c;
  return isNan && isAll(b, 0) ? c : undefined;
}

function isAll(value: Value | undefined, number: number): boolean {
  return value?.known === true && value.data.every((found: number) => found === number);
}

function sameShape(value: Value | undefined, other: Value | undefined): Value | undefined {
  if (value === undefined || other === undefined) return undefined;
  return broadcast(value.dims, other.dims).join() === value.dims.join() ? value : undefined;
}

function termOf({ op, attributes }: Node, inputs: (Value | undefined)[], output: number): Value {
  return { known: false, dims: dimsOf(op, attributes, inputs, output), term: { op, inputs, attributes, output }, order: null };
}

function dimsOf(op: string, attributes: Node['attributes'], inputs: (Value | undefined)[], output: number): number[] {
  const [a = [], b = []] = inputs.map((value) => value?.dims);
  if (SAME_SHAPE.has(op)) return output === 0 ? a : [];
  if (ELEMENTWISE.has(op)) return broadcast(a, b);
  if (op === 'Gather') return [...b, ...a.slice(1)];
  if (op === 'MatMul' || op === 'MatMulInteger') {
    if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) throw new Error(`[${a.join(', ')}] times [${b.join(', ')}]`);
    return [...broadcast(a.slice(0, -2), b.slice(0, -2)), a.at(-2) ?? 0, b.at(-1) ?? 0];
  }
  if (op === 'ReduceMean') {
    if (attributes.get('keepdims') === 0) throw new Error('a mean without its dimension is not known here');
    return [...a.slice(0, -1), 1];
  }
  throw new Error(`the operator ${op} is not known here`);
}
