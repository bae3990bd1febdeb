/** The sum that an encoder begins with: words, positions, and the one token type. */
import type { Words } from './encoder-parts.ts';
import { IDS } from './evaluate.ts';
import { NoMatch, rowOf } from './match-terms.ts';
import { type Known, scalarOf, type Value } from './values.ts';

/** Rows of a table, (value - zero) * scale where they are bytes. */
interface Lookup {
  table: Known;
  rows: Value;
  /** One number, or one for each row of the table. */
  scales: Float32Array | undefined;
  zero: number;
}

/** Words and what is added to them, in that order. */
export interface Embeddings {
  hidden: number;
  words: Lookup;
  addends: Lookup[];
}

const MOST_ADDENDS = 2;

/** Undefined where the sum is of something else. @throws NoMatch where it is of tables, but not of the ones expected. */
export function matchEmbeddings(sum: Value, tokens: number): Embeddings | undefined {
  const parts = addends(sum).map(lookupOf);
  const found = parts.filter((lookup) => lookup !== undefined);
  if (found.length < parts.length) return undefined;
  const hidden = sum.dims.at(-1) ?? 0;
  if (sum.dims.join() !== [1, tokens, hidden].join() || found.some(({ table }) => table.dims[1] !== hidden))
    throw new NoMatch(`embeddings of the shape [${sum.dims.join(', ')}]`);
  const [words, ...otherWords] = found.filter(({ rows }) => isIds(rows));
  const rest = found.filter(({ rows }) => !isIds(rows));
  const positions = rest.filter(isPositions).length;
  const known = rest.every((lookup) => isPositions(lookup) || isFirstRow(lookup));
  if (words === undefined || otherWords.length > 0 || positions !== 1 || !known || rest.length > MOST_ADDENDS)
    throw new NoMatch('tables of something but words, positions from 0 and one token type');
  return { hidden, words, addends: rest };
}

function isPositions({ rows }: Lookup): boolean {
  return rows.known && rows.data.length > 1 && rows.data.every((row: number, i: number) => row === i);
}

function isFirstRow({ rows }: Lookup): boolean {
  return rows.known && rows.data.every((row: number) => row === 0);
}

/** Rows for maxTokens positions, or the one row for all. @throws NoMatch where there are not so many positions. */
export function addendOf(lookup: Lookup, maxTokens: number): Float32Array {
  const { table, scales, zero } = lookup;
  const [rows = 0, hidden = 0] = table.dims;
  const wanted = isPositions(lookup) ? maxTokens : 1;
  if (rows < wanted) throw new NoMatch(`${rows} positions for ${maxTokens} tokens`);
  const addend = new Float32Array(wanted * hidden);
  if (scales === undefined) addend.set(table.data.subarray(0, addend.length));
  else for (let i = 0; i < addend.length; i++) addend[i] = ((table.data[i] as number) - zero) * (scales[0] as number);
  return addend;
}

export function wordsOf({ words: { table, scales, zero } }: Embeddings): Words {
  const { data } = table;
  if (data instanceof Float32Array && scales === undefined) return { weights: data };
  if (data instanceof Int8Array && scales !== undefined) return { weights: data, scales, zero };
  if (!(data instanceof Uint8Array) || scales === undefined) throw new NoMatch('a table of words of another type');
  // Unsigned bytes are the same numbers about another zero.
  const weights = new Int8Array(data);
  for (let i = 0; i < weights.length; i++) weights[i] = (data[i] as number) - 128;
  return { weights, scales, zero: zero - 128 };
}

/** From the first that is added up to the last. */
function addends(value: Value): Value[] {
  if (value.known || value.term.op !== 'Add' || value.order !== null) return [value];
  const [left, right] = value.term.inputs.map((part) => (part === undefined ? [] : addends(part))) as [Value[], Value[]];
  // What is added to a sum comes after it, on whichever side it stands.
  return left.length >= right.length ? [...left, ...right] : [...right, ...left];
}

function isIds(rows: Value): boolean {
  return !rows.known && rows.term.op === IDS && rows.order === null;
}

function lookupOf(value: Value): Lookup | undefined {
  if (value.known) return undefined;
  const { op, inputs } = value.term;
  const [a, b, c] = inputs;
  if (op === 'Gather') return plainLookup(value);
  if (op === 'DequantizeLinear') {
    const lookup = plainLookup(a);
    const [scale, zero] = [scalarOf(b), c === undefined ? 0 : scalarOf(c)];
    if (lookup === undefined || scale === undefined || zero === undefined) return undefined;
    return { ...lookup, scales: Float32Array.of(scale), zero };
  }
  if (op !== 'Mul') return undefined;
  // Bytes, and a scale for each row out of a table of its own.
  const [first, second] = [plainLookup(a), plainLookup(b)];
  if (first === undefined || second === undefined) return undefined;
  const [bytes, scales] = second.table.dims[1] === 1 ? [first, second] : [second, first];
  const rows = bytes.table.dims[0] ?? 0;
  if (!(bytes.table.data instanceof Int8Array) || scales.table.dims.join() !== [rows, 1].join()) return undefined;
  return isIds(bytes.rows) && isIds(scales.rows) ? { ...bytes, scales: rowOf(scales.table, rows) } : undefined;
}

function plainLookup(value: Value | undefined): Lookup | undefined {
  if (value === undefined || value.known || value.term.op !== 'Gather' || !isWhole(value)) return undefined;
  const [table, rows] = value.term.inputs;
  return table?.known === true && rows !== undefined ? { table, rows, scales: undefined, zero: 0 } : undefined;
}

/** Moves that change only the shape do not matter: a leading 1 that comes or goes. */
function isWhole(value: Value): boolean {
  return !value.known && (value.order === null || value.order.every((from, i) => from === i));
}
