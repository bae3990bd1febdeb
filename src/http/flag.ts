/** A yes or no in a query string. */
import { z } from 'zod';

/** @param preset what is meant where it is left out. */
export function flag(preset: boolean) {
  return z
    .enum(['true', 'false', '1', '0'], 'must be true or false')
    .default(preset ? 'true' : 'false')
    .transform((said) => said === 'true' || said === '1');
}
