import { AppError } from '../errors.ts';

/**
 * Refuses what an index must never see: hnswlib-node accepts NaN and answers nonsense, and does not check lengths.
 * @throws AppError `space_mismatch` when `vectors` is not rows * dim floats, `invalid_input` for a number that is not finite.
 */
export function checkVectors(vectors: Float32Array, rows: number, dim: number): void {
  if (vectors.length !== rows * dim) {
    throw new AppError('space_mismatch', `expected ${rows} x ${dim} numbers for this index, got ${vectors.length}`);
  }
  for (let i = 0; i < vectors.length; i++) {
    if (!Number.isFinite(vectors[i])) {
      throw new AppError('invalid_input', `vector ${Math.floor(i / dim)} has ${vectors[i]} at ${i % dim}: numbers must be finite`);
    }
  }
}
