/** Where MiniLM is better: the free-text queries on which our model loses most, for the model card. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { type EvalSet, listEvalSets, readEvalSet } from '#dist/evaluation/eval-set.js';
import type { PaperId } from '#dist/paper.js';
import { count, fail, parseBenchArgs } from '../lib/args.ts';
import { DEFAULT_MODEL, modelDirOf, PEER_MODEL } from '../lib/model.ts';
import { printTable, type Row } from '../lib/table.ts';
import { openModel } from './models.ts';
import { DEPTH, openRankers } from './systems.ts';

/** At most so many of one set, so that no set fills the list. */
const OF_A_SET = 2;

const options = parseBenchArgs(
  'The free-text queries where all-MiniLM-L6-v2 finds the wanted paper and our model finds it last.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of our model'),
    peer: z.string().default(PEER_MODEL).describe('folder of all-MiniLM-L6-v2 in int8'),
    evals: z.string().default('../shared/data/evals').describe('folder of evaluation folders; seen from the package'),
    show: count(5, 'queries shown'),
  }),
);

interface Failure {
  loss: number;
  row: Row;
}

/** Of a ranking, from 1; below all that is ranked where it is not there. */
function rankOfRelevant(ids: readonly PaperId[], { judgements }: EvalSet['queries'][number]): number {
  const at = ids.findIndex((id) => (judgements.get(id) ?? 0) > 0);
  return at === -1 ? DEPTH + 1 : at + 1;
}

async function failuresOf(set: EvalSet): Promise<Failure[]> {
  const titles = new Map(set.corpus.map(({ id, title }) => [id, title]));
  const rankers = await openRankers(set, models);
  const failures: Failure[] = [];
  for (const query of set.queries) {
    if (!('text' in query)) continue;
    const rankings = await rankers.rank(query);
    const [own, peer] = [rankings.get('ours') ?? [], rankings.get('minilm') ?? []];
    const [ownRank, peerRank] = [rankOfRelevant(own, query), rankOfRelevant(peer, query)];
    const wanted = peer[peerRank - 1] ?? '';
    const row = {
      set: set.name,
      query: query.text,
      wanted: titles.get(wanted) ?? null,
      minilm: peerRank,
      ours: ownRank > DEPTH ? `> ${DEPTH}` : ownRank,
      'ours puts first': titles.get(own[0] ?? '') ?? null,
    };
    failures.push({ loss: 1 / peerRank - 1 / ownRank, row });
  }
  await rankers.close();
  return failures.sort((a, b) => b.loss - a.loss).slice(0, OF_A_SET);
}

const peer = resolve(options.peer);
if (!existsSync(peer)) fail(`--peer: there is no model in ${options.peer}; models/train/README.md says how to make it`);
const models = [await openModel('minilm', peer), await openModel('ours', await modelDirOf(options.model))];
try {
  const dir = resolve(PACKAGE_ROOT, options.evals);
  const failures: Failure[] = [];
  for (const name of await listEvalSets(dir)) failures.push(...(await failuresOf(await readEvalSet(join(dir, name)))));
  const shown = failures.sort((a, b) => b.loss - a.loss).slice(0, options.show);
  printTable(
    'Rank of the wanted paper',
    shown.map(({ row }) => row),
  );
} finally {
  for (const { embedder } of models) await embedder.close();
}
