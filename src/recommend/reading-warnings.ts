/** What a caller should know of a text that the model could not read well: the ranking by meaning is worth less then. */

export type ReadingWarningCode = 'truncated' | 'not_understood';

export interface ReadingWarning {
  code: ReadingWarningCode;
  message: string;
}

/** What the tokenizer made of the text. */
export interface Reading {
  /** Tokens of the whole text, special tokens counted. */
  tokens: number;
  /** Tokens that stand for something without a piece. */
  unknown: number;
  truncated: boolean;
  /** Tokens that the model reads. */
  maxTokens: number;
}

/** Above this share of unknown tokens a vector says little. */
const UNKNOWN_SHARE = 0.4;
/** [CLS] and [SEP]. */
const SPECIAL_TOKENS = 2;
/** An alphabet whose words fall into pieces of a letter or so is one that the model has not learnt; English has 4 to 5. */
const LETTERS_A_PIECE = 1.5;
/** Scripts that all models read well, and those that no model reads in pieces of several letters. */
const NOT_SPELT = /[\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu;

/** Nothing where all is well. */
export function readingWarnings(text: string, { tokens, unknown, truncated, maxTokens }: Reading): ReadingWarning[] {
  const warnings: ReadingWarning[] = [];
  const pieces = tokens - SPECIAL_TOKENS;
  const why = pieces <= 0 ? 'it reads no word of it' : whyNotUnderstood(text, pieces, unknown);
  if (why !== null) {
    const message = `the model does not understand this text well (${why}): ask in other words, or with mode=lexical for these very words`;
    warnings.push({ code: 'not_understood', message });
  }
  if (truncated) {
    warnings.push({
      code: 'truncated',
      message: `the text has ${tokens} tokens, of which the model reads ${maxTokens}: what follows counts by its words alone`,
    });
  }
  return warnings;
}

function whyNotUnderstood(text: string, pieces: number, unknown: number): string | null {
  if (unknown / pieces > UNKNOWN_SHARE) return `${Math.round((100 * unknown) / pieces)} % of what it reads is unknown to it`;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const spelt = letters - (text.match(NOT_SPELT)?.length ?? 0);
  return spelt > letters / 2 && letters / pieces < LETTERS_A_PIECE ? 'it reads this script letter by letter' : null;
}
