/** Speed of embedding: ours in one process and pooled, MiniLM the same way and in its other runtimes, bare runs of the graph. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { paperText, readModel } from '#dist/embed/manifest.js';
import type { ContenderKind, RunOptions } from './embed/contender.ts';
import { type PythonKind, startPython } from './embed/python-contender.ts';
import { type RunningContender, startContender } from './embed/start-contender.ts';
import { count, flag, parseBenchArgs, seedOption } from './lib/args.ts';
import { type Measured, measure } from './lib/measure.ts';
import { DEFAULT_MODEL, missingModel, modelDirOf, PEER_MODEL, shownPath } from './lib/model.ts';
import { readSeedPapers } from './lib/papers.ts';
import { endProgress, say, showProgress } from './lib/progress.ts';
import { installPeers } from './lib/python-peer.ts';
import { mulberry32, type Random, sample, shuffle } from './lib/random.ts';
import { writeResult } from './lib/results.ts';
import { mean, median, percentile, round } from './lib/stats.ts';
import { printTable, type Row } from './lib/table.ts';

const options = parseBenchArgs(
  'Texts a second of every way to embed, latency of a query while idle and while a batch runs.',
  z.object({
    model: z.string().default(DEFAULT_MODEL).describe('name or folder of the model'),
    peer: z.string().default(PEER_MODEL).describe('folder of all-MiniLM-L6-v2 in int8, which ours is compared with'),
    peers: flag('compare with MiniLM in the runtimes of others too; they are set up in index/bench at the first run, some 6 GB'),
    texts: count(409, 'seed papers embedded in a round, title and abstract'),
    rounds: count(5, 'rounds; the order of the contenders is drawn anew in each'),
    queries: count(200, 'titles asked as queries'),
    warmup: count(32, 'texts embedded by each contender before the first round'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/embed.json'),
  }),
);

interface Entry {
  label: string;
  process: RunningContender;
  run: Omit<RunOptions, 'limit'>;
  measured: Measured[];
  /** Another model's tokens are not ours: they are not counted. */
  ownTokens: boolean;
}

/** The same way to embed with both models; they run one after the other in every round. */
interface Pair {
  label: string;
  ours: Entry;
  peer: Entry;
}

const CORES = availableParallelism();
/** As many texts share a batch in the comparison of vectors. */
const COMPARED_BATCH = 8;
/** Texts that NNCF is shown before it quantises. */
const CALIBRATED = 100;

const modelDir = await modelDirOf(options.model);
const random = mulberry32(options.seed);
const model = await readModel(modelDir);
const papers = sample(await readSeedPapers(), options.texts, random);
const texts = papers.map((paper) => paperText(model, paper));
const queries = sample(papers, options.queries, random).map(({ title }) => title);
say(`${texts.length} texts, ${options.rounds} rounds, model ${model.name}`);

const start = (kind: ContenderKind, processes = 1, dir = modelDir) => startContender(kind, dir, { processes, texts });
const session = await start('session');
const poolOfOne = await start('pool', 1);
const poolOfAll = await start('pool', CORES);
const pipeline = await start('pipeline');
const raw = await start('raw');
const peers = await startPeers();
const others = options.peers ? await startOthers() : [];
const running = [
  session,
  poolOfOne,
  poolOfAll,
  pipeline,
  raw,
  ...Object.values(peers ?? {}),
  ...others.map(({ process }) => process),
];

const entry = (label: string, process: RunningContender, batch = 1, sorted = false): Entry => ({
  label,
  process,
  run: { batch, sorted },
  measured: [],
  ownTokens: true,
});
const oneThread = entry('SessionEmbedder, one text a run', session);
const allProcesses = entry(`PooledEmbedder, ${CORES} processes`, poolOfAll);
const pairs: Pair[] =
  peers === undefined
    ? []
    : [
        pair('one thread', oneThread, peers.session),
        pair(CORES === 1 ? 'one process' : `${CORES} processes`, allProcesses, peers.pool),
      ];
