/** What the package offers. */
export { type CallOptions, type Client, createClient } from './client.ts';
export { PaperkinError } from './errors.ts';
export type { ClientOptions } from './transport.ts';
export type * from './types.ts';
