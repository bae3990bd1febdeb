/** Just enough of the protocol buffer wire format to read an ONNX file: https://protobuf.dev/programming-guides/encoding/ */

/** One field of a message. Numbers of 32 and 64 bits and strings are `bytes` too. */
export interface Field {
  number: number;
  /** The value of a varint, -2^53 to 2^53; null for the other wire types. */
  int: number | null;
  /** A view, not a copy; empty for a varint. */
  bytes: Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const NOTHING = new Uint8Array(0);

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Every field of a message in turn. @throws Error where the bytes end too early or are no message. */
export function* fields(message: Uint8Array): Generator<Field> {
  const cursor = { bytes: message, at: 0 };
  while (cursor.at < message.length) {
    const key = readVarint(cursor);
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === VARINT) {
      yield { number, int: readVarint(cursor), bytes: NOTHING };
      continue;
    }
    const length = wire === LENGTH ? readVarint(cursor) : wire === FIXED32 ? 4 : wire === FIXED64 ? 8 : -1;
    if (length < 0 || length > message.length - cursor.at) throw new Error(`the file is damaged at a field of wire type ${wire}`);
    yield { number, int: null, bytes: message.subarray(cursor.at, cursor.at + length) };
    cursor.at += length;
  }
}

/** The numbers of a repeated field that is packed into one. */
export function packedVarints(bytes: Uint8Array): number[] {
  const cursor = { bytes, at: 0 };
  const numbers: number[] = [];
  while (cursor.at < bytes.length) numbers.push(readVarint(cursor));
  return numbers;
}

export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Signed, as protobuf's int64 is: the lower 28 bits and the 36 above them are kept apart, to be exact. */
function readVarint(cursor: { bytes: Uint8Array; at: number }): number {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new Error('the file ends within a number');
    if (shift < 28) low += (byte & 0x7f) * 2 ** shift;
    else high += (byte & 0x7f) * 2 ** (shift - 28);
    if (byte >= 0x80) continue;
    high %= 2 ** 36;
    const value = (high >= 2 ** 35 ? high - 2 ** 36 : high) * 2 ** 28 + low;
    if (!Number.isSafeInteger(value)) break;
    return value;
  }
  throw new Error('the file holds a number over 2^53');
}
