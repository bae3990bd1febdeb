/** What a plot is drawn with: elements as text, and colours that stand out on white and on black alike. */

export const INK = '#767c85';
export const FAINT = '#767c8540';
export const COLOURS = { bm25: '#c98a00', minilm: '#3f8fd2', ours: '#d55e00', hybrid: '#00976b' } as const;

/** An element with its children, which are markup already. */
export function element(name: string, attributes: Record<string, string | number>, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? Number(value.toFixed(1)) : escaped(value)}"`,
  );
  return `<${name}${written.join('')}${children.length === 0 ? '/>' : `>${children.join('')}</${name}>`}`;
}

export function label(x: number, y: number, text: string, attributes: Record<string, string | number> = {}): string {
  return element('text', { x, y, fill: INK, ...attributes }, escaped(text));
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string {
  return element('line', { x1, y1, x2, y2, stroke, 'stroke-width': width });
}

export function dot(cx: number, cy: number, fill: string): string {
  return element('circle', { cx, cy, r: 4, fill });
}

/** The whole picture, with a transparent ground; `title` is read out to those who do not see it. */
export function picture(size: { width: number; height: number }, title: string, parts: readonly string[]): string {
  const { width, height } = size;
  const head = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'font-family': 'system-ui, sans-serif',
    'font-size': 12,
  };
  return `${element('svg', head, '\n', element('title', {}, escaped(title)), '\n', parts.join('\n'), '\n')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
