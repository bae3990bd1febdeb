/**
 * How a snapshot begins: a seal, one line of fixed length that vouches for every byte after it, then one line of JSON that
 * says what it holds. The gzipped database follows. Both can be checked and unpacked with `sha256sum` and `gunzip` alone.
 */
import { z } from 'zod';
import { AppError } from '../errors.ts';

export const headerSchema = z.object({
  /** Version of the program that wrote it. */
  program: z.string(),
  createdAt: z.iso.datetime(),
  papers: z.int().min(0),
  /** The store's revision at that moment. */
  revision: z.int().min(0),
  schemaVersion: z.int().min(1),
  /** The model that was chosen for the data folder; null leaves it to the bundled one. */
  model: z.string().min(1).nullable(),
  /** Of the database, unpacked. */
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SnapshotHeader = z.infer<typeof headerSchema>;

export interface Seal {
  /** Of everything after the seal, lower-case hex. */
  sha256: string;
  /** Of the whole file. */
  sizeBytes: number;
}

const MAGIC = 'paperkin-snapshot';
const FORMAT_VERSION = 1;
/** Digits of a size: enough for any file, always as many. */
const SIZE_DIGITS = 16;
const SEAL = new RegExp(`^${MAGIC} ${FORMAT_VERSION} ([0-9a-f]{64}) (\\d{${SIZE_DIGITS}})\n$`);
const OTHER_FORMAT = new RegExp(`^${MAGIC} (\\d{1,6}) `);

export function sealText({ sha256, sizeBytes }: Seal): string {
  return `${MAGIC} ${FORMAT_VERSION} ${sha256} ${String(sizeBytes).padStart(SIZE_DIGITS, '0')}\n`;
}

/** Bytes of the seal. */
export const SEAL_LENGTH = sealText({ sha256: '0'.repeat(64), sizeBytes: 0 }).length;

/**
 * @param head the first bytes of `file`, as many as the seal has or as there are.
 * @throws AppError `snapshot_invalid` when it is no seal of this format.
 */
export function parseSeal(file: string, head: string): Seal {
  const [, sha256, size] = SEAL.exec(head) ?? [];
  if (sha256 !== undefined && size !== undefined) return { sha256, sizeBytes: Number(size) };
  const format = OTHER_FORMAT.exec(head)?.[1];
  if (format !== undefined && format !== String(FORMAT_VERSION)) {
    throw new AppError('snapshot_invalid', `${file} is a snapshot of format ${format}, this program reads ${FORMAT_VERSION}`);
  }
  const why = head === '' ? 'it is empty' : `its first line is not that of a "${MAGIC} ${FORMAT_VERSION}" file`;
  throw new AppError('snapshot_invalid', `${file} is no whole snapshot: ${why}`);
}