const entries: Entry[] = [
  oneThread,
  entry('PooledEmbedder, 1 process', poolOfOne),
  allProcesses,
  ...pairs.map(({ peer }) => peer),
  entry('transformers.js pipeline, batch 1', pipeline, 1),
  entry('transformers.js pipeline, batch 8', pipeline, 8),
  entry('graph alone, 1 thread, batch 1', raw, 1),
  entry('graph alone, 1 thread, batch 8', raw, 8),
  entry('graph alone, 1 thread, batch 32', raw, 32),
  entry('graph alone, 1 thread, batch 8, sorted by length', raw, 8, true),
  entry('graph alone, 1 thread, batch 32, sorted by length', raw, 32, true),
];
const otherEntries = others.flatMap(({ label, process, batches }) =>
  batches.map((batch) => ({ ...entry(`MiniLM, ${label}, batch ${batch}`, process, batch, batch > 1), ownTokens: false })),
);
entries.push(...otherEntries);

try {
  const tokens = await raw.contender.tokenCounts();
  await runRounds(random);
  const throughput = throughputRows(tokens.reduce((sum, tokenCount) => sum + tokenCount, 0));
  const [first, last] = [poolOfOne, poolOfAll];
  const latency = [
    await latencyRow('PooledEmbedder, 1 process, idle', first, false),
    await latencyRow('PooledEmbedder, 1 process, batch lane full', first, true),
    await latencyRow(`PooledEmbedder, ${CORES} processes, idle`, last, false),
    await latencyRow(`PooledEmbedder, ${CORES} processes, batch lane full`, last, true),
    await latencyRow('transformers.js pipeline, idle', pipeline, false),
  ];
  const cosines = await raw.contender.batchCosines(COMPARED_BATCH);
  const neighbours: Row[] = [
    {
      texts: cosines.length,
      batch: COMPARED_BATCH,
      'mean cosine': round(mean(cosines), 6),
      'least cosine': round(percentile(cosines, 0), 6),
    },
  ];
  const lengths: Row[] = [
    {
      texts: texts.length,
      'mean tokens': round(mean(tokens), 1),
      'p95 tokens': percentile(tokens, 95),
      'longest tokens': percentile(tokens, 100),
    },
  ];
  printTable('Length of the texts, as the model reads them', lengths);
  printTable('Throughput, medians over the rounds', throughput);
  const ratios = pairs.map(ratioRow);
  if (ratios.length > 0) printTable('Papers a second, ours ÷ MiniLM, by round', ratios);
  const compared = otherEntries.map((other) => comparedRow(other, pairs.at(-1)?.peer));
  if (compared.length > 0) printTable('Texts a second on the whole machine, by round', compared);
  printTable('Latency of one query (a title), milliseconds', latency);
  printTable('A vector embedded alone against the same text in a padded batch', neighbours);
  await writeResult(
    'embed',
    {
      seed: options.seed,
      parameters: { ...options, model: model.name, peer: peers === undefined ? null : shownPath(options.peer), cores: CORES },
      tables: { lengths, throughput, ratios, compared, latency, neighbours },
      notes: [
        'Each contender has its own process; CPU time is of that process and its children. "vs session" is texts/s against SessionEmbedder.',
        'A ratio is of two runs that follow each other, in an order drawn anew in each round: what disturbs the machine hits both.',
        'The pipeline runs with its own thread settings; "graph alone" has no tokenizer in its time.',
      ],
    },
    options.out,
  );
} finally {
  await Promise.all(running.map((contender) => contender.stop()));
}

/** MiniLM in the same runtime, on the same texts; undefined where its folder is not there. */
async function startPeers(): Promise<{ session: RunningContender; pool: RunningContender } | undefined> {
  const dir = resolve(options.peer);
  if (existsSync(join(dir, 'manifest.json'))) {
    return { session: await start('session', 1, dir), pool: await start('pool', CORES, dir) };
  }
  say(missingModel('MiniLM', dir));
  return undefined;
}

interface Other {
  label: string;
  process: RunningContender;
  /** Texts at once. Several texts at once are of one length, so that hardly anything is padded. */
  batches: number[];
}

