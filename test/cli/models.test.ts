// Covers `paperkin models` against a hub on this machine: pulling, continuing, refusing, listing, choosing, verifying, adopting a folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectWrongUse, jsonOf, MAIN, type RunOptions, runCli } from '../support/cli.ts';
import { filesOf, startHub, type TestHub } from '../support/hub.ts';
import { type TempDir, tempDir } from '../support/seeded.ts';

const TINY = fileURLToPath(new URL('../models/tiny/', import.meta.url));
const BUNDLED = fileURLToPath(new URL('../../models/paperkin-papers/', import.meta.url));
const ID = 'someone/tiny-encoder';
const FOLDER = 'someone--tiny-encoder';
const GRAPH = 'onnx/model.onnx';
const BIG_GRAPH = 'onnx/model_quantized.onnx';
const TOKEN = 'hf_a-secret-of-mine';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const TRAITS: [string, Buffer][] = [
  ['1_Pooling/config.json', json({ pooling_mode_cls_token: false, pooling_mode_mean_tokens: true })],
  ['sentence_bert_config.json', json({ max_seq_length: 48, do_lower_case: false })],
  ['README.md', Buffer.from('# not needed\n')],
];

let dir: TempDir;
let hub: TestHub;
beforeEach(async () => {
  dir = await tempDir();
  hub = await startHub(ID, new Map([...(await filesOf(TINY)), ...TRAITS]));
});
afterEach(async () => {
  await hub.close();
  await dir.remove();
});

const run = (args: string[], options: Partial<RunOptions> = {}) =>
  runCli(args, { dataDir: dir.path, ...options, env: { HUB_URL: hub.url, ...options.env } });

const place = () => join(dir.path, 'models', FOLDER);
const installed = async () => (await readdir(join(dir.path, 'models')).catch(() => [])).filter((name) => !name.startsWith('.'));
const asked = (path: string) => hub.record.filter((entry) => entry.path.endsWith(`/${path}`) && entry.status < 300);

/** Resolves when so many bytes of the graph are on the disk. */
async function arrived(bytes: number): Promise<void> {
  const part = join(dir.path, 'models/.staging', FOLDER, `${BIG_GRAPH}.part`);
  await expect.poll(async () => (await stat(part).catch(() => ({ size: 0 }))).size, { timeout: 20_000 }).toBe(bytes);
}

/** Compared by itself: a matcher takes minutes over millions of bytes. */
async function expectGraph(graph: Buffer): Promise<void> {
  expect((await readFile(join(place(), BIG_GRAPH))).equals(graph)).toBe(true);
}

async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  await writeFile(file, bytes);
}

/** The bundled model's files under the id, whose graph is large enough to be broken off. */
async function serveBundled(): Promise<Buffer> {
  hub.files = await filesOf(BUNDLED);
  const graph = hub.files.get(BIG_GRAPH);
  if (graph === undefined) throw new Error(`${BUNDLED} has no ${BIG_GRAPH}`);
  return graph;
}

