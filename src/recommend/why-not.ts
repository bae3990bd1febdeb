/** Why a paper is not in a list of results: every cause that applies, and where it truly stands. */
import type { PaperId } from '../paper.ts';
import type { PaperFilter } from '../paper-filter.ts';
import type { PaperStore, SpaceRef } from '../papers/paper-store.ts';
import type { IndexQuery, Standing, VectorIndex } from '../vectors/vector-index.ts';
import type { ListOptions, ListPage, Ranked } from './list.ts';

export type WhyNotCode =
  /** It was never stored. */
  | 'unknown'
  | 'removed'
  /** It is what was asked with. */
  | 'itself'
  | 'not_indexed'
  | 'filtered'
  /** Another version of it is in the list, or was asked with. */
  | 'folded'
  /** None of the words of the query is in it. */
  | 'no_words'
  | 'below_min_score'
  /** The graph did not find it though it is near enough. */
  | 'missed'
  | 'ranked_lower'
  /** The model read only the beginning of its text. */
  | 'truncated';

export interface WhyNotCause {
  code: WhyNotCode;
  message: string;
}

export interface WhyNot {
  id: PaperId;
  /** Its rank in the list, from 1; null where it is not in it. */
  rank: number | null;
  /** Empty where it is in the list. */
  causes: WhyNotCause[];
  /** By meaning, exactly, among all that match the filter; null where it has no vector or meaning was not asked for. */
  meaning: (Standing & { kthScore: number | null; gap: number | null }) | null;
  /** By words among the best `WORDS_DEPTH`; null where it is not among them or words were not asked for. */
  words: { rank: number; score: number } | null;
}

export interface WhyNotQuestion {
  id: PaperId;
  /** What the list was asked with by meaning; null where it was not. */
  query: IndexQuery | null;
  /** By words; null where it was not. */
  text: string | null;
  filter: PaperFilter | undefined;
  /** Papers asked with. */
  seeds: readonly PaperId[];
  options: ListOptions;
  /** The list: its first page. */
  page: ListPage<Ranked, unknown>;
}

export interface WhyNotParts {
  store: PaperStore;
  index: VectorIndex;
  space: SpaceRef;
  /** Tokens that the model reads. */
  maxTokens: number;
}

const WORDS_DEPTH = 2_000;

export async function whyNot({ store, index, space, maxTokens }: WhyNotParts, question: WhyNotQuestion): Promise<WhyNot> {
  const { id, query, text, filter, seeds, options, page } = question;
  const place = page.hits.findIndex((hit) => hit.id === id);
  const answer: WhyNot = { id, rank: place === -1 ? null : place + 1, causes: [], meaning: null, words: null };
  const because = (code: WhyNotCode, message: string) => answer.causes.push({ code, message });

  if ((await store.get([id]))[0] === undefined) {
    if (await store.wasRemoved(id)) because('removed', 'it was removed from the store');
    else because('unknown', 'no paper with this id was ever stored');
    return answer;
  }
  if (seeds.includes(id)) {
    because('itself', 'it is what was asked with');
    return answer;
  }
  const matches = filter === undefined ? null : (await store.select(filter, { limit: Number.MAX_SAFE_INTEGER })).ids;
  const isMatch = matches === null || matches.includes(id);
  if (query !== null) answer.meaning = await meaningOf(query, matches ?? 'all');
  if (text !== null) {
    const hits = await store.lexicalSearch(text, WORDS_DEPTH, filter);
    const at = hits.findIndex((hit) => hit.id === id);
    answer.words = at === -1 ? null : { rank: at + 1, score: hits[at]?.score ?? 0 };
  }
  if (answer.rank !== null) return answer;

  for (const condition of filter === undefined ? [] : await failing(filter)) {
    because('filtered', `the filter leaves it out: ${JSON.stringify(condition)}`);
  }
  if (query !== null && answer.meaning === null) because('not_indexed', 'it is stored but has no vector in the index yet');
  const under = page.hits.find(({ versions }) => versions.includes(id));
  if (under !== undefined) because('folded', `it is a version of "${under.id}", which is in the list`);
  if (page.folded.includes(id)) because('folded', 'it is a version of what was asked with');
  if (isMatch && under === undefined && !page.folded.includes(id)) lower();
  const reading = await store.reading(id, space);
  if (reading?.truncated === true) {
    because('truncated', `the model read ${maxTokens} of the ${reading.tokenCount} tokens of its text`);
  }
  return answer;

  async function meaningOf(asked: IndexQuery, among: readonly PaperId[] | 'all'): Promise<WhyNot['meaning']> {
    const standing = await index.standing(asked, id, { among, exclude: seeds });
    if (standing === undefined) return null;
    const [exact = []] = await index.search([asked], { k: options.k, among, exclude: seeds });
    const kthScore = exact[options.k - 1]?.score ?? null;
    return { ...standing, kthScore, gap: kthScore === null ? null : kthScore - standing.score };
  }

  /** The conditions that must all hold and one by one do not. */
  async function failing(node: PaperFilter): Promise<PaperFilter[]> {
    const parts = 'and' in node ? node.and : [node];
    const failed: PaperFilter[] = [];
    for (const part of parts) if ((await store.matching(part, [id])).length === 0) failed.push(part);
    return failed;
  }

  /** It matches and stands for itself: its place is too low, or the graph did not see it. */
  function lower(): void {
    const { meaning, words } = answer;
    const { k, minScore, diversity, recency, sort } = options;
    const score = text === null ? meaning?.score : query === null ? words?.score : undefined;
    const isPlain = diversity === 0 && recency === null && sort === 'score';
    if (minScore !== null && score !== undefined && score < minScore) {
      because('below_min_score', `its score is ${score.toFixed(4)}, minScore ${minScore}`);
    } else if (query === null && words === null) {
      because('no_words', `none of the words of the query is in it, or they are in ${WORDS_DEPTH} others more`);
    } else if (text === null && isPlain && meaning !== null && meaning.rank <= k) {
      because('missed', `the graph did not find it: by an exact search it is number ${meaning.rank}`);
    } else {
      const stands = [
        ...(meaning === null ? [] : [`number ${meaning.rank} by meaning (${meaning.score.toFixed(4)})`]),
        ...(words === null ? [] : [`number ${words.rank} by words (${words.score.toFixed(4)})`]),
      ];
      if (stands.length > 0) because('ranked_lower', `${k} works come before it: it is ${stands.join(' and ')}`);
    }
  }
}
