/** The same vectors in other graphs, in turn with ours: recall@k against queries a second, and what a graph costs to build. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import hnswlib from 'hnswlib-node';
import { z } from 'zod';
import type { PaperId } from '#dist/paper.js';
import type { HnswParameters } from '#dist/vectors/hnsw-index.js';
import type { Neighbour, VectorIndex } from '#dist/vectors/vector-index.js';
import { measure } from '../lib/measure.ts';
import { endProgress, showProgress } from '../lib/progress.ts';
import { installPeers, startPeer } from '../lib/python-peer.ts';
import { type Random, shuffle } from '../lib/random.ts';
import { mean, median, percentile, round } from '../lib/stats.ts';
import type { Row } from '../lib/table.ts';
import { recallAtK } from './recall.ts';

/** Answers by place in `ids`, and the milliseconds of each call. */
interface Searched {
  found: number[][];
  ms: number[];
}

interface Contender {
  label: string;
  /** Null where it was built before. */
  buildS: number | null;
  search(rows: readonly number[], width: number): Promise<Searched>;
  stop(): Promise<void>;
}

export interface PeerOptions {
  /** Row-major, ids.length * dim, unit length. */
  vectors: Float32Array;
  ids: readonly PaperId[];
  dim: number;
  parameters: HnswParameters;
  /** Ours, of the same vectors. */
  index: VectorIndex;
  /** Papers asked for, and their true neighbours. */
  queries: readonly PaperId[];
  truth: readonly Neighbour[][];
  k: number;
  widths: readonly number[];
  rounds: number;
  random: Random;
  /** Folder for the vectors. */
  folder: string;
  /** Those in Python too. */
  python: boolean;
}

const PYTHON_WAYS = {
  hnswlib: 'hnswlib, from Python',
  faiss: 'faiss HNSW, from Python',
  'faiss-sq8': 'faiss HNSW of 8-bit vectors, from Python',
  usearch: 'usearch, from Python',
  'usearch-f16': 'usearch of half precision, from Python',
  'usearch-i8': 'usearch of 8-bit vectors, from Python',
} as const;

const builtSchema = z.object({ seconds: z.number() });
const searchedSchema = z.object({ labels: z.array(z.array(z.number())), ms: z.array(z.number()) });

export async function measurePeers(options: PeerOptions): Promise<{ peers: Row[]; atRecall: Row[] }> {
  const { ids, vectors, dim, queries, truth, k, widths, rounds, random } = options;
  const places = new Map(ids.map((id, i) => [id, i]));
  const rows = queries.map((id) => places.get(id) ?? 0);
  const contenders = [ours(options, places), await raw(options), ...(options.python ? await python(options) : [])];
  const runs = new Map<string, Searched[]>();
  const key = (label: string, width: number) => `${label}|${width}`;
  for (const { search } of contenders) await search(rows.slice(0, 50), widths[0] ?? k);
  for (let i = 0; i < rounds; i++) {
    for (const contender of shuffle(contenders, random)) {
      for (const width of widths) {
        showProgress(`round ${i + 1} of ${rounds}: ${contender.label}, efSearch ${width}`);
        const run = await contender.search(rows, width);
        runs.set(key(contender.label, width), [...(runs.get(key(contender.label, width)) ?? []), run]);
      }
    }
  }
  endProgress();
  for (const { stop } of contenders) await stop();

  const score = (a: number, b: number) => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (vectors[a * dim + d] ?? 0) * (vectors[b * dim + d] ?? 0);
    return sum;
  };
  const speedsOf = (label: string, width: number) => (runs.get(key(label, width)) ?? []).map(({ ms }) => 1_000 / mean(ms));
  const measured = contenders.flatMap(({ label, buildS }) =>
    widths.map((width) => {
      const all = runs.get(key(label, width)) ?? [];
      const recalls = (all[0]?.found ?? []).map((labels, i) => {
        const asked = rows[i] ?? 0;
        const found = labels.filter((own) => own !== asked).slice(0, k);
        return recallAtK(
          found.map((own) => ({ id: ids[own] ?? '', score: score(asked, own) })),
          truth[i] ?? [],
        );
      });
      return {
        label,
        buildS,
        width,
        recall: mean(recalls),
        speed: median(speedsOf(label, width)),
        p50: median(all.flatMap(({ ms }) => ms)),
      };
    }),
  );
  const peers = measured.map(({ label, width, recall, speed, p50, buildS }) => ({
    index: label,
    efSearch: width,
    [`recall@${k}`]: round(recall, 4),
    'queries/s': Math.round(speed),
    'p50 ms': round(p50, 3),
    'build s': buildS === null ? null : round(buildS, 1),
  }));
  return { peers, atRecall: atRecall() };

  /** The smallest width that finds enough, and its speed against the library as npm builds it. */
  function atRecall(): Row[] {
    const enough = contenders.map(({ label }) => measured.find((one) => one.label === label && one.recall >= ENOUGH));
    const yardstick = enough[1];
    return contenders.map(({ label }, i) => {
      const one = enough[i];
      const ratios =
        one === undefined || yardstick === undefined
          ? []
          : speedsOf(label, one.width).map((speed, r) => speed / (speedsOf(yardstick.label, yardstick.width)[r] ?? Number.NaN));
      return {
        index: label,
        efSearch: one?.width ?? null,
        [`recall@${k}`]: one === undefined ? null : round(one.recall, 4),
        'queries/s': one === undefined ? null : Math.round(one.speed),
        'to raw hnswlib-node': ratios.length === 0 ? null : round(median(ratios), 2),
        least: ratios.length === 0 ? null : round(percentile(ratios, 0), 2),
        greatest: ratios.length === 0 ? null : round(percentile(ratios, 100), 2),
      };
    });
  }
}