describe('paperkin models pull', () => {
  it('fetches what is needed and no more, describes it, and says 3 the second time', async () => {
    const first = await run(['--json', 'models', 'pull', ID]);
    expect(first.code, first.stderr).toBe(0);
    expect(jsonOf(first.stdout)).toMatchObject({
      changed: true,
      name: ID,
      dir: place(),
      manifest: {
        name: ID,
        license: 'mit',
        source: expect.stringMatching(`^${hub.url}/${ID}/tree/[0-9a-f]{40}$`),
        dim: 24,
        maxTokens: 48,
        pooling: 'mean',
        precision: 'fp32',
        queryPrefix: '',
        graph: GRAPH,
      },
    });
    const files = (await readdir(place(), { recursive: true })).sort();
    const folders = ['1_Pooling', 'onnx'];
    const traits = ['1_Pooling/config.json', 'sentence_bert_config.json'];
    expect(files).toEqual(
      [...folders, ...traits, 'config.json', 'manifest.json', GRAPH, 'tokenizer.json', 'tokenizer_config.json'].sort(),
    );
    expect(asked('README.md')).toEqual([]);
    expect(await readdir(join(dir.path, 'models', '.staging'))).toEqual([]);

    hub.record.length = 0;
    const second = await run(['--json', 'models', 'pull', ID]);
    expect(second.code, second.stderr).toBe(3);
    expect(jsonOf(second.stdout)).toMatchObject({ changed: false, name: ID });
    expect(hub.record.filter(({ path }) => path.includes('/resolve/'))).toEqual([]);
  });

  it('shows no bar where stderr is no terminal', async () => {
    const { stderr } = await run(['models', 'pull', ID]);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(`paperkin models use ${ID}`)]);
  });

  it('asks again for the rest when the connection is cut in the middle: no byte is sent twice', async () => {
    const graph = await serveBundled();
    hub.breakOff = { path: BIG_GRAPH, after: 5_000_000, how: { cutWhen: () => arrived(5_000_000) } };
    const { code, stderr } = await run(['models', 'pull', ID]);
    expect(code, stderr).toBe(0);
    const parts = asked(BIG_GRAPH);
    expect(parts.map(({ status, from }) => [status, from])).toEqual([
      [200, 0],
      [206, 5_000_000],
    ]);
    expect(parts.reduce((sum, { sent }) => sum + sent, 0)).toBe(graph.length);
    await expectGraph(graph);
  });

  it('gives up a connection that has fallen silent, and asks for the rest', async () => {
    await serveBundled();
    hub.breakOff = { path: BIG_GRAPH, after: 3_000_000, how: 'silence' };
    const { code, stderr } = await run(['models', 'pull', ID, '--timeout', '3']);
    expect(code, stderr).toBe(0);
    expect(asked(BIG_GRAPH).map(({ from }) => from)).toEqual([0, 3_000_000]);
  });

  /** Kills a pull with kill -9 while the hub is silent in the middle of the graph. */
  async function interruptedPull(after: number): Promise<void> {
    hub.breakOff = { path: BIG_GRAPH, after, how: 'silence' };
    const env = { ...process.env, DATA_DIR: dir.path, HUB_URL: hub.url };
    const child = spawn(process.execPath, [MAIN, 'models', 'pull', ID], { env, stdio: 'ignore' });
    await arrived(after);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await installed()).toEqual([]);
    hub.record.length = 0;
  }

  it('goes on after kill -9 with the byte where it was', async () => {
    const graph = await serveBundled();
    await interruptedPull(4_000_000);
    const { code, stderr } = await run(['models', 'pull', ID]);
    expect(code, stderr).toBe(0);
    expect(hub.record.filter(({ path }) => path.includes('tokenizer'))).toEqual([]);
    expect(asked(BIG_GRAPH)).toMatchObject([{ status: 206, from: 4_000_000, sent: graph.length - 4_000_000 }]);
    await expectGraph(graph);
  });

  it('begins the file anew when it was changed on the hub meanwhile', async () => {
    const graph = await serveBundled();
    await interruptedPull(4_000_000);
    // A description at the graph's end that the runtime passes over: field 6 of ModelProto, doc_string.
    const other = Buffer.concat([graph, Buffer.from([0x32, 0x02, 0x68, 0x69])]);
    hub.files.set(BIG_GRAPH, other);
    const { code, stderr } = await run(['models', 'pull', ID]);
    expect(code, stderr).toBe(0);
    expect(asked(BIG_GRAPH)).toMatchObject([{ status: 200, from: 4_000_000, sent: other.length }]);
    await expectGraph(other);
  });

  it('begins the file anew on a server that knows no ranges', async () => {
    const graph = await serveBundled();
    hub.ignoreRange = true;
    hub.breakOff = { path: BIG_GRAPH, after: 2_000_000, how: { cutWhen: () => arrived(2_000_000) } };
    const { code, stderr } = await run(['models', 'pull', ID]);
    expect(code, stderr).toBe(0);
    expect(asked(BIG_GRAPH).map(({ status }) => status)).toEqual([200, 200]);
    await expectGraph(graph);
  });

  it('tries again when the hub is overloaded for a moment, and says so when it stays so', async () => {
    let left = 2;
    hub.refuse = ({ path }) => (path.includes('/resolve/') && left-- > 0 ? 503 : undefined);
    const patient = await run(['models', 'pull', ID]);
    expect(patient.code, patient.stderr).toBe(0);
    await rm(place(), { recursive: true });
    hub.refuse = () => 503;
    const { code, stderr } = await run(['models', 'pull', ID]);
    expect(code).toBe(1);
    expect(stderr).toContain('503');
  });

  it.each([
    ['the graph', GRAPH],
    ['a small file', 'tokenizer_config.json'],
  ])('refuses %s whose checksum is not the listed one, installs nothing and keeps nothing of it', async (_what, path) => {
    const wrong = Buffer.from(hub.files.get(path) ?? '');
    wrong.writeUInt8(wrong.readUInt8(9) ^ 1, 9);
    hub.corrupted.set(path, wrong);
    const refused = await run(['models', 'pull', ID]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('checksum') });
    expect(refused.stderr).toContain(path);
    expect(await installed()).toEqual([]);
    hub.corrupted.clear();
    const { code, stderr } = await run(['models', 'pull', ID]);
    expect(code, stderr).toBe(0);
  });

  it.each([
    [404, 'no such model, revision or file'],
    [401, 'HF_TOKEN'],
    [403, 'accept the terms'],
  ])('says in one line what to do about %i', async (status, mend) => {
    hub.refuse = () => status;
    const { code, stdout, stderr } = await run(['models', 'pull', ID], { env: { HF_TOKEN: TOKEN } });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(String(status));
    expect(stderr).toContain(mend);
    expect(stderr).not.toContain(TOKEN);
    expect(hub.record).toHaveLength(1);
  });

  it.each(['../../escape.json', '/etc/escape.json', 'onnx/../../escape.json', 'a\\..\\b.json'])(
    'refuses a hub that lists %s',
    async (path) => {
      hub.treeRows = (rows) => [...rows, { type: 'file', path, size: 1, oid: 'a'.repeat(40) }];
      const { code, stderr } = await run(['models', 'pull', ID]);
      expect(code).toBe(1);
      expect(stderr).toContain('leaves the model folder');
      expect(await installed()).toEqual([]);
    },
  );

  it('refuses an answer that is none of a hub, more bytes than allowed, and more than listed', async () => {
    hub.treeRows = () => [{ kind: 'nonsense' }];
    expect(await run(['models', 'pull', ID])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('did not answer as a hub does'),
    });
    hub.treeRows = undefined;
    expect(await run(['models', 'pull', ID, '--max-bytes', '5000'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--max-bytes'),
    });
    hub.treeRows = (rows) =>
      rows.map((row) => ('size' in row && 'path' in row && row.path === 'config.json' ? { ...row, size: 10 } : row));
    expect(await run(['models', 'pull', ID])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('sends more than the 10 bytes'),
    });
    expect(await installed()).toEqual([]);
  });

  it('sends the token to the hub and not to where the hub redirects', async () => {
    const { code, stdout, stderr } = await run(['models', 'pull', ID], { env: { HF_TOKEN: TOKEN } });
    expect(code, stderr).toBe(0);
    const of = (origin: 'hub' | 'cdn') =>
      hub.record.filter((entry) => entry.origin === origin).map(({ authorization }) => authorization);
    expect(new Set(of('hub'))).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(of('cdn')).toEqual([undefined]);
    expect(stdout + stderr).not.toContain(TOKEN);
  });

  it('keeps a model that has the name, unless it is damaged', async () => {
    expect((await run(['models', 'pull', ID])).code).toBe(0);
    const other = await run(['models', 'pull', ID, '--pooling', 'cls']);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('--as') });
    expect((await run(['models', 'pull', ID, '--pooling', 'cls', '--as', 'mine/cls'])).code).toBe(0);
    expect(await installed()).toEqual(['mine--cls', FOLDER]);
    hub.files.set('README.md', Buffer.from('only the card changed\n'));
    expect((await run(['models', 'pull', ID])).code).toBe(3);

    await flipByte(join(place(), GRAPH));
    expect((await run(['models', 'pull', ID])).code).toBe(0);
    expect((await run(['models', 'verify', ID])).code).toBe(0);
  });

  it('installs nothing that does not embed', async () => {
    hub.files.set(GRAPH, Buffer.from('not a graph'.repeat(2_000)));
    const { code, stderr } = await run(['models', 'pull', ID]);
    expect(code).toBe(1);
    expect(stderr).toContain('cannot load the model');
    expect(await installed()).toEqual([]);
  });

  it('says what the graph gives when it does not fit, and takes it with what fits', async () => {
    const misfit = await run(['models', 'pull', ID, '--file', 'onnx/pooled.onnx']);
    expect(misfit).toMatchObject({ code: 1, stderr: expect.stringContaining('"sentence_embedding" is float32 [1, 16]') });
    const { code, stdout } = await run([
      '--json',
      'models',
      'pull',
      ID,
      '--file',
      'onnx/pooled.onnx',
      '--pooling',
      'none',
      '--dim',
      '16',
    ]);
    expect(code).toBe(0);
    expect(jsonOf(stdout)).toMatchObject({ manifest: { dim: 16, pooling: 'none', graph: 'onnx/pooled.onnx' } });
  });

  it('fetches the weights that lie beside a graph', async () => {
    const { code, stderr } = await run(['models', 'pull', ID, '--file', 'onnx/external.onnx']);
    expect(code, stderr).toBe(0);
    expect(await readdir(join(place(), 'onnx'))).toEqual(['external.onnx', 'external.onnx_data']);
    await flipByte(join(place(), 'onnx/external.onnx_data'));
    expect(await run(['models', 'verify', ID])).toMatchObject({ code: 1, stderr: expect.stringContaining('external.onnx_data') });
  });

  it('names the graphs that there are, and what is missing', async () => {
    expect(await run(['models', 'pull', ID, '--file', 'onnx/none.onnx'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('onnx/pooled.onnx'),
    });
    hub.files.delete('tokenizer.json');
    expect(await run(['models', 'pull', ID])).toMatchObject({ code: 1, stderr: expect.stringContaining('no tokenizer.json') });
  });
});

