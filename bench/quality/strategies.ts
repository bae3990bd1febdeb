/** How to rank by several seeds: strategies compared on requests that are made of judgements, and of the saved pages. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { listEvalSets, readEvalSet } from '#dist/evaluation/eval-set.js';
import type { PaperId } from '#dist/paper.js';
import { count, parseBenchArgs, seedOption } from '../lib/args.ts';
import { cachedVectors } from '../lib/cached-vectors.ts';
import { DEFAULT_MODEL, modelDirOf } from '../lib/model.ts';
import { readSeedPages, readSeedPapers } from '../lib/papers.ts';
import { say } from '../lib/progress.ts';
import { namedRandom, sample } from '../lib/random.ts';
import { writeResult } from '../lib/results.ts';
import { printTable } from '../lib/table.ts';
import { intervalAt, showDifference, showInterval } from './measures.ts';
import { modelRows, openModel } from './models.ts';
import { writeStrategiesReport } from './report/write-report.ts';
import { type CaseScores, caseRows, groupRows, scoreTasks } from './strategies/compare.ts';
import { openStrategies } from './strategies/strategies.ts';
import { drawTasks, type Interest, type SeedTask } from './strategies/tasks.ts';
import { corpusVectors } from './systems.ts';

/** Sets in which several papers are relevant to a query. */
const SETS = ['cacm-citations', 'cacm-withabs', 'csfcube-anyfacet-dev', 'csfcube-dev', 'scifact-dev'];
const PAGES = 'saved pages';

const options = parseBenchArgs(
  'nDCG@10 of the ways to rank by several liked and disliked papers.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    evals: z.string().default('../shared/data/evals').describe('folder of evaluation folders; seen from the package'),
    cache: z.string().optional().describe('folder of the cached vectors instead of index/bench'),
    interests: count(200, 'interests of a set at most, drawn by chance'),
    tasks: count(50, 'tasks of a set and case to aim at: its interests are split several times where they are few'),
    resamples: count(1_000, 'bootstrap resamples'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/strategies.json; the report is then not written'),
  }),
);
const { seed, resamples, cache } = options;
const model = await openModel('ours', await modelDirOf(options.model));
const { embedder } = model;

interface TaskSet {
  name: string;
  vectors: ReadonlyMap<PaperId, Float32Array>;
  tasks: SeedTask[];
}

async function evalTasks(name: string): Promise<TaskSet> {
  const set = await readEvalSet(join(resolve(PACKAGE_ROOT, options.evals), name));
  const vectors = await corpusVectors(set.corpus, embedder, cache);
  const interests = set.queries.map((query): Interest => {
    const judgements = new Map([...query.judgements].filter(([id]) => vectors.has(id)));
    return { id: query.id, judgements, own: 'paper' in query ? query.paper.id : undefined };
  });
  const several = interests.filter(({ judgements }) => [...judgements.values()].filter((grade) => grade > 0).length > 1);
  const chosen = sample(several, options.interests, namedRandom(seed, name));
  return { name, vectors, tasks: drawTasks(chosen, { name, seed, draws: Math.ceil(options.tasks / chosen.length) }) };
}

/** There are five pages, so every draw counts by itself. */
async function pageTasks(): Promise<TaskSet> {
  const papers = await readSeedPapers();
  const vectors = await cachedVectors('quality-seeds', papers, { embedder, dir: cache });
  const pages = new Map<string, Map<PaperId, number>>();
  for (const [id, shown] of await readSeedPages()) {
    for (const page of shown) pages.set(page, (pages.get(page) ?? new Map<PaperId, number>()).set(id, 1));
  }
  const interests = [...pages].map(([id, judgements]): Interest => ({ id, judgements }));
  const draws = Math.ceil(options.tasks / interests.length);
  const tasks = drawTasks(interests, { name: PAGES, seed, draws }).map((task, i) => ({
    ...task,
    interest: `${task.interest} ${i}`,
  }));
  return { name: PAGES, vectors, tasks };
}

async function scoresOf({ name, vectors, tasks }: TaskSet): Promise<CaseScores[]> {
  say(`${name}: ${vectors.size} papers, ${tasks.length} requests`);
  return scoreTasks(name, tasks, await openStrategies(vectors, embedder.model.dim, seed), { resamples, seed });
}

try {
  const there = await listEvalSets(resolve(PACKAGE_ROOT, options.evals));
  const scores: CaseScores[] = [];
  for (const name of SETS) {
    if (there.includes(name)) scores.push(...(await scoresOf(await evalTasks(name))));
    else say(`SKIPPED: ${name} is not in ${options.evals} (--evals names another folder)`);
  }
  scores.push(...(await scoresOf(await pageTasks())));
  const groups = groupRows(scores);
  const printed = groups.map((row) => {
    const [value, difference] = [intervalAt(row, 'nDCG@10'), intervalAt(row, 'difference')];
    return {
      group: row['group'] ?? null,
      strategy: row['strategy'] ?? null,
      'nDCG@10': value === undefined ? null : showInterval(value),
      difference: difference === undefined ? null : showDifference(difference),
    };
  });
  printTable('Strategies', printed);
  const parameters = { ...options, sets: [...SETS, PAGES] };
  const notes = [
    'A number after a name is the share of what is disliked; "soft t" is the log-sum-exp of the cosines at softness t; "less s corpus" takes s times the product with the mean of the corpus off.',
    'linear: trained for each request on the likes against the dislikes and 100 papers of the corpus drawn by chance. As served: the code of the service, candidates from exact search.',
    'Cases: 3 likes; 3 − 3: three likes and three dislikes, judged and not relevant; 2 + 2: two likes of one interest, two of another. What is given, and the paper that asks, is no result; what is not judged is not relevant.',
    `Intervals are bootstrap 95 % over interests, ${resamples} resamples; differences are paired, a star where 0 is outside. A case of a set with fewer than ten interests is left out; over several, every set and case counts the same.`,
    'The saved pages are five: their intervals are over draws, and say less than they seem to.',
  ];
  await writeResult(
    'strategies',
    { seed, parameters, tables: { models: modelRows([model]), groups, cases: caseRows(scores) }, notes },
    options.out,
  );
  if (options.out === undefined) await writeStrategiesReport();
} finally {
  await embedder.close();
}
