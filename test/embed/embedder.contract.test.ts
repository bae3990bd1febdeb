// Covers the `Embedder` contract on one session, on the native encoder and on a pool of processes, and what only the pool has: lanes, limits, restarts.
import { appendFile, cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Embedder, Embeddings, EmbedWork } from '#dist/embed/embedder.js';
import { ModelEmbedder } from '#dist/embed/model-embedder.js';
import { openNativeEncoder } from '#dist/embed/native-encoder.js';
import { PooledEmbedder, type PooledEmbedderOptions } from '#dist/embed/pooled-embedder.js';
import { openSessionEmbedder } from '#dist/embed/session-embedder.js';
import { AppError } from '#dist/errors.js';
import { defaultModel } from '#dist/models/model-library.js';

const MODEL_DIR = defaultModel().dir;

const TEXTS = [
  'Attention is all you need',
  'Deep residual learning for image recognition. Deeper neural networks are more difficult to train.',
  'a',
  '',
  'Gödel, Erdős and 大規模言語モデル 🙂',
  '$\\mathcal{O}(n \\log n)$ sorting networks',
  'transformers',
  // Longer than one piece of the pool's work.
  'We place a proximity graph over unit vectors and measure recall. '.repeat(40),
];

type Key = 'session' | 'native' | 'pool';
const embedders: Partial<Record<Key, Embedder>> = {};
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'paperkin-embed-'));
  embedders.session = await openSessionEmbedder(MODEL_DIR);
  embedders.native = await ModelEmbedder.open(MODEL_DIR, openNativeEncoder);
  embedders.pool = await PooledEmbedder.open(MODEL_DIR, { processes: 2, maxWaitingTokens: 100_000 });
});
afterAll(async () => {
  await Promise.all(Object.values(embedders).map((embedder) => embedder.close()));
  await rm(root, { recursive: true, force: true });
});

function opened(name: Key): Embedder {
  const embedder = embedders[name];
  if (embedder === undefined) throw new Error(`${name} did not open`);
  return embedder;
}

function rows({ vectors }: Embeddings, dim: number): Float32Array[] {
  return Array.from({ length: vectors.length / dim }, (_, i) => vectors.slice(i * dim, (i + 1) * dim));
}

function dot(a: Float32Array = new Float32Array(0), b: Float32Array = new Float32Array(0)): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
}

const NOTHING = { tokenCounts: [], truncated: [], unknownCounts: [], tookMs: { queue: 0, tokenize: 0, infer: 0 } };

/** What is the same at every call. */
const withoutTimes = ({ tookMs: _, ...rest }: Embeddings) => rest;
/** What an encoder has no part in. */
const counts = ({ tokenCounts, truncated, unknownCounts }: Embeddings) => ({ tokenCounts, truncated, unknownCounts });
/** The two encoders round sums over tokens and lengths otherwise, in the last bit. */
function expectSameVectors(found: Embeddings, expected: Embeddings): void {
  expect(counts(found)).toEqual(counts(expected));
  expect(found.vectors).toHaveLength(expected.vectors.length);
  for (const [i, value] of found.vectors.entries()) expect(Math.abs(value - (expected.vectors[i] ?? 1))).toBeLessThan(1e-6);
}

const words = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `word${(from + i) % 97}`).join(' ');