describe('paperkin models pull of a folder', () => {
  it('takes an export without a manifest, says what it assumed, and says 3 the second time', async () => {
    const first = await run(['--json', 'models', 'pull', TINY, '--query-prefix', 'ask: ']);
    expect(first.code, first.stderr).toBe(0);
    expect(jsonOf(first.stdout)).toMatchObject({
      name: 'tiny',
      manifest: { queryPrefix: 'ask: ', pooling: 'mean', license: 'unknown' },
    });
    expect(first.stderr).toContain('--pooling');
    expect((await run(['models', 'pull', TINY, '--query-prefix', 'ask: '])).code).toBe(3);
    expect(hub.record).toEqual([]);
  });

  it('adopts one where it lies when that is where models are found, and touches nothing else in it', async () => {
    const own = join(dir.path, 'models/own');
    await cp(TINY, own, { recursive: true });
    const before = await readdir(own, { recursive: true });
    expect((await run(['models', 'list'])).stdout).toContain('manifest.json');
    const { code, stderr } = await run(['models', 'pull', own]);
    expect(code, stderr).toBe(0);
    expect((await readdir(own, { recursive: true })).sort()).toEqual([...before, 'manifest.json'].sort());
    expect((await run(['models', 'verify', 'own'])).code).toBe(0);
  });

  it('takes a model with a manifest by its manifest', async () => {
    const { code, stdout } = await run(['--json', 'models', 'pull', BUNDLED, '--as', 'copy']);
    expect(code).toBe(0);
    expect(jsonOf(stdout)).toMatchObject({ manifest: { maxTokens: 256, license: 'Apache-2.0', precision: 'int8' } });
    const listed = jsonOf((await run(['--json', 'models', 'list'])).stdout);
    const models = listed['models'] as { space: string }[];
    expect(new Set(models.map(({ space }) => space)).size).toBe(1);
  });
});

