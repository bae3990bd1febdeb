// Covers bytes to lines: chunks, line ends, broken UTF-8 and lines that are too long.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, readLines } from '#dist/seeds/lines.js';

const RUNS = { seed: 42, numRuns: 1_000 };
const UNLIMITED = 1_000_000;

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const size of sizes) {
    yield bytes.subarray(offset, offset + size);
    offset += size;
  }
  yield bytes.subarray(offset);
}

async function linesOf(bytes: Uint8Array, sizes: readonly number[] = [], maxLength = UNLIMITED): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(chunksOf(bytes, sizes), maxLength)) lines.push(line);
  return lines;
}

/** The same by the obvious way: everything in memory, split. */
function bySplit(bytes: Uint8Array, maxLength = UNLIMITED): Line[] {
  const texts = Buffer.from(bytes).toString('utf8').split('\n');
  if (texts.at(-1) === '') texts.pop();
  return texts.map((text, i) => ({ number: i + 1, text: text.length > maxLength ? null : text }));
}

const textBytes = (text: string) => new TextEncoder().encode(text);
const someByte = fc.oneof(
  { weight: 3, arbitrary: fc.constant(10) },
  { weight: 1, arbitrary: fc.constant(13) },
  { weight: 8, arbitrary: fc.nat(255) },
);
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.array(someByte, { maxLength: 80 }).map((bytes) => Uint8Array.from(bytes)),
  fc
    .array(fc.oneof(fc.constantFrom('\n', '\r\n', 'é', '大', '🙂'), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 20 })
    .map((parts) => textBytes(parts.join(''))),
);
const chunkSizes = fc.array(fc.nat(9), { maxLength: 30 });

describe('readLines', () => {
  it('gives the lines that a split gives, however any bytes are cut into chunks', async () => {
    const property = fc.asyncProperty(anyBytes, chunkSizes, async (bytes, sizes) => {
      expect(await linesOf(bytes, sizes)).toEqual(bySplit(bytes));
    });
    await fc.assert(property, RUNS);
  });

  it('skips lines that are too long and numbers the others right, however any bytes are cut into chunks', async () => {
    const property = fc.asyncProperty(anyBytes, chunkSizes, fc.nat(12), async (bytes, sizes, maxLength) => {
      expect(await linesOf(bytes, sizes, maxLength)).toEqual(bySplit(bytes, maxLength));
    });
    await fc.assert(property, RUNS);
  });

  it('keeps a line of exactly the longest length and skips one of a character more', async () => {
    const bytes = textBytes('12345\n123456\n1234\n1234567890123456');
    for (const sizes of [[], [1, 1, 1], [5, 1, 6, 1], [6, 3, 3, 3, 3, 3]]) {
      expect(await linesOf(bytes, sizes, 5)).toEqual([
        { number: 1, text: '12345' },
        { number: 2, text: null },
        { number: 3, text: '1234' },
        { number: 4, text: null },
      ]);
    }
  });

  it('gives the same lines with and without an end of the last one', async () => {
    const expected = [
      { number: 1, text: 'a' },
      { number: 2, text: '' },
      { number: 3, text: 'b' },
    ];
    expect(await linesOf(textBytes('a\n\nb'))).toEqual(expected);
    expect(await linesOf(textBytes('a\n\nb\n'))).toEqual(expected);
  });

  it('finds as many lines, with the same words, where they end with CR LF', async () => {
    const bytes = textBytes('a\r\n\r\nb c\r\nd');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const lines = await linesOf(bytes, [cut]);
      expect(lines.map(({ number, text }) => ({ number, text: text?.trimEnd() }))).toEqual([
        { number: 1, text: 'a' },
        { number: 2, text: '' },
        { number: 3, text: 'b c' },
        { number: 4, text: 'd' },
      ]);
    }
  });

  it('gives nothing for nothing', async () => {
    expect(await linesOf(new Uint8Array(0))).toEqual([]);
    expect(await linesOf(new Uint8Array(0), [0, 0])).toEqual([]);
  });

  it('does not keep a line without an end in memory', async () => {
    const chunk = textBytes('x'.repeat(65_536));
    async function* endless() {
      for (let i = 0; i < 2_000; i++) yield chunk;
      yield textBytes('\nshort\n');
    }
    const before = process.memoryUsage().heapUsed;
    const lines: Line[] = [];
    for await (const line of readLines(endless(), 1_000)) lines.push(line);
    expect(lines).toEqual([
      { number: 1, text: null },
      { number: 2, text: 'short' },
    ]);
    // 125 MiB went through.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60 * 2 ** 20);
  });
});
