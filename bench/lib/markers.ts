/** Blocks of a document that are written by a program, between `<!-- begin NAME -->` and `<!-- end NAME -->`. */

export function hasBlock(text: string, name: string): boolean {
  return text.includes(beginOf(name));
}

/** @throws Error unless the document has the block's two markers once each, in order. */
export function replaceBlock(text: string, name: string, content: string): string {
  const [before, rest, ...more] = text.split(beginOf(name));
  const [, after, ...others] = rest?.split(endOf(name)) ?? [];
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0 || before.includes(endOf(name))) {
    throw new Error(`expected "${beginOf(name)}" and "${endOf(name)}" once each, in this order`);
  }
  return `${before}${beginOf(name)}\n${content.trim()}\n${endOf(name)}${after}`;
}

const beginOf = (name: string) => `<!-- begin ${name} -->`;
const endOf = (name: string) => `<!-- end ${name} -->`;

/** Names of all blocks, in order. */
export function blockNames(text: string): string[] {
  return [...text.matchAll(/<!-- begin (\S+) -->/g)].map(([, name = '']) => name);
}
