/** All that is asked of the papers' texts: the best for some words, and how many papers have a word. */
import { documentFrequencies } from './document-frequencies.ts';
import { createLexicalSearch, type LexicalSearch } from './lexical-search.ts';
import type { TermFrequency, TextIndexReport } from './paper-store.ts';
import { openTextIndex, type TextIndexOptions } from './text-index.ts';
import { openTokenizer } from './tokenizer.ts';

export interface TextSearch {
  lexicalSearch: LexicalSearch;
  documentFrequencies(words: readonly string[]): TermFrequency[];
  report(): TextIndexReport | null;
  close(): Promise<void>;
}

export type TextSearchOptions = Omit<TextIndexOptions, 'tokenizer' | 'file' | 'onFault'> & {
  /** Without one FTS5 answers. */
  index: Pick<TextIndexOptions, 'file' | 'onFault'> | undefined;
};

export function openTextSearch({ index, ...database }: TextSearchOptions): TextSearch {
  const tokenizer = openTokenizer();
  const textIndex = index === undefined ? undefined : openTextIndex({ ...database, ...index, tokenizer });
  const parts = { ...database, tokenizer, textIndex };
  return {
    lexicalSearch: createLexicalSearch(parts),
    documentFrequencies: database.db.transaction((words: readonly string[]) => documentFrequencies(parts, words)),
    report: () => textIndex?.report() ?? null,
    async close() {
      await textIndex?.close();
      tokenizer.close();
    },
  };
}