describe.each([
  { name: 'of onnxruntime', key: 'session' as const },
  { name: 'of the native encoder', key: 'native' as const },
  { name: 'a pool of two processes', key: 'pool' as const },
])('an embedder: $name', ({ key }) => {
  it('gives one row of unit length for each text', async () => {
    const embedder = opened(key);
    const answer = await embedder.embed(TEXTS, { kind: 'passage' });
    expect(answer.vectors).toHaveLength(TEXTS.length * embedder.model.dim);
    for (const row of rows(answer, embedder.model.dim)) expect(Math.abs(Math.hypot(...row) - 1)).toBeLessThan(1e-5);
  });

  it('answers no texts with nothing', async () => {
    expect(await opened(key).embed([], { kind: 'query' })).toEqual({ ...NOTHING, vectors: new Float32Array(0) });
  });

  it('gives a text the same bytes whatever else is in the call, and in whichever order', async () => {
    const embedder = opened(key);
    const { dim } = embedder.model;
    const alone = new Map<string, Float32Array>();
    for (const text of TEXTS) alone.set(text, (await embedder.embed([text], { kind: 'passage' })).vectors);
    const picks = fc.array(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 10 });
    const property = fc.asyncProperty(picks, fc.constantFrom('interactive' as const, 'batch' as const), async (texts, lane) => {
      const answer = await embedder.embed(texts, { kind: 'passage', lane });
      for (const [i, row] of rows(answer, dim).entries()) expect(row).toEqual(alone.get(texts[i] ?? ''));
    });
    await fc.assert(property, { seed: 42, numRuns: 15 });
  });

  it('puts texts about the same thing nearer than texts about different things', async () => {
    const embedder = opened(key);
    const answer = await embedder.embed(
      [
        'Deep reinforcement learning for robot manipulation',
        'Teaching robotic arms to grasp objects with policy gradients',
        'Single-cell RNA sequencing of tumour tissue',
        'Gene expression in cancer cells',
      ],
      { kind: 'passage' },
    );
    const [robots, arms, cells, genes] = rows(answer, embedder.model.dim);
    for (const near of [dot(robots, arms), dot(cells, genes)]) {
      for (const far of [dot(robots, cells), dot(robots, genes), dot(arms, cells), dot(arms, genes)]) {
        expect(near).toBeGreaterThan(far + 0.1);
      }
    }
  });

  it('reads a long text up to its limit and says so: what comes after does not matter', async () => {
    const embedder = opened(key);
    const { dim, maxTokens } = embedder.model;
    const start = words(maxTokens);
    const answer = await embedder.embed(
      [start, `${start} ${words(50)}`, `${start} ${words(300, 40)} entirely different`, 'short'],
      {
        kind: 'passage',
      },
    );
    expect(answer.truncated).toEqual([true, true, true, false]);
    const [first, second, third, short] = rows(answer, dim);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(short).not.toEqual(first);
    // Something before the limit does matter.
    const [other] = rows(await embedder.embed([`another ${start}`], { kind: 'passage' }), dim);
    expect(other).not.toEqual(first);
  });

  it('counts tokens with the special ones, before any cut', async () => {
    const embedder = opened(key);
    const { tokenCounts, truncated } = await embedder.embed(
      ['', 'paper', 'paper paper', 'paper '.repeat(254), 'paper '.repeat(600)],
      {
        kind: 'query',
      },
    );
    expect(tokenCounts).toEqual([2, 3, 4, 256, 602]);
    expect(truncated).toEqual([false, false, false, false, true]);
  });

  it('embeds tokens as the text that they were cut from, with the special ones or without', async () => {
    const embedder = opened(key);
    const texts = [...TEXTS, words(embedder.model.maxTokens + 50)];
    const expected = withoutTimes(await embedder.embed(texts, { kind: 'passage' }));
    for (const specialTokens of [true, false]) {
      const cut = await embedder.tokenize(texts, { specialTokens });
      const ids = cut.map((tokens) => tokens.map(({ id }) => id));
      expect(withoutTimes(await embedder.embed(ids, { kind: 'passage' }))).toEqual(expected);
    }
    for (const wrong of [-1, 1.5, 1e9]) {
      await expect(embedder.embed([[wrong]], { kind: 'query' })).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringContaining(`${wrong}`),
      });
    }
    expect((await embedder.embed(['paper'], { kind: 'query' })).tokenCounts).toEqual([3]);
  });

  it('cuts texts into tokens that say where they come from', async () => {
    const embedder = opened(key);
    const text = 'Hyperparameters, tuned 🙂 well';
    const [bare = [], none] = await embedder.tokenize([text, ''], { specialTokens: false });
    const [whole = []] = await embedder.tokenize([text], { specialTokens: true });
    expect(none).toEqual([]);
    expect(whole.filter(({ special }) => !special)).toEqual(bare);
    expect(whole.filter(({ special }) => special).map(({ piece, span }) => [piece, span])).toEqual([
      ['[CLS]', null],
      ['[SEP]', null],
    ]);
    expect(whole.length).toBe((await embedder.embed([text], { kind: 'passage' })).tokenCounts[0]);
    const slices = bare.map(({ piece, span }) => [piece, text.slice(span?.start, span?.end)]);
    expect(slices.map(([, slice]) => slice).join('')).toBe('Hyperparameterstuned🙂well');
    for (const [piece = '', slice] of slices) {
      if (piece !== '[UNK]') expect(slice?.toLowerCase()).toBe(piece.replace('##', ''));
    }
  });

  it('says where the time went', async () => {
    const { tookMs } = await opened(key).embed([words(200), words(200, 7)], { kind: 'passage' });
    expect(tookMs.tokenize).toBeGreaterThan(0);
    expect(tookMs.infer).toBeGreaterThan(tookMs.tokenize / 100);
    expect(tookMs.queue).toBeGreaterThanOrEqual(0);
  });

  it('gives the parts of a vector: with the special tokens they are the whole', async () => {
    const embedder = opened(key);
    const { dim } = embedder.model;
    const text = 'Graphs of proximity. Recall is measured, at last. And now for something completely different.';
    const spans = [
      { start: 0, end: 20 },
      { start: 21, end: 49 },
      { start: 50, end: text.length },
    ];
    const whole = (await embedder.embed([text], { kind: 'passage' })).vectors;
    const [all, one] = await embedder.embedSpans(
      [
        { text, spans },
        { text, spans: [{ start: 0, end: text.length }] },
      ],
      {
        kind: 'passage',
      },
    );
    expect(all?.vector).toEqual(whole);
    expect(one?.vector).toEqual(whole);
    expect(all?.tokenCounts.reduce((sum, tokens) => sum + tokens, 0)).toBe(one?.tokenCounts[0]);
    const parts = rows({ ...NOTHING, vectors: all?.parts ?? new Float32Array(0) }, dim);
    const sum = parts.reduce((total, part) => total.map((value, i) => value + (part[i] ?? 0)), new Float32Array(dim));
    for (let i = 0; i < dim; i++) expect(Math.abs((sum[i] ?? 1) - (one?.parts[i] ?? 0))).toBeLessThan(1e-5);
    // Only the two special tokens are missing, which weigh much in a short text.
    expect(dot(sum, whole)).toBeGreaterThan(0.5);
    // A part is nearer to the same words alone than to the other parts' words.
    const alone = rows(
      await embedder.embed(
        spans.map(({ start, end }) => text.slice(start, end)),
        { kind: 'passage' },
      ),
      dim,
    );
    for (const [i, part] of parts.entries()) {
      const near = alone.map((vector) => dot(part, vector));
      expect(near.indexOf(Math.max(...near))).toBe(i);
    }
  });

  it('gives no part to what lies behind the limit', async () => {
    const embedder = opened(key);
    const text = `${words(embedder.model.maxTokens)} ${words(50)}`;
    const end = text.length;
    const [answer] = await embedder.embedSpans(
      [
        {
          text,
          spans: [
            { start: 0, end: end - 200 },
            { start: end - 100, end },
          ],
        },
      ],
      {
        kind: 'passage',
      },
    );
    expect(answer?.tokenCounts).toEqual([embedder.model.maxTokens - 2, 0]);
    expect(answer?.parts.subarray(embedder.model.dim).every((value) => value === 0)).toBe(true);
    expect(await embedder.embedSpans([], { kind: 'query' })).toEqual([]);
    const [empty] = await embedder.embedSpans([{ text: '', spans: [] }], { kind: 'query' });
    expect(empty?.vector).toEqual((await embedder.embed([''], { kind: 'query' })).vectors);
  });

  it('answers canceled where the signal has fired before a text started', async () => {
    const signal = AbortSignal.abort();
    await expect(opened(key).embed(['never read'], { kind: 'query', signal })).rejects.toMatchObject({
      name: 'AppError',
      code: 'canceled',
    });
    expect((await opened(key).embed(['read'], { kind: 'query', signal: new AbortController().signal })).tokenCounts).toEqual([3]);
  });
});

