// Starts a real service over the seed corpus and calls it with the published clients of other services, unmodified; prints
// client x call x ok and ends with 1 where one failed. Their Python environment is made in index/clients/venv.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pythonEnvironment } from './python-environment.mjs';
import { startTemporaryService } from './temporary-service.mjs';
import { printRows } from './text-table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const clients = `${root}test/clients`;

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

const python = pythonEnvironment(`${root}index/clients/venv`, [`${clients}/requirements.txt`], 'about 150 MB');
const { url, stop } = await startTemporaryService();
try {
  const stored = await fetch(`${url}/v1/papers?wait=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(PAPERS),
  });
  if (!stored.ok) throw new Error(`the papers could not be written: ${await stored.text()}`);
  const rows = [
    ...(await rowsOf(python, ['-W', 'ignore', `${clients}/calls.py`, url])),
    ...(await rowsOf(process.execPath, [`${clients}/calls.mjs`, url])),
  ];
  printRows(rows.map(({ client, call, ok, detail }) => [client, call, ok ? 'ok' : 'FAILED', String(detail).replace(/\s+/g, ' ')]));
  const failed = rows.filter(({ ok }) => !ok).length;
  console.log(`\n${rows.length - failed} of ${rows.length} calls ok`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await stop();
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
