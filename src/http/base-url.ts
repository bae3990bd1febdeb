/** Where the service is reached, for links that must be whole. */
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';

/** Without a slash at its end: `PUBLIC_URL`, else what the request was sent to. */
export function baseUrl({ protocol, host }: FastifyRequest, config: Pick<Config, 'publicUrl' | 'host' | 'port'>): string {
  if (config.publicUrl !== undefined) return config.publicUrl;
  const asked = `${protocol}://${host}`;
  return URL.canParse(asked) ? new URL(asked).origin : `http://${config.host}:${config.port}`;
}