it('embeds each span by itself, weighed by its tokens, where the model does not pool by the mean', async () => {
  const dir = join(root, 'cls');
  await cp(MODEL_DIR, dir, { recursive: true });
  const file = join(dir, 'manifest.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"pooling": "mean"', '"pooling": "cls"'));
  const embedder = await openSessionEmbedder(dir);
  const text = 'Graph neural networks. Speech';
  const spans = [
    { start: 0, end: 22 },
    { start: 23, end: 29 },
  ];
  const [answer] = await embedder.embedSpans([{ text, spans }], { kind: 'passage' });
  expect(answer?.vector).toEqual((await embedder.embed([text], { kind: 'passage' })).vectors);
  expect(answer?.tokenCounts).toEqual([3, 1]);
  const alone = await embedder.embed(['Graph neural networks.', 'Speech'], { kind: 'passage' });
  const shares = alone.vectors.map((value, i) => value * (i < embedder.model.dim ? 0.75 : 0.25));
  expect(answer?.parts).toEqual(shares);
});

describe('all embedders', () => {
  it('have the same space and give the same vectors', async () => {
    const session = opened('session');
    expect(session.space).toMatch(/^[0-9a-f]{16}$/);
    for (const other of [opened('native'), opened('pool')]) {
      expect(other.space).toBe(session.space);
      for (const kind of ['passage', 'query'] as const) {
        expectSameVectors(await other.embed(TEXTS, { kind }), await session.embed(TEXTS, { kind }));
      }
      const options = { specialTokens: true };
      expect(await other.tokenize(TEXTS, options)).toEqual(await session.tokenize(TEXTS, options));
    }
  });
});

