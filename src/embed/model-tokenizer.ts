/** A model's tokenizer: `@xenova/transformers`, with the two things mended that would make other vectors than Python's. */
import { basename, dirname } from 'node:path';
import { AutoTokenizer, env, type PreTrainedTokenizer } from '@xenova/transformers';
import type { Span } from './embedder.ts';
import { stripMarks, stripsMarks } from './strip-marks.ts';

export interface Tokens {
  /** With the special ones, at most as many as the model reads. */
  ids: number[];
  /** With the special ones, before any cut. */
  count: number;
  /** Of `ids`, those that stand for something that there is no piece for. */
  unknown: number;
}

export interface ModelTokenizer {
  tokens(text: string): Tokens;
  /** Where spans of a text lie among its first `tokens` tokens; `prefix` was put before the text. */
  ranges(prefix: string, text: string, spans: readonly Span[], tokens: number): Span[];
}

/** Any text that is not a special token. */
const PROBE = 'paper';

export async function openTokenizer(dir: string, maxTokens: number): Promise<ModelTokenizer> {
  env.allowRemoteModels = false;
  env.localModelPath = dirname(dir);
  const tokenizer = await AutoTokenizer.from_pretrained(basename(dir), { local_files_only: true });
  return modelTokenizer(tokenizer, maxTokens);
}

function modelTokenizer(tokenizer: PreTrainedTokenizer, maxTokens: number): ModelTokenizer {
  const strips = stripsMarks(tokenizer);
  // Undefined for tokenizers that read any text byte by byte.
  const unknownId = tokenizer.model.unk_token_id;

  function encode(text: string, addSpecialTokens: boolean): number[] {
    const prepared = strips ? stripMarks(text) : text;
    return tokenizer.encode(prepared, null, { add_special_tokens: addSpecialTokens });
  }

  /** Without the special tokens. */
  function count(text: string): number {
    return text === '' ? 0 : encode(text, false).length;
  }

  // Special tokens before the first of a text.
  const [first = -1] = encode(PROBE, false);
  const opening = Math.max(0, encode(PROBE, true).indexOf(first));

  return {
    // The library's own truncation drops the final separator, so the cut is made here and the separator kept.
    tokens(text) {
      const all = encode(text, true);
      const last = all.at(-1);
      const ids = all.length <= maxTokens || last === undefined ? all : [...all.slice(0, maxTokens - 1), last];
      return { ids, count: all.length, unknown: ids.filter((id) => id === unknownId).length };
    },
    // The tokenizer gives no offsets: tokens are counted piece by piece, so a tokenizer that joins letters over a boundary moves it
    // by as much.
    ranges(prefix, text, spans, tokens) {
      // The last token is the closing special one.
      const last = tokens - 1;
      let at = opening + count(prefix);
      let from = 0;
      return spans.map(({ start, end }) => {
        at += count(text.slice(from, start));
        const first = Math.min(at, last);
        at += count(text.slice(start, end));
        from = end;
        return { start: first, end: Math.min(at, last) };
      });
    },
  };
}
