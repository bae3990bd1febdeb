/** Short papers without end, each unlike the others: words of the bundled titles in random order. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Random, sample } from '#dist/bench/lib/random.js';
import { SEED_CORPUS } from '#dist/services.js';

export interface PaperText {
  title: string;
  abstract: string;
}

export type DrawText = () => PaperText;

const TITLE_WORDS = 5;
const ABSTRACT_WORDS = 10;

export async function readTexts(random: Random): Promise<DrawText> {
  const lines = (await readFile(SEED_CORPUS, 'utf8')).trim().split('\n');
  const titles = lines.map((line) => z.object({ title: z.string() }).parse(JSON.parse(line)).title);
  const words = [...new Set(titles.flatMap((title) => title.toLowerCase().match(/[a-z]{4,}/g) ?? []))];
  return () => ({
    title: sample(words, TITLE_WORDS, random).join(' '),
    abstract: sample(words, ABSTRACT_WORDS, random).join(' '),
  });
}

export function sameText(a: PaperText | null, b: PaperText | null): boolean {
  return a?.title === b?.title && a?.abstract === b?.abstract;
}
