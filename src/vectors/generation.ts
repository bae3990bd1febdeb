/**
 * Index generations on disk: immutable folders `<root>/<id>/` with the index's files and a manifest, and one
 * pointer file that names the current one. Made beside the live one, verified, then switched in one step.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256OfFile, syncPath, writeFileDurably } from '../durable-files.ts';
import { AppError, messageOf } from '../errors.ts';
import { parseJson } from '../parse-json.ts';
import { buildingPath, removeAbandoned } from './unfinished.ts';
import type { VectorIndex } from './vector-index.ts';

const MANIFEST_FILE = 'manifest.json';
/** Checksum of the manifest's bytes: it vouches for the other files, this for it. */
const MANIFEST_SUM_FILE = 'manifest.sha256';
const POINTER_FILE = 'current.json';
/** Time in UTC to the millisecond, then a random part: sorted by name is sorted by age. */
const GENERATION_ID = /^(\d{8})T(\d{9})Z-[0-9a-f]{8}$/;
/** Generations kept beside the current one, to fall back to. */
const PREVIOUS_KEPT = 1;
const OTHER_SPACES_KEPT = 1;

const manifestSchema = z.object({
  id: z.string().regex(GENERATION_ID),
  createdAt: z.iso.datetime(),
  kind: z.literal('hnsw'),
  /** The embedding space of every vector in it, and the model that made them, by name or folder. */
  space: z.string(),
  model: z.string().optional(),
  dim: z.int().positive(),
  metric: z.literal('cosine'),
  M: z.int().positive(),
  efConstruction: z.int().positive(),
  count: z.int().min(0),
  tombstones: z.int().min(0),
  /** The store's revision up to which it holds every change. */
  revision: z.int().min(0),
  files: z.record(z.string().regex(/^[\w.-]+$/), z.object({ sha256: z.string(), sizeBytes: z.int() })),
});

export type GenerationManifest = z.infer<typeof manifestSchema>;
export type GenerationContent = Pick<
  GenerationManifest,
  'kind' | 'space' | 'model' | 'dim' | 'metric' | 'M' | 'efConstruction' | 'revision'
>;

const pointerSchema = z.object({ id: z.string().regex(GENERATION_ID) });

/**
 * Writes `index` as a new generation and verifies it with `check`, which loads it and throws unless it holds what the
 * manifest says. It is out of sight before `switchGeneration` puts it in place; of a process that dies it is removed.
 * @throws AppError `generation_damaged` when what was written is not what is in memory, `store_unwritable` when the disk
 * does not take it.
 */
