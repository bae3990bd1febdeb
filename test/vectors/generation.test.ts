// Covers index generations on disk through `openLiveIndex`: publishing, opening again, and every kind of damage.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LiveIndex, type LiveIndexOptions, openLiveIndex } from '#dist/vectors/live-index.js';
import type { Neighbour } from '#dist/vectors/vector-index.js';

const run = promisify(execFile);
const DIM = 8;
const SPACE = 'space-one';
const FILES = ['graph.hnsw', 'ids.json', 'rows.i8', 'neighbours.u32', 'manifest.json'];
const POINTER = 'current.json';
/** Above what Linux gives to any process. */
const NO_PID = 9_999_999;

let root = '';
let opened: LiveIndex[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperkin-generation-'));
});
afterEach(async () => {
  await Promise.all(opened.map((index) => index.close()));
  opened = [];
  await rm(root, { recursive: true, force: true });
});

async function open(options: Partial<LiveIndexOptions> = {}): Promise<LiveIndex> {
  const index = await openLiveIndex({ root, space: SPACE, dim: DIM, ...options });
  opened.push(index);
  return index;
}

/** A unit vector that depends on `n` alone. */
function vectorOf(n: number): Float32Array {
  const values = Array.from({ length: DIM }, (_, i) => Math.sin((n + 1) * (i + 1) * 1.7) + Math.cos(n * 0.3 + i));
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
}

async function add(index: LiveIndex, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  await index.upsert(
    numbers.map((n) => `p${n}`),
    Float32Array.from(numbers.flatMap((n) => [...vectorOf(n)])),
  );
}

function ask(index: LiveIndex): Promise<Neighbour[][]> {
  return index.search([vectorOf(1), vectorOf(500), vectorOf(-3)], { k: 10, efSearch: 200 });
}

interface Published {
  id: string;
  answers: Neighbour[][];
}

/** Two generations: papers 0..29 at revision 30, then 0..59 less two at revision 62. */
async function publishTwo(): Promise<{ first: Published; second: Published }> {
  const index = await open();
  await add(index, 0, 30);
  const first = { id: (await index.publish(30)).generation ?? '', answers: await ask(index) };
  await add(index, 30, 60);
  await index.remove(['p3', 'p4']);
  const second = { id: (await index.publish(62)).generation ?? '', answers: await ask(index) };
  return { first, second };
}

async function generations(): Promise<string[]> {
  return (await readdir(root)).filter((name) => /^\d{8}T/.test(name)).sort();
}

interface Place {
  offset: number;
  bit: number;
}

/** About twenty places over a file, the first and last byte among them, and a bit for each; the same at each run. */
function somePlaces(sizeBytes: number): Place[] {
  return Array.from({ length: 21 }, (_, i) => ({ offset: Math.round((i * (sizeBytes - 1)) / 20), bit: (i * 5 + 3) % 8 }));
}

/** The last bit of every byte: it makes another digit of a digit, which is as good a manifest as before. */
function everyLastBit(sizeBytes: number): Place[] {
  return Array.from({ length: sizeBytes }, (_, offset) => ({ offset, bit: 0 }));
}

/** Takes a file out of a generation and of its manifest. */
async function forget(dir: string, name: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as { files: Record<string, unknown> };
  delete manifest.files[name];
  const text = JSON.stringify(manifest);
  await rm(join(dir, name));
  await writeFile(join(dir, 'manifest.json'), text);
  await writeFile(join(dir, 'manifest.sha256'), createHash('sha256').update(text).digest('hex'));
}

async function flip(file: string, { offset, bit }: Place): Promise<void> {
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << bit), offset);
  await writeFile(file, bytes);
}

