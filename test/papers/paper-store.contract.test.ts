// Covers the `PaperStore` contract on SQLite in a file, in memory, behind threads and with a cache, and what a file keeps across openings.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Paper, type PaperDraft, readRecord } from '#dist/paper.js';
import { contentHash } from '#dist/papers/content-hash.js';
import type { ListPosition, ListRange, PaperStore, SpaceRef, StoredVector, VectorChange } from '#dist/papers/paper-store.js';
import { CACHED, DIRECT, IN_MEMORY, INDEXED, THREADED } from './store-implementations.ts';

const SPACE: SpaceRef = { id: 'space-one', dim: 3 };
const OTHER_SPACE: SpaceRef = { id: 'space-two', dim: 2 };

let root = '';
let files = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperkin-store-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});
const nextFile = () => join(root, `${files++}.db`);

function storedVector(title: string, abstract: string, values: readonly number[]): StoredVector {
  return { hash: contentHash(title, abstract), vector: Float32Array.from(values), tokenCount: 7, truncated: false };
}

function plain(vectors: ReadonlyMap<string, Float32Array>): Record<string, number[]> {
  return Object.fromEntries([...vectors].map(([id, vector]) => [id, [...vector]]));
}

/** Every change after `since`, page by page, checked for strictly rising revisions. */
async function allChanges(store: PaperStore, space: SpaceRef, since: number, limit: number): Promise<VectorChange[]> {
  const all: VectorChange[] = [];
  let reached = since;
  for (;;) {
    const page = await store.changes(space, { since: reached, limit });
    expect(page.length).toBeLessThanOrEqual(limit);
    if (page.length === 0) return all;
    for (const change of page) {
      expect(change.revision).toBeGreaterThan(reached);
      reached = change.revision;
    }
    all.push(...page);
  }
}

function applyChanges(replica: Map<string, Float32Array>, changes: readonly VectorChange[]): void {
  for (const { id, vector } of changes) {
    if (vector === null) replica.delete(id);
    else replica.set(id, vector);
  }
}

const anyText = fc.string({ unit: 'binary', maxLength: 30 });
const someText = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
const anyDate = fc.constantFrom(null, '1999', '2020', '2020-05', '2020-05-01', '2020-05-02', '2021-01-31');
const anyDraft = fc.record<PaperDraft>(
  {
    id: fc.stringMatching(/^[a-zA-Z0-9:/._-]{1,8}$/),
    title: someText,
    abstract: anyText,
    authors: fc.array(someText, { maxLength: 3 }),
    authorCount: fc.option(fc.integer({ min: 1, max: 100_000 })),
    publishedAt: anyDate,
    categories: fc.array(someText, { maxLength: 2 }),
    venue: fc.option(someText),
    url: fc.option(fc.webUrl()),
    source: fc.option(someText),
    version: fc.constantFrom(null, 3),
  },
  { requiredKeys: ['id', 'title'] },
);
const distinctDrafts = fc.uniqueArray(anyDraft, { selector: (draft) => draft.id, maxLength: 12 });

