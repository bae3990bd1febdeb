/** LaTeX in titles, names and abstracts as Unicode. Formulas (`$…$`) and commands without a plain form stay as they are. */

/** Commands with an argument that only change how it looks. */
const STYLES = new Set(
  'emph textit textbf textrm textsf texttt textsc textsl textup textmd textnormal mbox text underline uppercase lowercase'.split(
    ' ',
  ),
);
const SYMBOLS: Record<string, string> = {
  ss: 'ß',
  o: 'ø',
  O: 'Ø',
  l: 'ł',
  L: 'Ł',
  ae: 'æ',
  AE: 'Æ',
  oe: 'œ',
  OE: 'Œ',
  aa: 'å',
  AA: 'Å',
  i: 'ı',
  j: 'ȷ',
  dh: 'ð',
  DH: 'Ð',
  dj: 'đ',
  DJ: 'Đ',
  th: 'þ',
  TH: 'Þ',
  S: '§',
  P: '¶',
  copyright: '©',
  pounds: '£',
  dag: '†',
  textdegree: '°',
  textendash: '–',
  textemdash: '—',
  textquoteright: '’',
  textquoteleft: '‘',
  textquotedblleft: '“',
  textquotedblright: '”',
  textasciitilde: '~',
  textasciicircum: '^',
  textbackslash: '\\',
  textbraceleft: '{',
  textbraceright: '}',
  textbar: '|',
  textless: '<',
  textgreater: '>',
  textregistered: '®',
  texttrademark: '™',
  textmu: 'µ',
  ldots: '…',
  dots: '…',
  LaTeX: 'LaTeX',
  TeX: 'TeX',
};
/** Combining marks that follow their letter. */
const ACCENTS: Record<string, string> = {
  '`': '\u0300',
  "'": '\u0301',
  '^': '\u0302',
  '~': '\u0303',
  '=': '\u0304',
  u: '\u0306',
  '.': '\u0307',
  '"': '\u0308',
  r: '\u030A',
  H: '\u030B',
  v: '\u030C',
  d: '\u0323',
  c: '\u0327',
  k: '\u0328',
  b: '\u0331',
};
/** A spelling in quotes and dashes of its own, the longer first. */
const LIGATURES: readonly (readonly [string, string])[] = [
  ['---', '—'],
  ['--', '–'],
  ['``', '“'],
  ["''", '”'],
];
/** An accent's letter, braced or not, dotless or not, or a symbol such as `\ae`. */
const ACCENTED = /\s*(?:\{\s*(?:\\([A-Za-z]+)|(\p{L}?))\s*\}|\\([A-Za-z]+) ?|(\p{L}))/uy;

export function plainLatex(latex: string): string {
  let plain = '';
  let at = 0;
  while (at < latex.length) {
    const piece = pieceAt(latex, at);
    plain += piece.text;
    at += piece.length;
  }
  return plain.normalize('NFC').replace(/\s+/g, ' ').trim();
}

interface Piece {
  text: string;
  /** Characters of the source that it takes. */
  length: number;
}

function pieceAt(latex: string, at: number): Piece {
  const char = latex[at] as string;
  if (char === '\\') return commandAt(latex, at);
  if (char === '$') return formulaAt(latex, at);
  if (char === '{' || char === '}') return { text: '', length: 1 };
  if (char === '~') return { text: ' ', length: 1 };
  const ligature = LIGATURES.find(([spelling]) => latex.startsWith(spelling, at));
  return ligature === undefined ? { text: char, length: 1 } : { text: ligature[1], length: ligature[0].length };
}

function formulaAt(latex: string, at: number): Piece {
  const end = /(?<!\\)\$/g;
  end.lastIndex = at + 1;
  const length = (end.exec(latex)?.index ?? at) + 1 - at;
  return { text: latex.slice(at, at + length), length };
}

function commandAt(latex: string, at: number): Piece {
  const name = wordAt(latex, at + 1) || (latex[at + 1] ?? '');
  const after = at + 1 + name.length;
  if (Object.hasOwn(ACCENTS, name)) return accentAt(latex, at, name) ?? { text: `\\${name}`, length: after - at };
  if (STYLES.has(name)) return { text: '', length: after - at };
  // A space after a command's name only ends it.
  const space = /[A-Za-z]/.test(name) && latex[after] === ' ' ? 1 : 0;
  const symbol = Object.hasOwn(SYMBOLS, name) ? SYMBOLS[name] : undefined;
  if (symbol !== undefined) return { text: symbol, length: after - at + space };
  if (/^[&%$#_{}]$/.test(name)) return { text: name, length: 2 };
  if (/^[\s\\]$/.test(name)) return { text: ' ', length: 2 };
  if (/^[-/,]$/.test(name)) return { text: name === ',' ? ' ' : '', length: 2 };
  return { text: `\\${name}`, length: after - at };
}

/** Null where no letter follows that could carry the accent. */
function accentAt(latex: string, at: number, name: string): Piece | null {
  ACCENTED.lastIndex = at + 1 + name.length;
  const match = ACCENTED.exec(latex);
  if (match === null) return null;
  const [whole, bracedCommand, bracedLetter, command, letter] = match;
  // `\c c` needs the space, `\cc` is another command: its name would have been read as one.
  const base = baseOf(bracedCommand ?? command) ?? bracedLetter ?? letter;
  if (base === undefined) return null;
  return { text: base + (base === '' ? '' : (ACCENTS[name] ?? '')), length: 1 + name.length + whole.length };
}

/** Accents take the dotted `i` and `j` in Unicode. */
function baseOf(command: string | undefined): string | undefined {
  if (command === undefined) return undefined;
  return command === 'i' || command === 'j' ? command : SYMBOLS[command];
}

function wordAt(text: string, at: number): string {
  const word = /[A-Za-z]+/y;
  word.lastIndex = at;
  return word.exec(text)?.[0] ?? '';
}
