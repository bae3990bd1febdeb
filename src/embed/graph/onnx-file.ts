/**
 * The nodes and tensors of an ONNX file, as the file has them: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 * Only what an encoder's graph may hold is read; anything else is an error, so that no graph is half understood.
 */
import { endianness } from 'node:os';
import { type Field, fields, packedVarints, text } from './protobuf.ts';

/** Numbers of a tensor; int64 as far as they are exact. */
export type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int32Array;

export interface Tensor {
  dims: number[];
  /** Whole numbers divide and round otherwise than floats. */
  type: 'float' | 'int' | 'bool';
  /** Row-major, as many as the dims say. */
  data: Numbers;
}

export type Attribute = number | string | number[] | Tensor;

export interface Node {
  op: string;
  /** Empty for an optional input that is left out. */
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

export interface Graph {
  /** In an order in which each comes after what it needs. */
  nodes: Node[];
  /** By name. */
  tensors: Map<string, Tensor>;
  inputs: string[];
  outputs: string[];
}

/** Operators of ONNX itself, and the few of ONNX Runtime that are known here. */
const DOMAINS = ['', 'ai.onnx', 'com.microsoft'];

/**
 * @param bytes the file; large tensors are views of it.
 * @throws Error that says what is wrong with the file or unknown in it.
 */
export function readOnnx(bytes: Uint8Array): Graph {
  // A Buffer's `slice` does not copy.
  const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (endianness() !== 'LE') throw new Error('graphs are read on little-endian processors only');
  let graph: Graph | undefined;
  let opset = 0;
  for (const { number, bytes: value } of fields(file)) {
    if (number === 7) graph = readGraph(value);
    else if (number === 8) opset = Math.max(opset, readOpset(value));
  }
  if (graph === undefined) throw new Error('the file holds no graph');
  if (opset < OLDEST_OPSET) throw new Error(`operators of version ${opset} are not known here, only from ${OLDEST_OPSET} on`);
  // Before 13 a softmax is over this axis and all after it where nothing is said.
  const softmaxes = opset < 13 ? graph.nodes.filter(({ op, attributes }) => op === 'Softmax' && !attributes.has('axis')) : [];
  for (const { attributes } of softmaxes) attributes.set('axis', 1);
  return graph;
}
const OLDEST_OPSET = 11;

/** The version of ONNX's own operators; 0 for those of others. */
function readOpset(message: Uint8Array): number {
  const [domain, version] = [1, 2].map((wanted) => [...fields(message)].find(({ number }) => number === wanted));
  return domain === undefined || domain.bytes.length === 0 ? (version?.int ?? 0) : 0;
}

function readGraph(message: Uint8Array): Graph {
  const graph: Graph = { nodes: [], tensors: new Map(), inputs: [], outputs: [] };
  for (const { number, bytes } of fields(message)) {
    if (number === 1) graph.nodes.push(readNode(bytes));
    else if (number === 5) {
      const { name, tensor } = readTensor(bytes);
      graph.tensors.set(name, tensor);
    } else if (number === 11) graph.inputs.push(readName(bytes));
    else if (number === 12) graph.outputs.push(readName(bytes));
    else if (number === 15) throw new Error('the graph holds sparse tensors');
  }
  // Old exports list their weights among the inputs.
  graph.inputs = graph.inputs.filter((name) => !graph.tensors.has(name));
  return graph;
}

function readName(message: Uint8Array): string {
  for (const { number, bytes } of fields(message)) if (number === 1) return text(bytes);
  return '';
}

function readNode(message: Uint8Array): Node {
  const node: Node = { op: '', inputs: [], outputs: [], attributes: new Map() };
  for (const { number, bytes } of fields(message)) {
    if (number === 1) node.inputs.push(text(bytes));
    else if (number === 2) node.outputs.push(text(bytes));
    else if (number === 4) node.op = text(bytes);
    else if (number === 5) {
      const { name, value } = readAttribute(bytes);
      if (value !== undefined) node.attributes.set(name, value);
    } else if (number === 7 && !DOMAINS.includes(text(bytes))) throw new Error(`operators of ${text(bytes)} are not known here`);
  }
  return node;
}

/** Subgraphs and lists of tensors have no value: an operator that needs one is not known here. */
function readAttribute(message: Uint8Array): { name: string; value: Attribute | undefined } {
  let name = '';
  let value: Attribute | undefined;
  const list: number[] = [];
  let isList = false;
  for (const field of fields(message)) {
    const { number, bytes, int } = field;
    if (number === 1) name = text(bytes);
    else if (number === 2) value = new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
    else if (number === 3) value = int ?? undefined;
    else if (number === 4) value = text(bytes);
    else if (number === 5) value = readTensor(bytes).tensor;
    else if (number === 8) {
      isList = true;
      list.push(...varints(field));
    } else if (number === 20 && int === ATTRIBUTE_INTS) isList = true;
  }
  return { name, value: isList ? list : value };
}
const ATTRIBUTE_INTS = 7;

/** A repeated number, packed or not. */
function varints({ bytes, int }: Field): number[] {
  return int === null ? packedVarints(bytes) : [int];
}

const FLOAT = 1;
const UINT8 = 2;
const INT8 = 3;
const INT32 = 6;
const INT64 = 7;
const BOOL = 9;
const MOST_DIMS = 8;
/** Longest tensor, in numbers: what a typed array holds on every platform. */
const MOST_NUMBERS = 2 ** 31 - 1;

function readTensor(message: Uint8Array): { name: string; tensor: Tensor } {
  let name = '';
  let type = 0;
  let raw: Uint8Array | undefined;
  let floats: Uint8Array | undefined;
  const dims: number[] = [];
  const ints: number[] = [];
  for (const field of fields(message)) {
    const { number, bytes, int } = field;
    if (number === 1) dims.push(...varints(field));
    else if (number === 2) type = int ?? 0;
    else if (number === 4) floats = bytes;
    else if (number === 5 || number === 7) ints.push(...varints(field));
    else if (number === 8) name = text(bytes);
    else if (number === 9) raw = bytes;
    else if (number === 13 || (number === 14 && int !== 0)) throw new Error(`the tensor ${name} lies in another file`);
  }
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (dims.length > MOST_DIMS || dims.some((dim) => dim < 0) || count > MOST_NUMBERS)
    throw new Error(`the tensor ${name} has the shape [${dims.join(', ')}]`);
  const data = decode(type, raw ?? (type === FLOAT ? floats : undefined), ints);
  if (data === undefined) throw new Error(`the tensor ${name} has a type that is not known here: ${type}`);
  if (data.length !== count) throw new Error(`the tensor ${name} holds ${data.length} numbers, its shape says ${count}`);
  return { name, tensor: { dims, type: type === FLOAT ? 'float' : type === BOOL ? 'bool' : 'int', data } };
}

function decode(type: number, raw: Uint8Array | undefined, ints: readonly number[]): Numbers | undefined {
  if (type === INT8) return raw === undefined ? Int8Array.from(ints) : new Int8Array(raw.buffer, raw.byteOffset, raw.length);
  if (type === UINT8 || type === BOOL) return raw ?? Uint8Array.from(ints);
  if (type === FLOAT) return raw === undefined ? new Float32Array(0) : new Float32Array(aligned(raw, 4));
  if (type === INT32) return raw === undefined ? Int32Array.from(ints) : new Int32Array(aligned(raw, 4));
  if (type === INT64)
    return raw === undefined ? Float64Array.from(ints) : Float64Array.from(new BigInt64Array(aligned(raw, 8)), Number);
  return undefined;
}

/** A copy that begins where numbers of so many bytes may; its length is cut to whole numbers, which the caller counts. */
function aligned(bytes: Uint8Array, size: number): ArrayBuffer {
  const whole = bytes.length - (bytes.length % size);
  return bytes.slice(0, whole).buffer as ArrayBuffer;
}
