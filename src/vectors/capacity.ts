/** How much room an index that grows gets: an eighth more. Twice as much would be memory that stays empty for long. */

/** Places that any of them has at least. */
export const FIRST_CAPACITY = 1024;

/** @param needed places that there must be. */
export function grownCapacity(capacity: number, needed: number): number {
  return Math.max(needed, capacity + Math.max(FIRST_CAPACITY, Math.ceil(capacity / 8)));
}
