/** The ways to choose the sentence of a hit that is cited. */
import { drops, greatest, nearness, rowOf } from '#dist/recommend/contributions.js';
import { dot } from '#dist/recommend/dot.js';
import type { Case } from './cases.ts';

interface Method {
  name: string;
  /** Runs of the model for a hit of n sentences, its own text counted. */
  runs: string;
  /** True where it asks for what is judged. */
  peeks: boolean;
  /** Place of the chosen sentence. */
  choose(of: Case): number | undefined;
}

/** The one that the product uses. */
export const PRODUCT_METHOD = 'drop without its tokens';

export const METHODS: readonly Method[] = [
  {
    name: 'longest sentence',
    runs: '0',
    peeks: false,
    choose: (of) =>
      greatest(
        read(
          of,
          of.hitSentences.map(({ text }) => text.length),
        ),
      ),
  },
  { name: 'cosine to the query', runs: 'n', peeks: false, choose: (of) => greatest(alone(of)) },
  {
    name: 'cosine of a pair',
    runs: 'n',
    peeks: false,
    choose: (of) =>
      greatest(
        read(
          of,
          of.hitAlone.map((own) => Math.max(...of.askedAlone.map((asked) => dot(own, asked)))),
        ),
      ),
  },
  {
    name: 'cosine of a pair, read in their texts',
    runs: '1',
    peeks: false,
    choose: ({ hit, asked }) =>
      greatest(
        hit.tokenCounts.map((tokens, i) =>
          tokens === 0
            ? undefined
            : Math.max(...nearness(rowOf(hit.parts, i, hit.vector.length), asked).map((cosine) => cosine ?? -1)),
        ),
      ),
  },
  {
    name: 'part of the dot product',
    runs: '1',
    peeks: false,
    choose: (of) =>
      greatest(
        read(
          of,
          of.losses.map((_, i) => dot(of.query, rowOf(of.hit.parts, i, of.query.length))),
        ),
      ),
  },
  { name: PRODUCT_METHOD, runs: '1', peeks: false, choose: ({ query, hit }) => greatest(drops(query, hit)) },
  { name: 'cosine to the query, best 2 tried', runs: 'n + 2', peeks: true, choose: (of) => tried(of, alone(of), 2) },
  { name: 'cosine to the query, best 3 tried', runs: 'n + 3', peeks: true, choose: (of) => tried(of, alone(of), 3) },
  { name: `${PRODUCT_METHOD}, best 2 tried`, runs: '3', peeks: true, choose: (of) => tried(of, drops(of.query, of.hit), 2) },
  { name: `${PRODUCT_METHOD}, best 3 tried`, runs: '4', peeks: true, choose: (of) => tried(of, drops(of.query, of.hit), 3) },
];

/** Cosine of each sentence, embedded by itself, to the query. */
function alone(of: Case): (number | undefined)[] {
  return read(
    of,
    of.hitAlone.map((own) => dot(of.query, own)),
  );
}

/** Undefined where the model did not read the sentence. */
function read({ hit }: Case, values: readonly number[]): (number | undefined)[] {
  return values.map((value, i) => (hit.tokenCounts[i] === 0 ? undefined : value));
}

/** Of the `count` best the one whose removal costs most: leave-one-out itself. */
function tried({ losses }: Case, values: readonly (number | undefined)[], count: number): number | undefined {
  const best = values
    .map((value, i) => ({ value, i }))
    .sort((a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY))
    .slice(0, count);
  return greatest(losses.map((loss, i) => (best.some((one) => one.i === i) ? loss : undefined)));
}
