/**
 * Index generations on disk: immutable folders `<root>/<id>/` with the index's files and a manifest, and one
 * pointer file that names the current one. Made beside the live one, verified, then switched in one step.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256OfFile, syncPath, writeFileDurably } from '../durable-files.ts';
import { AppError, messageOf } from '../errors.ts';
import { parseJson } from '../parse-json.ts';
import type { VectorIndex } from './vector-index.ts';

const MANIFEST_FILE = 'manifest.json';
/** Checksum of the manifest's bytes: it vouches for the other files, this for it. */
const MANIFEST_SUM_FILE = 'manifest.sha256';
const POINTER_FILE = 'current.json';
const BUILDING_PREFIX = '.building-';
const GENERATION_ID = /^\d{8}T\d{9}Z-[0-9a-f]{8}$/;
/** A half-written folder this old was left by a process that died. */
const ABANDONED_AFTER_MS = 3_600_000;
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
 * manifest says. It is not the current one before `switchGeneration`.
 * @throws AppError `generation_damaged` when what was written is not what is in memory.
 */
export async function writeGeneration(
  root: string,
  index: VectorIndex,
  content: GenerationContent,
  check: (dir: string, manifest: GenerationManifest) => Promise<VectorIndex>,
): Promise<GenerationManifest> {
  const createdAt = new Date().toISOString();
  const id = `${createdAt.replace(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`;
  const building = join(root, `${BUILDING_PREFIX}${id}`);
  await mkdir(building, { recursive: true });
  try {
    const { count, tombstones } = await index.stats();
    await index.save(building);
    const manifest = { ...content, id, createdAt, count, tombstones, files: await describeFiles(building) };
    await writeFileDurably(join(building, MANIFEST_FILE), JSON.stringify(manifest, null, 2));
    await writeFileDurably(join(building, MANIFEST_SUM_FILE), await sha256OfFile(join(building, MANIFEST_FILE)));
    // hnswlib does not report a short write: what was written is loaded before it is trusted.
    await (await check(building, manifest)).close();
    await rename(building, join(root, id));
    await syncPath(root);
    return manifest;
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

/** Makes a whole generation the current one, in one step, and removes those that are no use any more. */
export async function switchGeneration(root: string, id: string): Promise<void> {
  await writeFileDurably(join(root, POINTER_FILE), JSON.stringify({ id }));
  await collectGarbage(root, id);
}

/**
 * The manifest of a generation whose every file has the size and checksum that it states.
 * @throws AppError `generation_damaged` that names the file.
 */
export async function verifyGeneration(root: string, id: string): Promise<GenerationManifest> {
  const manifest = await describeGeneration(root, id);
  for (const [name, { sha256 }] of Object.entries(manifest.files)) await checkSum(join(root, id, name), sha256);
  return manifest;
}

/**
 * The manifest of a generation, without a look at its other files.
 * @throws AppError `generation_damaged` that names the manifest.
 */
export async function describeGeneration(root: string, id: string): Promise<GenerationManifest> {
  const dir = join(root, id);
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
  await mkdir(root, { recursive: true });
  const ids = (await readdir(root))
    .filter((name) => GENERATION_ID.test(name))
    .sort()
    .reverse();
  const current = await currentGeneration(root);
  return current === undefined || !ids.includes(current) ? ids : [current, ...ids.filter((id) => id !== current)];
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
  for (const name of await readdir(root)) {
    if (!name.startsWith(BUILDING_PREFIX)) continue;
    const { mtimeMs } = await stat(join(root, name));
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) stale.push(name);
  }
  await Promise.all(stale.map((name) => rm(join(root, name), { recursive: true, force: true })));
}
