/** The web page: static files with long caching, and `index.html` for every address that the page itself routes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { requireScope } from './access.ts';

const YEAR_S = 31_536_000;

/** Open to all: the page holds nothing, and asks for a key itself where one is needed. */
export async function page(app: FastifyInstance, { dir }: { dir: string }): Promise<void> {
  requireScope(app, 'open');
  if (!existsSync(join(dir, 'index.html'))) {
    app.log.warn({ dir }, 'the page is not built: `npm run build` makes it');
    return;
  }
  await app.register(fastifyStatic, {
    root: dir,
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      // Files under assets/ carry a hash of their content in their name.
      const forever = path.includes('/assets/');
      reply.header('cache-control', forever ? `public, max-age=${YEAR_S}, immutable` : 'no-cache');
    },
  });
  for (const url of ['/', '/like-these', '/papers/*']) {
    app.get(url, { schema: { hide: true } }, (_request, reply) => reply.sendFile('index.html'));
  }
}
