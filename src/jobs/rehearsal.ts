/** What a change of index or model does to the answers: the neighbours of a sample of papers, before and after. */
import type { PaperId } from '../paper.ts';
import type { PaperStore } from '../papers/paper-store.ts';
import type { VectorIndex } from '../vectors/vector-index.ts';

const K = 10;
const SAMPLE = 500;
const MOST_CHANGED = 10;
const EF_SEARCH = 200;
const IDS_A_PAGE = 1_000;

export interface Rehearsal {
  /** Papers compared. */
  sample: number;
  /** Mean share of the ten nearest that stay among them, 1 where nothing changes. */
  overlap10: number;
  /** Mean number of places by which a paper that stays moves up or down. */
  rankChurn: number;
  /** Papers that lose the most of their neighbours. */
  mostChanged: { id: PaperId; title: string; overlap10: number }[];
}

/** Both indexes hold the same papers but for what came or went between them. */
export async function rehearse(before: VectorIndex, after: VectorIndex, store: PaperStore): Promise<Rehearsal> {
  const sample = await shared(await sampleIds(store), before, after);
  const options = { k: K, efSearch: EF_SEARCH };
  const changes: { id: PaperId; overlap10: number }[] = [];
  let moved = 0;
  let stayed = 0;
  for (const id of sample) {
    const [[old = []], [now = []]] = await Promise.all([before.search([id], options), after.search([id], options)]);
    const place = new Map(now.map((neighbour, rank) => [neighbour.id, rank]));
    let kept = 0;
    for (const [rank, neighbour] of old.entries()) {
      const next = place.get(neighbour.id);
      if (next === undefined) continue;
      kept++;
      moved += Math.abs(next - rank);
    }
    stayed += kept;
    changes.push({ id, overlap10: old.length === 0 ? 1 : kept / old.length });
  }
  const mean = (sum: number, count: number) => Number((count === 0 ? 0 : sum / count).toFixed(4));
  const most = changes.toSorted((a, b) => a.overlap10 - b.overlap10).slice(0, MOST_CHANGED);
  const papers = await store.get(most.map(({ id }) => id));
  return {
    sample: sample.length,
    overlap10: mean(
      changes.reduce((sum, { overlap10 }) => sum + overlap10, 0),
      changes.length,
    ),
    rankChurn: mean(moved, stayed),
    mostChanged: most.map(({ id, overlap10 }, i) => ({ id, title: papers[i]?.title ?? '', overlap10: mean(overlap10, 1) })),
  };
}

/** Every n-th paper of the list, so many that the sample is spread over all of it. */
async function sampleIds(store: PaperStore): Promise<PaperId[]> {
  const { papers } = await store.counts();
  const step = Math.max(1, Math.floor(papers / SAMPLE));
  const ids: PaperId[] = [];
  let seen = 0;
  let page = await store.list({ limit: IDS_A_PAGE });
  while (page.length > 0 && ids.length < SAMPLE) {
    for (const { id } of page) if (seen++ % step === 0 && ids.length < SAMPLE) ids.push(id);
    const last = page.at(-1);
    page = last === undefined ? [] : await store.list({ limit: IDS_A_PAGE, after: last });
  }
  return ids;
}

async function shared(ids: readonly PaperId[], ...indexes: VectorIndex[]): Promise<PaperId[]> {
  const there = await Promise.all(indexes.map((index) => index.vectors(ids)));
  return ids.filter((_, i) => there.every((vectors) => vectors[i] !== undefined));
}
