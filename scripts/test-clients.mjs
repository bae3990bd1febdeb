// Starts a real service over the seed corpus and calls it with the published clients of other services, unmodified; prints
// client x call x ok and ends with 1 where one failed. Their Python environment is made in index/clients/venv.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const clients = `${root}test/clients`;
const venv = `${root}index/clients/venv`;
const stamp = `${venv}/requirements.sha256`;

/** Beside the seed corpus: papers with ids of every kind. */
const PAPERS = [
  {
    id: 'arxiv:2106.15928',
    title: 'Beaver dams hold back floods',
    abstract: 'Beavers fell trees to dam streams, and the water waits behind them.',
    authors: ['Ada Dam', 'Bo River'],
    publishedAt: '2021-06-30',
    categories: ['q-bio.PE'],
    venue: 'Journal of Rodents',
  },
  { id: 's2:215416146', title: 'Beavers known by a number', abstract: 'Counted at night.' },
  { id: 'own/with/slashes', title: 'A beaver of our own', abstract: 'It dams a stream and has an id with slashes.' },
];

const requirements = `${clients}/requirements.txt`;
const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.error(`paperkin: making ${venv} (about 150 MB)`);
  rmSync(venv, { recursive: true, force: true });
  run(process.env['PYTHON'] ?? 'python3', ['-m', 'venv', venv]);
  run(`${venv}/bin/python`, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(stamp, wanted);
}

const dataDir = mkdtempSync(join(tmpdir(), 'paperkin-clients-'));
const env = { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn' };
const service = spawn(process.execPath, [`${root}dist/cli/main.js`, 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
try {
  const url = await addressOf(service);
  const stored = await fetch(`${url}/v1/papers?wait=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(PAPERS),
  });
  if (!stored.ok) throw new Error(`the papers could not be written: ${await stored.text()}`);
  const rows = [
    ...(await rowsOf(`${venv}/bin/python`, ['-W', 'ignore', `${clients}/calls.py`, url])),
    ...(await rowsOf(process.execPath, [`${clients}/calls.mjs`, url])),
  ];
  print(rows);
  const failed = rows.filter(({ ok }) => !ok).length;
  console.log(`\n${rows.length - failed} of ${rows.length} calls ok`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  service.kill();
  await new Promise((resolve) => service.once('exit', resolve));
  rmSync(dataDir, { recursive: true });
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] });
  if (error !== undefined) console.error(`paperkin: ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Where it serves, as it says itself. */
function addressOf(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${said}`)));
    child.stderr.on('data', (chunk) => {
      said += chunk;
      const [, url] = /serving \d+ papers on (http:\S+),/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}

/** A program that ends before its last call has failed as a whole. */
function rowsOf(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 2] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const rows = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
      if (code !== 0 || rows.length === 0)
        rows.push({ client: command, call: args.join(' '), ok: false, detail: `ended with ${code}` });
      resolve(rows);
    });
  });
}

function print(rows) {
  const lines = rows.map(({ client, call, ok, detail }) => [
    client,
    call,
    ok ? 'ok' : 'FAILED',
    String(detail).replace(/\s+/g, ' '),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) console.log(line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}
