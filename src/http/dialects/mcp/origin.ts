/**
 * Which pages may call: the Model Context Protocol asks servers to look at `Origin`, for a page of a name that is pointed at
 * this machine (DNS rebinding) is of the same origin to a browser, and nothing else would keep it out.
 */
import { isIP } from 'node:net';
import type { Config } from '../../../config.ts';
import { isLoopback } from '../../access-rule.ts';

export interface Page {
  /** Undefined for all that is no page. */
  origin: string | undefined;
  /** Name or address and port that was asked. */
  host: string | undefined;
}

/** Pages of this machine, of the address that the service is known by, and those that `CORS_ORIGINS` lists may call. */
export function mayCall({ origin, host }: Page, { publicUrl, corsOrigins }: Pick<Config, 'publicUrl' | 'corsOrigins'>): boolean {
  if (origin === undefined || corsOrigins.includes('*') || corsOrigins.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (publicUrl !== undefined && page.origin === new URL(publicUrl).origin) return true;
  const address = page.hostname.replace(/^\[|\]$/g, '');
  // A number stands for itself: nobody else can point it here.
  return isLoopback(address) || (isIP(address) !== 0 && page.host === host);
}
