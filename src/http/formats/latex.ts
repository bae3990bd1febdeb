/** Plain text as LaTeX that is set as it reads, and that the importer of BibTeX reads back to the same text. */

const COMMANDS: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '{': '\\textbraceleft{}',
  '}': '\\textbraceright{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
};
/** `--`, two backticks and two apostrophes would become one sign: an empty group stands between them. */
const SIGNS = /[\\{}~^<>|]|[&%$#_]|-(?=-)|`(?=`)|'(?=')/g;

/**
 * A formula, which stays as it is: no space inside its dollars, no digit behind it, as
 * https://pandoc.org/MANUAL.html#extension-tex_math_dollars has it.
 */
const FORMULA = /\$(?!\s)[^$]*[^\s$\\]\$(?!\d)/g;

/** On one line; braces are balanced, escaped ones too. */
export function escapeLatex(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  let escaped = '';
  let from = 0;
  for (const { 0: formula, index } of line.matchAll(FORMULA)) {
    if (!isBalanced(formula)) continue;
    escaped += escapePlain(line.slice(from, index)) + formula;
    from = index + formula.length;
  }
  return escaped + escapePlain(line.slice(from));
}

function escapePlain(text: string): string {
  return text.replace(SIGNS, (sign) => COMMANDS[sign] ?? (/[-`']/.test(sign) ? `${sign}{}` : `\\${sign}`));
}

/** As BibTeX counts: every brace. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    if (char === '{') depth++;
    else if (char === '}' && --depth < 0) return false;
  }
  return depth === 0;
}
