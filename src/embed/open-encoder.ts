/** Chooses what runs a model's graph here: the native encoder where its vectors are those of onnxruntime, else onnxruntime. */
import { messageOf } from '../errors.ts';
import type { Encoder } from './encoder.ts';
import type { ModelManifest } from './manifest.ts';
import { openNativeEncoder } from './native-encoder.ts';
import { openOnnxEncoder } from './onnx-encoder.ts';

/** What a process that opens the same model is told by one that has opened it: it chooses nothing and compares nothing. */
export type Chosen = { native: true } | { native: false; notice: string };

/** Tokens of the texts that are compared, from the shortest there is on. */
const COMPARED_TOKENS = [2, 5, 17, 48, 129];
/** Both compute the same numbers; where they do not, a text is one of another space. */
const LEAST_COSINE = 0.99999;

/** @throws Error when the model cannot be loaded at all. */
export async function openEncoder(dir: string, model: ModelManifest, chosen?: Chosen): Promise<Encoder> {
  if (chosen?.native === false) return openOnnxEncoder(dir, model, chosen.notice);
  let native: Encoder;
  try {
    native = await openNativeEncoder(dir, model);
  } catch (error) {
    return openOnnxEncoder(dir, model, `not natively: ${messageOf(error)}`);
  }
  if (chosen?.native === true) return native;
  const difference = await firstDifference(native, await openOnnxEncoder(dir, model, null), model).catch(messageOf);
  return difference === undefined ? native : openOnnxEncoder(dir, model, `not natively: ${difference}`);
}

/** What a process is to be told of the choice that an encoder stands for. */
export function choiceOf({ runtime: { notice } }: Pick<Encoder, 'runtime'>): Chosen {
  return notice === null ? { native: true } : { native: false, notice };
}

async function firstDifference(
  native: Encoder,
  reference: Encoder,
  { dim, maxTokens }: ModelManifest,
): Promise<string | undefined> {
  const [vector, expected] = [new Float32Array(dim), new Float32Array(dim)];
  for (const tokens of COMPARED_TOKENS.filter((count) => count <= maxTokens)) {
    // Small numbers are tokens of every vocabulary.
    const ids = Array.from({ length: tokens }, (_, i) => (i * 7_919 + tokens) % SMALLEST_VOCABULARY);
    await reference.encode(ids, expected);
    await native.encode(ids, vector);
    const cosine = vector.reduce((sum, value, i) => sum + value * (expected[i] ?? Number.NaN), 0);
    if (!(cosine >= LEAST_COSINE)) return `a text of ${tokens} tokens has a vector of cosine ${cosine} to that of onnxruntime`;
  }
  return undefined;
}
const SMALLEST_VOCABULARY = 1_000;