describe('index generations', () => {
  it('start empty, with nothing wrong, in a folder that does not exist', async () => {
    const index = await open({ root: join(root, 'not', 'yet') });
    expect(await index.status()).toEqual({ generation: null, revision: 0, degraded: null });
    expect((await index.stats()).count).toBe(0);
  });

  it('give the same answers when they are opened again', async () => {
    const { second } = await publishTwo();
    const again = await open();
    expect(await again.status()).toEqual({ generation: second.id, revision: 62, degraded: null });
    expect(await ask(again)).toEqual(second.answers);
    expect((await again.stats()).count).toBe(58);
    await expect(again.search(['p3'], { k: 1 })).rejects.toMatchObject({ code: 'paper_not_found' });
  });

  it('do not hold what came after they were published', async () => {
    const { second } = await publishTwo();
    const index = await open();
    await add(index, 60, 70);
    const again = await open();
    expect(await ask(again)).toEqual(second.answers);
  });

  it('can be published while empty, opened again and filled', async () => {
    // In a process of its own: memory that native code corrupts would take every other test with it.
    const script = `
      const { openLiveIndex } = await import(process.argv[1]);
      const options = { root: process.argv[2], space: 'space-one', dim: 4 };
      await (await openLiveIndex(options)).publish(3);
      const again = await openLiveIndex(options);
      const status = await again.status();
      await again.upsert(['a'], new Float32Array(4).fill(0.5));
      console.log(JSON.stringify({ status, answers: await again.search([new Float32Array(4).fill(0.5)], { k: 5 }) }));
    `;
    const module = new URL('../../dist/vectors/live-index.js', import.meta.url).href;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, module, root]);
    expect(JSON.parse(stdout)).toEqual({
      status: { generation: (await generations())[0], revision: 3, degraded: null },
      answers: [[{ id: 'a', score: 1 }]],
    });
  });

  it('keep one previous generation, however many are published', async () => {
    const index = await open();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      await add(index, n * 5, n * 5 + 5);
      ids.push((await index.publish(n)).generation ?? '');
    }
    expect(new Set(ids).size).toBe(5);
    expect(await generations()).toEqual(ids.slice(-2).sort());
  });

  it('of an older version, without int8 rows, are served and find the same among some papers', async () => {
    const index = await open();
    await add(index, 0, 60);
    await index.remove(['p3', 'p4']);
    await add(index, 60, 80);
    const { generation } = await index.publish(82);
    const options = { k: 10, among: Array.from({ length: 40 }, (_, n) => `p${2 * n}`) };
    const answers = await index.search([vectorOf(1), 'p7'], options);
    await forget(join(root, generation ?? ''), 'rows.i8');
    const again = await open();
    expect(await again.status()).toEqual({ generation, revision: 82, degraded: null });
    expect(await again.search([vectorOf(1), 'p7'], options)).toEqual(answers);
    await again.publish(83);
    expect(await readdir(join(root, (await again.status()).generation ?? ''))).toContain('rows.i8');
  });

  it('of an older version, without kept neighbours, are served, and keep them again in the background', async () => {
    const index = await open();
    await add(index, 0, 60);
    await index.keepAll();
    const answer = await index.neighbours('p7', 20);
    expect(answer).toHaveLength(20);
    const { generation } = await index.publish(60);
    await forget(join(root, generation ?? ''), 'neighbours.u32');
    const again = await open();
    expect(await again.status()).toEqual({ generation, revision: 60, degraded: null });
    await expect.poll(() => again.neighbours('p7', 20), { timeout: 10_000 }).toEqual(answer);
  });

  it('of another space are passed over and left alone, and nothing is called degraded', async () => {
    const { second } = await publishTwo();
    const other = await open({ space: 'space-two' });
    expect(await other.status()).toEqual({ generation: null, revision: 0, degraded: null });
    expect((await other.stats()).count).toBe(0);
    expect((await (await open()).status()).generation).toBe(second.id);
    await add(other, 0, 5);
    const { generation } = await other.publish(70);
    expect((await (await open({ space: 'space-two' })).status()).generation).toBe(generation);
    expect((await (await open()).status()).generation).toBe(second.id);
  });
});

