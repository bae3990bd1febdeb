/** Requests with several seeds, made of judgements: some of the papers that belong together are given, the rest is to be found. */
import type { Judgements } from '#dist/evaluation/metrics.js';
import type { PaperId } from '#dist/paper.js';
import { namedRandom, type Random, randomInt, shuffle } from '../../lib/random.ts';

/** Papers that belong together: those that one query or one page is judged relevant by. */
export interface Interest {
  id: string;
  judgements: Judgements;
  /** The paper that asks: neither seed nor result. */
  own?: PaperId | undefined;
}

/** What is given: so many likes of one interest, dislikes as well, or likes of two interests. */
interface Case {
  name: string;
  likes: number;
  dislikes: number;
  interests: 1 | 2;
}

const one = (likes: number): Case => ({ name: `${likes}`, likes, dislikes: 0, interests: 1 });
const disliking = (likes: number, dislikes: number): Case => ({ name: `${likes} − ${dislikes}`, likes, dislikes, interests: 1 });
const two = (likes: number): Case => ({ name: `${likes} + ${likes}`, likes, dislikes: 0, interests: 2 });

const CASES: readonly Case[] = [one(1), one(2), one(3), one(5), disliking(1, 3), disliking(3, 3), two(1), two(2), two(3)];

/** Cases that are read together. */
export const CASE_GROUPS: Readonly<Record<string, readonly string[]>> = {
  'one like': [one(1).name],
  'likes of one interest': [one(2), one(3), one(5)].map(({ name }) => name),
  'dislikes too': [disliking(1, 3), disliking(3, 3)].map(({ name }) => name),
  'likes of two interests': [two(1), two(2), two(3)].map(({ name }) => name),
};

export interface SeedTask {
  case: string;
  /** The interest that it is drawn from; tasks of one are no independent observations. */
  interest: string;
  likes: PaperId[];
  dislikes: PaperId[];
  /** Neither seed nor result. */
  own: PaperId[];
  /** Of what is not given. */
  judgements: Judgements;
}

export interface DrawOptions {
  /** Of the set; what is drawn depends on it and on the seed alone. */
  name: string;
  seed: number;
  /** Times that each interest is split, each time by chance. */
  draws: number;
}

/** Every case of every interest that has papers enough: one more than are given, of either interest where there are two. */
export function drawTasks(interests: readonly Interest[], { name, seed, draws }: DrawOptions): SeedTask[] {
  const tasks: SeedTask[] = [];
  for (const interest of interests) {
    for (let draw = 0; draw < draws; draw++) {
      const random = namedRandom(seed, `${name} ${interest.id} ${draw}`);
      const relevant = shuffle(graded(interest, true), random);
      const irrelevant = shuffle(graded(interest, false), random);
      const other = another(interest, interests, random);
      for (const of of CASES) {
        const task = of.interests === 1 ? single(interest, of, relevant, irrelevant) : mixed(interest, other, of, random);
        if (task !== undefined) tasks.push(task);
      }
    }
  }
  return tasks;
}

function single(
  { id, own, judgements }: Interest,
  of: Case,
  relevant: readonly PaperId[],
  irrelevant: readonly PaperId[],
): SeedTask | undefined {
  if (relevant.length <= of.likes || irrelevant.length < of.dislikes) return undefined;
  const [likes, dislikes] = [relevant.slice(0, of.likes), irrelevant.slice(0, of.dislikes)];
  return {
    case: of.name,
    interest: id,
    likes,
    dislikes,
    own: own === undefined ? [] : [own],
    judgements: without(judgements, [...likes, ...dislikes]),
  };
}

/** What is relevant to both interests is found, never given. */
function mixed(a: Interest, b: Interest | undefined, of: Case, random: Random): SeedTask | undefined {
  if (b === undefined) return undefined;
  const only = (interest: Interest, other: Interest) =>
    shuffle(graded(interest, true), random).filter((id) => id !== other.own && (other.judgements.get(id) ?? 0) === 0);
  const [ofA, ofB] = [only(a, b), only(b, a)];
  if (ofA.length <= of.likes || ofB.length <= of.likes) return undefined;
  const likes = [...ofA.slice(0, of.likes), ...ofB.slice(0, of.likes)];
  const both = new Map(a.judgements);
  for (const [id, grade] of b.judgements) both.set(id, Math.max(grade, both.get(id) ?? 0));
  const own = [a, b].flatMap((interest) => interest.own ?? []);
  return { case: of.name, interest: a.id, likes, dislikes: [], own, judgements: without(both, [...likes, ...own]) };
}

/** Another interest, of another paper where papers ask. */
function another(interest: Interest, all: readonly Interest[], random: Random): Interest | undefined {
  const others = all.filter(({ id, own }) => id !== interest.id && (own === undefined || own !== interest.own));
  return others[randomInt(random, others.length)];
}

function graded({ judgements, own }: Interest, relevant: boolean): PaperId[] {
  return [...judgements].flatMap(([id, grade]) => (grade > 0 === relevant && id !== own ? [id] : []));
}

function without(judgements: Judgements, ids: readonly PaperId[]): Judgements {
  const left = new Map(judgements);
  for (const id of ids) left.delete(id);
  return left;
}
