/** Softmax(queries keys) values over heads, however the tensors are turned and scaled on the way. */
import type { AttentionScales, Linear } from './encoder-parts.ts';
import { type Factor, is, matchLinear, NoMatch, outputsOf, unknownOf, withoutFactor } from './match-terms.ts';
import { orderOf, type Term, type Unknown, type Value } from './values.ts';

export interface Attention {
  qkv: Linear;
  heads: number;
  scales: AttentionScales;
}

/**
 * @param mixed what the attention gives, [1, tokens, hidden].
 * @param input what queries, keys and values are all made of.
 * @throws NoMatch
 */
export function matchAttention(mixed: Value, input: Value): Attention {
  const [, tokens = 0, hidden = 0] = mixed.dims;
  const product = unknownOf(mixed);
  const [weights, values] = inputsOf(product.term, 'MatMul');
  const [, heads = 0, , depth = 0] = values.dims;
  if (values.dims.join() !== [1, heads, tokens, depth].join() || heads * depth !== hidden)
    throw new NoMatch(`values of the shape [${values.dims.join(', ')}]`);
  // [tokens, heads, depth] out of [heads, tokens, depth]
  expectOrder(product, orderOf([tokens, heads, depth], [depth, tokens * depth, 1], 0));

  const softmax = termIn(weights, 'Softmax');
  const axis = softmax.attributes.get('axis') ?? -1;
  if (axis !== -1 && axis !== 3) throw new NoMatch('a softmax over another axis');
  const scores = withoutFactor(unknownOf(softmax.inputs[0]));
  const [left, right] = inputsOf(scores.value.order === null ? scores.value.term : undefined, 'MatMul');
  const [queries, keys] = [withoutFactor(left), withoutFactor(right)];
  const own = [depth, hidden, 1];
  const parts = [
    partOf(queries.value, [heads, tokens, depth], own, { input, hidden }),
    partOf(keys.value, [heads, depth, tokens], [depth, 1, hidden], { input, hidden }),
    partOf(unknownOf(values), [heads, tokens, depth], own, { input, hidden }),
  ];
  return { qkv: joined(parts, hidden), heads, scales: scalesOf(queries.factor, keys.factor, scores.factor) };
}

/** What does not depend on the text is one factor of the product, as ONNX Runtime makes it one before it runs a graph. */
function scalesOf(queries: Factor, keys: Factor, scores: Factor): AttentionScales {
  if (queries.fixed && keys.fixed && scores.fixed) return { queries: 1, keys: 1, scores: queries.by * keys.by * scores.by };
  return { queries: queries.by, keys: keys.by, scores: scores.by };
}

interface Part {
  linear: Linear;
  /** First column of the linear layer's output that the part is made of. */
  start: number;
}

function termIn(value: Value, op: string): Term {
  if (value.known || value.order !== null || value.term.op !== op) throw new NoMatch(`no ${op} where one was expected`);
  return value.term;
}

function inputsOf(term: Term | undefined, op: string): [Value, Value] {
  const [a, b] = term?.inputs ?? [];
  if (term?.op !== op || a === undefined || b === undefined)
    throw new NoMatch(`${term?.op ?? 'something'} where ${op} was expected`);
  return [a, b];
}

function expectOrder({ order }: Unknown, expected: Int32Array): void {
  if (order === null || order.length !== expected.length || order.some((from, i) => from !== expected[i]))
    throw new NoMatch('tensors of the attention that are turned in another way');
}

/** Heads out of the output of a linear layer on `input`; `steps` lead through a row of `hidden` of its columns. */
function partOf(value: Unknown, dims: number[], steps: number[], { input, hidden }: { input: Value; hidden: number }): Part {
  const { linear, input: from } = matchLinear({ ...value, order: null });
  if (!is(from, input)) throw new NoMatch('an attention to something but its own input');
  const columns = outputsOf(linear);
  // A step from token to token is one row of the output, which may be wider than the part.
  const inOutput = steps.map((step) => (step === hidden ? columns : step));
  const start = value.order?.[0] ?? 0;
  if (start % hidden !== 0 || start + hidden > columns) throw new NoMatch('heads that do not begin at a part of the layer');
  expectOrder(value, orderOf(dims, inOutput, start));
  return { linear, start };
}

/** Queries, keys and values beside each other: three layers, or one that holds them in this order. */
function joined(parts: readonly Part[], hidden: number): Linear {
  if (parts.every(({ linear, start }) => start === 0 && outputsOf(linear) === hidden)) return parts.flatMap(({ linear }) => linear);
  const [{ linear }] = parts as [Part];
  const [weights] = linear;
  const same = parts.every((part, i) => part.linear[0]?.weights === weights?.weights && part.start === i * hidden);
  if (!same || outputsOf(linear) !== 3 * hidden) throw new NoMatch('queries, keys and values in another order');
  return linear;
}