describe('paperkin models list, use and verify', () => {
  it('marks the model in use and says why: setting before choice before the bundled one', async () => {
    await run(['models', 'pull', ID]);
    const inUse = async (args: string[] = [], env = {}) => {
      const { stdout } = await run([...args, '--json', 'models', 'list'], { env });
      return (jsonOf(stdout)['models'] as { name: string; inUse: boolean; why?: string }[]).filter((model) => model.inUse);
    };
    expect(await inUse()).toMatchObject([{ name: 'paperkin-papers', origin: 'bundled', why: 'default', dim: 384 }]);
    const chosen = await run(['models', 'use', ID]);
    expect(chosen).toMatchObject({ code: 0, stdout: `${ID}\n` });
    expect(await inUse()).toMatchObject([{ name: ID, origin: 'pulled', why: 'choice', dim: 24, maxTokens: 48, license: 'mit' }]);
    expect(await inUse([], { MODEL: 'paperkin-papers' })).toMatchObject([{ name: 'paperkin-papers', why: 'setting' }]);
    expect(await inUse(['--model', BUNDLED], { MODEL: ID })).toMatchObject([{ name: 'paperkin-papers', why: 'setting' }]);
    expect((await run(['models', 'use', ID])).code).toBe(3);
    const overruled = await run(['models', 'use', 'paperkin-papers'], { env: { MODEL: ID } });
    expect(overruled).toMatchObject({ code: 0, stderr: expect.stringContaining('wins over this choice') });
    expect((await run(['models', 'list'])).stdout).toMatch(
      /^\* {2}paperkin-papers .*\n {3}someone\/tiny-encoder +pulled +dim 24 +48 tokens/,
    );
  });

  it('lists a folder elsewhere while it is in use', async () => {
    const elsewhere = join(dir.path, 'elsewhere');
    await cp(BUNDLED, elsewhere, { recursive: true });
    expect((await run(['models', 'use', elsewhere])).code).toBe(0);
    expect((await run(['models', 'list'])).stdout).toContain(`*  ${elsewhere}`);
    await rm(elsewhere, { recursive: true });
    expect(await run(['import', '-'])).toMatchObject({ code: 2, stderr: expect.stringContaining(elsewhere) });
  });

  it('refuses to choose another model for papers that have vectors, and says how to change over', async () => {
    const input = '{"id":"a","title":"Whale songs"}\n{"id":"b","title":"Bird flight"}\n';
    expect((await run(['import', '-'], { input })).code).toBe(0);
    await run(['models', 'pull', ID]);
    expect(await run(['models', 'use', ID])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`"paperkin migrate --model ${ID} --cutover"`),
    });
    const back = await run(['--json', 'models', 'use', 'paperkin-papers']);
    expect(jsonOf(back.stdout)).toMatchObject({ papers: 2, pending: 0 });
    expect(back.stderr).toContain('all 2 papers have their vectors');
  });

  it('verifies the model in use, and names the file with a flipped byte and the mend', async () => {
    expect((await run(['models', 'verify'])).code).toBe(0);
    await run(['models', 'pull', ID]);
    await run(['models', 'use', ID]);
    const sound = await run(['--json', 'models', 'verify']);
    expect(sound.code).toBe(0);
    expect(jsonOf(sound.stdout)).toMatchObject({ name: ID, ok: true, problems: [] });
    await flipByte(join(place(), GRAPH));
    await appendFile(join(place(), 'config.json'), ' ');
    const broken = await run(['--json', 'models', 'verify']);
    expect(broken.code).toBe(1);
    expect(jsonOf(broken.stdout)).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('config.json'), expect.stringContaining(GRAPH)],
    });
    expect(broken.stderr).toContain(`paperkin models pull ${ID}`);
  });

  it('finds a graph that is what the manifest says and does not embed', async () => {
    const liar = join(dir.path, 'liar');
    await run(['models', 'pull', ID]);
    await cp(place(), liar, { recursive: true });
    const manifest = await readFile(join(liar, 'manifest.json'), 'utf8');
    await writeFile(join(liar, 'manifest.json'), manifest.replace('"dim": 24', '"dim": 32'));
    expect(await run(['models', 'verify', liar])).toMatchObject({ code: 1, stderr: expect.stringContaining('[1, 9, 24]') });
  });

  it('names a stored choice that cannot be read, and writes it anew', async () => {
    await writeFile(join(dir.path, 'model.json'), '{"model": 7}');
    expect(await run(['models', 'list'])).toMatchObject({ code: 1, stderr: expect.stringContaining('model.json') });
    expect((await run(['models', 'use', 'paperkin-papers'])).code).toBe(0);
    expect((await run(['models', 'list'])).code).toBe(0);
  });

  it.each([
    ['no such command', ['models', 'fly']],
    ['no command', ['models']],
    ['no id', ['models', 'pull']],
    ['an id that is none', ['models', 'pull', 'a/b/c']],
    ['an id that would leave the folder', ['models', 'pull', 'a/..']],
    ['a folder that is not there', ['models', 'pull', './nowhere']],
    ['a name that is taken by a bundled model', ['models', 'pull', TINY, '--as', 'paperkin-papers']],
    ['an unknown pooling', ['models', 'pull', ID, '--pooling', 'max']],
    ['a graph outside', ['models', 'pull', ID, '--file', '../model.onnx']],
    ['a name that is none', ['models', 'use', 'nobody']],
    ['nothing to verify', ['models', 'verify', 'nobody']],
  ])('ends with 2 for %s', async (_what, args) => {
    expectWrongUse(await run(args));
  });

  it('ends with 2 for a hub address that is none', async () => {
    const { code, stderr } = await run(['models', 'pull', ID], { env: { HUB_URL: 'ftp://example.org' } });
    expect(code).toBe(2);
    expect(stderr).toContain('HUB_URL');
  });

  it('shows help with examples', async () => {
    for (const command of ['list', 'pull', 'use', 'verify']) {
      const { code, stdout } = await run(['models', command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain('Examples:');
    }
  });

  it('starts nothing on the hub by itself', async () => {
    await mkdir(join(dir.path, 'models'), { recursive: true });
    await run(['models', 'list']);
    await run(['import', '-'], { input: '{"title":"Whale songs"}' });
    expect(hub.record).toEqual([]);
  });
});
