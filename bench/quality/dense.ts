/** Dense ranking of one set by exact search, over whole vectors or their first numbers. */

import type { EvalQuery } from '#dist/evaluation/eval-set.js';
import type { PaperId } from '#dist/paper.js';
import type { Ranked } from '#dist/recommend/list.js';
import { ExactIndex } from '#dist/vectors/exact-index.js';
import { rowMajor } from '../lib/cached-vectors.ts';

/** Vectors of a set, by id. */
export interface SetVectors {
  dim: number;
  corpus: ReadonlyMap<PaperId, Float32Array>;
  /** Of the queries that are text; a paper that asks has its vector in the corpus. */
  queries: ReadonlyMap<string, Float32Array>;
}

export interface DenseRanker {
  /** Best first; a query paper is not among them. */
  rank(query: EvalQuery, depth: number): Promise<Ranked[]>;
}

export async function denseRanker({ dim, corpus, queries }: SetVectors): Promise<DenseRanker> {
  const exact = new ExactIndex(dim, { capacity: corpus.size });
  await exact.upsert([...corpus.keys()], rowMajor(corpus, dim));
  return {
    async rank(query, depth) {
      const asked = 'paper' in query ? query.paper.id : queries.get(query.id);
      if (asked === undefined) throw new Error(`query "${query.id}" has no vector`);
      const [found = []] = await exact.search([asked], { k: depth });
      return found;
    },
  };
}

/** The first `dim` numbers of every vector, of unit length again. Kusupati et al. 2022, https://arxiv.org/abs/2205.13147 */
export function cutVectors({ corpus, queries }: SetVectors, dim: number): SetVectors {
  const cut = (vectors: SetVectors['corpus']) => new Map([...vectors].map(([id, vector]) => [id, cutVector(vector, dim)]));
  return { dim, corpus: cut(corpus), queries: cut(queries) };
}

export function cutVector(vector: Float32Array, dim: number): Float32Array {
  const head = vector.subarray(0, dim);
  const norm = Math.hypot(...head);
  return head.map((value) => value / norm);
}