describe.each([DIRECT, IN_MEMORY, INDEXED, THREADED, CACHED])('a paper store: $name', ({ open, numRuns }) => {
  let store: PaperStore;
  beforeEach(async () => {
    store = await open(nextFile());
  });
  afterEach(async () => {
    await store.close();
  });

  /** A property over fresh stores. */
  async function holds<T>(arbitrary: fc.Arbitrary<T>, check: (fresh: PaperStore, value: T) => Promise<void>): Promise<void> {
    const property = fc.asyncProperty(arbitrary, async (value) => {
      const fresh = await open(nextFile());
      try {
        await check(fresh, value);
      } finally {
        await fresh.close();
      }
    });
    await fc.assert(property, { seed: 42, numRuns });
  }

  describe('upsert and get', () => {
    it('tells new, unchanged and changed papers apart, one outcome a draft, in order', async () => {
      const first = await store.upsert([{ id: 'a', title: 'Alpha' }], 'merge');
      expect(first.outcomes).toEqual(['new']);
      const second = await store.upsert(
        [
          { id: 'b', title: 'Beta' },
          { id: 'a', title: 'Alpha' },
          { id: 'a', title: 'Alpha, revised' },
        ],
        'merge',
      );
      expect(second.outcomes).toEqual(['new', 'unchanged', 'changed']);
      expect((await store.get(['a']))[0]?.title).toBe('Alpha, revised');
    });

    it('keeps the later version of a work, whichever comes last, unless it is replaced', async () => {
      const version = (version: number | undefined, title: string) => ({ id: 'a', title, version });
      const outcomeOf = async (draft: PaperDraft, mode: 'merge' | 'replace' = 'merge') =>
        (await store.upsert([draft], mode)).outcomes[0];
      expect(await outcomeOf(version(2, 'Second'))).toBe('new');
      expect(await outcomeOf({ ...version(1, 'First'), venue: 'X' })).toBe('unchanged');
      expect((await store.get(['a']))[0]).toMatchObject({ title: 'Second', version: 2, venue: null });
      expect(await outcomeOf(version(2, 'Second, mended'))).toBe('changed');
      expect(await outcomeOf(version(undefined, 'Unnumbered'))).toBe('changed');
      expect((await store.get(['a']))[0]).toMatchObject({ title: 'Unnumbered', version: 2 });
      expect(await outcomeOf(version(10, 'Tenth'))).toBe('changed');
      expect(await outcomeOf(version(9, 'Ninth'))).toBe('unchanged');
      expect(await outcomeOf(version(1, 'First'), 'replace')).toBe('changed');
      expect((await store.get(['a']))[0]).toMatchObject({ title: 'First', version: 1 });
    });

    it('fills what was never said with nothing', async () => {
      await store.upsert([{ id: 'a', title: 'Alpha' }], 'merge');
      const expected: Paper = {
        id: 'a',
        title: 'Alpha',
        abstract: '',
        authors: [],
        authorCount: null,
        publishedAt: null,
        categories: [],
        venue: null,
        url: null,
        source: null,
        version: null,
      };
      expect(await store.get(['a'])).toEqual([expected]);
    });

    it('gives back every field of any drafts, and a second upsert of the same changes nothing', async () => {
      await holds(distinctDrafts, async (fresh, drafts) => {
        const first = await fresh.upsert(drafts, 'merge');
        expect(first.outcomes).toEqual(drafts.map(() => 'new'));
        const stored = await fresh.get(drafts.map(({ id }) => id));
        for (const [i, draft] of drafts.entries()) expect(stored[i]).toMatchObject(withoutUndefined(draft));
        const second = await fresh.upsert(drafts, 'merge');
        expect(second).toEqual({ outcomes: drafts.map(() => 'unchanged'), revision: first.revision });
        expect(await fresh.get(drafts.map(({ id }) => id))).toEqual(stored);
      });
    });

    it('keeps what a merge does not say, and takes what it says, null and empty included', async () => {
      const draft: PaperDraft = {
        id: 'a',
        title: 'Alpha',
        abstract: 'About alpha.',
        authors: ['Ada', 'Bo'],
        publishedAt: '2020-05',
        categories: ['cs.CL'],
        venue: 'ACL',
        url: 'https://example.org/a',
        source: 'test',
        version: 4,
      };
      await store.upsert([draft], 'merge');
      await store.upsert([{ id: 'a', title: 'Alpha 2', venue: null, categories: [] }], 'merge');
      expect(await store.get(['a'])).toEqual([{ ...draft, title: 'Alpha 2', authorCount: 2, venue: null, categories: [] }]);
    });

    it('empties what a replace does not say', async () => {
      await store.upsert(
        [{ id: 'a', title: 'Alpha', abstract: 'x', authors: ['Ada'], publishedAt: '2020', venue: 'ACL', source: 'test' }],
        'merge',
      );
      expect((await store.upsert([{ id: 'a', title: 'Alpha' }], 'replace')).outcomes).toEqual(['changed']);
      expect(await store.get(['a'])).toMatchObject([
        { abstract: '', authors: [], authorCount: null, publishedAt: null, venue: null, source: null },
      ]);
    });

    it('counts the authors that are named, unless a count is said', async () => {
      await store.upsert(
        [
          { id: 'named', title: 'T', authors: ['Ada', 'Bo', 'Cy'] },
          { id: 'said', title: 'T', authors: ['Ada'], authorCount: 12 },
          { id: 'counted', title: 'T', authorCount: 5 },
          { id: 'unknown', title: 'T' },
        ],
        'merge',
      );
      const counts = async () => (await store.get(['named', 'said', 'counted', 'unknown'])).map((paper) => paper?.authorCount);
      expect(await counts()).toEqual([3, 12, 5, null]);
      await store.upsert([{ id: 'counted', title: 'T', authors: ['Ada', 'Bo'] }], 'merge');
      expect(await counts()).toEqual([3, 12, 2, null]);
    });

    it('answers get in the order asked for, repeats included, undefined where there is none', async () => {
      await store.upsert([draftOf('a'), draftOf('b')], 'merge');
      const found = await store.get(['b', 'nobody', 'a', 'b']);
      expect(found.map((paper) => paper?.id)).toEqual(['b', undefined, 'a', 'b']);
      expect(await store.get([])).toEqual([]);
    });

    it('answers records in the order asked for, each the JSON of its paper to the byte', async () => {
      await holds(distinctDrafts, async (fresh, drafts) => {
        await fresh.upsert(drafts, 'merge');
        const ids = [...drafts.map(({ id }) => id), 'nobody', ...drafts.slice(0, 1).map(({ id }) => id)];
        // Twice: what was read once may be kept.
        for (const _ of [1, 2]) {
          const [records, papers] = [await fresh.records(ids), await fresh.get(ids)];
          expect(records.map((record) => record && Buffer.from(record.json).toString())).toEqual(
            papers.map((paper) => paper && JSON.stringify(paper)),
          );
          expect(records.map((record) => record && readRecord(record))).toEqual(papers);
          expect(records.map((record) => record?.publishedAt)).toEqual(papers.map((paper) => paper?.publishedAt));
        }
      });
      expect(await store.records([])).toEqual([]);
    });

    it('answers records as they are after every write', async () => {
      const titles = async () => (await store.records(['a', 'b'])).map((record) => record && readRecord(record).title);
      expect(await titles()).toEqual([undefined, undefined]);
      await store.upsert([draftOf('a'), draftOf('b')], 'merge');
      expect(await titles()).toEqual(['Title a', 'Title b']);
      await store.upsert([{ id: 'a', title: 'Another' }], 'replace');
      expect(await titles()).toEqual(['Another', 'Title b']);
      await store.remove(['b']);
      expect(await titles()).toEqual(['Another', undefined]);
    });

    it('tells what was written or removed since a revision, and whether that is all', async () => {
      await store.upsert([draftOf('a'), draftOf('b')], 'merge');
      const since = await store.revision();
      expect(await store.touched(since, { limit: 10 })).toEqual({ ids: [], complete: true, revision: since });
      await store.upsert([draftOf('c'), { id: 'a', title: 'Another' }], 'merge');
      await store.remove(['b']);
      const touched = await store.touched(since, { limit: 3 });
      expect({ ...touched, ids: touched.ids.toSorted() }).toEqual({
        ids: ['a', 'b', 'c'],
        complete: true,
        revision: await store.revision(),
      });
      expect(await store.touched(since, { limit: 2 })).toMatchObject({ complete: false });
      expect((await store.touched(since, { limit: 2 })).ids).toHaveLength(2);
    });

    it('writes nothing of a batch in which one draft fails', async () => {
      await store.upsert([draftOf('a')], 'merge');
      const before = await store.revision();
      const bad: PaperDraft = { id: 'bad', title: null as unknown as string };
      await expect(store.upsert([draftOf('b'), { id: 'a', title: 'Other' }, bad], 'merge')).rejects.toThrow();
      expect(await store.revision()).toBe(before);
      expect((await store.get(['a', 'b', 'bad'])).map((paper) => paper?.title)).toEqual(['Title a', undefined, undefined]);
      expect(await store.lexicalSearch('other', 5)).toEqual([]);
      expect((await store.upsert([draftOf('b')], 'merge')).outcomes).toEqual(['new']);
    });
  });

  describe('remove', () => {
    it('takes a paper out of get, list, counts and lexical search, and ignores ids that are not there', async () => {
      await store.upsert([draftOf('a'), draftOf('b')], 'merge');
      const before = await store.revision();
      const { removed, revision } = await store.remove(['nobody', 'a', 'a']);
      expect(removed).toEqual(['a']);
      expect(revision).toBeGreaterThan(before);
      expect((await store.get(['a', 'b'])).map((paper) => paper?.id)).toEqual([undefined, 'b']);
      expect((await store.list({ limit: 10 })).map(({ id }) => id)).toEqual(['b']);
      expect((await store.lexicalSearch('title', 10)).map(({ id }) => id)).toEqual(['b']);
      expect((await store.counts()).papers).toBe(1);
    });

    it('does not move the revision when there was nothing to remove', async () => {
      await store.upsert([draftOf('a')], 'merge');
      const before = await store.revision();
      expect(await store.remove(['nobody'])).toEqual({ removed: [], revision: before });
    });

    it('shows a removed paper as a change without a vector, until it is added again', async () => {
      await store.upsert([{ id: 'a', title: 'Alpha' }], 'merge');
      await store.putVectors(SPACE, [storedVector('Alpha', '', [1, 2, 3])]);
      const { revision } = await store.remove(['a']);
      expect(await store.changes(SPACE, { since: 0, limit: 10 })).toEqual([{ revision, id: 'a', vector: null }]);
      const again = await store.upsert([{ id: 'a', title: 'Alpha' }], 'merge');
      expect(again.outcomes).toEqual(['new']);
      // The text's vector was kept: nothing has to be embedded a second time.
      expect(await store.changes(SPACE, { since: 0, limit: 10 })).toEqual([
        { revision: again.revision, id: 'a', vector: Float32Array.of(1, 2, 3) },
      ]);
    });
  });

  describe('vectors and changes', () => {
    it('lists each text without a vector once, oldest first, and goes on after a cursor', async () => {
      await store.upsert(
        [
          { id: 'a', title: 'One' },
          { id: 'b', title: 'Two', abstract: 'x' },
          { id: 'twin', title: 'One' },
          { id: 'c', title: 'Three' },
        ],
        'merge',
      );
      const all = await store.pending(SPACE, { limit: 10 });
      expect(all.map(({ title, abstract, hash }) => ({ title, abstract, hash }))).toEqual([
        { title: 'One', abstract: '', hash: contentHash('One', '') },
        { title: 'Two', abstract: 'x', hash: contentHash('Two', 'x') },
        { title: 'Three', abstract: '', hash: contentHash('Three', '') },
      ]);
      const [first] = await store.pending(SPACE, { limit: 1 });
      expect(first?.title).toBe('One');
      const rest = await store.pending(SPACE, { limit: 10, after: all[1]?.cursor });
      expect(rest.map(({ title }) => title)).toContain('Three');
      expect(rest.map(({ title }) => title)).not.toContain('Two');
      expect((await store.counts(SPACE)).pending).toBe(4);
    });

    it('leads through every pending text by its cursors, whatever the page size', async () => {
      const texts = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 15 });
      await holds(fc.tuple(texts, fc.integer({ min: 1, max: 5 })), async (fresh, [numbers, limit]) => {
        await fresh.upsert(
          numbers.map((n, i) => ({ id: `p${i}`, title: `Text ${n}` })),
          'merge',
        );
        const seen = new Set<string>();
        for (let after = 0; ; ) {
          const page = await fresh.pending(SPACE, { limit, after });
          expect(new Set(page.map(({ hash }) => hash)).size).toBe(page.length);
          const last = page.at(-1);
          if (last === undefined) break;
          expect(last.cursor).toBeGreaterThan(after);
          after = last.cursor;
          for (const { title } of page) seen.add(title);
        }
        expect([...seen].sort()).toEqual([...new Set(numbers.map((n) => `Text ${n}`))].sort());
      });
    });

    it('gives two papers of equal text the same vector, and both a new revision when it comes', async () => {
      await store.upsert(
        [
          { id: 'a', title: 'One' },
          { id: 'twin', title: 'One' },
          { id: 'b', title: 'Two' },
        ],
        'merge',
      );
      const before = await store.revision();
      await store.putVectors(SPACE, [storedVector('One', '', [1, 0, 0])]);
      const changes = await store.changes(SPACE, { since: before, limit: 10 });
      expect(changes.map(({ id }) => id).sort()).toEqual(['a', 'twin']);
      for (const { vector } of changes) expect(vector).toEqual(Float32Array.of(1, 0, 0));
      expect((await store.counts(SPACE)).pending).toBe(1);
      expect((await store.pending(SPACE, { limit: 10 })).map(({ title }) => title)).toEqual(['Two']);
    });

    it('keeps the bits of a vector', async () => {
      await store.upsert([{ id: 'a', title: 'One' }], 'merge');
      const values = [Math.fround(1 / 3), -0, 1.401298464324817e-45];
      await store.putVectors(SPACE, [storedVector('One', '', values)]);
      const [change] = await store.changes(SPACE, { since: 0, limit: 1 });
      expect([...(change?.vector ?? [])]).toEqual(values);
    });

    it('makes a changed text pending again, and knows the old one when it comes back', async () => {
      await store.upsert([{ id: 'a', title: 'One' }], 'merge');
      await store.putVectors(SPACE, [storedVector('One', '', [1, 0, 0])]);
      await store.upsert([{ id: 'a', title: 'Two' }], 'merge');
      expect((await store.counts(SPACE)).pending).toBe(1);
      expect(await store.changes(SPACE, { since: 0, limit: 10 })).toEqual([]);
      const { revision } = await store.upsert([{ id: 'a', title: 'One' }], 'merge');
      expect((await store.counts(SPACE)).pending).toBe(0);
      expect(await store.changes(SPACE, { since: revision - 1, limit: 10 })).toMatchObject([{ id: 'a', revision }]);
    });

    it('does not mix two spaces', async () => {
      await store.upsert([{ id: 'a', title: 'One' }], 'merge');
      await store.putVectors(SPACE, [storedVector('One', '', [1, 0, 0])]);
      expect((await store.counts(SPACE)).pending).toBe(0);
      expect((await store.counts(OTHER_SPACE)).pending).toBe(1);
      expect(await store.pending(OTHER_SPACE, { limit: 10 })).toHaveLength(1);
      expect(await store.changes(OTHER_SPACE, { since: 0, limit: 10 })).toEqual([]);
      await store.putVectors(OTHER_SPACE, [storedVector('One', '', [0, 1])]);
      expect((await store.changes(SPACE, { since: 0, limit: 10 })).map(({ vector }) => vector)).toEqual([Float32Array.of(1, 0, 0)]);
      expect((await store.changes(OTHER_SPACE, { since: 0, limit: 10 })).map(({ vector }) => vector)).toEqual([
        Float32Array.of(0, 1),
      ]);
    });

    it('refuses a vector of another length as space_mismatch and keeps none of that batch', async () => {
      await store.upsert(
        [
          { id: 'a', title: 'One' },
          { id: 'b', title: 'Two' },
        ],
        'merge',
      );
      await store.putVectors(SPACE, [storedVector('Two', '', [0, 0, 1])]);
      const before = await store.revision();
      await expect(
        store.putVectors(SPACE, [storedVector('One', '', [1, 0, 0]), storedVector('Two', '', [1, 0])]),
      ).rejects.toMatchObject({ name: 'AppError', code: 'space_mismatch' });
      expect(await store.revision()).toBe(before);
      expect((await store.pending(SPACE, { limit: 10 })).map(({ title }) => title)).toEqual(['One']);
    });

    it('takes right vectors after the first ones of their space were refused', async () => {
      await store.upsert([{ id: 'a', title: 'One' }], 'merge');
      await expect(store.putVectors(SPACE, [storedVector('One', '', [1, 0])])).rejects.toMatchObject({ code: 'space_mismatch' });
      await store.putVectors(SPACE, [storedVector('One', '', [1, 0, 0])]);
      expect((await store.counts(SPACE)).pending).toBe(0);
      expect(await store.changes(SPACE, { since: 0, limit: 10 })).toMatchObject([{ id: 'a' }]);
    });

    it('refuses a known space under another number of dimensions', async () => {
      await store.upsert(
        [
          { id: 'a', title: 'One' },
          { id: 'b', title: 'Two' },
        ],
        'merge',
      );
      await store.putVectors(SPACE, [storedVector('One', '', [1, 0, 0])]);
      await expect(store.putVectors({ id: SPACE.id, dim: 2 }, [storedVector('Two', '', [1, 0])])).rejects.toMatchObject({
        code: 'space_mismatch',
      });
    });

    it('raises the revision with each write that changes something', async () => {
      const seen = [await store.revision()];
      seen.push((await store.upsert([{ id: 'a', title: 'One' }], 'merge')).revision);
      seen.push((await store.upsert([{ id: 'a', title: 'One', venue: 'ACL' }], 'merge')).revision);
      await store.putVectors(SPACE, [storedVector('One', '', [1, 0, 0])]);
      seen.push(await store.revision());
      seen.push((await store.remove(['a'])).revision);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect((await store.counts()).revision).toBe(seen.at(-1));
    });

    it('replays its changes to the live state, from nothing or from any revision in between', async () => {
      const text = fc.integer({ min: 0, max: 3 });
      const id = fc.integer({ min: 0, max: 5 }).map((n) => `p${n}`);
      const step = fc.oneof(
        fc.record({ kind: fc.constant('upsert' as const), papers: fc.array(fc.tuple(id, text), { minLength: 1, maxLength: 4 }) }),
        fc.record({ kind: fc.constant('remove' as const), ids: fc.array(id, { minLength: 1, maxLength: 3 }) }),
        fc.record({ kind: fc.constant('put' as const), texts: fc.array(text, { minLength: 1, maxLength: 2 }) }),
      );
      await holds(fc.tuple(fc.array(step, { maxLength: 14 }), fc.integer({ min: 1, max: 4 })), async (fresh, [steps, limit]) => {
        const papers = new Map<string, number>();
        const vectors = new Map<number, number[]>();
        let version = 0;
        const live = () =>
          Object.fromEntries([...papers].flatMap(([paper, n]) => (vectors.has(n) ? [[paper, vectors.get(n)]] : [])));
        const put = async (numbers: readonly number[]) => {
          for (const n of numbers) vectors.set(n, [n, version++, 0.5]);
          await fresh.putVectors(
            SPACE,
            numbers.map((n) => storedVector(`Text ${n}`, '', vectors.get(n) ?? [])),
          );
        };
        const replicas: { vectors: Map<string, Float32Array>; since: number }[] = [];
        for (const action of steps) {
          if (action.kind === 'upsert') {
            await fresh.upsert(
              action.papers.map(([paper, n]) => ({ id: paper, title: `Text ${n}` })),
              'merge',
            );
            for (const [paper, n] of action.papers) papers.set(paper, n);
          } else if (action.kind === 'remove') {
            await fresh.remove(action.ids);
            for (const paper of action.ids) papers.delete(paper);
          } else {
            await put(action.texts);
          }
          const replica = new Map<string, Float32Array>();
          const changes = await allChanges(fresh, SPACE, 0, limit);
          applyChanges(replica, changes);
          expect(plain(replica)).toEqual(live());
          replicas.push({ vectors: replica, since: changes.at(-1)?.revision ?? 0 });
        }
        await put([...new Set(papers.values())].filter((n) => !vectors.has(n)));
        expect((await fresh.counts(SPACE)).pending).toBe(0);
        for (const { vectors: replica, since } of replicas) {
          applyChanges(replica, await allChanges(fresh, SPACE, since, limit));
          expect(plain(replica)).toEqual(live());
        }
      });
    });
  });

  describe('list', () => {
    it('gives the newest first, undated last, equal dates by id', async () => {
      await store.upsert(
        [
          { id: 'undated-b', title: 'T' },
          { id: 'old', title: 'T', publishedAt: '1999' },
          { id: 'new-b', title: 'T', publishedAt: '2021-02-03' },
          { id: 'undated-a', title: 'T' },
          { id: 'new-a', title: 'T', publishedAt: '2021-02-03' },
        ],
        'merge',
      );
      const ids = (await store.list({ limit: 10 })).map(({ id }) => id);
      expect(ids).toEqual(['new-a', 'new-b', 'old', 'undated-a', 'undated-b']);
    });

    it('lists the papers of a time that are dated as exactly, from any place on', async () => {
      const dates = ['2030-12-29', '2030-12-30', '2031-01-05', '2031-01', '2031-01-06', '2031'];
      const drafts = dates.map((publishedAt): PaperDraft => ({ id: publishedAt, title: 'Dated', publishedAt }));
      await store.upsert([...drafts, { id: 'undated', title: 'Undated' }], 'merge');
      const ids = async (range: Omit<ListRange, 'limit'>, limit = 10) =>
        (await store.list({ limit, ...range })).map(({ id }) => id);
      const week = { from: '2030-12-30', before: '2031-01-06' };
      expect(await ids({ dated: week })).toEqual(['2031-01-05', '2030-12-30']);
      expect(await ids({ dated: { from: '2031-01', before: '2031-02' } })).toEqual(['2031-01-06', '2031-01-05', '2031-01']);
      expect(await ids({ dated: { from: '2031', before: '2032' }, offset: 1 }, 2)).toEqual(['2031-01-05', '2031-01']);
      expect(await ids({ offset: 6 })).toEqual(['undated']);
      expect(await ids({ dated: week, after: { publishedAt: '2031-01-05', id: '2031-01-05' } })).toEqual(['2030-12-30']);
    });

    it('pages through all papers without a gap or a repeat, whatever the page size', async () => {
      await holds(fc.tuple(distinctDrafts, fc.integer({ min: 1, max: 5 })), async (fresh, [drafts, limit]) => {
        await fresh.upsert(drafts, 'merge');
        const listed: Paper[] = [];
        let after: ListPosition | undefined;
        for (;;) {
          const page = await fresh.list({ limit, after });
          expect(page.length).toBeLessThanOrEqual(limit);
          const last = page.at(-1);
          if (last === undefined) break;
          listed.push(...page);
          after = { publishedAt: last.publishedAt, id: last.id };
        }
        const key = (date: string | null | undefined) => date ?? '';
        const expected = [...drafts].sort((a, b) => {
          const [left, right] = [key(a.publishedAt), key(b.publishedAt)];
          if (left !== right) return left < right ? 1 : -1;
          return a.id < b.id ? -1 : 1;
        });
        expect(listed.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      });
    });
  });

  it('counts the papers that have a word, by the terms of its text search, as they are now', async () => {
    const papers = async (...words: string[]) => (await store.documentFrequencies(words)).map((found) => found.papers);
    expect(await papers('network')).toEqual([0]);
    await store.upsert(
      [
        { id: 'a', title: 'Graph networks', abstract: 'A network of networks by Gödel.' },
        { id: 'b', title: 'Networked systems' },
      ],
      'merge',
    );
    expect(await papers('network', 'GODEL', 'absent', 'graph', 'network')).toEqual([2, 1, 0, 1, 2]);
    const [one, other, missing] = await store.documentFrequencies(['networks', 'network', '…']);
    expect(one).toEqual(other);
    expect(missing).toEqual({ term: '…', papers: 0 });
    expect(await store.documentFrequencies([])).toEqual([]);
    await store.remove(['b']);
    expect(await papers('network')).toEqual([1]);
  });

  describe('lexicalSearch', () => {
    beforeEach(async () => {
      await store.upsert(
        [
          { id: 'networks', title: 'Graph neural networks', abstract: 'Message passing learns molecules.' },
          { id: 'theorem', title: 'On Gödel incompleteness', abstract: 'A short proof of an old theorem.' },
          { id: 'speech', title: 'Speech recognition', abstract: 'Neural transducers hear better.' },
        ],
        'merge',
      );
    });
    const idsOf = async (query: string, k = 10) => (await store.lexicalSearch(query, k)).map(({ id }) => id);

    it('finds papers by words of the title and of the abstract', async () => {
      expect(await idsOf('speech')).toEqual(['speech']);
      expect(await idsOf('molecules')).toEqual(['networks']);
      expect((await idsOf('neural')).sort()).toEqual(['networks', 'speech']);
    });

    it('finds other forms of a word, whatever its case and accents', async () => {
      expect(await idsOf('NETWORK')).toEqual(['networks']);
      expect(await idsOf('proofs godel')).toEqual(['theorem']);
    });

    it('puts a paper with more of the words first, with falling scores, and cuts at k', async () => {
      const hits = await store.lexicalSearch('neural networks for molecules', 10);
      expect(hits[0]?.id).toBe('networks');
      expect(hits).toHaveLength(2);
      expect(hits[0]?.score ?? 0).toBeGreaterThan(hits[1]?.score ?? 0);
      expect(await idsOf('neural networks for molecules', 1)).toEqual(['networks']);
    });

    it('searches the text as it is now', async () => {
      await store.upsert([{ id: 'speech', title: 'Voice recognition' }], 'replace');
      expect(await idsOf('speech')).toEqual([]);
      expect(await idsOf('transducers')).toEqual([]);
      expect(await idsOf('voice')).toEqual(['speech']);
    });

    it('answers with nothing where the text has no word', async () => {
      expect(await idsOf('')).toEqual([]);
      expect(await idsOf(' "*" :^() -- ')).toEqual([]);
    });

    it('answers any text at all', async () => {
      const word = fc.constantFrom(
        'AND',
        'OR',
        'NOT',
        'NEAR',
        'NEAR/2',
        '*',
        '^',
        ':',
        '"',
        '(',
        ')',
        '-',
        'title:',
        'neural',
        '{a b}',
      );
      const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes));
      const text = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        units,
        fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
        fc.array(word, { maxLength: 12 }).map((words) => words.join('')),
      );
      const property = fc.asyncProperty(text, fc.integer({ min: 1, max: 5 }), async (query, k) => {
        const hits = await store.lexicalSearch(query, k);
        expect(hits.length).toBeLessThanOrEqual(k);
        expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
        const scores = hits.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
      });
      await fc.assert(property, { seed: 42, numRuns: 400 });
    });
  });
});

