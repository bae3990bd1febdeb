/** The seeds of a request with their vectors, and which of them have none. */
import type { PaperId } from '../paper.ts';
import type { SeedReport } from './answer.ts';
import type { SeedVector } from './seed-vector.ts';

export type Seed = { weight?: number | undefined } & ({ id: PaperId } | { text: string });

export interface SeedLists {
  like: readonly Seed[];
  dislike: readonly Seed[];
}

/** A seed that has a vector, and where it stands in the request. */
export interface KnownSeed extends SeedVector {
  list: keyof SeedLists;
  /** Place in its list, from 0. */
  index: number;
  id?: PaperId;
}

export interface SeedSources {
  /** A vector for each id, in order; undefined where it is unknown. */
  vectorsOf: (ids: readonly PaperId[]) => Promise<readonly (Float32Array | undefined)[]>;
  /** A vector for each text, in order. */
  embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
}

export async function resolveSeeds(
  lists: SeedLists,
  { vectorsOf, embed }: SeedSources,
): Promise<{ seeds: KnownSeed[]; report: Omit<SeedReport, 'folded'> }> {
  const all = (['like', 'dislike'] as const).flatMap((list) => lists[list].map((seed, place) => ({ seed, list, place })));
  const ids = [...new Set(all.flatMap(({ seed }) => ('id' in seed ? [seed.id] : [])))];
  const texts = [...new Set(all.flatMap(({ seed }) => ('text' in seed ? [seed.text] : [])))];
  const [stored, embedded] = await Promise.all([vectorsOf(ids), texts.length === 0 ? [] : embed(texts)]);
  const byId = new Map(ids.map((id, i) => [id, stored[i]]));
  const byText = new Map(texts.map((text, i) => [text, embedded[i]]));

  const seeds = all.flatMap(({ seed, list, place }): KnownSeed[] => {
    const vector = 'id' in seed ? byId.get(seed.id) : byText.get(seed.text);
    if (vector === undefined) return [];
    const known = { list, index: place, liked: list === 'like', weight: seed.weight ?? 1, vector };
    return ['id' in seed ? { ...known, id: seed.id } : known];
  });
  const isUsed = (id: PaperId) => byId.get(id) !== undefined;
  return { seeds, report: { used: ids.filter(isUsed), missing: ids.filter((id) => !isUsed(id)) } };
}