describe('what waits for a PooledEmbedder of one process', () => {
  const OVERLOADED = { name: 'AppError', code: 'overloaded', retryAfterS: expect.any(Number) };
  const LIST = [words(250), words(250, 5), words(250, 9), words(250, 11)];
  let pools: PooledEmbedder[] = [];
  let done: EmbedWork[] = [];
  beforeAll(async () => {
    const open = (maxWaitingTokens: number) =>
      PooledEmbedder.open(MODEL_DIR, { processes: 1, maxWaitingTokens, onWork: (work) => done.push(work) });
    pools = [await open(100), await open(10_000)];
  });
  beforeEach(() => {
    done = [];
  });
  afterAll(() => Promise.all(pools.map((pool) => pool.close())));

  function pool(which: 'tight' | 'roomy'): PooledEmbedder {
    const found = pools[which === 'tight' ? 0 : 1];
    if (found === undefined) throw new Error(`${which} did not open`);
    return found;
  }
  const outcome = (call: Promise<unknown>) =>
    call.then(
      () => 'embedded',
      (error: unknown) => error,
    );

  it('is refused as overloaded when it is too much, and is taken again later', async () => {
    const tight = pool('tight');
    // Over the limit, but nothing waits. The others do.
    const busy = [words(250), words(10), words(10, 5)].map((text) => tight.embed([text], { kind: 'query' }));
    expect(tight.waiting).toMatchObject({ interactive: { texts: 2 }, batch: { texts: 0, tokens: 0 } });
    expect(tight.waiting.interactive.tokens).toBeLessThan(100);
    const text = words(50);
    const refused = await outcome(tight.embed([text], { kind: 'query' }));
    expect(refused).toMatchObject(OVERLOADED);
    expect(refused).toHaveProperty('message', expect.stringContaining('the limit is 100'));
    expect(await outcome(tight.embedSpans([{ text, spans: [] }], { kind: 'query' }))).toMatchObject(OVERLOADED);
    expect(await outcome(tight.tokenize([text], { specialTokens: true }))).toMatchObject(OVERLOADED);
    // A short one has room.
    expect(await outcome(tight.embed(['a'], { kind: 'query' }))).toBe('embedded');
    await Promise.all(busy);
    expect(tight.waiting.interactive).toEqual({ texts: 0, tokens: 0 });
    expect(await outcome(tight.embed([text], { kind: 'query' }))).toBe('embedded');
  });

  it('is a list in a lane of its own, with a limit of its own, and has none as a batch that is asked for by name', async () => {
    const tight = pool('tight');
    const first = tight.embed(LIST, { kind: 'passage' });
    expect(tight.waiting.batch.texts).toBe(3);
    expect(await outcome(tight.embed(LIST, { kind: 'passage' }))).toMatchObject(OVERLOADED);
    const batch = tight.embed(LIST, { kind: 'passage', lane: 'batch' });
    expect(await outcome(tight.embed(['a query'], { kind: 'query' }))).toBe('embedded');
    expect(tight.waiting.batch.texts).toBeGreaterThan(0);
    for (const call of [first, batch]) expect((await call).tokenCounts).toHaveLength(4);
  });

  it('takes turns: a short list does not wait for the end of a long one', async () => {
    const order: string[] = [];
    const long = pool('roomy')
      .embed([...LIST, ...LIST], { kind: 'passage' })
      .then(() => order.push('long'));
    const short = pool('roomy')
      .embed(LIST.slice(2), { kind: 'passage' })
      .then(() => order.push('short'));
    await Promise.all([long, short]);
    expect(order).toEqual(['short', 'long']);
  });

  it('ends at once when its signal fires, with the reason, and nothing more of it is done', async () => {
    const late = new AbortController();
    const list = pool('roomy').embed([...LIST, ...LIST], { kind: 'passage', signal: late.signal });
    late.abort(new AppError('timed_out', 'too late'));
    await expect(list).rejects.toMatchObject({ code: 'timed_out', message: 'too late' });
    expect((await pool('roomy').embed(['paper'], { kind: 'query' })).tokenCounts).toEqual([3]);
    // The text that a process had begun, and the one that came afterwards.
    expect(done.map(({ texts }) => texts)).toEqual([1, 1]);
  });

  it('is told of piece by piece: how much it was and where its time went', async () => {
    const { maxTokens } = pool('roomy').model;
    await pool('roomy').embed(['paper', 'paper paper'], { kind: 'query' });
    await pool('roomy').embed([words(600), words(600)], { kind: 'passage' });
    expect(done).toMatchObject([
      { lane: 'interactive', texts: 2, tokens: 7 },
      { lane: 'batch', texts: 1, tokens: maxTokens },
      { lane: 'batch', texts: 1, tokens: maxTokens },
    ]);
    for (const { tookMs } of done) expect(Math.min(tookMs.tokenize, tookMs.infer)).toBeGreaterThan(0);
    // The second waits for the first.
    expect(done[2]?.tookMs.queue).toBeGreaterThan(done[1]?.tookMs.infer ?? Number.POSITIVE_INFINITY);
  });
});

