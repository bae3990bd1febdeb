import { expect, it } from 'vitest';
import { recencyFactor } from '#dist/recommend/recency.js';

const NOW = Date.UTC(2026, 0, 1);

it.each([
  ['2026-01-01', 180, 1],
  ['2025-07-05', 180, 0.5],
  ['2025-01-06', 180, 0.25],
  ['2027-03-01', 180, 1],
])('a paper of %s at a half-life of %i days counts %f', (publishedAt, halfLife, factor) => {
  expect(recencyFactor(publishedAt, halfLife, NOW)).toBeCloseTo(factor, 10);
});

it('takes a year alone as its middle and a month as its 15th', () => {
  expect(recencyFactor('2024', 100, NOW)).toBe(recencyFactor('2024-07-01', 100, NOW));
  expect(recencyFactor('2024-02', 100, NOW)).toBe(recencyFactor('2024-02-15', 100, NOW));
});