describe.each(FILES)('a generation whose %s is damaged', (name) => {
  it('by any flipped bit is not served: the previous one is, and the file is named', async () => {
    const { first, second } = await publishTwo();
    const file = join(root, second.id, name);
    const whole = await readFile(file);
    const served: string[] = [];
    const places = [...somePlaces(whole.length), ...(name === 'manifest.json' ? everyLastBit(whole.length) : [])];
    for (const place of places) {
      await flip(file, place);
      const index = await open();
      const { generation, revision, degraded } = await index.status();
      const answers = JSON.stringify(await ask(index));
      const fellBack = generation === first.id && revision === 30 && answers === JSON.stringify(first.answers);
      // A damaged checksum in the manifest accuses the file that it belongs to.
      const named = degraded?.includes(name === 'manifest.json' ? `${second.id}/` : file) ?? false;
      if (!fellBack || !named) {
        served.push(`byte ${place.offset} bit ${place.bit}: ${JSON.stringify({ generation, revision, degraded })}`);
      }
      await writeFile(file, whole);
    }
    expect(served).toEqual([]);
  });

  it('by any cut is not served either', async () => {
    const { first, second } = await publishTwo();
    const file = join(root, second.id, name);
    const whole = await readFile(file);
    for (const length of [0, 1, Math.floor(whole.length / 2), whole.length - 1]) {
      await truncate(file, length);
      const index = await open();
      expect(await index.status()).toMatchObject({ generation: first.id, revision: 30, degraded: expect.stringContaining(name) });
      expect(await ask(index)).toEqual(first.answers);
      await writeFile(file, whole);
    }
    await rm(file);
    expect(await (await open()).status()).toMatchObject({ generation: first.id, degraded: expect.stringContaining(name) });
  });

  it('leaves an empty, degraded index where there is no other', async () => {
    const { first, second } = await publishTwo();
    await rm(join(root, first.id), { recursive: true });
    const file = join(root, second.id, name);
    await truncate(file, Math.floor((await stat(file)).size / 2));
    const index = await open();
    expect(await index.status()).toEqual({ generation: null, revision: 0, degraded: expect.stringContaining(file) });
    expect((await index.stats()).count).toBe(0);
    await add(index, 0, 10);
    expect((await ask(index))[0]).toHaveLength(10);
  });

  it('is healed by publishing again', async () => {
    const { first, second } = await publishTwo();
    await truncate(join(root, second.id, name), 5);
    const index = await open();
    await add(index, 30, 40);
    const healed = await index.publish(70);
    expect(healed).toMatchObject({ revision: 70, degraded: null });
    expect([first.id, second.id]).not.toContain(healed.generation);
    expect(await index.status()).toEqual(healed);
    const again = await open();
    expect(await again.status()).toEqual(healed);
    expect((await again.stats()).count).toBe(40);
  });

  it('is not the one that is kept to fall back to when a whole one is published', async () => {
    const { first, second } = await publishTwo();
    await truncate(join(root, second.id, name), 5);
    const index = await open();
    const { generation } = await index.publish(70);
    await truncate(join(root, generation ?? '', name), 5);
    const again = await open();
    expect(await again.status()).toMatchObject({ generation: first.id, revision: 30, degraded: expect.stringContaining(name) });
    expect(await ask(again)).toEqual(first.answers);
  });
});