const ENOUGH = 0.99;

function ours({ index, ids, k }: PeerOptions, places: ReadonlyMap<PaperId, number>): Contender {
  return {
    label: 'ours, through the adapter',
    buildS: null,
    async search(rows, width) {
      const run: Searched = { found: [], ms: [] };
      for (const row of rows) {
        const start = performance.now();
        const [found = []] = await index.search([ids[row] ?? ''], { k, efSearch: width });
        run.ms.push(performance.now() - start);
        run.found.push(found.map(({ id }) => places.get(id) ?? -1));
      }
      return run;
    },
    stop: async () => undefined,
  };
}

/** The library as npm builds it, its numbers ready as it takes them. */
async function raw({ vectors, ids, dim, parameters, k }: PeerOptions): Promise<Contender> {
  const graph = new hnswlib.HierarchicalNSW('ip', dim);
  graph.initIndex({ maxElements: ids.length, m: parameters.M, efConstruction: parameters.efConstruction });
  const { wallS } = await measure(async () => {
    for (let i = 0; i < ids.length; i++) graph.addPoint(Array.from(vectors.subarray(i * dim, (i + 1) * dim)), i);
  });
  return {
    label: 'raw hnswlib-node',
    buildS: wallS,
    async search(rows, width) {
      graph.setEf(width);
      const points = rows.map((row) => Array.from(vectors.subarray(row * dim, (row + 1) * dim)));
      const run: Searched = { found: [], ms: [] };
      for (const point of points) {
        const start = performance.now();
        const { neighbors } = graph.searchKnn(point, k + 1);
        run.ms.push(performance.now() - start);
        run.found.push(neighbors);
      }
      return run;
    },
    stop: async () => undefined,
  };
}

async function python({ vectors, dim, parameters, k, folder }: PeerOptions): Promise<Contender[]> {
  installPeers();
  const file = join(folder, 'vectors.f32');
  await writeFile(file, vectors);
  const contenders: Contender[] = [];
  for (const [kind, label] of Object.entries(PYTHON_WAYS)) {
    showProgress(`building ${label}`);
    const { ask, stop } = startPeer('lookup_peer.py', [kind, file, ...[dim, parameters.M, parameters.efConstruction].map(String)]);
    const { seconds } = builtSchema.parse(await ask({ do: 'build' }));
    contenders.push({
      label,
      buildS: seconds,
      async search(rows, width) {
        const { labels, ms } = searchedSchema.parse(await ask({ do: 'search', rows, width, k }));
        return { found: labels, ms };
      },
      stop,
    });
  }
  return contenders;
}
