/** A plot as SVG: lines over a logarithmic x axis, each with its own name at its end. */

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

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = { left: 64, right: 150, top: 40, bottom: 48 };
/** Told apart by people who do not tell red from green. Okabe and Ito 2008, https://jfly.uni-koeln.de/color/. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** An SVG document. The y axis begins at zero. */
export function plotSvg({ title, xLabel, yLabel, lines }: PlotOptions): string {
  const all = lines.flatMap(({ points }) => points);
  const xs = [...new Set(all.map(({ x }) => x))].sort((a, b) => a - b);
  const [low, high] = [Math.log(xs[0] ?? 1), Math.log(xs.at(-1) ?? 10)];
  const top = niceAbove(Math.max(...all.map(({ y }) => y), Number.MIN_VALUE));
  const x = (value: number) =>
    MARGIN.left + ((Math.log(value) - low) / Math.max(1e-9, high - low)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number) => HEIGHT - MARGIN.bottom - (value / top) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const at = (value: number) => value.toFixed(1);
  const text = (px: number, py: number, anchor: string, content: string) =>
    `<text x="${at(px)}" y="${at(py)}" text-anchor="${anchor}">${escape(content)}</text>`;

  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * top);
  const grid = ticks.map(
    (tick) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at(y(tick))}" y2="${at(y(tick))}" stroke="#ddd"/>` +
      text(MARGIN.left - 8, y(tick) + 4, 'end', shown(tick)),
  );
  const marks = xs.map((value) => text(x(value), HEIGHT - MARGIN.bottom + 18, 'middle', shown(value)));
  const drawn = lines.map(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const path = points.map((point) => `${at(x(point.x))},${at(y(point.y))}`).join(' ');
    const dots = points.map((point) => `<circle cx="${at(x(point.x))}" cy="${at(y(point.y))}" r="3" fill="${colour}"/>`).join('');
    const end = points.at(-1) ?? { x: xs[0] ?? 1, y: 0 };
    const label = `<text x="${at(x(end.x) + 8)}" y="${at(y(end.y) + 4)}" fill="${colour}">${escape(name)}</text>`;
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}${label}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="22" font-size="14" font-weight="600">${escape(title)}</text>`,
    ...grid,
    ...marks,
    ...drawn,
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 10, 'middle', xLabel),
    text(MARGIN.left - 8, MARGIN.top - 4, 'end', yLabel),
    '</svg>\n',
  ].join('\n');
}

/** 1, 2, 4, 5 or 8 times a power of ten, at or above. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

function shown(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
