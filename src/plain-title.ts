/** A title whatever its case, punctuation, LaTeX and accents: two spellings of one title have one key. */

const GREEK: Record<string, string> = Object.fromEntries(
  'α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta ι iota κ kappa λ lambda μ mu ν nu ξ xi π pi ρ rho σ sigma τ tau υ upsilon φ phi χ chi ψ psi ω omega'
    .split(' ')
    .flatMap((name, i, all) => (i % 2 === 0 ? [[name, all[i + 1] ?? '']] : [])),
);
/** Beyond these, or with one of the signs, a title takes the long way. */
const PLAIN = /^[ !"#%'*+,\-./0-9:;<=>?@A-Z[\]^_`a-z|~]*$/;
const ASCII = /^[ -~]*$/;
const LATEX_STYLE = /\\(?:text|math|emph|rm|it|bf|sc|tt|operatorname|ensuremath|mbox)[a-z]*/g;
const LATEX_ACCENT = /\\(?:['"`^~=.]|[cvuHk](?![A-Za-z]))/g;
const REMARK =
  /\s*[([](?:[^()[\]]*\b(?:version|abstract|extended|preprint|supplement(?:ary material)?|technical report)\b[^()[\]]*)[)\]]\s*$/i;

/** Equal for two spellings of one title. */
export function titleKey(title: string): string {
  return keyOfPlain(plainTitle(title));
}

/** In lower case, without accents, LaTeX and remarks on the version. */
export function plainTitle(title: string): string {
  if (PLAIN.test(title)) return title.toLowerCase();
  return title
    .replace(REMARK, '')
    .replace(/&(?:amp;)?/g, ' and ')
    .replace(LATEX_ACCENT, '')
    .replace(LATEX_STYLE, '')
    .replace(/\\ell\b/g, 'l')
    .replace(/[\\{}$]/g, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[α-ω]/g, (letter) => GREEK[letter] ?? letter);
}

/** All letters and digits of a plain title in a row. */
export function keyOfPlain(plain: string): string {
  return ASCII.test(plain) ? plain.replace(/[^a-z0-9]+/g, '') : plain.replace(/[^\p{L}\p{N}]+/gu, '');
}
