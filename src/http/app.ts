/** Builds the HTTP application; it does not listen. Fastify knows the services by their interfaces alone. */
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { Services } from '../services.ts';
import { isTracing } from '../tracing.ts';
import { callers, scopes } from './access.ts';
import { readAccessRule } from './access-rule.ts';
import { admission, admissionLimits } from './admission.ts';
import { closing } from './closing.ts';
import { corsOptions } from './cors-options.ts';
import { deadlines } from './deadline.ts';
import { mountDialects, senderFor } from './dialects/dialects.ts';
import { readFault } from './fault.ts';
import { methodsNotAllowed } from './method-not-allowed.ts';
import { metrics } from './metrics.ts';
import { openapi } from './openapi.ts';
import { page } from './page.ts';
import { problems } from './problem.ts';
import { rateLimit } from './rate-limit.ts';
import { requestEnds } from './request-end.ts';
import { requestIdOf, requestIds } from './request-id.ts';
import { requestLog } from './request-log.ts';
import { askRoutes } from './routes/ask.ts';
import { embedRoutes } from './routes/embed.ts';
import { feedRoutes } from './routes/feeds.ts';
import { jobRoutes } from './routes/jobs.ts';
import { paperRoutes } from './routes/papers.ts';
import { serviceRoutes } from './routes/service.ts';
import { securityHeaders } from './security-headers.ts';
import { slowClients, socketLimits } from './slow-clients.ts';
import { tracing } from './tracing.ts';
import { answerUnreadable } from './unreadable-request.ts';

export interface AppParts {
  config: Config;
  logger: Logger;
  services: Services;
  /** Folder of the built page. */
  uiDir: string;
  /** Called when a job has been enqueued; without it jobs wait for a service that runs them. */
  onJob?: () => void;
}

/** An id of 256 characters, each percent-encoded as four bytes. */
const MAX_PARAM_LENGTH = 3_072;

/** @throws AppError as `readAccessRule`. */
export async function buildApp({ config, logger, services, uiDir, onJob }: AppParts): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = logger;
  const app: FastifyInstance = Fastify({
    loggerInstance,
    // `requestLog` writes the line.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.bodyLimitBytes,
    frameworkErrors: (error, request, reply) => senderFor(request.url, config)(readFault(error, request, reply), reply),
    clientErrorHandler: answerUnreadable,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // A keep-alive connection without a request is closed at once on shutdown; one with a request is answered first.
    forceCloseConnections: 'idle',
    genReqId: requestIdOf,
    trustProxy: config.trustProxy.length > 0 && [...config.trustProxy],
    http: socketLimits(config.clientTimeoutMs),
  });
  // JSON is all that is read, but where a route says otherwise.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  await app.register(problems);
  await app.register(requestEnds);
  await app.register(requestIds);
  if (isTracing()) await app.register(tracing);
  await app.register(requestLog);
  await app.register(callers, await readAccessRule(config));
  if (config.corsOrigins.length > 0) await app.register(cors, corsOptions(config.corsOrigins));
  if (config.rateLimit > 0) await app.register(rateLimit, { perMinute: config.rateLimit });
  await app.register(scopes);
  if (config.requestTimeoutMs > 0) await app.register(deadlines, { limitMs: config.requestTimeoutMs });
  await app.register(admission, admissionLimits(config.maxRequests));
  await app.register(slowClients, { timeoutMs: config.clientTimeoutMs });
  await app.register(metrics, { services, config });
  await app.register(closing);
  await app.register(securityHeaders);
  await app.register(methodsNotAllowed, { config });
  await app.register(openapi, { version: services.version });
  await app.register(askRoutes, { services, config });
  await app.register(feedRoutes, { services, config });
  await app.register(paperRoutes, { services });
  await app.register(embedRoutes, { services });
  await app.register(jobRoutes, { services, config, onJob });
  await app.register(serviceRoutes, { services, config });
  await app.register(mountDialects, { services, config });
  await app.register(page, { dir: uiDir });
  app.refuseOtherMethods();
  return app;
}
