import { createHash } from 'node:crypto';

/** Names a text by its content: 32 hex digits. Two papers with the same title and abstract share one. */
export type ContentHash = string;

export function contentHash(title: string, abstract: string): ContentHash {
  return createHash('sha256').update(title).update('\0').update(abstract).digest('hex').slice(0, 32);
}
