/** A title's key as a number, for those who keep one of every paper. */
import { fnv1a } from '../fnv.ts';
import { titleKey } from '../plain-title.ts';

/** 32 bits. Two spellings of one title have one. */
export function titleHash(title: string): number {
  return fnv1a(titleKey(title));
}
