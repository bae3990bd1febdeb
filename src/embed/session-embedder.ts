/** `Embedder` over onnxruntime, for every model. Once a process: onnxruntime-node 1.14 does not survive a second thread. */
import { ModelEmbedder } from './model-embedder.ts';
import { openOnnxEncoder } from './onnx-encoder.ts';

/** @throws AppError `model_invalid` when the folder cannot be loaded. */
export function openSessionEmbedder(dir: string): Promise<ModelEmbedder> {
  return ModelEmbedder.open(dir, (folder, model) => openOnnxEncoder(folder, model, null));
}