describe('PooledEmbedder', () => {
  let pools: PooledEmbedder[] = [];
  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.close()));
    pools = [];
  });
  async function open(options: PooledEmbedderOptions): Promise<PooledEmbedder> {
    const pool = await PooledEmbedder.open(MODEL_DIR, options);
    pools.push(pool);
    return pool;
  }

  /** Opens a pool and finds its processes among this one's children. */
  async function openAndFind(options: PooledEmbedderOptions): Promise<{ pool: PooledEmbedder; pids: number[] }> {
    const before = new Set(await childPids());
    const pool = await open(options);
    return { pool, pids: (await childPids()).filter((pid) => !before.has(pid)) };
  }

  it('starts a query before every batch text that waits', async () => {
    const pool = await open({ processes: 1, maxWaitingTokens: 10_000 });
    const order: string[] = [];
    const long = words(300);
    const batches = [1, 2, 3].map((n) =>
      pool.embed([long], { kind: 'passage', lane: 'batch' }).then(() => order.push(`batch ${n}`)),
    );
    const query = pool.embed(['a query'], { kind: 'query' }).then(() => order.push('query'));
    await Promise.all([...batches, query]);
    // The first batch text had started already.
    expect(order).toEqual(['batch 1', 'query', 'batch 2', 'batch 3']);
  });

  it('drops texts that still wait when their signal fires, and no others', async () => {
    const pool = await open({ processes: 1, maxWaitingTokens: 10_000 });
    const gaveUp = new AbortController();
    const running = pool.embed([words(300)], { kind: 'query' });
    const waiting = pool.embed(['given up'], { kind: 'query', signal: gaveUp.signal });
    const patient = pool.embed(['paper'], { kind: 'query' });
    expect(pool.waiting.interactive.texts).toBe(2);
    gaveUp.abort();
    expect(pool.waiting.interactive.texts).toBe(1);
    await expect(waiting).rejects.toMatchObject({ code: 'canceled' });
    expect((await running).truncated).toEqual([true]);
    expect((await patient).tokenCounts).toEqual([3]);
  });

  it('embeds the texts of a killed process all the same, with another process', async () => {
    const { pool, pids } = await openAndFind({ processes: 1, maxWaitingTokens: 10_000 });
    expect(pids).toHaveLength(1);
    const texts = Array.from({ length: 30 }, (_, i) => words(300, i));
    const answer = pool.embed(texts, { kind: 'passage', lane: 'batch' });
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    expectSameVectors(await answer, await opened('session').embed(texts, { kind: 'passage' }));
    expect((await pool.embed(['paper'], { kind: 'query' })).tokenCounts).toEqual([3]);
  });

  it('embeds the texts of a process that hangs all the same, with another process', async () => {
    const { pool, pids } = await openAndFind({ processes: 1, maxWaitingTokens: 10_000, answerWithinMs: 10_000 });
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    expect((await pool.embed(['paper'], { kind: 'query' })).tokenCounts).toEqual([3]);
    expect((await childPids()).filter((pid) => pids.includes(pid))).toEqual([]);
  });

  it('replaces a process that dies while it has nothing to do', async () => {
    const { pool, pids } = await openAndFind({ processes: 1, maxWaitingTokens: 10_000 });
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until(async () => !(await childPids()).some((pid) => pids.includes(pid)));
    expect((await pool.embed(['paper'], { kind: 'query' })).tokenCounts).toEqual([3]);
  });

  it('tells callers to come again while no process starts, and embeds when one does', async () => {
    const dir = join(root, 'file-that-goes');
    await cp(MODEL_DIR, dir, { recursive: true });
    const before = new Set(await childPids());
    const pool = await PooledEmbedder.open(dir, { processes: 1, maxWaitingTokens: 10_000 });
    pools.push(pool);
    await rename(join(dir, 'tokenizer.json'), join(dir, 'away'));
    for (const pid of await childPids()) if (!before.has(pid)) process.kill(pid, 'SIGKILL');
    await until(async () => (await childPids()).every((pid) => before.has(pid)));
    await expect(pool.embed(['paper'], { kind: 'query' })).rejects.toMatchObject({
      code: 'embedding_failed',
      retryAfterS: expect.any(Number),
      message: expect.stringContaining('tokenizer.json'),
    });
    await rename(join(dir, 'away'), join(dir, 'tokenizer.json'));
    await until(() =>
      pool.embed(['paper'], { kind: 'query' }).then(
        () => true,
        () => false,
      ),
    );
  });

  it('goes on with one process while the other is replaced', async () => {
    const { pool, pids } = await openAndFind({ processes: 2, maxWaitingTokens: 10_000 });
    expect(pids).toHaveLength(2);
    const texts = Array.from({ length: 12 }, (_, i) => words(60, i));
    const answers = texts.map((text) => pool.embed([text], { kind: 'query' }));
    process.kill(pids[0] ?? 0, 'SIGKILL');
    const expected = rows(await opened('session').embed(texts, { kind: 'query' }), pool.model.dim);
    expect((await Promise.all(answers)).map(({ vectors }) => vectors)).toEqual(expected);
  });

  it('leaves no process behind when it is closed while a replacement starts', async () => {
    const before = new Set(await childPids());
    const { pool, pids } = await openAndFind({ processes: 1, maxWaitingTokens: 10_000 });
    const others = async () => (await childPids()).filter((pid) => !before.has(pid));
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until(async () => (await others()).some((pid) => !pids.includes(pid)));
    await pool.close();
    await until(async () => (await others()).length === 0);
  });

  it('answers not_ready after close, and leaves no process behind', async () => {
    const { pool, pids } = await openAndFind({ processes: 2, maxWaitingTokens: 10_000 });
    const waiting = Array.from({ length: 6 }, () => pool.embed([words(300)], { kind: 'query' }).catch((error: unknown) => error));
    await pool.close();
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ name: 'AppError' });
    await expect(pool.embed(['late'], { kind: 'query' })).rejects.toMatchObject({ code: 'not_ready' });
    expect((await childPids()).filter((pid) => pids.includes(pid))).toEqual([]);
  });
});

