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

/** An FTS5 expression (`"a" OR "b"`), or undefined when the text has no word. */
export function lexicalQuery(text: string): string | undefined {
  const words = [
    ...new Set(
      text
        .normalize('NFKC')
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu) ?? [],
    ),
  ];
  const telling = words.filter((word) => !isStopWord(word));
  const terms = (telling.length > 0 ? telling : words).slice(0, MAX_TERMS);
  return terms.length === 0 ? undefined : terms.map((term) => `"${term}"`).join(' OR ');
}
