// Covers which papers of a list are one work, which are not, and which version stands for a work.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Paper, PaperRecord } from '#dist/paper.js';
import { createFolder } from '#dist/recommend/folds.js';
import { recordOf } from '../support/records.ts';

const RUNS = { seed: 42, numRuns: 300 };

const ABSTRACT = `We analyze the behavior of policy gradient methods on graphs whose nodes arrive one at a time. A center node is
modeled by a recurrent network, and every neighbor by a small linear map. We prove that the variance of the gradient is bounded by
the degree of the graph, and show how to optimize the bound. Experiments on nine citation networks favor our estimator over four
baselines, and an ablation explains where the gain comes from.`;
const OTHER = `Crop yields depend on rainfall in ways that farmers know well and models know badly. This article collects forty
years of records from three provinces, cleans them, and fits a hierarchical regression with weather as its only input. Drought
in the second month matters most, while late rain is nearly neutral. Policy makers may use the published tables at once.`;

function paper(fields: Partial<Paper> & { id: string }): Paper {
  const none = { authorCount: null, publishedAt: null, categories: [], venue: null, url: null, source: null, version: null };
  const title = 'Policy Gradients on Growing Graphs: A Variance Bound by Degree';
  return { ...none, title, abstract: ABSTRACT, authors: ['Ada Lovelace', 'José García', 'Wei Zhang'], ...fields };
}

interface Candidate {
  id: string;
  score: number;
  paper: PaperRecord;
}

/** Ranked in the order given. */
const ranked = (papers: readonly Paper[]): Candidate[] =>
  papers.map((p, i) => ({ id: p.id, score: 1 - i / 1_000, paper: recordOf(p) }));
const folder = createFolder();
/** The version that stands for each work, with the score of the best. */
const foldVersions = (candidates: readonly Candidate[]) =>
  folder(candidates).map(({ chosen, best, versions }) => ({ ...chosen, score: best.score, versions }));
const fold = (...papers: Paper[]) => foldVersions(ranked(papers));
const foldsWith = (fields: Partial<Paper>, of: Partial<Paper> = {}) =>
  fold(paper({ id: 'a', ...of }), paper({ id: 'b', ...of, ...fields })).length === 1;

const VARIANTS: Record<string, Partial<Paper>> = {
  'title case': { title: 'POLICY GRADIENTS ON GROWING GRAPHS: A VARIANCE BOUND BY DEGREE' },
  punctuation: { title: 'Policy gradients on growing graphs – a variance bound, by degree.' },
  'subtitle dropped': { title: 'Policy Gradients on Growing Graphs' },
  'abstract cut to half': { abstract: ABSTRACT.slice(0, ABSTRACT.length / 2) },
  'no abstract': { abstract: '' },
  'a sentence changed': { abstract: ABSTRACT.replace(/We prove[^.]*\./, 'The gradient is shown to be well behaved.') },
  'British spelling': {
    abstract: ABSTRACT.replace('analyze', 'analyse')
      .replace('behavior', 'behaviour')
      .replace('center', 'centre')
      .replace('modeled', 'modelled')
      .replace('neighbor', 'neighbour')
      .replace('optimize', 'optimise'),
  },
  'initials instead of names': { authors: ['A. Lovelace', 'J. Garcia', 'W. Zhang'] },
  'names turned round': { authors: ['Lovelace, Ada', "Garc{\\'i}a, Jos{\\'e}", 'Zhang, Wei'] },
  'no authors': { authors: [] },
  'a remark': { title: 'Policy Gradients on Growing Graphs: A Variance Bound by Degree (Extended Abstract)' },
  retitled: { title: 'Bounding the Variance of Gradients When Graphs Grow' },
};

describe('versions of one work', () => {
  it.each(Object.keys(VARIANTS))('are folded: %s', (kind) => {
    expect(foldsWith(VARIANTS[kind] ?? {})).toBe(true);
  });

  it('are folded whether a title is LaTeX or plain', () => {
    const latex = { title: String.raw`Learning with $\ell_1$ Penalties and $\alpha$-Divergence: G{\"o}del's \emph{Second} Look` };
    expect(foldsWith({ title: 'Learning with ℓ1 penalties and α-divergence: Gödel’s second look' }, latex)).toBe(true);
  });
});

describe('different works', () => {
  it.each([
    ['Deep Learning', { abstract: OTHER, authors: [] }],
    ['Deep Learning', { abstract: OTHER }],
    ['Introduction', { abstract: '', authors: [] }],
    ['A Theory of Everything That Learns', { abstract: OTHER, authors: ['Alan Turing'] }],
    ['A Theory of Everything That Learns', { title: 'Erratum: A Theory of Everything That Learns' }],
    ['A Theory of Everything That Learns', { title: 'Comment on "A Theory of Everything That Learns"' }],
    ['Modeling Social Networks. Part I', { title: 'Modeling Social Networks. Part II' }],
    ['Modeling Social Networks, Part A', { title: 'Modeling Social Networks, Part B' }],
    ['Overview of the Workshop on Robots 2019', { title: 'Overview of the Workshop on Robots 2020' }],
    ['Proceedings of the First Workshop on Robots', { title: 'Proceedings of the Third Workshop on Robots' }],
    ['Proceedings of the Workshop on Robots and Graphs', { abstract: OTHER }],
    ['AP18-OLR Challenge: Three Tasks', { title: 'AP19-OLR Challenge: Three Tasks' }],
    ['Spectral Graph Theory for Robots', { title: 'Spectral Graph Theory for Animals', abstract: OTHER }],
    ['The Theory of Robot Swarms', { title: 'On Something Else', authors: ['Alan Turing'] }],
  ])('are not folded: %s, %o', (title, other) => {
    expect(foldsWith(other, { title })).toBe(false);
  });

  it('are not folded for a notice that many abstracts consist of', () => {
    const notice = 'This paper has been withdrawn by the author due to a crucial error in equation 3.';
    expect(foldsWith({ title: 'On Another Matter Altogether', abstract: notice }, { abstract: notice })).toBe(false);
  });

  it('on arXiv have two ids: another title needs more than an abstract that resembles', () => {
    const changed = { title: 'Policy Gradients on Shrinking Graphs: A Variance Bound by Degree', abstract: ABSTRACT.slice(120) };
    const ids = (a: string, b: string) => fold(paper({ id: a }), paper({ id: b, ...changed })).length;
    expect(ids('arxiv:2001.00001', 'doi:10.1000/x')).toBe(1);
    expect(ids('arxiv:2001.00001', 'arxiv:2007.00002')).toBe(2);
  });
});

