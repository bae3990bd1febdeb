/** A number in a query string. */
import { z } from 'zod';

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** @param number what it must be, read from its text; an empty text is no number, and not 0. The document shows `number` alone. */
export function numberParam<T extends z.ZodType<number | undefined>>(number: T) {
  return z.preprocess((given, { addIssue }) => {
    if (typeof given !== 'string') return given;
    if (NUMBER.test(given)) return Number(given);
    addIssue({ code: 'custom', message: 'must be a number' });
    return z.NEVER;
  }, number);
}
