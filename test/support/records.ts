/** Records of a reader, from text or from chunks cut anywhere, and those of a store. */
import type { Paper, PaperDraft, PaperRecord } from '#dist/paper.js';
import { type Format, READERS } from '#dist/seeds/formats.js';
import type { SeedRecord } from '#dist/seeds/seed-record.js';

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** @param size bytes of a chunk; all in one when left out. */
export function readText(format: Format, text: string | Uint8Array, size = Number.POSITIVE_INFINITY): Promise<SeedRecord[]> {
  return collect(READERS[format].read('file', chunksOf(Buffer.from(text), size)));
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** What a record says, with fields that are not said left out. */
export function said(record: SeedRecord): Partial<PaperDraft> | string {
  if (!record.ok) return record.message;
  return Object.fromEntries(Object.entries(record.paper).filter(([, value]) => value !== undefined));
}

/** A paper as a store gives it as a record. */
export function recordOf(paper: Paper): PaperRecord {
  const { id, publishedAt } = paper;
  return { id, publishedAt, json: Buffer.from(JSON.stringify(paper)) };
}