describe('the version that stands for a work', () => {
  const representative = (...papers: Paper[]) => fold(...papers)[0];

  it('is a published one, then the newest, then the first by id', () => {
    const preprint = paper({ id: 'arxiv:2001.00001', publishedAt: '2021-05-01', venue: 'arXiv (Cornell University)' });
    const talk = paper({ id: 'b', publishedAt: '2020', venue: 'ICML 2020' });
    const journal = paper({ id: 'doi:10.1000/x', publishedAt: '2021-01' });
    const again = paper({ id: 'z', publishedAt: '2021-01', url: 'https://doi.org/10.1000/y' });
    expect(representative(preprint, talk)).toMatchObject({ id: 'b', versions: ['arxiv:2001.00001'] });
    expect(representative(preprint, talk, journal)).toMatchObject({ id: 'doi:10.1000/x' });
    expect(representative(again, journal, preprint)).toMatchObject({ id: 'doi:10.1000/x', versions: ['z', 'arxiv:2001.00001'] });
    expect(representative(paper({ id: 'd' }), paper({ id: 'c', publishedAt: '1999' }))).toMatchObject({ id: 'c' });
  });

  it('takes the place and the score of the best version', () => {
    const other = paper({ id: 'other', title: 'Rain and Yield in Three Provinces', abstract: OTHER, authors: ['Mary Shelley'] });
    const found = fold(paper({ id: 'preprint' }), other, paper({ id: 'published', venue: 'ICML' }));
    expect(found.map(({ id, score }) => [id, score])).toEqual([
      ['published', 1],
      ['other', 0.999],
    ]);
  });
});

describe('any list', () => {
  const version = fc.record({
    title: fc.constantFrom('Deep Learning', 'Policy Gradients on Growing Graphs', 'Rain and Yield', 'Rain and Yield: Part 2', ''),
    abstract: fc.constantFrom(ABSTRACT, ABSTRACT.slice(0, 250), OTHER, OTHER.slice(90), `${ABSTRACT} ${OTHER}`, ''),
    authors: fc.constantFrom<string[]>(['Ada Lovelace'], ['A. Lovelace', 'Wei Zhang'], ['Alan Turing'], []),
    venue: fc.constantFrom(null, 'ICML', 'arXiv'),
    publishedAt: fc.constantFrom(null, '2020', '2021-03-04'),
  });
  const list = fc
    .array(version, { maxLength: 25 })
    .map((versions) => ranked(versions.map((fields, i) => paper({ id: `${i % 3 === 0 ? 'arxiv:' : ''}p${i}`, ...fields }))));

  it('keeps every id once, and the order of what it does not fold', () => {
    const property = fc.property(list, (candidates) => {
      const folds = foldVersions(candidates);
      const ids = folds.flatMap(({ id, versions }) => [id, ...versions]);
      expect(ids.toSorted()).toEqual(candidates.map(({ id }) => id).toSorted());
      const place = new Map(candidates.map(({ id }, i) => [id, i]));
      const best = folds.map(({ id, versions }) => Math.min(...[id, ...versions].map((one) => place.get(one) ?? -1)));
      expect(best).toEqual(best.toSorted((a, b) => a - b));
      expect(folds.map(({ score }) => score)).toEqual(best.map((at) => candidates[at]?.score));
    });
    fc.assert(property, RUNS);
  });

  it('is folded once and for all, and the same each time', () => {
    const property = fc.property(list, (candidates) => {
      const folds = foldVersions(candidates);
      expect(foldVersions(candidates)).toEqual(folds);
      const again = foldVersions(folds);
      expect(again.map(({ id, score }) => [id, score])).toEqual(folds.map(({ id, score }) => [id, score]));
      expect(again.every(({ versions }) => versions.length === 0)).toBe(true);
    });
    fc.assert(property, RUNS);
  });

  it('has the same works in any order', () => {
    const worksOf = (candidates: readonly Candidate[]) =>
      foldVersions(candidates)
        .map(({ id, versions }) => `${id}: ${versions.toSorted().join(' ')}`)
        .toSorted();
    const property = fc.property(list, (candidates) => {
      expect(worksOf(candidates.toReversed())).toEqual(worksOf(candidates));
    });
    fc.assert(property, RUNS);
  });

  it('may be empty, or hold texts without a letter', () => {
    expect(foldVersions([])).toEqual([]);
    expect(fold(paper({ id: 'a', title: '…', abstract: '' }), paper({ id: 'b', title: '…', abstract: '' }))).toHaveLength(2);
  });
});