describe.each([
  { name: 'onnxruntime', open: (dir: string): Promise<Embedder> => openSessionEmbedder(dir) },
  { name: 'native', open: (dir: string): Promise<Embedder> => ModelEmbedder.open(dir, openNativeEncoder) },
  { name: 'pool', open: (dir: string): Promise<Embedder> => PooledEmbedder.open(dir, { processes: 1, maxWaitingTokens: 1 }) },
])('a model folder that cannot be used: $name', ({ name, open }) => {
  async function copyOfModel(label: string): Promise<string> {
    const dir = join(root, `${name}-${label}`);
    await cp(MODEL_DIR, dir, { recursive: true });
    return dir;
  }

  it('is refused as model_invalid without a manifest', async () => {
    const dir = await mkdtemp(join(root, 'empty-'));
    await expect(open(dir)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringContaining(join(dir, 'manifest.json')),
    });
    await expect(open(join(dir, 'missing'))).rejects.toMatchObject({ code: 'model_invalid' });
  });

  it.each(['tokenizer.json', 'onnx/model_quantized.onnx'])(
    'is refused as model_invalid when one bit of %s differs',
    async (file) => {
      const dir = await copyOfModel(file.replaceAll('/', '-'));
      const bytes = await readFile(join(dir, file));
      const middle = Math.floor(bytes.length / 2);
      bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
      await writeFile(join(dir, file), bytes);
      await expect(open(dir)).rejects.toMatchObject({ code: 'model_invalid', message: expect.stringContaining(join(dir, file)) });
      await rm(join(dir, file));
      await expect(open(dir)).rejects.toMatchObject({ code: 'model_invalid', message: expect.stringContaining(join(dir, file)) });
    },
  );

  it('is refused as model_invalid when the manifest is not one', async () => {
    const dir = await copyOfModel('manifest');
    await appendFile(join(dir, 'manifest.json'), '}');
    await expect(open(dir)).rejects.toMatchObject({ code: 'model_invalid', message: expect.stringContaining('manifest.json') });
    await writeFile(join(dir, 'manifest.json'), '{"name": "x"}');
    await expect(open(dir)).rejects.toMatchObject({ code: 'model_invalid', message: expect.stringContaining('manifest.json') });
  });
});

/** Living children of this process, from Linux's /proc; the fields of `stat` are in proc_pid_stat(5). */
async function childPids(): Promise<number[]> {
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const [state, parent] = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) === process.pid && state !== 'Z') pids.push(Number(name));
  }
  return pids;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 6_000; Date.now() < deadline; await sleep(50)) {
    if (await condition()) return;
  }
  throw new Error('waited six seconds in vain');
}
