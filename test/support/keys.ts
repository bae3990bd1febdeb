/** Keys of each scope, and the settings of a service that knows them. */
import { createKey, SCOPES, type Scope } from '#dist/api-keys.js';

const made = SCOPES.map((scope) => [scope, createKey(`the-${scope}-key`, scope)] as const);

export const KEYS = Object.fromEntries(made.map(([scope, { key }]) => [scope, key])) as Record<Scope, string>;
export const API_KEYS = made.map(([, { line }]) => line).join(',');

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
