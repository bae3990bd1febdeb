/** Lines over a logarithmic x axis, each named at its end; both axes are labelled, y begins at zero. */
import { dot, element, FAINT, INK, label, line, picture } from './svg.ts';

export interface Line {
  name: string;
  points: readonly { x: number; y: number }[];
}

export interface PlotOptions {
  title: string;
  xLabel: string;
  yLabel: string;
  lines: readonly Line[];
}

/** Told apart by people who do not tell red from green. Okabe and Ito 2008, https://jfly.uni-koeln.de/color/. */
const COLOURS = ['#3f8fd2', '#d55e00', '#00976b', '#c98a00', '#cc79a7', '#767c85'];
const [LEFT, RIGHT, TOP, BOTTOM] = [60, 500, 40, 280];
/** For the names of the lines. */
const BESIDE = 190;

/** An SVG document. */
export function plotLines({ title, xLabel, yLabel, lines }: PlotOptions): string {
  const all = lines.flatMap(({ points }) => points);
  const xs = [...new Set(all.map(({ x }) => x))].sort((a, b) => a - b);
  const [low, high] = [Math.log(xs[0] ?? 1), Math.log(xs.at(-1) ?? 10)];
  const top = niceAbove(Math.max(...all.map(({ y }) => y), Number.MIN_VALUE));
  const x = (value: number) => LEFT + 20 + ((Math.log(value) - low) / Math.max(1e-9, high - low)) * (RIGHT - LEFT - 40);
  const y = (value: number) => BOTTOM - (value / top) * (BOTTOM - TOP);
  const parts = [label(LEFT, 20, yLabel), label((LEFT + RIGHT) / 2, BOTTOM + 38, xLabel, { 'text-anchor': 'middle' })];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(line(LEFT, y(share * top), RIGHT, y(share * top), FAINT));
    parts.push(label(LEFT - 8, y(share * top) + 4, shown(share * top), { 'text-anchor': 'end' }));
  }
  for (const value of xs) parts.push(label(x(value), BOTTOM + 18, shown(value), { 'text-anchor': 'middle' }));
  for (const [i, { name, points }] of lines.entries()) {
    const colour = COLOURS[i % COLOURS.length] ?? INK;
    const path = points.map((point) => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(' ');
    parts.push(element('polyline', { points: path, fill: 'none', stroke: colour, 'stroke-width': 2 }));
    for (const point of points) parts.push(dot(x(point.x), y(point.y), colour));
    const end = points.at(-1);
    if (end !== undefined) parts.push(label(x(end.x) + 10, y(end.y) + 4, name, { fill: colour }));
  }
  return picture({ width: RIGHT + BESIDE, height: BOTTOM + 50 }, title, parts);
}

/** 1, 2, 4, 5, 8 or 10 times a power of ten, at or above. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

function shown(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  return value >= 1e3 ? `${Number((value / 1e3).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}
