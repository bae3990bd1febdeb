/**
 * The file that hnswlib writes (`saveIndex` in hnswalg.h): a header, for each point of the lowest layer its links, vector
 * and label, then each point's links of the upper layers. hnswlib itself gives vectors back slowly, one number at a time.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../errors.ts';

/** Six sizes, two 32-bit numbers, and five of 64 bits. */
const HEADER_BYTES = 96;
const LABEL_BYTES = 8;
/** Where the header has these, as 64-bit numbers. */
const AT = { points: 16, pointBytes: 24, labelOffset: 32, vectorOffset: 40 };
const READ_BYTES = 2 ** 22;

/**
 * What the file of a graph of one layer has at least. A disk that fills up cuts the file without a word, and half a
 * header is read as any number of points.
 */
export function leastGraphBytes(points: number, dim: number, M: number): number {
  return HEADER_BYTES + points * (4 * (2 * M + 1) + 4 * dim + LABEL_BYTES + 4);
}

/**
 * Calls `onVector` for every point, removed ones too, in the order of the file; the vector (length dim) is valid during
 * the call.
 * @throws AppError `generation_damaged` when the file is of another dimension or ends early.
 */
export async function readGraphVectors(
  file: string,
  dim: number,
  onVector: (label: number, vector: Float32Array) => void,
): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const header = new DataView(new ArrayBuffer(HEADER_BYTES));
    await readFully(handle, new Uint8Array(header.buffer), 0, file);
    const sizeAt = (offset: number) => Number(header.getBigUint64(offset, true));
    const [points, pointBytes] = [sizeAt(AT.points), sizeAt(AT.pointBytes)];
    const [labelOffset, vectorOffset] = [sizeAt(AT.labelOffset), sizeAt(AT.vectorOffset)];
    if (labelOffset - vectorOffset !== 4 * dim || pointBytes !== labelOffset + LABEL_BYTES) {
      throw new AppError('generation_damaged', `${file} does not hold vectors of ${dim} dimensions`);
    }
    const pointsARead = Math.max(1, Math.floor(READ_BYTES / pointBytes));
    const data = new ArrayBuffer(pointsARead * pointBytes);
    const view = new DataView(data);
    for (let first = 0; first < points; first += pointsARead) {
      const read = Math.min(pointsARead, points - first);
      await readFully(handle, new Uint8Array(data, 0, read * pointBytes), HEADER_BYTES + first * pointBytes, file);
      for (let at = 0; at < read * pointBytes; at += pointBytes) {
        // The upper half of a label is 0: they are counted from 0, one a point.
        onVector(view.getUint32(at + labelOffset, true), new Float32Array(data, at + vectorOffset, dim));
      }
    }
  } finally {
    await handle.close();
  }
}

/**
 * Fills `bytes` from `position` on; one read gives 2 GiB at most.
 * @throws AppError `generation_damaged` when the file ends before.
 */
export async function readFully(handle: FileHandle, bytes: Uint8Array, position: number, file: string): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(bytes.length - done, 2 ** 30), position + done);
    if (bytesRead === 0) throw new AppError('generation_damaged', `${file} ends before ${position + bytes.length} bytes`);
    done += bytesRead;
  }
}
