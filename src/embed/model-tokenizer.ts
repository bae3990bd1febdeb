/** A model's tokenizer: `@xenova/transformers`, with the two things mended that would make other vectors than Python's. */
import { basename, dirname } from 'node:path';
import { AutoTokenizer, env, type PreTrainedTokenizer } from '@xenova/transformers';
import { AppError } from '../errors.ts';
import type { EmbedInput, Span, Token } from './embedder.ts';
import { stripMarks, stripsMarks } from './strip-marks.ts';
import { createPieceLocator } from './token-spans.ts';

export interface Tokens {
  /** With the special ones, at most as many as the model reads. */
  ids: number[];
  /** With the special ones, before any cut. */
  count: number;
  /** Of `ids`, those that stand for something that there is no piece for. */
  unknown: number;
}

export interface ModelTokenizer {
  /** What the model reads of an input behind a prefix. @throws AppError `invalid_input` for the id of no token. */
  tokens(prefix: string, input: EmbedInput): Tokens;
  /** Where spans of a text lie among the first `tokens` tokens of it behind a prefix. */
  ranges(prefix: string, text: string, spans: readonly Span[], tokens: number): Span[];
  /** Every token of a text. */
  pieces(text: string, specialTokens: boolean): Token[];
}

/** Any text that is not a special token. */
const PROBE = 'paper';

/** @param maxTokens that the model reads. */
export async function openTokenizer(dir: string, maxTokens: number): Promise<ModelTokenizer> {
  env.allowRemoteModels = false;
  env.localModelPath = dirname(dir);
  const tokenizer = await AutoTokenizer.from_pretrained(basename(dir), { local_files_only: true });
  return modelTokenizer(tokenizer, maxTokens);
}

function modelTokenizer(tokenizer: PreTrainedTokenizer, maxTokens: number): ModelTokenizer {
  const strips = stripsMarks(tokenizer);
  const { model } = tokenizer;
  // Undefined for tokenizers that read any text byte by byte.
  const unknownId = model.unk_token_id;
  const locate = createPieceLocator(tokenizer, prepared);
  const bare = encode(PROBE, false);
  const whole = encode(PROBE, true);
  const first = Math.max(0, whole.indexOf(bare[0] ?? -1));
  /** Special tokens before the first of a text, and behind the last. */
  const opening = whole.slice(0, first);
  const closing = whole.slice(first + bare.length);

  function prepared(text: string): string {
    return strips ? stripMarks(text) : text;
  }

  function encode(text: string, addSpecialTokens: boolean): number[] {
    return tokenizer.encode(prepared(text), null, { add_special_tokens: addSpecialTokens });
  }

  /** Without the special tokens. */
  function count(text: string): number {
    return text === '' ? 0 : encode(text, false).length;
  }

  /** Given tokens as a text of them would be read: with the prefix, and the special ones once. */
  function wrapped(prefix: string, given: readonly number[]): number[] {
    const size = model.vocab.length;
    const wrong = given.find((id) => !Number.isInteger(id) || id < 0 || id >= size);
    if (wrong !== undefined) {
      throw new AppError('invalid_input', `token id ${wrong} is not one of this model's, 0 to ${size - 1}: send text instead`);
    }
    const opened = startsWith(given, opening) ? given.slice(opening.length) : given;
    const own = endsWith(opened, closing) ? opened.slice(0, opened.length - closing.length) : opened;
    return [...opening, ...(prefix === '' ? [] : encode(prefix, false)), ...own, ...closing];
  }

  function pieceNames(ids: readonly number[]): string[] {
    return model.convert_ids_to_tokens([...ids]);
  }

  function specials(ids: readonly number[]): Token[] {
    const names = pieceNames(ids);
    return ids.map((id, i) => ({ id, piece: names[i] ?? '', special: true, span: null }));
  }

  return {
    // The library's own truncation drops the final separator, so the cut is made here and the separator kept.
    tokens(prefix, input) {
      const all = typeof input === 'string' ? encode(prefix + input, true) : wrapped(prefix, input);
      const last = all.at(-1);
      const ids = all.length <= maxTokens || last === undefined ? all : [...all.slice(0, maxTokens - 1), last];
      return { ids, count: all.length, unknown: ids.filter((id) => id === unknownId).length };
    },
    // The tokenizer gives no offsets: tokens are counted piece by piece, so a tokenizer that joins letters over a boundary moves it
    // by as much.
    ranges(prefix, text, spans, tokens) {
      // The last token is the closing special one.
      const last = tokens - 1;
      let at = opening.length + count(prefix);
      let from = 0;
      return spans.map(({ start, end }) => {
        at += count(text.slice(from, start));
        const first = Math.min(at, last);
        at += count(text.slice(start, end));
        from = end;
        return { start: first, end: Math.min(at, last) };
      });
    },
    pieces(text, specialTokens) {
      const ids = encode(text, false);
      const names = pieceNames(ids);
      const spans = locate(text, names);
      const own = ids.map((id, i): Token => ({ id, piece: names[i] ?? '', special: false, span: spans[i] ?? null }));
      return specialTokens ? [...specials(opening), ...own, ...specials(closing)] : own;
    },
  };
}

function startsWith(ids: readonly number[], start: readonly number[]): boolean {
  return start.every((id, i) => ids[i] === id);
}

function endsWith(ids: readonly number[], end: readonly number[]): boolean {
  return ids.length >= end.length && startsWith(ids.slice(ids.length - end.length), end);
}
