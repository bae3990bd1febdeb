/** What a dialect is: routes of another service's API, and that service's way to say what is wrong. */
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Config, DialectName } from '../../config.ts';
import type { Services } from '../../services.ts';
import type { Fault } from '../fault.ts';

export interface DialectOptions {
  services: Services;
  config: Config;
}

export interface Dialect {
  name: DialectName;
  sendFault(fault: Fault, reply: FastifyReply): FastifyReply;
  /** Every path under a prefix is the dialect's, those too that it does not serve; under an empty one only its routes are. */
  parts: readonly { prefix: string; routes: FastifyPluginAsyncZod<DialectOptions> }[];
}
