import { titleKey } from '../plain-title.ts';

/** 32 bits of a title's key: FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/, over UTF-16. Two spellings of one title have one. */
export function titleHash(title: string): number {
  const key = titleKey(title);
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
