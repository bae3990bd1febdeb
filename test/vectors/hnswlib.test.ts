// The builds of hnswlib-node: each runs here, and reads the files of every other with the same answers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nativeKernels } from '#dist/embed/native-encoder.js';
import { hnswlib, hnswlibBuilds, loadHnswlib } from '#dist/vectors/hnswlib.js';
import { clusteredVectors } from '../support/vectors.ts';

const DIM = 96;
const COUNT = 600;
const K = 10;

let dir = '';
let points: number[][] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'paperkin-hnswlib-'));
  const { data } = clusteredVectors({ count: COUNT, dim: DIM, clusters: 12, seed: 42 });
  points = Array.from({ length: COUNT }, (_, i) => Array.from(data.subarray(i * DIM, (i + 1) * DIM)));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const builds = hnswlibBuilds();

it('has a build for the vector instructions of this processor, and takes it', () => {
  const [fastest] = builds;
  expect(hnswlib).toBe(loadHnswlib(fastest ?? 'portable'));
  // The encoder has looked for the same instructions in its own way.
  expect(builds.includes('hnswlib_avx2')).toBe(nativeKernels().includes('avx2'));
  expect(builds.includes('hnswlib_avx512')).toBe(nativeKernels().includes('avx512'));
});

it.each(builds)('gives the same answers from its files in every build: %s', async (build) => {
  const graph = new (loadHnswlib(build).HierarchicalNSW)('ip', DIM);
  graph.initIndex({ maxElements: COUNT, m: 16, efConstruction: 200, randomSeed: 100 });
  for (const [label, point] of points.entries()) graph.addPoint(point, label);
  const file = join(dir, `${build}.hnsw`);
  expect(await graph.writeIndex(file)).toBe(true);
  for (const other of builds) {
    const { HierarchicalNSW } = loadHnswlib(other);
    const copy = new HierarchicalNSW('ip', DIM);
    await copy.readIndex(file);
    for (const graphOf of [graph, copy]) graphOf.setEf(100);
    for (const point of points.slice(0, 100)) {
      const [found, expected] = [copy.searchKnn(point, K), graph.searchKnn(point, K)];
      expect(found.neighbors, other).toEqual(expected.neighbors);
      for (const [i, distance] of found.distances.entries()) expect(distance).toBeCloseTo(expected.distances[i] ?? 9, 5);
    }
  }
});
