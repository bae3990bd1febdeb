/** Every route's example in the OpenAPI document, as the documentation page fills it in, tried on a service over the seed corpus. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { copySeeded, type TempDir } from '../support/seeded.ts';
import { endServer, type Server, startServer } from '../support/server.ts';

const valueSchema = z.union([z.string(), z.number(), z.boolean()]);
/** One example, or several by name. */
const mediaSchema = z
  .object({
    example: z.unknown().optional(),
    examples: z.record(z.string(), z.object({ value: z.unknown() })).default({}),
  })
  .transform(({ example, examples }) => [
    ...(example === undefined ? [] : [example]),
    ...Object.values(examples).map(({ value }) => value),
  ]);
const operationSchema = z.object({
  summary: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean(), example: valueSchema.optional() }))
    .default([]),
  requestBody: z.object({ content: z.object({ 'application/json': mediaSchema }) }).optional(),
  responses: z.record(z.string(), z.unknown()),
});
const { paths } = z
  .object({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) })
  .parse(JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')));
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
);

let dir: TempDir;
let server: Server;
/** A job has no id before it is begun: that of the example of `POST /v1/jobs`. */
let jobId: string;
beforeAll(async () => {
  dir = await copySeeded();
  server = await startServer(dir.path);
});
afterAll(async () => {
  await endServer(server, 'SIGTERM');
  await dir.remove();
});

it('reads the routes that it tries', () => {
  expect(operations.length).toBeGreaterThan(35);
});

// One after the other, as the page lists them: what one removes an earlier one has stored.
it.each(operations)('$method $path', async ({ method, path, parameters, requestBody, responses }) => {
  let address = path;
  const query = new URLSearchParams();
  for (const { name, in: place, required, example } of parameters) {
    if (example === undefined) expect(required, `${name} has an example`).toBe(false);
    else if (place === 'query') query.set(name, String(example));
    else address = address.replace(`{${name}}`, encodeURIComponent(path.startsWith('/v1/jobs/') ? jobId : String(example)));
  }
  const bodies = requestBody?.content['application/json'];
  if (bodies !== undefined) expect(bodies.length, 'the body has an example').toBeGreaterThan(0);

  for (const sent of bodies ?? [undefined]) {
    const response = await fetch(`${server.url}${address}?${query}`, {
      method,
      ...(sent !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(sent) }),
    });
    const body = await response.text();
    expect(response.ok, `${response.status} ${body}`).toBe(true);
    expect(Object.keys(responses)).toContain(String(response.status));
    expect(body, 'finds something').not.toMatch(/^\[\]$|"(results|papers|data|recommendedPapers)":\[\]/);
    if (`${method} ${path}` === 'POST /v1/jobs') jobId = z.object({ id: z.string() }).parse(JSON.parse(body)).id;
  }
});
