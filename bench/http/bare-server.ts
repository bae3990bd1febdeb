/** Fastify with nothing: one route that answers the bytes of a captured answer. The yardstick of the HTTP bench. */
import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';

const [, , bodyFile] = process.argv;
if (bodyFile === undefined || process.send === undefined) throw new Error('bare-server is started by bench/http');

const body = await readFile(bodyFile);
const app = Fastify();
app.get('/v1/papers/:id/similar', async (_request, reply) => reply.type('application/json; charset=utf-8').send(body));
process.on('disconnect', () => process.exit(0));
process.send(await app.listen({ host: '127.0.0.1', port: 0 }));
