/** A text with its sentences: what is explained and what it is explained with. */
import type { SpannedText } from '../embed/embedder.ts';
import { locatedPaperText, type ModelManifest } from '../embed/manifest.ts';
import { sentencesOf } from './sentences.ts';

export interface Sentence<F extends string> {
  field: F;
  /** Places in the field, UTF-16 code units. */
  start: number;
  end: number;
  text: string;
}

export interface SentenceText<F extends string> extends SpannedText {
  /** One for each span. */
  sentences: Sentence<F>[];
}

/** The text that is embedded for a paper: its title is one sentence, whatever stands in it. */
export function paperSentences(
  model: ModelManifest,
  { title, abstract }: { title: string; abstract: string },
): SentenceText<'title' | 'abstract'> {
  const located = locatedPaperText(model, { title, abstract });
  const fields = [
    { field: 'title' as const, text: title, at: located.title, places: title === '' ? [] : [{ start: 0, end: title.length }] },
    { field: 'abstract' as const, text: abstract, at: located.abstract, places: sentencesOf(abstract) },
  ];
  const found = fields
    .flatMap(({ field, text, at, places }) =>
      at === null
        ? []
        : places.map(({ start, end }) => ({
            span: { start: at + start, end: at + end },
            sentence: { field, start, end, text: text.slice(start, end) },
          })),
    )
    // A template may put the abstract first.
    .sort((a, b) => a.span.start - b.span.start);
  return { text: located.text, spans: found.map(({ span }) => span), sentences: found.map(({ sentence }) => sentence) };
}

export function freeTextSentences(text: string): SentenceText<'text'> {
  const spans = sentencesOf(text);
  return { text, spans, sentences: spans.map(({ start, end }) => ({ field: 'text', start, end, text: text.slice(start, end) })) };
}
