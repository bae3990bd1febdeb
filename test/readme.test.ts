/** What the README promises about settings and commands, against the program. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { envSchema } from '#dist/config.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

it('lists every setting with its meaning, and no other', () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| [^|]+ \| ([^|]+) \|$/gm)].map(([, name, meaning]) => [name, meaning]);
  const expected = Object.entries(envSchema.shape).map(([name, schema]) => [name, schema.description]);
  expect(rows).toEqual(expected);
});

it('names only scripts that exist', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));
  const named = [...readme.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
});
