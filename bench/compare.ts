/** The quick set of the speed benches on two revisions, in turn, and the ratios: what a change does to speed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { PACKAGE_ROOT } from '#dist/config.js';
import { count, parseBenchArgs, seedOption } from './lib/args.ts';
import { endProgress, say, showProgress } from './lib/progress.ts';
import { mulberry32, shuffle } from './lib/random.ts';
import { median, percentile, round } from './lib/stats.ts';
import { printTable, type Row } from './lib/table.ts';

const options = parseBenchArgs(
  'The quick set of benches of this folder against another revision of it, in one run.',
  z.object({
    compare: z.string().default('main').describe('the other revision, as git knows it'),
    rounds: count(3, 'rounds; the order of the two is drawn anew in each'),
    only: z.enum(['embed', 'http', 'lookup']).optional().describe('one bench instead of all'),
    seed: seedOption,
  }),
);

/** Benches that are quick with these options, the table that counts, and what it counts: more is better. */
const QUICK = [
  {
    bench: 'embed',
    table: 'throughput',
    label: ['contender'],
    figure: 'texts/s',
    args: ['--texts', '60', '--queries', '20', '--rounds', '1'],
  },
  {
    bench: 'lookup',
    table: 'search',
    label: ['index', 'efSearch'],
    figure: 'queries/s',
    // Beside this folder alone: the other revision lies elsewhere.
    args: ['--papers', '2000', '--rounds', '1', '--data', join(PACKAGE_ROOT, '../shared/data/papers-0.jsonl.gz')],
  },
  {
    bench: 'http',
    table: 'requests',
    label: ['target', 'connections'],
    figure: 'req/s',
    args: ['--papers', '400', '--duration', '1', '--rounds', '1'],
  },
].filter(({ bench }) => options.only === undefined || bench === options.only);

const resultSchema = z.object({ tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))) });

const git = (...args: string[]) => execFileSync('git', args, { cwd: PACKAGE_ROOT, encoding: 'utf8' }).trim();

const folder = await mkdtemp(join(tmpdir(), 'paperkin-compare-'));
const other = join(folder, 'other');
try {
  git('worktree', 'add', '--quiet', '--detach', other, options.compare);
  prepare(other);
  execFileSync('npm', ['run', '-s', 'build:bench'], { cwd: PACKAGE_ROOT, stdio: 'inherit' });
  const trees = [
    { name: 'here', root: PACKAGE_ROOT },
    { name: 'there', root: other },
  ];
  const figures = new Map<string, { here: number[]; there: number[] }>();
  const random = mulberry32(options.seed);
  for (let i = 0; i < options.rounds; i++) {
    for (const quick of QUICK) {
      for (const { name, root } of shuffle(trees, random)) {
        showProgress(`round ${i + 1} of ${options.rounds}: ${quick.bench} ${name}`);
        for (const [label, figure] of await measured(root, quick)) {
          const both = figures.get(label) ?? { here: [], there: [] };
          both[name === 'here' ? 'here' : 'there'].push(figure);
          figures.set(label, both);
        }
      }
    }
  }
  endProgress();
  printTable(
    `This folder against ${options.compare} (${git('rev-parse', '--short', options.compare)})`,
    [...figures].flatMap(rowOf),
  );
} finally {
  git('worktree', 'remove', '--force', other);
  await rm(folder, { recursive: true, force: true });
}

/** The packages of this folder where both ask for the same, else its own. */
function prepare(root: string): void {
  const lock = (of: string) => readFileSync(join(of, 'package-lock.json'), 'utf8');
  if (lock(root) === lock(PACKAGE_ROOT)) symlinkSync(join(PACKAGE_ROOT, 'node_modules'), join(root, 'node_modules'));
  else execFileSync('npm', ['ci', '--silent'], { cwd: root, stdio: 'inherit' });
  say(`building ${options.compare}`);
  execFileSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'inherit' });
  execFileSync('npm', ['run', '-s', 'build:bench'], { cwd: root, stdio: 'inherit' });
}

async function measured(root: string, { bench, table, label, figure, args }: (typeof QUICK)[number]): Promise<[string, number][]> {
  const script = join(root, `dist/bench/${bench}.js`);
  if (!existsSync(script)) return [];
  const out = join(folder, 'result.json');
  execFileSync(process.execPath, [script, ...args, '--out', out], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const { tables } = resultSchema.parse(JSON.parse(await readFile(out, 'utf8')));
  return (tables[table] ?? []).flatMap((row) => {
    const value = row[figure];
    const name = [bench, ...label.map((column) => row[column] ?? '')].join(', ');
    return typeof value === 'number' ? [[name, value] satisfies [string, number]] : [];
  });
}

/** What only one of the two measures is left out. */
function rowOf([what, { here, there }]: [string, { here: number[]; there: number[] }]): Row[] {
  if (here.length === 0 || there.length === 0) return [];
  const ratios = here.map((figure, i) => figure / (there[i] ?? Number.NaN));
  return [
    {
      what,
      'here, a second': round(median(here), 1),
      'there, a second': round(median(there), 1),
      'here ÷ there': round(median(ratios), 2),
      least: round(percentile(ratios, 0), 2),
      greatest: round(percentile(ratios, 100), 2),
    },
  ];
}
