/** From a file of papers to a searchable corpus: ours, as its users start it, against the straightforward Python script. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { count, fail, flag, parseBenchArgs, seedOption } from './lib/args.ts';
import { childCpuSeconds } from './lib/child-cpu.ts';
import { readPapers } from './lib/papers.ts';
import { endProgress, showProgress } from './lib/progress.ts';
import { installPeers, PEER_PYTHON, peerScript } from './lib/python-peer.ts';
import { mulberry32, shuffle } from './lib/random.ts';
import { writeResult } from './lib/results.ts';
import { median, percentile, round } from './lib/stats.ts';
import { printTable, type Row } from './lib/table.ts';

const options = parseBenchArgs(
  'Papers a second from a JSONL file to the first answer of a search, everything included.',
  z.object({
    data: z.string().default('../shared/data/papers-0.jsonl.gz').describe('papers, seen from the package'),
    papers: count(20_000, 'papers imported'),
    rounds: count(2, 'rounds; the order is drawn anew in each'),
    peers: flag('compare with sentence-transformers, hnswlib and SQLite in Python, set up in index/bench at the first run'),
    seed: seedOption,
    out: z.string().optional().describe('result file instead of bench/results/e2e.json'),
  }),
);
const data = resolve(PACKAGE_ROOT, options.data);
if (!existsSync(data)) fail(`there is no ${data}: --data names a file of papers`);

interface Run {
  wallS: number;
  /** Of the process and everything that it started. */
  cpuS: number;
}

const MAIN = join(PACKAGE_ROOT, 'dist/cli/main.js');
const ours = 'Paperkin, `import` and a search';
const script = 'sentence-transformers, hnswlib, SQLite (Python)';

const folder = await mkdtemp(join(tmpdir(), 'paperkin-e2e-'));
try {
  if (options.peers) installPeers();
  const file = join(folder, 'papers.jsonl');
  const papers = await readPapers(data, options.papers);
  await writeFile(file, papers.map((paper) => JSON.stringify(paper)).join('\n'));
  const ways = new Map<string, (to: string) => Promise<void>>([
    [
      ours,
      async (to) => {
        await command(process.execPath, [MAIN, '--data-dir', to, 'import', file], { SEED: 'false' });
        await command(process.execPath, [MAIN, '--data-dir', to, 'search', 'graph neural networks'], { SEED: 'false' });
      },
    ],
  ]);
  if (options.peers) ways.set(script, (to) => command(PEER_PYTHON, [peerScript('e2e_peer.py'), file, to], {}));

  const runs = new Map<string, Run[]>([...ways.keys()].map((way) => [way, []]));
  const random = mulberry32(options.seed);
  for (let i = 0; i < options.rounds; i++) {
    for (const [way, run] of shuffle([...ways], random)) {
      showProgress(`round ${i + 1} of ${options.rounds}: ${way}`);
      const to = join(folder, `${i}-${runs.get(way)?.length}-${way === ours ? 'ours' : 'script'}`);
      await mkdir(to);
      const [start, cpu] = [performance.now(), childCpuSeconds()];
      await run(to);
      runs.get(way)?.push({ wallS: (performance.now() - start) / 1_000, cpuS: childCpuSeconds() - cpu });
      await rm(to, { recursive: true });
    }
  }
  endProgress();
  const rows = [...runs].map(([way, measured]) => rowOf(way, papers.length, measured, runs.get(script) ?? []));
  printTable(`${papers.length} papers, from nothing to the first answer`, rows);
  await writeResult('e2e', { seed: options.seed, parameters: { ...options }, tables: { imports: rows } }, options.out);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function command(program: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  const child = execFile(program, [...args], { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 });
  let said = '';
  child.stderr?.on('data', (text: string) => {
    said += text;
  });
  const [code]: unknown[] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${said.slice(-2_000)}`);
}

function rowOf(way: string, papers: number, runs: readonly Run[], others: readonly Run[]): Row {
  const wall = median(runs.map(({ wallS }) => wallS));
  const ratios = others.map(({ wallS }, i) => wallS / (runs[i]?.wallS ?? Number.NaN));
  return {
    way,
    'wall s': round(wall, 1),
    'papers/s': round(papers / wall, 1),
    'CPU-s': round(median(runs.map(({ cpuS }) => cpuS)), 1),
    'times as fast as the script': ratios.length === 0 ? null : round(median(ratios), 2),
    least: ratios.length === 0 ? null : round(percentile(ratios, 0), 2),
  };
}
