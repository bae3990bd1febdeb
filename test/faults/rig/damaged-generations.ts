/** Two small generations, and a trial of damaging the files of the later one in many places. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Random, randomInt } from '#dist/bench/lib/random.js';
import { openLiveIndex } from '#dist/vectors/live-index.js';
import type { Neighbour } from '#dist/vectors/vector-index.js';
import { must, type Trial } from '../fault.ts';
import { createOpener } from './opener.ts';

/** Files of a generation; the pointer to the current one is no part of it and is damaged too. */
const FILES = ['graph.hnsw', 'ids.json', 'rows.i8', 'manifest.json', 'manifest.sha256'];
const POINTER = 'current.json';
export const DAMAGED_FILES = FILES.length + 1;

const DIM = 16;
const SPACE = 'a-space';
const PAPERS = 60;
const K = 10;
/** Every so many tries the generation before is damaged in the same way: nothing is left then. */
const BOTH_EVERY = 8;

/** Gives damaged bytes: the `n`th of `of` places. */
export type Damage = (whole: Buffer, place: { n: number; of: number; random: Random }) => Buffer;

interface Generation {
  id: string;
  answers: Neighbour[][];
}

export async function tryDamage({ rig, random, times, more, attempt }: Trial, damage: Damage): Promise<void> {
  const root = await rig.folder('generations');
  const queries = Array.from({ length: 3 }, () => unitVector(random));
  const { first, second } = await publishTwo(root, queries, random);
  const opener = createOpener(rig.processes);
  const open = () => opener.open({ index: { root, space: SPACE, dim: DIM }, queries, k: K, ids: [] });
  const of = Math.ceil(times / DAMAGED_FILES);
  for (let i = 0; more(); i++) {
    const name = [...FILES, POINTER][i % DAMAGED_FILES] ?? POINTER;
    const n = Math.floor(i / DAMAGED_FILES);
    const both = name !== POINTER && i % BOTH_EVERY === BOTH_EVERY - 1;
    const files = name === POINTER ? [join(root, name)] : [second, ...(both ? [first] : [])].map(({ id }) => join(root, id, name));
    const whole = await Promise.all(files.map((file) => readFile(file)));
    await attempt(`${name}, place ${n} of ${of}${both ? ', both generations' : ''}`, async () => {
      for (const [f, bytes] of whole.entries()) await writeFile(files[f] ?? '', damage(bytes, { n, of, random }));
      const { status, answers, count } = await open();
      const seen = () => `served ${JSON.stringify(status)} with ${count} papers`;
      const isOf = ({ id, answers: right }: Generation) =>
        status.generation === id && JSON.stringify(answers) === JSON.stringify(right);
      if (name === POINTER) must(isOf(first) || isOf(second), seen);
      else if (both) must(status.generation === null && count === 0, seen);
      else must(isOf(first), seen);
      if (name !== POINTER) must(status.degraded?.includes(`${second.id}/`) === true, seen);
    });
    for (const [f, bytes] of whole.entries()) await writeFile(files[f] ?? '', bytes);
  }
  await opener.close();
}

async function publishTwo(
  root: string,
  queries: Float32Array[],
  random: Random,
): Promise<{ first: Generation; second: Generation }> {
  const index = await openLiveIndex({ root, space: SPACE, dim: DIM });
  const publish = async (from: number): Promise<Generation> => {
    for (let n = from; n < from + PAPERS; n++) await index.upsert([`p${n}`], unitVector(random));
    const { generation } = await index.publish(from + PAPERS);
    return { id: generation ?? '', answers: await index.search(queries, { k: K, efSearch: 200 }) };
  };
  const generations = { first: await publish(0), second: await publish(PAPERS) };
  await index.close();
  return generations;
}

function unitVector(random: Random): Float32Array {
  const values = Array.from({ length: DIM }, () => random() - 0.5);
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
}

/** The first part of a file; the places are spread evenly, the empty file and all but the last byte among them. */
export const cut: Damage = (whole, { n, of }) => whole.subarray(0, Math.round((n * (whole.length - 1)) / Math.max(of - 1, 1)));

/** One bit, in a byte of the `n`th part of the file. */
export const flip: Damage = (whole, { n, of, random }) => {
  const bytes = Buffer.from(whole);
  const part = bytes.length / of;
  const place = Math.min(Math.floor(n * part + random() * part), bytes.length - 1);
  bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << randomInt(random, 8)), place);
  return bytes;
};
