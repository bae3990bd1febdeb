/** `Embedder` over the native encoder alone, for BERT-like models on processors that it has kernels for. */
import { ModelEmbedder } from './model-embedder.ts';
import { type KernelName, openNativeEncoder } from './native-encoder.ts';

/**
 * @param kernels the fastest ones that run here when left out.
 * @throws AppError `model_invalid` when the folder cannot be loaded, or not natively.
 */
export function openNativeEmbedder(dir: string, kernels?: KernelName): Promise<ModelEmbedder> {
  return ModelEmbedder.open(dir, (folder, model) => openNativeEncoder(folder, model, kernels));
}
