/** The walls between the rooms: who may import whom, read from the sources. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** Rooms that a room may import besides itself and the shared nouns; every file directly under src/ is its own room. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  seeds: [],
  lexical: [],
  papers: ['lexical'],
  embed: [],
  models: ['embed/manifest', 'embed/embed-process-handle'],
  vectors: [],
  evaluation: ['embed/embedder', 'embed/manifest', 'vectors/exact-index'],
  recommend: ['papers/paper-store', 'papers/lexical-query', 'embed/embedder', 'embed/manifest', 'vectors/vector-index'],
  jobs: [
    'seeds',
    'evaluation',
    'papers/paper-store',
    'papers/job-store',
    'papers/content-hash',
    'embed/embedder',
    'embed/manifest',
    'vectors/live-index',
    'vectors/vector-index',
  ],
  backup: ['papers/database-file', 'papers/writer-lock', 'models/model-choice'],
  http: [
    'recommend',
    'jobs',
    'seeds/jsonl',
    'seeds/read-files',
    'papers/paper-store',
    'papers/job-store',
    'embed/embedder',
    'models/model-library',
  ],
  cli: ['http', 'jobs', 'recommend', 'seeds', 'models', 'backup', 'embed/manifest', 'papers/job-store', 'papers/writer-lock'],
};
const NOUNS = [
  'paper',
  'paper-id',
  'paper-filter',
  'text-schema',
  'plain-title',
  'query-text',
  'errors',
  'config',
  'logger',
  'rpc',
  'durable-files',
  'parse-json',
  'recent-cache',
  'fnv',
  'api-keys',
  'tracing',
  'priority',
  'process-memory',
];
const COMPOSITION = ['services', 'describe-services', 'job-host', 'job-process-handle', 'active-model'];

/** Packages that one room alone may load. */
const OWNED: Record<string, string> = {
  'better-sqlite3': 'papers',
  'hnswlib-node': 'vectors',
  'onnxruntime-node': 'embed',
  '@xenova/transformers': 'embed',
  fastify: 'http',
  commander: 'cli',
  '@opentelemetry/api': 'tracing',
};

interface Import {
  file: string;
  target: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/(?:^|\n)(?:import|export)\s[^'";]*?from\s+'([^']+)'/g)].map(
    ([, target = '']) => ({
      file,
      target,
    }),
  ),
);

const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, ''));

it('reads the sources it judges', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(imports.length).toBeGreaterThan(150);
  expect(new Set(files.filter((file) => file.includes('/')).map(roomOf))).toEqual(new Set(Object.keys(MAY_IMPORT)));
});

it('lets every room import only what stands before it', () => {
  const wrong = imports.filter(({ file, target }) => {
    const room = roomOf(file);
    const allowed = MAY_IMPORT[room];
    if (!target.startsWith('.') || allowed === undefined) return false;
    const path = normalize(join(dirname(file), target)).replace(/\.ts$/, '');
    const into = roomOf(`${path}.ts`);
    if (into === room || NOUNS.includes(path)) return false;
    if (COMPOSITION.includes(path)) return !['http', 'cli', 'jobs'].includes(room);
    return !allowed.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  });
  expect(wrong).toEqual([]);
});

it('lets one room alone load each engine', () => {
  const wrong = imports.filter(({ file, target }) => {
    const owner = OWNED[target];
    return owner !== undefined && roomOf(file) !== owner;
  });
  expect(wrong).toEqual([]);
});

it('reads the environment in config.ts and hands it there from the command line alone', () => {
  const readers = files.filter((file) => /process\.env/.test(readFileSync(join(SRC, file), 'utf8')));
  expect(readers.sort()).toEqual(['cli/options.ts', 'config.ts']);
});
