// Covers `paperkin restore` over folders that hold something: what is refused changes nothing, what is replaced leaves no trace.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jsonOf, runCli } from '../support/cli.ts';
import { type TempDir, tempDir } from '../support/seeded.ts';

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(() => dir.remove());

const run = (dataDir: string, args: string[], input = '') => runCli(args, { dataDir, input });
const infoOf = async (dataDir: string) => jsonOf((await run(dataDir, ['--json', 'info'])).stdout);
const linesOf = (papers: readonly object[]) => papers.map((paper) => JSON.stringify(paper)).join('\n');

/** Every file of a folder by its checksum. */
async function stateOf(folder: string): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    if ((await stat(path)).isFile())
      state[name] = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
  }
  return state;
}

describe('paperkin restore', () => {
  const OLD = [
    { id: 'a', title: 'Whale songs', abstract: 'How whales sing.' },
    { id: 'b', title: 'Bird flight', abstract: 'How birds fly.' },
  ];
  const NEW = [
    { id: 'c', title: 'Dolphin calls', abstract: 'How dolphins whistle.' },
    { id: 'a', title: 'Whale songs, second edition', abstract: 'How whales sing in chorus.' },
  ];
  let home: TempDir;
  let file = '';
  let whole: Buffer;
  /** Holds the old and the new papers, and a generation newer than the snapshot of the old ones. */
  let folder = '';

  beforeAll(async () => {
    home = await tempDir();
    folder = join(home.path, 'data');
    file = join(home.path, 'old.snapshot');
    await run(folder, ['import', '-'], linesOf(OLD));
    await run(folder, ['snapshot', file]);
    await run(folder, ['import', '-'], linesOf(NEW));
    whole = await readFile(file);
  });
  afterAll(() => home.remove());

  it.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ['is empty', () => Buffer.alloc(0), /it is empty/],
    ['is something else', () => Buffer.from('{"title": "A paper"}\n'), /its first line/],
    ['ends in its header', (bytes) => bytes.subarray(0, 200), /it ends after 200 of \d+ bytes/],
    ['lacks its last byte', (bytes) => bytes.subarray(0, -1), /it ends after \d+ of \d+ bytes/],
    ['has a changed header', (bytes) => flip(bytes, 150), /its checksum is/],
    ['has a changed byte in its database', (bytes) => flip(bytes, bytes.length - 1_000), /its checksum is/],
  ])('refuses a file that %s, in one line, and changes nothing', async (_what, damage, why) => {
    const before = await stateOf(folder);
    const damaged = join(dir.path, 'damaged.snapshot');
    await writeFile(damaged, damage(whole));
    const { code, stdout, stderr } = await run(folder, ['restore', '--replace', damaged]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(damaged);
    expect(stderr).toMatch(why);
    expect(await stateOf(folder)).toEqual(before);
  });

  it('refuses a folder that holds papers, and a file that is not there', async () => {
    const before = await stateOf(folder);
    const refused = await run(folder, ['restore', file]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/holds 3 papers: --replace/);
    expect((await run(folder, ['restore', '--replace', join(dir.path, 'nothing')])).code).toBe(2);
    expect((await stateOf(folder))['paperkin.db']).toBe(before['paperkin.db']);
  });

  it('names what is missing when the chosen model is not there, and the next step', async () => {
    const source = join(dir.path, 'source');
    await run(source, ['restore', file]);
    await writeFile(join(source, 'model.json'), JSON.stringify({ model: 'someone/else' }));
    const other = join(dir.path, 'other-model.snapshot');
    expect((await run(source, ['snapshot', other])).code).toBe(0);
    const target = join(dir.path, 'target');
    const { code, stdout, stderr } = await run(target, ['restore', other]);
    expect(code).toBe(1);
    expect(stdout).toContain('restored 2 papers');
    expect(stderr).toMatch(/no model "someone\/else".*"paperkin reindex"/);
    // The snapshot of before says that none was chosen: it brings that back as well.
    expect((await run(target, ['restore', '--replace', file])).code).toBe(0);
    expect(await infoOf(target)).toMatchObject({ papers: 2, indexed: 2, model: { name: 'paperkin-papers' } });
  });

  it('with --replace puts it in the place of what is there, newer generations and a damaged database included', async () => {
    const replaced = await run(folder, ['--json', 'restore', '--replace', file]);
    expect(replaced.code, replaced.stderr).toBe(0);
    expect(jsonOf(replaced.stdout)).toMatchObject({ papers: 2, indexed: 2, pending: 0 });
    expect(await infoOf(folder)).toMatchObject({ papers: 2, indexed: 2, pending: 0, degraded: null });
    expect((await run(folder, ['reindex'])).code).toBe(3);
    const found = await run(folder, ['search', 'dolphins', 'and', 'whales']);
    expect(found.stdout).toContain('Whale songs\n');
    expect(found.stdout).not.toMatch(/Dolphin|second edition/);

    await writeFile(join(folder, 'paperkin.db'), 'overwritten by accident');
    expect((await run(folder, ['restore', file])).stderr).toMatch(/cannot be read.*--replace/);
    expect((await run(folder, ['restore', '--replace', file])).code).toBe(0);
    expect(await infoOf(folder)).toMatchObject({ papers: 2, indexed: 2 });
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  return flipped;
}
