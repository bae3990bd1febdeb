// Asks a real service over the seed corpus whatever its own OpenAPI document allows, and what it does not, by schemathesis; prints
// what was answered, route by route, and ends with 1 where an answer was not as documented. `-- --examples N` is how many requests
// are made of each route in each way, about; `--brief` leaves out every limit of every parameter, and chains of requests. Its Python
// environment is made in index/fuzz/venv.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pythonEnvironment } from './python-environment.mjs';
import { startTemporaryService } from './temporary-service.mjs';
import { printRows } from './text-table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const fuzz = `${root}test/fuzz`;

const { values } = parseArgs({
  options: {
    examples: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    brief: { type: 'boolean', default: false },
  },
});
for (const name of ['examples', 'seed']) {
  if (/^\d{1,7}$/.test(values[name])) continue;
  console.error(`paperkin: --${name} must be a whole number`);
  process.exit(2);
}

const python = pythonEnvironment(`${root}index/fuzz/venv`, [`${fuzz}/requirements.txt`], 'about 60 MB');
// Nothing of what is made up for a job may leave the machine.
const { url, stop } = await startTemporaryService({ LOG_LEVEL: 'error', HUB_URL: 'http://127.0.0.1:9', REQUEST_TIMEOUT_MS: '0' });
const scratch = mkdtempSync(join(tmpdir(), 'paperkin-fuzz-'));
try {
  // What makes up requests is slower than what answers them, and runs on one core.
  const fuzzers = values.brief ? 1 : availableParallelism();
  const statuses = await Promise.all(Array.from({ length: fuzzers }, (_, i) => runFuzzer(Number(values.seed) + i, i === 0)));
  // Null of one that was killed.
  const isFine = statuses.every((status) => status === 0);
  const routes = await answeredByRoute();
  printRows([['method', 'route', 'requests', '2xx', '3xx', '4xx', '5xx'], ...routes.map(rowOf)]);
  const count = routes.reduce((sum, { requests }) => sum + requests, 0);
  console.log(`\n${count} requests, ${isFine ? 'all answered as documented' : 'not all answered as documented: see above'}`);
  process.exitCode = isFine ? 0 : 1;
} finally {
  await stop();
  rmSync(scratch, { recursive: true });
}

/** @param isFirst whether it also tries what is no matter of chance. */
function runFuzzer(seed, isFirst) {
  const { examples, brief } = values;
  const phases = brief ? 'examples,fuzzing' : isFirst ? 'examples,coverage,fuzzing,stateful' : 'fuzzing,stateful';
  const args = [
    ...['-m', 'schemathesis.cli', '--no-color', '--config-file', `${fuzz}/schemathesis.toml`],
    ...['run', `${url}/openapi.json`, '--checks', 'all', '--workers', '2', '--warnings', 'off', '--phases', phases],
    ...['--max-examples', examples, '--seed', String(seed), '--continue-on-failure'],
    // Two thousand texts in one call take as long as they take.
    ...['--max-response-time', '60', '--request-timeout', '120'],
  ];
  const child = spawn(python, args, { cwd: scratch, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}

/** From the service's own metrics: what it was really asked. */
async function answeredByRoute() {
  const text = await (await fetch(`${url}/metrics`)).text();
  const routes = new Map();
  for (const [, labels, count] of text.matchAll(/^paperkin_http_request_duration_seconds_count\{(.*)\} (\d+)$/gm)) {
    const { method, route, status } = Object.fromEntries(
      [...labels.matchAll(/(\w+)="(.*?)"/g)].map(([, name, value]) => [name, value]),
    );
    const served = status === '405' ? { method: 'others', route: '' } : { method, route };
    const key = `${served.method} ${served.route}`;
    const row = routes.get(key) ?? { ...served, requests: 0, byClass: {} };
    row.requests += Number(count);
    row.byClass[status[0]] = (row.byClass[status[0]] ?? 0) + Number(count);
    routes.set(key, row);
  }
  return [...routes.values()].sort((a, b) => a.route.localeCompare(b.route) || a.method.localeCompare(b.method));
}

function rowOf({ method, route, requests, byClass }) {
  return [method, route, String(requests), ...['2', '3', '4', '5'].map((first) => String(byClass[first] ?? 0))];
}
