/** One data folder that lives through kill after kill, what is known about it, and the proof that nothing of it is lost. */
import { type Random, sample } from '#dist/bench/lib/random.js';
import { must } from '../fault.ts';
import { connect } from './client.ts';
import { readDatabase, type Stored } from './database.ts';
import { Ledger } from './ledger.ts';
import { createOpener } from './opener.ts';
import type { Service } from './processes.ts';
import type { Rig } from './rig.ts';
import { BUNDLED_MODEL, indexOptions } from './space.ts';
import { type DrawText, readTexts } from './texts.ts';

/** Papers asked for by their own text after each start; by their vectors, all are. */
const SAMPLE = 6;
/** Share of papers, one less at most where they are few, that find themselves first. HNSW is approximate: https://arxiv.org/abs/1603.09320 */
const FIND_THEMSELVES = 0.999;
/** Cosine of a vector and itself, in float32; the two models' vectors of one paper are further apart. */
const SAME_VECTOR = 0.9999;

export interface World {
  dataDir: string;
  /** Of the bundled model. */
  space: string;
  ledger: Ledger;
  draw: DrawText;
  random: Random;
  /** Reads what a dead process left, and holds it against the ledger. @param space of the vectors; the bundled model's where left out. */
  settle(space?: string): Stored;
  /**
   * The same, the index on disk, and that nothing was embedded again, after all was brought in order.
   * @param before what `settle` gave.
   * @param modelDir the model that is served; the bundled one where left out.
   */
  verifyStored(before: Stored, modelDir?: string): Promise<void>;
  /** @param degraded what it says is wrong with the index; `any` where that and how much is indexed is not settled. */
  verifyServed(service: Service, expected?: { degraded: string | null }): Promise<void>;
}

export async function createWorld(rig: Rig, random: Random, dataDir?: string): Promise<World> {
  const folder = dataDir ?? (await rig.folder('world'));
  const ledger = new Ledger();
  const { space: bundled } = await indexOptions(folder, BUNDLED_MODEL);

  function settle(space = bundled): Stored {
    const stored = readDatabase(folder, space);
    const faults = ledger.settle(stored.papers);
    must(faults.length === 0, () => `papers lost or back: ${faults.slice(0, 5).join('; ')}`);
    return stored;
  }

  return {
    dataDir: folder,
    space: bundled,
    ledger,
    draw: await readTexts(random),
    random,
    settle,
    async verifyStored(before, modelDir = BUNDLED_MODEL) {
      const index = await indexOptions(folder, modelDir);
      const after = settle(index.space);
      must(after.pending === 0, () => `${after.pending} texts were left without a vector`);
      const again = [...before.rows].filter(([hash, row]) => after.rows.get(hash) !== row);
      must(again.length === 0, () => `${again.length} of ${before.rows.size} vectors were embedded again or lost`);

      const ids = [...after.vectors.keys()];
      const opener = createOpener(rig.processes);
      const opened = await opener.open({ index, queries: [...after.vectors.values()], k: 2, ids: ledger.absent() });
      await opener.close();
      must(opened.status.degraded === null, () => `the index on disk is degraded: ${opened.status.degraded}`);
      must(
        opened.status.revision === after.revision,
        () => `the index on disk is of revision ${opened.status.revision}, the store of ${after.revision}`,
      );
      must(opened.count === ids.length, () => `the index holds ${opened.count} papers, the store ${ids.length}`);
      must(opened.held.length === 0, () => `removed papers are in the index: ${opened.held.slice(0, 5).join(', ')}`);
      const found = ids.flatMap((id, i) => opened.answers[i]?.find((neighbour, place) => place === 0 && neighbour.id === id) ?? []);
      must(
        found.length >= Math.floor(FIND_THEMSELVES * ids.length),
        () => `${found.length} of ${ids.length} papers find themselves first`,
      );
      const other = found.filter(({ score }) => score < SAME_VECTOR);
      must(other.length === 0, () => `${other.length} papers have another vector in the index than in the store`);
    },
    async verifyServed({ url }, expected = { degraded: null }) {
      const client = connect(url);
      const present = ledger.present();
      const listed = await client.ids();
      must(new Set(listed).size === listed.length, () => 'a paper is listed twice');
      must(
        listed.length === present.length && present.every(([id]) => listed.includes(id)),
        () => `${listed.length} papers are listed, ${present.length} are stored`,
      );
      const { papers, indexed, pending, degraded } = await client.info();
      const settled = indexed === papers && pending === 0 && degraded === expected.degraded;
      must(
        papers === present.length && (settled || expected.degraded === 'any'),
        () => `/v1/info says ${JSON.stringify({ papers, indexed, pending, degraded })} of ${present.length} papers`,
      );
      for (const [id, { title, abstract }] of expected.degraded === 'any' ? [] : sample(present, SAMPLE, random)) {
        const found = await client.nearest(`${title}. ${abstract}`, 10);
        must(found[0] === id, () => `${id} does not find itself first by its own text but ${found[0]}`);
        must(new Set(found).size === found.length, () => `an answer holds a paper twice: ${found.join(', ')}`);
      }
      for (const id of sample(ledger.absent(), SAMPLE, random)) {
        const { status } = await client.send('GET', `/v1/papers/${id}`);
        must(status === 404, () => `${id} was removed and is answered ${status}`);
      }
    },
  };
}
