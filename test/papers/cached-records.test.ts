// Covers what a cache of records must not do: give an old paper, or grow.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PaperRecord, readRecord } from '#dist/paper.js';
import { cacheRecords } from '#dist/papers/cached-records.js';
import type { WatchedStore } from '#dist/papers/paper-store.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { openThreadedStores } from '#dist/papers/threaded-stores.js';

let root = '';
let file = '';
let store: WatchedStore;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperkin-records-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});
let files = 0;
beforeEach(async () => {
  file = join(root, `${files++}.db`);
  store = await open({ maxBytes: 1e6 });
});
afterEach(() => store.close());

const open = async (options: Parameters<typeof cacheRecords>[1]) => cacheRecords((await openThreadedStores(file)).papers, options);
const titleOf = (record: PaperRecord | undefined) => record && readRecord(record).title;

describe('kept records', () => {
  it('are given again until their paper changes, and the turn stays as long', async () => {
    await store.upsert([{ id: 'a', title: 'One' }], 'merge');
    const [first] = await store.records(['a']);
    const { turn } = store;
    expect((await store.records(['a']))[0]).toBe(first);
    expect(store.turn).toBe(turn);
    await store.upsert([{ id: 'b', title: 'Other' }], 'merge');
    expect(store.turn).toBeGreaterThan(turn);
    expect((await store.records(['a']))[0]).toBe(first);
    await store.upsert([{ id: 'a', title: 'Two' }], 'merge');
    expect(titleOf((await store.records(['a']))[0])).toBe('Two');
  });

  it('are never older than a write that was acknowledged, however many read meanwhile', async () => {
    let acknowledged = 0;
    let writing = true;
    let reads = 0;
    const reader = async () => {
      while (writing) {
        const least = acknowledged;
        const [record] = await store.records(['a']);
        if (least > 0) expect(Number(titleOf(record))).toBeGreaterThanOrEqual(least);
        reads++;
      }
    };
    const readers = Promise.all([reader(), reader(), reader()]);
    for (let n = 1; n <= 200; n++) {
      await store.upsert([{ id: 'a', title: String(n) }], 'merge');
      acknowledged = n;
    }
    writing = false;
    await readers;
    expect(reads).toBeGreaterThan(200);
    expect(titleOf((await store.records(['a']))[0])).toBe('200');
  });

  it('are those that another process wrote soon after it did', async () => {
    await store.upsert([{ id: 'a', title: 'Mine' }], 'merge');
    expect(titleOf((await store.records(['a']))[0])).toBe('Mine');
    const other = new SqlitePaperStore(file);
    const { turn } = store;
    await other.upsert([{ id: 'a', title: 'Theirs' }], 'merge');
    await delay(60);
    expect(titleOf((await store.records(['a']))[0])).toBe('Theirs');
    expect(store.turn).toBeGreaterThan(turn);
    await other.remove(['a']);
    await delay(60);
    expect(await store.records(['a'])).toEqual([undefined]);
    // More at once than are told one by one.
    const many = Array.from({ length: 1_500 }, (_, i) => ({ id: `p${i}`, title: 'Mine' }));
    await store.upsert(many, 'merge');
    await store.records(['p0', 'p1499']);
    await other.upsert(
      many.map(({ id }) => ({ id, title: 'Theirs' })),
      'merge',
    );
    await delay(60);
    expect((await store.records(['p0', 'p1499'])).map(titleOf)).toEqual(['Theirs', 'Theirs']);
    await other.close();
  });

  it('go when there is no room for them, those that are asked for last', async () => {
    const small = await open({ maxBytes: 20_000 });
    const ids = Array.from({ length: 40 }, (_, i) => `p${i}`);
    await small.upsert(
      ids.map((id) => ({ id, title: 'T', abstract: 'x'.repeat(500) })),
      'merge',
    );
    const [first] = await small.records(['p0']);
    for (const id of ids) expect((await small.records(['p0', id]))[0]).toBe(first);
    const [second] = await small.records(['p1']);
    for (const id of ids) await small.records([id]);
    expect((await small.records(['p1']))[0]).not.toBe(second);
    await small.close();
  });
});
