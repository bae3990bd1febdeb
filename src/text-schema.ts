/** A text as a caller sends it: the blanks around it go, and something must be left. */
import { z } from 'zod';

/** What `trim` leaves something of, spelled out: other languages, which read it in the OpenAPI document, count other signs as blank. */
const SOMETHING = /[^\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/;

interface TextMessages {
  /** Where it is no text at all, or missing. */
  error?: string | z.core.$ZodErrorMap;
  empty?: string;
  long?: string;
}

/** @param max characters, blanks counted. */
export function textSchema(max: number, { error, empty = 'must not be empty', long }: TextMessages = {}): z.ZodString {
  return z
    .string(error === undefined ? undefined : { error })
    .max(max, long)
    .trim()
    .regex(SOMETHING, empty);
}