describe.each([DIRECT, THREADED])('the file of a paper store: $name', ({ open }) => {
  it('has everything when it is opened again', async () => {
    const file = nextFile();
    const first = await open(file);
    await first.upsert([draftOf('a'), draftOf('b'), draftOf('gone')], 'merge');
    await first.putVectors(SPACE, [storedVector('Title a', 'Abstract of a', [1, 2, 3])]);
    await first.remove(['gone']);
    const before = {
      papers: await first.list({ limit: 10 }),
      counts: await first.counts(SPACE),
      changes: await first.changes(SPACE, { since: 0, limit: 10 }),
      pending: await first.pending(SPACE, { limit: 10 }),
      hits: await first.lexicalSearch('abstract', 10),
    };
    await first.close();
    const second = await open(file);
    try {
      expect({
        papers: await second.list({ limit: 10 }),
        counts: await second.counts(SPACE),
        changes: await second.changes(SPACE, { since: 0, limit: 10 }),
        pending: await second.pending(SPACE, { limit: 10 }),
        hits: await second.lexicalSearch('abstract', 10),
      }).toEqual(before);
      expect(before.papers).toHaveLength(2);
      expect(before.changes).toHaveLength(2);
      expect((await second.upsert([draftOf('c')], 'merge')).revision).toBeGreaterThan(before.counts.revision);
    } finally {
      await second.close();
    }
  });

  it('is refused as store_invalid when a newer version wrote it, naming both versions', async () => {
    const file = nextFile();
    await (await open(file)).close();
    const db = new Database(file);
    const known = Number(db.pragma('user_version', { simple: true }));
    db.pragma('user_version = 999');
    db.close();
    const error = await open(file).then(
      async (store) => store.close(),
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'AppError', code: 'store_invalid' });
    expect(error).toHaveProperty('message', expect.stringMatching(new RegExp(`\\b999\\b.*\\b${known}\\b`)));
  });

  it('is refused as store_invalid when it is no database or in no folder', async () => {
    const file = nextFile();
    await writeFile(file, 'this is not a database, whatever its name says '.repeat(100));
    await expect(open(file)).rejects.toMatchObject({ code: 'store_invalid', message: expect.stringContaining(file) });
    await expect(open(join(root, 'no', 'such', 'folder.db'))).rejects.toMatchObject({ code: 'store_invalid' });
  });
});

function draftOf(id: string): PaperDraft {
  return { id, title: `Title ${id}`, abstract: `Abstract of ${id}` };
}

function withoutUndefined(draft: PaperDraft): Record<string, unknown> {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined));
}
