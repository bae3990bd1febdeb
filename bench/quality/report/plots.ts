/** The two plots of the report, from the rows of the result file. */

import { COLOURS, dot, FAINT, INK, label, line, picture } from '../../lib/svg.ts';
import type { Row } from '../../lib/table.ts';
import { decimals, intervalAt } from '../measures.ts';

const MEASURE = 'nDCG@10';
const PLOTTED = ['bm25', 'minilm', 'ours', 'hybrid'] as const;

/** nDCG@10 by set, a dot and its interval for each of four systems. */
export function plotSets(rows: readonly Row[]): string {
  const sets = [...new Set(rows.map(({ set }) => String(set)))];
  const [left, right, top, step, group] = [170, 700, 44, 13, 13 * PLOTTED.length + 14];
  const bottom = top + sets.length * group;
  const x = (value: number) => left + value * (right - left);
  const parts: string[] = [];
  for (const [i, system] of PLOTTED.entries()) {
    parts.push(dot(left + 6 + i * 90, 16, COLOURS[system]), label(left + 16 + i * 90, 20, system));
  }
  for (const tick of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
    parts.push(line(x(tick), top - 6, x(tick), bottom, FAINT));
    parts.push(label(x(tick), bottom + 16, decimals(tick), { 'text-anchor': 'middle' }));
  }
  for (const [s, set] of sets.entries()) {
    const from = top + s * group;
    const middle = from + (step * (PLOTTED.length - 1)) / 2 + 8;
    parts.push(label(left - 12, middle, set, { 'text-anchor': 'end' }));
    for (const [i, system] of PLOTTED.entries()) {
      const row = rows.find((other) => other['set'] === set && other['system'] === system);
      const interval = row === undefined ? undefined : intervalAt(row, MEASURE);
      if (interval === undefined) continue;
      const y = from + i * step + 4;
      parts.push(line(x(interval.low), y, x(interval.high), y, COLOURS[system], 2), dot(x(interval.mean), y, COLOURS[system]));
    }
  }
  parts.push(label((left + right) / 2, bottom + 36, `${MEASURE} and its bootstrap 95 % interval`, { 'text-anchor': 'middle' }));
  return picture({ width: right + 20, height: bottom + 48 }, `${MEASURE} of ${PLOTTED.join(', ')} by evaluation set`, parts);
}

/** Mean nDCG@10 of the sets against the length that the vectors of our model are cut to; MiniLM beside it, whole. */
export function plotLengths(rows: readonly Row[], dims: { ours: number; minilm: number | undefined }): string {
  const overall = rows.at(-1)?.['set'];
  const points = rows
    .filter(({ set, system }) => set === overall && /^(ours( \d+)?|minilm)$/.test(String(system)))
    .flatMap((row) => {
      const system = String(row['system']);
      const length = system === 'minilm' ? dims.minilm : Number(system.split(' ')[1] ?? dims.ours);
      const interval = intervalAt(row, MEASURE);
      return interval === undefined || length === undefined
        ? []
        : [{ series: system === 'minilm' ? 'minilm' : 'ours', length, interval }];
    });
  const ours = points.filter(({ series }) => series === 'ours').sort((a, b) => a.length - b.length);
  const [left, right, top, bottom] = [70, 500, 44, 280];
  const lengths = [...new Set(points.map(({ length }) => length))].sort((a, b) => a - b);
  // To the next twentieth around all that is drawn; the axis does not begin at 0, as the report says.
  const low = Math.floor(Math.min(...points.map(({ interval }) => interval.low)) * 20) / 20;
  const high = Math.ceil(Math.max(...points.map(({ interval }) => interval.high)) * 20) / 20;
  const span = Math.log2((lengths.at(-1) ?? 1) / (lengths[0] ?? 1)) || 1;
  const x = (length: number) => left + 20 + (Math.log2(length / (lengths[0] ?? 1)) / span) * (right - left - 40);
  const y = (value: number) => bottom - ((value - low) / (high - low)) * (bottom - top);
  const parts = [
    dot(left + 66, 16, COLOURS.ours),
    label(left + 76, 20, 'ours, int8'),
    dot(left + 166, 16, COLOURS.minilm),
    label(left + 176, 20, 'minilm, int8'),
  ];
  for (let tick = low; tick <= high + 1e-9; tick += 0.05) {
    parts.push(line(left, y(tick), right, y(tick), FAINT));
    parts.push(label(left - 8, y(tick) + 4, decimals(tick), { 'text-anchor': 'end' }));
  }
  for (const length of lengths) parts.push(label(x(length), bottom + 18, String(length), { 'text-anchor': 'middle', fill: INK }));
  for (const [i, { length, interval }] of ours.entries()) {
    const next = ours[i + 1];
    if (next !== undefined) {
      parts.push(line(x(length), y(interval.mean), x(next.length), y(next.interval.mean), COLOURS.ours, 1.5));
    }
  }
  for (const { series, length, interval } of points) {
    // Beside each other where both have the same length.
    const at = x(length) + (series === 'minilm' ? 7 : 0);
    const colour = series === 'minilm' ? COLOURS.minilm : COLOURS.ours;
    parts.push(line(at, y(interval.low), at, y(interval.high), colour, 2), dot(at, y(interval.mean), colour));
  }
  parts.push(label((left + right) / 2, bottom + 38, 'numbers in a vector', { 'text-anchor': 'middle' }));
  parts.push(label(left - 58, 20, `mean ${MEASURE}`));
  return picture({ width: right + 20, height: bottom + 50 }, `Mean ${MEASURE} by the length of the vectors`, parts);
}
