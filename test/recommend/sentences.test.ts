// Covers the places of sentences: what ends one and what does not, and that no character is lost.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentencesOf } from '#dist/recommend/sentences.js';

const split = (text: string) => sentencesOf(text).map(({ start, end }) => text.slice(start, end));

describe('sentencesOf', () => {
  it.each([
    [
      'abbreviations',
      'We use models, e.g. BERT and i.e. GPT, here. | Smith et al. Propose the other method. | Compare with it, cf. Table 1.',
    ],
    ['figures', 'The results are in Fig. 2, A and in Sec. IV. | As Eq. 3 says, this is optimal.'],
    ['names', 'The method of J. R. Smith is used widely. | The U.S. Army pays for all of it.'],
    ['decimals', 'Accuracy rises by 3.5 points to 91.2%. | Training takes 0.5 hours on a laptop.'],
    ['formulas', 'We prove that $f(x) = 1. Let$ hold for everyone. | For $\\alpha.\\beta$ there is no such bound.'],
    ['dollars', 'The corpus cost us \\$5. | Annotators were paid for each hour.'],
    ['line breaks', 'A sentence that is\nwrapped over two lines. | Another sentence\r\nthat is wrapped.'],
    ['headings and lists', 'BACKGROUND. Nobody knows why it works. | 1. The first of all items. | 2. The second of all items.'],
    ['short cries', 'Can we do better than this? | Yes! Our method is better by far.'],
    ['other scripts', '深層学習は大規模なデータを必要とする。 | 我々は新しい手法を提案する。'],
  ])('%s', (_, marked) => {
    const sentences = marked.split(' | ');
    expect(split(sentences.join(' '))).toEqual(sentences);
  });

  it('finds none in nothing', () => {
    expect(split('')).toEqual([]);
    expect(split(' \n ')).toEqual([]);
  });

  it('holds every character but white space, in order, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom('We show it. ', 'e.g. ', '$', '\n', '2.', 'a')).map((a) => a.join('')),
    );
    fc.assert(
      fc.property(text, (any) => {
        expect(split(any).join('').replace(/\s/g, '')).toBe(any.replace(/\s/g, ''));
        for (const sentence of split(any)) expect(sentence).toBe(sentence.trim());
      }),
      { seed: 42, numRuns: 300 },
    );
  });
});
