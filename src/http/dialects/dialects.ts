/** The dialects that are switched on, each in a plugin of its own with its own errors. */
import type { FastifyError, FastifyPluginAsync, FastifyReply } from 'fastify';
import type { Config } from '../../config.ts';
import type { AppError } from '../../errors.ts';
import { requireScope } from '../access.ts';
import { type Fault, readFault, routeNotFound } from '../fault.ts';
import { sendProblem } from '../problem.ts';
import type { Dialect, DialectOptions } from './dialect.ts';
import { huggingFace } from './hugging-face/hugging-face.ts';
import { mcp } from './mcp/mcp.ts';
import { openai } from './openai.ts';
import { semanticScholar } from './semantic-scholar/semantic-scholar.ts';
import { tei } from './tei/tei.ts';

const ALL: readonly Dialect[] = [semanticScholar, huggingFace, openai, tei, mcp];

const enabled = ({ dialects }: Pick<Config, 'dialects'>) => ALL.filter(({ name }) => dialects.includes(name));

export const mountDialects: FastifyPluginAsync<DialectOptions> = async (app, options) => {
  for (const { parts, sendFault } of enabled(options.config)) {
    for (const { prefix, routes } of parts) {
      await app.register(
        async (scope) => {
          // Nothing of a dialect writes, whatever its method.
          requireScope(scope, 'read');
          scope.setErrorHandler<FastifyError | AppError>((error, request, reply) =>
            sendFault(readFault(error, request, reply), reply),
          );
          if (prefix !== '') {
            scope.setNotFoundHandler((request, reply) => sendFault(routeNotFound(request, reply), reply));
          }
          await scope.register(routes, options);
        },
        { prefix },
      );
    }
  }
};

/** How faults are said at an address where no route has been found yet. */
export function senderFor(url: string, config: Pick<Config, 'dialects'>): (fault: Fault, reply: FastifyReply) => FastifyReply {
  const [path = ''] = url.split('?', 1);
  const isUnder = (prefix: string) => prefix !== '' && (path === prefix || path.startsWith(`${prefix}/`));
  const dialect = enabled(config).find(({ parts }) => parts.some(({ prefix }) => isUnder(prefix)));
  return dialect?.sendFault ?? sendProblem;
}