describe('the pointer to the current generation', () => {
  it('may be missing: the newest whole generation is served', async () => {
    const { first, second } = await publishTwo();
    await rm(join(root, POINTER));
    expect(await (await open()).status()).toEqual({ generation: second.id, revision: 62, degraded: null });
    await rm(join(root, second.id, 'graph.hnsw'));
    expect(await (await open()).status()).toMatchObject({ generation: first.id, revision: 30 });
  });

  it.each([
    '',
    'not json',
    'null',
    '{}',
    '{"id": 7}',
    '{"id": "nonsense"}',
    '{"id": "../../etc"}',
    '{"id": "20200101T000000000Z-00000000"}',
  ])('may hold %j: the newest whole generation is served', async (text) => {
    const { second } = await publishTwo();
    await writeFile(join(root, POINTER), text);
    const index = await open();
    expect(await index.status()).toEqual({ generation: second.id, revision: 62, degraded: null });
    expect(await ask(index)).toEqual(second.answers);
  });

  it('decides between two whole generations', async () => {
    const { first } = await publishTwo();
    await writeFile(join(root, POINTER), JSON.stringify({ id: first.id }));
    const index = await open();
    expect(await index.status()).toEqual({ generation: first.id, revision: 30, degraded: null });
    expect(await ask(index)).toEqual(first.answers);
  });
});

describe('a clock that was set back', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('makes no generation look older than the one before it, and leaves none behind', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const index = await open();
    const ids: string[] = [];
    for (const [n, now] of ['2030-01-01T00:00:00.999Z', '2029-06-01T12:00:00.000Z', '2020-01-01T00:00:00.000Z'].entries()) {
      vi.setSystemTime(now);
      await add(index, n * 5, n * 5 + 5);
      ids.push((await index.publish(n + 1)).generation ?? '');
    }
    expect([...ids].sort()).toEqual(ids);
    expect(await generations()).toEqual(ids.slice(-2));
    await rm(join(root, POINTER));
    expect(await (await open()).status()).toEqual({ generation: ids[2], revision: 3, degraded: null });
  });

  it('and one that stands still make each generation the newest all the same', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const index = await open();
    const ids: string[] = [];
    for (let n = 1; n <= 12; n++) ids.push((await index.publish(n)).generation ?? '');
    expect([...ids].sort()).toEqual(ids);
  });
});

describe('a generation that cannot be written', () => {
  it('is an error that says why, and what is there stays', async () => {
    const { second } = await publishTwo();
    const index = await open();
    await add(index, 60, 70);
    const disk = `${root}-away`;
    await rename(root, disk);
    await writeFile(root, 'a file where the folder was');
    await expect(index.publish(70)).rejects.toMatchObject({ code: 'store_unwritable', message: expect.stringContaining(root) });
    await rm(root);
    await rename(disk, root);
    expect(await (await open()).status()).toEqual({ generation: second.id, revision: 62, degraded: null });
    expect(await index.publish(70)).toMatchObject({ revision: 70, degraded: null });
  });
});

describe('what a process that died left behind', () => {
  it('is removed when the next generation is written, so that it never fills the disk; what a living one began stays', async () => {
    await publishTwo();
    const id = '20200101T000000000Z-deadbeef';
    const stays = `.building-${id}-${process.ppid}`;
    for (const name of [`.building-${id}`, `.building-${id}-${NO_PID}`, stays]) await mkdir(join(root, name));
    await writeFile(join(root, `${POINTER}.${NO_PID}.tmp`), '{"id": "2026');
    await (await open()).publish(63);
    expect((await readdir(root)).filter((name) => !/^\d{8}T/.test(name)).sort()).toEqual([stays, POINTER]);
  });

  it('is not looked at while half written', async () => {
    const { second } = await publishTwo();
    const building = join(root, '.building-29990101T000000000Z-deadbeef');
    await mkdir(building);
    await writeFile(join(building, 'graph.hnsw'), 'half a graph');
    const index = await open();
    expect(await index.status()).toEqual({ generation: second.id, revision: 62, degraded: null });
    await index.publish(63);
    expect(await (await open()).status()).toMatchObject({ revision: 63, degraded: null });
  });

  it('does not hide a whole generation that the pointer does not name yet', async () => {
    const { second } = await publishTwo();
    await rm(join(root, POINTER));
    await writeFile(join(root, `${POINTER}.4711.tmp`), '{"id": "2026');
    expect(await (await open()).status()).toEqual({ generation: second.id, revision: 62, degraded: null });
  });
});
