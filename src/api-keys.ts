/**
 * API keys: what they may do, how they are made, and how they are kept. A key is 256 random bits, so one round of SHA-256 keeps it as
 * well as a slow password hash would: there is no dictionary to try, and a request pays a microsecond.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from './errors.ts';

/** Each includes those before it. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A key as it is kept: it says nothing of the key itself. */
export interface ApiKey {
  /** For logs and limits; two keys may share it while one replaces the other. */
  name: string;
  scope: Scope;
  /** SHA-256 of the key, lower-case hex. */
  sha256: string;
}

export const KEY_NAME = /^[\w.-]{1,64}$/;
const LINE = /^([\w.-]{1,64}):(read|write|admin):([0-9a-f]{64})$/;
const PREFIX = 'pk_';
const KEY_BYTES = 32;
/** Nothing longer is a key. */
const MAX_KEY_LENGTH = 200;

/** True where `scope` includes `needed`. */
export function includesScope(scope: Scope | 'none', needed: Scope): boolean {
  return scope !== 'none' && SCOPES.indexOf(scope) >= SCOPES.indexOf(needed);
}

/** A new key, which is nowhere kept, and the line that is. */
export function createKey(name: string, scope: Scope): { key: string; line: string } {
  const key = PREFIX + randomBytes(KEY_BYTES).toString('base64url');
  return { key, line: `${name}:${scope}:${sha256(key).toString('hex')}` };
}

/**
 * @param text lines as `createKey` makes them, with white space or commas between them; from `#` to the end of a line it is not read.
 * @param source named where something is wrong; what is there is not repeated, for it may be a key.
 * @throws AppError `invalid_input`.
 */
export function parseKeys(text: string, source: string): ApiKey[] {
  const entries = text
    .replace(/#.*$/gm, '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  return entries.map((entry, i) => {
    const [, name, scope, hash] = LINE.exec(entry) ?? [];
    if (name === undefined || scope === undefined || hash === undefined) {
      const message = `entry ${i + 1} is not NAME:SCOPE:SHA256, as "paperkin keys create" prints it`;
      throw new AppError('invalid_input', `${source}: ${message}`, { issues: [{ path: source, message }] });
    }
    return { name, scope: scope as Scope, sha256: hash };
  });
}

/** @throws AppError `invalid_input` that names the file. */
export async function readKeyFile(path: string): Promise<ApiKey[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new AppError('invalid_input', `API_KEYS_FILE cannot be read: ${messageOf(error)}`, { cause: error });
  });
  return parseKeys(text, path);
}

/** Finds the key that was presented. Every one is compared, in constant time: how long it takes says nothing of any. */
export function keyFinder(keys: readonly ApiKey[]): (presented: string) => ApiKey | undefined {
  const kept = keys.map((key) => ({ key, hash: Buffer.from(key.sha256, 'hex') }));
  return (presented) => {
    if (presented.length > MAX_KEY_LENGTH) return undefined;
    const hash = sha256(presented);
    return kept.filter((one) => timingSafeEqual(one.hash, hash))[0]?.key;
  };
}

function sha256(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
