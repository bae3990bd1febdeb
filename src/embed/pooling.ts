/**
 * Token vectors to one unit vector, written into `target` (length dim). `hidden` is row-major, tokens * dim, no padding.
 * Mean pooling as in Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084, section 3.
 */
export function pool(hidden: Float32Array, target: Float32Array, pooling: 'mean' | 'cls'): void {
  const dim = target.length;
  const tokens = pooling === 'cls' ? 1 : hidden.length / dim;
  target.fill(0);
  for (let token = 0; token < tokens; token++) {
    const offset = token * dim;
    for (let i = 0; i < dim; i++) target[i] = (target[i] as number) + (hidden[offset + i] as number);
  }
  let squares = 0;
  for (let i = 0; i < dim; i++) squares += (target[i] as number) ** 2;
  // A zero vector stays zero: it is like nothing.
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  for (let i = 0; i < dim; i++) target[i] = (target[i] as number) * scale;
}
