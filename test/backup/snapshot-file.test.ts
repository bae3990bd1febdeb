// Covers the snapshot file: what it holds comes out as it went in, and a file that is cut or changed anywhere is refused.
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreSnapshot } from '#dist/backup/restore-snapshot.js';
import { proveSnapshotFile, unpackDatabase, writeSnapshotFile } from '#dist/backup/snapshot-file.js';
import type { SnapshotHeader } from '#dist/backup/snapshot-header.js';
import { takeSnapshot } from '#dist/backup/take-snapshot.js';
import { SqlitePaperStore } from '#dist/papers/sqlite-paper-store.js';
import { dataFolder } from '#dist/services.js';
import { type TempDir, tempDir } from '../support/seeded.ts';

const { signal } = new AbortController();
const OPTIONS = { program: '1.2.3', signal };

let dir: TempDir;
let file = '';
let whole: Buffer;
beforeAll(async () => {
  dir = await tempDir();
  const store = new SqlitePaperStore(dataFolder({ dataDir: dir.path }).database);
  await store.upsert([{ id: 'a', title: 'Whale songs', abstract: 'How whales sing.' }], 'merge');
  file = join(dir.path, 'papers.snapshot');
  await takeSnapshot(dataFolder({ dataDir: dir.path }), file, OPTIONS);
  await store.close();
  whole = await readFile(file);
});
afterAll(() => dir.remove());

/** A folder that is not there yet. */
let folders = 0;
const nowhere = () => dataFolder({ dataDir: join(dir.path, `target-${folders++}`) });

async function refuses(bytes: Uint8Array): Promise<void> {
  const other = join(dir.path, 'other.snapshot');
  await writeFile(other, bytes);
  await expect(proveSnapshotFile(other, signal)).rejects.toMatchObject({ code: 'snapshot_invalid' });
}

/** A snapshot whose seal is right, of a database that need not be. */
async function sealed(database: Buffer, header: Partial<SnapshotHeader> = {}): Promise<string> {
  const source = join(dir.path, 'sealed.db');
  const other = join(dir.path, 'sealed.snapshot');
  await writeFile(source, database);
  const proven = await proveSnapshotFile(file, signal);
  const sha256 = createHash('sha256').update(database).digest('hex');
  await writeSnapshotFile(other, source, { ...proven.header, sizeBytes: database.length, sha256, ...header }, signal);
  return other;
}

async function unpacked(): Promise<Buffer> {
  const copy = join(dir.path, 'unpacked.db');
  await unpackDatabase(file, await proveSnapshotFile(file, signal), copy, signal);
  return readFile(copy);
}

/** Without the writer lock's own files, which say nothing about papers. */
const namesIn = async (dir: string) => (await readdir(dir)).filter((name) => !name.startsWith('writer.'));

describe('a snapshot file', () => {
  it('says what it holds, and opens with common tools', async () => {
    const [seal = '', header = ''] = whole.toString('latin1').split('\n');
    const rest = whole.subarray(seal.length + 1);
    expect(seal).toContain(createHash('sha256').update(rest).digest('hex'));
    const database = gunzipSync(rest.subarray(header.length + 1));
    expect(JSON.parse(header)).toMatchObject({
      program: '1.2.3',
      papers: 1,
      revision: 1,
      model: null,
      sizeBytes: database.length,
      sha256: createHash('sha256').update(database).digest('hex'),
    });
    expect(database.equals(await unpacked())).toBe(true);
  });

  it('is refused when it is cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), (length) => refuses(whole.subarray(0, length))),
      { seed: 42, numRuns: 60, examples: [[0], [1], [whole.length - 1]] },
    );
  });

  it('is refused when any one bit is flipped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(7), async (at, bit) => {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        await refuses(flipped);
      }),
      { seed: 42, numRuns: 150 },
    );
  });

  it('is refused when something follows it', () => refuses(Buffer.concat([whole, Buffer.from('\n')])));

  it('names the format of a newer program', async () => {
    const other = join(dir.path, 'newer.snapshot');
    await writeFile(other, whole.toString('latin1').replace('paperkin-snapshot 1 ', 'paperkin-snapshot 2 '), 'latin1');
    await expect(proveSnapshotFile(other, signal)).rejects.toThrow(/format 2, this program reads 1/);
  });
});

describe('restoring a file whose seal is right', () => {
  const restore = (snapshot: string, folder = nowhere()) => restoreSnapshot(snapshot, folder, { replace: false, signal });

  it('refuses a database that is damaged inside, and leaves nothing of it', async () => {
    const damaged = await unpacked();
    damaged.fill(0xff, 4_096, 8_192);
    const folder = nowhere();
    await expect(restore(await sealed(damaged), folder)).rejects.toMatchObject({ code: 'snapshot_invalid' });
    expect(await namesIn(folder.dataDir)).toEqual([]);
  });

  it.each([
    ['a database of another program', 'DROP TABLE papers; PRAGMA user_version = 0', /no database of Paperkin/],
    ['the database of a newer program', 'PRAGMA user_version = 99', /schema version 99/],
    ['another number of papers than it says', 'DELETE FROM papers', /0 papers .* header says 1/],
  ])('refuses %s', async (_what, sql, why) => {
    const copy = join(dir.path, 'changed.db');
    await writeFile(copy, await unpacked());
    const db = new Database(copy);
    db.pragma('journal_mode = DELETE');
    db.exec(sql);
    db.close();
    await expect(restore(await sealed(await readFile(copy)))).rejects.toThrow(why);
  });

  it('refuses a database of another size or checksum than the header says', async () => {
    const database = await unpacked();
    const wrong: Partial<SnapshotHeader>[] = [
      { sizeBytes: database.length - 1 },
      { sizeBytes: database.length + 1 },
      { sha256: '0'.repeat(64) },
    ];
    for (const header of wrong) await expect(restore(await sealed(database, header))).rejects.toThrow(/is no whole snapshot/);
  });

  it('clears away what a restore that was killed has left', async () => {
    const folder = nowhere();
    await restore(file, folder);
    await writeFile(join(folder.dataDir, '.restoring-killed'), 'half a database');
    await restoreSnapshot(file, folder, { replace: true, signal });
    expect(await namesIn(folder.dataDir)).toEqual(['paperkin.db']);
  });

  it('leaves the folder as it was when it is stopped', async () => {
    const folder = nowhere();
    await restore(file, folder);
    const before = await readFile(folder.database);
    await expect(restoreSnapshot(file, folder, { replace: true, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await readFile(folder.database)).toEqual(before);
  });
});

describe('taking a snapshot', () => {
  it('refuses a damaged database, and keeps the snapshot of before', async () => {
    const folder = nowhere();
    await restoreSnapshot(file, folder, { replace: false, signal });
    const damaged = await readFile(folder.database);
    damaged.fill(0xff, 4_096, 8_192);
    await writeFile(folder.database, damaged);
    const kept = join(dir.path, 'kept.snapshot');
    await writeFile(kept, whole);
    await expect(takeSnapshot(folder, kept, OPTIONS)).rejects.toMatchObject({ code: 'store_invalid' });
    expect(await readFile(kept)).toEqual(whole);
    expect((await readdir(dir.path)).filter((name) => /\.tmp$|^\.paperkin/.test(name))).toEqual([]);
    await rm(kept);
  });
});
