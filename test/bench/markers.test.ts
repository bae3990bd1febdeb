import { describe, expect, it } from 'vitest';
import { hasBlock, replaceBlock } from '#dist/bench/lib/markers.js';

const document = 'Words.\n\n<!-- begin figures -->\nold\n<!-- end figures -->\n\nMore words.\n';

describe('a generated block', () => {
  it('is replaced, and nothing around it, however often', () => {
    const once = replaceBlock(document, 'figures', '\nnew $& 1\n');
    expect(once).toBe('Words.\n\n<!-- begin figures -->\nnew $& 1\n<!-- end figures -->\n\nMore words.\n');
    expect(replaceBlock(once, 'figures', 'new $& 1')).toBe(once);
  });

  it('is known by its whole name', () => {
    expect(hasBlock(document, 'figures')).toBe(true);
    expect(hasBlock(document, 'fig')).toBe(false);
  });

  it.each([
    ['without an end', '<!-- begin figures -->'],
    ['twice', document + document],
    ['the wrong way round', '<!-- end figures --><!-- begin figures -->'],
  ])('is refused %s', (_, text) => {
    expect(() => replaceBlock(text, 'figures', 'new')).toThrow('<!-- begin figures -->');
  });
});
