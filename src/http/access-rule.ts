/** Who may ask for what: the rule that settings make, and the refusal to serve everybody by accident. */
import { BlockList, isIP } from 'node:net';
import { type ApiKey, readKeyFile, type Scope } from '../api-keys.ts';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';

export interface AccessRule {
  keys: readonly ApiKey[];
  /** What callers without a key may do. */
  anonymous: Scope | 'none';
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Where nothing is said, everybody who reaches a loopback address may do everything until there are keys, and nothing from then on.
 * @throws AppError `invalid_input` where an address that others reach would be open only because nothing was said; for a key file
 * that is not one.
 */
export async function readAccessRule(config: Config): Promise<AccessRule> {
  const { host, apiKeys, apiKeysFile, anonymous } = config;
  const keys = apiKeysFile === undefined ? apiKeys : [...apiKeys, ...(await readKeyFile(apiKeysFile))];
  if (anonymous === undefined && keys.length === 0 && !isLoopback(host)) {
    throw new AppError(
      'invalid_input',
      `HOST=${host} lets others reach the service and nothing says what they may do: set API_KEYS ("paperkin keys create" makes one), ` +
        'or ANONYMOUS=read to let everybody search, or ANONYMOUS=admin where something in front of it checks who asks',
    );
  }
  return { keys, anonymous: anonymous ?? (keys.length === 0 ? 'admin' : 'none') };
}

/** An address of this machine alone, or its name. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0 ? host === 'localhost' : LOOPBACK.check(host, version === 4 ? 'ipv4' : 'ipv6');
}
