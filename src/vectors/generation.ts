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
import type { VectorIndex } from './vector-index.ts';

const MANIFEST_FILE = 'manifest.json';
const POINTER_FILE = 'current.json';
const BUILDING_PREFIX = '.building-';
const GENERATION_ID = /^\d{8}T\d{9}Z-[0-9a-f]{8}$/;
/** A half-written folder this old was left by a process that died. */
const ABANDONED_AFTER_MS = 3_600_000;
/** Generations kept beside the current one, to fall back to. */
const PREVIOUS_KEPT = 1;

const manifestSchema = z.object({
  id: z.string().regex(GENERATION_ID),
  createdAt: z.iso.datetime(),
  kind: z.literal('hnsw'),
  /** The embedding space of every vector in it. */
  space: z.string(),
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
export type GenerationContent = Pick<GenerationManifest, 'kind' | 'space' | 'dim' | 'metric' | 'M' | 'efConstruction' | 'revision'>;

const pointerSchema = z.object({ id: z.string().regex(GENERATION_ID) });

/**
 * Writes `index` as a new generation, verifies it with `check`, which must load it, and makes it the current one.
 * @throws AppError `generation_damaged` when what was written is not what is in memory; the current one stays.
 */
export async function publishGeneration(
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
    await checkWritten(building, manifest, check);
    await rename(building, join(root, id));
    await syncPath(root);
    await writeFileDurably(join(root, POINTER_FILE), JSON.stringify({ id }));
    await collectGarbage(root, id);
    return manifest;
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The manifest of a generation whose every file has the size and checksum that it states.
 * @throws AppError `generation_damaged` that names the file.
 */
export async function verifyGeneration(root: string, id: string): Promise<GenerationManifest> {
  const dir = join(root, id);
  let manifest: GenerationManifest;
  try {
    manifest = manifestSchema.parse(JSON.parse(await readFile(join(dir, MANIFEST_FILE), 'utf8')));
  } catch (error) {
    throw new AppError('generation_damaged', `${join(dir, MANIFEST_FILE)}: ${messageOf(error)}`, { cause: error });
  }
  for (const [name, { sha256 }] of Object.entries(manifest.files)) {
    const file = join(dir, name);
    const found = await sha256OfFile(file).catch((error: unknown) => messageOf(error));
    if (found !== sha256)
      throw new AppError('generation_damaged', `${file}: its checksum is ${found}, the manifest says ${sha256}`);
  }
  return manifest;
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
async function currentGeneration(root: string): Promise<string | undefined> {
  const text = await readFile(join(root, POINTER_FILE), 'utf8').catch(() => '');
  const parsed = pointerSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data.id : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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

/** hnswlib does not report a short write: what was written is loaded and counted before it is trusted. */
async function checkWritten(
  dir: string,
  manifest: GenerationManifest,
  check: (dir: string, manifest: GenerationManifest) => Promise<VectorIndex>,
): Promise<void> {
  const copy = await check(dir, manifest);
  const { count } = await copy.stats();
  await copy.close();
  if (count !== manifest.count) {
    throw new AppError('generation_damaged', `${dir} holds ${count} papers after writing ${manifest.count}`);
  }
}

async function collectGarbage(root: string, current: string): Promise<void> {
  const previous = (await listGenerations(root)).filter((id) => id !== current && id < current);
  const stale = previous.slice(PREVIOUS_KEPT);
  for (const name of await readdir(root)) {
    if (!name.startsWith(BUILDING_PREFIX)) continue;
    const { mtimeMs } = await stat(join(root, name));
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) stale.push(name);
  }
  await Promise.all(stale.map((name) => rm(join(root, name), { recursive: true, force: true })));
}
