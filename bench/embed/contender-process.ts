/**
 * The entry of a contender's process: onnxruntime-node 1.14 does not bear two threads with a session in one process,
 * and its own process is what a contender's CPU time is read from.
 */
import { processChannel, serve } from '#dist/rpc.js';
import type { Contender } from './contender.ts';
import { pipelineContender, successorContender } from './pipeline.ts';
import { pooledContender, sessionContender } from './product.ts';
import { rawContender } from './raw-onnx.ts';

const [, , kind, modelDir, processes] = process.argv;
if (modelDir === undefined || process.send === undefined) throw new Error('contender-process is started by bench/embed');

const channel = processChannel(process);
channel.onClose(() => process.exit(0));
serve<Contender>(channel, () => {
  if (kind === 'session') return sessionContender(modelDir);
  if (kind === 'pool') return pooledContender(modelDir, Number(processes));
  if (kind === 'pipeline') return pipelineContender(modelDir, { quantized: true });
  if (kind === 'pipeline-fp32') return pipelineContender(modelDir, { quantized: false });
  if (kind === 'successor') return successorContender(modelDir);
  return rawContender(modelDir);
});