export async function writeGeneration(
  root: string,
  index: VectorIndex,
  content: GenerationContent,
  check: (dir: string, manifest: GenerationManifest) => Promise<VectorIndex>,
): Promise<GenerationManifest> {
  return onDisk(root, async () => {
    // In two steps with the folder below: on a read-only disk a recursive mkdir says that the parent is missing.
    if (!existsSync(root)) await mkdir(root, { recursive: true });
    await removeAbandoned(root);
    const createdAt = new Date().toISOString();
    const id = nextId(createdAt, await generationIds(root));
    const building = buildingPath(root, id);
    await mkdir(building);
    try {
      const { count, tombstones } = await index.stats();
      await index.save(building);
      const manifest = { ...content, id, createdAt, count, tombstones, files: await describeFiles(building) };
      await writeFileDurably(join(building, MANIFEST_FILE), JSON.stringify(manifest, null, 2));
      await writeFileDurably(join(building, MANIFEST_SUM_FILE), await sha256OfFile(join(building, MANIFEST_FILE)));
      // hnswlib does not report a short write: what was written is loaded before it is trusted.
      await (await check(building, manifest)).close();
      return manifest;
    } catch (error) {
      // Why it failed is what counts; what cannot be removed now is abandoned.
      await rm(building, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    }
  });
}

/**
 * Makes a whole generation, of this process or in place, the current one, in one step, and removes those that are no use any more.
 * @throws AppError `store_unwritable` when the disk does not take it.
 */
export async function switchGeneration(root: string, id: string): Promise<void> {
  await onDisk(root, async () => {
    const building = buildingPath(root, id);
    if (existsSync(building)) {
      await rename(building, join(root, id));
      await syncPath(root);
    }
    await writeFileDurably(join(root, POINTER_FILE), JSON.stringify({ id }));
    await collectGarbage(root, id);
  });
}

async function onDisk<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('store_unwritable', `cannot write an index generation into ${root}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Above every id that is there, also when the clock was set back or two generations are made in one millisecond:
 * the one that is newest by its name has to be the newest. Its time is then no time of a clock, only a number above.
 */
function nextId(createdAt: string, taken: readonly string[]): string {
  const now = createdAt.replace(/[-:.]/g, '').replace(/Z$/, '');
  const newest = taken.at(-1)?.replace(GENERATION_ID, '$1T$2') ?? '';
  const time = now > newest ? now : (BigInt(newest.replace('T', '')) + 1n).toString().replace(/^\d{8}/, '$&T');
  return `${time}Z-${randomBytes(4).toString('hex')}`;
}

/** Folder of a generation: in place, or where this process has written it. */
export function generationPath(root: string, id: string): string {
  const building = buildingPath(root, id);
  return existsSync(building) ? building : join(root, id);
}

/**
 * The manifest of a generation whose every file has the size and checksum that it states.
 * @throws AppError `generation_damaged` that names the file.
 */
export async function verifyGeneration(root: string, id: string): Promise<GenerationManifest> {
  const manifest = await describeGeneration(root, id);
  const dir = generationPath(root, id);
  for (const [name, { sha256 }] of Object.entries(manifest.files)) await checkSum(join(dir, name), sha256);
  return manifest;
}

/**
 * The manifest of a generation, without a look at its other files.
 * @throws AppError `generation_damaged` that names the manifest.
 */
export async function describeGeneration(root: string, id: string): Promise<GenerationManifest> {
  const dir = generationPath(root, id);
  const manifestFile = join(dir, MANIFEST_FILE);
  let manifest: GenerationManifest;
  try {
    await checkSum(manifestFile, await readFile(join(dir, MANIFEST_SUM_FILE), 'utf8'));
    manifest = manifestSchema.parse(JSON.parse(await readFile(manifestFile, 'utf8')));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('generation_damaged', `${manifestFile}: ${messageOf(error)}`, { cause: error });
  }
  if (manifest.id !== id) throw new AppError('generation_damaged', `${manifestFile} is the manifest of ${manifest.id}`);
  return manifest;
}

async function checkSum(file: string, expected: string): Promise<void> {
  const found = await sha256OfFile(file).catch((error: unknown) => messageOf(error));
  if (found !== expected)
    throw new AppError('generation_damaged', `${file}: its checksum is ${found}, it was written with ${expected}`);
}

/** Ids of the generations on disk, the current one first, then newest first. */
export async function listGenerations(root: string): Promise<string[]> {
  const ids = (await generationIds(root)).reverse();
  const current = await currentGeneration(root);
  return current === undefined || !ids.includes(current) ? ids : [current, ...ids.filter((id) => id !== current)];
}

/** Oldest first; none in a folder that does not exist, which may be on a disk that cannot be written. */
async function generationIds(root: string): Promise<string[]> {
  return (existsSync(root) ? await readdir(root) : []).filter((name) => GENERATION_ID.test(name)).sort();
}

/** What the pointer names; undefined when there is none or it cannot be read, which the newest whole one then mends. */
export async function currentGeneration(root: string): Promise<string | undefined> {
  const text = await readFile(join(root, POINTER_FILE), 'utf8').catch(() => '');
  const parsed = pointerSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data.id : undefined;
}

async function describeFiles(dir: string): Promise<GenerationManifest['files']> {
  const files: GenerationManifest['files'] = {};
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    await syncPath(file);
    files[name] = { sha256: await sha256OfFile(file), sizeBytes: (await stat(file)).size };
  }
  return files;
}

/**
 * Kept are, beside the current one and those newer than it: the newest whole ones of its space, to fall back to, and
 * the newest whole one of another space, to roll a change of model back.
 */
async function collectGarbage(root: string, current: string): Promise<void> {
  const { space } = await describeGeneration(root, current);
  const room = { same: PREVIOUS_KEPT, other: OTHER_SPACES_KEPT };
  const stale: string[] = [];
  for (const id of await listGenerations(root)) {
    if (id >= current) continue;
    // A damaged one is no use: what is kept is whole.
    const manifest = await verifyGeneration(root, id).catch(() => undefined);
    const kind = manifest?.space === space ? 'same' : 'other';
    if (manifest === undefined || room[kind] === 0) stale.push(id);
    else room[kind]--;
  }
  await Promise.all(stale.map((name) => rm(join(root, name), { recursive: true, force: true })));
}
