/** `Encoder` over the native addon, for BERT-like encoders. docs/adr/0018-a-native-encoder.md */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { AppError, messageOf } from '../errors.ts';
import type { Encoder, Encoding } from './encoder.ts';
import type { EncoderParts } from './graph/encoder-parts.ts';
import { matchEncoder } from './graph/match-encoder.ts';
import { readOnnx } from './graph/onnx-file.ts';
import type { ModelManifest } from './manifest.ts';
import { TOKEN_OUTPUTS } from './onnx-encoder.ts';

/** Vector instructions that the addon has kernels for; `portable` is slow and for tests alone. */
export type KernelName = 'avx512-vnni' | 'avx512' | 'avx-vnni' | 'avx2' | 'portable';

/** What `native/addon.cc` offers. Everything it is given is checked there; it throws and never ends the process. */
interface Addon {
  /** Those that this processor runs, fastest first. */
  kernels(): KernelName[];
  Encoder: new (kernels: KernelName, parts: EncoderParts) => NativeModel;
}

interface NativeModel {
  /** Fills `to` with the text's vector, the mean of the states or the first of them, and returns its length before it was made 1. */
  encode(ids: Int32Array, to: Float32Array, mean: boolean): number;
  /** Copies the states of the last text. */
  states(to: Float32Array): void;
}

/** Built by `npm ci`, where there is a compiler. */
const ADDON = '../../build/Release/paperkin_encoder.node';

/** Kernels that this processor runs, fastest first. @throws Error where the addon was not built. */
export function nativeKernels(): KernelName[] {
  return loadAddon().kernels();
}

function loadAddon(): Addon {
  return createRequire(import.meta.url)(ADDON) as Addon;
}

/**
 * @param kernels the fastest ones that run here when left out.
 * @throws Error that says why the model does not run natively here.
 */
export async function openNativeEncoder(dir: string, model: ModelManifest, kernels?: KernelName): Promise<Encoder> {
  const { dim, maxTokens, pooling } = model;
  const addon = loadAddon();
  const chosen = kernels ?? addon.kernels()[0] ?? 'portable';
  if (kernels === undefined && chosen === 'portable') throw new Error('the processor has none of the vector instructions it uses');
  if (pooling === 'none') throw new Error('the graph pools itself');
  const parts = matchEncoder(readOnnx(await readFile(join(dir, model.graph))), TOKEN_OUTPUTS, maxTokens);
  if (parts.hidden !== dim) throw new Error(`the graph gives ${parts.hidden} numbers a token, the manifest says ${dim}`);
  const native = new addon.Encoder(chosen, parts);
  return {
    runtime: { name: `native ${chosen}`, notice: null },
    async encode(ids, to): Promise<Encoding> {
      try {
        const norm = native.encode(new Int32Array(ids), to, pooling === 'mean');
        return {
          norm,
          states() {
            const states = new Float32Array(ids.length * dim);
            native.states(states);
            return states;
          },
        };
      } catch (error) {
        throw new AppError('embedding_failed', `the model failed on a text of ${ids.length} tokens: ${messageOf(error)}`, {
          cause: error,
        });
      }
    },
  };
}
