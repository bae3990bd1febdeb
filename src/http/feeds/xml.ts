/** Writes XML 1.0: elements with attributes and text. */

/** What XML 1.0 has no way to say, not even escaped: https://www.w3.org/TR/xml/#charsets. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** An element that is written already. */
export interface Xml {
  readonly xml: string;
}

/** @param children text, which is escaped, or elements. */
export function element(name: string, attributes: Record<string, string>, ...children: (string | Xml)[]): Xml {
  const said = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value, /[&<>"\t\n\r]/g)}"`);
  const inside = children.map((child) => (typeof child === 'string' ? escapeXml(child, /[&<>\r]/g) : child.xml));
  return { xml: `<${name}${said.join('')}${inside.length === 0 ? '/>' : `>${inside.join('')}</${name}>`}` };
}

export function xmlDocument({ xml }: Xml): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${xml}\n`;
}

function escapeXml(text: string, signs: RegExp): string {
  return text.replace(FORBIDDEN, '').replace(signs, (sign) => ESCAPES[sign] ?? '');
}
