/** A call's texts in pieces of work, and the answers to the pieces as one. */
import type { Embeddings } from './embedder.ts';

/** Characters in one piece of work, about one abstract: what a query may have to wait for. */
const CHARACTERS_A_PIECE = 2_000;

/** Neighbouring texts together until a piece is full. */
export function splitInputs<T>(texts: readonly T[], lengthOf: (text: T) => number): T[][] {
  const pieces: T[][] = [];
  let room = 0;
  for (const text of texts) {
    const last = pieces.at(-1);
    const length = lengthOf(text);
    if (last === undefined || length > room) {
      pieces.push([text]);
      room = CHARACTERS_A_PIECE - length;
    } else {
      last.push(text);
      room -= length;
    }
  }
  return pieces;
}

export function joinEmbeddings(pieces: readonly Embeddings[], dim: number): Embeddings {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const rows = pieces.reduce((sum, piece) => sum + piece.tokenCounts.length, 0);
  const vectors = new Float32Array(rows * dim);
  let row = 0;
  for (const piece of pieces) {
    vectors.set(piece.vectors, row * dim);
    row += piece.tokenCounts.length;
  }
  return {
    vectors,
    tokenCounts: pieces.flatMap((piece) => piece.tokenCounts),
    truncated: pieces.flatMap((piece) => piece.truncated),
    unknownCounts: pieces.flatMap((piece) => piece.unknownCounts),
    tookMs: {
      queue: Math.max(0, ...pieces.map(({ tookMs }) => tookMs.queue)),
      tokenize: pieces.reduce((sum, { tookMs }) => sum + tookMs.tokenize, 0),
      infer: pieces.reduce((sum, { tookMs }) => sum + tookMs.infer, 0),
    },
  };
}
