/** The client as a package: its types are those of the document, and what would be published works where it is installed. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { codeBlocks } from '../support/markdown.ts';
import { type TempDir, tempDir } from '../support/seeded.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE = join(ROOT, 'clients/typescript');

let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir.remove());

it('has the types of the committed OpenAPI document', async () => {
  await run('npm', ['run', '-s', 'types', '--', '--check'], { cwd: PACKAGE });
});

it('packs what is built, its README and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: PACKAGE });
  const [packed] = z.array(z.object({ files: z.array(z.object({ path: z.string() })) })).parse(JSON.parse(stdout));
  const built = readdirSync(join(PACKAGE, 'src')).flatMap((name) => {
    const stem = name.replace(/\.ts$/, '');
    return [`dist/${stem}.d.ts`, `dist/${stem}.js`];
  });
  expect(packed?.files.map(({ path }) => path).sort()).toEqual([...built, 'README.md', 'package.json'].sort());
});

it('is as publint wants a package', async () => {
  const { messages } = await publint({ pkgDir: PACKAGE, strict: true });
  expect(messages).toEqual([]);
});

it('compiles where it is installed, in every example of its documentation, with the TypeScript that most have', async () => {
  const installed = join(dir.path, 'node_modules/@paperkin/client');
  await mkdir(installed, { recursive: true });
  await run('npm', ['pack', '--pack-destination', dir.path], { cwd: PACKAGE });
  const [tarball = ''] = readdirSync(dir.path).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', join(dir.path, tarball), '-C', installed, '--strip-components=1']);

  const readme = codeBlocks(await readFile(join(PACKAGE, 'README.md'), 'utf8'), 'ts');
  const guide = codeBlocks(await readFile(join(ROOT, 'docs/api.md'), 'utf8'), 'ts').join('');
  const files = await Promise.all(
    [...readme, guide].map(async (code, i) => {
      expect(code).toContain("from '@paperkin/client'");
      await writeFile(join(dir.path, `example-${i}.mts`), code);
      return `example-${i}.mts`;
    }),
  );
  const tsc = join(PACKAGE, 'node_modules/typescript/bin/tsc');
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', ...types];
  for (const module of ['--module nodenext', '--module esnext --moduleResolution bundler']) {
    await run(process.execPath, [tsc, ...options, ...module.split(' '), ...files], { cwd: dir.path });
  }
});
