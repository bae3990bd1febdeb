import type { PaperDraft } from '../paper.ts';

/** One record of a file: a paper, or why there is none. `line` counts from 1. */
export type SeedRecord =
  | { ok: true; file: string; line: number; paper: PaperDraft }
  | { ok: false; file: string; line: number; message: string };
