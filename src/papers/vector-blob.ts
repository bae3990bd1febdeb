/** Vectors as bytes in the database: float32, little-endian as on every machine Node runs on. */

export function blobFromVector(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** Copies: a blob need not start at a multiple of four bytes. */
export function vectorFromBlob(blob: Buffer): Float32Array {
  const vector = new Float32Array(blob.byteLength / Float32Array.BYTES_PER_ELEMENT);
  new Uint8Array(vector.buffer).set(blob);
  return vector;
}