/** MiniLM in the runtimes of others, each with every core. */
async function startOthers(): Promise<Other[]> {
  installPeers();
  const int8 = resolve(options.peer);
  const folder = await mkdtemp(join(tmpdir(), 'paperkin-embed-'));
  try {
    const calibration = join(folder, 'calibration.json');
    // Other papers than those that are measured with.
    const measured = new Set(papers);
    const rest = (await readSeedPapers()).filter((paper) => !measured.has(paper));
    const shown = (rest.length >= CALIBRATED ? rest : await readSeedPapers()).slice(0, CALIBRATED);
    await writeFile(calibration, JSON.stringify(shown.map((paper) => `${paper.title}. ${paper.abstract}`)));
    const python = (kind: PythonKind) => startPython(kind, int8, { threads: CORES, texts, calibration });
    return [
      {
        label: 'transformers.js 2.17 as its README uses it, fp32',
        process: await start('pipeline-fp32', 1, `${int8}-fp32`),
        batches: [1],
      },
      { label: 'transformers.js 2.17, int8', process: await start('pipeline', 1, int8), batches: [1, 8] },
      { label: 'transformers.js 4, int8', process: await start('successor', 1, int8), batches: [1, 8] },
      { label: 'sentence-transformers, torch fp32', process: await python('torch-fp32'), batches: [32] },
      { label: 'sentence-transformers, torch bf16', process: await python('torch-bf16'), batches: [8, 32] },
      { label: 'ONNX Runtime in Python, int8', process: await python('onnxruntime'), batches: [1, 8] },
      { label: 'OpenVINO, bf16', process: await python('openvino-bf16'), batches: [1, 8] },
      { label: 'OpenVINO, int8 by NNCF', process: await python('openvino-int8'), batches: [1, 8] },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function comparedRow(other: Entry, minilm: Entry | undefined): Row {
  const against = (own: Entry | undefined) =>
    (own?.measured ?? []).map(({ wallS }, i) => (other.measured[i]?.wallS ?? Number.NaN) / wallS);
  const [ours, same] = [against(allProcesses), against(minilm)];
  return {
    peer: other.label,
    'ours ÷ peer': round(median(ours), 2),
    least: round(percentile(ours, 0), 2),
    greatest: round(percentile(ours, 100), 2),
    'MiniLM in ours ÷ peer': same.length === 0 ? null : round(median(same), 2),
  };
}

function pair(label: string, ours: Entry, process: RunningContender): Pair {
  return { label, ours, peer: { ...entry(`MiniLM, ${ours.label}`, process), ownTokens: false } };
}

/** What runs in one round, in order: pairs stay together. */
function order(random: Random): Entry[] {
  const paired = pairs.map(({ ours, peer }) => [ours, peer]);
  const alone = entries.filter((own) => !paired.some((both) => both.includes(own))).map((own) => [own]);
  return shuffle([...paired, ...alone], random).flatMap((together) => shuffle(together, random));
}

async function runRounds(random: Random): Promise<void> {
  for (const { process, run } of entries) await process.contender.run({ ...run, limit: options.warmup });
  for (let i = 0; i < options.rounds; i++) {
    for (const { label, process, run, measured } of order(random)) {
      showProgress(`round ${i + 1} of ${options.rounds}: ${label}`);
      measured.push(await measure(() => process.contender.run({ ...run, limit: texts.length }), process.pid));
    }
  }
  endProgress();
}

function throughputRows(tokens: number): Row[] {
  const speedOf = ({ measured }: Entry) => texts.length / median(measured.map(({ wallS }) => wallS));
  const [base] = entries;
  return entries.map((contender) => {
    const speed = speedOf(contender);
    const cpu = contender.measured.flatMap(({ cpuS }) => (cpuS === null ? [] : [cpuS]));
    return {
      contender: contender.label,
      'texts/s': round(speed, 1),
      'tokens/s': contender.ownTokens ? Math.round((speed * tokens) / texts.length) : null,
      'CPU-s per 1000 texts': cpu.length === 0 ? null : round((median(cpu) / texts.length) * 1_000, 2),
      'vs session': base === undefined ? null : round(speed / speedOf(base), 2),
    };
  });
}

function ratioRow({ label, ours, peer }: Pair): Row {
  const ratios = ours.measured.map(({ wallS }, i) => (peer.measured[i]?.wallS ?? Number.NaN) / wallS);
  return {
    with: label,
    rounds: ratios.length,
    median: round(median(ratios), 2),
    least: round(percentile(ratios, 0), 2),
    greatest: round(percentile(ratios, 100), 2),
  };
}

async function latencyRow(label: string, { contender }: RunningContender, busy: boolean): Promise<Row> {
  showProgress(label);
  await contender.queryLatencies(queries.slice(0, options.warmup), { busy: false });
  const times = await contender.queryLatencies(queries, { busy });
  endProgress();
  return {
    state: label,
    queries: times.length,
    p50: round(median(times), 2),
    p95: round(percentile(times, 95), 2),
    longest: round(percentile(times, 100), 2),
  };
}
