/** Whether two lists of authors may be of one work. */

/** `unknown` where a list is empty or the two share some names only. */
export type AuthorEvidence = 'agree' | 'unknown' | 'disagree';

const SUFFIX = /^(?:jr|sr|ii|iii|iv)$/;

/** Family names without accents and case: of `Given Family` the last word, of `Family, Given` what stands before the comma. */
export function surnames(authors: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const author of authors) {
    const family = author.includes(',') ? author.slice(0, author.indexOf(',')) : author;
    const words = family
      .normalize('NFKD')
      .replace(/\\.|\p{M}|[{}'’-]/gu, '')
      .toLowerCase()
      .split(/[^\p{L}]+/u)
      .filter((word) => word.length > 1 && !SUFFIX.test(word));
    const last = words.at(-1);
    if (last !== undefined) names.add(last);
  }
  return names;
}

/** `agree` where half of the shorter list or more is in the other, `disagree` where nobody is. */
export function compareAuthors(a: ReadonlySet<string>, b: ReadonlySet<string>): AuthorEvidence {
  if (a.size === 0 || b.size === 0) return 'unknown';
  let shared = 0;
  for (const name of a) if (b.has(name)) shared++;
  if (shared === 0) return 'disagree';
  return shared * 2 >= Math.min(a.size, b.size) ? 'agree' : 'unknown';
}
