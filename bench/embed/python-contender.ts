/** Contenders in Python, one process each. `bench/peers/embed_peer.py` is the other end. */
import { z } from 'zod';
import { startPeer } from '../lib/python-peer.ts';
import { notOffered } from './contender.ts';
import type { RunningContender } from './start-contender.ts';

export type PythonKind = 'torch-fp32' | 'torch-bf16' | 'onnxruntime' | 'openvino-bf16' | 'openvino-int8';

const latenciesSchema = z.object({ ms: z.array(z.number()) });

/** @param modelDir folder of MiniLM in int8: ONNX Runtime runs it, the others take its weights from the package that carries them. */
export async function startPython(
  kind: PythonKind,
  modelDir: string,
  { threads, texts, calibration }: { threads: number; texts: readonly string[]; calibration: string },
): Promise<RunningContender> {
  const { pid, ask, stop } = startPeer('embed_peer.py', [kind, modelDir, String(threads)], { CALIBRATION: calibration });
  await ask({ do: 'load', texts });
  return {
    pid,
    contender: {
      load: async (given) => void (await ask({ do: 'load', texts: given })),
      run: async (options) => void (await ask({ do: 'run', ...options })),
      queryLatencies: async (queries) => latenciesSchema.parse(await ask({ do: 'latencies', queries })).ms,
      tokenCounts: notOffered,
      batchCosines: notOffered,
      close: async () => undefined,
    },
    stop,
  };
}
