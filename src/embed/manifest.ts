/** A model folder's `manifest.json`: what it is, how its vectors are made, and the checksum of each file. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256OfFile } from '../durable-files.ts';
import { AppError, messageOf } from '../errors.ts';

export const MANIFEST_FILE = 'manifest.json';

export const POOLINGS = ['mean', 'cls', 'none'] as const;

/** A path inside a model folder. */
export const modelFile = z.string().regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/, 'must be a path inside the model folder');

export const manifestSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  license: z.string(),
  /** Where the files were fetched: the model's address on its hub, with the commit. */
  source: z.string().optional(),
  /** Length of a vector. */
  dim: z.int().min(1).max(8192),
  /** Longest input in tokens, special tokens counted; the rest of a text is not read. */
  maxTokens: z.int().min(4).max(8192),
  /** How token vectors become one; `none` for a graph that gives the one vector itself. */
  pooling: z.enum(POOLINGS),
  /** Always true: every comparison here is a cosine of unit vectors. */
  normalise: z.literal(true),
  precision: z.enum(['fp32', 'fp16', 'int8']),
  /** Put before a query or a passage, for models trained so; empty for most. */
  queryPrefix: z.string().default(''),
  passagePrefix: z.string().default(''),
  /** How a paper becomes one text: `{title}` and `{abstract}` are replaced. */
  paperTemplate: z.string().refine((text) => text.includes('{title}'), 'must contain {title}'),
  /** The ONNX graph, one of `files`. */
  graph: z.string(),
  files: z.record(modelFile, z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), sizeBytes: z.int().min(0) })),
});

export type ModelManifest = z.infer<typeof manifestSchema>;

/**
 * Reads the manifest and checks every file it names.
 * @throws AppError `model_invalid` that names the file and what to do.
 */
export async function readModel(dir: string): Promise<ModelManifest> {
  const manifest = await readManifest(dir);
  const [fault] = await fileFaults(dir, manifest);
  if (fault !== undefined) throw new AppError('model_invalid', `${fault}; restore the file`);
  return manifest;
}

/**
 * Reads the manifest without a look at the files it names.
 * @throws AppError `model_invalid` that names the manifest and what is wrong with it.
 */
export async function readManifest(dir: string): Promise<ModelManifest> {
  const file = join(dir, MANIFEST_FILE);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new AppError(
      'model_invalid',
      `cannot read ${file}: ${messageOf(error)}; "paperkin models pull ${dir}" makes one for a folder that has none`,
      { cause: error },
    );
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    throw new AppError('model_invalid', `${file}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  }
  const manifest = parsed.data;
  if (manifest.files[manifest.graph] === undefined) {
    throw new AppError('model_invalid', `${file}: the graph "${manifest.graph}" is not one of its files`);
  }
  return manifest;
}

/** One line for each file that is not what the manifest says. */
export async function fileFaults(dir: string, { files }: ModelManifest): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, { sha256 }] of Object.entries(files)) {
    const found = await sha256OfFile(join(dir, name)).catch((error: unknown) => messageOf(error));
    if (found !== sha256) faults.push(`${join(dir, name)}: its checksum is ${found}, the manifest says ${sha256}`);
  }
  return faults;
}

/** Raised when the way from a text to tokens changes: the same model then makes other vectors. */
const TEXT_PREPARATION = 1;

/** The space's fingerprint, 16 hex digits: a change of any ingredient is another space. */
export function spaceOf(manifest: ModelManifest): string {
  const { dim, maxTokens, pooling, normalise, precision, queryPrefix, passagePrefix, paperTemplate, files } = manifest;
  const checksums = Object.keys(files)
    .sort()
    .map((name) => [name, files[name]?.sha256]);
  const ingredients = [
    TEXT_PREPARATION,
    dim,
    maxTokens,
    pooling,
    normalise,
    precision,
    queryPrefix,
    passagePrefix,
    paperTemplate,
    checksums,
  ];
  return createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 16);
}

/** The text that stands for a paper, and where its two fields begin in it. */
export interface PaperText {
  text: string;
  /** UTF-16 code units before the field; null where the text does not hold it. */
  title: number | null;
  abstract: number | null;
}

/** Where one of the two is empty the text is the other alone. */
export function locatedPaperText({ paperTemplate }: ModelManifest, paper: { title: string; abstract: string }): PaperText {
  const { title, abstract } = paper;
  if (abstract === '') return { text: title, title: 0, abstract: null };
  if (title === '') return { text: abstract, title: null, abstract: 0 };
  const located: PaperText = { text: '', title: null, abstract: null };
  for (const piece of paperTemplate.split(/(\{title\}|\{abstract\})/)) {
    const field = piece === '{title}' ? 'title' : piece === '{abstract}' ? 'abstract' : undefined;
    if (field !== undefined) located[field] = located.text.length;
    located.text += field === undefined ? piece : paper[field];
  }
  return located;
}

/** The text that stands for a paper; where one of the two is empty it is the other alone. */
export function paperText(manifest: ModelManifest, paper: { title: string; abstract: string }): string {
  return locatedPaperText(manifest, paper).text;
}
