/** Turns a person's text into an FTS5 query that cannot be a syntax error. */

/** Words that say nothing about a subject; left out unless nothing else is there. */
const STOP_WORDS = new Set(
  `a an and are as at be been but by can do does for from had has have how i in into is it its may not of on or our over
   than that the their then there these they this those to under using was we were what when where which while who why
   will with within without you`.split(/\s+/),
);

export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}

/** Terms beyond this are dropped: BM25 gains nothing from them and their cost is real. */
const MAX_TERMS = 64;

/** The words that a text is searched by, each once, in order; none where it has no letter or digit. */
export function lexicalWords(text: string): string[] {
  const words = [
    ...new Set(
      text
        .normalize('NFKC')
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu) ?? [],
    ),
  ];
  const telling = words.filter((word) => !isStopWord(word));
  return (telling.length > 0 ? telling : words).slice(0, MAX_TERMS);
}

/** An FTS5 expression, `"a" OR "b"`. @param words one or more, of letters and digits. */
export function lexicalQuery(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(' OR ');
}
